"""Fills gaps of a recording from a local one, which its sound puts in its place.

The signal was lost, but a recorder in the room ran on. What it heard before and after
a gap is in the recording too: there the two are laid over each other, which tells the
offset and how its clock ran. Only gaps in which the room was on air are filled: what
was paused or off air was never for the public, whoever recorded it.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core.refusals import Refusal
from folkmoot.media.archive.importer import import_video
from folkmoot.media.archive.match import MOST_DRIFT, SAMPLE_RATE, Match
from folkmoot.media.encode.process import Limits, Program
from folkmoot.media.ingest.reading import Film, FilmUnreadable, look_at
from folkmoot.media.pack import playlist
from folkmoot.media.pack.stored_stream import Fill, Gap

if TYPE_CHECKING:
    from folkmoot.media.archive.alignment import Sound
    from folkmoot.media.channel import Channel
    from folkmoot.media.pack.packager import Segment
    from folkmoot.media.pack.stream import Stream
    from folkmoot.media.webcast import Webcast

logger = logging.getLogger(__name__)

_NEIGHBOUR_SECONDS = 120.0
_LEAST_GAP_SECONDS = 1.0
_SEAM_SECONDS = 0.08  # left out at the end: two takes may not overlap by a frame
_NOTED_DRIFT_SECONDS = 0.02
_MOST_SECONDS = 6 * 3600.0
# Two AAC encoders follow, each of which makes sound 21 ms late in one rendition, one
# of them in the other: the mean of both.
_ENCODERS_SECONDS = 0.032
_SOUND_FILTER = (
    "aresample=async=1000:first_pts=0,"
    f"atrim=start={_ENCODERS_SECONDS},asetpts=PTS-STARTPTS"
)
_LIMITS = Limits(niceness=10)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a gap lies in a local recording, in its seconds; `speed` of its clock."""

    gap: Gap
    start_seconds: float
    speed: float
    confidence: float

    def local(self, at: datetime) -> float:
        """The local recording's second at a moment."""
        return (
            self.start_seconds + (at - self.gap.start_at).total_seconds() * self.speed
        )

    def moment(self, seconds: float) -> datetime:
        """The moment of a second of the local recording."""
        away = (seconds - self.start_seconds) / self.speed
        return self.gap.start_at + timedelta(seconds=away)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a local recording would fill; `offset_seconds` is where that lies in it."""

    start_at: datetime
    end_at: datetime
    offset_seconds: float
    confidence: float
    drift: float


async def find_fills(
    webcast: Webcast, meeting_id: str, room_id: str, file: Path
) -> list[Found]:
    """Say what `fill_gaps` would fill, and fill nothing. Raises `Refusal` like it."""
    channel = webcast.channel(meeting_id, room_id)
    gaps = _list_gaps(channel)
    film = await _look(webcast, file)
    local = await _listen(webcast.ffmpeg, Path(film.path))
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=file.parent))
    try:
        places = await _find_places(webcast, channel, gaps, local, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return [_tell(place, film) for place in places]


def _tell(place: Place, film: Film) -> Found:
    start_at, end_at = _cover(place, film)
    return Found(
        start_at=start_at,
        end_at=end_at,
        offset_seconds=round(place.local(start_at), 3),
        confidence=round(place.confidence, 1),
        drift=place.speed - 1,
    )


def _list_gaps(channel: Channel) -> list[Gap]:
    if not channel.public.is_recording:
        raise Refusal("not_ended", "Gaps are filled when the meeting has ended.")
    gaps = [gap for gap in channel.gaps if _may_fill(channel, gap)]
    if not gaps:
        raise Refusal("no_gap", "This recording has no gap that a lost signal left.")
    return gaps


async def _look(webcast: Webcast, file: Path) -> Film:
    try:
        film = await look_at(webcast.ffmpeg, file)
    except FilmUnreadable as error:
        raise Refusal("video_unreadable", f"The file can't be read: {error}.") from None
    if not film.source.has_audio:
        raise Refusal("no_sound", "This film has no sound to find its place by.")
    if film.seconds > _MOST_SECONDS:
        raise Refusal(
            "too_long", "Cut it first: a local recording has six hours at most."
        )
    return film


async def fill_gaps(
    webcast: Webcast,
    meeting_id: str,
    room_id: str,
    file: Path,
    *,
    progress: Callable[[float], None] | None = None,
) -> list[Fill]:
    """Fill the gaps that a local recording covers; return what was filled.

    Raises `Refusal`: `not_ended`, `no_gap`, `no_sound`, `sound_differs`,
    `clocks_differ`, `gap_not_covered`, and those of an import.
    """
    channel = webcast.channel(meeting_id, room_id)
    gaps = _list_gaps(channel)
    film = await _look(webcast, file)
    local = await _listen(webcast.ffmpeg, Path(film.path))
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=file.parent))
    try:
        filled = []
        places = await _find_places(webcast, channel, gaps, local, folder)
        for number, place in enumerate(places):

            def note(share: float, done: int = number) -> None:
                if progress is not None:
                    progress((done + share) / len(places))

            filled.append(
                await _fill(webcast, (meeting_id, room_id), film, place, folder, note)
            )
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return filled


async def _fill(
    webcast: Webcast,
    room: tuple[str, str],
    film: Film,
    place: Place,
    folder: Path,
    note: Callable[[float], None],
) -> Fill:
    channel = webcast.channel(*room)
    start_at, end_at = _cover(place, film)
    piece = folder / "piece.mkv"
    await _cut(webcast.ffmpeg, film, place, start_at, end_at, piece)
    made = await import_video(webcast, *room, piece, start_at, progress=note)
    fill = Fill(
        take_id=made.take_id,
        start_at=start_at,
        end_at=start_at + timedelta(seconds=made.seconds),
        gap=place.gap,
        confidence=round(place.confidence, 1),
        drift=place.speed - 1,
    )
    await channel.note_fill(fill)
    logger.info("channel=%s gap filled %s", channel.name, fill)
    return fill


async def _find_places(
    webcast: Webcast, channel: Channel, gaps: list[Gap], local: Sound, folder: Path
) -> list[Place]:
    places, refusal = [], None
    for gap in gaps:
        try:
            places.append(await _find_place(webcast, channel, gap, local, folder))
        except Refusal as reason:
            refusal = reason
    seconds = len(local) / SAMPLE_RATE
    covered = [
        place
        for place in places
        if place.local(place.gap.end_at) > _LEAST_GAP_SECONDS
        and place.start_seconds < seconds - _LEAST_GAP_SECONDS
    ]
    if places and not covered:
        refusal = Refusal(
            "gap_not_covered", "This is the room's sound, but it reaches into no gap."
        )
    if not covered and refusal is not None:
        raise refusal
    return covered


async def _find_place(
    webcast: Webcast, channel: Channel, gap: Gap, local: Sound, folder: Path
) -> Place:
    """Lay what stands before and after a gap over the local sound."""
    found: list[tuple[datetime, Match]] = []
    best = 0.0
    for before in (True, False):
        segments = _neighbours(channel.public, gap, before=before)
        if not segments:
            continue
        sound = await _listen_to(webcast.ffmpeg, channel.public, segments, folder)
        match = await asyncio.to_thread(_find_offset, sound, local)
        best = max(best, match.confidence if match else 0.0)
        if match is not None and match.sure:
            found.append((segments[0].at, match))
    if not found:
        raise Refusal(
            "sound_differs",
            "Its sound is not what the recording has before and after the gap"
            f" (certainty {best:.1f}, needed 8). Is it of this room and this day?",
        )
    speed = 1.0
    if len(found) > 1:
        (first_at, first), (last_at, last) = found
        apart = (last_at - first_at).total_seconds()
        speed = (last.offset_seconds - first.offset_seconds) / apart
        if abs(speed - 1) > MOST_DRIFT:
            raise Refusal(
                "clocks_differ",
                "Before and after the gap its sound fits at places that no clock "
                "explains. Was it cut, or paused?",
            )
    at, match = found[0]
    start = match.offset_seconds + (gap.start_at - at).total_seconds() * speed
    return Place(
        gap=gap,
        start_seconds=start,
        speed=speed,
        confidence=min(each.confidence for _, each in found),
    )


def _cover(place: Place, film: Film) -> tuple[datetime, datetime]:
    start_at = max(place.gap.start_at, place.moment(0.0))
    end_at = min(place.gap.end_at, place.moment(film.seconds))
    return start_at, end_at


def _may_fill(channel: Channel, gap: Gap) -> bool:
    """Whether a gap was lost and not, in part or whole, taken away on purpose."""
    cut = any(
        each.from_at < gap.end_at and gap.start_at < each.to_at
        for each in channel.public.kept.cuts
    )
    return gap.lost and not cut and _length(gap) >= _LEAST_GAP_SECONDS


def _length(gap: Gap) -> float:
    return (gap.end_at - gap.start_at).total_seconds()


def _neighbours(stream: Stream, gap: Gap, *, before: bool) -> list[Segment]:
    """The segments of one take that end, or begin, at a gap; two minutes of them."""
    name = "audio" if "audio" in stream.lanes else stream.variants[0].name
    ordered = [each for each in stream.recorded(name) if not each.gap]
    if before:
        near = [each for each in reversed(ordered) if each.at < gap.start_at]
    else:
        near = [each for each in ordered if each.end_at > gap.end_at]
    chosen: list[Segment] = []
    for each in near:
        length = sum(one.duration_seconds for one in chosen)
        if length > _NEIGHBOUR_SECONDS or each.take_id != near[0].take_id:
            break
        chosen.append(each)
    return sorted(chosen, key=lambda each: each.at)


async def _listen_to(
    ffmpeg: str, stream: Stream, segments: list[Segment], folder: Path
) -> Sound:
    name = "audio" if "audio" in stream.lanes else stream.variants[0].name
    rendition = stream.directory / segments[0].take_id / name
    names = ["init.mp4", *(playlist.name_segment(each.sequence) for each in segments)]
    joined = folder / "neighbour.mp4"
    await asyncio.to_thread(_join, [rendition / each for each in names], joined)
    return await _listen(ffmpeg, joined)


def _join(files: list[Path], to: Path) -> None:
    with to.open("wb") as out:
        for file in files:
            out.write(file.read_bytes())


def _find_offset(sound: Sound, local: Sound) -> Match | None:
    # It imports numpy: here in a thread, not as a service starts.
    from folkmoot.media.archive.alignment import find_offset  # noqa: PLC0415

    return find_offset(sound, local)


def _read_samples(data: bytes) -> Sound:
    from folkmoot.media.archive.alignment import read_samples  # noqa: PLC0415

    return read_samples(data)


async def _listen(ffmpeg: str, file: Path) -> Sound:
    """A film's sound as one channel of samples."""
    program = await _start(
        ffmpeg, "-i", f"file:{file}", "-map", "0:a:0",
        "-af", "aresample=async=1:first_pts=0", "-ac", "1",
        "-ar", str(SAMPLE_RATE), "-f", "s16le", "pipe:1",
    )  # fmt: skip
    try:
        data = await program.output.read()
        await program.wait()
    finally:
        await program.stop()
    return await asyncio.to_thread(_read_samples, data)


async def _cut(
    ffmpeg: str,
    film: Film,
    place: Place,
    start_at: datetime,
    end_at: datetime,
    to: Path,
) -> None:
    """Make the film of the gap alone: to the frame, at the meeting's clock."""
    seconds = (end_at - start_at).total_seconds() - _SEAM_SECONDS
    scale = []
    if abs(place.speed - 1) * seconds > _NOTED_DRIFT_SECONDS:
        scale = ["-itsscale", f"{1 / place.speed:.9f}"]
    start = place.local(start_at) / (place.speed if scale else 1.0)
    picture = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]
    picture += ["-force_key_frames", "expr:gte(t,n_forced*2)"]
    program = await _start(
        ffmpeg, *scale, "-ss", f"{max(0.0, start):.3f}", "-i", f"file:{film.path}",
        "-t", f"{seconds:.3f}", "-map", "0:V:0?", "-map", "0:a:0", *picture,
        "-c:a", "aac", "-af", _SOUND_FILTER, "-b:a", "128k",
        "-y", f"file:{to}",
    )  # fmt: skip
    try:
        await program.output.read()
        code = await program.wait()
    finally:
        await program.stop()
    if code != 0:
        raise Refusal(
            "video_unreadable",
            f"The file can't be read: {' / '.join(program.tail[-2:])}",
        )


async def _start(ffmpeg: str, *arguments: str) -> Program:
    program = await Program.start(
        [ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error",
         "-protocol_whitelist", "file,pipe,fd", *arguments],
        name="fill",
        limits=_LIMITS,
        capture=True,
    )  # fmt: skip
    await program.close_input()
    return program
