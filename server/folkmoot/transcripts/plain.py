"""Plain text: `[00:01:02] Ann Lee: words`, or words alone with reckoned times.

Also as meeting services write it: a line with name and time (`Ann Lee 0:03`, Teams;
`[Ann Lee] 10:02:03`, Zoom), the words below.
"""

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
# A name and a time alone in a line; Zoom puts the name in brackets and takes the
# time from the clock on the wall.
_TURN = re.compile(
    rf"(?:\[(?P<zoom>[^\]]{{1,80}})\]|(?P<name>\S.{{0,79}}?))\s{{1,9}}"
    rf"(?P<at>{PLAIN_CLOCK.pattern})"
)
# Line, seconds, who speaks, lines of words.
_Turn = tuple[int, float, str | None, list[str]]
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
    if _STAMP.match(lines[0][1]):
        return bounded(_timed(lines))
    turns = sum(_is_turn(text) for _, text in lines)
    return bounded(_turns(lines) if turns > 1 else _reckoned(lines))


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


def _is_turn(text: str) -> bool:
    match = _TURN.fullmatch(text)
    # "We meet at 10:30" is no turn: a name has no small words at its end.
    return match is not None and bool(
        match["zoom"] or split_speaker(f"{match['name']}: x")[0]
    )


def _turns(lines: list[tuple[int, str]]) -> Iterator[tuple[int, Cue]]:
    """What stands above the first turn (title, date) is kept as said at its time."""
    said: list[str] = []
    heads: list[_Turn] = []
    ahead: list[str] = []
    offset: float | None = None
    for number, text in lines:
        match = _TURN.fullmatch(text) if _is_turn(text) else None
        if match is None:
            (said if heads else ahead).append(text)
            continue
        clock = PLAIN_CLOCK.fullmatch(match["at"])
        assert clock is not None  # the group is this pattern
        at = clock_seconds(clock, number)
        if offset is None:
            offset = at if match["zoom"] else 0.0
        said = []
        heads.append((number, at - offset, match["zoom"] or match["name"], said))
    if ahead:
        heads.insert(0, (lines[0][0], heads[0][1], None, ahead))
    last = heads[-1]
    words = sum(len(line.split()) for line in last[3])
    over: _Turn = (0, last[1] + words / WORDS_PER_SECOND, None, [])
    for (line, start, who, spoken), (following, end, _, _) in pairwise([*heads, over]):
        if end < start:
            raise CueError(following, "This time lies before the one above it.")
        if spoken:
            yield (
                line,
                Cue(
                    start_seconds=round(start, 3),
                    end_seconds=round(end, 3),
                    text=" ".join(" ".join(spoken).split()),
                    speaker=who,
                ),
            )


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
