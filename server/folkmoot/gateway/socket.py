"""The Socket.IO namespace: join, leave, command; and who has to go.

A client enters a room first and reads second, so nothing falls between; what
it gets twice it knows by its number.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from socketio.exceptions import ConnectionRefusedError as Rejected

from folkmoot.core.commands import BadCommand
from folkmoot.core.decision import Actor
from folkmoot.core.feeds import PUBLIC, REPORTERS, STAFF, is_feed
from folkmoot.core.refusals import Refusal
from folkmoot.gateway import metrics
from folkmoot.gateway.clients import Client, Clients
from folkmoot.gateway.fanout import Fanout
from folkmoot.gateway.frames import event_frame
from folkmoot.gateway.lines import Lines
from folkmoot.gateway.principals import VISITOR, Access, Principal
from folkmoot.gateway.server import PATH, build_server

if TYPE_CHECKING:
    from aiohttp import web

    from folkmoot.gateway.commands import Commands
    from folkmoot.gateway.credentials import Credentials
    from folkmoot.gateway.identity import Identity
    from folkmoot.gateway.joining import Door
    from folkmoot.gateway.limits import Limits
    from folkmoot.gateway.presence import Presence
    from folkmoot.gateway.relay import Relay
    from folkmoot.journal import Change, Journal, Page

logger = logging.getLogger(__name__)

JOIN_PAGE = 500
# Past this, the state as a whole is shorter than the way to it.
RESYNC_AFTER = 2_000
MAX_WAITING_COMMANDS = 200
MAX_FOLLOWS = 64
# What is read by duty, and taken at once from whom the duty is taken.
_DUTY_FEEDS = (STAFF, REPORTERS)

Feed = Annotated[str, msgspec.Meta(max_length=80)]
Meeting = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class JoinRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Follow a feed after a number that one has; `epoch` says which counting.

    A `screen` is a page for a projector: it is nobody who is present.
    """

    meeting: Meeting
    feed: Feed = PUBLIC
    after: Annotated[int, msgspec.Meta(ge=0)] = 0
    epoch: str | None = None
    screen: bool = False


class LeaveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Follow a feed no longer."""

    meeting: Meeting
    feed: Feed = PUBLIC


class _CommandOf(msgspec.Struct, frozen=True):
    meeting: Meeting


class Gateway:
    """The live door of this process."""

    def __init__(
        self,
        *,
        journal: Journal,
        identity: Identity,
        credentials: Credentials,
        door: Door,
        commands: Commands,
        limits: Limits,
        presence: Presence,
        fanout: Fanout,
        max_message_bytes: int,
    ) -> None:
        self.credentials = credentials
        self.door = door
        self.commands = commands
        self.limits = limits
        self.fanout = fanout
        self._presence = presence
        self._journal = journal
        self._identity = identity
        self.clients = Clients()
        self._shut_meetings: set[str] = set()
        fanout.ask_first(self.relieve)
        self._lines = Lines()
        self._closed = False
        self.relay: Relay | None = None
        """Tells other processes what is shown, where there are any."""
        self._server = build_server(
            credentials, self._lines, max_message_bytes=max_message_bytes
        )
        for name, handler in (
            ("connect", self._on_connect),
            ("disconnect", self._on_disconnect),
            ("join", self._on_join),
            ("leave", self._on_leave),
            ("command", self._on_command),
        ):
            self._server.on(name, handler)

    def attach(self, app: web.Application) -> None:
        """Add the route to an application."""
        self._server.attach(app, socketio_path=PATH)

    def send_caption(self, meeting_id: str, caption: dict[str, Any]) -> None:
        """Show a live caption `{room, …}` to everyone in a meeting."""
        self.show_caption(meeting_id, caption)
        if self.relay is not None:
            self.relay.tell(meeting_id, caption)

    def show_caption(self, meeting_id: str, caption: dict[str, Any]) -> None:
        """Show a caption to those of a meeting who are connected to this process."""
        self.fanout.send(meeting_id, PUBLIC, "caption", caption)

    async def close(self) -> None:
        """Cut all lines; clients come back to whoever serves next. Idempotent."""
        for client in self.clients:
            client.line.drop()
        if not self._closed:
            self._closed = True
            # Not to be asked twice: it awaits a handle that it has thrown away.
            await self._server.shutdown()

    # --- events ------------------------------------------------------------

    async def _on_connect(
        self, sid: str, environ: dict[str, Any], auth: Any = None
    ) -> None:
        try:
            principal = await self._who(environ, auth)
        except Refusal as refusal:
            raise Rejected({"code": refusal.code, "message": refusal.message}) from None
        line = self._line_of(sid)
        if line is None:
            raise Rejected({"code": "gone", "message": "The line is gone."})
        self.clients.add(Client(sid, line, principal))
        metrics.CONNECTIONS.set(len(self.clients))

    async def _on_disconnect(self, sid: str, _reason: Any = None) -> None:
        client = self.clients.remove(sid)
        metrics.CONNECTIONS.set(len(self.clients))
        if client is not None:
            for meeting_id, feed in list(client.follows):
                self._leave(client, meeting_id, feed)

    async def _on_join(self, sid: str, request: Any = None, *_: Any) -> Any:
        client = self.clients.find(sid)
        if client is None:
            return None
        try:
            wanted = msgspec.convert(request, JoinRequest)
            return await self._join(client, wanted)
        except msgspec.ValidationError as error:
            return _refused("bad_fields", str(error))
        except Refusal as refusal:
            return _refused(refusal.code, refusal.message)

    async def _on_leave(self, sid: str, request: Any = None, *_: Any) -> Any:
        client = self.clients.find(sid)
        if client is None:
            return None
        try:
            wanted = msgspec.convert(request, LeaveRequest)
            place = await self._identity.find_place(wanted.meeting)
        except msgspec.ValidationError as error:
            return _refused("bad_fields", str(error))
        except Refusal as refusal:
            return _refused(refusal.code, refusal.message)
        self._leave(client, place.meeting_id, wanted.feed)
        return {"ok": True}

    async def _on_command(self, sid: str, request: Any = None, *_: Any) -> Any:
        client = self.clients.find(sid)
        if client is None:
            return None
        if client.waiting_commands >= MAX_WAITING_COMMANDS:
            client.line.drop()
            return None
        client.waiting_commands += 1
        try:
            async with client.order:
                return await self._command(client, request)
        finally:
            client.waiting_commands -= 1

    # --- inside ------------------------------------------------------------

    async def _who(self, environ: dict[str, Any], auth: Any) -> Principal:
        token = auth.get("token") if isinstance(auth, dict) else None
        if isinstance(token, str) and token:
            return await self.credentials.identify_token(token)
        request: web.Request = environ["aiohttp.request"]
        return await self.credentials.identify(request)

    def _line_of(self, sid: str) -> Any:
        return self._lines.find(self._server.manager.eio_sid_from_sid(sid, "/"))

    async def _join(self, client: Client, wanted: JoinRequest) -> dict[str, Any]:
        access = await self._identity.enter(client.principal, wanted.meeting)
        if not is_feed(wanted.feed) or not access.may_read(wanted.feed):
            raise Refusal("not_allowed", "This is not for you to follow.")
        if len(client.follows) >= MAX_FOLLOWS:
            raise Refusal("too_many_feeds", "That is too much to follow at once.")
        await self._journal.open(access.meeting_id)
        # The room first, the entries second: what is written in between comes
        # by both ways, and the client drops what it has.
        self._enter(client, access, wanted)
        page = await self._journal.entries(
            access.meeting_id, wanted.feed, after=wanted.after, limit=JOIN_PAGE
        )
        return self._joined(access, wanted, page)

    def _joined(
        self, access: Access, wanted: JoinRequest, page: Page
    ) -> dict[str, Any]:
        answer = {
            "ok": True,
            "meeting": access.place.slug,
            "feed": wanted.feed,
            "epoch": page.epoch,
            "seq": page.head,
            "presence": self._presence.counts(access.meeting_id),
        }
        stale = wanted.epoch is not None and wanted.epoch != page.epoch
        ahead = wanted.after > page.head
        if stale or ahead or page.head - wanted.after > RESYNC_AFTER:
            return {**answer, "resync": True}
        return {**answer, "entries": page.entries, "more": page.more}

    async def _command(self, client: Client, request: Any) -> dict[str, Any]:
        try:
            meeting = msgspec.convert(request, _CommandOf).meeting
            principal = await self._still(client)
            return await self.commands.run(principal, meeting, request)
        except (msgspec.ValidationError, BadCommand) as error:
            return _refused("bad_command", str(error))
        except Refusal as refusal:
            return _refused(refusal.code, refusal.message)

    async def _still(self, client: Client) -> Principal:
        """Return the client's principal if its token still holds."""
        token_hash = client.principal.token_hash
        if token_hash is None:
            return VISITOR
        if await self._identity.tokens.find_hash(token_hash) is None:
            raise Refusal("bad_token", "This token is no longer valid.")
        return client.principal

    def _enter(self, client: Client, access: Access, wanted: JoinRequest) -> None:
        if self.clients.find(client.sid) is None:
            # Gone while we looked up who it is.
            return
        meeting_id = access.meeting_id
        feed = wanted.feed
        if meeting_id not in client.meetings():
            if wanted.screen:
                client.screens.add(meeting_id)
                self._presence.add_screen(meeting_id)
            else:
                self._presence.arrive(meeting_id, client.who)
        client.follows.add((meeting_id, feed))
        member = None if access.organises_all else access.member
        if member is not None:
            client.member_of[meeting_id] = member.member_id
        self.fanout.enter(
            client.line, meeting_id=meeting_id, slug=access.place.slug, feed=feed
        )

    def _leave(self, client: Client, meeting_id: str, feed: str) -> None:
        if (meeting_id, feed) not in client.follows:
            return
        client.follows.discard((meeting_id, feed))
        self.fanout.leave(client.line, meeting_id=meeting_id, feed=feed)
        if meeting_id in client.meetings():
            return
        client.member_of.pop(meeting_id, None)
        if meeting_id in client.screens:
            client.screens.discard(meeting_id)
            self._presence.add_screen(meeting_id, -1)
        else:
            self._presence.depart(meeting_id, client.who)

    # --- who has to go -----------------------------------------------------

    def relieve(self, change: Change) -> None:
        """Take from members at once what they may no longer read by this change.

        That is the feeds of a duty from whom it is taken, and everything that isn't
        public from whom is removed. Has to hear of a change before the fan-out does:
        not even the entry that ends a duty goes to whom it sends away.
        """
        meeting_id = change.meeting_id
        self._shut(meeting_id)
        standing = self._journal.standing(meeting_id)
        # Both are said to the team.
        if STAFF not in change.feeds or standing is None:
            return
        for client in self.clients:
            member_id = client.member_of.get(meeting_id)
            if member_id is None:
                continue
            if member_id in standing.removed:
                self._shut_out(client, meeting_id)
            else:
                self._end_duties(client, meeting_id, member_id)

    def _end_duties(self, client: Client, meeting_id: str, member_id: str) -> None:
        followed = [f for f in _DUTY_FEEDS if (meeting_id, f) in client.follows]
        if not followed:
            return
        duties = self._journal.duties(meeting_id, member_id)
        actor = Actor(member_id=member_id, duties=duties)
        reads = {STAFF: actor.staff, REPORTERS: actor.reports}
        for feed in followed:
            if not reads[feed]:
                self._take(client, meeting_id, feed)

    def _shut_out(self, client: Client, meeting_id: str) -> None:
        for followed, feed in list(client.follows):
            if followed == meeting_id and (
                feed != PUBLIC or self._is_private(meeting_id)
            ):
                self._take(client, meeting_id, feed)

    def _shut(self, meeting_id: str) -> None:
        """Stop writing to everybody when a meeting becomes private, and look who stays.

        Not even the entry that closes it goes to whom it shuts out; who belongs to
        it follows on and asks for what it missed.
        """
        if not self._is_private(meeting_id):
            self._shut_meetings.discard(meeting_id)
            return
        if meeting_id in self._shut_meetings:
            return
        self._shut_meetings.add(meeting_id)
        followers = [
            (client, feed)
            for client in self.clients
            for followed, feed in client.follows
            if followed == meeting_id
        ]
        for client, feed in followers:
            self.fanout.leave(client.line, meeting_id=meeting_id, feed=feed)
        if followers:
            _ = self.fanout.tasks.start(
                self._let_back(meeting_id, followers), name="gateway.shut"
            )

    async def _let_back(
        self, meeting_id: str, followers: list[tuple[Client, str]]
    ) -> None:
        for client, feed in followers:
            await self._check(client, meeting_id, feed)
            if (meeting_id, feed) in client.follows and client.line.open:
                place = await self._identity.find_place(meeting_id)
                self.fanout.enter(
                    client.line, meeting_id=meeting_id, slug=place.slug, feed=feed
                )
                standing = await self._journal.open(meeting_id)
                head = {
                    "meeting": place.slug,
                    "epoch": standing.epoch,
                    "feed": feed,
                    "seq": standing.heads.get(feed, 0),
                }
                client.line.write(event_frame("head", head))

    def expel(self, meeting_id: str) -> None:
        """Take a meeting from everybody who follows it: it is about to be deleted."""
        for client in self.clients:
            for followed, feed in list(client.follows):
                if followed == meeting_id:
                    self._take(client, meeting_id, feed)

    async def send_away(self) -> None:
        """Take from every client what it may no longer read."""
        void = await self._identity.tokens.find_void(self.clients.token_hashes())
        for client in self.clients:
            if client.principal.token_hash in void:
                client.line.drop()
                continue
            for meeting_id, feed in list(client.follows):
                if feed != PUBLIC or self._is_private(meeting_id):
                    await self._check(client, meeting_id, feed)

    def _is_private(self, meeting_id: str) -> bool:
        standing = self._journal.standing(meeting_id)
        return standing is None or standing.visibility == "private"

    async def _check(self, client: Client, meeting_id: str, feed: str) -> None:
        place = await self._identity.find_place(meeting_id)
        access = await self._identity.look_up(client.principal, place)
        reads = access.may_enter and access.may_read(feed)
        if reads or (meeting_id, feed) not in client.follows:
            return
        self._take(client, meeting_id, feed)

    def _take(self, client: Client, meeting_id: str, feed: str) -> None:
        standing = self._journal.standing(meeting_id)
        self._leave(client, meeting_id, feed)
        told = {
            "meeting": standing.slug if standing else meeting_id,
            "feed": feed,
            "code": "not_allowed",
        }
        if client.line.open:
            client.line.write(event_frame("left", told))


def _refused(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "code": code, "message": message}
