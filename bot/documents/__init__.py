"""What is made for people to keep: pictures and workbooks; and workbooks that they bring."""
