"""The bytes of pictures and voice notes, for whoever may read the text they belong to."""

from __future__ import annotations

from aiohttp import web

from folkmoot.keys import ATTACHMENTS
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.visits import identify


async def show_attachment(request: web.Request) -> web.StreamResponse:
    """Answer `/m/{slug}/attachments/{attachment}/{file}`.

    Never kept by a cache: it has to be asked for anew, so that it is gone for
    everyone with the moment in which it is hidden or taken back.
    """
    ports = request.app[PORTS]
    caller = await identify(request)
    access = await ports.identity.enter(caller.principal, request.match_info["slug"])
    found = await request.app[ATTACHMENTS].read(
        access.place.meeting_id,
        request.match_info["attachment"],
        request.match_info["file"],
        member_id=access.actor.member_id,
        staff=access.actor.staff,
    )
    if found is None:
        raise web.HTTPNotFound
    data, media_type = found
    return _ranged(request, data, media_type)


def _ranged(request: web.Request, data: bytes, media_type: str) -> web.Response:
    """Return the whole, or the span that a player asks for."""
    headers = {
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(None)
    if wanted.start is None and wanted.stop is None:
        return web.Response(body=data, content_type=media_type, headers=headers)
    start, stop, _ = wanted.indices(len(data))
    if start >= stop:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(
        status=206, body=data[start:stop], content_type=media_type, headers=headers
    )
