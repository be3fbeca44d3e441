"""One line of takes under one address: packaged, on disk, and waited for.

A room's channel has two: the public one, and the preview that staff see while
the room is off air. Callers serialize the methods that change it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.deliver.viewers import Viewers
from folkmoot.media.pack import playlist
from folkmoot.media.pack.marks import Mark, render_marks
from folkmoot.media.pack.packager import (
    Constants,
    Lane,
    Packager,
    PartAdded,
    Piece,
    Segment,
    SegmentClosed,
    Step,
    TakeHead,
)
from folkmoot.media.pack.recent_parts import RecentParts, StoredPart
from folkmoot.media.pack.rendered import RenderedTexts, Text
from folkmoot.media.pack.stored_stream import (
    Fill,
    Gap,
    StreamState,
    load_stream,
    move_take,
    remove_take,
    remove_takes,
    save_stream,
    unlink_all,
)
from folkmoot.media.pack.take import (
    GoneSegment,
    StoredTake,
    TakeInfo,
    TakeWriter,
    fill_gaps,
    read_take,
    repair_take,
)
from folkmoot.media.pack.waiters import Waiters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from folkmoot.media.pack.recorder import Recorder
    from folkmoot.media.pack.take import TakeKind

logger = logging.getLogger(__name__)

_SEAM_SECONDS = 0.5  # of silence at a join: nobody misses it


class Stream:
    """Takes one after the other, with one numbering, in `directory`."""

    def __init__(
        self,
        directory: Path,
        *,
        recorder: Recorder,
        make_id: Callable[[], str],
        constants: Constants,
        window_seconds: float | None = None,
    ) -> None:
        self.directory = directory
        self.kept = StreamState(constants=constants, next_take_id=make_id())
        self.lanes: dict[str, Lane] = {}
        self.takes: dict[str, TakeInfo] = {}
        self.edges: dict[int, list[StoredTake]] = {}
        self.marks: tuple[Mark, ...] = ()
        self.edition = 0  # changes where something was taken away or came back
        self.ended = False
        self.expecting = False
        self.last_part_at: datetime | None = None
        self.viewers = Viewers()
        self._recorder = recorder
        self._make_id = make_id
        self._window_seconds = window_seconds
        self._packager = Packager(constants)
        self._lists: dict[str, playlist.LivePlaylist] = {}
        self._texts = RenderedTexts()
        self._parts = RecentParts()
        self._waiters = Waiters()
        self._writer: TakeWriter | None = None
        self._inits: dict[str, bytes] = {}

    @property
    def idle(self) -> AbstractSet[str]:
        """Renditions of the open take that are not made now."""
        return self._packager.idle

    @idle.setter
    def idle(self, names: AbstractSet[str]) -> None:
        self._packager.idle = names

    @property
    def constants(self) -> Constants:
        """What never changes once there was a take."""
        return self.kept.constants

    @property
    def variants(self) -> Sequence[playlist.Variant]:
        """The renditions that the address offers."""
        return self.kept.variants

    @property
    def open_take(self) -> TakeInfo | None:
        """The take that is being made."""
        return self._writer.info if self._writer else None

    def fix(self, constants: Constants) -> None:
        """Set the constants, as long as there was no take."""
        if not self.kept.takes and not self.lanes:
            self.kept.constants = constants
            self._packager = Packager(constants)

    def number_after(self, other: Stream, names: Iterable[str]) -> None:
        """Go on with another stream's numbers, for a take that it will adopt."""
        for name in names:
            lane = self._packager.lanes[name] = Lane(name)
            theirs = other.lanes.get(name)
            lane.next_part = theirs.next_part if theirs else 1
            lane.numbers_taken = other.last_sequence
            own = self._lane(name)
            own.next_part, own.numbers_taken = lane.next_part, lane.numbers_taken

    @property
    def last_sequence(self) -> int:
        """The last closed segment's number, the same in all renditions."""
        return max((lane.last_sequence for lane in self.lanes.values()), default=0)

    async def adopt(self, staged: Path) -> TakeInfo:
        """Move a finished take in here. Raises `ValueError` if its numbers are past."""
        take = await self._recorder.run(read_take, staged)
        first = take.segments[take.info.leading][0].sequence
        if self._writer is not None or first != self.last_sequence + 1:
            raise ValueError("The stream went on meanwhile.")
        target = self.directory / take.info.take_id
        await self._recorder.run(move_take, staged, target)
        self.kept.takes.append(take.info.take_id)
        have = {variant.name for variant in self.kept.variants}
        self.kept.variants += [
            each for each in take.info.variants if each.name not in have
        ]
        self.kept.untold = True
        await self.save()
        self._adopt(take)
        for name, lane in self.lanes.items():
            self._packager.lanes[name] = _copy(lane)
        self.wake()
        return take.info

    async def note_told(self) -> None:
        """The journal knows of the recording as it is."""
        if self.kept.untold:
            self.kept.untold = False
            await self.save()

    # What is taken away

    async def exchange(self, take_id: str, take: StoredTake) -> None:
        """Show a take as it lies on the disk now, maybe under a new id."""
        info = take.info
        gone = frozenset(playlist.name_segment(each.sequence) for each in info.gone)
        old, new = self.directory / take_id, self.directory / info.take_id
        self._parts.move(old, new, gone)
        for lane in (*self.lanes.values(), *self._packager.lanes.values()):
            own = take.segments.get(lane.name)
            if own is None:
                own = fill_gaps((), take.segments[info.leading])
            have = {segment.sequence: segment for segment in own}
            lane.closed = [
                have.get(each.sequence, each) if each.take_id == take_id else each
                for each in lane.closed
            ]
        self.takes = {
            (info.take_id if key == take_id else key): (
                info if key == take_id else kept
            )
            for key, kept in self.takes.items()
        }
        self._rebuild()

    def show_edges(self, edges: Iterable[StoredTake]) -> None:
        """Show these small takes beside what was taken away, and no others."""
        self.edges = {}
        for take in edges:
            for segment in take.segments[take.info.leading]:
                self.edges.setdefault(segment.sequence, []).append(take)
        self._rebuild()

    async def set_gone(self, gone: tuple[GoneSegment, ...]) -> None:
        """Take closed segments out of the open take; their files are moved after."""
        if self._writer is not None:
            await self._recorder.run(self._writer.set_gone, gone)
            self.takes[self._writer.info.take_id] = self._writer.info

    def _rebuild(self) -> None:
        """Make the playlists anew; their numbers stay."""
        self.edition += 1
        for name, lane in self.lanes.items():
            self._lists[name] = playlist.LivePlaylist(self.constants, name)
            for segment in lane.closed:
                self._lists[name].append(self._shown(name, segment))
        self.wake()

    def _shown(self, rendition: str, segment: Segment) -> Segment:
        """What a live playlist lists: one edge in the place of what is gone."""
        if not segment.gap or len(self.edges.get(segment.sequence, ())) != 1:
            return segment
        edge = self._edges_of(rendition, segment.sequence)
        return msgspec.structs.replace(edge[0], parts=()) if edge else segment

    def _edges_of(self, rendition: str, sequence: int) -> list[Segment]:
        return [
            segment
            for take in self.edges.get(sequence, ())
            for segment in take.segments.get(rendition)
            or fill_gaps((), take.segments[take.info.leading])
        ]

    async def note_fill(self, fill: Fill) -> None:
        """Let what is left of a gap stand, and beside it that it was filled."""
        gap = fill.gap
        left = [
            msgspec.structs.replace(gap, start_at=start_at, end_at=end_at)
            for start_at, end_at in (
                (gap.start_at, fill.start_at),
                (fill.end_at, gap.end_at),
            )
            if (end_at - start_at).total_seconds() > _SEAM_SECONDS
        ]
        self.kept.gaps = [
            each
            for known in self.kept.gaps
            for each in (left if known == gap else [known])
        ]
        self.kept.fills.append(fill)
        await self.save()

    async def undo_fill(self, take_id: str) -> bool:
        """Take a fill out again; only the newest take, for numbers have no holes."""
        fill = next((f for f in self.kept.fills if f.take_id == take_id), None)
        newest = self.kept.takes[-1:] == [take_id] and self._writer is None
        if fill is None or not newest or self.kept.cuts:
            return False
        self.kept.takes.pop()
        self.kept.fills.remove(fill)
        kept = [each for each in self.kept.gaps if not _is_within(each, fill.gap)]
        self.kept.gaps = sorted([*kept, fill.gap], key=lambda each: each.start_at)
        await self.save()
        await self._recorder.run(remove_take, self.directory / take_id)
        self.lanes, self.takes, self._lists = {}, {}, {}
        self._parts.clear()
        await self.load()
        self.wake()
        return True

    @property
    def is_recording(self) -> bool:
        """Whether it plays as a finished recording: ended, or only imported."""
        imported = bool(self.takes) and all(
            take.kind == "import" for take in self.takes.values()
        )
        return self.ended or (imported and self._writer is None)

    async def load(self) -> None:
        """Read what is on the disk, repairing what was left open."""
        stored = await self._recorder.run(load_stream, self.directory)
        if stored is None:
            return
        self.kept = stored.kept
        if not self.kept.next_take_id:
            self.kept.next_take_id = self._make_id()
        self._packager = Packager(self.constants)
        for take in stored.takes:
            self._adopt(take)
        for name, lane in self.lanes.items():
            self._packager.lanes[name] = _copy(lane)
        if stored.edges:
            self.show_edges(stored.edges)
        logger.debug("stream=%s takes=%d loaded", self.directory, len(stored.takes))

    async def save(self) -> None:
        """Write `channel.json`."""
        data = msgspec.json.encode(self.kept)
        await self._recorder.run(save_stream, self.directory, data)

    async def begin(
        self,
        *,
        kind: TakeKind,
        anchor_at: datetime,
        leading: str,
        variants: Sequence[playlist.Variant],
        inits: dict[str, bytes],
        reason: str | None = None,
        source_hash: str | None = None,
    ) -> TakeInfo:
        """Open the next take. Raises `OSError`."""
        info = TakeInfo(
            take_id=self.kept.next_take_id,
            kind=kind,
            anchor_at=anchor_at,
            leading=leading,
            variants=tuple(variants),
            constants=self.constants,
            reason=reason,
            source_hash=source_hash,
        )
        self.kept.takes.append(info.take_id)
        self.kept.next_take_id = self._make_id()
        have = {variant.name for variant in self.kept.variants}
        self.kept.variants += [each for each in variants if each.name not in have]
        await self.save()
        self._writer = await self._recorder.run(
            TakeWriter, self.directory / info.take_id, info
        )
        self.takes[info.take_id] = info
        self._inits = {}
        for name, data in inits.items():
            await self.add_init(name, data)
        head = TakeHead(
            info.take_id, anchor_at, leading, tuple(each.name for each in variants)
        )
        self._publish(list(self._packager.open_take(head)))
        return info

    async def add_init(self, rendition: str, data: bytes) -> None:
        """The initialization of one of the open take's renditions."""
        writer = self._writer
        if writer is None or rendition in self._inits:
            return
        if any(each.name == rendition for each in writer.info.variants):
            await self._recorder.run(writer.add_init, rendition, data)
            self._inits[rendition] = data

    async def add(self, rendition: str, piece: Piece, *, wall: datetime) -> None:
        """One fragment of the open take; raises `DiskFull`."""
        writer = self._writer
        if writer is None:
            return
        steps = list(self._packager.add(rendition, piece))
        if not steps:
            return
        await self._recorder.write(writer, steps, wall=playlist.format_time(wall))
        self.last_part_at = wall
        self._publish(steps)
        if any(isinstance(step, SegmentClosed) for step in steps):
            await self._slide()
            await self._recorder.run(writer.sync)

    async def finish(self, *, cut_seconds: float | None = None) -> None:
        """Close the open take, if there is one."""
        writer = self._writer
        if writer is None:
            return
        self._writer = None
        steps = list(self._packager.close_take(cut_seconds=cut_seconds))
        try:
            await self._recorder.write(writer, steps)
        finally:
            self._publish(steps)
            await self._recorder.run(_close, writer)

    async def fail(self) -> None:
        """End the open take where the disk takes no more."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        steps = list(self._packager.close_take(cut_seconds=-1.0))
        await self._recorder.run(writer.abandon)
        self._publish([step for step in steps if isinstance(step, SegmentClosed)])
        with suppress(OSError):  # a full disk: then the next start repairs it
            await self._recorder.run(repair_take, self.directory / writer.info.take_id)

    async def forget_takes(self) -> None:
        """Remove all takes, from the disk too: a preview is not kept."""
        self.kept = StreamState(
            constants=self.constants, next_take_id=self.kept.next_take_id
        )
        self.lanes, self.takes = {}, {}
        self._lists = {}
        self._parts.clear()
        self._packager = Packager(self.constants)
        await self._recorder.run(remove_takes, self.directory)
        self.wake()

    # What is asked for

    async def wait(self, rendition: str, seconds: float) -> bool:
        """Whether something was published, or the source went, in this time."""
        return await self._waiters.wait(rendition, seconds)

    def change(self, rendition: str) -> asyncio.Future[None]:
        """Done when something is published next. Shared: nobody may cancel it."""
        return self._waiters.change(rendition)

    def wake(self) -> None:
        """Let all who wait look again."""
        self._texts.clear()
        self._waiters.wake()

    def has(self, rendition: str, sequence: int, part: int | None) -> bool:
        """Whether the playlist holds this segment, or this part of it."""
        lane = self.lanes[rendition]
        if part is None or sequence < lane.last_sequence:
            return sequence <= lane.last_sequence
        if sequence == lane.last_sequence:
            # A part past the last of its segment is part 0 of the next (6.2.5.2).
            return part < len(lane.closed[-1].parts) or bool(lane.open_parts)
        return sequence == lane.last_sequence + 1 and part < len(lane.open_parts)

    def render(self, rendition: str, *, delta: bool) -> Text:
        """The playlist as it is; rendered once however many ask."""
        return self._texts.take(
            rendition,
            "delta" if delta else "full",
            lambda: self._render(rendition, delta=delta),
        )

    def render_recording(self, rendition: str) -> Text:
        """The whole recording, without the slates of breaks."""
        return self._texts.take(
            rendition,
            "recording",
            lambda: playlist.render_recording(
                rendition,
                self.recorded(rendition),
                target_duration=self.constants.target_duration,
                marks=self.render_marks(self.recorded(rendition)),
            ),
        )

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Show these points on the clock, from the next answer on."""
        if marks != self.marks:
            self.marks = marks
            self._texts.clear()

    def render_marks(self, segments: Sequence[Segment]) -> str:
        """The tags of what is marked in these segments, never past the last."""
        if not segments or not self.marks:
            return ""
        return render_marks(
            self.marks, from_at=segments[0].at, until_at=segments[-1].end_at
        )

    def recorded(self, rendition: str) -> list[Segment]:
        """The closed segments that are kept of a rendition; no slates.

        In the order of time: what was imported may be older than what was live.
        """
        gone = self.gone_sequences
        kept = [
            segment
            for segment in self.lanes[rendition].closed
            if self.takes[segment.take_id].kind != "slate"
            and segment.sequence not in gone
        ]
        for sequence in self.edges:
            kept += self._edges_of(rendition, sequence)
        kept.sort(key=lambda segment: segment.at)
        return kept

    @property
    def gone_sequences(self) -> frozenset[int]:
        """The numbers of segments that were taken away, in all takes."""
        return frozenset(
            each.sequence for info in self.takes.values() for each in info.gone
        )

    def find_part(self, take_id: str, rendition: str, number: int) -> StoredPart | None:
        """A part that is whole, if it is recent."""
        return self._parts.find(take_id, rendition, number)

    def newest_part(self, rendition: str) -> tuple[str, int] | None:
        """The take and the number of the part that came last."""
        return self._parts.newest(rendition)

    def is_hinted(self, take_id: str, rendition: str, number: int) -> bool:
        """Whether this is the part that comes next."""
        lane = self.lanes.get(rendition)
        if lane is None or self.ended:
            return False
        return self._hint(lane) == playlist.Hint(take_id, number)

    def find_file(self, take_id: str, rendition: str, name: str) -> Path | None:
        """The file of a closed segment or an initialization."""
        info = self._info(take_id)
        if info is None or not any(each.name == rendition for each in info.variants):
            return None
        if name == "init.mp4" or info.kind == "edge":
            edge = playlist.name_segment(_sequence_of(info, self.edges))
            good = name in {"init.mp4", edge}
            return self.directory / take_id / rendition / name if good else None
        stem = name.removesuffix(".m4s")
        if stem == name or not stem.isdecimal() or not stem.isascii():
            return None
        segment = self._segment(rendition, int(stem))
        if segment is None or segment.gap or segment.take_id != take_id:
            return None
        wanted = playlist.name_segment(segment.sequence)
        return self.directory / take_id / rendition / name if name == wanted else None

    def find_take(self, take_id: str) -> TakeInfo | None:
        """A take, or what was encoded beside a cut, that the stream shows."""
        return self._info(take_id)

    def _info(self, take_id: str) -> TakeInfo | None:
        if take_id in self.takes:
            return self.takes[take_id]
        edges = (take.info for takes in self.edges.values() for take in takes)
        return next((info for info in edges if info.take_id == take_id), None)

    def _segment(self, rendition: str, sequence: int) -> Segment | None:
        closed = self.lanes[rendition].closed if rendition in self.lanes else []
        index = sequence - closed[0].sequence if closed else -1
        return closed[index] if 0 <= index < len(closed) else None

    def _render(self, rendition: str, *, delta: bool) -> str:
        lane = self.lanes[rendition]
        if self.ended:
            shown = [self._shown(rendition, segment) for segment in lane.closed]
            return playlist.render_ended(
                rendition,
                shown,
                target_duration=self.constants.target_duration,
                marks=self.render_marks(lane.closed),
            )
        take = self.open_take
        return self._lists[rendition].render(
            lane,
            self._hint(lane),
            take_id=take.take_id if take else None,
            opened_at=self._opened_at(lane),
            reports={
                name: other.last_part
                for name, other in self.lanes.items()
                if name != rendition and other.last_part[0]
            },
            independent=self._packager.independent_segments,
            delta=delta,
            marks=self.render_marks(lane.closed),
        )

    def _opened_at(self, lane: Lane) -> datetime | None:
        take = self.open_take
        if take is None or not lane.open_parts:
            return None
        return take.anchor_at + timedelta(seconds=lane.open_parts[0].start_seconds)

    def _hint(self, lane: Lane) -> playlist.Hint:
        take = self.open_take
        take_id = take.take_id if take else self.kept.next_take_id
        return playlist.Hint(take_id, lane.next_part)

    def _publish(self, steps: Sequence[Step]) -> None:
        """Show what is on the disk now, all at once."""
        if not steps:
            return
        for step in steps:
            self._show(step)
        self._texts.clear()
        self._waiters.wake({step.rendition for step in steps})

    def _show(self, step: Step) -> None:
        name = step.rendition
        self._lane(name).apply(step)
        if isinstance(step, SegmentClosed):
            self._lists[name].append(step.segment)
            return
        self._remember(step)

    def _lane(self, name: str) -> Lane:
        if name not in self.lanes:
            self.lanes[name] = Lane(name)
            self._lists[name] = playlist.LivePlaylist(self.constants, name)
        return self.lanes[name]

    def _remember(self, step: PartAdded) -> None:
        take = self.open_take
        if take is None:
            return
        name = playlist.name_segment(step.sequence)
        self._parts.add(
            step.rendition,
            self.directory / take.take_id / step.rendition / name,
            step.part,
            step.data,
            take_id=take.take_id,
            whole_at=asyncio.get_running_loop().time(),
        )

    def _adopt(self, take: StoredTake) -> None:
        """Take over a take from the disk; all lanes stay in step."""
        self.takes[take.info.take_id] = take.info
        leader = take.segments[take.info.leading]
        for name in take.segments:
            if name not in self.lanes:
                model = next(iter(self.lanes.values()), None)
                lane = self._lane(name)
                self._extend(lane, fill_gaps((), model.closed if model else ()))
        for name, lane in self.lanes.items():
            own = take.segments.get(name)
            self._extend(lane, fill_gaps((), leader) if own is None else own)
            lane.next_part = max(lane.next_part, take.next_parts.get(name, 0))

    def _extend(self, lane: Lane, segments: Iterable[Segment]) -> None:
        for segment in segments:
            # All parts of the past in memory would be much; they are on the disk.
            lane.closed.append(segment)
            self._lists[lane.name].append(segment)

    async def _slide(self) -> None:
        """Remove what is older than the window, from the disk too."""
        if self._window_seconds is None or not self.lanes:
            return
        lane = next(iter(self.lanes.values()))
        kept, first = 0.0, 0
        for segment in reversed(lane.closed):
            first = segment.sequence
            kept += segment.duration_seconds
            if kept >= self._window_seconds:
                break
        gone = [segment for segment in lane.closed if segment.sequence < first]
        self._packager.forget_before(first)
        for name, each in self.lanes.items():
            each.closed = [item for item in each.closed if item.sequence >= first]
            self._lists[name].forget_before(first)
        self._texts.clear()
        paths = [
            self.directory
            / segment.take_id
            / name
            / playlist.name_segment(segment.sequence)
            for segment in gone
            for name in self.lanes
        ]
        await self._recorder.run(unlink_all, paths)


def _sequence_of(info: TakeInfo, edges: dict[int, list[StoredTake]]) -> int:
    """The number of the one segment of an edge; 0 for another take."""
    for sequence, takes in edges.items():
        if any(take.info.take_id == info.take_id for take in takes):
            return sequence
    return 0


def _is_within(gap: Gap, whole: Gap) -> bool:
    return whole.start_at <= gap.start_at and gap.end_at <= whole.end_at


def _copy(lane: Lane) -> Lane:
    other = Lane(lane.name)
    other.closed = list(lane.closed)
    other.next_part = lane.next_part
    return other


def _close(writer: TakeWriter) -> None:
    with suppress(OSError):  # a full disk; the next start repairs the take
        writer.close()
