"""A review's opinion as a Word document and as a picture for a phone, both of the same content."""
