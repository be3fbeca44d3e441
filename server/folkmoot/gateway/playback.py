"""Signed media addresses of private meetings: `/media/~{token}/{meeting}/{room}/…`.

A token is bound to a member, or to an organiser from outside, and to the sign-in
that it was made for. It is looked at again with every request, so that it dies
within two seconds of the membership, the sign-in or itself.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, URLSafeTimedSerializer

from folkmoot.core.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.gateway.identity import Identity
    from folkmoot.gateway.principals import Access

LIFE_SECONDS = 3_600
"""How long an address lasts; a page asks for the next one at half of it."""

RENEW_SECONDS = LIFE_SECONDS // 2
KEY_FILE = "media-key"


class Playback:
    """Makes and checks what members of private meetings watch with."""

    def __init__(self, identity: Identity, key: str) -> None:
        self._identity = identity
        self._serializer = URLSafeTimedSerializer(key, salt="playback")

    def make_path(self, access: Access, room_id: str) -> str | None:
        """Return the path before `/master.m3u8`; None for who may not watch.

        None also where the meeting is not private: its media need no signature.
        """
        token_hash = access.principal.token_hash
        if access.place.visibility != "private" or token_hash is None:
            return None
        if not access.may_enter:
            return None
        token = self._serializer.dumps([access.meeting_id, room_id, token_hash])
        return f"/media/~{token}/{access.meeting_id}/{room_id}"

    async def check(self, token: str, meeting_id: str, room_id: str) -> bool:
        """Whether a token opens this room now."""
        try:
            named = self._serializer.loads(token, max_age=LIFE_SECONDS)
        except BadSignature:
            return False
        if not isinstance(named, list) or named[:2] != [meeting_id, room_id]:
            return False
        principal = await self._identity.tokens.find_hash(str(named[2]))
        if principal is None:
            return False
        try:
            place = await self._identity.find_place(meeting_id)
        except Refusal:
            return False
        access = await self._identity.look_up(principal, place)
        return access.may_enter


async def read_media_key(private_root: Path) -> str:
    """Return the key that signs media addresses; made at the first start."""
    return await asyncio.to_thread(_read_or_make, private_root / KEY_FILE)


def _read_or_make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if key := path.read_text("ascii").strip():
            return key
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC, 0o600)
    key = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{key}\n")
    return key
