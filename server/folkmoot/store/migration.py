"""Bring a database's tables up to date, however many processes start at once."""

from __future__ import annotations

import threading
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"
# Any lasting number: whoever migrates holds it, the others wait.
_LOCK = 0x666F6C6B
# Alembic keeps what it works on in a place shared by the whole process.
_ALONE = threading.Lock()


def upgrade(connection: sa.Connection) -> None:
    """Run the migrations that `connection`'s database lacks, in one transaction.

    On SQLite the connection must begin transactions as writers (IMMEDIATE).
    """
    with _ALONE:
        _upgrade(connection)


def _upgrade(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        wanted = ScriptDirectory.from_config(config).get_current_head()
        if MigrationContext.configure(connection).get_current_revision() == wanted:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
