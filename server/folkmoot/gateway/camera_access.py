"""Who may send a room's picture from a browser: by its link, or by a duty.

A room's camera link is a key, like its stream key, and made void by a new one. Who
has the duty `camera:<room>` in a meeting, or runs it, needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from folkmoot.core.decision import Actor
from folkmoot.core.refusals import Refusal
from folkmoot.store import catalogue

if TYPE_CHECKING:
    from aiohttp import web

    from folkmoot.gateway.credentials import Credentials
    from folkmoot.gateway.identity import Identity
    from folkmoot.store.catalogue import RoomRow
    from folkmoot.store.database import Database

LINK_PATH = "/camera/{token}"
DUTY_PATH = "/m/{slug}/camera/{room}"


class CameraAccess(msgspec.Struct, frozen=True, kw_only=True):
    """A room that somebody may send to."""

    meeting_id: str
    slug: str
    room_id: str
    stream_key: str
    actor: Actor


class CameraDoor:
    """Finds the room that a request may send to."""

    def __init__(
        self, database: Database, identity: Identity, credentials: Credentials
    ) -> None:
        self._database = database
        self._identity = identity
        self._credentials = credentials

    async def enter(self, request: web.Request) -> CameraAccess:
        """Return the room of this address; raises `Refusal`.

        `bad_link` where a link is not known or void, `not_allowed` where somebody
        lacks the duty, `no_such_meeting`, `no_such_room`.
        """
        token = request.match_info.get("token")
        if token is not None:
            return await self._by_link(token)
        return await self._by_duty(request)

    async def _by_link(self, token: str) -> CameraAccess:
        row = await self._database.read(
            lambda c: catalogue.room_by_camera_token(c, token)
        )
        if row is None:
            raise Refusal(
                "bad_link",
                "This camera link is not valid, or a newer one has replaced it. "
                "Ask the desk for a new one.",
            )
        place = await self._identity.find_place(row.meeting_id)
        return CameraAccess(
            meeting_id=row.meeting_id,
            slug=place.slug,
            room_id=row.room_id,
            stream_key=row.stream_key,
            actor=Actor(member_id=None, name="Camera", duties=_duty(row.room_id)),
        )

    async def _by_duty(self, request: web.Request) -> CameraAccess:
        principal = await self._credentials.identify(request)
        access = await self._identity.enter(principal, request.match_info["slug"])
        rows = await self._database.read(
            lambda c: catalogue.rooms_of(c, access.meeting_id)
        )
        row = _find(rows, request.match_info["room"])
        actor = access.actor
        if not (actor.facilitates or _duty(row.room_id) <= actor.duties):
            raise Refusal(
                "not_allowed",
                "Only who was asked to may send this room's picture. "
                "Ask the desk for the camera link.",
            )
        return CameraAccess(
            meeting_id=row.meeting_id,
            slug=access.place.slug,
            room_id=row.room_id,
            stream_key=row.stream_key,
            actor=actor,
        )


def _duty(room_id: str) -> frozenset[str]:
    return frozenset({f"camera:{room_id}"})


def _find(rows: list[RoomRow], wanted: str) -> RoomRow:
    for row in rows:
        if wanted in {row.slug, row.room_id}:
            return row
    raise Refusal("no_such_room", "There is no such room in this meeting.")
