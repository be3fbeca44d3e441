"""What a database promises: migrated, safe, off the loop."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from folkmoot.store import Database, entries
from folkmoot.store.migration import MIGRATIONS, SchemaUnknown, newest
from folkmoot.store.tables import metadata
from tests.fakes import FakeClock


def _scalar(statement: str):
    return lambda connection: connection.execute(sa.text(statement)).scalar()


async def test_migrations_make_exactly_the_tables(database: Database) -> None:
    def compare(connection: sa.Connection) -> list:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await database.read(compare) == []


async def test_opening_at_once_migrates_once(database_url: str) -> None:
    first, second = await asyncio.gather(
        Database.open(database_url), Database.open(database_url)
    )
    assert await second.read(_scalar("SELECT count(*) FROM alembic_version")) == 1
    await first.aclose()
    await second.aclose()


def test_files_are_numbered_as_their_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert newest() == ScriptDirectory.from_config(config).get_current_head()


async def test_tables_of_a_later_version_are_left_alone(database_url: str) -> None:
    database = await Database.open(database_url)
    later = sa.text("UPDATE alembic_version SET version_num = '9999'")
    await database.run(lambda connection: connection.execute(later))
    await database.aclose()
    with pytest.raises(SchemaUnknown, match="9999"):
        await Database.open(database_url)


async def test_work_that_raises_writes_nothing(database: Database) -> None:
    head = entries.Head(0, FakeClock()(), "e")

    def work(connection: sa.Connection) -> None:
        entries.add_head(connection, "m_1", head)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.run(work)
    assert await database.read(entries.all_heads) == {}


async def test_work_runs_beside_the_loop(database: Database) -> None:
    here = threading.current_thread()
    assert await database.run(lambda _: threading.current_thread()) is not here
    assert await database.read(lambda _: threading.current_thread()) is not here


async def test_moments_come_back_whole(database: Database) -> None:
    now = FakeClock()().replace(microsecond=123_000)
    head = entries.Head(3, now, "e")
    await database.run(lambda c: entries.add_head(c, "m_1", head))
    assert await database.read(lambda c: entries.read_head(c, "m_1")) == head


async def test_closing_twice_is_closing_once(database_url: str) -> None:
    database = await Database.open(database_url)
    await database.aclose()
    await database.aclose()


async def test_sqlite_is_set_for_safety(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "folkmoot.db")
    pragmas = {
        name: await database.run(_scalar(f"PRAGMA {name}"))
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
    await database.aclose()


async def test_sqlite_writers_in_two_databases_wait_for_each_other(
    tmp_path: Path,
) -> None:
    first = await Database.open(tmp_path / "folkmoot.db")
    second = await Database.open(tmp_path / "folkmoot.db")
    head = entries.Head(0, FakeClock()(), "e")
    await first.run(lambda c: entries.add_head(c, "m_1", head))

    def count_up(connection: sa.Connection) -> None:
        standing = entries.lock_head(connection, "m_1")
        entries.move_head(connection, "m_1", seq=standing.seq + 1, at=standing.at)

    await asyncio.gather(
        *(database.run(count_up) for _ in range(50) for database in (first, second))
    )
    assert await first.read(entries.all_heads) == {"m_1": 100}
    await first.aclose()
    await second.aclose()
