"""Takes seconds away from a public stream, and brings them back.

Media sequence numbers never shift: what is taken away stays as a gap in the live
playlist and is left out of the recording. Its bytes go to the vault, a closed take
gets a new random name with them, and every address that was known is dead.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.archive.cuts import Cut, Edge, find_edges, find_gone, touches
from folkmoot.media.archive.edges import EdgeFailed, make_edge
from folkmoot.media.archive.vault import move_files, take_away, without_erased
from folkmoot.media.pack.stored_stream import STAGING, move_take, remove_take
from folkmoot.media.pack.take import make_gone, read_take

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from folkmoot.media.pack.recorder import Recorder
    from folkmoot.media.pack.stream import Stream
    from folkmoot.media.pack.take import GoneSegment, StoredTake, TakeInfo

logger = logging.getLogger(__name__)


class Cutter:
    """Holds a stream to its cuts. Callers serialize `apply` and `adopt_edge`."""

    def __init__(
        self,
        stream: Stream,
        *,
        vault: Path,
        recorder: Recorder,
        ffmpeg: str,
        make_id: Callable[[], str],
    ) -> None:
        self.vault = vault
        self._stream = stream
        self._recorder = recorder
        self._ffmpeg = ffmpeg
        self._make_id = make_id

    @property
    def cuts(self) -> Sequence[Cut]:
        """What is cut now."""
        return self._stream.kept.cuts

    def is_due(self) -> bool:
        """Whether the segment that closed last lies in a cut and is still there."""
        stream = self._stream
        return bool(stream.kept.cuts) and any(
            lane.closed and not lane.closed[-1].gap and touches(lane.closed[-1], cut)
            for lane in stream.lanes.values()
            for cut in stream.kept.cuts
        )

    async def apply(self, cuts: Sequence[Cut]) -> bool:
        """Make these the cuts; whether anything changed. Whole segments go at once."""
        stream = self._stream
        changed = list(cuts) != stream.kept.cuts
        stream.kept.cuts = list(cuts)
        affected = []
        for info in list(stream.takes.values()):
            if info.kind in {"slate", "edge"}:
                continue
            gone = self._find_gone(info, cuts)
            if gone != info.gone or self._wants_new_name(info):
                affected.append((info, gone))
        if changed or affected:
            await stream.save()
        for info, gone in affected:
            opened = stream.open_take
            if opened is not None and opened.take_id == info.take_id:
                await self._change_open(info, gone)
            else:
                await self._change_closed(info, gone)
        if changed or affected:
            await self._drop_edges()
            stream.kept.untold = True
            await stream.save()
            logger.info("stream=%s cuts=%d", stream.directory, len(cuts))
        return changed or bool(affected)

    def missing_edges(self) -> list[Edge]:
        """What is left beside the cuts and not yet encoded."""
        have = {edge.place for edge in self._stream.kept.edges}
        return [edge for edge in self._wanted_edges() if edge.place not in have]

    async def make_edge(self, edge: Edge) -> Edge | None:
        """Encode an edge beside the stream; None if that can't be done."""
        stream = self._stream
        info = self._take_of(edge.origin)
        if info is None:
            return None
        made = msgspec.structs.replace(edge, take_id=self._make_id())
        staged = stream.directory / STAGING / made.take_id
        try:
            await make_edge(
                self._ffmpeg,
                self._recorder,
                edge=made,
                info=info,
                inits=stream.directory / info.take_id,
                segments=self.vault / edge.origin,
                target=staged,
            )
        except (EdgeFailed, OSError) as error:
            logger.warning("stream=%s edge: %s", stream.directory, error)
            await self._recorder.run(remove_take, staged)
            return None
        return made

    async def adopt_edge(self, edge: Edge) -> bool:
        """Show a finished edge, if it is still wanted."""
        stream = self._stream
        staged = stream.directory / STAGING / edge.take_id
        if edge.place not in {each.place for each in self.missing_edges()}:
            await self._recorder.run(remove_take, staged)
            return False
        await self._recorder.run(move_take, staged, stream.directory / edge.take_id)
        stream.kept.edges.append(edge)
        stream.kept.untold = True
        await stream.save()
        await self._show_edges()
        return True

    def _wants_new_name(self, info: TakeInfo) -> bool:
        """Whether a take lost segments while it was open and is closed now."""
        opened = self._stream.open_take
        is_open = opened is not None and opened.take_id == info.take_id
        return bool(info.gone) and info.origin == info.take_id and not is_open

    def _find_gone(
        self, info: TakeInfo, cuts: Sequence[Cut]
    ) -> tuple[GoneSegment, ...]:
        stream = self._stream
        lanes = [
            [segment for segment in lane.closed if segment.take_id == info.take_id]
            for lane in stream.lanes.values()
        ]
        leading = stream.lanes[info.leading].closed
        leader = [each for each in leading if each.take_id == info.take_id]
        return find_gone(lanes, leader, cuts)

    async def _change_open(self, info: TakeInfo, gone: tuple[GoneSegment, ...]) -> None:
        """The open take keeps its name, which its writer and its hint have."""
        stream = self._stream
        directory = stream.directory / info.take_id
        gone = (await self._recorder.run(
            without_erased,
            msgspec.structs.replace(info, gone=gone, origin=info.origin or info.take_id),
            directory,
            self.vault,
        )).gone  # fmt: skip
        await stream.set_gone(gone)
        opened = stream.open_take
        if opened is None:
            return
        await self._recorder.run(move_files, directory, self.vault, opened)
        await stream.exchange(
            info.take_id, await self._recorder.run(read_take, directory)
        )

    async def _change_closed(
        self, info: TakeInfo, gone: tuple[GoneSegment, ...]
    ) -> None:
        stream = self._stream
        new = self._make_id()
        stream.kept.takes[stream.kept.takes.index(info.take_id)] = new
        stream.kept.renamed[new] = info.take_id
        await stream.save()
        target = stream.directory / new
        await self._recorder.run(move_take, stream.directory / info.take_id, target)
        await self._recorder.run(take_away, target, self.vault, gone)
        stream.kept.renamed.pop(new)
        await stream.exchange(info.take_id, await self._recorder.run(read_take, target))

    def _wanted_edges(self) -> list[Edge]:
        stream = self._stream
        wanted = []
        for info in stream.takes.values():
            gone = [make_gone(info, each) for each in info.gone]
            origin = info.origin or info.take_id
            wanted += find_edges(gone, origin, stream.kept.cuts)
        return wanted

    async def _drop_edges(self) -> None:
        """Forget edges that are wanted no longer, for good."""
        stream = self._stream
        wanted = {edge.place for edge in self._wanted_edges()}
        dropped = [edge for edge in stream.kept.edges if edge.place not in wanted]
        if not dropped:
            return
        stream.kept.edges = [e for e in stream.kept.edges if e.place in wanted]
        await stream.save()
        await self._show_edges()
        async with asyncio.TaskGroup() as group:
            for edge in dropped:
                path = stream.directory / edge.take_id
                group.create_task(self._recorder.run(remove_take, path))

    async def _show_edges(self) -> None:
        stream = self._stream
        takes: list[StoredTake] = []
        for edge in stream.kept.edges:
            path = stream.directory / edge.take_id
            takes.append(await self._recorder.run(read_take, path))
        stream.show_edges(takes)

    def _take_of(self, origin: str) -> TakeInfo | None:
        infos = self._stream.takes.values()
        return next((i for i in infos if (i.origin or i.take_id) == origin), None)
