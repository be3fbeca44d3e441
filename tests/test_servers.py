"""The private servers that tests run on."""

from __future__ import annotations

import psycopg
import pytest
import redis

from tests import machine
from tests.servers import PostgresServer, RedisServer, ServerFailed


@pytest.mark.postgres
def test_postgres_from_pypi_runs_where_the_machine_has_none() -> None:
    programs = machine.find_bundled_postgres()
    assert programs is not None
    server = PostgresServer(programs)
    try:
        url = server.start().url().replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.remove()
    assert not server.home.exists()


@pytest.mark.postgres
def test_postgres_databases_are_apart(
    fresh_postgres_url: str, postgres_url: str
) -> None:
    with psycopg.connect(fresh_postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE only_here (a int)")
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT to_regclass('only_here')").fetchone()
    assert found == (None,)


@pytest.mark.redis
def test_redis_comes_back_under_its_address(redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("a", 1)
        redis_server.stop()
        with pytest.raises(redis.ConnectionError):
            client.get("a")
        redis_server.start()
        assert client.get("a") is None


def test_server_that_fails_tells_its_last_words() -> None:
    server = RedisServer("/bin/false")
    try:
        with pytest.raises(ServerFailed):
            server.start()
    finally:
        server.remove()
