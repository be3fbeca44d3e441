"""The HTTP door for publishers: a body without end, in one of four containers."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from folkmoot.media.ingest.container import SNIFF_BYTES, recognise_container
from folkmoot.media.ingest.flv import FlvError
from folkmoot.media.ingest.flvrelay import FlvRelay, UnsupportedCodec
from folkmoot.media.ingest.pace import Pace, TooFast
from folkmoot.media.ingest.source import (
    PublicationClosed,
    StreamKeyInUse,
    UnknownStreamKey,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from folkmoot.media.ingest.source import Publication, PublisherDesk

logger = logging.getLogger(__name__)

PUSH_PATH = "/push/{stream_key}"

_READ_BYTES = 1 << 16
_PROGRESS_BYTES = 1000
_LOST = "The connection was lost."


class _PushRefused(Exception):
    """An answer for the publisher: HTTP status, lasting code, a sentence."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


def push_handler(
    desk: PublisherDesk,
    *,
    idle_seconds: float = 20.0,
    max_bits_per_second: int = 50_000_000,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler for POST and PUT at `PUSH_PATH`.

    It answers 204 when the body ends, 403 for an unknown key, 409 for one in use,
    415 for an unknown container or codec, 400 for a broken stream, 408 when less
    than 1 kB comes in `idle_seconds`, 410 when the desk has ended the stream, 413
    when more than `max_bits_per_second` comes for long; errors are
    application/problem+json. The body may be of any length.
    """

    async def post_push(request: web.Request) -> web.StreamResponse:
        push = _Push(request, idle_seconds, max_bits_per_second)
        try:
            await push.run(desk)
        except _PushRefused as refused:
            logger.warning("push peer=%s refused: %s", push.peer, refused.detail)
            return _problem(refused)
        return web.Response(status=204)

    return post_push


class _Push:
    """One publisher's request."""

    def __init__(
        self, request: web.Request, idle_seconds: float, max_bits_per_second: int
    ) -> None:
        self.peer = request.remote or "unknown"
        self._request = request
        self._idle_seconds = idle_seconds
        self._loop = asyncio.get_running_loop()
        self._pace = Pace(max_bits_per_second, self._loop.time())
        self._deadline = self._loop.time() + idle_seconds
        self._progress_bytes = 0

    async def run(self, desk: PublisherDesk) -> None:
        """Recognise, ask the desk, and pass all bytes on."""
        head = await self._read_head()
        container = recognise_container(head)
        if container is None:
            raise _PushRefused(
                415,
                "unknown_container",
                "Send FLV, MPEG-TS, Matroska, WebM or fragmented MP4.",
            )
        publication = await self._open(desk, container)
        reason = "The server has failed."
        try:
            await self._relay(publication, container, head)
            reason = "The encoder has stopped."
        except _PushRefused as refused:
            reason = refused.detail
            raise
        except asyncio.CancelledError:
            reason = _LOST
            raise
        finally:
            logger.info("push peer=%s ended: %s", self.peer, reason)
            await publication.close(reason)

    async def _open(self, desk: PublisherDesk, container: str) -> Publication:
        key = self._request.match_info["stream_key"]
        try:
            publication = await desk.open_publication(
                key, container=container, peer=self.peer
            )
        except UnknownStreamKey:
            raise _PushRefused(
                403, "unknown_stream_key", "The stream key is not known."
            ) from None
        except StreamKeyInUse:
            raise _PushRefused(
                409,
                "stream_key_in_use",
                "Another encoder is on with this stream key.",
            ) from None
        logger.info("push peer=%s publishes %s", self.peer, container)
        return publication

    async def _relay(
        self, publication: Publication, container: str, head: bytes
    ) -> None:
        whole = FlvRelay().take_bytes if container == "flv" else bytes
        data = head
        try:
            while data:
                if ready := whole(data):
                    await publication.write(ready)
                data = await self._read()
        except PublicationClosed as closed:
            raise _PushRefused(410, "stream_ended", str(closed)) from None
        except UnsupportedCodec as error:
            raise _PushRefused(415, "unsupported_codec", str(error)) from None
        except FlvError as error:
            raise _PushRefused(400, "broken_stream", str(error)) from None

    async def _read_head(self) -> bytes:
        head = b""
        while len(head) < SNIFF_BYTES and recognise_container(head) is None:
            data = await self._read()
            if not data:
                break
            head += data
        return head

    async def _read(self) -> bytes:
        """The next bytes, none at the body's end."""
        try:
            async with asyncio.timeout_at(self._deadline):
                data = await self._request.content.read(_READ_BYTES)
        except TimeoutError:
            detail = f"Nothing came for {self._idle_seconds:g} seconds."
            raise _PushRefused(408, "push_idle", detail) from None
        except (ConnectionError, ClientError, HttpProcessingError):
            raise _PushRefused(400, "push_broken", _LOST) from None
        await self._keep_pace(len(data))
        return data

    async def _keep_pace(self, count: int) -> None:
        """Slow down who is too fast; a byte now and then puts no deadline off."""
        try:
            pause = self._pace.pause_after(count, self._loop.time())
        except TooFast as error:
            raise _PushRefused(413, "bitrate_too_high", str(error)) from None
        if pause:
            await asyncio.sleep(pause)
        self._progress_bytes += count
        if self._progress_bytes >= _PROGRESS_BYTES:
            self._progress_bytes = 0
            self._deadline = self._loop.time() + self._idle_seconds


def _problem(refused: _PushRefused) -> web.Response:
    body = {
        "type": "about:blank",
        "title": refused.code.replace("_", " ").capitalize(),
        "status": refused.status,
        "code": refused.code,
        "detail": refused.detail,
    }
    response = web.Response(
        status=refused.status,
        text=json.dumps(body),
        content_type="application/problem+json",
    )
    response.force_close()  # what is left of the body is not worth reading
    return response
