"""审核事项: what is to be reviewed, who reviews it, what they say, by when, and the documents that come of it."""
