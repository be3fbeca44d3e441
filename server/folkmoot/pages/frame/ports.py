"""What the pages need of the rest of the service, from the pages' point of view.

`app` fills one `Ports`. Principals and accesses are handed on as they come:
the pages read a few of their fields and never make one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from aiohttp import web

from folkmoot.core.planning import Keep
from folkmoot.gateway.lookouts import Lookouts
from folkmoot.journal import Journal
from folkmoot.pages.desk.preview import PreviewKeys
from folkmoot.pages.wording.moments import find_timezone
from folkmoot.search.service import SearchService
from folkmoot.store.database import Database
from folkmoot.transcripts.editing.editor import TranscriptEditor
from folkmoot.transcripts.live.afterwards import Afterwards
from folkmoot.transcripts.live.captioner import Captioner

# (meeting id, room id, moment) to playable seconds; None where nothing plays.
OffsetOf = Callable[[str, str, datetime], Awaitable[float | None]]


class Credentials(Protocol):
    """Reads and writes the cookie of a device."""

    def find_token(self, request: web.Request) -> str | None: ...

    async def identify(self, request: web.Request) -> Any: ...

    def is_own_page(self, headers: Any, *, host: str) -> bool: ...

    def remember(self, response: web.StreamResponse, token: str) -> None: ...

    def forget(self, response: web.StreamResponse) -> None: ...


class Tokens(Protocol):
    """Sign-in links, and the secrets of personal calendars."""

    async def sign_in(self, secret: str) -> tuple[str, Any]: ...

    async def make_sign_in(self, person_id: str) -> str: ...

    async def make_calendar(self, person_id: str) -> str: ...

    async def find_calendar(self, secret: str) -> Any: ...


class Playback(Protocol):
    """Signs the media addresses of private meetings."""

    def make_path(self, access: Any, room_id: str) -> str | None: ...


class Identity(Protocol):
    """Who somebody is in a meeting."""

    # Read-only, so that the real one's narrower type fits.
    @property
    def tokens(self) -> Tokens: ...

    async def find_place(self, meeting: str) -> Any: ...

    async def enter(self, principal: Any, meeting: str) -> Any: ...

    async def ensure_member(self, access: Any) -> Any: ...

    async def may_create(self, principal: Any, series_id: str | None) -> bool: ...

    async def series_of(self, principal: Any) -> set[str]: ...


class Door(Protocol):
    """Lets people in and makes invitations."""

    async def join(
        self,
        principal: Any,
        meeting: str,
        *,
        token: str | None = None,
        name: str | None = None,
        code: str | None = None,
        invite: str | None = None,
    ) -> Any: ...

    async def make_invite(
        self, access: Any, *, duty: str, label: str = ""
    ) -> tuple[str, str]: ...


class Commands(Protocol):
    """Gives a command and returns its answer as on the wire."""

    async def run(
        self, principal: Any, meeting: str, request: Any
    ) -> dict[str, Any]: ...


class Limits(Protocol):
    """Counts what one person asks for; raises `Refusal` past it."""

    async def check(
        self, action: str, person: str | None, *, crowd: str = ""
    ) -> None: ...


class Cameras(Protocol):
    """Finds the room that a request may send a picture to; raises `Refusal`."""

    async def enter(self, request: web.Request) -> Any: ...


class Webcast(Protocol):
    """Tells how a room's broadcast is doing, and what its recording lacks."""

    def status(self, meeting_id: str, room_id: str) -> Any: ...

    def channel(self, meeting_id: str, room_id: str) -> Any: ...

    def channel_at(self, public_path: str, room_slug: str) -> Any: ...

    async def set_lengths(
        self, meeting_id: str, room_id: str, part_seconds: float, segment_seconds: float
    ) -> bool: ...


class Stubs(Protocol):
    """Opens stubs of cards, and acts for their owners."""

    async def secrets(self, meeting_id: str, numbers: range) -> list[str]: ...

    async def open(self, meeting: str, code: str, secret: str) -> Any: ...

    async def act(self, stub: Any, request: Mapping[str, Any]) -> dict[str, Any]: ...

    async def note_help(self, stub: Any, helper: Any, way: str) -> None: ...


class Planner(Protocol):
    """Suggests timetables."""

    async def suggest(self, access: Any, *, keep: Keep = "all") -> Any: ...


class Imports(Protocol):
    """Films on their way into a recording."""

    def status(self, meeting_id: str, room_id: str) -> Any: ...

    async def look_at(self, meeting_id: str, room_id: str) -> Any: ...

    async def accept(self, meeting_id: str, room_id: str) -> None: ...

    async def discard(self, meeting_id: str, room_id: str) -> None: ...


class Films(Protocol):
    """Films that play in a room as if an encoder sent them."""

    async def list(self, meeting_id: str, room_id: str) -> Any: ...

    def playing(self, meeting_id: str, room_id: str) -> Any: ...

    async def arrange(
        self, meeting_id: str, room_id: str, order: Sequence[str], *, loop: bool
    ) -> Any: ...

    async def remove(self, meeting_id: str, room_id: str, film_id: str) -> None: ...

    async def start(self, meeting_id: str, room_id: str, film_id: str = "") -> None: ...

    async def stop(self, meeting_id: str, room_id: str) -> None: ...


class Rehearsals(Protocol):
    """Begins rehearsals, and deletes them."""

    async def begin(self, access: Any, *, borrow: bool = False) -> str: ...

    async def end(self, access: Any) -> str: ...


class Mail(Protocol):
    """Sends what somebody asked for to the address that it gave."""

    async def subscribe(
        self, meeting_id: str, address: str, *, contribution_id: str = ""
    ) -> None: ...

    async def send_link(
        self, meeting_id: str, address: str, *, person_id: str, path: str
    ) -> None: ...

    async def find(self, token: str, *, confirming: bool) -> Any: ...

    async def confirm(self, token: str) -> bool: ...

    async def stop(self, token: str) -> bool: ...


class Finding(Protocol):
    """One thing looked at on this machine: `ok`, `warn` or `missing`."""

    @property
    def level(self) -> str: ...

    @property
    def text(self) -> str: ...


async def _look_at_nothing() -> Sequence[Finding]:
    return ()


async def _hear_nothing(_meeting_id: str, _room_id: str) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything the page handlers use; `public_url` has no slash at its end."""

    journal: Journal
    database: Database
    identity: Identity
    credentials: Credentials
    door: Door
    commands: Commands
    limits: Limits | None = None
    lookouts: Lookouts = field(default_factory=Lookouts)
    search: SearchService | None = None
    webcast: Webcast | None = None
    captioner: Captioner | None = None
    editor: TranscriptEditor | None = None
    afterwards: Afterwards | None = None
    cameras: Cameras | None = None
    offset_of: OffsetOf | None = None
    clock: Callable[[], datetime]
    public_url: Callable[[], str] = lambda: ""
    rtmp_url: Callable[[], str] = lambda: ""
    present: Callable[[str], int] = lambda _meeting_id: 0
    screens: Callable[[str], int] = lambda _meeting_id: 0
    # The persons connected, for the team's eyes only.
    online: Callable[[str], frozenset[str]] = lambda _meeting_id: frozenset()
    examine: Callable[[], Awaitable[Sequence[Finding]]] = _look_at_nothing
    preview: PreviewKeys | None = None
    playback: Playback | None = None
    planner: Planner | None = None
    rehearsals: Rehearsals | None = None
    imports: Imports | None = None
    films: Films | None = None
    note_recording: Callable[[str, str], Awaitable[None]] = _hear_nothing
    stubs: Stubs | None = None
    mail: Mail | None = None
    timezone: str = field(default_factory=find_timezone)
    taken_away_days: int = 30
    default_visibility: str = "public"
    default_moderation: str = "after"


PORTS: web.AppKey[Ports] = web.AppKey("pages.ports", Ports)
