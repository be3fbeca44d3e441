"""State, entries and commands over HTTP."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest

from folkmoot.keys import JOURNAL
from tests.gateway.house import House

API = "/api/v1/meetings/moot"


async def test_the_law_snapshot_and_entries_agree(house: House) -> None:
    await house.make()
    ann = await house.join()
    _, before, _ = await house.ask("GET", f"{API}/state")
    posted = await ann.give("contribution.post", text="Trees", kind="idea")
    _, page, _ = await house.ask("GET", f"{API}/entries?after={before['seq']}")
    assert [entry["seq"] for entry in page["entries"]] == [posted["seq"]]
    assert (page["epoch"], page["feed"]) == (before["epoch"], "public")
    assert (page["head"], page["more"]) == (posted["seq"], False)
    _, after, _ = await house.ask("GET", f"{API}/state")
    assert after["seq"] == posted["seq"]
    found = after["state"]["contributions"][posted["data"]["contribution_id"]]
    assert found["content"]["text"] == "Trees"


async def test_entries_come_in_pages(house: House) -> None:
    await house.make()
    _, page, _ = await house.ask("GET", f"{API}/entries?limit=2")
    assert [entry["seq"] for entry in page["entries"]] == [1, 2]
    assert page["more"]
    assert page["head"] > 2


async def test_a_long_poll_wakes_at_once(house: House) -> None:
    await house.make()
    ann = await house.join()
    _, state, _ = await house.ask("GET", f"{API}/state")
    path = f"{API}/entries?after={state['seq']}&wait=20"
    waiting = asyncio.ensure_future(house.ask("GET", path))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    posted = await ann.give("contribution.post", text="Now")
    async with asyncio.timeout(20):
        _, page, _ = await waiting
    assert [entry["seq"] for entry in page["entries"]] == [posted["seq"]]


async def test_a_long_poll_ends_with_its_time(house: House) -> None:
    await house.make()
    _, state, _ = await house.ask("GET", f"{API}/state")
    began = time.monotonic()
    path = f"{API}/entries?after={state['seq']}&wait=0.2"
    status, page, _ = await house.ask("GET", path)
    assert 0.2 <= time.monotonic() - began < 10
    assert (status, page["entries"], page["head"]) == (200, [], state["seq"])


async def test_a_client_that_goes_away_waits_no_longer(house: House) -> None:
    made = await house.make()
    del made
    _, state, _ = await house.ask("GET", f"{API}/state")
    path = f"{API}/entries?after={state['seq']}&wait=60"
    waiting = asyncio.ensure_future(house.ask("GET", path))
    lines = house.app[JOURNAL]._lines.values()
    async with asyncio.timeout(45):
        while not any(line._waiters for line in lines):
            await asyncio.sleep(0.01)
    waiting.cancel()
    async with asyncio.timeout(20):
        while any(line._waiters for line in lines):
            await asyncio.sleep(0.02)


async def test_feeds_of_others_are_refused(house: House) -> None:
    await house.make()
    ann, ben = await house.join(), await house.join(name="Ben")
    for what in ("state?", "entries?"):
        for feed in ("staff", "ballots", f"member:{ben.member_id}"):
            status, problem, _ = await house.ask(
                "GET", f"{API}/{what}feed={feed}", token=ann.token
            )
            assert (status, problem["code"]) == (403, "not_allowed")
        status, problem, _ = await house.ask("GET", f"{API}/{what}feed=x")
        assert (status, problem["code"]) == (404, "no_such_feed")
        own = f"{API}/{what}feed=member:{ann.member_id}"
        assert (await house.ask("GET", own, token=ann.token))[0] == 200
        assert (await house.ask("GET", f"{API}/{what}feed=staff", admin=True))[0] == 200


async def test_a_state_is_packed_and_not_sent_twice(house: House) -> None:
    await house.make(purpose="word " * 1000)
    _, state, headers = await house.ask("GET", f"{API}/state")
    tag = headers["ETag"]
    status, body, _ = await house.ask(
        "GET", f"{API}/state", headers={"If-None-Match": tag}
    )
    assert (status, body) == (304, b"")
    async with house.http.get(
        f"{house.url}{API}/state", headers={"Accept-Encoding": "gzip"}
    ) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert msgspec.json.decode(await answer.read()) == state


async def test_commands_are_answered_alike(house: House) -> None:
    await house.make()
    ann = await house.join()
    body = ann.request("session.propose", title="Trees")
    first = await ann.send(body)
    assert set(first) == {"ok", "feed", "seq", "at", "data"}
    assert await ann.send(body) == first
    second = await ann.give("session.propose", title="Water")
    assert second["seq"] == first["seq"] + 1
    assert await ann.send(body) == {"ok": True, "duplicate": True}
    ahead = {**body, "client_seq": 9}
    gap = await ann.send(ahead)
    assert (gap["ok"], gap["code"], gap["resend_from"]) == (False, "gap", 3)
    refused = await ann.give("meeting.end")
    assert refused == {
        "ok": False,
        "code": "not_allowed",
        "message": "Only organisers of this meeting can do that.",
    }
    # A refusal has used its number up.
    assert (await ann.give("session.propose", title="Next"))["ok"]


async def test_a_taken_time_and_an_old_version_are_refused(house: House) -> None:
    made = await house.make()
    ann = await house.join()
    sessions = [
        (await ann.give("session.propose", title=title))["data"]["session_id"]
        for title in ("one", "two")
    ]
    place = {"room_id": made["rooms"][0]["id"], "slot_id": made["slots"][0]["id"]}
    placed = await ann.give("session.place", expect=1, session_id=sessions[0], **place)
    assert placed["ok"]
    taken = await ann.give("session.place", session_id=sessions[1], **place)
    assert (taken["ok"], taken["code"]) == (False, "slot_taken")
    later = {**place, "slot_id": made["slots"][1]["id"]}
    old = await ann.give("session.place", expect=1, session_id=sessions[0], **later)
    assert (old["ok"], old["code"]) == (False, "outdated")


async def test_the_admin_acts_in_every_meeting_as_a_member(house: House) -> None:
    await house.make()
    for number, kind, data in (
        (1, "contribution.post", {"text": "Welcome"}),
        (2, "meeting.end", {}),
    ):
        body = {"client_id": "s", "client_seq": number, "type": kind, "data": data}
        status, answer, _ = await house.ask("POST", f"{API}/commands", body, admin=True)
        assert (status, answer["ok"]) == (200, True), answer


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
async def test_other_origins_may_only_read(house: House, method: str) -> None:
    await house.make()
    origin = {"Origin": "https://other.example"}
    _, _, headers = await house.ask("GET", f"{API}/state", headers=origin)
    assert headers["Access-Control-Allow-Origin"] == "*"
    _, _, headers = await house.ask(method, f"{API}/state", headers=origin)
    assert "Access-Control-Allow-Origin" not in headers
    status, problem, headers = await house.ask("OPTIONS", f"{API}/commands")
    assert (status, problem["code"]) == (405, "method_not_allowed")
    assert "Access-Control-Allow-Origin" not in headers
