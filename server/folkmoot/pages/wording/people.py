"""How a person is shown: initials on one of eight quiet colours."""

from __future__ import annotations

import msgspec

HUES = 8


class Avatar(msgspec.Struct, frozen=True):
    """Initials and a hue from 0 to 7; the script reckons the same from the name."""

    initials: str
    hue: str


ANONYMOUS = Avatar("?", "none")


def draw_avatar(name: str | None) -> Avatar:
    """Return the avatar of a name; nobody's name gives the anonymous one."""
    words = (name or "").split()
    if not words:
        return ANONYMOUS
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return Avatar(letters.upper(), str(sum(map(ord, name or "")) % HUES))
