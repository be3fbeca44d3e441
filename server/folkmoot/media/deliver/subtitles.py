"""What was said as a rendition of its own: WebVTT beside the picture, for any player.

Segments run beside the picture's, so that players keep them in step; each maps its
times to those of the take's media (RFC 8216bis, 3.1.4). A live list ends where the
words are settled: a player fetches each segment once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec

from folkmoot.media.pack.playlist import RECORDING_VERSION, format_time
from folkmoot.media.pack.span import select_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from folkmoot.media.pack.packager import Segment
    from folkmoot.media.pack.stream import Stream

RENDITION = "words"
GROUP = "words"
_MOST_SECONDS = 120.0
# Apple's HLS authoring specification, 4.6 and 7.8.
_WHAT_IT_IS = "public.accessibility.transcribes-spoken-dialog"
MEDIA = (
    f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="{GROUP}",NAME="Captions",DEFAULT=NO,'
    f'AUTOSELECT=YES,FORCED=NO,CHARACTERISTICS="{_WHAT_IT_IS}",URI="'
)


class Words(Protocol):
    """What was said in the rooms."""

    async def offers(self, meeting_id: str, room_id: str) -> bool:
        """Whether a room has words, or will have."""
        ...

    def settled_until(self, meeting_id: str, room_id: str) -> datetime | None:
        """Up to where they are settled; None: all of them are."""
        ...

    async def segment(
        self,
        meeting_id: str,
        room_id: str,
        *,
        from_at: datetime,
        to_at: datetime,
        zero_at: datetime,
    ) -> bytes:
        """WebVTT of a span, timed from `zero_at`, which is media time 0."""
        ...


class Span(msgspec.Struct, frozen=True):
    """A segment's place in its take, in milliseconds of media."""

    start_ms: int
    length_ms: int

    @property
    def name(self) -> str:
        """Its file."""
        return f"{self.start_ms}-{self.length_ms}.vtt"

    @classmethod
    def of(cls, segment: Segment) -> Span:
        """The place of a segment."""
        start_ms = round(segment.start_seconds * 1000)
        end_ms = round((segment.start_seconds + segment.duration_seconds) * 1000)
        return cls(start_ms, end_ms - start_ms)

    def moments(self, anchor_at: datetime) -> tuple[datetime, datetime]:
        """From when to when it is, in a take whose media time 0 was then."""
        start = anchor_at + timedelta(milliseconds=self.start_ms)
        return start, start + timedelta(milliseconds=self.length_ms)


def read_span(start_ms: str, length_ms: str) -> Span | None:
    """The place that a file's name tells; None where there is none."""
    span = Span(int(start_ms), int(length_ms))
    good = 0 < span.length_ms <= _MOST_SECONDS * 1000
    return span if good else None


def offer_subtitles(master: str, query: str) -> str:
    """A multivariant playlist with the words added to each of its variants."""
    suffix = f"?{query}" if query else ""
    lines = []
    for line in master.splitlines(keepends=True):
        if line.startswith("#EXT-X-STREAM-INF:"):
            lines.append(line.rstrip("\n") + f',SUBTITLES="{GROUP}"\n')
        else:
            lines.append(line)
        if line.startswith("#EXT-X-VERSION"):
            lines.append(f'{MEDIA}{RENDITION}.m3u8{suffix}"\n')
    return "".join(lines)


def list_segments(
    stream: Stream,
    *,
    recording: bool,
    span: tuple[datetime | None, datetime | None] | None,
    settled_until: datetime | None,
) -> tuple[list[Segment], float | None]:
    """The segments that a player may have words for, and where to begin in them."""
    first = next(iter(stream.lanes), None)
    if first is None:
        return [], None
    if span is not None:
        return select_span(stream.recorded(first), *span)
    if recording:
        return stream.recorded(first), None
    closed = stream.lanes[first].closed
    if settled_until is None or stream.ended:
        return list(closed), None
    count = len(closed)
    while count and closed[count - 1].end_at > settled_until:
        count -= 1
    return list(closed[:count]), None


def render_subtitles(
    segments: Sequence[Segment],
    *,
    target_duration: int,
    ended: bool,
    live: bool,
    start_seconds: float | None = None,
) -> str:
    """The media playlist of the words."""
    sequence = segments[0].sequence if segments and live else 1
    head = (
        f"#EXTM3U\n#EXT-X-VERSION:{RECORDING_VERSION}\n"
        f"#EXT-X-TARGETDURATION:{target_duration}\n"
        f"#EXT-X-MEDIA-SEQUENCE:{sequence}\n"
    )
    lines = [head]
    if ended:
        lines.append("#EXT-X-PLAYLIST-TYPE:VOD\n")
    if start_seconds:
        lines.append(f"#EXT-X-START:TIME-OFFSET={start_seconds:.3f},PRECISE=YES\n")
    take_id = None
    for segment in segments:
        if take_id is not None and segment.take_id != take_id:
            lines.append("#EXT-X-DISCONTINUITY\n")
        take_id = segment.take_id
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{format_time(segment.at)}\n")
        if segment.gap:
            lines.append("#EXT-X-GAP\n")
        lines.append(
            f"#EXTINF:{segment.duration_seconds:.5f},\n"
            f"{segment.take_id}/{RENDITION}/{Span.of(segment).name}\n"
        )
    if ended:
        lines.append("#EXT-X-ENDLIST\n")
    return "".join(lines)
