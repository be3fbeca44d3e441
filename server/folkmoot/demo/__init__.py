"""A demonstration: a meeting in progress, through the real ingest and gateway."""
