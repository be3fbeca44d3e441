"""Fixtures for all tests: the programs they need, and the guards over them."""

from __future__ import annotations

import os
import sys
import uuid
from typing import TYPE_CHECKING

import pytest

from tests import machine
from tests.fakes import FakeClock
from tests.guards import (
    guard_loop,
    guard_tasks,
    guard_threads,
    install_network_guard,
    watched_loop,
)
from tests.servers import PostgresServer, RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["guard_loop", "guard_tasks", "guard_threads", "watched_loop"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--require`."""
    parser.addoption(
        "--require",
        default=",".join(machine.TOOLS) if os.environ.get("CI") == "true" else "",
        help="Tools whose absence fails a test instead of skipping it"
        f" (of {','.join(machine.TOOLS)}; CI=true: all).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Close the network, keep what is compiled, refuse unknown tool names."""
    unknown = set(_required(config)) - set(machine.TOOLS)
    if unknown:
        raise pytest.UsageError(f"--require knows no {', '.join(sorted(unknown))}")
    install_network_guard()
    # Python's own files and templates: compiled once, not by every test and process.
    sys.dont_write_bytecode = False


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test without its tool, or fail it where that is required."""
    for name in machine.TOOLS:
        if item.get_closest_marker(name) is not None:
            _need(item.config, name)


def _required(config: pytest.Config) -> list[str]:
    return [name for name in config.getoption("--require").split(",") if name]


def _need(config: pytest.Config, name: str) -> str:
    """Where the tool is; skips or fails when it is absent."""
    if (place := machine.find_tool(name)) is not None:
        return place
    message = f"{name} is not on this machine; tests/bootstrap.py brings it."
    if name in _required(config):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that a test moves."""
    return FakeClock()


@pytest.fixture(scope="session")
def ffmpeg_path(pytestconfig: pytest.Config) -> str:
    """Return the ffmpeg that the service would take."""
    return _need(pytestconfig, "ffmpeg")


@pytest.fixture(scope="session", params=machine.FFMPEG_ORIGINS)
def each_ffmpeg(request: pytest.FixtureRequest) -> str:
    """Return the machine's ffmpeg, then the one from PyPI."""
    path = machine.find_ffmpeg(request.param)
    if path is None:
        pytest.skip(f"no ffmpeg of origin {request.param}")
    return path


@pytest.fixture(scope="session")
def chromium_path(pytestconfig: pytest.Config) -> str:
    """Return Chromium's path."""
    return _need(pytestconfig, "browser")


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """Run a private PostgreSQL for the session."""
    _need(pytestconfig, "postgres")
    programs = machine.find_postgres()
    assert programs is not None
    server = PostgresServer(programs)
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """Return the SQLAlchemy address of one database, shared by the session."""
    return postgres_server.url()


@pytest.fixture
def fresh_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the SQLAlchemy address of an empty database of the test's own."""
    name = f"t{uuid.uuid4().hex[:12]}"
    postgres_server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _redis_of_session(pytestconfig: pytest.Config) -> Iterator[RedisServer]:
    server = RedisServer(_need(pytestconfig, "redis"))
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def redis_url(_redis_of_session: RedisServer) -> str:
    """Return the address of an empty Redis."""
    _redis_of_session.flush()
    return _redis_of_session.url


@pytest.fixture
def redis_server(pytestconfig: pytest.Config) -> Iterator[RedisServer]:
    """Run a Redis that the test may `stop()` and `start()` again."""
    server = RedisServer(_need(pytestconfig, "redis"))
    try:
        yield server.start()
    finally:
        server.remove()
