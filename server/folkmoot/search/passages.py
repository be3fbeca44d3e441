"""Passages: overlapping runs of neighbouring cues, the unit of search of speech.

The clock is cut into halves of halves until a stretch holds at most
`LEAF_WORDS` words; a passage is two neighbouring stretches. The cuts stand at
fixed times, so a changed cue changes its own stretch and no other: at most three
passages. Counting words from the start would shift every later passage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from folkmoot.search.corpus import RoomContext, TranscriptCue
from folkmoot.search.documents import Document, Mark

# Two leaves make passages of about 100 to 200 words.
LEAF_WORDS = 110
# Root stretches are about 17 minutes; 2 to the power of 20 milliseconds.
_ROOT_MS = 1 << 20
# Cues that start within the same second are not cut apart.
_FINEST_MS = 1 << 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Leaf(msgspec.Struct, frozen=True):
    """A stretch of the clock that can't be cut further, and its cues."""

    from_ms: int
    length_ms: int
    cues: tuple[TranscriptCue, ...]


def leaves(
    cues: Sequence[TranscriptCue], leaf_words: int = LEAF_WORDS
) -> Iterator[Leaf]:
    """Stretches with cues, in order. `cues` must be in order of time."""
    roots: dict[int, list[TranscriptCue]] = {}
    for cue in cues:
        roots.setdefault(_milliseconds(cue.start_at) // _ROOT_MS, []).append(cue)
    for root, inside in roots.items():
        yield from _cut(Leaf(root * _ROOT_MS, _ROOT_MS, tuple(inside)), leaf_words)


def _cut(leaf: Leaf, leaf_words: int) -> Iterator[Leaf]:
    small = sum(len(cue.text.split()) for cue in leaf.cues) <= leaf_words
    if small or len(leaf.cues) == 1 or leaf.length_ms <= _FINEST_MS:
        if leaf.cues:
            yield leaf
        return
    half = leaf.length_ms // 2
    middle = leaf.from_ms + half
    early = tuple(c for c in leaf.cues if _milliseconds(c.start_at) < middle)
    late = leaf.cues[len(early) :]
    yield from _cut(Leaf(leaf.from_ms, half, early), leaf_words)
    yield from _cut(Leaf(middle, half, late), leaf_words)


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


def passages(
    room: RoomContext, cues: Sequence[TranscriptCue], leaf_words: int = LEAF_WORDS
) -> list[Document]:
    """Documents of kind `speech` for a room's cues (in order of time).

    The id of a passage is its room and the stretch it starts with.
    """
    found = list(leaves(cues, leaf_words))
    if len(found) == 1:
        return [_passage(room, found[0], found[0].cues)]
    return [
        _passage(room, left, left.cues + right.cues) for left, right in pairwise(found)
    ]


def transcript_group(room_id: str) -> str:
    """The group of all passages of a room."""
    return f"transcript:{room_id}"


def _passage(
    room: RoomContext, anchor: Leaf, cues: tuple[TranscriptCue, ...]
) -> Document:
    speakers = tuple(dict.fromkeys(cue.speaker for cue in cues if cue.speaker))
    agenda = tuple(dict.fromkeys(cue.agenda_item for cue in cues if cue.agenda_item))
    at = cues[0].start_at
    return Document(
        id=f"{room.room_id}:{anchor.from_ms:x}:{anchor.length_ms:x}",
        kind="speech",
        meeting_id=room.meeting_id,
        meeting_slug=room.meeting_slug,
        meeting_title=room.meeting_title,
        room_id=room.room_id,
        room_slug=room.room_slug,
        room_name=room.room_name,
        at=at,
        text=" ".join(cue.text for cue in cues),
        speakers=speakers,
        agenda_items=agenda,
        language=next((c.language for c in cues if c.language), None),
        groups=(transcript_group(room.room_id), f"meeting:{room.meeting_id}"),
        marks=tuple(_marks(at, speakers, agenda, cues)),
    )


def _marks(
    at: datetime,
    speakers: tuple[str, ...],
    agenda: tuple[str, ...],
    cues: Sequence[TranscriptCue],
) -> Iterator[Mark]:
    start = 0
    for cue in cues:
        end = start + len(cue.text)
        yield Mark(
            start,
            end,
            (cue.start_at - at) // _MILLISECOND,
            speakers.index(cue.speaker) if cue.speaker else -1,
            agenda.index(cue.agenda_item) if cue.agenda_item else -1,
        )
        start = end + 1
