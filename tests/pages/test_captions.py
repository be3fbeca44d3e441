"""Captions large, at the keyboard, and at the desk: by form, for who may."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from folkmoot.store import captioning, cues
from folkmoot.transcripts.live import captioner as module
from folkmoot.transcripts.live.captioner import Captioner
from folkmoot.transcripts.recognition.models import Model, ModelMissing
from tests.pages.browsing import find_form
from tests.pages.test_pages import read
from tests.pages.town import NOON, Town

M = "/m/river-quarter"
WRITE = f"{M}/captions/write"
DESK = "/desk/river-quarter/captions"


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str, kept: object) -> Model:
        if name == "huge":
            raise ModelMissing("There is no speech model 'huge' here.")
        return Model(name, f"/models/{name}")

    monkeypatch.setattr(module, "find_model", find)


async def send(
    client: Any, path: str, html: str, do: str, token: str, **fields: str
) -> tuple[int, str]:
    """Send the form of a page that does this."""
    kind = "captions" if "write" in path else f"captions.{do}"
    _, given = find_form(html, kind, do=do)
    headers = {"Cookie": f"folkmoot={token}", "Sec-Fetch-Site": "same-origin"}
    answer = await client.post(
        path, data={**given, **fields}, headers=headers, allow_redirects=False
    )
    return answer.status, await answer.text()


async def hall(town: Town, forum: SimpleNamespace) -> tuple[str, str]:
    place = await town.identity.find_place("river-quarter")
    state = (await town.journal.snapshot(place.meeting_id, "public")).state
    return place.meeting_id, next(iter(state["rooms"]))


async def captioner_of(town: Town, room_id: str, name: str) -> str:
    """The token of somebody who was asked to caption a room."""
    place = await town.identity.find_place("river-quarter")
    access = await town.identity.look_up(
        (await town.identity.tokens.find(town.admin_token)), place
    )
    _, secret = await town.door.make_invite(access, duty=f"caption:{room_id}")
    person = await town.join("river-quarter", name, invite=secret)
    return person.token


async def test_the_large_page_shows_what_was_said(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    meeting_id, room_id = await hall(town, forum)
    rows = [
        cues.CueRow(
            cue_id=f"q_{draft}",
            meeting_id=meeting_id,
            room_id=room_id,
            start_at=NOON - timedelta(seconds=20),
            end_at=NOON - timedelta(seconds=18),
            text=f"Words {'waiting' if draft else 'of all'}.",
            provenance="machine",
            draft=draft,
        )
        for draft in (True, False)
    ]
    await town.database.run(lambda c: cues.add_cues(c, rows))
    page = await read(visitor, f"{M}/captions")
    assert "Words of all." in page
    assert "waiting" not in page
    answer = await visitor.get(f"{M}/captions?room=nowhere")
    assert answer.status == 404


async def test_who_was_not_asked_neither_types_nor_sets_up(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    person = await town.join("river-quarter", "Curious")
    headers = {"Cookie": f"folkmoot={person.token}"}
    for path in (WRITE, DESK):
        for given in ({}, {"headers": headers}):
            answer = await visitor.get(path, **given)
            assert answer.status == 403, (path, given)


async def test_two_people_type_and_hand_over(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    meeting_id, room_id = await hall(town, forum)
    ada, ben = [await captioner_of(town, room_id, name) for name in ("Ada", "Ben")]
    page = await read(visitor, WRITE, ada)
    assert (await send(visitor, WRITE, page, "take", ada))[0] == 303
    # Nothing is on air: nobody may read it, and what was typed stays.
    page = await read(visitor, WRITE, ada)
    status, page = await send(visitor, WRITE, page, "finish", ada, text="Good morning")
    assert status == 409
    assert "not on air" in page
    assert 'value="Good morning"' in page
    town.rooms.air = [(meeting_id, room_id)]
    town.rooms.public = [(NOON - timedelta(minutes=5), NOON + timedelta(hours=1))]
    assert (await send(visitor, WRITE, page, "finish", ada, text="Good morning."))[
        0
    ] == 303
    rows: list[cues.CueRow] = []
    async with asyncio.timeout(45):
        while not rows:
            rows = await town.database.read(
                lambda c: cues.cues_of(
                    c, meeting_id, room_id, from_at=NOON - timedelta(seconds=3)
                )
            )
            await asyncio.sleep(0.02)
    assert (rows[0].text, rows[0].provenance) == ("Good morning.", "typed")
    assert rows[0].by
    # Ben asks, and gets the keyboard at the end of Ada's line.
    page = await read(visitor, WRITE, ben)
    assert "Ask Ada to hand over" in page
    await send(visitor, WRITE, page, "take", ben)
    page = await read(visitor, WRITE, ada)
    assert "Ben asks to take over." in page
    await send(visitor, WRITE, page, "finish", ada, text="")
    page = await read(visitor, WRITE, ben)
    assert "Send this line" in page
    status, _ = await send(visitor, WRITE, page, "finish", ada, text="Mine still?")
    assert status == 409  # Ben's form, sent by Ada
    # And he mends her last line.
    status, _ = await send(
        visitor, WRITE, page, "correct", ben, cue_id=rows[0].cue_id, text="Good day."
    )
    assert status == 303
    (row,) = await town.database.read(
        lambda c: cues.cues_of(
            c, meeting_id, room_id, from_at=NOON - timedelta(seconds=3)
        )
    )
    assert (row.text, row.revision, row.provenance) == ("Good day.", 2, "typed")
    page = await read(visitor, WRITE, ben)
    await send(visitor, WRITE, page, "leave", ben)
    assert "Begin to write" in await read(visitor, WRITE, ben)


async def test_the_team_chooses_how_it_is_captioned(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    meeting_id, _ = await hall(town, forum)
    admin = town.admin_token
    page = await read(visitor, DESK, admin)
    status, _ = await send(
        visitor,
        DESK,
        page,
        "choose",
        admin,
        when="after",
        model="small",
        language="FI",
        glossary="Ilium\nHoenikker",
        by_hand="yes",
        hand_over_seconds="8",
    )
    assert status == 303
    chosen = await town.database.read(lambda c: captioning.captioning_of(c, meeting_id))
    assert chosen == captioning.Captioning(
        when="after",
        model="small",
        language="fi",
        glossary="Ilium\nHoenikker",
        by_hand=True,
        hand_over_seconds=8,
    )
    page = await read(visitor, DESK, admin)
    assert "Hoenikker</textarea>" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("model", "huge", "There is no speech model"),
        ("language", "klingon", "two letters"),
        ("hand_over_seconds", "soon", "3 to 600"),
        ("hand_over_seconds", "1", "3 to 600"),
        ("when", "sometimes", "when captions are made"),
    ],
)
async def test_what_cannot_be_chosen_is_said(
    town: Town,
    forum: SimpleNamespace,
    visitor: Any,
    field: str,
    value: str,
    says: str,
) -> None:
    admin = town.admin_token
    page = await read(visitor, DESK, admin)
    status, page = await send(visitor, DESK, page, "choose", admin, **{field: value})
    assert status in {409, 422}
    assert says in page


async def test_what_waits_is_published_by_a_person(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    meeting_id, room_id = await hall(town, forum)
    admin = town.admin_token
    row = cues.CueRow(
        cue_id="q_draft",
        meeting_id=meeting_id,
        room_id=room_id,
        start_at=NOON - timedelta(seconds=9),
        end_at=NOON - timedelta(seconds=8),
        text="The Hoenikker draft.",
        provenance="machine",
        draft=True,
    )
    for do, left in (("discard", 0), ("publish", 1)):
        await town.database.run(lambda c: cues.add_cues(c, [row]))
        page = await read(visitor, DESK, admin)
        assert "The Hoenikker draft." in page
        assert "Hoenikker" not in await read(visitor, f"{M}/captions")
        status, _ = await send(visitor, DESK, page, do, admin)
        assert status == 303
        public = await read(visitor, f"{M}/captions")
        assert public.count("The Hoenikker draft.") == left
    kinds = [
        entry["kind"]
        for entry in (await town.journal.entries(meeting_id, "public")).entries
    ]
    assert kinds[-1] == "TranscriptChanged"


async def test_a_recording_is_heard_anew(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    _, room_id = await hall(town, forum)
    admin = town.admin_token
    page = await read(visitor, DESK, admin)
    status, page = await send(visitor, DESK, page, "recognise", admin, model="huge")
    assert status == 409
    assert "There is no speech model" in page
    status, _ = await send(visitor, DESK, page, "recognise", admin, model="small")
    assert status == 303
    assert town.recognitions[0]["model"] == "small"
    assert town.recognitions[0]["by_hand"] is True
    assert town.recognitions[0]["room_id"] == room_id
    await town.afterwards.give_up(town.recognitions[0], "It ended.")
    assert "It ended." in await read(visitor, DESK, admin)
    assert isinstance(town.captioner, Captioner)
