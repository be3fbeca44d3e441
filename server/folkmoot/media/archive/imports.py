"""Uploaded films on their way into a room's recording: durable, with progress."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.media.archive.filling import Found, fill_gaps, find_fills
from folkmoot.media.archive.importer import import_video
from folkmoot.media.pack.stored_stream import Fill
from folkmoot.media.webcast import Webcast

logger = logging.getLogger(__name__)

KIND = "recording.import"


class ImportStatus(msgspec.Struct, frozen=True):
    """How a room's last import goes: progress 0 to 1, and what went wrong."""

    state: Literal["none", "running", "found", "done", "failed"] = "none"
    progress: float = 0.0
    message: str = ""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A local recording whose place was found, kept until somebody decides."""

    meeting_id: str
    room_id: str
    name: str
    found: list[Found]


class Imports:
    """Takes uploaded files over and packages them as jobs."""

    def __init__(
        self,
        webcast: Webcast,
        folder: Path,
        *,
        enqueue: Callable[[str, dict[str, Any], str], Awaitable[None]],
        on_recording: Callable[[str, str], Awaitable[None]],
    ) -> None:
        """`enqueue` keeps a job: kind, body, id. `on_recording` hears of success."""
        self._webcast = webcast
        self._folder = folder
        self._enqueue = enqueue
        self._on_recording = on_recording
        self._known: dict[tuple[str, str], ImportStatus] = {}

    async def take(
        self,
        meeting_id: str,
        room_id: str,
        file: Path,
        *,
        starts_at: datetime,
        name: str,
        fill: bool = False,
        look: bool = False,
    ) -> None:
        """Keep an uploaded file and package it; it is ours from now on.

        With `fill` its sound says where it belongs, and it fills the gaps there;
        with `look` as well that is only said, and `accept` does it.
        """
        job_id = f"import:{random_text(12)}"
        kept = self._folder / job_id.replace(":", "-")
        await asyncio.to_thread(_move, file, kept)
        self._known[meeting_id, room_id] = ImportStatus("running")
        logger.info("meeting=%s room=%s import of %r begins", meeting_id, room_id, name)
        body = {
            "meeting_id": meeting_id,
            "room_id": room_id,
            "file": kept.name,
            "starts_at": starts_at.isoformat(),
            "fill": fill,
            "look": look,
            "name": name,
        }
        if look:
            await self.discard(meeting_id, room_id)
            self._known[meeting_id, room_id] = ImportStatus("running")
        await self._enqueue(KIND, body, job_id)

    async def look_at(self, meeting_id: str, room_id: str) -> Look | None:
        """Return what was found for a room and waits for a decision."""
        found = await asyncio.to_thread(self._read_looks)
        return next(
            (
                look
                for _, look in found
                if (look.meeting_id, look.room_id) == (meeting_id, room_id)
            ),
            None,
        )

    async def accept(self, meeting_id: str, room_id: str) -> None:
        """Fill what was found; raises `Refusal` where nothing waits."""
        kept = await self._take_look(meeting_id, room_id)
        if kept is None:
            raise Refusal("nothing_found", "No local recording waits here.")
        self._known[meeting_id, room_id] = ImportStatus("running")
        body = {
            "meeting_id": meeting_id,
            "room_id": room_id,
            "file": kept.name,
            "fill": True,
        }
        await self._enqueue(KIND, body, f"import:{random_text(12)}")

    async def discard(self, meeting_id: str, room_id: str) -> None:
        """Let go of what was found, if anything."""
        kept = await self._take_look(meeting_id, room_id)
        if kept is not None:
            await asyncio.to_thread(kept.unlink, missing_ok=True)
            self._known.pop((meeting_id, room_id), None)

    async def _take_look(self, meeting_id: str, room_id: str) -> Path | None:
        """Forget what was found, and return the film."""
        for path, look in await asyncio.to_thread(self._read_looks):
            if (look.meeting_id, look.room_id) == (meeting_id, room_id):
                await asyncio.to_thread(path.unlink, missing_ok=True)
                return path.with_suffix("")
        return None

    def _read_looks(self) -> list[tuple[Path, Look]]:
        return [
            (path, msgspec.json.decode(path.read_bytes(), type=Look))
            for path in sorted(self._folder.glob("*.look"))
        ]

    def status(self, meeting_id: str, room_id: str) -> ImportStatus:
        """Return how the room's last import of this process goes."""
        key = (meeting_id, room_id)
        known = self._known.get(key, ImportStatus())
        share = self._webcast.import_progress.get(key)
        return known if share is None else ImportStatus("running", share)

    async def work(self, body: Mapping[str, Any]) -> None:
        """Package one file; raises `Refusal` for one that can't be."""
        key = (str(body["meeting_id"]), str(body["room_id"]))
        file = self._folder / str(body["file"])
        if not await asyncio.to_thread(file.exists):
            # Let go of when it was done; a kill came before the job's end.
            self._known[key] = ImportStatus("done", 1.0)
            return
        self._known[key] = ImportStatus("running")
        if body.get("look"):
            await self._find(key, file, body)
            return
        try:
            known, message = await self._package(key, file, body)
        except Refusal as refusal:
            self._known[key] = ImportStatus("failed", message=refusal.message)
            await asyncio.to_thread(file.unlink, missing_ok=True)
            raise
        if not known:
            await self._on_recording(*key)
        await asyncio.to_thread(file.unlink, missing_ok=True)
        self._known[key] = ImportStatus("done", 1.0, message)

    async def _find(
        self, key: tuple[str, str], file: Path, body: Mapping[str, Any]
    ) -> None:
        """Find where a film belongs, and keep both for a decision."""
        try:
            found = await find_fills(self._webcast, *key, file)
        except Refusal as refusal:
            self._known[key] = ImportStatus("failed", message=refusal.message)
            await asyncio.to_thread(file.unlink, missing_ok=True)
            raise
        look = Look(
            meeting_id=key[0],
            room_id=key[1],
            name=str(body.get("name", "")),
            found=found,
        )
        beside = file.with_name(f"{file.name}.look")
        await asyncio.to_thread(beside.write_bytes, msgspec.json.encode(look))
        self._known[key] = ImportStatus("found", 1.0)

    async def _package(
        self, key: tuple[str, str], file: Path, body: Mapping[str, Any]
    ) -> tuple[bool, str]:
        """Return whether nothing changed, and what there is to say."""
        if not body.get("fill"):
            at = datetime.fromisoformat(body["starts_at"])
            return (await import_video(self._webcast, *key, file, at)).known, ""

        def note(share: float) -> None:
            self._known[key] = ImportStatus("running", share)

        fills = await fill_gaps(self._webcast, *key, file, progress=note)
        return False, " ".join(map(_describe, fills))

    async def give_up(self, body: Mapping[str, Any], message: str) -> None:
        """Say that an import came to nothing, and let go of its file."""
        key = (str(body["meeting_id"]), str(body["room_id"]))
        self._known[key] = ImportStatus("failed", message=message)
        file = self._folder / str(body["file"])
        await asyncio.to_thread(file.unlink, missing_ok=True)


def _describe(fill: Fill) -> str:
    seconds = (fill.end_at - fill.start_at).total_seconds()
    return (
        f"Filled {seconds:.0f} s from {fill.start_at:%H:%M:%S} UTC from a local recording"
        f" (certainty {fill.confidence:.0f}, 8 is enough)."
    )


def _move(file: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(file, kept)
