"""Taking out of the recording, and what is missing from it, without script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.refusals import Refusal
from folkmoot.media.pack.stored_stream import Gap
from folkmoot.pages.watching.recording import say_length
from folkmoot.pages.wording.spans import near_clock, read_span
from tests.pages.browsing import send
from tests.pages.test_forms import enter
from tests.pages.town import NOON, Town, say_all

MEETING = "/m/river-quarter?room=great-hall"
DESK = "/desk/river-quarter/recording?room=great-hall"
# NOON is 12:20 in the meeting's own time zone.
SPAN = {"from_clock": "12:19:05", "to_clock": "12:19:17"}


def test_times_of_day_are_the_nearest_ones() -> None:
    near = datetime(2026, 5, 4, 22, 10, tzinfo=UTC)  # ten past midnight in Berlin
    late = near_clock("23:59:00", near, "Europe/Berlin")
    assert late == datetime(2026, 5, 4, 21, 59, tzinfo=UTC)
    fields = {
        "from_clock": "23:59:50",
        "to_clock": "00:00:10",
        "_near": near.isoformat(),
        "_zone": "Europe/Berlin",
    }
    assert read_span(fields) == {
        "from_at": "2026-05-04T21:59:50.000Z",
        "to_at": "2026-05-04T22:00:10.000Z",
    }
    assert read_span({"from_clock": "1", "to_clock": "2", "from_at": "given"}) == {}
    for wrong in ({"from_clock": "noon"}, {"_zone": "Mars/Base"}, {"_near": "now"}):
        with pytest.raises(Refusal) as refused:
            read_span({**fields, **wrong})
        assert refused.value.code == "bad_form"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 s"),
        (12, "12 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3720, "1 h 2 min"),
    ],
)
def test_lengths_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert say_length(timedelta(seconds=seconds)) == said


async def _requests(town: Town, forum: SimpleNamespace) -> dict[str, Any]:
    staff = await town.journal.snapshot(forum.meeting_id, STAFF)
    return dict(staff.state["cut_requests"])


async def _cuts(town: Town, forum: SimpleNamespace) -> dict[str, Any]:
    public = await town.journal.snapshot(forum.meeting_id, PUBLIC)
    return dict(public.state["rooms"][forum.rooms[0]]["cuts"])


async def test_somebody_asks_to_be_taken_out_and_is_answered(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    mira, other = forum.people[0], forum.people[1]
    enter(visitor, mira.token)
    answer = await send(
        visitor, MEETING, "cut.request", {}, **SPAN, reason="My child is seen."
    )
    assert answer.status == 303
    html = await (await visitor.get(MEETING)).text()
    assert "your request waits for the team" in html
    # Nobody else learns of it: not the next participant, not the public.
    enter(visitor, other.token)
    html = await (await visitor.get(MEETING)).text()
    assert "My child is seen" not in html
    assert "your request waits" not in html
    public = await town.journal.snapshot(forum.meeting_id, PUBLIC)
    assert public.state["cut_requests"] == {}

    enter(visitor, town.admin_token)
    assert "1 <span" in await (await visitor.get("/desk/river-quarter")).text()
    html = await (await visitor.get(DESK)).text()
    assert "Mira Brandt asks to be taken out" in html
    assert "My child is seen." in html
    assert "<strong>12 s</strong> <span>12:19:05–12:19:17" in html
    assert "kept for 30 days" in html
    assert "/whole/master.m3u8?from=2026-05-04T10%3A18%3A59.000Z" in html
    (cut_id,) = await _requests(town, forum)
    answer = await send(
        visitor, DESK, "cut.make", {"cut_id": cut_id}, category="safety"
    )
    assert (answer.status, answer.headers["Location"]) == (303, DESK)
    (cut,) = (await _cuts(town, forum)).values()
    assert cut["from_at"] == "2026-05-04T10:19:05.000Z"
    assert cut["to_at"] == "2026-05-04T10:19:17.000Z"
    assert cut["category"] == "safety"
    html = await (await visitor.get(DESK)).text()
    assert "Can be brought back until Wednesday 3 June" in html
    enter(visitor, mira.token)
    html = await (await visitor.get(MEETING)).text()
    assert "taken out of the recording." in html

    enter(visitor, town.admin_token)
    await send(visitor, DESK, "cut.undo", {"cut_id": cut_id})
    assert await _cuts(town, forum) == {}
    await send(visitor, DESK, "cut.decline", {"cut_id": cut_id}, note="It is public.")
    enter(visitor, mira.token)
    html = await (await visitor.get(MEETING)).text()
    assert "it stays in the recording. “It is public.”" in html


async def test_the_team_cuts_by_two_times_and_cannot_bring_back_what_is_erased(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    wrong = {"from_clock": "12:19:17", "to_clock": "12:19:05"}
    answer = await send(visitor, DESK, "cut.make", {}, **wrong)
    assert answer.status == 409
    html = await answer.text()
    assert "The end must come after the beginning." in html
    assert 'value="12:19:17"' in html  # what was typed stays
    for quote, off in (("He said so", 50), ("Of another moment", 150)):
        at = (NOON - timedelta(seconds=off)).isoformat()
        about = {"room_id": forum.rooms[0], "about_at": at}
        await town.do(forum.meeting_id, "report.post", quote=quote, **about)
    answer = await send(visitor, DESK, "cut.make", {}, **SPAN)
    assert answer.status == 303
    (cut_id,) = await _cuts(town, forum)
    html = await (await visitor.get(DESK)).text()
    assert "cut.undo" in html
    # What somebody copied by hand stays, and the team is told where.
    assert "A live update speaks of these seconds" in html
    assert "He said so" in html
    assert "Of another moment" not in html
    town.clock.now = NOON + timedelta(days=31)
    html = await (await visitor.get(DESK)).text()
    assert "Erased" in html
    assert "cut.undo" not in html
    assert cut_id in html


async def test_the_page_of_a_recording_is_for_who_runs_the_broadcast(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    assert (await visitor.get(DESK)).status == 403
    enter(visitor, forum.people[0].token)
    assert (await visitor.get(DESK)).status == 403


async def test_everybody_reads_what_is_missing_and_why(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    assert "Missing from" not in await (await visitor.get(MEETING)).text()
    town.webcast.gaps[forum.rooms[0]] = [
        Gap(NOON - timedelta(seconds=300), NOON - timedelta(seconds=115), "No signal")
    ]
    for page in (MEETING, DESK):
        if page == DESK:
            enter(visitor, town.admin_token)
        html = await (await visitor.get(page)).text()
        assert "Missing from this recording" in html
        assert '<time datetime="2026-05-04T10:15:00.000Z">12:15:00</time>' in html
        assert "3 min 5 s" in html
        assert "No signal" in html


async def test_a_session_says_what_was_said_in_it(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    began = NOON.replace(hour=8, minute=0)  # of the first session, in the first room
    await say_all(town, forum.meeting_id, forum.rooms[0], began - timedelta(seconds=9))
    html = await (await visitor.get(f"/m/river-quarter/s/{forum.sessions[0]}")).text()
    assert "fm-said" in html
    assert "Now we look at the night." in html
    assert 'data-moment="2026-05-04T08:00:00.000Z"' in html
    # What was said before it began, and in sessions without a film, is not there.
    assert "Good afternoon, everybody" not in html
    html = await (await visitor.get(f"/m/river-quarter/s/{forum.sessions[9]}")).text()
    assert "fm-said" not in html
