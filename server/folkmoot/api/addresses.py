"""Addresses of a meeting's pages, playlists and ingest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from folkmoot.keys import PLAYBACK, PUBLIC_URL, RTMP_URL, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from folkmoot.gateway.principals import Access
    from folkmoot.store.catalogue import RoomRow


class MeetingUrls(msgspec.Struct, frozen=True, kw_only=True):
    """Pages of a meeting."""

    page: str
    board: str
    desk: str
    wall: str
    join: str


class Ingest(msgspec.Struct, frozen=True, kw_only=True):
    """Where a room's video goes in; the key is a secret."""

    rtmp_url: str
    stream_key: str
    push_url: str
    browser_url: str


def base_url(request: web.Request) -> str:
    """Return the public address of the service, without a slash at its end."""
    told = request.app.get(PUBLIC_URL)
    return told.rstrip("/") if told else f"{request.scheme}://{request.host}"


def meeting_urls(base: str, slug: str, *, join_code: str | None = None) -> MeetingUrls:
    """Return the pages of a meeting; `join_code` only for who may hand it on.

    Without it the way in is by the slug, which is enough in a public meeting; any
    other answers that there is no such code, and offers to type one.
    """
    page = f"{base}/m/{slug}"
    return MeetingUrls(
        page=page,
        board=f"{page}/board",
        desk=f"{base}/desk/{slug}",
        wall=f"{page}/wall",
        join=f"{base}/join/{join_code or slug}",
    )


def media_path(
    request: web.Request, access: Access, public_path: str
) -> Callable[[str, str], str]:
    """Return how to get from a room's id and slug to the path of its media.

    In a private meeting that path is signed for who asks, and dies with its access.
    """

    def path_of(room_id: str, room_slug: str) -> str:
        # Absent where the API runs without media: then there is nothing to sign.
        playback = request.app.get(PLAYBACK)
        signed = playback.make_path(access, room_id) if playback else None
        return signed or f"/media/{public_path}/{room_slug}"

    return path_of


def ingest_of(request: web.Request, room: RoomRow) -> Ingest:
    """Return how video gets into a room."""
    base = base_url(request)
    return Ingest(
        rtmp_url=_rtmp_url(request),
        stream_key=room.stream_key,
        push_url=f"{base}/push/{room.stream_key}",
        browser_url=f"{base}/camera/{room.camera_token}",
    )


def _rtmp_url(request: web.Request) -> str:
    if (told := request.app.get(RTMP_URL)) is not None:
        return told
    host = request.url.host or "localhost"
    return f"rtmp://{host}:{request.app[SETTINGS].media.rtmp_port}/live"
