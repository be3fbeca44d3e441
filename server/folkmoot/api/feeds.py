"""State, entries and commands over HTTP: what the socket does, for who has none."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_json, read_query
from folkmoot.api.parts import body_limit, enter, identify
from folkmoot.core.feeds import PUBLIC, is_feed
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.memory import Memory
from folkmoot.keys import GATEWAY, JOURNAL

if TYPE_CHECKING:
    from folkmoot.gateway.principals import Access
    from folkmoot.journal import Journal, Page

MAX_WAIT_SECONDS = 60
# A client that went away is noticed after at most so long.
SLICE_SECONDS = 1.0
GZIP_FROM_BYTES = 2048

_PACKED: web.AppKey[Memory[str, bytes]] = web.AppKey("api_packed_states")


class StateQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which feed's state."""

    feed: str = PUBLIC


class EntriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries, and how many seconds to wait for the first."""

    feed: str = PUBLIC
    after: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500
    wait: Annotated[float, msgspec.Meta(ge=0, le=MAX_WAIT_SECONDS)] = 0


class StateView(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's state at `seq`."""

    epoch: str
    feed: str
    seq: int
    state: dict[str, Any]


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, as the feed's readers get it."""

    seq: int
    kind: str
    at: str
    data: dict[str, Any]


class EntriesView(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of a feed; `head` is its last number."""

    epoch: str
    feed: str
    head: int
    entries: list[EntryView]
    more: bool


class AnswerView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a command."""

    ok: bool
    feed: str | None = None
    seq: int | None = None
    at: str | None = None
    data: dict[str, Any] | None = None
    duplicate: bool | None = None
    code: str | None = None
    message: str | None = None
    retry_after: float | None = None
    resend_from: int | None = None


async def show_state(request: web.Request) -> web.Response:
    """Show a feed's state."""
    access = await enter(request)
    feed = _readable(access, read_query(request, StateQuery).feed)
    snapshot = await request.app[JOURNAL].snapshot(access.meeting_id, feed)
    # The seq alone is not enough: hiding changes texts of older entries.
    tag = hashlib.blake2b(snapshot.body, digest_size=12).hexdigest()
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": f'"{tag}"',
        "Vary": "Accept-Encoding, Authorization, Cookie",
    }
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    body = snapshot.body
    accepted = request.headers.get("Accept-Encoding", "")
    if "gzip" in accepted and len(body) >= GZIP_FROM_BYTES:
        body = await _pack(request.app, tag, body)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, content_type="application/json", headers=headers)


async def list_entries(request: web.Request) -> web.Response:
    """List entries after a number; `wait` holds the answer until there is one."""
    access = await enter(request)
    asked = read_query(request, EntriesQuery)
    feed = _readable(access, asked.feed)
    journal = request.app[JOURNAL]
    page = await _page(journal, access, feed, asked)
    idle = not page.entries and asked.wait > 0 and asked.after <= page.head
    if idle and await _wait(request, journal, access.meeting_id, feed, asked):
        _readable(await enter(request), feed)
        page = await _page(journal, access, feed, asked)
    return json_response(page)


async def post_command(request: web.Request) -> web.Response:
    """Give a command; the answer comes after the commit."""
    principal = await identify(request)
    slug = request.match_info["slug"]
    body = await read_json(request, dict[str, Any], limit_bytes=body_limit(request))
    answer = await request.app[GATEWAY].commands.run(principal, slug, body)
    return json_response(answer)


async def _page(
    journal: Journal, access: Access, feed: str, asked: EntriesQuery
) -> Page:
    return await journal.entries(
        access.meeting_id, feed, after=asked.after, limit=asked.limit
    )


async def _wait(
    request: web.Request,
    journal: Journal,
    meeting_id: str,
    feed: str,
    asked: EntriesQuery,
) -> bool:
    """Return whether there is something new within the time; ends with the client."""
    loop = asyncio.get_running_loop()
    until = loop.time() + asked.wait
    while (left := until - loop.time()) > 0:
        if request.transport is None or request.transport.is_closing():
            return False
        try:
            async with asyncio.timeout(min(left, SLICE_SECONDS)):
                await journal.wait_beyond(meeting_id, feed, asked.after)
        except TimeoutError:
            # Who lost the right to read meanwhile doesn't wait any longer.
            _readable(await enter(request), feed)
        else:
            return True
    return False


async def _pack(app: web.Application, tag: str, body: bytes) -> bytes:
    packed = app[_PACKED].get(tag)
    if packed is None:
        packed = await asyncio.to_thread(gzip.compress, body, 5)
        app[_PACKED].put(tag, packed)
    return packed


def prepare(app: web.Application) -> None:
    """Give the application its memory of packed states."""
    app[_PACKED] = Memory(size=64)


def _readable(access: Access, feed: str) -> str:
    if not is_feed(feed):
        raise Refusal("no_such_feed", "There is no such feed.")
    if not access.may_read(feed):
        raise Refusal("not_allowed", "This is not for you to read.")
    return feed
