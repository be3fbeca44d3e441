"""Fragments, pieces and players for tests, without an encoder."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta

from folkmoot.media.pack.packager import (
    Constants,
    Packager,
    PartAdded,
    Piece,
    Step,
    TakeHead,
)

ANCHOR = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
AVCC = bytes.fromhex("0164001fffe100046764001f01000468ebecb2")
ESDS = bytes.fromhex(
    "0000000003808080220002000480808014401500000000010000000100000580808002119006"
    "80808001" + "02"
)
SCALE = 90_000


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _track(track_id: int, handler: bytes, entry: bytes, scale: int) -> bytes:
    tkhd = box(b"tkhd", bytes(12), struct.pack(">I", track_id), bytes(60))
    sizes = struct.pack(">II", 640 << 16, 360 << 16)
    tkhd = box(b"tkhd", bytes(12), struct.pack(">I", track_id), bytes(60), sizes)
    mdhd = box(b"mdhd", bytes(12), struct.pack(">I", scale), bytes(8))
    hdlr = box(b"hdlr", bytes(8), handler, bytes(13))
    stsd = box(b"stsd", bytes(4), struct.pack(">I", 1), entry)
    stbl = box(b"stbl", stsd)
    return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, box(b"minf", stbl)))


def make_init(*, audio: bool = True, video: bool = True) -> bytes:
    avc1 = box(b"avc1", bytes(78), box(b"avcC", AVCC))
    mp4a = box(b"mp4a", bytes(28), box(b"esds", ESDS))
    tracks = []
    if video:
        tracks.append(_track(1, b"vide", avc1, SCALE))
    if audio:
        tracks.append(_track(2, b"soun", mp4a, 48_000))
    trex = [
        box(b"trex", struct.pack(">6I", 0, track_id, 1, 0, 0, 0))
        for track_id, there in ((1, video), (2, audio))
        if there
    ]
    moov = box(b"moov", box(b"mvhd", bytes(100)), *tracks, box(b"mvex", *trex))
    return box(b"ftyp", b"iso5") + moov


def make_fragment(
    start: float,
    duration: float = 0.5,
    *,
    key: bool = False,
    composition: float = 0.0,
    payload: bytes = b"",
    track_id: int = 1,
    frames: int = 15,
) -> bytes:
    scale = SCALE if track_id == 1 else 48_000
    ticks = round(duration * scale)
    each = ticks // frames
    durations = [each] * (frames - 1) + [ticks - each * (frames - 1)]
    flags = 0x020000 | 0x30
    tfhd = box(b"tfhd", struct.pack(">III", flags, track_id, len(payload)))
    tfhd = box(
        b"tfhd",
        struct.pack(">IIII", flags, track_id, 1, 0 if track_id == 2 else 0x10000),
    )
    tfdt = box(b"tfdt", b"\x01\0\0\0", struct.pack(">Q", round(start * scale)))
    head = struct.pack(">IIi", 0x01000B05 if composition else 0x01000305, frames, 0)
    first = struct.pack(">I", 0 if key or track_id == 2 else 0x10000)
    rows = b"".join(
        struct.pack(">II", length, 1)
        + (struct.pack(">i", round(composition * scale)) if composition else b"")
        for length in durations
    )
    trun = box(b"trun", head, first, rows)
    moof = box(b"moof", box(b"mfhd", bytes(8)), box(b"traf", tfhd, tfdt, trun))
    return moof + box(b"mdat", payload or bytes(frames))


def pieces(
    count: int,
    *,
    start: float = 10.0,
    duration: float = 0.5,
    key_each: int = 4,
    mark: bytes = b"",
) -> list[Piece]:
    return [
        Piece(
            mark + b"%d" % index,
            start + index * duration,
            duration,
            key_each > 0 and index % key_each == 0,
        )
        for index in range(count)
    ]


def pack(
    *lanes: tuple[str, list[Piece]],
    constants: Constants | None = None,
    close: bool = True,
    packager: Packager | None = None,
    take_id: str = "x_a",
    anchor_at: datetime = ANCHOR,
) -> tuple[Packager, list[Step]]:
    """Package pieces of several renditions, the first leading, in order of time."""
    packager = packager or Packager(constants or Constants())
    names = tuple(name for name, _ in lanes)
    steps = list(packager.open_take(TakeHead(take_id, anchor_at, names[0], names)))
    order = sorted(
        (
            (piece.end_seconds, index, name, piece)
            for index, (name, group) in enumerate(lanes)
            for piece in group
        ),
        key=lambda row: row[:2],
    )
    for _, _, name, piece in order:
        steps += packager.add(name, piece)
    if close:
        steps += packager.close_take()
    return packager, steps


def data_of(steps: list[Step], rendition: str) -> list[tuple[int, bytes]]:
    return [
        (step.sequence, step.data)
        for step in steps
        if isinstance(step, PartAdded) and step.rendition == rendition
    ]


def merge_delta(full: str, delta: str) -> str:
    """What a player has after a delta update: 6.2.5.1 of the draft, in the rough."""
    found = re.search(r"#EXT-X-SKIP:SKIPPED-SEGMENTS=(\d+)\n", delta)
    if found is None:
        return delta
    head, tail = delta[: found.start()], delta[found.end() :]
    before = split_segments(full)
    if not split_segments(tail):
        raise AssertionError("A delta without segments.")
    repeated = re.match(r"#EXT-X-MAP:[^\n]*\n", tail)
    kept = "".join(before[: int(found[1])])
    first = split_segments(tail)[0]
    if repeated and not _opens_take(first[repeated.end() :], before, int(found[1])):
        tail = tail[repeated.end() :]
    return head + kept + tail


def _opens_take(segment: str, before: list[str], index: int) -> bool:
    full = re.sub(r"#EXT-X-PART:[^\n]*\n", "", before[index])
    return full.startswith(("#EXT-X-MAP", "#EXT-X-DISCONTINUITY\n#EXT-X-MAP"))


def split_segments(text: str) -> list[str]:
    """Each closed segment's lines, parts left out; without the head."""
    body = re.split(
        r"(?=#EXT-X-(?:MAP|PROGRAM-DATE-TIME|DISCONTINUITY\n))", text, maxsplit=1
    )
    if len(body) < 2:
        return []
    body_text = re.sub(r"#EXT-X-PART:[^\n]*\n", "", body[1])
    return re.findall(r".*?#EXTINF:[^\n]*\n[^\n]*\n", body_text, re.DOTALL)


def shift(seconds: float) -> datetime:
    return ANCHOR + timedelta(seconds=seconds)
