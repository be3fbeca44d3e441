"""A speaker's name before the words, as minutes and SubRip files write it."""

from __future__ import annotations

import re

# "Ann Lee: text", "MR. O'BRIEN: text", "Cllr Ann Lee (Ward 3): text".
_PREFIX = re.compile(
    r"(?P<name>[^\W\d_][\w.'\N{RIGHT SINGLE QUOTATION MARK}-]*"
    r"(?: [\w.'\N{RIGHT SINGLE QUOTATION MARK}(),-]+){0,7}):\s+(?=\S)"
)
_MAX_NAME = 80


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
