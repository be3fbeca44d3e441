"""The delay line on the disk, so that a killed process loses nothing of it.

    <private>/delay/NNNNNN.spool      records: a line of JSON, then `size` bytes

A file holds about ten seconds and says itself what came before them; it is removed
when the public has all that is in it.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from folkmoot.media.capture import Capture
from folkmoot.media.delay import Began, Came, Changed, Item, Left, State
from folkmoot.media.pack.fmp4 import Fmp4Error, Fmp4Reader, Fragment, Init
from folkmoot.media.pack.playlist import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from folkmoot.media.pack.recorder import Recorder

_FILE_SECONDS = 10.0
_TOUCHING_SECONDS = 0.05
_LATE_SECONDS = 1.0  # renditions stay behind each other by less than this


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands before the bytes of an item."""

    kind: Literal["began", "init", "fragment", "left", "changed"]
    at: datetime
    capture: int = 0
    rendition: str = ""
    anchor_at: datetime | None = None
    variants: tuple[Variant, ...] = ()
    state: State = "off"
    reason: str | None = None
    size: int = 0


class Spool:
    """Writes items in order. Callers serialize."""

    def __init__(self, directory: Path, recorder: Recorder) -> None:
        self._directory = directory
        self._recorder = recorder
        self._numbers: dict[int, int] = {}
        self._capture: Capture | None = None
        self._count = 0
        self._file: int | None = None
        self._began_at: datetime | None = None
        self._ends: dict[Path, datetime] = {}

    async def add(self, item: Item) -> None:
        """Keep an item. Raises `OSError`."""
        records = []
        new_file = self._began_at is None or (
            item.at - self._began_at > timedelta(seconds=_FILE_SECONDS)
        )
        if new_file:
            self._began_at = item.at
            records += self._introduce(item.at)
        records.append(self._describe(item))
        await self._recorder.run(self._write, records, item.at, new_file)

    async def forget(self, until: datetime) -> None:
        """Remove the files that hold nothing later than `until`."""
        until -= timedelta(seconds=_LATE_SECONDS)
        past = [path for path, end in self._ends.items() if end < until]
        if past:
            for path in past:
                del self._ends[path]
            if not self._ends:
                self._began_at = None  # the file that is open goes, too
            await self._recorder.run(_unlink, past)

    async def load(
        self, public_until: datetime | None, applied_at: datetime | None
    ) -> list[Item]:
        """What was not public yet when the process was killed; oldest first.

        `public_until` is where the recording ends, `applied_at` when the last
        change was made of those that the public knows.
        """
        return await self._recorder.run(self._load, public_until, applied_at)

    async def aclose(self) -> None:
        """Close the file and keep what is in it. Idempotent."""
        await self._recorder.run(self._close)

    def _introduce(self, at: datetime) -> list[tuple[Record, bytes]]:
        """What a file must say of the capture that it begins in."""
        capture = self._capture
        if capture is None:
            return []
        inits = [Came(capture, name, init, at) for name, init in capture.inits.items()]
        return [self._describe(Began(capture, at)), *map(self._describe, inits)]

    def _describe(self, item: Item) -> tuple[Record, bytes]:
        if isinstance(item, Changed):
            changed = Record(
                kind="changed", at=item.at, state=item.state, reason=item.reason
            )
            return changed, b""
        number = self._number(item.capture)
        if isinstance(item, Left):
            self._capture = None
            left = Record(kind="left", at=item.at, capture=number, reason=item.reason)
            return left, b""
        self._capture = item.capture
        if isinstance(item, Began):
            variants = item.capture.variants
            return (
                Record(kind="began", at=item.at, capture=number, variants=variants),
                b"",
            )
        data = item.item.data
        record = Record(
            kind="init" if isinstance(item.item, Init) else "fragment",
            at=item.at,
            capture=number,
            rendition=item.rendition,
            anchor_at=item.capture.anchor.at,
            size=len(data),
        )
        return record, data

    def _number(self, capture: Capture) -> int:
        if id(capture) not in self._numbers:
            self._count += 1
            self._numbers = {id(capture): self._count}  # one sends at a time
        return self._numbers[id(capture)]

    # On a thread

    def _write(
        self,
        records: list[tuple[Record, bytes]],
        at: datetime,
        new_file: bool,  # noqa: FBT001
    ) -> None:
        if new_file or self._file is None:
            self._close()
            self._directory.mkdir(parents=True, exist_ok=True)
            taken = [int(path.stem) for path in self._directory.glob("*.spool")]
            path = self._directory / f"{max(taken, default=0) + 1:06d}.spool"
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._path = path
        for record, data in records:
            view = memoryview(msgspec.json.encode(record) + b"\n" + data)
            while view:
                view = view[os.write(self._file, view) :]
        self._ends[self._path] = max(at, self._ends.get(self._path, at))

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _load(
        self, public_until: datetime | None, applied_at: datetime | None
    ) -> list[Item]:
        reading = _Reading(public_until, applied_at)
        for path in sorted(self._directory.glob("*.spool")):
            for record, data, _ in _read_records(path):
                self._ends[path] = max(record.at, self._ends.get(path, record.at))
                self._count = max(self._count, record.capture)
                reading.add(record, data)
        reading.close()
        if not reading.items:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._ends.clear()
        return reading.items


class _Reading:
    """Makes items of records."""

    def __init__(
        self, public_until: datetime | None, applied_at: datetime | None
    ) -> None:
        self.items: list[Item] = []
        self._public_until = public_until
        self._applied_at = applied_at
        self._captures: dict[int, Capture] = {}
        self._readers: dict[tuple[int, str], Fmp4Reader] = {}
        self._last: dict[int, datetime] = {}
        self._left: set[int] = set()

    def add(self, record: Record, data: bytes) -> None:
        """Take a record with its bytes, in the order in which they were written."""
        if record.kind == "changed":
            if self._applied_at is None or record.at > self._applied_at:
                self.items.append(Changed(record.state, record.reason, record.at))
            return
        self._last[record.capture] = record.at
        capture = self._captures.get(record.capture)
        if record.kind == "began":
            if capture is None and record.variants:
                self._begin(record)
        elif capture is not None and record.kind == "left":
            self._left.add(record.capture)
            self.items.append(Left(capture, record.at, record.reason))
        elif capture is not None:
            self._add_media(capture, record, data)

    def _begin(self, record: Record) -> None:
        capture = Capture.restored(record.variants, record.anchor_at or record.at)
        self._captures[record.capture] = capture
        self.items.append(Began(capture, record.at))

    def _add_media(self, capture: Capture, record: Record, data: bytes) -> None:
        number = record.capture
        if record.anchor_at is not None:
            capture.anchor.at = record.anchor_at
        reader = self._readers.setdefault((number, record.rendition), Fmp4Reader())
        if record.kind == "init" and reader.init is not None:
            return  # a later file says it again
        try:
            found = list(reader.feed(data))
        except Fmp4Error:
            return
        for item in found:
            if isinstance(item, Fragment) and self._is_public(capture, item):
                continue
            self.items.append(Came(capture, record.rendition, item, record.at))

    def close(self) -> None:
        """End the captures that the process was killed in."""
        for number, capture in self._captures.items():
            if number not in self._left:
                self.items.append(Left(capture, self._last[number]))

    def _is_public(self, capture: Capture, fragment: Fragment) -> bool:
        if self._public_until is None or capture.anchor.at is None:
            return False
        starts_at = capture.anchor.at + timedelta(seconds=fragment.start_seconds)
        return starts_at < self._public_until - timedelta(seconds=_TOUCHING_SECONDS)


def measure_whole(path: Path) -> int:
    """How many bytes of a spool's file are whole records."""
    return max((end for _, _, end in _read_records(path)), default=0)


def _read_records(path: Path) -> Iterator[tuple[Record, bytes, int]]:
    """All whole records and where each ends; a torn one at the end is passed over."""
    with path.open("rb") as file:
        while line := file.readline():
            try:
                record = msgspec.json.decode(line, type=Record)
            except msgspec.DecodeError:
                return
            data = file.read(record.size)
            if len(data) < record.size:
                return
            yield record, data, file.tell()


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
