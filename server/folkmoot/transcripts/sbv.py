"""YouTube's SBV: `0:00:01.000,0:00:03.500`, the words below, a blank line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from folkmoot.transcripts.cues import Cue, CueError
from folkmoot.transcripts.lines import blocks, bounded, decode_text, split_lines
from folkmoot.transcripts.names import split_speaker
from folkmoot.transcripts.timing import read_clock

TIMING = re.compile(r"(\d+:\d{2}:\d{2}\.\d{3}),(\d+:\d{2}:\d{2}\.\d{3})\s*")


def parse(data: bytes) -> list[Cue]:
    """The cues of an SBV file in order of time; `CueError` names the line."""
    return bounded(_cues(split_lines(decode_text(data))))


def _cues(lines: list[str]) -> Iterator[tuple[int, Cue]]:
    for block in blocks(lines):
        number, text = block[0]
        match = TIMING.fullmatch(text)
        if match is None:
            raise CueError(number, "A cue needs a line like 0:00:01.000,0:00:03.500.")
        start, end = (read_clock(clock, number) for clock in match.groups())
        if end < start:
            raise CueError(number, "The cue ends before it starts.")
        said = " ".join(" ".join(line for _, line in block[1:]).split())
        # Other people's turns begin with two angle brackets in broadcast captions.
        speaker, said = split_speaker(said.removeprefix(">>").strip())
        if said:
            yield (
                number,
                Cue(start_seconds=start, end_seconds=end, text=said, speaker=speaker),
            )
