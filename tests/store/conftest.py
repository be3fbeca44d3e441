"""Fixtures of this folder."""

from tests.store.fixtures import database, database_url

__all__ = ["database", "database_url"]
