"""All channels of this process, and the desk where publishers come in."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import shutil
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from folkmoot.media.archive.cuts import Cut
from folkmoot.media.archive.vault import erase_old
from folkmoot.media.archive.verify import repair_room
from folkmoot.media.channel import Channel, State
from folkmoot.media.encode.ffmpeg import find_ffmpeg
from folkmoot.media.health.diagnosis import Problem, diagnose
from folkmoot.media.health.keeper import Health, Keeper
from folkmoot.media.ingest.source import (
    SourceInfo,
    StreamKeyInUse,
    UnknownStreamKey,
)
from folkmoot.media.pack.marks import Mark
from folkmoot.media.pack.packager import Constants
from folkmoot.media.pack.recorder import Recorder
from folkmoot.media.publication import LivePublication

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from folkmoot.settings import MediaSettings
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no look-alikes
_STALE_SECONDS = 5.0
_DAY_SECONDS = 86_400.0
_KEY_SECONDS = 1.0
_FIRST_SEGMENT_SECONDS = 1.0
_VIEWER_SECONDS = 15.0


class RoomSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A room as the journal knows it."""

    meeting_id: str
    room_id: str
    public_path: str
    room_slug: str
    stream_key: str
    state: Literal["off", "on", "hold", "ended"] = "off"
    title: str = ""
    reason: str | None = None
    private: bool = False
    from_at: datetime | None = None
    delay_seconds: float = 0.0
    cuts: tuple[Cut, ...] = ()
    part_seconds: float | None = None
    segment_seconds: float | None = None


class SourceChange(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher came, fell silent, is back or went; `connected`: something comes.

    `reason` says why it went, in plain words.
    """

    meeting_id: str
    room_id: str
    connected: bool
    at: datetime
    source: SourceInfo | None = None
    reason: str | None = None


class RoomStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a room does now."""

    state: State
    reason: str | None
    connected: bool
    live: bool
    width: int | None
    height: int | None
    fps: float | None
    bitrate: float | None
    keyframe_interval_seconds: float | None
    dropped_fragments: int
    last_part_at: datetime | None
    problems: tuple[str, ...]
    viewers: int
    recorded_seconds: float
    import_progress: float | None = None
    diagnosis: tuple[Problem, ...] = ()
    health: Health = Health()


class Webcast:
    """The channels by room, by address and by stream key."""

    def __init__(
        self,
        *,
        media_root: Path,
        private_root: Path,
        settings: MediaSettings,
        tasks: TaskOwner,
        clock: Callable[[], datetime],
        on_source: Callable[[SourceChange], Awaitable[None]],
        ffmpeg: str | None = None,
    ) -> None:
        """`ffmpeg` stands in for the one that the settings name or the machine has."""
        self.media_root = media_root
        self.private_root = private_root
        self.ffmpeg = ffmpeg or find_ffmpeg(settings.ffmpeg or None)
        self.ladder = settings.rungs
        self.import_progress: dict[tuple[str, str], float] = {}
        self._settings = settings
        self._tasks = tasks
        self._clock = clock
        self._on_source = on_source
        self.recorder = Recorder(
            media_root, reserve_bytes=settings.disk_reserve_mb * 1_000_000
        )
        self._rooms: dict[tuple[str, str], RoomSpec] = {}
        self._channels: dict[tuple[str, str], Channel] = {}
        self._paths: dict[tuple[str, str], tuple[str, str]] = {}
        self._publications: dict[tuple[str, str], LivePublication] = {}
        self._lent: dict[tuple[str, str], tuple[str, str]] = {}
        self.keeper = Keeper(
            self._publications,
            recorder=self.recorder,
            clock=clock,
            most_bits_per_second=settings.max_bitrate_kbits * 1000,
        )
        self._opening = asyncio.Lock()
        self._closed = False

    async def start(self) -> None:
        """Begin what goes on beside the rooms; call it once, before `open_room`."""
        await self.recorder.run(self._make_roots)
        _ = self._tasks.start(self.keeper.run(), name="media.keeper")
        _ = self._tasks.start(self._keep_vaults(), name="media.vaults")

    async def open_room(self, room: RoomSpec) -> None:
        """Know a room, or know it anew: key, address, state. Idempotent.

        What a killed process left of it is mended first.
        """
        key = (room.meeting_id, room.room_id)
        async with self._opening:
            channel = self._channels.get(key)
            if channel is None:
                channel = await self._open_channel(room)
                self._channels[key] = channel
            known = self._rooms.get(key)
            if known is not None:
                self._paths.pop((known.public_path, known.room_slug), None)
            self._rooms[key] = room
            if not room.private:
                self._paths[room.public_path, room.room_slug] = key
        await channel.set_delay(room.delay_seconds)
        await channel.set_state(room.state, reason=room.reason, from_at=room.from_at)
        await channel.apply_cuts(room.cuts)
        publication = self._publications.get(key)
        if known is not None and known.stream_key != room.stream_key and publication:
            await publication.revoke("The stream key was changed.")

    async def set_state(
        self,
        meeting_id: str,
        room_id: str,
        state: State,
        *,
        reason: str | None = None,
        from_at: datetime | None = None,
    ) -> None:
        """Go on air, hold with a reason, go off air, end. Idempotent; `KeyError`.

        `from_at`: the state counts from this moment on, which is past.
        """
        key = (meeting_id, room_id)
        await self._channels[key].set_state(state, reason=reason, from_at=from_at)
        self._rooms[key] = msgspec.structs.replace(
            self._rooms[key], state=state, reason=reason
        )
        publication = self._publications.get(key)
        if state == "ended" and publication is not None:
            # Ending an encoder takes a moment, and the recording is whole already.
            self._tasks.start(
                publication.revoke("The meeting has ended."), name="publication.end"
            )

    async def set_delay(self, meeting_id: str, room_id: str, seconds: float) -> None:
        """Let the public be so many seconds behind; raises `KeyError`."""
        await self._channels[meeting_id, room_id].set_delay(seconds)

    async def apply_cuts(
        self, meeting_id: str, room_id: str, cuts: Sequence[Cut]
    ) -> bool:
        """Take away these seconds and no others; `KeyError`."""
        return await self._channels[meeting_id, room_id].apply_cuts(cuts)

    async def encode_edges(self, meeting_id: str, room_id: str) -> bool:
        """Bring back what stood beside the cuts; whether there was any."""
        return await self._channels[meeting_id, room_id].encode_edges()

    async def set_lengths(
        self, meeting_id: str, room_id: str, part_seconds: float, segment_seconds: float
    ) -> bool:
        """Set how long a room's parts and segments are; `KeyError`.

        False once it was on air or has an encoder: players stop where they change.
        """
        key = (meeting_id, room_id)
        channel = self._channels[key]
        if key in self._publications or channel.is_fixed:
            return False
        channel.set_lengths(part_seconds, segment_seconds)
        return True

    async def lend_key(self, room: tuple[str, str], to: tuple[str, str] | None) -> None:
        """Let what comes with a room's stream key go to another room, or end that."""
        if to is None:
            self._lent.pop(room, None)
        else:
            self._lent[room] = to
        if (publication := self._publications.get(room)) is not None:
            await publication.revoke("A rehearsal has this room's encoder now.")

    async def forget_meeting(self, meeting_id: str) -> None:
        """Close a meeting's rooms and delete all media of it. Idempotent."""
        rooms = [key for key in self._rooms if key[0] == meeting_id]
        for key in rooms:
            room = self._rooms.pop(key)
            self._paths.pop((room.public_path, room.room_slug), None)
            for lender, borrower in list(self._lent.items()):
                if key in {lender, borrower}:
                    del self._lent[lender]
        for key in rooms:
            if (publication := self._publications.get(key)) is not None:
                await publication.revoke("The rehearsal has ended.")
            await self._channels.pop(key).aclose()
            self.import_progress.pop(key, None)
        for root in (self.media_root, self.private_root):
            await self.recorder.run(_remove_tree, root / meeting_id)

    def set_marks(self, meeting_id: str, room_id: str, marks: Sequence[Mark]) -> None:
        """Show these points on the clock in a room's playlists; `KeyError`."""
        self._channels[meeting_id, room_id].public.set_marks(tuple(marks))

    def list_untold(self, meeting_id: str) -> list[tuple[str, str]]:
        """The rooms of it whose recording changed and the journal may not know it."""
        return [
            key
            for key, channel in self._channels.items()
            if key[0] == meeting_id and channel.public.kept.untold
        ]

    async def note_told(self, meeting_id: str, room_id: str) -> None:
        """The journal knows of a room's recording as it is."""
        await self._channels[meeting_id, room_id].public.note_told()

    def channel(self, meeting_id: str, room_id: str) -> Channel:
        """The channel of a room; raises `KeyError`."""
        return self._channels[meeting_id, room_id]

    def channel_at(self, public_path: str, room_slug: str) -> Channel | None:
        """The channel under a public address; a private meeting has none."""
        key = self._paths.get((public_path, room_slug))
        return None if key is None else self._channels[key]

    def key_of(self, meeting_id: str, room_id: str) -> str:
        """The stream key of a room; raises `KeyError`."""
        return self._rooms[meeting_id, room_id].stream_key

    def place_at(self, public_path: str, room_slug: str) -> tuple[str, str] | None:
        """Meeting and room under a public address; a private meeting has none."""
        return self._paths.get((public_path, room_slug))

    def rooms(self) -> Iterator[RoomSpec]:
        """All rooms, as they were opened."""
        yield from self._rooms.values()

    def status(self, meeting_id: str, room_id: str) -> RoomStatus:
        """How a room does now; raises `KeyError`."""
        key = (meeting_id, room_id)
        channel = self._channels[key]
        publication = self._publications.get(key)
        source = publication.source if publication else None
        diagnosis = diagnose(self.keeper.facts(key, channel))
        public = channel.public
        return RoomStatus(
            state=channel.state,
            reason=channel.reason,
            connected=publication is not None,
            live=public.expecting and channel.state == "on",
            width=source.width if source else None,
            height=source.height if source else None,
            fps=source.fps if source else None,
            bitrate=publication.bits_per_second if publication else None,
            keyframe_interval_seconds=(
                source.keyframe_interval_seconds if source else None
            ),
            dropped_fragments=channel.dropped_fragments,
            last_part_at=public.last_part_at,
            problems=tuple(problem.text for problem in diagnosis),
            diagnosis=diagnosis,
            health=self.keeper.health(key),
            viewers=public.viewers.count(_VIEWER_SECONDS),
            recorded_seconds=round(channel.recorded_seconds, 3),
            import_progress=self.import_progress.get(key),
        )

    async def open_publication(
        self,
        stream_key: str,
        *,
        container: str,
        peer: str,
        queued: bool = False,
        gap_reason: str | None = None,
    ) -> LivePublication:
        """Accept a publisher; see `PublisherDesk`. A silent one gives way.

        `gap_reason`: what the gap list says of what follows it, where that is not
        a lost signal.
        """
        key = await self._await_key(stream_key)
        channel = self._channels[key]
        if channel.state == "ended" or self._closed:
            raise UnknownStreamKey("The meeting of this stream key has ended.")
        active = self._publications.get(key)
        if active is not None and active.closed is None:
            silent = asyncio.get_running_loop().time() - active.last_write
            if silent < _STALE_SECONDS:
                raise StreamKeyInUse("Another encoder sends with this stream key.")
            await active.revoke("Another encoder took over.")
        elif active is not None:
            await active.revoke("Another encoder took over.")  # waits until it is done
        if key in self._publications:  # two came at once
            raise StreamKeyInUse("Another encoder sends with this stream key.")
        publication = LivePublication(
            channel,
            container=container,
            peer=peer,
            ffmpeg=self.ffmpeg,
            ladder=self.ladder,
            tasks=self._tasks,
            clock=self._clock,
            on_change=self._tell,
            queued=queued,
        )
        publication.gap_reason = gap_reason
        self._publications[key] = publication
        logger.info("channel=%s publisher=%s connected", channel.name, peer)
        return publication

    async def aclose(self) -> None:
        """End publications and takes, then the threads. Idempotent."""
        self._closed = True
        async with asyncio.TaskGroup() as ending:
            for publication in list(self._publications.values()):
                ending.create_task(
                    publication.revoke("The service is stopping."),
                    name="publication.end",
                )
        for channel in self._channels.values():
            await channel.aclose()
        await self.recorder.aclose()

    async def _open_channel(self, room: RoomSpec) -> Channel:
        place = (room.meeting_id, room.room_id)
        channel = Channel(
            name="/".join(place),
            media_directory=self.media_root.joinpath(*place),
            private_directory=self.private_root.joinpath(*place),
            recorder=self.recorder,
            tasks=self._tasks,
            clock=self._clock,
            make_id=make_take_id,
            constants=Constants(
                room.part_seconds or self._settings.part_seconds,
                room.segment_seconds or self._settings.segment_seconds,
                _FIRST_SEGMENT_SECONDS,
            ),
            ffmpeg=self.ffmpeg,
        )
        await self.recorder.run(self._make_roots)
        await self.recorder.run(
            repair_room,
            self.media_root.joinpath(*place),
            self.private_root.joinpath(*place),
        )
        await channel.load()
        return channel

    def _make_roots(self) -> None:
        for root in (self.media_root, self.private_root):
            root.mkdir(parents=True, exist_ok=True)

    async def _keep_vaults(self) -> None:
        """Erase what was taken away and has had its time, at the start and daily."""
        while True:
            erased = await self.recorder.run(self._erase_old)
            if erased:
                logger.info("media: erased %d files taken away", erased)
            await asyncio.sleep(_DAY_SECONDS)

    def _erase_old(self) -> int:
        days = self._settings.taken_away_days
        vaults = self.private_root.glob("*/*/removed")
        return sum(erase_old(vault, days) for vault in vaults)

    async def _await_key(self, stream_key: str) -> tuple[str, str]:
        """The room of a key, or `UnknownStreamKey`.

        A room is opened a moment after its key was handed out; whoever publishes
        at once must not be turned away.
        """
        deadline = asyncio.get_running_loop().time() + _KEY_SECONDS
        while True:
            try:
                return self._find_key(stream_key)
            except UnknownStreamKey:
                if asyncio.get_running_loop().time() >= deadline or self._closed:
                    raise
            await asyncio.sleep(_KEY_SECONDS / 20)

    def _find_key(self, stream_key: str) -> tuple[str, str]:
        """Compare with every key in constant time."""
        found = None
        given = stream_key.encode()
        for key, room in self._rooms.items():
            if hmac.compare_digest(room.stream_key.encode(), given) and given:
                found = key
        if found is None:
            raise UnknownStreamKey("No room has this stream key.")
        lent = self._lent.get(found, found)
        if lent not in self._channels:
            raise UnknownStreamKey("The rehearsal of this room is not open yet.")
        return lent

    async def _tell(self, publication: LivePublication, reason: str | None) -> None:
        key = next(
            (key for key, each in self._publications.items() if each is publication),
            None,
        )
        if key is None:
            return
        if reason is not None:
            del self._publications[key]
            self.keeper.note_goodbye(key, reason)
            logger.info(
                "channel=%s publisher gone: %s", publication.channel.name, reason
            )
        change = SourceChange(
            meeting_id=key[0],
            room_id=key[1],
            connected=reason is None and publication.flows,
            at=self._clock(),
            source=publication.source,
            reason=reason,
        )
        await self._on_source(change)


def _remove_tree(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


def make_take_id() -> str:
    """A new take's id: it stands in addresses, so it is long and from chance."""
    return "x_" + "".join(secrets.choice(_ALPHABET) for _ in range(16))
