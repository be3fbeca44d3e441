"""Names that people give, and those who give none."""

from __future__ import annotations

import re
import secrets

from folkmoot.core.refusals import Refusal

MAX_NAME = 120
# Control characters, and those that are not seen or turn a line around.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]")


def clean_name(name: str | None) -> str | None:
    """Return a name as it can stand beside a contribution; None for none."""
    if name is None:
        return None
    plain = " ".join(_UNSEEN.sub(" ", name).split())
    if len(plain) > MAX_NAME:
        raise Refusal("bad_name", f"A name has at most {MAX_NAME} characters.")
    return plain or None


def pseudonym() -> str:
    """Return a name for someone who gives none."""
    return f"Guest {secrets.randbelow(9000) + 1000}"
