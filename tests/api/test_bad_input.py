"""Whatever comes in: a clear answer, and nothing lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.house import House

COMMANDS = "/api/v1/meetings/moot/commands"
NASTY = '<script>alert(1)</script><img src=x onerror="alert(2)">&amp;\'"\u2028\x07'


def command(**more: Any) -> dict[str, Any]:
    return {
        "client_id": "a",
        "client_seq": 1,
        "type": "session.propose",
        "data": {"title": "x"},
        **more,
    }


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        (command(colour="red"), 422, "bad_command", "colour"),
        (command(data={"title": "x", "colour": 1}), 422, "bad_command", "colour"),
        (command(data={"title": 7}), 422, "bad_command", "title"),
        (command(data={}), 422, "bad_command", "title"),
        (command(data={"title": "x" * 201}), 422, "bad_command", "title"),
        (command(type="session.explode"), 422, "bad_command", "session.explode"),
        (command(client_seq=0), 422, "bad_command", "client_seq"),
        (command(client_seq="one"), 422, "bad_command", "client_seq"),
        (command(client_id=""), 422, "bad_command", "client_id"),
        (b"[]", 422, "bad_fields", "object"),
        (b"{not json", 400, "bad_json", "JSON"),
        (b"\xff\xfe", 400, "bad_json", "JSON"),
        (b'{"a": "\\ud800"}', 400, "bad_json", "JSON"),
        (b'{"a":' * 20_000, 400, "bad_json", "deep"),
        (b"[" * 100_000, 422, "bad_fields", "object"),
        (command(data={"title": "x" * 10_000_000}), 413, "too_large", "KB"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_does_not_fit_is_refused_by_name(
    house: House, body: Any, status: int, code: str, said: str
) -> None:
    await house.make()
    ann = await house.join()
    got, problem, headers = await house.ask("POST", COMMANDS, body, token=ann.token)
    assert (got, problem["code"]) == (status, code), problem
    assert said in problem["detail"]
    assert problem["status"] == status
    assert headers["Content-Type"].startswith("application/problem+json")
    # The number is still free, and the server alive.
    got, answer, _ = await house.ask("POST", COMMANDS, command(), token=ann.token)
    assert (got, answer["ok"]) == (200, True)


async def test_a_bad_command_does_not_block_those_behind_it(house: House) -> None:
    await house.make()
    ann = await house.join()
    for number in (1, 2):
        bad = command(client_seq=number, data={"title": 7})
        assert (await house.ask("POST", COMMANDS, bad, token=ann.token))[0] == 422
    later = command(client_seq=3)
    _, answer, _ = await house.ask("POST", COMMANDS, later, token=ann.token)
    assert answer["ok"]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/api/v1/meetings", {"title": "x", "colour": 1}, 422, "colour"),
        ("/api/v1/meetings", {"title": ""}, 422, "title"),
        ("/api/v1/meetings", {"title": "x", "slug": "No Good"}, 422, "letters"),
        ("/api/v1/meetings", {"title": "x", "timezone": "Mars"}, 422, "Mars"),
        ("/api/v1/meetings", {"title": "x", "rooms": [{"nme": "A"}]}, 422, "nme"),
        (
            "/api/v1/meetings",
            {"title": "x", "starts_at": "2030-01-01T10:00:00"},
            422,
            "zone",
        ),
        ("/api/v1/meetings/moot/join", {"nme": "A"}, 422, "nme"),
        ("/api/v1/meetings/moot/join", {"name": "A" * 121}, 422, "120"),
        ("/api/v1/meetings/nowhere/join", {"name": "A"}, 404, "meeting"),
        ("/api/v1/nothing", {}, 404, "address"),
    ],
)
async def test_other_bodies_are_as_strict(
    house: House, path: str, body: Any, status: int, said: str
) -> None:
    await house.make()
    got, problem, _ = await house.ask("POST", path, body, admin=True)
    assert got == status, problem
    assert said in problem["detail"]


@pytest.mark.parametrize(
    ("query", "said"),
    [("after=-1", "after"), ("limit=0", "limit"), ("wait=61", "wait"), ("after=x", "")],
)
async def test_queries_are_checked(house: House, query: str, said: str) -> None:
    await house.make()
    path = f"/api/v1/meetings/moot/entries?{query}"
    status, problem, _ = await house.ask("GET", path)
    assert (status, problem["code"]) == (422, "bad_query")
    assert said in problem["detail"]


async def test_markup_stays_text(house: House) -> None:
    await house.make(
        title=NASTY,
        purpose=NASTY,
        scope=NASTY,
        rooms=[{"name": NASTY, "features": [NASTY]}],
    )
    ann = await house.join(name=NASTY)
    posted = await ann.give("contribution.post", text=NASTY, on_behalf_of=NASTY)
    _, state, _ = await house.ask("GET", "/api/v1/meetings/moot/state")
    found = state["state"]["contributions"][posted["data"]["contribution_id"]]
    assert found["content"]["text"] == NASTY
    assert found["content"]["on_behalf_of"] == NASTY
    assert state["state"]["content"]["title"] == NASTY
    # A name stands inside a line: what can't be seen is taken out of it.
    assert found["content"]["author"] == NASTY.replace("\u2028\x07", "")


async def test_a_fault_tells_an_id_and_no_more(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from folkmoot.keys import JOURNAL

    async def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a secret of the inside")

    await house.make()
    monkeypatch.setattr(house.app[JOURNAL], "snapshot", fail)
    status, problem, _ = await house.ask("GET", "/api/v1/meetings/moot/state")
    assert (status, problem["code"]) == (500, "fault")
    assert problem["incident"] in problem["detail"]
    assert "secret" not in str(problem)
    assert problem["incident"] in caplog.text
