"""Browsers' own sending code, a bad network, and a server that is killed."""
