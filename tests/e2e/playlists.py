"""Read HLS playlists in tests and hold them to the low-latency rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')


@dataclass
class Playlist:
    """A media playlist's lines as values."""

    text: str
    part_target: float = 0.0
    target_duration: float = 0.0
    media_sequence: int = 0
    control: dict[str, str] = field(default_factory=dict)
    parts: list[dict[str, str]] = field(default_factory=list)
    segments: list[tuple[float, str]] = field(default_factory=list)
    # for each segment its parts; the last list belongs to the open segment
    grouped: list[list[dict[str, str]]] = field(default_factory=lambda: [[]])
    hint: str | None = None
    reports: list[dict[str, str]] = field(default_factory=list)
    discontinuities: int = 0
    ended: bool = False
    skipped: int = 0
    dates: int = 0
    gaps: int = 0

    @property
    def seconds(self) -> float:
        """The sum of EXTINF."""
        return sum(duration for duration, _ in self.segments)

    @property
    def next_sequence(self) -> int:
        """The media sequence number of the open segment."""
        return self.media_sequence + self.skipped + len(self.segments)


def parse_playlist(text: str) -> Playlist:
    """Read a media playlist."""
    found = Playlist(text)
    duration = None
    for line in text.splitlines():
        tag, _, rest = line.partition(":")
        if tag == "#EXT-X-PART-INF":
            found.part_target = float(_attributes(rest)["PART-TARGET"])
        elif tag == "#EXT-X-TARGETDURATION":
            found.target_duration = float(rest)
        elif tag == "#EXT-X-MEDIA-SEQUENCE":
            found.media_sequence = int(rest)
        elif tag == "#EXT-X-SERVER-CONTROL":
            found.control = _attributes(rest)
        elif tag == "#EXT-X-PART":
            part = _attributes(rest)
            found.parts.append(part)
            found.grouped[-1].append(part)
        elif tag == "#EXT-X-PRELOAD-HINT":
            found.hint = _attributes(rest)["URI"]
        elif tag == "#EXT-X-RENDITION-REPORT":
            found.reports.append(_attributes(rest))
        elif tag == "#EXT-X-SKIP":
            found.skipped = int(_attributes(rest)["SKIPPED-SEGMENTS"])
        elif tag == "#EXTINF":
            duration = float(rest.split(",")[0])
        elif tag == "#EXT-X-PROGRAM-DATE-TIME":
            found.dates += 1
        elif line == "#EXT-X-DISCONTINUITY":
            found.discontinuities += 1
        elif line == "#EXT-X-GAP":
            found.gaps += 1
        elif line == "#EXT-X-ENDLIST":
            found.ended = True
        elif line and not line.startswith("#") and duration is not None:
            found.segments.append((duration, line))
            found.grouped.append([])
            duration = None
    return found


def variants(text: str) -> list[tuple[dict[str, str], str]]:
    """Read a multivariant playlist: attributes and address of each variant."""
    found = []
    attributes: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("#EXT-X-STREAM-INF:"):
            attributes = _attributes(line.partition(":")[2])
        elif line and not line.startswith("#"):
            found.append((attributes, line))
    return found


def broken_rules(playlist: Playlist) -> list[str]:
    """Return the low-latency rules (RFC 8216bis, Apple's authoring) it breaks."""
    broken = []
    target = playlist.part_target
    hold_back = float(playlist.control.get("PART-HOLD-BACK", 0))
    if not target:
        return ["no EXT-X-PART-INF"]
    if playlist.control.get("CAN-BLOCK-RELOAD") != "YES":
        broken.append("no CAN-BLOCK-RELOAD")
    if hold_back < 3 * target - 1e-6:
        broken.append(f"PART-HOLD-BACK {hold_back} under 3 x {target}")
    skip = float(playlist.control.get("CAN-SKIP-UNTIL", 0))
    if skip < 6 * playlist.target_duration:
        broken.append(f"CAN-SKIP-UNTIL {skip}")
    for parts in playlist.grouped:
        for number, part in enumerate(parts):
            seconds = float(part["DURATION"])
            last = number == len(parts) - 1
            if seconds > target + 1e-6:
                broken.append(f"part {part['URI']} of {seconds} over {target}")
            short = seconds < 0.85 * target - 1e-6
            if short and not last and "INDEPENDENT" not in part:
                broken.append(f"part {part['URI']} of {seconds} under 85 %")
    for seconds, uri in playlist.segments:
        if round(seconds) > playlist.target_duration:
            broken.append(f"segment {uri} of {seconds} over TARGETDURATION")
    if playlist.hint is None and not playlist.ended:
        broken.append("no EXT-X-PRELOAD-HINT")
    if playlist.media_sequence < 1:
        broken.append("MEDIA-SEQUENCE under 1")
    if playlist.segments and not playlist.dates:
        broken.append("no EXT-X-PROGRAM-DATE-TIME")
    return broken


def _attributes(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in ATTRIBUTE.findall(text)}
