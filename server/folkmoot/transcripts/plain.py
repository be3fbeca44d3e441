"""Plain text: `[00:01:02] Ann Lee: words`, or words alone with reckoned times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from folkmoot.transcripts.cues import Cue, CueError
from folkmoot.transcripts.lines import bounded, decode_text, split_lines
from folkmoot.transcripts.names import split_speaker
from folkmoot.transcripts.timing import PLAIN_CLOCK, clock_seconds, write_clock

MEDIA_TYPE = "text/plain"
# A calm public speaker; only used where a file has no times.
WORDS_PER_SECOND = 2.5
# A reckoned cue is kept to about what two caption lines hold.
_WORDS_PER_CUE = 24
_STAMP = re.compile(
    rf"\[(?P<a>{PLAIN_CLOCK.pattern})\]\s*|(?P<b>{PLAIN_CLOCK.pattern})(?:\s+|$)"
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def parse(data: bytes) -> list[Cue]:
    """The cues of a text: timed where its first line is, else reckoned at 2.5 words/s.

    A stamp's cue lasts until the next stamp. Times that go back are refused.
    """
    lines = [
        (number, line.strip())
        for number, line in enumerate(split_lines(decode_text(data)), start=1)
        if line.strip()
    ]
    if not lines:
        raise CueError(1, "There are no words in this text.")
    timed = _STAMP.match(lines[0][1]) is not None
    return bounded(_timed(lines) if timed else _reckoned(lines))


def _timed(lines: list[tuple[int, str]]) -> Iterator[tuple[int, Cue]]:
    turns = list(_stamped(lines))
    after = (0, _end_of(turns[-1]), "")
    for (line, start, said), (next_line, end, _) in pairwise([*turns, after]):
        if end < start:
            raise CueError(next_line, "This time lies before the one above it.")
        speaker, words = split_speaker(said)
        if words:
            yield (
                line,
                Cue(start_seconds=start, end_seconds=end, text=words, speaker=speaker),
            )


def _stamped(lines: list[tuple[int, str]]) -> Iterator[tuple[int, float, str]]:
    line, start, said = lines[0][0], 0.0, ""
    for index, (number, text) in enumerate(lines):
        match = _STAMP.match(text)
        if match is None:
            said = f"{said} {text}".strip()
            continue
        if index:
            yield line, start, said
        clock = PLAIN_CLOCK.fullmatch(match["a"] or match["b"])
        assert clock is not None  # both groups are this pattern
        line, start, said = number, clock_seconds(clock, number), text[match.end() :]
    yield line, start, said


def _end_of(turn: tuple[int, float, str]) -> float:
    return turn[1] + len(turn[2].split()) / WORDS_PER_SECOND


def _reckoned(lines: list[tuple[int, str]]) -> Iterator[tuple[int, Cue]]:
    clock = 0.0
    speaker: str | None = None
    for number, line in lines:
        named, said = split_speaker(line)
        speaker = named or speaker
        for piece in _pieces(said):
            start, clock = clock, clock + len(piece.split()) / WORDS_PER_SECOND
            yield (
                number,
                Cue(
                    start_seconds=round(start, 3),
                    end_seconds=round(clock, 3),
                    text=piece,
                    speaker=speaker,
                    estimated=True,
                ),
            )


def _pieces(said: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(said):
        words = sentence.split()
        for index in range(0, len(words), _WORDS_PER_CUE):
            yield " ".join(words[index : index + _WORDS_PER_CUE])


def render(cues: Sequence[Cue]) -> bytes:
    """A text to read: one paragraph with time and name for each turn."""
    parts: list[str] = []
    speaker: str | None = None
    for index, cue in enumerate(cues):
        said = " ".join(cue.text.split())
        if index and cue.speaker == speaker:
            parts.append(f" {said}")
            continue
        speaker = cue.speaker
        name = f"{speaker}: " if speaker else ""
        parts.append(f"\n\n[{write_clock(cue.start_seconds)}] {name}{said}")
    return ("".join(parts).strip() + "\n").encode()
