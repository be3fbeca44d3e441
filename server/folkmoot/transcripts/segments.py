"""WebVTT for HLS: cues of a span, on the clock of the media beside them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from folkmoot.transcripts import webvtt
from folkmoot.transcripts.cues import Cue

# RFC 8216bis, 3.1.4: which media time the file's second 0 is.
_MAP = b"X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"


def render_segment(cues: Sequence[Cue]) -> bytes:
    """A segment whose cues are timed in media seconds.

    Cues keep their whole time in each segment that they touch, as players want it.
    """
    body = webvtt.render([cue for cue in cues if cue.end_seconds > 0])
    head, _, rest = body.partition(b"\n")
    return head + b"\n" + _MAP + (rest if rest.startswith(b"\n") else b"\n" + rest)
