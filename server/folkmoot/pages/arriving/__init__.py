"""The ways in: the first page, joining, and links of one's own."""
