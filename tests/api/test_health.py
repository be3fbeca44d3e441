"""Health, readiness, figures, search without an index."""

from __future__ import annotations

from folkmoot.keys import DATABASE
from tests.gateway.house import House


async def test_health_and_figures(house: House) -> None:
    assert (await house.ask("GET", "/healthz"))[:2] == (200, {"ok": True})
    assert (await house.ask("GET", "/readyz"))[0] == 200
    status, body, _ = await house.ask("GET", "/metrics")
    assert status == 200
    assert b"folkmoot_commands_total" in body


async def test_without_its_database_it_is_not_ready(house: House) -> None:
    database = house.app[DATABASE]

    async def fail(_work: object) -> None:
        raise OSError("gone")

    real, database.read = database.read, fail
    try:
        assert (await house.ask("GET", "/readyz"))[0] == 503
        assert (await house.ask("GET", "/healthz"))[0] == 200
    finally:
        database.read = real


async def test_without_an_index_search_says_so(house: House) -> None:
    status, problem, _ = await house.ask("GET", "/api/v1/search?q=trees")
    assert (status, problem["code"]) == (503, "search_unavailable")
    status, problem, _ = await house.ask("GET", "/api/v1/search")
    assert (status, problem["code"]) == (422, "bad_query")
