"""Captions while a meeting is on, and recognition after it."""
