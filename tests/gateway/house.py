"""The service without media and pages, on a real port, for tests of its doors."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import socketio
from aiohttp import web

from folkmoot.gateway.attach import attach_gateway
from folkmoot.journal import Journal
from folkmoot.keys import (
    ATTACHMENTS,
    DATABASE,
    EDITOR,
    JOURNAL,
    PUBLIC_URL,
    RTMP_URL,
    SETTINGS,
    TASKS,
)
from folkmoot.media.encode.ffmpeg import FfmpegMissing, find_ffmpeg
from folkmoot.received.attachments import Attachments
from folkmoot.settings import LimitSettings, Settings
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner
from folkmoot.transcripts.editing.editor import TranscriptEditor

try:
    FFMPEG = find_ffmpeg()
except FfmpegMissing:
    FFMPEG = "ffmpeg"

SLOTS = [
    {"starts_at": "2030-05-04T09:00:00Z", "ends_at": "2030-05-04T10:00:00Z"},
    {"starts_at": "2030-05-04T10:00:00Z", "ends_at": "2030-05-04T11:00:00Z"},
]


class House:
    """A running service and the ways into it."""

    def __init__(
        self, app: web.Application, url: str, data_dir: Path, http: Any
    ) -> None:
        self.app = app
        self.url = url
        self.data_dir = data_dir
        self.http: aiohttp.ClientSession = http
        self._sockets: list[socketio.AsyncClient] = []

    @property
    def admin_token(self) -> str:
        """The organiser's token."""
        return (self.data_dir / "admin-token").read_text().strip()

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        admin: bool = False,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any, Any]:
        """Return status, JSON (or bytes) and headers."""
        headers = dict(headers or {})
        if admin:
            token = await asyncio.to_thread(lambda: self.admin_token)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = body
        if body is not None and not isinstance(body, bytes | str):
            data = msgspec.json.encode(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(data, bytes) and len(data) > 1 << 20:
            data = io.BytesIO(data)
        async with self.http.request(
            method, self.url + path, data=data, headers=headers
        ) as answer:
            raw = await answer.read()
            if "json" in answer.headers.get("Content-Type", ""):
                return answer.status, msgspec.json.decode(raw), answer.headers
            return answer.status, raw, answer.headers

    async def make(self, slug: str = "moot", **given: Any) -> dict[str, Any]:
        """Make a meeting that is live at once."""
        body = {
            "title": f"Meeting {slug}",
            "slug": slug,
            "rooms": [{"name": "Hall"}, {"name": "Barn"}],
            "slots": SLOTS,
            **given,
        }
        status, made, _ = await self.ask("POST", "/api/v1/meetings", body, admin=True)
        assert status == 201, made
        return made

    async def join(self, slug: str = "moot", name: str = "Ann", **given: Any) -> Person:
        """Join as somebody new."""
        status, joined, _ = await self.ask(
            "POST", f"/api/v1/meetings/{slug}/join", {"name": name, **given}
        )
        assert status == 200, joined
        return Person(self, slug, joined)

    async def invite(self, duty: str, slug: str = "moot") -> dict[str, Any]:
        """Make an invitation."""
        status, made, _ = await self.ask(
            "POST", f"/api/v1/meetings/{slug}/invites", {"duty": duty}, admin=True
        )
        assert status == 201, made
        return made

    async def open_socket(self, token: str | None = None) -> Socket:
        """Connect as the holder of a token, or as nobody."""
        client = socketio.AsyncClient(reconnection=False)
        self._sockets.append(client)
        socket = Socket(client)
        await client.connect(
            self.url,
            transports=["websocket"],
            auth={"token": token} if token else None,
        )
        return socket

    async def close(self) -> None:
        """Disconnect every socket."""
        for client in self._sockets:
            with contextlib.suppress(Exception):
                await client.disconnect()


class Person:
    """A member with its own counting of commands."""

    def __init__(self, house: House, slug: str, joined: dict[str, Any]) -> None:
        self._house = house
        self._slug = slug
        self.token: str = joined["token"]
        self.member_id: str = joined["member_id"]
        self.duties: list[str] = joined["duties"]
        self.client_id = f"c-{self.member_id}"
        self._numbers = itertools.count(1)

    def request(self, kind: str, /, expect: int | None = None, **data: Any) -> Any:
        """Return the next command's body."""
        body = {
            "client_id": self.client_id,
            "client_seq": next(self._numbers),
            "type": kind,
            "data": data,
        }
        return body if expect is None else {**body, "expect": expect}

    async def give(self, kind: str, /, **data: Any) -> dict[str, Any]:
        """Give a command over HTTP and return its answer."""
        return await self.send(self.request(kind, **data))

    async def send(self, body: Any) -> dict[str, Any]:
        """Send a command's body over HTTP."""
        path = f"/api/v1/meetings/{self._slug}/commands"
        status, answer, _ = await self._house.ask("POST", path, body, token=self.token)
        assert status == 200, answer
        return answer


class Socket:
    """A Socket.IO client that keeps what it is told."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self.client = client
        self.told: dict[str, list[Any]] = {}
        self.gone = asyncio.Event()
        self._news = asyncio.Condition()
        for name in ("entry", "head", "presence", "caption", "left"):
            client.on(name, self._keeper(name))
        client.on("disconnect", self._note_gone)

    def _keeper(self, name: str) -> Any:
        async def keep(data: Any) -> None:
            async with self._news:
                self.told.setdefault(name, []).append(data)
                self._news.notify_all()

        return keep

    async def _note_gone(self, _reason: Any = None) -> None:
        self.gone.set()

    async def call(self, name: str, data: Any) -> Any:
        """Send an event and return its acknowledgement."""
        return await self.client.call(name, data, timeout=10)

    async def join(self, feed: str = "public", slug: str = "moot", **more: Any) -> Any:
        """Follow a feed."""
        return await self.call("join", {"meeting": slug, "feed": feed, **more})

    async def wait_for(self, name: str, count: int = 1) -> list[Any]:
        """Return what was told under a name as soon as there are so many."""
        async with asyncio.timeout(45), self._news:
            await self._news.wait_for(lambda: len(self.told.get(name, [])) >= count)
            return list(self.told[name])


def make_settings(**limits: int) -> Settings:
    """Return settings with limits that tests don't meet, unless given."""
    given = {"commands_per_minute": 100_000, **limits}
    return Settings(limits=LimitSettings(**given))


@contextlib.asynccontextmanager
async def open_house(
    data_dir: Path,
    *,
    settings: Settings | None = None,
    clock: Any = lambda: datetime.now(UTC),
    database_url: str | None = None,
    redis: Any = None,
    **parts: Any,
) -> AsyncIterator[House]:
    """Run the service on a free port; `parts` go to the API and the pulse."""
    from folkmoot.api.routes import add_api_routes

    settings = settings or make_settings()
    database = await Database.open(database_url or data_dir / "folkmoot.db")
    journal = Journal(database, clock=clock)
    await journal.start()
    tasks = TaskOwner()
    app = web.Application()
    app[DATABASE], app[JOURNAL], app[TASKS] = database, journal, tasks
    app[SETTINGS] = settings
    paces = {k: v for k, v in parts.items() if k.endswith("_seconds")}
    rest = {k: v for k, v in parts.items() if k not in paces}
    attach_gateway(
        app,
        journal=journal,
        database=database,
        settings=settings,
        tasks=tasks,
        clock=clock,
        data_dir=data_dir,
        redis=redis,
        **paces,
    )
    app[ATTACHMENTS] = Attachments(database, ffmpeg=FFMPEG, clock=clock)
    app[EDITOR] = TranscriptEditor(journal=journal, database=database, clock=clock)
    add_api_routes(app, data_dir=data_dir, clock=clock, **rest)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    app[PUBLIC_URL] = "http://meet.example"
    app[RTMP_URL] = "rtmp://meet.example:1935/live"
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        house = House(app, f"http://{host}:{port}", data_dir, http)
        try:
            yield house
        finally:
            await house.close()
            await runner.cleanup()
            await tasks.aclose()
            await journal.aclose()
            await database.aclose()
