"""Links to a picture that only staff may see: short-lived, for one room."""

from __future__ import annotations

import secrets

from itsdangerous import BadSignature, URLSafeTimedSerializer

LIFE_SECONDS = 3_600


class PreviewKeys:
    """Makes and checks the tokens in `/media/~{token}/…` addresses.

    The key lives as long as the process: after a restart the desk makes new ones.
    """

    def __init__(self, key: str | None = None) -> None:
        self._serializer = URLSafeTimedSerializer(
            key or secrets.token_hex(32), salt="preview"
        )

    def make_url(self, meeting_id: str, room_id: str, name: str) -> str:
        """Return the address of a room's preview picture or playlist."""
        token = self._serializer.dumps([meeting_id, room_id])
        return f"/media/~{token}/{meeting_id}/{room_id}/{name}"

    def check(self, token: str, meeting_id: str, room_id: str) -> bool:
        """Whether a token opens this room's preview now."""
        try:
            named = self._serializer.loads(token, max_age=LIFE_SECONDS)
        except BadSignature:
            return False
        return bool(named == [meeting_id, room_id])
