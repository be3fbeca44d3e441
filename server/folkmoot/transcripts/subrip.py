"""SubRip (.srt): numbered cues with a comma before the milliseconds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from folkmoot.transcripts.cues import Cue, CueError
from folkmoot.transcripts.lines import Line, blocks, bounded, decode_text, split_lines
from folkmoot.transcripts.names import split_speaker
from folkmoot.transcripts.timing import ARROW, read_timing, write_clock

MEDIA_TYPE = "application/x-subrip"
# Players know these four and the position override of SubStation; all else is text.
_MARKUP = re.compile(r"</?(?:[biu]|font)(?:\s[^<>]*)?>|\{\\an?\d\}", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def parse(data: bytes) -> list[Cue]:
    """The cues of a SubRip file in order of time; `CueError` names the line.

    A name before a colon becomes the speaker.
    """
    cues = bounded(_cues(split_lines(decode_text(data))))
    if not cues:
        raise CueError(1, "There is no cue in this SubRip file.")
    return cues


def _cues(lines: list[str]) -> Iterator[tuple[int, Cue]]:
    for block in blocks(lines):
        timing = 0 if ARROW in block[0][1] else 1
        if timing >= len(block) or ARROW not in block[timing][1]:
            number, text = block[0]
            raise CueError(
                number, f"{text.strip()[:40]!r} stands before no cue timing."
            )
        yield from _read_cue(block, timing)


def _read_cue(block: list[Line], timing: int) -> Iterator[tuple[int, Cue]]:
    if timing and not block[0][1].strip().isdigit():
        raise CueError(block[0][0], "A SubRip cue starts with its number.")
    number, text = block[timing]
    start, end = read_timing(text, number)
    body = block[timing + 1 :]
    for line, spoken in body:
        if ARROW in spoken:
            raise CueError(line, "A blank line is missing before this cue.")
    joined = _MARKUP.sub("", "\n".join(spoken for _, spoken in body))
    speaker, said = split_speaker(_SPACE.sub(" ", joined).strip())
    if said:
        yield (
            number,
            Cue(start_seconds=start, end_seconds=end, text=said, speaker=speaker),
        )


def render(cues: Sequence[Cue]) -> bytes:
    """A SubRip file of the cues, each speaker named before the words."""
    parts = []
    for number, cue in enumerate(cues, start=1):
        start, end = (
            write_clock(at, ",") for at in (cue.start_seconds, cue.end_seconds)
        )
        # A cue that held an arrow would be read as two.
        said = _SPACE.sub(" ", cue.text).strip().replace(ARROW, "->")
        name = f"{cue.speaker}: " if cue.speaker else ""
        parts.append(f"{number}\n{start} {ARROW} {end}\n{name}{said}\n")
    return "\n".join(parts).encode()
