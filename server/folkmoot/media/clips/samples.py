"""Reads which samples lie where in a segment's file. Their bytes stay there.

Field layouts are those of ISO/IEC 14496-12, 8.8.7 (tfhd) and 8.8.8 (trun).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from folkmoot.media.pack.boxes import (
    LARGE_HEADER_BYTES,
    Fmp4Error,
    iterate_boxes,
    need_box,
    read_header,
    read_numbers,
)
from folkmoot.media.pack.fmp4 import MAX_HEADER_BOX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from folkmoot.media.pack.fmp4 import Track

_NOT_SYNC = 0x10000  # sample_is_non_sync_sample, 8.8.3.1
_BASE_OFFSET, _DESCRIPTION, _TF_DURATION, _TF_SIZE, _TF_FLAGS = 1, 2, 8, 16, 32
_DATA_OFFSET, _FIRST_FLAGS = 1, 4
_DURATION, _SIZE, _FLAGS, _COMPOSITION = 0x100, 0x200, 0x400, 0x800
_MAX_SAMPLES = 100_000


class Sample(NamedTuple):
    """One frame of picture or sound: times in ticks of its track, place in its file."""

    at: int
    duration: int
    composition: int
    sync: bool
    offset: int
    size: int

    @property
    def shown(self) -> int:
        """When it is presented."""
        return self.at + self.composition


def read_samples(
    file: BinaryIO, tracks: Mapping[int, Track]
) -> dict[int, list[Sample]]:
    """Return the samples of each track in the order of the file.

    Raises `Fmp4Error` where it isn't made of whole fragments.
    """
    found: dict[int, list[Sample]] = {track_id: [] for track_id in tracks}
    start = 0
    while True:
        file.seek(start)
        head = file.read(LARGE_HEADER_BYTES)
        if not head:
            return found
        size, kind, _ = read_header(head, 0)
        if size == 0:
            raise Fmp4Error("A box without its header.")
        if kind == b"moof":
            if size > MAX_HEADER_BOX_BYTES:
                raise Fmp4Error(f"A moof of {size} bytes.")
            moof = head + file.read(size - len(head))
            if len(moof) < size:
                raise Fmp4Error("A moof that ends early.")
            for track_id, sample in _read_moof(moof[:size], start, tracks):
                found[track_id].append(sample)
        start += size


def _read_moof(
    moof: bytes, start: int, tracks: Mapping[int, Track]
) -> Iterator[tuple[int, Sample]]:
    _, _, header = read_header(moof, 0)
    for kind, traf in iterate_boxes(memoryview(moof)[header:]):
        if kind != b"traf":
            continue
        tfhd = need_box(traf, b"tfhd")
        flags, track_id = read_numbers(">II", tfhd)
        if track_id in tracks:
            for sample in _read_traf(traf, tfhd, flags, start, tracks[track_id]):
                yield track_id, sample


def _read_traf(
    traf: memoryview, tfhd: memoryview, flags: int, start: int, track: Track
) -> Iterator[Sample]:
    base, duration, size, sample_flags = _read_defaults(tfhd, flags, start, track)
    tfdt = need_box(traf, b"tfdt")
    (at,) = read_numbers(">Q" if tfdt[0] == 1 else ">I", tfdt, 4)
    place = base
    for kind, trun in iterate_boxes(traf):
        if kind != b"trun":
            continue
        offset, rows = _read_run(trun, duration, size, sample_flags)
        place = place if offset is None else base + offset
        for row_duration, row_size, row_flags, composition in rows:
            sync = not row_flags & _NOT_SYNC
            yield Sample(at, row_duration, composition, sync, place, row_size)
            at += row_duration
            place += row_size


def _read_defaults(
    tfhd: memoryview, flags: int, start: int, track: Track
) -> tuple[int, int | None, int | None, int]:
    """Where offsets count from; duration, size and flags of samples that don't say."""
    base, at = start, 8
    duration: int | None = track.default_duration
    size, sample_flags = None, track.default_flags
    if flags & _BASE_OFFSET:
        # Counted from the start of the stream that ffmpeg wrote, not of this file.
        raise Fmp4Error("A fragment that is not relocatable.")
    at += 4 if flags & _DESCRIPTION else 0
    if flags & _TF_DURATION:
        (duration,) = read_numbers(">I", tfhd, at)
        at += 4
    if flags & _TF_SIZE:
        (size,) = read_numbers(">I", tfhd, at)
        at += 4
    if flags & _TF_FLAGS:
        (sample_flags,) = read_numbers(">I", tfhd, at)
    return base, duration, size, sample_flags


def _read_run(
    trun: memoryview, duration: int | None, size: int | None, sample_flags: int
) -> tuple[int | None, list[tuple[int, int, int, int]]]:
    """Return the data offset, and duration, size, flags, composition of each sample."""
    head, count = read_numbers(">II", trun)
    flags = head & 0xFFFFFF
    if count > _MAX_SAMPLES:
        raise Fmp4Error(f"A run of {count} samples.")
    at, offset, first_flags = 8, None, None
    if flags & _DATA_OFFSET:
        (offset,) = read_numbers(">i", trun, at)
        at += 4
    if flags & _FIRST_FLAGS:
        (first_flags,) = read_numbers(">I", trun, at)
        at += 4
    fields = [flag for flag in (_DURATION, _SIZE, _FLAGS, _COMPOSITION) if flags & flag]
    numbers = read_numbers(f">{count * len(fields)}I", trun, at)

    def column(flag: int, default: int | None) -> list[int]:
        if flag in fields:
            return list(numbers[fields.index(flag) :: len(fields)])
        if default is None:
            raise Fmp4Error("Samples without a size.")
        return [default] * count

    said = column(_FLAGS, sample_flags)
    if first_flags is not None and said and not flags & _FLAGS:
        said[0] = first_flags
    compositions = column(_COMPOSITION, 0)
    if head >> 24:  # version 1: signed
        compositions = [c - (1 << 32) if c >> 31 else c for c in compositions]
    durations, sizes = column(_DURATION, duration), column(_SIZE, size)
    return offset, list(zip(durations, sizes, said, compositions, strict=True))
