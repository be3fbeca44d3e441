"""The token in every form: proof that a page of ours, for this device, made it.

It is derived from the session token, so nothing has to be stored, and a form
from before a sign-in is refused after it. Visitors without a session have no
authority that a foreign page could borrow; for them the origin check is all.
"""

from __future__ import annotations

import hashlib
import hmac

_PURPOSE = b"folkmoot form"


def make_csrf(token: str | None) -> str:
    """Return the form token of a session; empty for visitors."""
    if token is None:
        return ""
    return hmac.new(token.encode(), _PURPOSE, hashlib.sha256).hexdigest()[:32]


def is_csrf(token: str | None, shown: str) -> bool:
    """Whether a form shows the token of this session."""
    return hmac.compare_digest(make_csrf(token), shown)
