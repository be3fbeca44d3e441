"""A span of a room's recording as one file to keep: its picture, or its sound alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from folkmoot.api.addresses import base_url
from folkmoot.api.bodies import read_query
from folkmoot.api.parts import enter
from folkmoot.api.problems import Problem
from folkmoot.api.rooms import find_room, need_zone
from folkmoot.core.broadcast.quoting import need_span
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.wire import moment
from folkmoot.keys import CLIPS, GATEWAY, JOURNAL, WEBCAST
from folkmoot.media.clips.clip import NoClip
from folkmoot.media.clips.sending import TakenAway

if TYPE_CHECKING:
    from folkmoot.gateway.principals import Access
    from folkmoot.media.clips.clip import Clip, ClipKind
    from folkmoot.media.pack.stream import Stream

_KINDS: dict[str, ClipKind] = {"mp4": "video", "m4a": "sound"}
_TYPES = {"mp4": "video/mp4", "m4a": "audio/mp4"}


class ClipQuery(
    msgspec.Struct, frozen=True, kw_only=True, rename={"from_at": "from", "to_at": "to"}
):
    """From when until when, ten minutes at most."""

    from_at: datetime
    to_at: datetime


async def get_clip(request: web.Request) -> web.StreamResponse:
    """Send a span of the recording as MP4 or M4A, cut without encoding anew."""
    access = await enter(request)
    room = await find_room(request, access)
    asked = read_query(request, ClipQuery)
    from_at, to_at = need_zone(asked.from_at), need_zone(asked.to_at)
    assert from_at is not None  # the query needs both
    assert to_at is not None
    need_span(from_at, to_at)
    ending = request.match_info["format"]
    kind = _KINDS[ending]
    clips, stream = request.app[CLIPS], _public(request, access, room["room_id"])
    told = await _told(request, access, room, from_at)
    try:
        known = clips.find(stream, from_at, to_at, kind, told)
        if known is None or not request.headers.get("Range"):
            await _count(request, access)
        clip = known or await clips.plan(stream, from_at, to_at, kind, told)
    except NoClip as error:
        raise Problem(404, "no_recording", str(error)) from error
    name = f"{access.place.slug}-{room['slug']}-{from_at:%Y%m%d-%H%M%S}.{ending}"
    headers = {
        "Content-Type": _TYPES[ending],
        "Content-Disposition": f'attachment; filename="{name}"',
        # Asked for again each time: seconds that are cut later are in no cache.
        "Cache-Control": "private, no-cache",
        "ETag": f'"{clip.tag}"',
        "Accept-Ranges": "bytes",
        "Folkmoot-Start": moment(clip.start_at),
        "Folkmoot-Seconds": f"{clip.seconds:g}",
    }
    return await _send(request, clip, stream, headers)


def _public(request: web.Request, access: Access, room_id: str) -> Stream:
    """What of a room is public, or what members of a private meeting see."""
    try:
        return request.app[WEBCAST].channel(access.meeting_id, room_id).public
    except KeyError:
        raise Problem(404, "no_recording", "Nothing was recorded here.") from None


async def _count(request: web.Request, access: Access) -> None:
    if access.principal.admin:
        return
    limits = request.app[GATEWAY].limits
    await limits.check("clip", access.principal.person_id, crowd=access.meeting_id)


async def _told(
    request: web.Request, access: Access, room: dict[str, Any], from_at: datetime
) -> tuple[tuple[bytes, str], ...]:
    """What the file says of itself: where it comes from, and the address of that."""
    state = (await request.app[JOURNAL].snapshot(access.meeting_id, PUBLIC)).state
    names = [(one["content"] or {}) for one in (state, room)]
    title = " · ".join(
        filter(None, (names[0].get("title", ""), names[1].get("name", "")))
    )
    query = f"room={room['slug']}&at={moment(from_at)}"
    address = f"{base_url(request)}/m/{access.place.slug}?{query}"
    return (
        (b"\xa9nam", f"{title}, {from_at:%Y-%m-%d %H:%M:%S} UTC"),
        (b"\xa9day", f"{from_at:%Y-%m-%d}"),
        (b"\xa9cmt", address),
    )


async def _send(
    request: web.Request, clip: Clip, stream: Stream, headers: dict[str, str]
) -> web.StreamResponse:
    tag = headers["ETag"]
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    start, stop, status = 0, clip.size, 200
    same = request.headers.get("If-Range", tag) == tag
    if "Range" in request.headers and same:
        try:
            wanted = request.http_range
            start, stop, _ = wanted.indices(clip.size)
        except ValueError:
            start, stop = clip.size, clip.size
        if start >= stop:
            headers["Content-Range"] = f"bytes */{clip.size}"
            return web.Response(status=416, headers=headers)
        status = 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{clip.size}"
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = stop - start
    await response.prepare(request)
    try:
        async for data in request.app[CLIPS].read(stream, clip, start, stop):
            await response.write(data)
    except TakenAway:
        # Cut meanwhile: the file stays broken off, and asking again gives a new one.
        if request.transport is not None:
            request.transport.abort()
        return response
    await response.write_eof()
    return response
