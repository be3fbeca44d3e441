"""Filling a gap of a recording from a local one: what was found, and what was done."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core.refusals import Refusal
from folkmoot.pages.wording.moments import say_length, write_seconds

if TYPE_CHECKING:
    from folkmoot.pages.board.timetable import RoomView
    from folkmoot.pages.frame.forms import Form
    from folkmoot.pages.frame.ports import Ports
    from folkmoot.pages.frame.visits import Visit


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that would be filled, and where in the file it lies."""

    from_at: datetime
    to_at: datetime
    lasts: str
    offset: str
    confidence: float
    drift: str


class FilledView(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch that was filled; only the newest can be taken out again."""

    take_id: str
    from_at: datetime
    to_at: datetime
    lasts: str
    newest: bool


class FillingView(msgspec.Struct, frozen=True, kw_only=True):
    """How filling a room's gaps stands."""

    state: str
    progress: int
    message: str
    name: str
    found: tuple[FoundView, ...]
    filled: tuple[FilledView, ...]


async def view_filling(
    ports: Ports, visit: Visit, room: RoomView | None
) -> FillingView | None:
    """Return what was found for a room's gaps and what was filled, for organisers."""
    may = visit.me is not None and visit.me.organises
    if ports.imports is None or room is None or not may:
        return None
    place = (visit.row.meeting_id, room.room_id)
    status = ports.imports.status(*place)
    look = await ports.imports.look_at(*place)
    return FillingView(
        state="found" if look is not None else status.state,
        progress=round(100 * status.progress),
        message=status.message,
        name=look.name if look is not None else "",
        found=tuple(
            FoundView(
                from_at=one.start_at,
                to_at=one.end_at,
                lasts=say_length(one.end_at - one.start_at),
                offset=write_seconds(one.offset_seconds),
                confidence=one.confidence,
                drift=_say_drift(one.drift),
            )
            for one in (look.found if look is not None else ())
        ),
        filled=_view_filled(ports, place),
    )


async def decide(ports: Ports, visit: Visit, form: Form) -> None:
    """Do what a form says with what was found or filled; raises `Refusal`."""
    if visit.me is None or not visit.me.organises:
        raise Refusal("not_allowed", "Only organisers change recordings.")
    room_id = form.fields.get("room_id", "")
    if not any(room.room_id == room_id for room in visit.rooms):
        raise Refusal("no_such_room", "There is no such room in this meeting.")
    place = (visit.row.meeting_id, room_id)
    if ports.imports is None or ports.webcast is None:
        raise Refusal("not_available", "This service takes no recordings.")
    if form.type == "fill.accept":
        await ports.imports.accept(*place)
    elif form.type == "fill.discard":
        await ports.imports.discard(*place)
    else:
        channel = ports.webcast.channel(*place)
        if not await channel.undo_fill(form.fields.get("take_id", "")):
            raise Refusal(
                "not_newest", "Only the recording added last can be taken out."
            )
        await ports.note_recording(*place)


def _view_filled(ports: Ports, place: tuple[str, str]) -> tuple[FilledView, ...]:
    if ports.webcast is None:
        return ()
    try:
        kept = ports.webcast.channel(*place).public.kept
    except KeyError:
        return ()
    return tuple(
        FilledView(
            take_id=fill.take_id,
            from_at=fill.start_at,
            to_at=fill.end_at,
            lasts=say_length(fill.end_at - fill.start_at),
            newest=kept.takes[-1:] == [fill.take_id] and not kept.cuts,
        )
        for fill in kept.fills
    )


def _say_drift(drift: float) -> str:
    """Say how a clock ran, where it is worth a word."""
    seconds = abs(drift) * 3600
    if seconds < 0.1:
        return ""
    word = "fast" if drift > 0 else "slow"
    return f"its clock runs {seconds:.1f} s an hour {word}"
