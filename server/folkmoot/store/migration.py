"""Bring a database's tables up to date, however many processes start at once."""

from __future__ import annotations

import threading
from pathlib import Path

import sqlalchemy as sa

MIGRATIONS = Path(__file__).parent / "migrations"
# Any lasting number: whoever migrates holds it, the others wait.
_LOCK = 0x666F6C6B
# Alembic keeps what it works on in a place shared by the whole process.
_ALONE = threading.Lock()


class SchemaUnknown(Exception):
    """The database was written by a later version, or is not ours."""


def upgrade(connection: sa.Connection) -> None:
    """Run the migrations that `connection`'s database lacks, in one transaction.

    On SQLite the connection must begin transactions as writers (IMMEDIATE).
    """
    with _ALONE:
        _upgrade(connection)


def _upgrade(connection: sa.Connection) -> None:
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        if _revision(connection) == newest():
            return
        # Alembic takes a tenth of a start to import, and hardly a start needs it.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise SchemaUnknown(str(error)) from error


def newest() -> str:
    """Return the revision that this version writes: the number of the last file."""
    versions = (MIGRATIONS / "versions").glob("[0-9]*.py")
    return max(path.name.partition("_")[0] for path in versions)


def _revision(connection: sa.Connection) -> str | None:
    """Return the revision of a database; None where there is none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
    return found.scalar()
