"""Passages: overlapping runs of neighbouring cues, the unit of search of speech.

The clock is cut into halves of halves until a stretch holds at most
`LEAF_WORDS` words; a passage is two neighbouring stretches. The cuts stand at
fixed times, so a changed cue changes its own stretch and no other: at most three
passages. Counting words from the start would shift every later passage.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

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
    """A stretch of the clock that can't be cut further: cues `first` to `last`.

    `last` is not in it. Times in milliseconds since 1970.
    """

    from_ms: int
    length_ms: int
    first: int
    last: int


class _Clock:
    """When each cue of a room starts, and how many words were said before it."""

    def __init__(self, cues: Sequence[TranscriptCue]) -> None:
        self.starts = [(cue.start_at - _EPOCH) // _MILLISECOND for cue in cues]
        self.words = list(
            accumulate((len(cue.text.split()) for cue in cues), initial=0)
        )

    def leaves(self, leaf_words: int) -> Iterator[Leaf]:
        """Stretches with cues, in order."""
        first = 0
        while first < len(self.starts):
            root_ms = self.starts[first] // _ROOT_MS * _ROOT_MS
            last = bisect_left(self.starts, root_ms + _ROOT_MS, first)
            yield from self._cut(Leaf(root_ms, _ROOT_MS, first, last), leaf_words)
            first = last

    def _cut(self, leaf: Leaf, leaf_words: int) -> Iterator[Leaf]:
        count = leaf.last - leaf.first
        small = self.words[leaf.last] - self.words[leaf.first] <= leaf_words
        if small or count == 1 or leaf.length_ms <= _FINEST_MS:
            if count:
                yield leaf
            return
        half = leaf.length_ms // 2
        middle = leaf.from_ms + half
        cut = bisect_left(self.starts, middle, leaf.first, leaf.last)
        yield from self._cut(Leaf(leaf.from_ms, half, leaf.first, cut), leaf_words)
        yield from self._cut(Leaf(middle, half, cut, leaf.last), leaf_words)


def leaves(
    cues: Sequence[TranscriptCue], leaf_words: int = LEAF_WORDS
) -> Iterator[Leaf]:
    """Stretches with cues, in order. `cues` must be in order of time."""
    return _Clock(cues).leaves(leaf_words)


def passages(
    room: RoomContext, cues: Sequence[TranscriptCue], leaf_words: int = LEAF_WORDS
) -> list[Document]:
    """Documents of kind `speech` for a room's cues (in order of time).

    The id of a passage is its room and the stretch it starts with.
    """
    clock = _Clock(cues)
    found = list(clock.leaves(leaf_words))
    pairs = pairwise(found) if len(found) > 1 else ((leaf, leaf) for leaf in found)
    return [
        _passage(
            room,
            left,
            cues[left.first : right.last],
            clock.starts[left.first : right.last],
        )
        for left, right in pairs
    ]


def transcript_group(room_id: str) -> str:
    """The group of all passages of a room."""
    return f"transcript:{room_id}"


def _passage(
    room: RoomContext,
    anchor: Leaf,
    cues: Sequence[TranscriptCue],
    starts: Sequence[int],
) -> Document:
    speakers = _numbered([cue.speaker for cue in cues])
    agenda = _numbered([cue.agenda_item for cue in cues])
    return Document(
        id=f"{room.room_id}:{anchor.from_ms:x}:{anchor.length_ms:x}",
        kind="speech",
        meeting_id=room.meeting_id,
        meeting_slug=room.meeting_slug,
        meeting_title=room.meeting_title,
        room_id=room.room_id,
        room_slug=room.room_slug,
        room_name=room.room_name,
        at=cues[0].start_at,
        text=" ".join([cue.text for cue in cues]),
        speakers=tuple(speakers),
        agenda_items=tuple(agenda),
        sessions=tuple(_numbered([cue.session for cue in cues])),
        language=next((c.language for c in cues if c.language), None),
        groups=(transcript_group(room.room_id), f"meeting:{room.meeting_id}"),
        marks=_marks(speakers, agenda, cues, starts),
    )


def _numbered(values: Iterable[str | None]) -> dict[str, int]:
    """The values in order of their first mention, each with its number."""
    different = dict.fromkeys(values)
    return {value: n for n, value in enumerate(filter(None, different))}


def _marks(
    speakers: Mapping[str, int],
    agenda: Mapping[str, int],
    cues: Sequence[TranscriptCue],
    starts: Sequence[int],
) -> tuple[Mark, ...]:
    places = list(accumulate([len(cue.text) + 1 for cue in cues], initial=0))
    first = starts[0]
    return tuple(
        [
            Mark(
                start,
                end - 1,
                at - first,
                speakers.get(cue.speaker, -1) if cue.speaker else -1,
                agenda.get(cue.agenda_item, -1) if cue.agenda_item else -1,
            )
            for cue, at, (start, end) in zip(
                cues, starts, pairwise(places), strict=True
            )
        ]
    )
