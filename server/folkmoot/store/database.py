"""One database and the threads that talk to it; the event loop never does.

SQLite: one writing thread, because SQLite has one writer, and a few readers
beside it in WAL mode. PostgreSQL: as many threads as connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from folkmoot.store.migration import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

logger = logging.getLogger(__name__)

T = TypeVar("T")
READERS = 4
POSTGRES_WRITERS = 8
BUSY_TIMEOUT_MS = 15_000
_WRITES = "folkmoot_writes"


class Database:
    """Runs pieces of work as transactions on store threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.sqlite = engine.dialect.name == "sqlite"
        writers = 1 if self.sqlite else POSTGRES_WRITERS
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="store-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._closed = False

    @classmethod
    async def open(cls, url: str | Path) -> Database:
        """Open `url` (an SQLAlchemy address, or the path of an SQLite file).

        Brings its tables up to date; several processes may do so at once.
        """
        # Loads the driver and looks at the file's path, so not on the loop.
        database = cls(await asyncio.to_thread(_build_engine, _address(url)))
        try:
            await database._on(database._writers, database._upgrade)
        except BaseException:
            await database.aclose()
            raise
        return database

    async def run(
        self,
        work: Callable[[sa.Connection], T],
        *,
        inside: AbstractContextManager[Any] | None = None,
    ) -> T:
        """Run `work` in a writing transaction; commits unless it raises.

        `inside` is entered on the store thread around the whole transaction.
        """
        return await self._on(self._writers, self._transact, work, True, inside)

    async def read(
        self,
        work: Callable[[sa.Connection], T],
        *,
        inside: AbstractContextManager[Any] | None = None,
    ) -> T:
        """Run `work` in a transaction that only reads; `inside` as in `run`."""
        return await self._on(self._readers, self._transact, work, False, inside)

    async def forget_erased(self) -> bool:
        """Let go of the bytes of deleted rows that a log still holds.

        False where a reader was in the way: then it has to be asked again.

        SQLite overwrites deleted rows (secure_delete), but its write-ahead log
        keeps older pages until it is emptied. PostgreSQL keeps dead rows until
        a vacuum; its own log is rotated by its operator's settings.
        """
        return await self._on(self._writers, self._forget_erased)

    async def aclose(self) -> None:
        """Wait for running work and close all connections. Idempotent."""
        if self._closed:
            return
        self._closed = True
        # shutdown() joins threads, which would block the loop.
        await asyncio.to_thread(self._writers.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        await asyncio.to_thread(self._engine.dispose)

    async def _on(
        self, threads: ThreadPoolExecutor, work: Callable[..., T], *args: Any
    ) -> T:
        context = contextvars.copy_context()
        call = functools.partial(context.run, work, *args)
        return await asyncio.get_running_loop().run_in_executor(threads, call)

    def _transact(
        self,
        work: Callable[[sa.Connection], T],
        writes: bool,  # noqa: FBT001 (passed through an executor by position)
        inside: AbstractContextManager[Any] | None,
    ) -> T:
        with inside or contextlib.nullcontext(), self._engine.connect() as connection:
            connection.execution_options(**{_WRITES: writes})
            with connection.begin():
                return work(connection)

    def _upgrade(self) -> None:
        with self._engine.connect() as connection:
            upgrade(connection.execution_options(**{_WRITES: True}))

    def _forget_erased(self) -> bool:
        if self.sqlite:
            # Outside a transaction, where SQLAlchemy has always begun one.
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                row = cursor.fetchone()
            finally:
                raw.close()
            # Busy, pages in the log, pages written back.
            return row is not None and not row[0]
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM contents")
        return True


def _address(url: str | Path) -> sa.URL:
    if isinstance(url, Path) or "://" not in url:
        return sa.URL.create("sqlite", database=str(url))
    address = sa.make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    return address


def _build_engine(address: sa.URL) -> sa.Engine:
    if address.get_backend_name() != "sqlite":
        return sa.create_engine(
            address, pool_size=POSTGRES_WRITERS + READERS, pool_pre_ping=True
        )
    engine = sa.create_engine(
        address,
        poolclass=sa.pool.QueuePool,
        pool_size=1 + READERS,
        connect_args={"check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are ours: the driver would begin them late and deferred.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
