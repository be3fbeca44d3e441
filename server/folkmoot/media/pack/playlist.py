"""Playlists as text: live with parts, the finished recording, and spans of it.

Pure. Tag rules: draft-pantos-hls-rfc8216bis, section 4.4. Addresses in a playlist
are relative to it: `<take>/<rendition>/<file>`; a take's id is random, so none of
them ever names other bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from folkmoot.media.pack.packager import Constants, Lane, Part, Segment

LIVE_VERSION = 9  # EXT-X-SKIP and parts
RECORDING_VERSION = 7
HOLD_BACK_TARGETS = 3
SKIP_TARGETS = 6
_PARTS_TARGETS = 3  # parts are listed for this many target durations
TYPE = "application/vnd.apple.mpegurl"


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the multivariant playlist; bandwidth in bits a second."""

    name: str
    bandwidth: int
    codecs: str
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None


class Hint(msgspec.Struct, frozen=True):
    """What the next part will be called."""

    take_id: str
    number: int


def name_segment(sequence: int) -> str:
    """The file of a segment, in its rendition's directory."""
    return f"{sequence:05d}.m4s"


def name_part(number: int) -> str:
    """The address of a part, in its rendition's directory."""
    return f"p{number}.m4s"


def render_multivariant(variants: Sequence[Variant], *, query: str = "") -> str:
    """The playlist of all renditions; `query` goes to each of them."""
    lines = [f"#EXTM3U\n#EXT-X-VERSION:{RECORDING_VERSION}\n"]
    for variant in variants:
        attributes = [
            f"BANDWIDTH={variant.bandwidth}",
            f'CODECS="{variant.codecs}"',
        ]
        if variant.width and variant.height:
            attributes.append(f"RESOLUTION={variant.width}x{variant.height}")
        if variant.frame_rate:
            attributes.append(f"FRAME-RATE={variant.frame_rate:.3f}")
        suffix = f"?{query}" if query else ""
        lines.append(f"#EXT-X-STREAM-INF:{','.join(attributes)}\n")
        lines.append(f"{variant.name}.m3u8{suffix}\n")
    return "".join(lines)


class LivePlaylist:
    """The growing playlist of one rendition.

    The text of closed segments is kept, so that a version costs a join.
    """

    def __init__(self, constants: Constants, name: str) -> None:
        self._constants = constants
        self._name = name
        self._texts: list[str] = []
        self._maps: list[str] = []
        self._first_sequence = 1
        self._discontinuities = 0
        self._previous: Segment | None = None
        self._map_take = ""

    def append(self, segment: Segment) -> None:
        """Take a closed segment."""
        joined = self._previous is None or self._previous.take_id == segment.take_id
        if self._previous is None:
            self._first_sequence = segment.sequence
        text = "" if joined else "#EXT-X-DISCONTINUITY\n"
        address = "" if segment.gap else _render_map(segment.take_id, self._name)
        if segment.gap:
            self._map_take = ""  # so that what follows a gap says its map itself
        elif segment.take_id != self._map_take:
            text += address
            self._map_take = segment.take_id
        text += f"#EXT-X-PROGRAM-DATE-TIME:{format_time(segment.at)}\n"
        self._texts.append(text + "{parts}" + _render_segment(segment, self._name))
        self._maps.append(address)
        self._previous = segment

    def forget_before(self, sequence: int) -> None:
        """Leave out segments with lower numbers, from a sliding window."""
        count = min(max(0, sequence - self._first_sequence), len(self._texts))
        for text in self._texts[:count]:
            self._discontinuities += "#EXT-X-DISCONTINUITY\n" in text
        del self._texts[:count], self._maps[:count]
        self._first_sequence += count

    def render(
        self,
        lane: Lane,
        hint: Hint,
        *,
        take_id: str | None,
        opened_at: datetime | None,
        reports: Mapping[str, tuple[int, int]],
        independent: bool,
        delta: bool = False,
        marks: str = "",
    ) -> str:
        """The text as it is now; the full one where a delta would skip nothing.

        `take_id` and `opened_at` belong to the lane's open parts; `reports` gives
        the place of the last part of each other rendition.
        """
        skipped = self._skipped(lane) if delta else 0
        lines = [self._render_head(independent=independent), marks]
        if skipped:
            lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n")
            # Whether a delta inherits EXT-X-MAP is not written anywhere: say it.
            if _MAP not in self._texts[skipped]:
                lines.append(self._maps[skipped])
        elif self._texts and _MAP not in self._texts[0]:
            lines.append(self._maps[0])
        recent = self._recent(lane)
        lines.extend(
            text.replace("{parts}", "") for text in self._texts[skipped:recent]
        )
        tail = lane.closed[len(lane.closed) - len(self._texts) + recent :]
        for text, segment in zip(self._texts[recent:], tail, strict=True):
            parts = (
                ""
                if segment.gap
                else self._render_parts(segment.take_id, segment.parts)
            )
            lines.append(text.replace("{parts}", parts))
        if take_id is not None and opened_at is not None and lane.open_parts:
            lines.append(self._render_open(take_id, opened_at, lane.open_parts))
        lines.append(_render_hint(hint, self._name))
        lines.extend(_render_report(name, *last) for name, last in reports.items())
        return "".join(lines)

    def _render_head(self, *, independent: bool) -> str:
        target = self._constants.target_duration
        part = self._constants.part_target
        text = (
            f"#EXTM3U\n#EXT-X-VERSION:{LIVE_VERSION}\n"
            f"#EXT-X-TARGETDURATION:{target}\n"
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,"
            f"CAN-SKIP-UNTIL={float(SKIP_TARGETS * target)},"
            f"HOLD-BACK={float(HOLD_BACK_TARGETS * target)},"
            f"PART-HOLD-BACK={HOLD_BACK_TARGETS * part:.3f}\n"
            f"#EXT-X-PART-INF:PART-TARGET={part:.3f}\n"
            f"#EXT-X-MEDIA-SEQUENCE:{self._first_sequence}\n"
        )
        if self._discontinuities:
            text += f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._discontinuities}\n"
        return text + ("#EXT-X-INDEPENDENT-SEGMENTS\n" if independent else "")

    def _skipped(self, lane: Lane) -> int:
        """How many segments lie behind the skip boundary."""
        kept = 0.0
        boundary = SKIP_TARGETS * self._constants.target_duration
        for index in range(len(self._texts) - 1, -1, -1):
            if kept >= boundary:
                return index + 1
            kept += lane.closed[index - len(self._texts)].duration_seconds
        return 0

    def _recent(self, lane: Lane) -> int:
        """Index of the first segment whose parts are listed."""
        kept = sum(part.duration_seconds for part in lane.open_parts)
        boundary = _PARTS_TARGETS * self._constants.target_duration
        for index in range(len(self._texts) - 1, -1, -1):
            if kept >= boundary:
                return index + 1
            kept += lane.closed[index - len(self._texts)].duration_seconds
        return 0

    def _render_open(self, take_id: str, at: datetime, parts: Sequence[Part]) -> str:
        text = ""
        if self._previous is not None and self._previous.take_id != take_id:
            text = "#EXT-X-DISCONTINUITY\n"
        if self._map_take != take_id:
            text += _render_map(take_id, self._name)
        text += f"#EXT-X-PROGRAM-DATE-TIME:{format_time(at)}\n"
        return text + self._render_parts(take_id, parts)

    def _render_parts(self, take_id: str, parts: Sequence[Part]) -> str:
        return "".join(self._render_part(take_id, part) for part in parts)

    def _render_part(self, take_id: str, part: Part) -> str:
        # A part over the target stops Apple's player for good. A source of
        # varying frame rate may pass it by a frame, and EXTINF stays true.
        duration = min(part.duration_seconds, self._constants.part_target)
        address = f"{take_id}/{self._name}/{name_part(part.number)}"
        text = f'#EXT-X-PART:DURATION={duration:.5f},URI="{address}"'
        return text + (",INDEPENDENT=YES\n" if part.independent else "\n")


_MAP = "#EXT-X-MAP:"


def render_recording(
    name: str,
    segments: Sequence[Segment],
    *,
    target_duration: int,
    start_seconds: float | None = None,
    marks: str = "",
) -> str:
    """A finished playlist of these segments.

    `start_seconds`, from the first segment's beginning, is where to play from.
    """
    independent = all(segment.independent for segment in segments)
    head = (
        f"#EXTM3U\n#EXT-X-VERSION:{RECORDING_VERSION}\n"
        f"#EXT-X-TARGETDURATION:{target_duration}\n"
        "#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    )
    lines = [head]
    if independent:
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS\n")
    if start_seconds is not None:
        lines.append(f"#EXT-X-START:TIME-OFFSET={start_seconds:.3f},PRECISE=YES\n")
    lines.append(marks)
    lines.extend(_render_run(name, segments))
    lines.append("#EXT-X-ENDLIST\n")
    return "".join(lines)


def render_ended(
    name: str, segments: Sequence[Segment], *, target_duration: int, marks: str = ""
) -> str:
    """What a live playlist becomes at the end: the same segments and no more."""
    head = (
        f"#EXTM3U\n#EXT-X-VERSION:{LIVE_VERSION}\n"
        f"#EXT-X-TARGETDURATION:{target_duration}\n"
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].sequence if segments else 1}\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
    )
    if all(segment.independent for segment in segments):
        head += "#EXT-X-INDEPENDENT-SEGMENTS\n"
    return head + marks + "".join(_render_run(name, segments)) + "#EXT-X-ENDLIST\n"


def _render_run(name: str, segments: Sequence[Segment]) -> Iterator[str]:
    take_id = map_take = None
    for segment in segments:
        if take_id is not None and segment.take_id != take_id:
            yield "#EXT-X-DISCONTINUITY\n"
        if not segment.gap and segment.take_id != map_take:
            yield _render_map(segment.take_id, name)
        map_take = None if segment.gap else segment.take_id
        take_id = segment.take_id
        yield f"#EXT-X-PROGRAM-DATE-TIME:{format_time(segment.at)}\n"
        yield _render_segment(segment, name)


def render_take(
    segments: Sequence[Segment], *, target_duration: int, ended: bool
) -> str:
    """A take's own `index.m3u8`, with addresses relative to its directory."""
    head = (
        f"#EXTM3U\n#EXT-X-VERSION:{RECORDING_VERSION}\n"
        f"#EXT-X-TARGETDURATION:{target_duration}\n"
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].sequence if segments else 1}\n"
        '#EXT-X-MAP:URI="init.mp4"\n'
    )
    body = "".join(render_take_segment(segment) for segment in segments)
    return head + body + ("#EXT-X-ENDLIST\n" if ended else "")


def render_take_segment(segment: Segment) -> str:
    """One segment's lines in its take's `index.m3u8`."""
    return (
        f"#EXT-X-PROGRAM-DATE-TIME:{format_time(segment.at)}\n"
        + ("#EXT-X-GAP\n" if segment.gap else "")
        + f"#EXTINF:{segment.duration_seconds:.5f},\n{name_segment(segment.sequence)}\n"
    )


def format_time(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, cut and not rounded."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _render_map(take_id: str, name: str) -> str:
    return f'{_MAP}URI="{take_id}/{name}/init.mp4"\n'


def _render_segment(segment: Segment, name: str) -> str:
    gap = "#EXT-X-GAP\n" if segment.gap else ""
    address = f"{segment.take_id}/{name}/{name_segment(segment.sequence)}"
    return f"{gap}#EXTINF:{segment.duration_seconds:.5f},\n{address}\n"


def _render_hint(hint: Hint, name: str) -> str:
    address = f"{hint.take_id}/{name}/{name_part(hint.number)}"
    return f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{address}"\n'


def _render_report(name: str, sequence: int, part: int) -> str:
    last_part = f",LAST-PART={part}" if part >= 0 else ""
    return f'#EXT-X-RENDITION-REPORT:URI="{name}.m3u8",LAST-MSN={sequence}{last_part}\n'
