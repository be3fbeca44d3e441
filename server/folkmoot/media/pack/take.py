"""A take on disk: plain HLS that any web server can serve, and its journal.

    <take>/take.json                  what it is
    <take>/parts.jsonl                one line a part, written behind its bytes
    <take>/index.m3u8                 all renditions
    <take>/<rendition>/init.mp4, 00001.m4s ..., index.m3u8

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import msgspec

from folkmoot.media.pack import boxes, playlist
from folkmoot.media.pack.packager import (
    Constants,
    Part,
    PartAdded,
    Segment,
    SegmentClosed,
    Step,
    make_segment,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

TakeKind = Literal["live", "slate", "import", "preview", "edge"]


class GoneSegment(msgspec.Struct, frozen=True):
    """A segment that was taken away: its number and place stay, its media doesn't."""

    sequence: int
    start_seconds: float
    duration_seconds: float


class TakeInfo(msgspec.Struct, frozen=True, kw_only=True):
    """`take.json`. A moment of the take is `anchor_at` plus its media time.

    A take gets a new id when seconds are taken out of it; `origin` is its first.
    """

    take_id: str
    kind: TakeKind
    anchor_at: datetime
    leading: str
    variants: tuple[playlist.Variant, ...]
    constants: Constants = Constants()
    reason: str | None = None
    source_hash: str | None = None
    closed: bool = False
    origin: str | None = None
    gone: tuple[GoneSegment, ...] = ()

    @property
    def gone_sequences(self) -> frozenset[int]:
        """The numbers of the segments that were taken away."""
        return frozenset(each.sequence for each in self.gone)


class PartLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `parts.jsonl`; `wall` is when the part was whole."""

    rendition: str
    sequence: int
    part: int
    offset: int
    bytes: int
    start: float
    duration: float
    independent: bool = False
    wall: str | None = None

    def to_part(self) -> Part:
        """The packager's value of it."""
        return Part(
            number=self.part,
            offset=self.offset,
            size=self.bytes,
            start_seconds=self.start,
            duration_seconds=self.duration,
            independent=self.independent,
        )


class TakeWriter:
    """Writes one take as it is made."""

    def __init__(self, directory: Path, info: TakeInfo) -> None:
        self._directory = directory
        self.info = info
        directory.mkdir(parents=True)
        for variant in info.variants:
            (directory / variant.name).mkdir()
            (directory / variant.name / "index.m3u8").write_text(
                playlist.render_take(
                    (), target_duration=info.constants.target_duration, ended=False
                )
            )
        (directory / "index.m3u8").write_text(_render_index(info))
        self._journal = _open_append(directory / "parts.jsonl")
        self._files: dict[str, int] = {}
        self._unsynced: list[int] = []
        write_atomically(directory / "take.json", msgspec.json.encode(info))

    def add_init(self, rendition: str, data: bytes) -> None:
        """Keep the initialization of a rendition, before its first part."""
        write_atomically(self._directory / rendition / "init.mp4", data)

    def write(self, steps: Iterable[Step], *, wall: str | None = None) -> None:
        """Do these steps in order. Raises `OSError`."""
        for step in steps:
            if isinstance(step, PartAdded):
                self._write_part(step, wall)
            elif any(step.rendition == each.name for each in self.info.variants):
                self._close_segment(step)

    def set_gone(self, gone: tuple[GoneSegment, ...]) -> None:
        """Take closed segments out; their files are moved by the caller."""
        self.info = msgspec.structs.replace(
            self.info, gone=gone, origin=self.info.origin or self.info.take_id
        )
        write_atomically(self._directory / "take.json", msgspec.json.encode(self.info))

    def sync(self) -> None:
        """Bring closed segments and the journal to the disk itself."""
        files, self._unsynced = self._unsynced, []
        for file in files:
            os.fsync(file)
            os.close(file)
        os.fsync(self._journal)

    def close(self) -> None:
        """Close the take; the packager has closed its segments. Idempotent."""
        if self.info.closed:
            return
        self._unsynced.extend(self._files.values())
        self._files.clear()
        try:
            self.sync()
        finally:
            os.close(self._journal)
            self.info = msgspec.structs.replace(self.info, closed=True)
        for variant in self.info.variants:
            with (self._directory / variant.name / "index.m3u8").open("a") as index:
                index.write("#EXT-X-ENDLIST\n")
        write_atomically(self._directory / "take.json", msgspec.json.encode(self.info))

    def abandon(self) -> None:
        """Let go of the files where the disk took no more."""
        if self.info.closed:
            return
        self.info = msgspec.structs.replace(self.info, closed=True)
        for file in [*self._unsynced, *self._files.values(), self._journal]:
            with suppress(OSError):
                os.close(file)

    def _write_part(self, step: PartAdded, wall: str | None) -> None:
        file = self._files.get(step.rendition)
        if file is None:
            name = playlist.name_segment(step.sequence)
            file = _open_append(self._directory / step.rendition / name)
            self._files[step.rendition] = file
        _write_all(file, step.data)
        line = PartLine(
            rendition=step.rendition,
            sequence=step.sequence,
            part=step.part.number,
            offset=step.part.offset,
            bytes=step.part.size,
            start=step.part.start_seconds,
            duration=step.part.duration_seconds,
            independent=step.part.independent,
            wall=wall,
        )
        _write_all(self._journal, msgspec.json.encode(line) + b"\n")

    def _close_segment(self, step: SegmentClosed) -> None:
        file = self._files.pop(step.rendition, None)
        if file is not None:
            self._unsynced.append(file)
        with (self._directory / step.rendition / "index.m3u8").open("a") as index:
            index.write(playlist.render_take_segment(step.segment))


class StoredTake(msgspec.Struct, frozen=True):
    """A closed take as it lies on the disk: segments by rendition, gaps filled."""

    info: TakeInfo
    segments: dict[str, list[Segment]]
    next_parts: dict[str, int]
    lost_bytes: int = 0


def read_take(directory: Path) -> StoredTake:
    """Read a closed take. Raises `OSError` and `msgspec.DecodeError`."""
    info = read_info(directory)
    lines, _ = _read_lines(directory / "parts.jsonl")
    return _arrange(info, lines)


def read_info(directory: Path) -> TakeInfo:
    """Its `take.json`. Its id is its directory's name, also after it got a new one."""
    data = (directory / "take.json").read_bytes()
    info = msgspec.json.decode(data, type=TakeInfo)
    return msgspec.structs.replace(info, take_id=directory.name)


def repair_take(directory: Path) -> StoredTake:
    """Cut a take back to its whole parts, close it, and read it. Idempotent."""
    info = read_info(directory)
    lines, _ = _read_lines(directory / "parts.jsonl")
    whole = _keep_whole(directory, info, lines)
    lost = _truncate(directory, info, whole)
    if len(whole) < len(lines) or not info.closed:
        text = b"".join(msgspec.json.encode(line) + b"\n" for line in whole)
        write_atomically(directory / "parts.jsonl", text)
    stored = _arrange(msgspec.structs.replace(info, closed=True), whole, lost)
    write_indexes(directory, stored)
    write_atomically(directory / "take.json", msgspec.json.encode(stored.info))
    return stored


def write_indexes(directory: Path, stored: StoredTake) -> None:
    """Write each rendition's `index.m3u8` anew."""
    for variant in stored.info.variants:
        text = playlist.render_take(
            stored.segments[variant.name],
            target_duration=stored.info.constants.target_duration,
            ended=stored.info.closed,
        )
        write_atomically(directory / variant.name / "index.m3u8", text.encode())


def _read_lines(path: Path) -> tuple[list[PartLine], bool]:
    """All whole lines, and whether there was a torn one."""
    lines = []
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], False
    for text in data.split(b"\n"):
        if not text:
            continue
        try:
            lines.append(msgspec.json.decode(text, type=PartLine))
        except msgspec.DecodeError:
            return lines, True
    return lines, False


def _keep_whole(
    directory: Path, info: TakeInfo, lines: Sequence[PartLine]
) -> list[PartLine]:
    """The parts whose bytes are all there and look like a fragment."""
    names = {variant.name for variant in info.variants}
    gone = info.gone_sequences
    kept: dict[tuple[str, int], int] = {}
    whole = []
    broken: set[str] = set()
    for line in lines:
        key = (line.rendition, line.sequence)
        path = directory / line.rendition / playlist.name_segment(line.sequence)
        if line.sequence in gone:
            whole.append(line)  # its bytes lie elsewhere
            continue
        good = (
            line.rendition in names
            and line.rendition not in broken
            and kept.get(key, 0) == line.offset
            and _is_fragment(path, line.offset, line.bytes)
        )
        if good:
            kept[key] = line.offset + line.bytes
            whole.append(line)
        else:
            broken.add(line.rendition)  # what follows a hole can't be decoded
    return whole


def _is_fragment(path: Path, offset: int, size: int) -> bool:
    """Whether a moof and an mdat stand there and fill these bytes."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            first, kind, _ = boxes.read_header(file.read(16), 0)
            if kind != b"moof":
                return False
            file.seek(offset + first)
            second, kind, _ = boxes.read_header(file.read(16), 0)
            file.seek(0, os.SEEK_END)
            return (
                kind == b"mdat"
                and first + second == size
                and offset + size <= file.tell()
            )
    except (OSError, boxes.Fmp4Error):
        return False


def _truncate(directory: Path, info: TakeInfo, whole: Sequence[PartLine]) -> int:
    """Remove bytes that belong to no whole part; how many they were."""
    sizes: dict[Path, int] = {}
    for line in whole:
        path = directory / line.rendition / playlist.name_segment(line.sequence)
        sizes[path] = line.offset + line.bytes
    lost = 0
    for variant in info.variants:
        for path in sorted((directory / variant.name).glob("*.m4s")):
            size, wanted = path.stat().st_size, sizes.get(path, 0)
            lost += size - wanted
            if wanted == 0:
                path.unlink()
            elif size > wanted:
                os.truncate(path, wanted)
    return lost


def _arrange(info: TakeInfo, lines: Sequence[PartLine], lost: int = 0) -> StoredTake:
    segments: dict[str, list[Segment]] = {each.name: [] for each in info.variants}
    next_parts = {each.name: 0 for each in info.variants}
    gone = info.gone_sequences
    ordered = sorted(lines, key=lambda line: (line.rendition, line.sequence))
    for (name, sequence), group in groupby(
        ordered, key=lambda line: (line.rendition, line.sequence)
    ):
        if name not in segments:
            continue
        parts = [line.to_part() for line in group]
        next_parts[name] = max(next_parts[name], parts[-1].number + 1)
        if sequence not in gone:
            segments[name].append(
                make_segment(sequence, info.take_id, info.anchor_at, parts)
            )
    leader = segments[info.leading]
    leader += [make_gone(info, each) for each in info.gone]
    leader.sort(key=lambda segment: segment.sequence)
    for name, own in segments.items():
        segments[name] = fill_gaps(own, leader)
    return StoredTake(info, segments, next_parts, lost)


def make_gone(info: TakeInfo, gone: GoneSegment) -> Segment:
    """The gap that stands where a segment was taken away."""
    return Segment(
        sequence=gone.sequence,
        take_id=info.take_id,
        start_seconds=gone.start_seconds,
        duration_seconds=gone.duration_seconds,
        at=info.anchor_at + timedelta(seconds=gone.start_seconds),
        gap=True,
    )


def fill_gaps(own: Sequence[Segment], leader: Sequence[Segment]) -> list[Segment]:
    """A rendition's segments, with gaps where only the leading one has media."""
    have = {segment.sequence: segment for segment in own}
    return [
        have.get(segment.sequence)
        or msgspec.structs.replace(segment, gap=True, parts=())
        for segment in leader
    ]


def _render_index(info: TakeInfo) -> str:
    text = playlist.render_multivariant(info.variants)
    for variant in info.variants:
        text = text.replace(f"\n{variant.name}.m3u8", f"\n{variant.name}/index.m3u8")
    return text


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file so that it is always whole, after a power cut, too."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def list_takes(directory: Path) -> Mapping[str, TakeInfo]:
    """The takes in a room's directory that have a readable `take.json`."""
    found = {}
    for path in sorted(directory.glob("*/take.json")):
        with suppress(OSError, msgspec.DecodeError):
            found[path.parent.name] = read_info(path.parent)
    return found


def _open_append(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
