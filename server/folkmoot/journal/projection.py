"""The catalogue's columns as they follow from entries, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from folkmoot.core import events as ev
from folkmoot.core.ids import random_text
from folkmoot.store import catalogue, people

if TYPE_CHECKING:
    import sqlalchemy as sa

    from folkmoot.core.decision import Shelf
    from folkmoot.journal.folded import Folded

KEY_LENGTH = 24
PATH_LENGTH = 16
JOIN_CODE_LENGTH = 6
# Where the code is what lets people in, it has to stand guessing: 40 random bits.
SECRET_CODE_LENGTH = 8

_TELLING = ev.MeetingEdited | ev.MeetingOpened | ev.MeetingEnded | ev.MeetingReopened


def project(
    connection: sa.Connection,
    folded: Folded,
    events: Iterable[ev.AnyEvent],
    shelf: Shelf,
) -> None:
    """Bring the catalogue to where the fold stands after `events`."""
    events = list(events)
    for event in events:
        if isinstance(event, ev.RoomAdded):
            catalogue.add_room(connection, _room(folded.meeting_id, event))
        elif isinstance(event, ev.CardRedeemed):
            _add_owner(connection, folded, event, shelf)
        elif isinstance(event, ev.CalmSet):
            _change_code(connection, folded.meeting_id, calm=event.calm)
        elif isinstance(event, ev.RoomRemoved):
            catalogue.remove_room(connection, folded.meeting_id, event.room_id)
    if not any(isinstance(event, _TELLING) for event in events):
        return
    state = folded.full
    text = shelf.text(state.content_id) if state.content_id else {}
    columns = {
        "title": text.get("title", ""),
        "purpose": text.get("purpose", ""),
        "phase": state.phase,
        "starts_at": state.starts_at,
        "opened_at": state.opened_at,
        "ended_at": state.ended_at,
    }
    if any(_moves(event) for event in events):
        columns["public_path"] = random_text(PATH_LENGTH)
    if any(isinstance(e, ev.MeetingEdited) and e.visibility for e in events):
        columns["visibility"] = state.visibility
        # A code that was read out or can be guessed opens no closed meeting, and
        # the earlier one doesn't come back with the end of calm.
        columns["join_code"] = random_text(code_length(state.visibility))
        columns["earlier_code"] = None
    catalogue.change_meeting(connection, folded.meeting_id, **columns)


def code_length(visibility: str) -> int:
    """How long a join code is: where it is the only key, nobody guesses it."""
    return JOIN_CODE_LENGTH if visibility == "public" else SECRET_CODE_LENGTH


def _moves(event: ev.AnyEvent) -> bool:
    """Whether a meeting's media get another address.

    What was cached under the old path of an ended recording stays valid; and who
    had the address of an open meeting must not have that of a closed one.
    """
    if isinstance(event, ev.MeetingEdited):
        return event.visibility is not None
    return isinstance(event, ev.MeetingReopened)


def _change_code(connection: sa.Connection, meeting_id: str, *, calm: bool) -> None:
    """Give a meeting another join code, or its earlier one back when calm ends."""
    row = catalogue.meeting_by_id(connection, meeting_id)
    if row is None:
        return
    columns: dict[str, str | None]
    if calm:
        code = random_text(len(row.join_code))
        columns = {"join_code": code, "earlier_code": row.join_code}
    elif row.earlier_code is not None:
        columns = {"join_code": row.earlier_code, "earlier_code": None}
    else:
        return
    catalogue.change_meeting(connection, meeting_id, **columns)


def _add_owner(
    connection: sa.Connection,
    folded: Folded,
    event: ev.CardRedeemed,
    shelf: Shelf,
) -> None:
    """Make a card's owner a participant, as joining makes the others."""
    name = str(shelf.text(event.content_id).get("name", ""))
    person_id = f"p_{event.member_id.partition('_')[2]}"
    at = folded.at
    people.add_person(
        connection,
        people.Person(person_id=person_id, name=name, admin=False, created_at=at),
    )
    people.add_member(
        connection,
        people.Member(
            member_id=event.member_id,
            meeting_id=folded.meeting_id,
            person_id=person_id,
            name=name,
            created_at=at,
        ),
    )


def _room(meeting_id: str, event: ev.RoomAdded) -> catalogue.RoomRow:
    return catalogue.RoomRow(
        meeting_id=meeting_id,
        room_id=event.room_id,
        slug=event.slug,
        stream_key=random_text(KEY_LENGTH),
        camera_token=random_text(KEY_LENGTH),
    )
