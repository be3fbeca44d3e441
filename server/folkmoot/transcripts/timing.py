"""Clock times in caption files: `01:02:03.456`, `02:03,456`."""

from __future__ import annotations

import re

from folkmoot.transcripts.cues import CueError

# WebVTT: hours have two digits or more and may be left out; SubRip writes a comma.
CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,2}):(\d{2})[.,](\d{3})")
PLAIN_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?")
ARROW = "-->"


def read_clock(text: str, line: int, *, decimal: str = ".,") -> float:
    """Seconds of a clock time; `CueError` if it is none.

    `decimal` holds the characters that may stand before the milliseconds.
    """
    match = CLOCK.fullmatch(text)
    if match is None or text[-4] not in decimal:
        raise CueError(line, f"{text[:40]!r} is not a time like 00:01:02.500.")
    return clock_seconds(match, line)


def clock_seconds(match: re.Match[str], line: int) -> float:
    """Seconds of a matched clock, in whole milliseconds.

    Programs that round write 00:47:60.000 for 00:48:00.000; it is read as meant.
    """
    hours, minutes, seconds, fraction = match.groups()
    if int(minutes) > 59 or int(seconds) > 60:
        raise CueError(line, f"{match[0]!r} has more than 59 minutes or seconds.")
    millis = int((fraction or "0").ljust(3, "0"))
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return (whole * 1000 + millis) / 1000


def read_timing(text: str, line: int, *, decimal: str = ".,") -> tuple[float, float]:
    """Start and end seconds of a line such as `00:01.000 --> 00:02.000 align:left`."""
    left, arrow, right = text.partition(ARROW)
    words = right.split()
    if not arrow or not words:
        raise CueError(line, "A cue needs a start and an end: 00:01.000 --> 00:02.000.")
    start = read_clock(left.strip(), line, decimal=decimal)
    end = read_clock(words[0], line, decimal=decimal)
    if end < start:
        raise CueError(line, f"The cue ends ({words[0]}) before it starts.")
    return start, end


def write_clock(seconds: float, decimal: str = ".") -> str:
    """`01:02:03.456`, to the nearest millisecond."""
    whole, millis = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{decimal}{millis:03}"
