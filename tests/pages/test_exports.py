"""Files of the timetable over HTTP: who may have them, and fetching again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from icalendar import Calendar

from tests.pages.town import Town
from tests.schedule.conference import complaints

M = "/m/river-quarter"
FILES = {
    "schedule.ics": "text/calendar",
    "schedule.xml": "application/xml",
    "schedule.json": "application/json",
    "sessions.csv": "text/csv",
    "changes.atom": "application/atom+xml",
    "changes.rss": "application/rss+xml",
    "changes.json": "application/feed+json",
}


@pytest.mark.parametrize("file", FILES)
async def test_file_is_there_and_costs_nothing_when_fetched_again(
    forum: SimpleNamespace, visitor: Any, file: str
) -> None:
    for _ in range(4):
        answer = await visitor.get(f"{M}/{file}")
        assert answer.status == 200
        assert answer.content_type == FILES[file]
        assert "Safe ways to school" in await answer.text()
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        tag = answer.headers["ETag"]
        again = await visitor.get(f"{M}/{file}", headers={"If-None-Match": tag})
        if again.headers["ETag"] == tag:
            break
        # The forum's votes were counted in between: there is another version.
    assert again.status == 304


async def test_xml_of_a_meeting_in_full_swing_is_right(
    forum: SimpleNamespace, visitor: Any
) -> None:
    assert complaints(await (await visitor.get(f"{M}/schedule.xml")).read()) == []


@pytest.mark.parametrize("file", FILES)
async def test_private_meeting_gives_its_files_to_its_own_alone(
    town: Town, visitor: Any, file: str
) -> None:
    await town.create("closed", visibility="private")
    path = f"/m/closed/{file}"
    assert (await visitor.get(path)).status == 404
    token = {"Authorization": f"Bearer {town.admin_token}"}
    answer = await visitor.get(path, headers=token)
    assert answer.status == 200
    assert answer.headers["Cache-Control"].startswith("private")
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_personal_calendar_holds_what_its_owner_would_go_to(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    owner, other = forum.people[0], forum.people[3]
    secret = await town.identity.tokens.make_calendar(owner.principal.person_id)
    answer = await visitor.get(f"{M}/calendar/{secret}.ics")
    assert answer.headers["Cache-Control"].startswith("private")
    calendar = Calendar.from_ical(await answer.read())
    titles = {str(event["summary"]) for event in calendar.walk("VEVENT")}
    state = (await town.journal.snapshot(forum.meeting_id, "public")).state
    own = (
        await town.journal.snapshot(
            forum.meeting_id, f"member:{owner.member.member_id}"
        )
    ).state
    assert titles == {
        session["content"]["title"]
        for key, session in state["sessions"].items()
        if session["slot_id"]
        and (
            session["host_id"] == owner.member.member_id or key in own["interest_votes"]
        )
    }
    assert titles
    # The secret reads a calendar; it signs nobody in.
    signed_in = await visitor.get(M, headers={"Authorization": f"Bearer {secret}"})
    assert signed_in.status == 403
    newer = await town.identity.tokens.make_calendar(owner.principal.person_id)
    assert (await visitor.get(f"{M}/calendar/{secret}.ics")).status == 404
    assert (await visitor.get(f"{M}/calendar/{newer}.ics")).status == 200
    assert (await visitor.get(f"{M}/calendar/{other.token}.ics")).status == 404
