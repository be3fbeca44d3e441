"""A speaker's name before the words, as minutes and SubRip files write it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from folkmoot.transcripts.cues import Cue

# "Ann Lee: text", "MR. O'BRIEN: text", "Cllr Ann Lee (Ward 3): text".
_PREFIX = re.compile(
    r"(?P<name>[^\W\d_][\w.'\N{RIGHT SINGLE QUOTATION MARK}-]*"
    r"(?: [\w.'\N{RIGHT SINGLE QUOTATION MARK}(),-]+){0,7}):\s+(?=\S)"
)
_MAX_NAME = 80
_FEWEST_NAMED = 3


def split_speaker(text: str) -> tuple[str | None, str]:
    """The speaker before the first colon, if it looks like a name, and the rest.

    A name starts with a capital, as does every word longer than three letters.
    """
    match = _PREFIX.match(text[: _MAX_NAME + 2] + text[_MAX_NAME + 2 :][:1])
    if match is None or not _is_name(match["name"]):
        return None, text
    return match["name"], text[match.end() :]


def _is_name(name: str) -> bool:
    words = name.split()
    first = words[0][0]
    # Scripts without capitals can't be told apart; there every word passes.
    return not first.islower() and all(
        not word.lstrip("(")[:1].islower() or len(word) <= 3 for word in words
    )


def split_speakers(cues: Sequence[Cue]) -> list[Cue]:
    """Take the names before the words of nameless cues, if most begin with one.

    A few words before a colon are no name ("My point: …"); a file in which every
    second cue has them names who speaks.
    """
    if any(cue.speaker for cue in cues):
        return list(cues)
    parts = [split_speaker(cue.text) for cue in cues]
    named = sum(name is not None for name, _ in parts)
    if named < _FEWEST_NAMED or 2 * named < len(cues):
        return list(cues)
    return [
        msgspec.structs.replace(cue, speaker=name, text=text)
        for cue, (name, text) in zip(cues, parts, strict=True)
    ]
