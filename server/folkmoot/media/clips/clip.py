"""Plans a clip: which samples of which files, and the tables that list them.

Nothing is encoded and nothing is copied: a clip is a head and slices of the files
of the archive. Its picture begins at the key frame at or before the start; an edit
list makes players begin at the start itself. Where the recording lacks something
inside the span, what stands before and after it is joined. Everything here blocks.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from folkmoot.media.clips.progressive import (
    Edit,
    Head,
    Row,
    TrackPlan,
    read_heads,
    write_head,
)
from folkmoot.media.clips.samples import Sample, read_samples
from folkmoot.media.pack.fmp4 import Fmp4Reader, Track
from folkmoot.media.pack.playlist import name_segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from folkmoot.media.pack.packager import Segment

ClipKind = Literal["video", "sound"]

_TOUCH_SECONDS = 0.05  # segments of a take follow one another to within rounding
_PREROLL_SECONDS = 0.045  # a decoder of sound needs two frames to begin cleanly


class NoClip(Exception):
    """There is nothing to cut; the argument says why."""


class Slice(msgspec.Struct, frozen=True):
    """Bytes of a file."""

    path: Path
    offset: int
    size: int


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is put together when it is sent.

    `start_at` is the first moment that it plays, `seconds` how long; `lead_seconds`
    lie before it, for the decoder alone. `joints` counts the places where something
    is missing. `segments` are the takes and numbers that it is made of.
    """

    head: bytes
    slices: tuple[Slice, ...]
    size: int
    start_at: datetime
    seconds: float
    lead_seconds: float
    joints: int
    rendition: str
    segments: frozenset[tuple[str, int]]

    @property
    def tag(self) -> str:
        """What changes when its bytes do: the tables know every sample's size."""
        return hashlib.blake2b(self.head, digest_size=12).hexdigest()


class _Run(msgspec.Struct):
    """Segments of a take without a hole: media seconds, and samples by file."""

    take_id: str
    segments: list[Segment]
    start: float
    end: float
    offset: float = 0.0

    @property
    def anchor_at(self) -> datetime:
        first = self.segments[0]
        return first.at - timedelta(seconds=first.start_seconds)


class _Placed(NamedTuple):
    """A sample, the file it stands in, and its description."""

    file: int
    sample: Sample
    at: int
    composition: int
    entry: int
    duration: int


class _Source(msgspec.Struct):
    """A take's tracks by kind: their heads, and their samples by file."""

    heads: dict[ClipKind, Head]
    tracks: dict[ClipKind, Track]
    samples: dict[ClipKind, list[tuple[int, Sample]]]


def plan_clip(
    directory: Path,
    segments: Sequence[Segment],
    rendition: str,
    *,
    from_at: datetime,
    to_at: datetime,
    kind: ClipKind = "video",
    told: Sequence[tuple[bytes, str]] = (),
) -> Clip:
    """Plan a clip of these segments, which lie in the takes of `directory`.

    Raises `NoClip`, `OSError` where a file went away meanwhile, and `Fmp4Error`.
    """
    runs = _find_runs(segments)
    if not runs:
        raise NoClip("There is no recording of that time.")
    files: list[Path] = []
    sources = [_read_run(directory, rendition, run, files) for run in runs]
    _trim(runs, sources, from_at, to_at, kind)
    first = runs[0]
    begin = max(0.0, (from_at - first.anchor_at).total_seconds() - first.start)
    end = runs[-1].offset + runs[-1].end - runs[-1].start
    if end - begin <= 0:
        raise NoClip("There is no recording of that time.")
    wanted: tuple[ClipKind, ...] = ("video", "sound") if kind == "video" else ("sound",)
    placed = {of: _place(of, runs, sources) for of in wanted}
    if not placed[kind]:
        lacks = "picture" if kind == "video" else "sound"
        raise NoClip(f"The recording has no {lacks}.")
    slices, places = _lay_out([p for group in placed.values() for p in group], files)
    tracks = [
        _plan_track(of, group, places, sources, begin, end)
        for of, group in placed.items()
        if group
    ]
    start_at = first.anchor_at + timedelta(seconds=first.start + begin)
    media_bytes = sum(piece.size for piece in slices)
    head = write_head(tracks, media_bytes=media_bytes, made_at=start_at, told=told)
    return Clip(
        head=head,
        slices=slices,
        size=len(head) + media_bytes,
        start_at=start_at,
        seconds=round(end - begin, 3),
        lead_seconds=round(begin, 3),
        joints=sum(
            (after.segments[0].at - before.segments[-1].end_at).total_seconds()
            > _TOUCH_SECONDS
            for before, after in pairwise(runs)
        ),
        rendition=rendition,
        segments=frozenset((s.take_id, s.sequence) for r in runs for s in r.segments),
    )


def _kind(track: Track | Head) -> ClipKind:
    return "video" if track.video else "sound"


def _find_runs(segments: Sequence[Segment]) -> list[_Run]:
    runs: list[_Run] = []
    for segment in segments:
        if segment.gap:
            continue
        end = segment.start_seconds + segment.duration_seconds
        last = runs[-1] if runs else None
        if (
            last is not None
            and last.take_id == segment.take_id
            and abs(segment.start_seconds - last.end) <= _TOUCH_SECONDS
        ):
            last.segments.append(segment)
            last.end = end
        else:
            start = segment.start_seconds
            runs.append(_Run(segment.take_id, [segment], start, end))
    return runs


def _read_run(directory: Path, rendition: str, run: _Run, files: list[Path]) -> _Source:
    folder = directory / run.take_id / rendition
    init = (folder / "init.mp4").read_bytes()
    reader = Fmp4Reader()
    for _ in reader.feed(init):
        pass
    read = reader.init.tracks if reader.init is not None else ()
    tracks: dict[ClipKind, Track] = {}
    for track in read:
        tracks.setdefault(_kind(track), track)
    heads: dict[ClipKind, Head] = {}
    for head in read_heads(init):
        heads.setdefault(_kind(head), head)
    source = _Source(heads, tracks, {"video": [], "sound": []})
    by_id = {track.track_id: track for track in tracks.values()}
    for segment in run.segments:
        path = folder / name_segment(segment.sequence)
        number = len(files)
        files.append(path)
        with path.open("rb") as file:
            for track_id, samples in read_samples(file, by_id).items():
                known = source.samples[_kind(by_id[track_id])]
                known += [(number, sample) for sample in samples]
    return source


def _trim(
    runs: Sequence[_Run],
    sources: Sequence[_Source],
    from_at: datetime,
    to_at: datetime,
    kind: ClipKind,
) -> None:
    """Narrow the first and the last run to the span, and put them in a row."""
    first, last = runs[0], runs[-1]
    wanted = (from_at - first.anchor_at).total_seconds()
    if kind == "video":
        first.start = _find_key(sources[0], wanted)
    else:
        first.start = max(first.start, wanted - _PREROLL_SECONDS)
    last.end = min(last.end, (to_at - last.anchor_at).total_seconds())
    total = 0.0
    for run in runs:
        run.offset = total
        total += run.end - run.start


def _find_key(source: _Source, wanted: float) -> float:
    """Media seconds of the last key frame at or before a moment, else of the first."""
    track = source.tracks.get("video")
    keys = [s.shown for _, s in source.samples["video"] if s.sync]
    if track is None or not keys:
        raise NoClip("The recording has no picture.")
    before = [shown for shown in keys if shown / track.timescale <= wanted + 1e-4]
    return (before[-1] if before else keys[0]) / track.timescale


def _place(
    of: ClipKind, runs: Sequence[_Run], sources: Sequence[_Source]
) -> list[_Placed]:
    """Put a track's samples of all runs onto one line of time, in ticks."""
    placed: list[_Placed] = []
    scale = _scale(of, sources)
    described: dict[tuple[bytes, ...], int] = {}
    for run, source in zip(runs, sources, strict=True):
        track, head = source.tracks.get(of), source.heads.get(of)
        if track is None or head is None:
            continue
        entry = described.setdefault(head.entries, len(described))
        shift = run.offset - run.start
        first = True
        for file, sample in _within(of, source.samples[of], run, track.timescale):
            at = round((sample.at / track.timescale + shift) * scale)
            while first and placed and placed[-1].at >= at:
                placed.pop()  # sound that runs on into the next take
            first = False
            composition = round(sample.composition * scale / track.timescale)
            duration = round(sample.duration * scale / track.timescale)
            placed.append(_Placed(file, sample, at, composition, entry, duration))
    return placed


def _within(
    of: ClipKind, samples: Sequence[tuple[int, Sample]], run: _Run, scale: int
) -> Iterator[tuple[int, Sample]]:
    """The samples of a run that are needed, in the order of decoding."""
    start, end = run.start * scale, run.end * scale
    half = 0.5  # a tick: seconds were rounded
    if of == "sound":
        for file, sample in samples:
            if sample.at + sample.duration > start + half and sample.at < end - half:
                yield file, sample
        return
    first = next(
        (
            i
            for i, (_, sample) in enumerate(samples)
            if sample.sync and sample.shown >= start - half
        ),
        len(samples),
    )
    shown = [i for i, (_, s) in enumerate(samples) if s.shown < end - half]
    # A frame is decoded before those that are shown before it.
    yield from samples[first : (shown[-1] + 1 if shown else 0)]


def _scale(of: ClipKind, sources: Sequence[_Source]) -> int:
    return next((s.tracks[of].timescale for s in sources if of in s.tracks), 1)


def _lay_out(
    placed: Sequence[_Placed], files: Sequence[Path]
) -> tuple[tuple[Slice, ...], dict[tuple[int, int], int]]:
    """Return what to send in the order of the files, and where each sample comes."""
    slices: list[Slice] = []
    places: dict[tuple[int, int], int] = {}
    total = 0
    for one in sorted(placed, key=lambda p: (p.file, p.sample.offset)):
        path, (offset, size) = files[one.file], (one.sample.offset, one.sample.size)
        places[one.file, offset] = total
        total += size
        last = slices[-1] if slices else None
        if last and last.path == path and last.offset + last.size == offset:
            slices[-1] = Slice(path, last.offset, last.size + size)
        else:
            slices.append(Slice(path, offset, size))
    return tuple(slices), places


def _plan_track(
    of: ClipKind,
    placed: Sequence[_Placed],
    places: dict[tuple[int, int], int],
    sources: Sequence[_Source],
    begin: float,
    end: float,
) -> TrackPlan:
    heads = [source.heads[of] for source in sources if of in source.heads]
    scale = _scale(of, sources)
    entries = dict.fromkeys(head.entries for head in heads)
    rows = []
    chunks: list[tuple[int, int]] = []
    follows: tuple[int, int, int] | None = None
    for number, one in enumerate(placed):
        after = placed[number + 1].at if number + 1 < len(placed) else None
        duration = one.duration if after is None else after - one.at
        sample = one.sample
        rows.append(Row(duration, one.composition, sample.sync, sample.size, one.entry))
        if follows == (one.file, sample.offset, one.entry):
            chunks[-1] = (chunks[-1][0], chunks[-1][1] + 1)
        else:
            chunks.append((places[one.file, sample.offset], 1))
        follows = (one.file, sample.offset + sample.size, one.entry)
    zero, last = placed[0].at, placed[-1]
    ends = min(end, (last.at + last.composition + last.duration) / scale)
    if of == "video":
        ends = end
    ticks = round(begin * scale) - zero
    edits = []
    if ticks < 0:  # it begins later than the clip
        silent = -ticks / scale
        edits.append(Edit(silent, None))
        begin, ticks = begin + silent, 0
    edits.append(Edit(max(0.0, ends - begin), ticks))
    return TrackPlan(
        head=heads[0],
        entries=tuple(entry for group in entries for entry in group[:1]),
        rows=rows,
        chunks=chunks,
        edits=edits,
    )
