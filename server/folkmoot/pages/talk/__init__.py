"""Contributions as people read and write them."""
