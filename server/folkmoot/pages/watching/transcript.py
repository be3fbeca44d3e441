"""A room's transcript as pages show it: turns of one speaker, made of cues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from folkmoot.core.broadcast.airtime import shown_until
from folkmoot.core.feeds import PUBLIC
from folkmoot.pages.frame.ports import OffsetOf, Ports
from folkmoot.store import cues
from folkmoot.store.cues import CueRow

# A turn longer than this gets a new time to jump to.
TURN_SECONDS = 60.0
PAGE_CUES = 400
SPAN_CUES = 2_000
_BEFORE = timedelta(minutes=2)


class CueView(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of what was said."""

    at: datetime
    end_at: datetime
    start_seconds: float
    text: str
    current: bool = False


class TurnView(msgspec.Struct, frozen=True, kw_only=True):
    """What one speaker said without another speaking."""

    speaker: str
    at: datetime
    start_seconds: float
    cues: tuple[CueView, ...]
    current: bool = False

    @property
    def end_at(self) -> datetime:
        """When its last words end."""
        return self.cues[-1].end_at


class TranscriptView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of turns; `next_at` is where the next page starts."""

    turns: tuple[TurnView, ...] = ()
    next_at: datetime | None = None


async def read_transcript(
    ports: Ports,
    meeting_id: str,
    room_id: str,
    *,
    around: datetime | None = None,
    limit: int = PAGE_CUES,
) -> TranscriptView:
    """Read a room's cues from its start, or from shortly before a moment."""
    from_at = None if around is None else around - _BEFORE
    until = await _shown_until(ports, meeting_id, room_id)
    rows = await ports.database.read(
        lambda c: cues.cues_of(
            c, meeting_id, room_id, from_at=from_at, until=until, limit=limit + 1
        )
    )
    next_at = rows[limit].start_at if len(rows) > limit else None
    first = rows[0].start_at if rows else None
    turns = []
    for group in group_cues(rows[:limit]):
        offset = await _offset(
            ports.offset_of, meeting_id, room_id, group[0].start_at, first
        )
        turns.append(view_turn(group, offset, around))
    return TranscriptView(turns=tuple(turns), next_at=next_at)


async def read_span_turns(
    ports: Ports,
    meeting_id: str,
    room_id: str,
    *,
    from_at: datetime,
    to_at: datetime,
) -> TranscriptView:
    """Read what was said in a room between two moments, as far as one page has it."""
    shown = await _shown_until(ports, meeting_id, room_id)
    rows = await ports.database.read(
        lambda c: cues.cues_of(
            c,
            meeting_id,
            room_id,
            from_at=from_at,
            to_at=to_at,
            until=shown,
            limit=SPAN_CUES + 1,
        )
    )
    groups = group_cues(rows[:SPAN_CUES])
    return TranscriptView(
        turns=tuple(view_turn(group, 0.0, None) for group in groups),
        next_at=rows[SPAN_CUES].start_at if len(rows) > SPAN_CUES else None,
    )


async def read_last_turns(
    ports: Ports, meeting_id: str, room_id: str, *, now: datetime
) -> tuple[TurnView, ...]:
    """Read what was said in the last minutes."""
    until = await _shown_until(ports, meeting_id, room_id)
    rows = await ports.database.read(
        lambda c: cues.cues_of(
            c, meeting_id, room_id, from_at=(until or now) - _BEFORE, until=until
        )
    )
    groups = group_cues(rows)
    return tuple(view_turn(group, 0.0, None) for group in groups)[-6:]


async def _shown_until(ports: Ports, meeting_id: str, room_id: str) -> datetime | None:
    """How far what was said may be shown: no further than the picture."""
    state = (await ports.journal.snapshot(meeting_id, PUBLIC)).state
    return shown_until(state["rooms"][room_id], ports.clock())


def group_cues(rows: Iterable[CueRow]) -> list[Sequence[CueRow]]:
    """Put neighbouring cues of one speaker together, at most a minute long."""
    groups: list[list[CueRow]] = []
    for row in rows:
        if groups and _goes_on(groups[-1], row):
            groups[-1].append(row)
        else:
            groups.append([row])
    return list(groups)


def _goes_on(group: Sequence[CueRow], row: CueRow) -> bool:
    same = row.speaker == group[0].speaker
    return same and (row.start_at - group[0].start_at).total_seconds() < TURN_SECONDS


def view_turn(
    group: Sequence[CueRow], offset: float, around: datetime | None
) -> TurnView:
    """Return cues of one speaker as a turn that starts at a playable second."""
    first = group[0].start_at
    views = tuple(
        CueView(
            at=row.start_at,
            end_at=row.end_at,
            start_seconds=offset + (row.start_at - first).total_seconds(),
            text=row.text,
            current=around is not None and row.start_at <= around < row.end_at,
        )
        for row in group
    )
    return TurnView(
        speaker=group[0].speaker or "",
        at=first,
        start_seconds=offset,
        cues=views,
        current=any(view.current for view in views),
    )


async def _offset(
    offset_of: OffsetOf | None,
    meeting_id: str,
    room_id: str,
    at: datetime,
    first: datetime | None,
) -> float:
    """Return playable seconds; where nothing plays, seconds of the transcript."""
    if offset_of is not None:
        found = await offset_of(meeting_id, room_id, at)
        if found is not None:
            return found
    return (at - first).total_seconds() if first is not None else 0.0
