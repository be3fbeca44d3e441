"""Writes the head of an MP4 whose samples follow it: a movie that starts fast.

Pure. Box layouts are those of ISO/IEC 14496-12; an edit list (8.6.6) makes players
begin at the exact moment, though decoding begins at the key frame before it.
"""

from __future__ import annotations

import struct
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.pack.boxes import iterate_boxes, need_box, read_header, read_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

MOVIE_SCALE = 90_000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_LARGEST_OFFSET = 0xFFFFFFFF
# Seconds from 1904 to 1970: times of the format count from the former (8.2.2).
_EPOCH = 2_082_844_800
_UTF8 = 1  # the type of a text in an iTunes metadata list
_WHOLE = struct.pack(">II", 0, 0)


class Head(msgspec.Struct, frozen=True):
    """What of a track's initialization goes on as it was."""

    video: bool
    timescale: int
    matrix: bytes
    size: bytes
    language: bytes
    handler: bytes
    entries: tuple[bytes, ...]


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A sample as the tables list it; `entry` counts into the track's descriptions."""

    duration: int
    composition: int
    sync: bool
    size: int
    entry: int


class Edit(msgspec.Struct, frozen=True):
    """Play a track from `media_ticks` on (None: nothing) for so many seconds."""

    seconds: float
    media_ticks: int | None


class TrackPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A track: its descriptions, its samples, and how they lie in the file.

    `chunks` are runs of samples without a hole: where each begins after the head,
    and how many samples it has.
    """

    head: Head
    entries: tuple[bytes, ...]
    rows: Sequence[Row]
    chunks: Sequence[tuple[int, int]]
    edits: Sequence[Edit]


def read_heads(init: bytes) -> list[Head]:
    """Return the tracks of an initialization in order. Raises `Fmp4Error`."""
    at, moov = 0, None
    while at < len(init):
        size, kind, header = read_header(init, at)
        if kind == b"moov":
            moov = memoryview(init)[at + header : at + size]
        at += max(size, 8)
    if moov is None:
        return []
    heads = []
    for kind, trak in iterate_boxes(moov):
        if kind != b"trak":
            continue
        tkhd, mdhd = need_box(trak, b"tkhd"), need_box(trak, b"mdia", b"mdhd")
        hdlr = need_box(trak, b"mdia", b"hdlr")
        if bytes(hdlr[8:12]) not in {b"vide", b"soun"}:
            continue
        stsd = need_box(trak, b"mdia", b"minf", b"stbl", b"stsd")
        long = mdhd[0] == 1
        (timescale,) = read_numbers(">I", mdhd, 20 if long else 12)
        matrix = bytes(tkhd[-44:-8])
        heads.append(
            Head(
                video=bytes(hdlr[8:12]) == b"vide",
                timescale=timescale,
                matrix=matrix if any(matrix) else _MATRIX,
                size=bytes(tkhd[-8:]),
                language=bytes(mdhd[32:34] if long else mdhd[20:22]).rjust(2, b"\0"),
                handler=bytes(hdlr),
                entries=tuple(
                    _box(k, bytes(body)) for k, body in iterate_boxes(stsd[8:])
                ),
            )
        )
    return heads


def write_head(
    tracks: Sequence[TrackPlan],
    *,
    media_bytes: int,
    made_at: datetime,
    told: Iterable[tuple[bytes, str]] = (),
) -> bytes:
    """Return all that stands before the media: ftyp, moov and the mdat's header.

    `told` are texts of the iTunes metadata list by their names, such as `©nam`.
    """
    video = any(track.head.video for track in tracks)
    ftyp = _box(
        b"ftyp",
        b"isom" if video else b"M4A ",
        struct.pack(">I", 512),
        b"isomiso2mp41" if video else b"M4A isommp42",
    )
    large = media_bytes + 16 > _LARGEST_OFFSET
    header = (
        struct.pack(">I4sQ", 1, b"mdat", media_bytes + 16)
        if large
        else struct.pack(">I4s", media_bytes + 8, b"mdat")
    )
    texts = list(told)
    # Offsets count from the file's start, so the head's own length comes first.
    wide = media_bytes > _LARGEST_OFFSET // 2
    length = len(ftyp) + len(_moov(tracks, 0, made_at, texts, wide=wide)) + len(header)
    return ftyp + _moov(tracks, length, made_at, texts, wide=wide) + header


def _moov(
    tracks: Sequence[TrackPlan],
    length: int,
    made_at: datetime,
    told: Sequence[tuple[bytes, str]],
    *,
    wide: bool,
) -> bytes:
    created = int(made_at.timestamp()) + _EPOCH
    seconds = max(sum(edit.seconds for edit in track.edits) for track in tracks)
    mvhd = _full(
        b"mvhd",
        struct.pack(">III", created, created, MOVIE_SCALE),
        struct.pack(">I", round(seconds * MOVIE_SCALE)),
        struct.pack(">IH", 0x10000, 0x0100),
        bytes(10),
        _MATRIX,
        bytes(24),
        struct.pack(">I", len(tracks) + 1),
    )
    traks = [
        _trak(number, track, length, created, wide=wide)
        for number, track in enumerate(tracks, 1)
    ]
    return _box(b"moov", mvhd, *traks, _udta(told))


def _udta(told: Sequence[tuple[bytes, str]]) -> bytes:
    if not told:
        return b""
    items = [
        _box(name, _box(b"data", struct.pack(">II", _UTF8, 0), text.encode()))
        for name, text in told
    ]
    hdlr = _full(b"hdlr", bytes(4), b"mdirappl", bytes(9))
    return _box(b"udta", _full(b"meta", hdlr, _box(b"ilst", *items)))


def _trak(
    number: int, track: TrackPlan, length: int, created: int, *, wide: bool
) -> bytes:
    head = track.head
    seconds = sum(edit.seconds for edit in track.edits)
    tkhd = _full(
        b"tkhd",
        struct.pack(">III", created, created, number),
        bytes(4),
        struct.pack(">I", round(seconds * MOVIE_SCALE)),
        bytes(12),
        struct.pack(">HH", 0 if head.video else 0x0100, 0),
        head.matrix,
        head.size if head.video else _WHOLE,
        flags=3,  # enabled, in the movie
    )
    ticks = sum(row.duration for row in track.rows)
    mdhd = _full(
        b"mdhd",
        struct.pack(">IIII", created, created, head.timescale, ticks),
        head.language,
        bytes(2),
    )
    kind = _full(b"vmhd", bytes(8), flags=1) if head.video else _full(b"smhd", bytes(4))
    url = _full(b"url ", flags=1)  # the media are in this file
    dinf = _box(b"dinf", _full(b"dref", struct.pack(">I", 1), url))
    stbl = _box(b"stbl", *_tables(track, length, wide=wide))
    minf = _box(b"minf", kind, dinf, stbl)
    mdia = _box(b"mdia", mdhd, _box(b"hdlr", head.handler), minf)
    return _box(b"trak", tkhd, _box(b"edts", _elst(track.edits)), mdia)


def _elst(edits: Sequence[Edit]) -> bytes:
    rows = [
        struct.pack(
            ">IiI",
            round(edit.seconds * MOVIE_SCALE),
            -1 if edit.media_ticks is None else edit.media_ticks,
            0x10000,
        )
        for edit in edits
    ]
    return _full(b"elst", struct.pack(">I", len(rows)), *rows)


def _tables(track: TrackPlan, length: int, *, wide: bool) -> list[bytes]:
    rows = track.rows
    tables = [
        _full(b"stsd", struct.pack(">I", len(track.entries)), *track.entries),
        _runs(b"stts", [row.duration for row in rows]),
    ]
    compositions = [row.composition for row in rows]
    if any(compositions):
        tables.append(_runs(b"ctts", compositions, version=1))
    if not all(row.sync for row in rows):
        keys = [number for number, row in enumerate(rows, 1) if row.sync]
        tables.append(_list(b"stss", keys))
    offsets = [length + start for start, _ in track.chunks]
    tables += [
        _stsc(track),
        _full(
            b"stsz",
            struct.pack(">II", 0, len(rows)),
            struct.pack(f">{len(rows)}I", *(row.size for row in rows)),
        ),
        _list(b"co64", offsets, "Q") if wide else _list(b"stco", offsets),
    ]
    return tables


def _runs(name: bytes, values: Sequence[int], *, version: int = 0) -> bytes:
    """Run-length pairs of a count and a value; the value signed in version 1."""
    pairs = [(sum(1 for _ in group), value) for value, group in groupby(values)]
    layout = ">Ii" if version else ">II"
    body = b"".join(struct.pack(layout, *pair) for pair in pairs)
    return _full(name, struct.pack(">I", len(pairs)), body, version=version)


def _stsc(track: TrackPlan) -> bytes:
    """Where the number of samples in a chunk, or their description, changes."""
    lines: list[tuple[int, int, int]] = []
    at = 0
    for number, (_, count) in enumerate(track.chunks, 1):
        entry = track.rows[at].entry + 1
        if not lines or lines[-1][1:] != (count, entry):
            lines.append((number, count, entry))
        at += count
    body = b"".join(struct.pack(">III", *line) for line in lines)
    return _full(b"stsc", struct.pack(">I", len(lines)), body)


def _list(name: bytes, values: Sequence[int], kind: str = "I") -> bytes:
    body = struct.pack(f">{len(values)}{kind}", *values)
    return _full(name, struct.pack(">I", len(values)), body)


def _box(kind: bytes, *parts: bytes) -> bytes:
    size = 8 + sum(map(len, parts))
    return struct.pack(">I4s", size, kind) + b"".join(parts)


def _full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *parts)
