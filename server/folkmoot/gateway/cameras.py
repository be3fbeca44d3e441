"""The WebSocket of the camera page: the room's state out, picture and sound in.

It is not Socket.IO: chunks are large, want their own acknowledgement, and must
never stand in the way of what a hundred others read.

A binary message from the page is one byte of kind, then for a chunk the numbers of
its stream and of itself, four bytes each, high byte first, then its bytes. The rest
is JSON with a `type`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMsgType, web

from folkmoot.core.commands import BadCommand, read_command
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.refusals import Refusal
from folkmoot.core.wire import moment
from folkmoot.gateway.camera_access import DUTY_PATH, LINK_PATH
from folkmoot.journal import Refused
from folkmoot.media.ingest.pace import Pace
from folkmoot.media.ingest.source import StreamKeyInUse, UnknownStreamKey
from folkmoot.media.ingest.uplink import BeginAnew, Superseded, UplinkRefused, Uplinks

if TYPE_CHECKING:
    from collections.abc import Callable

    from folkmoot.core.commands import Command
    from folkmoot.gateway.camera_access import CameraAccess, CameraDoor
    from folkmoot.gateway.credentials import Credentials
    from folkmoot.gateway.limits import Limits
    from folkmoot.journal import Change, Journal
    from folkmoot.media.ingest.uplink import Uplink
    from folkmoot.media.webcast import Webcast
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

MAX_CHUNK_BYTES = 4 << 20
PROBE, CHUNK = 0, 1
HEAD = struct.Struct(">BII")

# Not the WebSocket's own pings: a pong is read only between two chunks, and a
# chunk may wait for a busy encoder.
_SILENT_SECONDS = 30.0
_LOOK_SECONDS = 2.0
_MAX_SOCKETS = 500
_CALL_LIFE = timedelta(minutes=10)
_MOST_CALLS = 4
_NOT_OURS = "This page is not of this service."
_SESSION = re.compile(r"[\w-]{16,64}", re.ASCII)
_VOID = 4403  # our own close code: this link or duty no longer holds
_SUPERSEDED = 4409


class Cameras:
    """The open camera pages of this process."""

    def __init__(
        self,
        *,
        door: CameraDoor,
        credentials: Credentials,
        limits: Limits,
        journal: Journal,
        webcast: Webcast,
        tasks: TaskOwner,
        max_bits_per_second: int = 50_000_000,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self.uplinks = Uplinks(webcast, tasks)
        self._door = door
        self._credentials = credentials
        self._limits = limits
        self._journal = journal
        self._webcast = webcast
        self._tasks = tasks
        self._max_bits = max_bits_per_second
        self._look_seconds = look_seconds
        self._pages: set[_Page] = set()
        self._stop_following: Callable[[], None] = lambda: None
        self._closed = False

    def attach(self, app: web.Application) -> None:
        """Add the routes; closes with the application."""
        for path in (LINK_PATH, DUTY_PATH):
            app.router.add_get(f"{path}/socket", self.answer)
        self._stop_following = self._journal.follow(self._hear)

        async def cut(_app: web.Application) -> None:
            await self.aclose()

        app.on_shutdown.append(cut)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Carry one page's socket to its end."""
        if not self._credentials.is_own_origin(
            request.headers.get("Origin"), request.headers, host=request.host
        ):
            raise web.HTTPForbidden(text="This page belongs to another site.\n")
        socket = web.WebSocketResponse(
            max_msg_size=MAX_CHUNK_BYTES + HEAD.size, compress=False
        )
        if not socket.can_prepare(request):
            raise web.HTTPNotFound(text="There is nothing to read here.\n")
        try:
            await socket.prepare(request)
        except ConnectionError:  # it left before we answered
            return socket
        try:
            access = await self._door.enter(request)
        except Refusal as refusal:
            # A browser tells its page nothing of a refused handshake.
            await socket.send_json(
                {"type": "void", "code": refusal.code, "message": refusal.message}
            )
            await socket.close(code=_VOID)
            return socket
        if self._closed or len(self._pages) >= _MAX_SOCKETS:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return socket
        page = _Page(self, request, socket, access)
        self._pages.add(page)
        try:
            await page.run()
        finally:
            self._pages.discard(page)
            page.leave()
        return socket

    async def look(self, access: CameraAccess) -> dict[str, Any]:
        """Return a room as its camera page shows it."""
        state = (await self._journal.snapshot(access.meeting_id, PUBLIC)).state
        room = state["rooms"][access.room_id]
        status = self._webcast.status(access.meeting_id, access.room_id)
        standing = "ended" if state["phase"] == "ended" else room["channel"]
        return {
            "type": "room",
            "state": standing,
            "reason": (room["reason"] or {}).get("reason"),
            "name": (room["content"] or {}).get("name", ""),
            "connected": status.connected,
            "viewers": status.viewers,
            "calls": await self._calls(access),
        }

    async def _calls(self, access: CameraAccess) -> list[dict[str, Any]]:
        """What the team said of this room lately, the newest first.

        A link is nobody's, so it has no feed of its own; the page gets the calls of
        its room and nothing else that staff read.
        """
        state = (await self._journal.snapshot(access.meeting_id, STAFF)).state
        since = moment(datetime.now(UTC) - _CALL_LIFE)
        calls = [
            {
                "signal_id": each["signal_id"],
                "signal": each["signal"],
                "name": (each["content"] or {}).get("name", ""),
                "text": (each["content"] or {}).get("text", ""),
                "seen": (each["seen"] or {}).get("name"),
                "at": each["at"],
            }
            for each in state["signals"].values()
            if each["room_id"] in {None, access.room_id} and each["at"] > since
        ]
        return sorted(calls, key=lambda call: call["at"], reverse=True)[:_MOST_CALLS]

    async def command(self, access: CameraAccess, command: Command) -> None:
        """Give a command for who holds the camera; raises `Refusal`."""
        await self._limits.check("command", f"camera:{access.room_id}")
        answer = await self._journal.submit(
            access.meeting_id, command, actor=access.actor
        )
        if isinstance(answer, Refused):
            raise Refusal(answer.code, answer.message)

    async def enter_again(self, request: web.Request) -> CameraAccess:
        """Whether the link or duty still holds; raises `Refusal`."""
        return await self._door.enter(request)

    @property
    def look_seconds(self) -> float:
        """How often a page is told how its room does, and its right is checked."""
        return self._look_seconds

    def make_pace(self) -> Pace:
        """Return the limit of one page's rate."""
        return Pace(self._max_bits, asyncio.get_running_loop().time())

    def start(self, work: Any, *, name: str) -> asyncio.Task[None]:
        """Run something for a page."""
        return self._tasks.start(work, name=name)

    async def aclose(self) -> None:
        """Cut all lines; pages come back to whoever serves next. Idempotent."""
        self._closed = True
        self._stop_following()
        for page in list(self._pages):
            await page.close(WSCloseCode.GOING_AWAY)
        await self.uplinks.aclose()

    def _hear(self, change: Change) -> None:
        for page in self._pages:
            if page.access.meeting_id == change.meeting_id:
                page.news.set()


class _Page:
    """One open camera page."""

    def __init__(
        self,
        cameras: Cameras,
        request: web.Request,
        socket: web.WebSocketResponse,
        access: CameraAccess,
    ) -> None:
        self.access = access
        self.news = asyncio.Event()
        self._cameras = cameras
        self._request = request
        self._socket = socket
        self._session = ""
        self._uplink: Uplink | None = None
        self._told: dict[str, Any] = {}
        self._pace = cameras.make_pace()
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()

    async def run(self) -> None:
        """Tell and take until the page goes."""
        telling = self._cameras.start(self._tell(), name="camera.tell")
        try:
            async for message in self._socket:
                self._heard = self._loop.time()
                if message.type is WSMsgType.BINARY:
                    await self._take(message.data)
                elif message.type is WSMsgType.TEXT:
                    await self._heed(message.data)
                else:
                    break
        finally:
            telling.cancel()

    def leave(self) -> None:
        """The socket is gone; its session waits for another."""
        if self._uplink is not None:
            self._cameras.uplinks.leave(self._session, self._uplink, self)

    async def close(self, code: int) -> None:
        """Cut this line."""
        await self._socket.close(code=code)

    async def _say(self, **message: Any) -> None:
        with contextlib.suppress(ConnectionError):
            await self._socket.send_str(json.dumps(message))

    # What the page is told

    async def _tell(self) -> None:
        while not self._socket.closed:
            if self._loop.time() - self._heard > _SILENT_SECONDS:
                await self.close(WSCloseCode.GOING_AWAY)
                return
            try:
                await self._check()
                await self._show_room()
            except Refusal as refusal:
                await self._make_void(refusal)
                return
            except KeyError:  # a room that media don't know yet
                pass
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._cameras.look_seconds):
                    await self.news.wait()
            self.news.clear()

    async def _check(self) -> None:
        now = await self._cameras.enter_again(self._request)
        if now.stream_key != self.access.stream_key:
            self.access = now

    async def _show_room(self) -> None:
        room = await self._cameras.look(self.access)
        uplink = self._uplink
        room["sending"] = uplink is not None and uplink.is_held_by(self)
        if room != self._told:
            self._told = room
            await self._say(**room)
        else:
            await self._say(type="beat")  # the page knows by it that the line lives

    async def _make_void(self, refusal: Refusal) -> None:
        """The link was replaced, or the duty taken back: nothing more gets in."""
        uplink, self._uplink = self._uplink, None
        if uplink is not None:
            await self._cameras.uplinks.end(
                self._session, uplink, "The camera link was made void."
            )
        await self._say(type="void", code=refusal.code, message=refusal.message)
        await self.close(_VOID)

    # What the page sends

    async def _heed(self, text: str) -> None:
        try:
            asked = json.loads(text)
            kind = asked["type"]
        except (ValueError, TypeError, KeyError):
            await self._refuse("bad_message", _NOT_OURS)
            return
        if kind == "send":
            await self._begin(asked.get("session"))
        elif kind == "stop":
            await self._stop()
        elif kind in {"signal", "seen"}:
            await self._pass_on(kind, asked)

    async def _pass_on(self, kind: str, asked: Any) -> None:
        """Tell the team something, or that something of theirs was read."""
        try:
            if kind == "signal":
                command = read_command(
                    "signal.send",
                    {"signal": asked.get("signal"), "room_id": self.access.room_id},
                )
            else:
                command = read_command(
                    "signal.see", {"signal_id": asked.get("signal_id")}
                )
            await self._cameras.command(self.access, command)
        except BadCommand:
            await self._say(type="not_told", code="bad_message", message=_NOT_OURS)
        except Refusal as refusal:
            await self._say(type="not_told", code=refusal.code, message=refusal.message)

    async def _begin(self, session: Any) -> None:
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            await self._refuse("bad_message", _NOT_OURS)
            return
        self._session = session
        self._uplink, resumed = self._cameras.uplinks.open(
            self.access.stream_key,
            session,
            self,
            peer=self._request.remote or "unknown",
        )
        wanted = self._uplink.wanted
        await self._say(
            type="go", stream=wanted.stream, number=wanted.number, resumed=resumed
        )

    async def _stop(self) -> None:
        uplink, self._uplink = self._uplink, None
        if uplink is not None and uplink.is_held_by(self):
            await self._cameras.uplinks.end(self._session, uplink)
        await self._say(type="stopped")

    async def _take(self, message: bytes) -> None:
        if pause := self._pace.pause_after(len(message), self._loop.time()):
            await asyncio.sleep(pause)
        if message[:1] == bytes([PROBE]):
            await self._say(type="probe", bytes=len(message))
            return
        if len(message) <= HEAD.size or message[0] != CHUNK or self._uplink is None:
            await self._refuse("bad_message", _NOT_OURS)
            return
        _, stream, number = HEAD.unpack_from(message)
        try:
            wanted = await self._uplink.take(self, stream, number, message[HEAD.size :])
        except Superseded:
            self._uplink = None
            await self.close(_SUPERSEDED)
        except BeginAnew as reason:
            await self._say(type="anew", message=str(reason))
        except (UplinkRefused, StreamKeyInUse, UnknownStreamKey) as refused:
            await self._refuse(*_explain(refused))
        else:
            await self._say(type="ack", stream=wanted.stream, number=wanted.number)

    async def _refuse(self, code: str, message: str) -> None:
        """Say why nothing can be taken; what was sending ends."""
        uplink, self._uplink = self._uplink, None
        if uplink is not None:
            await self._cameras.uplinks.end(self._session, uplink, message)
        await self._say(type="refused", code=code, message=message)


def _explain(refused: Exception) -> tuple[str, str]:
    if isinstance(refused, StreamKeyInUse):
        return (
            "stream_key_in_use",
            "Another camera or encoder is sending to this room. Switch it off first.",
        )
    if isinstance(refused, UplinkRefused):
        return refused.code, refused.message
    return "meeting_ended", "The meeting has ended. Nothing more can be sent to it."
