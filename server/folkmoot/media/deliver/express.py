"""Answers what viewers ask by the thousand, before the web framework sees it.

A low-latency viewer asks twice for each part: for the playlist that names it, and
for the part. All viewers ask the same and get the same bytes. A connection of this
protocol recognizes those two requests, writes answers that were made once, and
waits at the price of one entry in a dictionary. Whatever else is asked, or is not
there, or is asked in another way, goes to aiohttp's handler of the same connection,
whose answer to the same request is the same but for Date and Server.

It is a subclass of aiohttp's connection and knows when that one is idle: aiohttp's
version is pinned, and tests hold each thing that is relied on.
"""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from folkmoot.media.deliver.answers import (
    BRIEF,
    IMMUTABLE,
    MEDIA_TYPE,
    lasting,
    make_head,
    part_headers,
    playlist_headers,
    unavailable_headers,
)
from folkmoot.media.deliver.reload import WAIT_TARGETS, TooFar, is_fresh, refuse_far
from folkmoot.media.deliver.request_head import read_head
from folkmoot.media.deliver.viewers import name_viewer
from folkmoot.media.pack.playlist import TYPE
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    import socket
    from ssl import SSLContext

    from folkmoot.media.deliver.ahead import Ahead
    from folkmoot.media.deliver.request_head import Profile
    from folkmoot.media.deliver.routes import Delivery
    from folkmoot.media.pack.stream import Stream

    Buffers = tuple[bytes, ...]

SLOW_SECONDS = 60.0
"""How long one answer may take to leave us; then the connection ends."""
CROWD = 20
"""So many who wait together may hinder each other at an edge."""
_BACKLOG = 1024  # viewers who come in the same moment
_SWEEP_SECONDS = 1.0
_PLACE = rb"GET /media/([^~/?%][^/?%]*)/([^/?%]+)/"
_RELOAD = re.compile(
    _PLACE + rb"([a-z0-9]+)\.m3u8\?_HLS_msn=([0-9]{1,12})"
    rb"(?:&_HLS_part=([0-9]{1,12}))?(&_HLS_skip=(?:YES|v2))? HTTP/1\.1\r\n"
)
_PART = re.compile(
    _PLACE + rb"(x_[a-z0-9]+)/([a-z0-9]+)/p([0-9]{1,9})\.m4s HTTP/1\.1\r\n"
)


class Reload(msgspec.Struct, frozen=True):
    """A playlist, once it has what is asked for."""

    place: tuple[str, str]
    rendition: str
    sequence: int
    part: int | None
    delta: bool


class PartWanted(msgspec.Struct, frozen=True):
    """A part, once it is whole."""

    place: tuple[str, str]
    take_id: str
    rendition: str
    number: int


class Ask(msgspec.Struct):
    """A request that is being answered; `data` are its bytes as they came."""

    wanted: Reload | PartWanted
    profile: Profile
    data: bytes
    deadline: float = 0.0

    @property
    def waited(self) -> bool:
        """Whether it could not be answered at once."""
        return bool(self.deadline)


class Later(msgspec.Struct, frozen=True):
    """It must be waited until this stream's rendition grows."""

    stream: Stream
    rendition: str


class Express:
    """Finds answers; keeps who waits. One for all connections of a server.

    With `ahead`, an edge has a new part before a crowd hears of it.
    """

    def __init__(self, delivery: Delivery, ahead: Ahead | None = None) -> None:
        self._delivery = delivery
        self._ahead = ahead
        self._tasks = TaskOwner()
        self._loop = asyncio.get_running_loop()
        self._groups: dict[asyncio.Future[None], dict[ExpressConnection, Ask]] = {}
        self._sweeping = False

    @property
    def waiting(self) -> int:
        """How many connections wait."""
        return sum(map(len, self._groups.values()))

    def answer(self, ask: Ask, viewer: str) -> Buffers | Later | None:
        """The answer, or when to look again; None: the ordinary handler knows.

        `viewer` is who asks, unless `ask` has waited: then it was noted before.
        """
        wanted = ask.wanted
        stream = self._delivery.public_stream(*wanted.place)
        if stream is None or stream.ended:
            return None
        if isinstance(wanted, PartWanted):
            return self._answer_part(ask, wanted, stream)
        if not ask.waited:
            stream.viewers.note(viewer)
        return _answer_reload(ask, wanted, stream)

    def wait(self, connection: ExpressConnection, ask: Ask, later: Later) -> None:
        """Let a connection look again when there is more."""
        if not ask.deadline:
            target = later.stream.constants.target_duration
            ask.deadline = self._loop.time() + WAIT_TARGETS * target
        change = later.stream.change(later.rendition)
        group = self._groups.get(change)
        if group is None:
            group = self._groups[change] = {}
            change.add_done_callback(self._wake)
        group[connection] = ask
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(_SWEEP_SECONDS, self._sweep)

    def forget(self, connection: ExpressConnection) -> None:
        """A connection that waited is gone."""
        for group in self._groups.values():
            group.pop(connection, None)

    async def aclose(self) -> None:
        """Bring nothing ahead any more."""
        await self._tasks.aclose()
        if self._ahead is not None:
            await self._ahead.aclose()

    def _wake(self, change: asyncio.Future[None]) -> None:
        group = self._groups.pop(change, {})
        if self._ahead is None or len(group) < CROWD:
            self._tell(group)
        else:
            work = self._tell_after(self._ahead, group)
            self._tasks.start(work, name="express.ahead")

    def _tell(self, group: dict[ExpressConnection, Ask]) -> None:
        """Let these look again; the same playlist is found once for all.

        All of them, before any is sent the part itself: that takes ten times as long,
        and the last to hear of it would wait for all the others.
        """
        found: dict[tuple[int, bool], Buffers] = {}
        for connection, ask in group.items():
            if isinstance(ask.wanted, PartWanted):
                connection.look_again(ask)
                continue
            # The group holds what is wanted, so its identity is its own.
            key = (id(ask.wanted), ask.profile.gzip)
            answer = found.get(key)
            if answer is None:
                fresh = self.answer(ask, "")
                if not isinstance(fresh, tuple):
                    connection.look_again(ask)
                    continue
                answer = found[key] = fresh
            connection.take_answer(ask, answer)

    async def _tell_after(
        self, ahead: Ahead, group: dict[ExpressConnection, Ask]
    ) -> None:
        """Tell a crowd of a part that the edge has by then.

        Who waits for the part itself, as the edge may, isn't kept waiting for it.
        """
        lists = {
            connection: ask
            for connection, ask in group.items()
            if isinstance(ask.wanted, Reload)
        }
        self._tell({each: group[each] for each in group.keys() - lists.keys()})
        try:
            for wanted in {
                (ask.wanted.place, ask.wanted.rendition) for ask in lists.values()
            }:
                if (path := self._newest_path(*wanted)) is not None:
                    await ahead.bring(path)
        finally:
            self._tell(lists)

    def _newest_path(self, place: tuple[str, str], rendition: str) -> str | None:
        """The address of the newest part, as viewers would ask for it."""
        stream = self._delivery.public_stream(*place)
        newest = stream.newest_part(rendition) if stream is not None else None
        if newest is None:
            return None
        return f"/media/{place[0]}/{place[1]}/{newest[0]}/{rendition}/p{newest[1]}.m4s"

    def _sweep(self) -> None:
        """Tell those who waited too long, and go on while anybody waits."""
        now = self._loop.time()
        for group in self._groups.values():
            late = [each for each, ask in group.items() if ask.deadline <= now]
            for connection in late:
                connection.give_up(group.pop(connection))
        self._sweeping = any(self._groups.values())
        if self._sweeping:
            self._loop.call_later(_SWEEP_SECONDS, self._sweep)

    def _answer_part(
        self, ask: Ask, wanted: PartWanted, stream: Stream
    ) -> Buffers | Later | None:
        place = (wanted.take_id, wanted.rendition, wanted.number)
        part = stream.find_part(*place)
        if part is None:
            waits = stream.expecting and stream.is_hinted(*place)
            return Later(stream, wanted.rendition) if waits else None
        if part.data is None:
            return None
        if part.head is None:
            headers = part_headers(IMMUTABLE)
            part.head = make_head(
                "200 OK", headers, content_type=MEDIA_TYPE, size=part.size
            )
        if ask.waited:
            self._delivery.times.add(self._loop.time() - part.whole_at)
        return part.head, part.data


class ExpressConnection(RequestHandler):
    """One connection: answers what it can, and leaves the rest to aiohttp."""

    __slots__ = ("_ask", "_express", "_held", "_plain", "_slow")

    def __init__(self, *args: Any, express: Express, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._express = express
        self._ask: Ask | None = None
        self._held = b""
        # Whether aiohttp's parser stands between two requests for certain. Once it
        # has got anything but whole plain requests, it gets all that follows.
        self._plain = True
        self._slow: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Answer, or hand on; what comes while an answer is due waits for it."""
        if not data or not self._plain:
            super().data_received(data)
        elif self._ask is not None or (self._paused and self._is_idle()):
            self._hold(data)
        else:
            self._take(data)

    def _take(self, data: bytes) -> None:
        head = read_head(data)
        if head is None:
            self._plain = False
        if head is None or not head.profile.quick or not self._is_idle():
            super().data_received(data)
            return
        wanted = _read_wanted(head.line)
        if wanted is None:
            super().data_received(data)
            return
        # aiohttp ends connections that were idle for long, as it sees it.
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        self._go_on(Ask(wanted, head.profile, data))

    def look_again(self, ask: Ask) -> None:
        """There is more than when `ask` came."""
        if self._ask is ask:
            self._ask = None
            self._go_on(ask)

    def take_answer(self, ask: Ask, answer: Buffers) -> None:
        """What `ask` waits for has come."""
        if self._ask is ask:
            self._ask = None
            self._send(answer)

    def give_up(self, ask: Ask) -> None:
        """What `ask` waits for did not come in time."""
        if self._ask is ask:
            self._ask = None
            self._send(_not_in_time())

    def _go_on(self, ask: Ask) -> None:
        viewer = "" if ask.waited else self._name_viewer(ask.profile)
        answer = self._express.answer(ask, viewer)
        if isinstance(answer, Later):
            self._ask = ask
            self._express.wait(self, ask, answer)
        elif answer is None:
            super().data_received(ask.data)
            self._release()
        else:
            self._send(answer)

    def _send(self, answer: Buffers) -> None:
        if self.transport is not None:
            if len(answer) == 1:
                self.transport.write(answer[0])
            else:
                self.transport.writelines(answer)
            self._release()

    def _is_idle(self) -> bool:
        """Whether aiohttp waits for the next request on this connection."""
        waiter = self._waiter
        return waiter is not None and not waiter.done() and not self._messages

    def _hold(self, data: bytes) -> None:
        self._held += data
        if self.transport is not None:
            self.transport.pause_reading()

    def _release(self) -> None:
        """Take what came meanwhile."""
        if not self._held or self._ask is not None:
            return
        if self._paused and self._is_idle():
            return  # `resume_writing` comes back to it
        data, self._held = self._held, b""
        if self.transport is not None:
            self.transport.resume_reading()
            self.data_received(data)

    def _name_viewer(self, profile: Profile) -> str:
        peer = self.peername
        address = peer[0] if isinstance(peer, tuple) else peer or ""
        return name_viewer(address, profile.forwarded_for, profile.agent)

    def pause_writing(self) -> None:
        """The other side reads more slowly than we write."""
        super().pause_writing()
        if self._is_idle():  # the answer is one of ours
            self._slow = self._loop.call_later(SLOW_SECONDS, self._drop)

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None
        self._release()

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget what was asked."""
        if self._ask is not None:
            self._ask = None
            self._express.forget(self)
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None
        self._held = b""
        super().connection_lost(exc)


class ExpressSite(web.SockSite):
    """A listening socket whose connections answer media at once."""

    __slots__ = ("express",)

    def __init__(
        self,
        runner: web.AppRunner,
        sock: socket.socket,
        *,
        delivery: Delivery,
        ahead: Ahead | None = None,
        ssl_context: SSLContext | None = None,
    ) -> None:
        super().__init__(runner, sock, ssl_context=ssl_context, backlog=_BACKLOG)
        self.express = Express(delivery, ahead)

    async def start(self) -> None:
        """Listen, with connections of our own in front of the runner's server."""
        await web.BaseSite.start(self)
        server = self._runner.server
        if server is None:
            raise RuntimeError("The runner has not been set up.")
        loop = asyncio.get_running_loop()
        express = self.express
        settings = server._kwargs  # noqa: SLF001 (what its own connections get)

        def connect() -> ExpressConnection:
            return ExpressConnection(server, loop=loop, express=express, **settings)

        self._server = await loop.create_server(
            connect, sock=self._sock, ssl=self._ssl_context, backlog=self._backlog
        )

    async def stop(self) -> None:
        """Listen no more, and let go of the edge."""
        await super().stop()
        await self.express.aclose()


@lru_cache(maxsize=4096)
def _read_wanted(line: bytes) -> Reload | PartWanted | None:
    """What is asked for, if it is one of the two; all viewers ask for the same."""
    if found := _RELOAD.fullmatch(line):
        path, room, rendition, sequence, part, skip = found.groups()
        return Reload(
            place=(path.decode(), room.decode()),
            rendition=rendition.decode(),
            sequence=int(sequence),
            part=None if part is None else int(part),
            delta=skip is not None,
        )
    if found := _PART.fullmatch(line):
        path, room, take_id, rendition, number = found.groups()
        return PartWanted(
            place=(path.decode(), room.decode()),
            take_id=take_id.decode(),
            rendition=rendition.decode(),
            number=int(number),
        )
    return None


def _answer_reload(ask: Ask, wanted: Reload, stream: Stream) -> Buffers | Later | None:
    rendition = wanted.rendition
    if rendition not in stream.lanes:
        return None
    if not stream.has(rendition, wanted.sequence, wanted.part):
        if not stream.expecting:
            return None
        try:
            refuse_far(stream, rendition, wanted.sequence, wanted.part)
        except TooFar:
            return None
        return Later(stream, rendition)
    fresh = ask.waited or is_fresh(stream, rendition, wanted.sequence, wanted.part)
    cache = lasting(stream.constants.target_duration) if fresh else BRIEF
    text = stream.render(rendition, delta=wanted.delta)
    key = (ask.profile.gzip, cache)
    answer = text.answers.get(key)
    if answer is None:
        body = text.packed if ask.profile.gzip else text.plain
        headers = playlist_headers(cache, gzip=ask.profile.gzip)
        head = make_head("200 OK", headers, content_type=TYPE, size=len(body))
        answer = text.answers[key] = head + body
    return (answer,)


def _not_in_time() -> Buffers:
    body = b"It did not come in time.\n"
    head = make_head(
        "503 Service Unavailable",
        unavailable_headers(),
        content_type="text/plain; charset=utf-8",
        size=len(body),
    )
    return (head + body,)
