"""The transcript editor over HTTP: who may, what is told, what others read."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from folkmoot.keys import DATABASE
from folkmoot.store import catalogue
from folkmoot.store import cues as store
from tests.gateway.house import House, Person

ROOM = "/api/v1/meetings/moot/rooms/hall"
VTT = b"""WEBVTT

00:01.000 --> 00:03.000
<v Speaker 1>The brigde is closed.

00:03.000 --> 00:05.000
<v Speaker 2>Why?

00:05.000 --> 00:09.000
<v Speaker 1>For repairs.
"""
_numbers = itertools.count()


async def fill(house: House) -> list[Any]:
    """Make a meeting with three cues; return them as an editor reads them."""
    await house.make()
    status, _, _ = await house.ask(
        "PUT",
        f"{ROOM}/transcript?starts_at=2026-05-04T09:00:00Z",
        VTT,
        headers={"Content-Type": "text/vtt"},
        admin=True,
    )
    assert status == 200
    return await read(house)


async def read(house: House) -> list[Any]:
    status, sheet, _ = await house.ask("GET", f"{ROOM}/transcript/cues", admin=True)
    assert status == 200
    return list(sheet["cues"])


async def edit(house: House, *acts: Any, edit_id: str = "", **who: Any) -> Any:
    who = who or {"admin": True}
    body = {"edit_id": edit_id or f"edit-{next(_numbers):08}", "acts": acts}
    status, done, _ = await house.ask("POST", f"{ROOM}/transcript/edits", body, **who)
    return {"status": status, **done}


async def public(house: House) -> list[tuple[str, str | None]]:
    _, found, _ = await house.ask("GET", f"{ROOM}/transcript.json")
    return [(cue["text"], cue["speaker"]) for cue in found["cues"]]


async def captioner(house: House, room_id: str) -> Person:
    made = await house.invite(f"caption:{room_id}")
    invite = made["url"].rpartition("/")[2]
    return await house.join(name="Ben", invite=invite)


def change(cue: Any, **more: Any) -> dict[str, Any]:
    return {
        "do": "change",
        "cue_id": cue["cue_id"],
        "revision": cue["revision"],
        **more,
    }


async def test_an_edit_is_told_read_by_all_and_kept_with_what_was(house: House) -> None:
    first, *_ = await fill(house)
    done = await edit(
        house, change(first, text="The bridge is closed.", speaker="Ann Lee")
    )
    assert done["status"] == 200
    [now] = done["cues"]
    assert {**first, **now} == now
    assert (now["revision"], now["origin"], now["by_person"]) == (2, "imported", True)
    assert (await public(house))[0] == ("The bridge is closed.", "Ann Lee")
    _, page, _ = await house.ask("GET", "/api/v1/meetings/moot/entries")
    told = page["entries"][-1]
    assert told["kind"] == "TranscriptChanged"
    assert told["data"]["from_at"] == first["at"]
    path = f"{ROOM}/transcript/cues/{first['cue_id']}/history"
    _, history, _ = await house.ask("GET", path, admin=True)
    [past] = history["edits"]
    assert past["what"] == "words"
    assert past["before"]["text"] == "The brigde is closed."
    assert past["after"]["text"] == "The bridge is closed."
    assert past["name"]


async def test_an_edit_sent_again_changes_nothing(house: House) -> None:
    first, *_ = await fill(house)
    for _ in range(2):
        done = await edit(house, change(first, text="Twice"), edit_id="same-edit")
        assert (done["status"], done["conflicts"]) == (200, [])
        assert [cue["revision"] for cue in done["cues"]] == [2]


async def test_two_editors_lose_no_word(house: House) -> None:
    first, second, _ = await fill(house)
    mine = await edit(house, change(first, text="The bridge is closed."))
    _, status, _ = await house.ask("GET", "/api/v1/meetings/moot")
    ben = await captioner(house, status["rooms"][0]["id"])
    theirs = await edit(
        house,
        change(first, text="The ridge is closed."),
        change(second, text="Why now?"),
        token=ben.token,
    )
    [conflict] = theirs["conflicts"]
    assert conflict["act"]["text"] == "The ridge is closed."
    assert conflict["now"] == mine["cues"][0]
    assert [text for text, _ in await public(house)] == [
        "The bridge is closed.",
        "Why now?",
        "For repairs.",
    ]
    news = await look(house, after=mine["number"])
    assert [cue["text"] for cue in news["cues"]] == ["Why now?"]
    assert [one["name"] for one in news["edits"]] == ["Ben"]


async def look(house: House, *, after: int = 0, **more: Any) -> Any:
    who = {"token": more.pop("token")} if "token" in more else {"admin": True}
    body = {"client_id": "page-one", "after": after, **more}
    status, news, _ = await house.ask("POST", f"{ROOM}/transcript/look", body, **who)
    assert status == 200, news
    return news


async def test_where_others_are_is_seen(house: House) -> None:
    first, *_ = await fill(house)
    _, status, _ = await house.ask("GET", "/api/v1/meetings/moot")
    ben = await captioner(house, status["rooms"][0]["id"])
    place = {"client_id": "page-two", "cue_id": first["cue_id"], "writes": True}
    assert (await look(house, token=ben.token, **place))["people"] == []
    news = await look(house)
    assert news["people"] == [{**place, "name": "Ben"}]
    assert news["last_end"] == "2026-05-04T09:00:09.000Z"


async def test_divide_join_delete_rename_and_take_back(house: House) -> None:
    first, second, third = await fill(house)
    text = "The bridge is closed. Why?"
    ids = {"cue_id": first["cue_id"], "revision": 1}
    joined = await edit(
        house,
        {
            "do": "merge",
            **ids,
            "next_id": second["cue_id"],
            "next_revision": 1,
            "text": text,
        },
    )
    assert joined["removed"] == [second["cue_id"]]
    divided = await edit(
        house,
        {
            "do": "split",
            **ids,
            "revision": 2,
            "text": text,
            "offset": 22,
            "new_id": "q_n1",
        },
    )
    assert [cue["text"] for cue in divided["cues"]] == ["The bridge is closed.", "Why?"]
    await edit(house, {"do": "delete", "cue_id": third["cue_id"], "revision": 1})
    renamed = await edit(house, {"do": "rename", "speaker": "Speaker 1", "to": "Ann"})
    assert await public(house) == [("The bridge is closed.", "Ann"), ("Why?", "Ann")]
    for done in (renamed, divided, joined):
        back = await edit(house, {"do": "undo", "edit_id": done["edit_id"]})
        assert back["conflicts"] == [], back
    assert await public(house) == [
        ("The brigde is closed.", "Speaker 1"),
        ("Why?", "Speaker 2"),
    ]


async def test_what_waits_for_a_person_is_public_when_it_is_checked(
    house: House,
) -> None:
    made = await house.make()
    database = house.app[DATABASE]
    meeting = await database.read(lambda c: catalogue.meeting_by_slug(c, "moot"))
    assert meeting is not None
    rows = [
        store.CueRow(
            cue_id=f"q_{n}",
            meeting_id=meeting.meeting_id,
            room_id=made["rooms"][0]["id"],
            start_at=datetime(2026, 5, 4, 9, 0, n, tzinfo=UTC),
            end_at=datetime(2026, 5, 4, 9, 0, n + 1, tzinfo=UTC),
            text=f"secret {n}",
            provenance="machine",
            model="tiny",
            draft=True,
        )
        for n in range(3)
    ]
    await database.run(lambda c: store.add_cues(c, rows))
    before = await house.ask("GET", "/api/v1/meetings/moot/entries")
    first, second, third = await read(house)
    assert first["waits"]
    await edit(house, change(first, text="corrected 0"))
    # Nobody is told of words that wait.
    assert (await house.ask("GET", "/api/v1/meetings/moot/entries"))[1] == before[1]
    assert await public(house) == []
    await edit(house, {"do": "check", "cue_id": first["cue_id"], "revision": 2})
    await edit(house, {"do": "publish", "cue_id": third["cue_id"], "revision": 1})
    assert await public(house) == [("corrected 0", None), ("secret 2", None)]
    for fmt in ("vtt", "srt", "ttml", "txt"):
        _, body, _ = await house.ask("GET", f"{ROOM}/transcript.{fmt}")
        assert second["text"].encode() not in body


async def test_words_of_what_was_cut_are_not_edited_nor_in_the_history(
    house: House,
) -> None:
    first, second, _ = await fill(house)
    await edit(house, change(first, text="Private words"))
    database = house.app[DATABASE]
    meeting = await database.read(lambda c: catalogue.meeting_by_slug(c, "moot"))
    assert meeting is not None
    _, shown, _ = await house.ask("GET", "/api/v1/meetings/moot")
    span = (
        datetime(2026, 5, 4, 9, 0, 0, tzinfo=UTC),
        datetime(2026, 5, 4, 9, 0, 2, tzinfo=UTC),
    )
    room_id = shown["rooms"][0]["id"]
    await database.run(lambda c: store.withhold(c, meeting.meeting_id, room_id, [span]))
    assert [cue["text"] for cue in await read(house)] == ["Why?", "For repairs."]
    path = f"{ROOM}/transcript/cues/{first['cue_id']}/history"
    assert (await house.ask("GET", path, admin=True))[1] == {"edits": []}
    assert (await edit(house, change(first, text="x")))["conflicts"][0]["now"] is None
    moved = await edit(house, change(second, at="2026-05-04T09:00:01Z"))
    assert (moved["status"], moved["code"]) == (409, "cut_here")
    news = await look(house)
    assert "Private" not in str(news)


async def test_only_who_may_edits(house: House) -> None:
    first, *_ = await fill(house)
    ann = await house.join()
    _, status, _ = await house.ask("GET", "/api/v1/meetings/moot")
    other = await captioner(house, status["rooms"][1]["id"])
    for token in (None, ann.token, other.token):
        for method, path, body in (
            ("GET", "transcript/cues", None),
            ("GET", f"transcript/cues/{first['cue_id']}/history", None),
            ("POST", "transcript/look", {"client_id": "x", "after": 0}),
            ("POST", "transcript/edits", {"edit_id": "12345678", "acts": []}),
        ):
            status, answer, _ = await house.ask(
                method, f"{ROOM}/{path}", body, token=token
            )
            assert (status, answer["code"]) == (403, "not_allowed"), path


async def test_what_is_no_edit_is_refused(house: House) -> None:
    first, *_ = await fill(house)
    for acts, code in (
        ([], "bad_edit"),
        ([{"do": "sing"}], "bad_fields"),
        ([change(first, text="")], "empty_cue"),
        ([change(first, extra=1)], "bad_fields"),
        ([{"do": "split", "cue_id": first["cue_id"], "revision": 1, "text": "a b",
           "offset": 1, "new_id": first["cue_id"]}], "bad_edit"),
    ):  # fmt: skip
        done = await edit(house, *acts)
        assert (done["status"], done["code"]) == (422, code)
    short = await edit(house, change(first, text="x"), edit_id="short")
    assert short["code"] == "bad_edit"
    assert await read(house) == await read(house)
    assert (await read(house))[0]["revision"] == 1
