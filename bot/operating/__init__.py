"""What the operators' commands do; bot/__main__.py has the commands themselves."""
