"""Live connections: join, catch up, act, and be sent away."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
import socketio.exceptions

from folkmoot.keys import GATEWAY, IDENTITY
from tests.gateway.house import House, make_settings, open_house


async def test_two_people_see_each_others_commands(house: House) -> None:
    await house.make()
    ann, ben = await house.join(name="Ann"), await house.join(name="Ben")
    one, two = await house.open_socket(ann.token), await house.open_socket(ben.token)
    joined = await one.join()
    assert joined["ok"]
    assert joined["entries"][0]["kind"] == "MeetingCreated"
    await two.join(after=joined["seq"], epoch=joined["epoch"])
    request = {"meeting": "moot", **ann.request("contribution.post", text="Hello")}
    answer = await one.call("command", request)
    assert answer["ok"]
    assert answer["feed"] == "public"
    for socket in (one, two):
        (entry,) = await socket.wait_for("entry")
        assert entry["seq"] == answer["seq"] == joined["seq"] + 1
        assert entry["kind"] == "ContributionPosted"
        assert entry["data"]["content"]["text"] == "Hello"
        assert entry["data"]["contribution_id"] == answer["data"]["contribution_id"]
        assert (entry["meeting"], entry["feed"]) == ("moot", "public")
        assert entry["epoch"] == joined["epoch"]


async def test_a_join_gives_what_is_missing_and_no_more(house: House) -> None:
    await house.make()
    ann = await house.join()
    socket = await house.open_socket(ann.token)
    whole = await socket.join()
    seqs = [entry["seq"] for entry in whole["entries"]]
    assert seqs == list(range(1, whole["seq"] + 1))
    assert whole["more"] is False
    later = await socket.join(after=3)
    assert [entry["seq"] for entry in later["entries"]] == seqs[3:]
    none = await socket.join(after=whole["seq"])
    assert none["entries"] == []
    assert none["seq"] == whole["seq"]


@pytest.mark.parametrize(
    "wrong", [{"epoch": "another"}, {"after": 10_000}], ids=["epoch", "ahead"]
)
async def test_a_reader_of_another_counting_resyncs(
    house: House, wrong: dict[str, Any]
) -> None:
    await house.make()
    socket = await house.open_socket()
    joined = await socket.join(**wrong)
    assert joined["ok"]
    assert joined["resync"]
    assert "entries" not in joined


async def test_a_command_sent_again_acts_once(house: House) -> None:
    await house.make()
    ann = await house.join()
    socket = await house.open_socket(ann.token)
    head = (await socket.join())["seq"]
    first = {"meeting": "moot", **ann.request("session.propose", title="Once")}
    second = {"meeting": "moot", **ann.request("session.propose", title="Twice")}
    answer = await socket.call("command", first)
    assert answer["ok"]
    assert answer["seq"] == head + 1
    assert await socket.call("command", first) == answer
    assert (await socket.call("command", second))["seq"] == head + 2
    assert await socket.call("command", first) == {"ok": True, "duplicate": True}
    ahead = {"meeting": "moot", **ann.request("session.propose", title="x")}
    ahead["client_seq"] += 5
    gap = await socket.call("command", ahead)
    assert (gap["ok"], gap["resend_from"]) == (False, 3)


async def test_commands_of_one_client_keep_their_order(house: House) -> None:
    await house.make()
    ann = await house.join()
    socket = await house.open_socket(ann.token)
    await socket.join()
    requests = [
        {"meeting": "moot", **ann.request("contribution.post", text=f"{number}")}
        for number in range(20)
    ]
    answers = await asyncio.gather(*(socket.call("command", r) for r in requests))
    seqs = [answer["seq"] for answer in answers]
    assert seqs == sorted(seqs)
    assert all(answer["ok"] for answer in answers)
    entries = await socket.wait_for("entry", 20)
    texts = [entry["data"]["content"]["text"] for entry in entries]
    assert texts == [str(number) for number in range(20)]


async def test_the_answer_comes_after_the_commit(house: House) -> None:
    await house.make()
    ann = await house.join()
    socket = await house.open_socket(ann.token)
    request = {"meeting": "moot", **ann.request("session.propose", title="Kept")}
    answer = await socket.call("command", request)
    path = f"/api/v1/meetings/moot/entries?after={answer['seq'] - 1}"
    _, page, _ = await house.ask("GET", path)
    assert page["entries"][0]["data"]["content"]["title"] == "Kept"


async def test_visitors_read_and_do_not_act(house: House) -> None:
    await house.make()
    socket = await house.open_socket()
    assert (await socket.join())["ok"]
    request = {
        "meeting": "moot",
        "client_id": "x",
        "client_seq": 1,
        "type": "session.propose",
        "data": {"title": "No"},
    }
    answer = await socket.call("command", request)
    assert (answer["ok"], answer["code"]) == (False, "not_a_member")


async def test_staff_and_others_feeds_are_refused_to_participants(
    house: House,
) -> None:
    await house.make()
    ann, ben = await house.join(name="Ann"), await house.join(name="Ben")
    socket = await house.open_socket(ann.token)
    for feed in ("staff", "ballots", f"member:{ben.member_id}", "nonsense"):
        joined = await socket.join(feed)
        assert (joined["ok"], joined["code"]) == (False, "not_allowed"), feed
    assert (await socket.join(f"member:{ann.member_id}"))["ok"]


async def test_votes_show_in_ones_own_feed_and_as_a_count(house: House) -> None:
    await house.make()
    ann = await house.join()
    made = await ann.give("session.propose", title="Trees")
    session_id = made["data"]["session_id"]
    socket = await house.open_socket(ann.token)
    own = f"member:{ann.member_id}"
    await socket.join(own)
    await socket.join("public", after=made["seq"])
    answer = await ann.give("session.interest", session_id=session_id, level=1)
    assert answer["feed"] == own
    entries = await socket.wait_for("entry", 2)
    told = {entry["feed"]: entry for entry in entries}
    assert told[own]["kind"] == "InterestSet"
    assert told["public"]["data"]["interest"] == {session_id: 1}


async def test_an_invitation_gives_a_duty_until_it_is_revoked(house: House) -> None:
    await house.make(moderation="before")
    invite = await house.invite("moderate")
    secret = invite["url"].rpartition("/")[2]
    mod = await house.join(name="Mod", invite=secret)
    assert mod.duties == ["moderate"]
    ann = await house.join()
    socket = await house.open_socket(mod.token)
    assert (await socket.join("staff"))["ok"]
    await socket.join()
    waiting = await ann.give("contribution.post", text="May I?")
    assert waiting["data"]["waiting"]
    assert waiting["feed"] == f"member:{ann.member_id}"
    (entry,) = await socket.wait_for("entry")
    assert (entry["feed"], entry["data"]["content"]["text"]) == ("staff", "May I?")
    path = f"/api/v1/meetings/moot/invites/{invite['invite_id']}"
    began = time.monotonic()
    status, _, _ = await house.ask("DELETE", path, admin=True)
    assert status == 200
    (left,) = await socket.wait_for("left")
    assert time.monotonic() - began < 10
    assert (left["feed"], left["meeting"]) == ("staff", "moot")
    await ann.give("contribution.post", text="Secret")
    await ann.give("session.propose", title="Public")
    last = (await socket.wait_for("entry", 2))[-1]
    assert last["feed"] == "public"
    assert "Secret" not in str(socket.told)
    assert (await socket.join("staff"))["code"] == "not_allowed"
    status, problem, _ = await house.ask(
        "POST", "/api/v1/meetings/moot/join", {"invite": secret}
    )
    assert (status, problem["code"]) == (403, "invite_revoked")


async def test_a_revoked_token_is_cut_off_at_once(house: House) -> None:
    await house.make()
    ann = await house.join()
    socket = await house.open_socket(ann.token)
    await socket.join()
    began = time.monotonic()
    await house.app[IDENTITY].tokens.revoke(ann.token)
    async with asyncio.timeout(45):
        await socket.gone.wait()
    assert time.monotonic() - began < 10
    with pytest.raises(socketio.exceptions.ConnectionError, match="failed to connect"):
        await house.open_socket(ann.token)


async def test_who_is_removed_reads_nothing_more_of_the_participants_at_once(
    tmp_path: Path,
) -> None:
    among_us = {"audience": "participants"}
    async with open_house(tmp_path, check_seconds=3_600) as house:
        await house.make()
        ann, ben = await house.join(), await house.join(name="Ben")
        socket = await house.open_socket(ann.token)
        own = f"member:{ann.member_id}"
        for feed in ("public", "participants", own):
            assert (await socket.join(feed=feed))["ok"]
        command = {"client_id": "desk", "client_seq": 1, "type": "member.remove"}
        path = "/api/v1/meetings/moot/commands"
        removal = {**command, "data": {"member_id": ann.member_id}}
        _, answer, _ = await house.ask("POST", path, removal, admin=True)
        assert answer["ok"], answer
        for given in ({"text": "For us", "consent": among_us}, {"text": "For all"}):
            answer = await ben.give("contribution.post", **given)
            assert answer["ok"], answer
        (entry,) = await socket.wait_for("entry")
        assert entry["data"]["content"]["text"] == "For all"
        left = await socket.wait_for("left", 2)
        assert {one["feed"] for one in left} == {"participants", own}


async def test_heads_and_presence_are_told(tmp_path: Path) -> None:
    paces = {"head_seconds": 0.05, "presence_seconds": 0.05, "attendance_seconds": 0.1}
    async with open_house(tmp_path, **paces) as house:
        await house.make()
        ann = await house.join()
        socket, twin = [await house.open_socket(ann.token) for _ in range(2)]
        joined = await socket.join()
        await twin.join()
        (head, *_) = await socket.wait_for("head")
        assert head == {
            "meeting": "moot",
            "epoch": joined["epoch"],
            "feed": "public",
            # Attendance is being written beside.
            "seq": pytest.approx(joined["seq"], abs=1),
        }
        (presence, *_) = await socket.wait_for("presence")
        assert presence == {"meeting": "moot", "text": 1}
        (entry, *_) = await socket.wait_for("entry")
        assert entry["kind"] == "AttendanceCounted"
        assert entry["data"]["counts"] == {"text": 1}


async def test_a_big_screen_is_nobody_present(house: House) -> None:
    await house.make()
    wall, ann = await house.open_socket(), await house.join()
    assert (await wall.join(screen=True))["presence"] == {"text": 0, "screens": 1}
    reader = await house.open_socket(ann.token)
    assert (await reader.join())["presence"] == {"text": 1, "screens": 1}
    await wall.call("leave", {"meeting": "moot", "feed": "public"})
    again = await house.open_socket()
    assert (await again.join())["presence"] == {"text": 2}


async def test_a_caption_reaches_who_follows(house: House) -> None:
    await house.make()
    socket = await house.open_socket()
    await socket.join()
    meeting_id = next(house.app[GATEWAY].fanout.audiences()).meeting_id
    house.app[GATEWAY].send_caption(meeting_id, {"room": "hall", "text": "Good day"})
    assert await socket.wait_for("caption") == [{"room": "hall", "text": "Good day"}]


async def test_who_leaves_hears_no_more(house: House) -> None:
    await house.make()
    ann = await house.join()
    socket = await house.open_socket(ann.token)
    await socket.join()
    assert await socket.call("leave", {"meeting": "moot", "feed": "public"}) == {
        "ok": True
    }
    await ann.give("session.propose", title="Unheard")
    own = f"member:{ann.member_id}"
    await socket.join(own)
    await ann.give("contribution.post", text="Heard")
    (entry,) = await socket.wait_for("entry")
    assert entry["feed"] == own


async def test_private_meetings_are_not_there_for_others(house: House) -> None:
    made = await house.make(visibility="private")
    ann = await house.join(code=made["join_code"].upper())
    inside, outside = await house.open_socket(ann.token), await house.open_socket()
    assert (await inside.join())["ok"]
    assert (await outside.join())["code"] == "no_such_meeting"
    assert (await outside.join(slug="nowhere"))["code"] == "no_such_meeting"


@pytest.mark.parametrize(
    "request_",
    [None, 7, [], {}, {"meeting": 5}, {"meeting": "moot", "after": -1}],
    ids=str,
)
async def test_a_join_that_does_not_fit_is_answered(
    house: House, request_: Any
) -> None:
    await house.make()
    socket = await house.open_socket()
    answer = await socket.call("join", request_)
    assert (answer["ok"], answer["code"]) == (False, "bad_fields")


async def test_a_command_that_does_not_fit_is_answered_and_blocks_nothing(
    house: House,
) -> None:
    await house.make()
    ann = await house.join()
    socket = await house.open_socket(ann.token)
    good = {"meeting": "moot", **ann.request("session.propose", title="Good")}
    bad = {**good, "data": {"title": "x", "colour": "red"}}
    answer = await socket.call("command", bad)
    assert (answer["ok"], answer["code"]) == (False, "bad_command")
    assert "colour" in answer["message"]
    # Put right under its number …
    assert (await socket.call("command", good))["ok"]
    # … or passed over, even two of them.
    for number in (2, 3):
        await socket.call("command", {**bad, "client_seq": number})
    assert (await socket.call("command", {**good, "client_seq": 4}))["ok"]


async def test_limits_are_told_and_use_no_number(tmp_path: Path) -> None:
    settings = make_settings(commands_per_minute=3)
    async with open_house(tmp_path, settings=settings) as house:
        await house.make()
        ann = await house.join()
        ben = await house.join(name="Ben")
        for _ in range(3):
            assert (await ann.give("session.propose", title="x"))["ok"]
        body = ann.request("session.propose", title="One too many")
        answer = await ann.send(body)
        assert (answer["ok"], answer["code"]) == (False, "slow_down")
        assert 1 <= answer["retry_after"] <= 20
        assert f"wait {answer['retry_after']:.0f} s" in answer["message"]
        assert (await ben.give("session.propose", title="Still fine"))["ok"]
        house.app[GATEWAY].limits._buckets._full_at.clear()
        assert (await ann.send(body))["ok"]


async def test_a_meeting_that_closes_tells_nobody_outside_anything_more(
    house: House,
) -> None:
    made = await house.make()
    ann = await house.join()
    outside, inside = await house.open_socket(), await house.open_socket(ann.token)
    for socket in (outside, inside):
        assert (await socket.join())["ok"]
    path = "/api/v1/meetings/moot/commands"
    close = {
        "client_id": "desk",
        "client_seq": 1,
        "type": "meeting.edit",
        "data": {"visibility": "private", "title": "Closed"},
    }
    status, answer, _ = await house.ask("POST", path, close, admin=True)
    assert (status, answer["ok"]) == (200, True), answer
    await ann.give("contribution.post", text="Among us")
    (left,) = await outside.wait_for("left")
    assert (left["feed"], left["code"]) == ("public", "not_allowed")
    # Who belongs to it is told how far it is, and asks for what it missed.
    head = (await inside.wait_for("head"))[-1]
    again = await inside.join(after=head["seq"] - 1)
    assert again["entries"][-1]["data"]["content"]["text"] == "Among us" or (
        (await inside.wait_for("entry"))[-1]["data"]["content"]["text"] == "Among us"
    )
    assert "entry" not in outside.told
    assert "left" not in inside.told
    assert (await outside.join())["code"] == "no_such_meeting"
    status, _, _ = await house.ask("GET", "/api/v1/meetings/moot/state")
    assert status == 404
    status, joined, _ = await house.ask(
        "POST", "/api/v1/meetings/moot/join", {"code": made["join_code"]}
    )
    assert status in {403, 404}, joined
