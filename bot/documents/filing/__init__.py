"""备案汇总表 as a workbook and as a Word document, both of the same rows."""
