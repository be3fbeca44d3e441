"""What is new, for feed readers and mail: items, and the formats they are written in."""
