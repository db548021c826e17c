"""人员调整 (闵人社发〔2023〕31号 三(二)): changes of the rosters from the report to the day they take effect."""
