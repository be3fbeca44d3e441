"""Serves streams over HTTP as low-latency HLS asks for it.

Where the draft (draft-pantos-hls-rfc8216bis, 6.2.5) leaves a choice, the answer that
a cache in front can keep was taken: the same bytes for all who wait.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Literal

import msgspec
from aiohttp import web

from folkmoot.media.deliver.answers import (
    BRIEF,
    IMMUTABLE,
    MEDIA_TYPE,
    OPEN,
    lasting,
    part_headers,
    playlist_headers,
    unavailable_headers,
)
from folkmoot.media.deliver.poster import FRESH_SECONDS, STAFF_SECONDS, Posters
from folkmoot.media.deliver.reload import WAIT_TARGETS, TooFar, is_fresh, refuse_far
from folkmoot.media.deliver.storyboard import Storyboards, TooMany, render_stills
from folkmoot.media.deliver.subtitles import (
    RENDITION,
    Words,
    list_segments,
    offer_subtitles,
    read_span,
    render_subtitles,
)
from folkmoot.media.deliver.viewers import name_viewer
from folkmoot.media.deliver.withheld import find_withheld, list_whole
from folkmoot.media.pack.playlist import (
    TYPE,
    Variant,
    render_multivariant,
    render_recording,
)
from folkmoot.media.pack.rendered import Text
from folkmoot.media.pack.span import select_span
from folkmoot.media.pack.stream import Stream

Opens = Literal["watch", "preview"]
"""What a token lets one see: what members of a private meeting do, or staff."""

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from folkmoot.media.channel import Channel
    from folkmoot.media.pack.packager import Segment
    from folkmoot.media.webcast import Webcast

    TokenCheck = Callable[[str, str, str], Awaitable[Opens | None]]

_STILLS = "public, max-age=10"
_KEPT_TIMES = 2000
_LOOK_SECONDS = 0.25
_WIDTHS = {"poster.jpg": 960, "thumbnail.jpg": 320}
_PRIVATE = "private, no-store"


class Directives(msgspec.Struct, frozen=True):
    """What a reload asks for: `_HLS_msn`, `_HLS_part` and `_HLS_skip`."""

    sequence: int | None = None
    part: int | None = None
    delta: bool = False


class View(msgspec.Struct, frozen=True):
    """A stream as one asks for it: in public, or as staff."""

    stream: Stream
    private: bool
    opens: Opens = "watch"
    place: tuple[str, str] = ("", "")

    def cache(self, control: str) -> str:
        """The Cache-Control of an answer."""
        return _PRIVATE if self.private else control


class ServingTimes:
    """How long parts took from being whole to being sent, in seconds."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_KEPT_TIMES)
        self.count = 0

    def add(self, seconds: float) -> None:
        """One part was sent to one who waited for it."""
        self._seconds.append(seconds)
        self.count += 1

    def quantile(self, share: float) -> float | None:
        """Of the last 2,000; None if there was none."""
        ordered = sorted(self._seconds)
        if not ordered:
            return None
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


SERVING_TIMES = web.AppKey("media_serving_times", ServingTimes)


def add_media_routes(
    app: web.Application,
    webcast: Webcast,
    *,
    token_check: TokenCheck | None = None,
    words: Words | None = None,
) -> None:
    """Serve `/media/...`.

    `token_check` takes token, meeting id and room id and says what the bearer may
    see at `/media/~{token}/{meeting_id}/{room_id}/master.m3u8`: "watch" what members
    of a private meeting see, "preview" what staff do; None: nothing. An edge that
    has the bytes asks `/media/~{token}/{meeting_id}/{room_id}/allowed`.
    """
    delivery = Delivery(webcast, token_check, words)
    app[DELIVERY] = delivery
    app[SERVING_TIMES] = delivery.times
    public = r"/media/{public_path:[^~/{}][^/{}]*}/{room_slug}"
    private = r"/media/~{token}/{meeting_id}/{room_id}"
    for prefix, find in (
        (public, delivery.find_public),
        (private, delivery.find_private),
    ):
        for path, show in (
            ("/master.m3u8", delivery.show_master),
            (f"/{RENDITION}.m3u8", delivery.show_subtitles),
            (r"/{rendition:[a-z0-9]+}.m3u8", delivery.show_playlist),
            (
                rf"/{{take_id}}/{RENDITION}/{{start:\d{{1,12}}}}-{{length:\d{{1,7}}}}.vtt",
                delivery.show_words,
            ),
            (r"/{picture:poster|thumbnail}.jpg", delivery.show_picture),
            ("/storyboard.vtt", delivery.show_storyboard),
            ("/still.jpg", delivery.show_still),
            (r"/{take_id}/stills/{sheet:[0-9a-f]{16}}.jpg", delivery.show_stills),
            (r"/{take_id}/{rendition}/p{part:\d{1,9}}.m4s", delivery.show_part),
            (r"/{take_id}/{rendition}/{file}", delivery.show_file),
            ("/allowed", show_allowed),
        ):
            app.router.add_get(prefix + path, partial(_answer, find, show))
    for path, show_staff in (
        ("/whole/master.m3u8", delivery.show_whole),
        (r"/whole/{rendition:[a-z0-9]+}.m3u8", delivery.show_whole_playlist),
        (r"/whole/{take_id}/{rendition}/{file}", delivery.show_whole_file),
    ):
        app.router.add_get(private + path, show_staff)


async def _answer(
    find: Callable[[web.Request], Awaitable[View]],
    show: Callable[[web.Request, View], Awaitable[web.StreamResponse]],
    request: web.Request,
) -> web.StreamResponse:
    return await show(request, await find(request))


async def show_allowed(_request: web.Request, view: View) -> web.Response:
    """Answer an edge that asks whether an address is allowed (`auth_request`).

    What it opens tells the edge whose bytes it may hand out: those of viewers and
    those of staff are never the same.
    """
    headers = {"Cache-Control": _PRIVATE, "Folkmoot-Opens": view.opens}
    return web.Response(status=204, headers=headers)


class Delivery:
    """The handlers."""

    def __init__(
        self,
        webcast: Webcast,
        token_check: TokenCheck | None,
        words: Words | None = None,
    ) -> None:
        self._words = words
        self.times = ServingTimes()
        self._webcast = webcast
        self._token_check = token_check
        self._posters = Posters(webcast.ffmpeg, webcast.recorder)
        self._storyboards = Storyboards(webcast.ffmpeg, webcast.recorder)

    async def find_public(self, request: web.Request) -> View:
        """The public stream under this address."""
        info = request.match_info
        names = (info["public_path"], info["room_slug"])
        stream = self.public_stream(*names)
        place = self._webcast.place_at(*names)
        if stream is None or place is None:
            raise _refuse(web.HTTPNotFound, "There is no such room.")
        return View(stream, private=False, place=place)

    def public_stream(self, public_path: str, room_slug: str) -> Stream | None:
        """What anybody may have under this address."""
        channel = self._webcast.channel_at(public_path, room_slug)
        return channel.public if channel is not None else None

    async def find_private(self, request: web.Request) -> View:
        """What a signed address opens: a member's stream, or the staff's preview.

        Staff see the public stream while there is no preview.
        """
        opens, channel = await self._open_private(request)
        stream = channel.public if opens == "watch" else _choose_stream(channel)
        info = request.match_info
        place = (info["meeting_id"], info["room_id"])
        return View(stream, private=True, opens=opens, place=place)

    async def _open_private(self, request: web.Request) -> tuple[Opens, Channel]:
        """The channel of a signed address, and what its bearer may see."""
        info = request.match_info
        place = (info["meeting_id"], info["room_id"])
        check = self._token_check
        opens = await check(info["token"], *place) if check is not None else None
        if opens is None:
            raise _refuse(web.HTTPForbidden, "This link does not open this room.")
        try:
            return opens, self._webcast.channel(*place)
        except KeyError:
            raise _refuse(web.HTTPNotFound, "There is no such room.") from None

    async def _open_whole(self, request: web.Request) -> Channel:
        opens, channel = await self._open_private(request)
        if opens != "preview":
            raise _refuse(web.HTTPForbidden, "This is for the team alone.")
        return channel

    async def show_whole(self, request: web.Request) -> web.Response:
        """A span for staff, with what was taken out of it: the multivariant one."""
        stream = (await self._open_whole(request)).public
        if not stream.variants or not stream.lanes:
            raise _refuse(web.HTTPNotFound, "Nothing has been on air here yet.")
        return _playlist(
            request,
            Text(render_multivariant(_offer(stream), query=_write_span(request))),
            _PRIVATE,
        )

    async def show_whole_playlist(self, request: web.Request) -> web.Response:
        """A rendition of it."""
        channel = await self._open_whole(request)
        stream, rendition = channel.public, request.match_info["rendition"]
        if rendition not in stream.lanes:
            raise _refuse(web.HTTPNotFound, "There is no such rendition.")
        whole = await self._webcast.recorder.run(
            list_whole, stream, rendition, channel.vault
        )
        span = _read_span(request) or (None, None)
        return _render_span(request, stream, select_span(whole, *span), _PRIVATE)

    async def show_whole_file(self, request: web.Request) -> web.StreamResponse:
        """A segment of it: the public one, or the one that is kept away."""
        channel = await self._open_whole(request)
        info = request.match_info
        names = (info["take_id"], info["rendition"], info["file"])
        path = channel.public.find_file(*names)
        if path is None:
            path = await self._webcast.recorder.run(
                find_withheld, channel.public, *names, channel.vault
            )
        if path is None:
            raise _refuse(web.HTTPNotFound, "There is no such file.")
        headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": _PRIVATE}
        return web.FileResponse(path, headers=headers)

    async def show_master(self, request: web.Request, view: View) -> web.Response:
        """The multivariant playlist: of the stream, the recording, or a span."""
        stream = view.stream
        if not stream.variants or not stream.lanes:
            raise _refuse(web.HTTPNotFound, "Nothing has been on air here yet.")
        query = ""
        span = _read_span(request)
        if span is not None:
            query = _write_span(request)
        elif stream.is_recording:
            query = "recording=1"
        text = render_multivariant(_offer(stream), query=query)
        if await self._has_words(view):
            text = offer_subtitles(text, query)
        return _playlist(request, Text(text), view.cache(BRIEF))

    async def _has_words(self, view: View) -> bool:
        """Whether words go with this stream: never with what only staff see."""
        if self._words is None or view.stream is not self._public(view.place):
            return False
        return await self._words.offers(*view.place)

    def _public(self, place: tuple[str, str]) -> Stream | None:
        try:
            return self._webcast.channel(*place).public
        except KeyError:
            return None

    async def show_subtitles(self, request: web.Request, view: View) -> web.Response:
        """The playlist of the words."""
        stream = view.stream
        if self._words is None or not await self._has_words(view):
            raise _refuse(web.HTTPNotFound, "There are no words of this room.")
        span = _read_span(request)
        recording = "recording" in request.query and stream.is_recording
        segments, start = list_segments(
            stream,
            recording=recording,
            span=span,
            settled_until=self._words.settled_until(*view.place),
        )
        whole = recording or span is not None
        text = render_subtitles(
            segments,
            target_duration=stream.constants.target_duration,
            ended=whole or stream.ended,
            live=not whole,
            start_seconds=start,
        )
        return _playlist(request, Text(text), view.cache(BRIEF))

    async def show_words(self, request: web.Request, view: View) -> web.Response:
        """A segment of the words; a correction shows within seconds."""
        info = request.match_info
        take = view.stream.find_take(info["take_id"])
        span = read_span(info["start"], info["length"])
        if take is None or span is None or not await self._has_words(view):
            raise _refuse(web.HTTPNotFound, "There is no such file.")
        assert self._words is not None  # it has words
        from_at, to_at = span.moments(take.anchor_at)
        body = await self._words.segment(
            *view.place, from_at=from_at, to_at=to_at, zero_at=take.anchor_at
        )
        headers = {**OPEN, "Cache-Control": view.cache("public, max-age=5")}
        return web.Response(
            body=body, content_type="text/vtt", charset="utf-8", headers=headers
        )

    async def show_playlist(self, request: web.Request, view: View) -> web.Response:
        """A media playlist, at once or when it has what is asked for."""
        stream, rendition = view.stream, request.match_info["rendition"]
        if rendition not in stream.lanes:
            raise _refuse(web.HTTPNotFound, "There is no such rendition.")
        span = _read_span(request)
        if span is not None:
            return self._show_span(request, view, span)
        recording = "recording" in request.query and stream.is_recording
        if stream.ended or recording:  # directives mean nothing then (6.2.5.2)
            text = (
                stream.render_recording(rendition)
                if recording
                else stream.render(rendition, delta=False)
            )
            return _playlist(request, text, view.cache("public, max-age=60"))
        directives = _read_directives(request)
        if not view.private:
            stream.viewers.note(_name_viewer(request))
        fresh = False
        if directives.sequence is not None:
            fresh = await self._wait(request, view, rendition, directives)
        else:
            await self._await_first(request, view, rendition)
        text = stream.render(rendition, delta=directives.delta)
        cache = lasting(stream.constants.target_duration) if fresh else BRIEF
        return _playlist(request, text, view.cache(cache))

    async def show_part(self, request: web.Request, view: View) -> web.Response:
        """A part; the hinted one is waited for, and sent when it is whole."""
        stream, info = view.stream, request.match_info
        take_id, rendition, number = (
            info["take_id"],
            info["rendition"],
            int(info["part"]),
        )
        deadline = _now() + WAIT_TARGETS * stream.constants.target_duration
        waited = False
        while (part := stream.find_part(take_id, rendition, number)) is None:
            if not stream.is_hinted(take_id, rendition, number):
                raise _refuse(web.HTTPNotFound, "There is no such part.")
            if not stream.expecting or _is_gone(request):
                raise _unavailable("The room sends nothing now.")
            waited = True
            if not await stream.wait(rendition, deadline - _now()):
                raise _unavailable("The part did not come in time.")
            self._refuse_moved(request, view)
        data = part.data
        if data is None:
            data = await self._webcast.recorder.run(
                _read_slice, part.path, part.offset, part.size
            )
        headers = part_headers(view.cache(IMMUTABLE))
        response = web.Response(body=data, content_type=MEDIA_TYPE, headers=headers)
        if waited:
            await response.prepare(request)
            await response.write_eof()
            self.times.add(_now() - part.whole_at)
        return response

    async def show_file(self, request: web.Request, view: View) -> web.StreamResponse:
        """A closed segment or an initialization, with ranges."""
        info = request.match_info
        path = view.stream.find_file(info["take_id"], info["rendition"], info["file"])
        if path is None:
            raise _refuse(web.HTTPNotFound, "There is no such file.")
        return web.FileResponse(
            path,
            headers={
                **OPEN,
                "Content-Type": MEDIA_TYPE,
                "Cache-Control": view.cache(IMMUTABLE),
            },
        )

    async def show_picture(self, request: web.Request, view: View) -> web.Response:
        """A still of now; of the recording once it has ended."""
        width = _WIDTHS[f"{request.match_info['picture']}.jpg"]
        seconds = STAFF_SECONDS if view.private else FRESH_SECONDS
        await _await_segment(view.stream)
        data = await self._posters.take(view.stream, width=width, fresh_seconds=seconds)
        if data is None:
            raise _refuse(web.HTTPNotFound, "There is no picture.")
        cache = view.cache(f"public, max-age={FRESH_SECONDS:.0f}")
        return web.Response(
            body=data,
            content_type="image/jpeg",
            headers={**OPEN, "Cache-Control": cache},
        )

    async def show_storyboard(self, _request: web.Request, view: View) -> web.Response:
        """Where on the timeline there are which stills."""
        sheets = self._storyboards.sheets(view.stream)
        if not sheets:
            raise _refuse(web.HTTPNotFound, "There are no pictures.")
        return web.Response(
            text=render_stills(sheets),
            content_type="text/vtt",
            headers={**OPEN, "Cache-Control": view.cache(_STILLS)},
        )

    async def show_still(self, request: web.Request, view: View) -> web.Response:
        """The picture of a moment of the recording, small."""
        at = _read_time(request.query.get("at"))
        try:
            data = (
                None if at is None else await self._storyboards.still(view.stream, at)
            )
        except TooMany:
            raise _unavailable("Too many ask for pictures now.") from None
        if data is None:
            raise _refuse(web.HTTPNotFound, "There is no picture of that moment.")
        return web.Response(
            body=data,
            content_type="image/jpeg",
            headers={**OPEN, "Cache-Control": view.cache(_STILLS)},
        )

    async def show_stills(self, request: web.Request, view: View) -> web.Response:
        """A sheet of stills, as long as the stream has all that it shows."""
        info = request.match_info
        data = await self._storyboards.take(view.stream, info["take_id"], info["sheet"])
        if data is None:
            raise _refuse(web.HTTPNotFound, "There are no such pictures.")
        return web.Response(
            body=data,
            content_type="image/jpeg",
            headers={**OPEN, "Cache-Control": view.cache(IMMUTABLE)},
        )

    def _show_span(
        self,
        request: web.Request,
        view: View,
        span: tuple[datetime | None, datetime | None],
    ) -> web.Response:
        stream, rendition = view.stream, request.match_info["rendition"]
        found = select_span(stream.recorded(rendition), *span)
        return _render_span(request, stream, found, view.cache("public, max-age=60"))

    async def _await_first(
        self, request: web.Request, view: View, rendition: str
    ) -> None:
        """Hold a playlist back until it has a segment, where one is coming.

        A player takes an empty list for one without parts and asks again after one
        and two seconds; so the first picture came two seconds late (6.2.1: a list is
        offered once there is something in it).
        """
        stream = view.stream
        deadline = _now() + WAIT_TARGETS * stream.constants.target_duration
        while (
            stream.expecting
            and not stream.ended
            and rendition in stream.lanes
            and not stream.lanes[rendition].closed
            and not _is_gone(request)
            and await stream.wait(rendition, deadline - _now())
        ):
            self._refuse_moved(request, view)
        if rendition not in stream.lanes:
            raise _refuse(web.HTTPNotFound, "There is no such rendition.")

    async def _wait(
        self,
        request: web.Request,
        view: View,
        rendition: str,
        wanted: Directives,
    ) -> bool:
        """Wait for what a reload wants; whether the answer is the first to have it."""
        stream = view.stream
        sequence, part = wanted.sequence or 0, wanted.part
        try:
            refuse_far(stream, rendition, sequence, part)
        except TooFar as error:
            raise _refuse(web.HTTPBadRequest, str(error)) from None
        deadline = _now() + WAIT_TARGETS * stream.constants.target_duration
        waited = False
        while not stream.has(rendition, sequence, part) and not stream.ended:
            if not stream.expecting or _is_gone(request):
                raise _unavailable("The room sends nothing now.")
            waited = True
            if not await stream.wait(rendition, deadline - _now()):
                raise _unavailable("The playlist did not grow in time.")
            if rendition not in stream.lanes:
                raise _refuse(web.HTTPNotFound, "The preview is over.")
            self._refuse_moved(request, view)
        return waited or is_fresh(stream, rendition, sequence, part)

    def _refuse_moved(self, request: web.Request, view: View) -> None:
        """Give nothing to one who waited at an address that died meanwhile."""
        if view.private:
            return  # its token is looked at with every request
        info = request.match_info
        names = (info["public_path"], info["room_slug"])
        if self._webcast.place_at(*names) != view.place:
            raise _refuse(web.HTTPNotFound, "There is no such room.")


DELIVERY = web.AppKey("media_delivery", Delivery)


def _choose_stream(channel: Channel) -> Stream:
    return channel.preview if channel.preview.lanes else channel.public


def _offer(stream: Stream) -> list[Variant]:
    return [variant for variant in stream.variants if variant.name in stream.lanes]


def _read_directives(request: web.Request) -> Directives:
    query = request.query
    sequence = _read_number(query.get("_HLS_msn"))
    part = _read_number(query.get("_HLS_part"))
    if part is not None and sequence is None:
        raise _refuse(web.HTTPBadRequest, "_HLS_part needs _HLS_msn.")
    return Directives(sequence, part, query.get("_HLS_skip") in {"YES", "v2"})


def _read_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 12:
        raise _refuse(web.HTTPBadRequest, "A directive must be a whole number.")
    return int(text)


def _read_span(
    request: web.Request,
) -> tuple[datetime | None, datetime | None] | None:
    query = request.query
    if "from" not in query and "to" not in query:
        return None
    from_at, to_at = _read_time(query.get("from")), _read_time(query.get("to"))
    if from_at is not None and to_at is not None and from_at >= to_at:
        raise _refuse(web.HTTPBadRequest, "The span ends before it begins.")
    return from_at, to_at


def _write_span(request: web.Request) -> str:
    """The span asked for, to stand in the addresses of the renditions."""
    return "&".join(
        f"{name}={request.query[name].strip().replace(' ', '%2B').replace('+', '%2B')}"
        for name in ("from", "to")
        if name in request.query
    )


def _render_span(
    request: web.Request,
    stream: Stream,
    found: tuple[Sequence[Segment], float | None],
    cache: str,
) -> web.Response:
    rendition = request.match_info["rendition"]
    segments, start = found
    if not segments:
        raise _refuse(web.HTTPNotFound, "There is no recording of that time.")
    text = render_recording(
        rendition,
        segments,
        target_duration=stream.constants.target_duration,
        start_seconds=start,
        marks=stream.render_marks(segments),
    )
    return _playlist(request, Text(text), cache)


def _read_time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        # A plus sign that was not escaped reaches us as a space.
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        raise _refuse(web.HTTPBadRequest, "Times are ISO 8601, in UTC.") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _playlist(request: web.Request, text: Text, cache: str) -> web.Response:
    gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    return web.Response(
        body=text.packed if gzip else text.plain,
        content_type=TYPE,
        headers=playlist_headers(cache, gzip=gzip),
    )


def _refuse(kind: type[web.HTTPError], sentence: str) -> web.HTTPError:
    return kind(text=sentence + "\n", headers={**OPEN, "Cache-Control": BRIEF})


def _unavailable(sentence: str) -> web.HTTPError:
    return web.HTTPServiceUnavailable(
        text=sentence + "\n", headers=unavailable_headers()
    )


def _name_viewer(request: web.Request) -> str:
    headers = request.headers
    return name_viewer(
        request.remote or "",
        headers.get("X-Forwarded-For", ""),
        headers.get("User-Agent", ""),
    )


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _await_segment(stream: Stream) -> None:
    """Wait a while for a stream that has just begun: who watches asks at once."""
    deadline = _now() + WAIT_TARGETS * stream.constants.target_duration
    while (
        stream.expecting
        and not stream.ended
        and not any(lane.closed for lane in stream.lanes.values())
        and _now() < deadline
    ):
        await stream.wait("source", _LOOK_SECONDS)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _read_slice(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)
