"""The token in every form: proof that a page of ours, for this device, made it.

It is derived from the session token, so nothing has to be stored, and a form
from before a sign-in is refused after it. Visitors without a session have no
authority that a foreign page could borrow; for them the origin check is all.

Each page shows it under another mask: pages are compressed, and a secret that
stands unchanged in them could be guessed from their length (BREACH).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

_PURPOSE = b"folkmoot form"
_BYTES = 16


def make_csrf(token: str | None) -> str:
    """Return the form token of a session, masked anew; empty for visitors."""
    if token is None:
        return ""
    mask = secrets.token_bytes(_BYTES)
    return (mask + _mix(mask, _derive(token))).hex()


def is_csrf(token: str | None, shown: str) -> bool:
    """Whether a form shows the token of this session."""
    if token is None:
        return shown == ""
    try:
        sent = bytes.fromhex(shown)
    except ValueError:
        return False
    mask, mixed = sent[:_BYTES], sent[_BYTES:]
    return hmac.compare_digest(_mix(mask, mixed), _derive(token))


def _derive(token: str) -> bytes:
    return hmac.new(token.encode(), _PURPOSE, hashlib.sha256).digest()[:_BYTES]


def _mix(mask: bytes, secret: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(mask, secret, strict=False))
