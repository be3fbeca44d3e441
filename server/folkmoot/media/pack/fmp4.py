"""Reads fragmented MP4 as it comes: an initialization, then fragments.

Pure: bytes in, values out. A fragment is a `moof` with the `mdat` behind it and
becomes a part; styp, sidx, prft, emsg, mfra and free are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from folkmoot.media.pack.boxes import (
    Fmp4Error,
    find_box,
    iterate_boxes,
    need_box,
    read_header,
    read_numbers,
)
from folkmoot.media.pack.codecs import read_codec

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Fmp4Error", "Fmp4Reader", "Fragment", "Init", "Track")

MAX_BOX_BYTES = 64 << 20
MAX_HEADER_BOX_BYTES = 4 << 20
_MAX_SAMPLES = 100_000
_IGNORED = frozenset({b"styp", b"sidx", b"prft", b"emsg", b"mfra", b"free", b"skip"})
_VIDEO, _AUDIO = b"vide", b"soun"
_NOT_SYNC = 0x10000  # sample_is_non_sync_sample, ISO/IEC 14496-12 8.8.3.1
# tfhd and trun flags, 8.8.7 and 8.8.8
_BASE_OFFSET, _DESCRIPTION, _TF_DURATION, _TF_SIZE, _TF_FLAGS = 1, 2, 8, 16, 32
_DATA_OFFSET, _FIRST_FLAGS = 1, 4
_DURATION, _SIZE, _FLAGS, _COMPOSITION = 0x100, 0x200, 0x400, 0x800


class Track(msgspec.Struct, frozen=True):
    """One track of an initialization; the defaults are those of its trex box."""

    track_id: int
    video: bool
    timescale: int
    codec: str
    default_duration: int
    default_flags: int
    width: int | None = None
    height: int | None = None


class Init(msgspec.Struct, frozen=True):
    """ftyp and moov, byte for byte, and what they say."""

    data: bytes
    tracks: tuple[Track, ...]

    @property
    def codecs(self) -> str:
        """The CODECS attribute of this rendition."""
        return ",".join(track.codec for track in self.tracks)

    @property
    def leading(self) -> Track:
        """The track whose time is the rendition's time: the video if there is one."""
        return next((track for track in self.tracks if track.video), self.tracks[0])


class Run(msgspec.Struct, frozen=True):
    """What one track has in a fragment, in ticks of its timescale."""

    track_id: int
    start_ticks: int
    duration_ticks: int
    first_composition_ticks: int
    independent: bool


class Fragment(msgspec.Struct, frozen=True):
    """A moof and its mdat; times in seconds on the leading track's timeline.

    `start_seconds` is a presentation time: the decode time of the first sample
    plus the composition offset of the rendition's first sample. (Not of its own:
    fragments are cut in decoding order, where B-frames make that one jump.)
    """

    data: bytes
    decode_seconds: float
    start_seconds: float
    duration_seconds: float
    independent: bool
    runs: tuple[Run, ...]

    @property
    def end_seconds(self) -> float:
        """Where the next fragment begins."""
        return self.start_seconds + self.duration_seconds


class Fmp4Reader:
    """Feed it bytes; it yields the `Init`, then each `Fragment`, in order."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._ftyp = b""
        self._moof = b""
        self._shift: float | None = None
        self.init: Init | None = None

    @property
    def pending_bytes(self) -> int:
        """How many bytes wait for the rest of their box."""
        return len(self._buffer) + len(self._moof)

    def feed(self, data: bytes) -> Iterator[Init | Fragment]:
        """Take more bytes. Raises `Fmp4Error`; the reader is of no use after."""
        self._buffer += data
        while True:
            size, kind, _ = read_header(self._buffer, 0)
            self._refuse_unbounded(size, kind)
            if size == 0 or len(self._buffer) < size:
                return
            box = bytes(memoryview(self._buffer)[:size])
            del self._buffer[:size]
            found = self._take(kind, box)
            if found is not None:
                yield found

    def _refuse_unbounded(self, size: int, kind: bytes) -> None:
        known = kind in {b"ftyp", b"moov", b"moof", b"mdat"} or kind in _IGNORED
        if size and not known:
            raise Fmp4Error(f"An unexpected box {kind!r}.")
        limit = MAX_BOX_BYTES if kind == b"mdat" else MAX_HEADER_BOX_BYTES
        if size > limit:
            raise Fmp4Error(f"A box {kind!r} of {size} bytes.")

    def _take(self, kind: bytes, box: bytes) -> Init | Fragment | None:
        if kind == b"ftyp":
            self._ftyp = box
        elif kind == b"moov":
            self.init = Init(self._ftyp + box, _read_tracks(_payload(box)))
            return self.init
        elif kind == b"moof":
            if self.init is None or self._moof:
                raise Fmp4Error("A moof where none belongs.")
            self._moof = box
        elif kind == b"mdat":
            return self._take_media(box)
        return None

    def _take_media(self, mdat: bytes) -> Fragment:
        if self.init is None or not self._moof:
            raise Fmp4Error("An mdat without a moof.")
        moof, self._moof = self._moof, b""
        fragment = read_fragment(self.init, moof, mdat, shift_seconds=self._shift)
        if self._shift is None:
            self._shift = fragment.start_seconds - fragment.decode_seconds
        return fragment


def _payload(box: bytes) -> memoryview:
    _, _, header = read_header(box, 0)
    return memoryview(box)[header:]


def _read_tracks(moov: memoryview) -> tuple[Track, ...]:
    defaults = {}
    for kind, body in iterate_boxes(need_box(moov, b"mvex")):
        if kind == b"trex":
            track_id, _, duration, _, flags = read_numbers(">5I", body, 4)
            defaults[track_id] = (duration, flags)
    bodies = [body for kind, body in iterate_boxes(moov) if kind == b"trak"]
    tracks = tuple(
        track for body in bodies if (track := _read_track(body, defaults)) is not None
    )
    if not tracks:
        raise Fmp4Error("No picture and no sound.")
    return tracks


def _read_track(trak: memoryview, defaults: dict[int, tuple[int, int]]) -> Track | None:
    tkhd = need_box(trak, b"tkhd")
    mdhd = need_box(trak, b"mdia", b"mdhd")
    handler = bytes(need_box(trak, b"mdia", b"hdlr")[8:12])
    if handler not in {_VIDEO, _AUDIO}:
        return None
    (track_id,) = read_numbers(">I", tkhd, 20 if _version(tkhd) else 12)
    (timescale,) = read_numbers(">I", mdhd, 20 if _version(mdhd) else 12)
    if timescale == 0:
        raise Fmp4Error("A timescale of 0.")
    duration, flags = defaults.get(track_id, (0, 0))
    width, height = read_numbers(">II", tkhd, len(tkhd) - 8)
    return Track(
        track_id=track_id,
        video=handler == _VIDEO,
        timescale=timescale,
        codec=read_codec(need_box(trak, b"mdia", b"minf", b"stbl", b"stsd")),
        default_duration=duration,
        default_flags=flags,
        width=width >> 16 or None,
        height=height >> 16 or None,
    )


def _version(box: memoryview) -> int:
    return read_numbers(">B", box)[0]


def read_fragment(
    init: Init, moof: bytes, mdat: bytes, *, shift_seconds: float | None
) -> Fragment:
    """The fragment of these two boxes. Raises `Fmp4Error`.

    `shift_seconds` is presentation less decode time; None: as in its first sample.
    """
    tracks = {track.track_id: track for track in init.tracks}
    runs = [
        _read_run(body, tracks)
        for kind, body in iterate_boxes(_payload(moof))
        if kind == b"traf"
    ]
    known = [run for run in runs if run is not None and run.duration_ticks]
    if not known:
        raise Fmp4Error("A fragment of no track.")
    # A fragment may lack the leading track: sound goes on where pictures stop.
    leading = next(
        (run for run in known if run.track_id == init.leading.track_id), known[0]
    )
    scale = tracks[leading.track_id].timescale
    if shift_seconds is None:
        shift_seconds = leading.first_composition_ticks / scale
    return Fragment(
        data=moof + mdat,
        decode_seconds=leading.start_ticks / scale,
        start_seconds=leading.start_ticks / scale + shift_seconds,
        duration_seconds=leading.duration_ticks / scale,
        independent=leading.independent and leading.track_id == init.leading.track_id,
        runs=tuple(known),
    )


def _read_run(traf: memoryview, tracks: dict[int, Track]) -> Run | None:
    tfhd = need_box(traf, b"tfhd")
    flags, track_id = read_numbers(">II", tfhd)
    track = tracks.get(track_id)
    tfdt = find_box(traf, b"tfdt")
    if track is None or tfdt is None:
        return None
    version = tfdt[0] if len(tfdt) else 0
    (start,) = read_numbers(">Q" if version == 1 else ">I", tfdt, 4)
    duration, sample_flags = _read_defaults(tfhd, flags & 0xFFFFFF, track)
    total, composition, first_flags = 0, None, sample_flags
    for kind, body in iterate_boxes(traf):
        if kind == b"trun":
            ticks, offset, own_flags = _read_samples(body, duration, sample_flags)
            if composition is None:
                composition, first_flags = offset, own_flags
            total += ticks
    return Run(
        track_id=track_id,
        start_ticks=start,
        duration_ticks=total,
        first_composition_ticks=composition or 0,
        independent=not first_flags & _NOT_SYNC,
    )


def _read_defaults(tfhd: memoryview, flags: int, track: Track) -> tuple[int, int]:
    """Duration and flags of samples that don't say: tfhd's, else trex's."""
    at = 8 + (8 if flags & _BASE_OFFSET else 0) + (4 if flags & _DESCRIPTION else 0)
    duration, sample_flags = track.default_duration, track.default_flags
    if flags & _TF_DURATION:
        (duration,) = read_numbers(">I", tfhd, at)
        at += 4
    at += 4 if flags & _TF_SIZE else 0
    if flags & _TF_FLAGS:
        (sample_flags,) = read_numbers(">I", tfhd, at)
    return duration, sample_flags


def _read_samples(
    trun: memoryview, duration: int, sample_flags: int
) -> tuple[int, int, int]:
    """Ticks of all samples; composition offset and flags of the first."""
    head, count = read_numbers(">II", trun)
    flags = head & 0xFFFFFF
    if count > _MAX_SAMPLES:
        raise Fmp4Error(f"A run of {count} samples.")
    at = 8 + (4 if flags & _DATA_OFFSET else 0)
    first_flags = sample_flags
    if flags & _FIRST_FLAGS:
        (first_flags,) = read_numbers(">I", trun, at)
        at += 4
    fields = [flag for flag in (_DURATION, _SIZE, _FLAGS, _COMPOSITION) if flags & flag]
    rows = read_numbers(f">{count * len(fields)}I", trun, at)
    if flags & _FLAGS and count:
        first_flags = rows[fields.index(_FLAGS)]
    total = sum(rows[:: len(fields)]) if flags & _DURATION else duration * count
    composition = (
        rows[fields.index(_COMPOSITION)] if flags & _COMPOSITION and count else 0
    )
    if head >> 24 and composition >> 31:  # version 1: signed
        composition -= 1 << 32
    return total, composition, first_flags


def shift_fragment(init: Init, fragment: Fragment, seconds: float) -> Fragment:
    """The same fragment, played `seconds` later."""
    data = bytearray(fragment.data)
    scales = {track.track_id: track.timescale for track in init.tracks}
    track_id = 0
    for kind, at in _walk_trafs(data):
        if kind == b"tfhd":
            (track_id,) = read_numbers(">I", memoryview(data), at + 4)
        elif kind == b"tfdt":
            width = 8 if data[at] == 1 else 4
            ticks = int.from_bytes(data[at + 4 : at + 4 + width])
            ticks += round(seconds * scales[track_id])
            data[at + 4 : at + 4 + width] = ticks.to_bytes(width)
    return msgspec.structs.replace(
        fragment,
        data=bytes(data),
        decode_seconds=fragment.decode_seconds + seconds,
        start_seconds=fragment.start_seconds + seconds,
    )


def _walk_trafs(fragment: bytearray) -> Iterator[tuple[bytes, int]]:
    """Type and payload offset of each box in the moof and in its trafs."""
    end, _, at = read_header(fragment, 0)
    while at < end:
        size, kind, header = read_header(fragment, at)
        if kind == b"traf":
            at += header  # step inside
            continue
        yield kind, at + header
        at += max(size, header)
