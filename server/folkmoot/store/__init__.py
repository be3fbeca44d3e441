"""Where meetings are kept: tables, migrations and plain questions to them."""

from folkmoot.store.database import Database

__all__ = ["Database"]
