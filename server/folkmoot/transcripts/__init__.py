"""Timed text: reading and writing caption files, and what becomes of them."""
