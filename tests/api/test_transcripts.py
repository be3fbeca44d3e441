"""Transcripts over HTTP: put, told, got back, and never lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from folkmoot.keys import DATABASE
from folkmoot.store import catalogue
from folkmoot.store import cues as store
from tests.gateway.house import House

ROOM = "/api/v1/meetings/moot/rooms/hall"
START = "2026-05-04T09:00:00Z"
VTT = b"""WEBVTT

00:01:00.000 --> 00:01:02.500
<v Ann Lee>Good morning.

00:01:03.000 --> 00:01:05.000
<v Ben>Thank you & welcome.
"""


async def put(house: House, body: bytes, query: str = "", **more: Any) -> Any:
    more = {"admin": True, **more}
    headers = {"Content-Type": more.pop("media_type", "text/vtt")}
    path = f"{ROOM}/transcript?starts_at={START}{query}"
    return await house.ask("PUT", path, body, headers=headers, **more)


async def entries(house: House) -> list[Any]:
    _, page, _ = await house.ask("GET", "/api/v1/meetings/moot/entries")
    return [e["data"] for e in page["entries"] if e["kind"] == "TranscriptChanged"]


async def test_a_transcript_is_stored_told_and_given_back(house: House) -> None:
    made = await house.make()
    status, answer, _ = await put(house, VTT)
    assert (status, answer) == (
        200,
        {"cues": 2, "starts_at": "2026-05-04T09:00:00.000Z", "changed": True},
    )
    assert await entries(house) == [
        {
            "room_id": made["rooms"][0]["id"],
            "from_at": "2026-05-04T09:01:00.000Z",
            "to_at": "2026-05-04T09:01:05.000Z",
            "revision": 1,
        }
    ]
    # Second 0 is that of the file, though no cue begins there.
    status, body, headers = await house.ask("GET", f"{ROOM}/transcript.vtt")
    assert headers["Content-Type"].startswith("text/vtt")
    assert b"00:01:00.000 --> 00:01:02.500" in body
    assert b"<v Ann Lee>Good morning." in body
    for kind, found in (("srt", b"00:01:00,000"), ("txt", b"Good morning")):
        _, body, _ = await house.ask("GET", f"{ROOM}/transcript.{kind}")
        assert found in body
    _, cues, _ = await house.ask("GET", f"{ROOM}/transcript.json")
    assert "Thank you & welcome." in str(cues)
    assert (await house.ask("GET", f"{ROOM}/transcript.pdf"))[0] == 404


async def test_a_span_of_it_is_read_with_where_its_words_are_from(
    house: House,
) -> None:
    made = await house.make()
    await put(house, VTT)
    database = house.app[DATABASE]
    meeting = await database.read(lambda c: catalogue.meeting_by_slug(c, "moot"))
    assert meeting is not None
    heard = store.CueRow(
        cue_id="q_heard",
        meeting_id=meeting.meeting_id,
        room_id=made["rooms"][0]["id"],
        start_at=datetime(2026, 5, 4, 9, 2, tzinfo=UTC),
        end_at=datetime(2026, 5, 4, 9, 2, 3, tzinfo=UTC),
        text="The Hoenikker road.",
        provenance="machine",
        model="tiny.en",
        confidence=0.71,
        words="[[0,200,0.95],[200,900,0.31],[900,1200,0.9]]",
    )
    await database.run(lambda c: store.add_cues(c, [heard]))
    span = "?from=2026-05-04T09:01:30Z&to=2026-05-04T09:03:00Z"
    _, found, _ = await house.ask("GET", f"{ROOM}/transcript.json{span}")
    (cue,) = found["cues"]
    assert cue["at"] == "2026-05-04T09:02:00.000Z"
    assert (cue["provenance"], cue["model"]) == ("machine", "tiny.en")
    assert (cue["confidence"], cue["doubtful"]) == (0.71, [1])
    # Its seconds are those that it has in the whole.
    assert (cue["start_seconds"], cue["end_seconds"]) == (120.0, 123.0)
    status, _, _ = await house.ask("GET", f"{ROOM}/transcript.json?from=soon")
    assert status == 422


async def test_the_same_file_twice_changes_nothing(house: House) -> None:
    await house.make()
    await put(house, VTT)
    _, answer, _ = await put(house, VTT)
    assert (answer["cues"], answer["changed"]) == (2, False)
    assert len(await entries(house)) == 1
    _, answer, _ = await put(house, VTT.replace(b"morning", b"evening"))
    assert (answer["cues"], answer["changed"]) == (2, True)
    _, body, _ = await house.ask("GET", f"{ROOM}/transcript.txt")
    assert b"evening" in body
    assert b"morning" not in body


async def add_machine_cue(house: House, made: Any, second: int, text: str) -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC) + timedelta(seconds=second)

    def add(connection: Any) -> None:
        rows = connection.exec_driver_sql("SELECT meeting_id FROM meetings").first()
        cue = store.CueRow(
            cue_id=f"q_{second}",
            meeting_id=rows[0],
            room_id=made["rooms"][0]["id"],
            start_at=at,
            end_at=at + timedelta(seconds=2),
            text=text,
            provenance="machine",
            model="tiny",
        )
        store.add_cues(connection, [cue])

    await house.app[DATABASE].run(add)


async def test_a_minute_takes_the_times_of_live_captions(house: House) -> None:
    made = await house.make()
    await add_machine_cue(house, made, 100, "good morning and welcome")
    await add_machine_cue(house, made, 200, "the hour budget is small")
    text = b"Ann Lee: Good morning, and welcome.\n\nBen: Our budget is small."
    _, answer, _ = await put(house, text, media_type="text/plain")
    assert (answer["cues"], answer["agreement"]) == (2, 0.875)
    _, body, _ = await house.ask("GET", f"{ROOM}/transcript.txt")
    # The captions made way for it.
    first, second = re.findall(r"\[00:([\d:.]+)\] (.+)", body.decode())
    assert first == ("01:40.000", "Ann Lee: Good morning, and welcome.")
    assert second[1] == "Ben: Our budget is small."
    assert "03:19" < second[0] < "03:21"
    # Once more, corrected: the earlier text has times as well.
    text = text.replace(b"Our", b"The")
    _, answer, _ = await put(house, text, media_type="text/plain")
    assert answer["agreement"] == 0.875
    other = b"Wholly other words, of another evening."
    _, answer, _ = await put(house, other, media_type="text/plain")
    assert "agreement" not in answer


async def test_corrected_cues_are_not_lost_by_an_import(house: House) -> None:
    made = await house.make()
    await put(house, VTT)
    at = datetime(2026, 5, 4, 9, 2, tzinfo=UTC)

    def correct(connection: Any) -> None:
        rows = connection.exec_driver_sql("SELECT meeting_id FROM meetings").first()
        cue = store.CueRow(
            cue_id="q_1",
            meeting_id=rows[0],
            room_id=made["rooms"][0]["id"],
            start_at=at,
            end_at=at + timedelta(seconds=2),
            text="By hand",
            provenance="corrected",
        )
        store.add_cues(connection, [cue])

    await house.app[DATABASE].run(correct)
    status, problem, _ = await put(house, VTT.replace(b"you", b"us"))
    assert (status, problem["code"]) == (409, "corrections_would_be_lost")
    _, body, _ = await house.ask("GET", f"{ROOM}/transcript.txt")
    assert b"By hand" in body
    status, answer, _ = await put(house, VTT, "&replace=all")
    assert (status, answer["cues"]) == (200, 2)
    _, body, _ = await house.ask("GET", f"{ROOM}/transcript.txt")
    assert b"By hand" not in body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"WEBVTT\n\n00:05.000 --> 00:01.000\nbackwards\n", "Line 3"),
        (b"WEBVTT\n\nnot a time --> 00:01.000\nwords\n", "Line 3"),
        (b"\xff\xfe\x00broken", "UTF-16"),
        (b"", ""),
    ],
)
async def test_a_broken_file_is_refused_whole(
    house: House, body: bytes, said: str
) -> None:
    await house.make()
    await put(house, VTT)
    status, problem, _ = await put(house, body)
    assert (status, problem["code"]) == (422, "bad_transcript")
    assert said in problem["detail"]
    _, text, _ = await house.ask("GET", f"{ROOM}/transcript.txt")
    assert b"Good morning" in text


async def test_who_may_not_and_what_is_not_there(house: House) -> None:
    await house.make()
    ann = await house.join()
    status, problem, _ = await put(house, VTT, admin=False, token=ann.token)
    assert (status, problem["code"]) == (403, "not_allowed")
    path = "/api/v1/meetings/moot/rooms/attic/transcript"
    status, problem, _ = await house.ask("PUT", path, VTT, admin=True)
    assert (status, problem["code"]) == (404, "no_such_room")
    status, problem, _ = await house.ask(
        "PUT", f"{ROOM}/transcript?starts_at=2026-05-04T09:00:00", VTT, admin=True
    )
    assert (status, problem["code"]) == (422, "time_without_zone")


async def test_a_captioner_of_the_room_may(house: House) -> None:
    made = await house.make()
    hall, barn = [room["id"] for room in made["rooms"]]
    for room_id, status in ((barn, 403), (hall, 200)):
        invite = await house.invite(f"caption:{room_id}")
        secret = invite["url"].rpartition("/")[2]
        person = await house.join(name="C", invite=secret)
        got, _, _ = await put(house, VTT, admin=False, token=person.token)
        assert got == status


async def test_without_a_start_the_meetings_counts(house: House) -> None:
    await house.make(starts_at="2026-05-04T10:00:00Z")
    status, answer, _ = await house.ask(
        "PUT",
        f"{ROOM}/transcript",
        msgspec.json.encode({"cues": [{"start": 0, "end": 2, "text": "Hello"}]}),
        admin=True,
        headers={"Content-Type": "application/json"},
    )
    if status == 422:
        # Another shape of JSON; the formats have their own tests.
        status, answer, _ = await house.ask(
            "PUT", f"{ROOM}/transcript", VTT, admin=True
        )
    assert (status, answer["starts_at"]) == (200, "2026-05-04T10:00:00.000Z")
