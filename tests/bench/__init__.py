"""Measures what the service promises: `python -m tests.bench`."""
