"""The timetable as files: right, lasting, harmless, and the same when fetched again."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar

from folkmoot.core import commands as cmd
from folkmoot.core.feeds import PUBLIC
from folkmoot.news.formats import FORMATS
from folkmoot.news.items import Stream
from folkmoot.schedule import changes, frab, ical, table
from folkmoot.schedule.programme import Programme, read_programme
from tests.core.play import START
from tests.core.square import ANN, BEN, CAT, FACILITATOR, ORGANISER, Square
from tests.schedule.conference import complaints

BASE = "https://moot.example"
NASTY = "=cmd|' /C calc'!A0 \x00\x0b <b>&amp;</b> \U0001f333 \u2028"


@pytest.fixture
def square() -> Square:
    return Square(timezone="Europe/Vienna")


def _programme(square: Square) -> Programme:
    return read_programme(
        json.loads(json.dumps(square.snapshot(PUBLIC))),
        meeting_id="m_1",
        seq=square.seq(PUBLIC),
        base_url=BASE,
        now=START,
    )


def _events(square: Square, **more: Any) -> dict[str, Any]:
    calendar = Calendar.from_ical(ical.write_calendar(_programme(square), **more))
    events = calendar.walk("VEVENT")
    found = {str(event["url"]).rpartition("/")[2]: event for event in events}
    assert len(found) == len(events)
    return found


# --- calendars -------------------------------------------------------------


def test_move_keeps_the_uid_and_raises_the_sequence(square: Square) -> None:
    trees = square.propose("Trees", ANN, pitch="Shade", tags=["green"])
    square.place(trees, 0, 0)
    before = _events(square)[trees]
    square.place(trees, 1, 1)
    after = _events(square)[trees]
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.get("last-modified").dt > before.get("last-modified").dt
    assert (before.get("dtstart").dt, after.get("dtstart").dt) == (
        START + timedelta(hours=1),
        START + timedelta(hours=2),
    )
    assert (str(before["location"]), str(after["location"])) == ("Plenary", "Small")
    assert str(after["status"]) == "CONFIRMED"
    assert str(after["summary"]) == "Trees"
    assert str(after["description"]) == "With Ann\n\nShade"


@pytest.mark.parametrize("way", ["unplace", "withdraw", "merge"])
def test_what_left_the_timetable_is_cancelled(square: Square, way: str) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    square.place(trees, 0, 0)
    before = _events(square)[trees]
    if way == "unplace":
        square.do(cmd.UnplaceSession(session_id=trees), ANN)
    elif way == "withdraw":
        square.do(cmd.WithdrawSession(session_id=trees), ANN)
    else:
        square.place(limes, 1, 1)
        both = cmd.MergeSessions(session_id=limes, other_id=trees)
        square.do(both, FACILITATOR)
    (after,) = (e for e in _all(square) if e["uid"] == before["uid"])
    assert str(after["status"]) == "CANCELLED"
    assert after["sequence"] > before["sequence"]
    assert after.get("dtstart").dt == before.get("dtstart").dt


def _all(square: Square) -> list[Any]:
    body = ical.write_calendar(_programme(square))
    return Calendar.from_ical(body).walk("VEVENT")


def test_moved_time_moves_the_event(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.place(trees)
    before = _events(square)[trees]
    later = square.hour(6)
    edit = cmd.EditSlot(
        slot_id=square.slots[0], starts_at=later.starts_at, ends_at=later.ends_at
    )
    square.do(edit, FACILITATOR)
    after = _events(square)[trees]
    assert after.get("dtstart").dt == later.starts_at
    assert after["sequence"] > before["sequence"]


def test_proposals_are_in_no_calendar_and_a_choice_holds_only_its_own(
    square: Square,
) -> None:
    trees, limes, oaks = (square.propose(t, ANN) for t in ("Trees", "Limes", "Oaks"))
    square.place(trees, 0, 0)
    square.place(limes, 1, 0)
    assert set(_events(square)) == {trees, limes}
    assert set(_events(square, only={limes, oaks})) == {limes}


def test_same_state_gives_the_same_bytes(square: Square) -> None:
    square.place(square.propose("Trees", ANN))
    one, two = _programme(square), _programme(square)
    for write in (ical.write_calendar, frab.write_xml, frab.write_json):
        assert write(one) == write(two)
    items = changes.read_changes(
        square.entries(PUBLIC), square.snapshot(PUBLIC), meeting_id="m_1", url=BASE
    )
    told = Stream(title="x", about="x", url=BASE, own_url=BASE, items=items)
    for kind in FORMATS.values():
        assert kind.write(told) == kind.write(told)


# --- the conference world --------------------------------------------------


def _fill(square: Square) -> None:
    first = square.propose(NASTY, ANN, pitch=NASTY, tags=["green"])
    square.do(
        cmd.CohostSession(session_id=first, step="invite", member_id="b_ben"), ANN
    )
    square.do(cmd.CohostSession(session_id=first, step="accept"), BEN)
    square.place(first, 0, 0)
    square.place(square.propose("Trees", CAT), 1, 0)
    square.place(square.propose("Asked for", CAT, hosting=False), 0, 1)
    tomorrow = square.hour(26)
    made = square.do(
        cmd.AddSlot(starts_at=tomorrow.starts_at, ends_at=tomorrow.ends_at), ORGANISER
    )
    square.slots.append(made.data["slot_ids"][0])
    square.place(square.propose("Tomorrow", ANN), 1, 2)
    square.propose("Only proposed", ANN)


def test_xml_is_what_conference_programs_ask_for(square: Square) -> None:
    _fill(square)
    document = frab.write_xml(_programme(square))
    assert complaints(document) == []
    root = ET.fromstring(document)  # noqa: S314
    titles = [title.text for title in root.iterfind("day/room/event/title")]
    assert titles[1:] == ["Asked for", "Trees", "Tomorrow"]
    assert [day.get("index") for day in root.iterfind("day")] == ["1", "2"]
    first = root.find("day/room/event")
    assert first is not None
    assert first.findtext("date") == "2026-05-04T12:00:00+02:00"
    assert first.findtext("start") == "12:00"
    assert first.findtext("duration") == "01:00"
    assert [p.text for p in first.iterfind("persons/person")] == ["Ann", "Ben"]


@pytest.mark.parametrize("slug", ["a", "a-b", "abc", "council-2026-05"])
def test_meeting_without_times_has_a_day_all_the_same(slug: str) -> None:
    square = Square()
    state = square.snapshot(PUBLIC) | {"slots": {}, "slug": slug}
    programme = read_programme(state, meeting_id="m_1", seq=1, base_url=BASE, now=START)
    assert complaints(frab.write_xml(programme)) == []
    days = json.loads(frab.write_json(programme))["schedule"]["conference"]["days"]
    assert len(days) == 1
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}", frab.acronym(slug))


def test_rules_of_the_conference_world_can_be_broken(square: Square) -> None:
    """The check itself finds what is wrong."""
    _fill(square)
    right = frab.write_xml(_programme(square)).decode()
    wrong = [
        right.replace("<track", "<trick").replace("</track", "</trick"),
        right.replace("<version>", "<version><x/>").replace("<url>https:", "<url>ftp:"),
        re.sub(r'guid="[^"]*"', 'guid="1"', right),
        re.sub(r"<start>[0-9:]*<", "<start>noon<", right),
        re.sub(r' id="[0-9]*"', ' id="7"', right),
        right.replace('index="2"', 'index="1"'),
    ]
    assert all(complaints(document.encode()) for document in wrong)


def test_json_says_the_same_as_xml(square: Square) -> None:
    _fill(square)
    programme = _programme(square)
    conference = json.loads(frab.write_json(programme))["schedule"]["conference"]
    root = ET.fromstring(frab.write_xml(programme))  # noqa: S314
    events = [
        event
        for day in conference["days"]
        for room in day["rooms"].values()
        for event in room
    ]
    told = {(e["guid"], e["id"], e["date"], e["room"], e["slug"]) for e in events}
    assert told == {
        (
            event.get("guid"),
            int(event.get("id") or 0),
            event.findtext("date"),
            event.findtext("room"),
            event.findtext("slug"),
        )
        for event in root.iterfind("day/room/event")
    }
    assert conference["daysCount"] == 2
    assert conference["time_zone_name"] == "Europe/Vienna"
    rooms = {room["name"]: room["guid"] for room in conference["rooms"]}
    assert rooms == {
        str(room.get("name")): room.get("guid") for room in root.iterfind("day[1]/room")
    }


def test_guids_outlast_moves_and_new_names(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.place(trees, 0, 0)
    before = _programme(square).standing[0]
    square.place(trees, 1, 1)
    square.do(cmd.EditSession(session_id=trees, title="Limes"), ANN)
    square.do(cmd.EditRoom(room_id=square.rooms[1], name="Attic"), ORGANISER)
    square.propose("Another", BEN)
    after = _programme(square).standing[0]
    assert (after.guid, after.number) == (before.guid, before.number)
    assert after.room is not None
    assert after.room.name == "Attic"


# --- tables and changes ----------------------------------------------------


def test_no_cell_is_a_formula(square: Square) -> None:
    for title in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"):
        square.propose(title, ANN, pitch=title)
    body = table.write_table(_programme(square)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body, newline="")))
    assert tuple(rows[0]) == table.COLUMNS
    assert len(rows) == 8
    for row in rows[1:]:
        assert not any(
            re.match(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell) for cell in row
        )


def test_hidden_counts_are_in_no_table(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, BEN, CAT)
    square.do(cmd.PublishTallies())
    shown = table.write_table(_programme(square)).decode("utf-8-sig")
    square.do(cmd.BoardRules(counts="hidden"), FACILITATOR)
    square.do(cmd.PublishTallies())
    hidden = table.write_table(_programme(square)).decode("utf-8-sig")
    column = table.COLUMNS.index("would_come")
    cells = [list(csv.reader(io.StringIO(text)))[1][column] for text in (shown, hidden)]
    assert cells == ["2", ""]


def test_changes_name_no_session_that_was_taken_back(square: Square) -> None:
    gone, stays = square.propose("Secret plan", ANN), square.propose("Trees", BEN)
    for number, session_id in enumerate((gone, stays)):
        square.place(session_id, number, 0)
    square.do(cmd.WithdrawSession(session_id=gone), ANN)
    items = changes.read_changes(
        square.entries(PUBLIC), square.snapshot(PUBLIC), meeting_id="m_1", url=BASE
    )
    assert [item.title for item in reversed(items)] == [
        "Proposed: a session",
        "Proposed: Trees",
        "a session: Plenary, 04.05. 12:00",
        "Trees: Small, 04.05. 12:00",
        "A session was withdrawn",
    ]
    told = Stream(title="Square", about="x", url=BASE, own_url=f"{BASE}/x", items=items)
    for kind in FORMATS.values():
        document = kind.write(told).decode()
        assert "Secret" not in document
        assert document.index("withdrawn") < document.index("Proposed")


def test_changes_of_several_moves_are_told_one_by_one(square: Square) -> None:
    one, two = square.propose("One", ANN), square.propose("Two", BEN)
    moves = [
        cmd.ArrangeMove(session_id=s, room_id=square.rooms[n], slot_id=square.slots[n])
        for n, s in enumerate((one, two))
    ]
    square.do(cmd.ArrangeBoard(moves=moves), FACILITATOR)
    items = changes.read_changes(
        square.entries(PUBLIC), square.snapshot(PUBLIC), meeting_id="m_1", url=BASE
    )
    assert [item.title for item in items[:2]] == [
        "Two: Small, 04.05. 13:00",
        "One: Plenary, 04.05. 12:00",
    ]
    assert len({item.guid for item in items}) == len(items)


def test_times_are_utc_in_the_table(square: Square) -> None:
    square.place(square.propose("Trees", ANN))
    body = table.write_table(_programme(square)).decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(body)))
    assert datetime.fromisoformat(row["starts_at"]) == START + timedelta(hours=1)
