"""Ingest: the doors for publishers, and what they send made one stream of tags."""
