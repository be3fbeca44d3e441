"""Cues as JSON: our own, speech recognisers' (`segments`), YouTube's (`events`)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from folkmoot.transcripts.cues import Cue, CueError, TranscriptTooLarge
from folkmoot.transcripts.lines import bounded, decode_text

MEDIA_TYPE = "application/json"
# Objects and lists; each costs some hundred times its two bytes.
MAX_PARTS = 1_000_000


def parse(data: bytes) -> list[Cue]:
    """Cues of `{"cues": […]}`, `{"segments": […]}` or a list, in order of time.

    A cue is `{start_seconds, end_seconds, text, speaker?, language?}`; `start`
    and `end` are read as well. A wrong one is named by its place in the list.
    """
    text = decode_text(data)
    if text.count("{") + text.count("[") > MAX_PARTS:
        raise TranscriptTooLarge(1, f"This JSON has more than {MAX_PARTS} parts.")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise CueError(error.lineno, f"This is not JSON: {error.msg}.") from error
    except ValueError as error:  # a number of thousands of digits
        raise CueError(1, f"This is not JSON that can be read: {error}.") from error
    except RecursionError as error:
        raise CueError(1, "This JSON is nested too deeply.") from error
    if isinstance(document, dict) and isinstance(document.get("events"), list):
        document = list(_from_events(document["events"]))
    language = document.get("language") if isinstance(document, dict) else None
    return bounded(_cues(_rows(document), language))


def _from_events(events: list[Any]) -> Iterator[dict[str, Any]]:
    """YouTube's json3 as cues: times in milliseconds, words in `segs`.

    Events without words open windows, those that append only break the line.
    """
    for place, event in enumerate(events, start=1):
        if not isinstance(event, dict) or not isinstance(event.get("segs", []), list):
            raise CueError(1, f"Event {place} is not an object with segs.")
        words = "".join(
            each["utf8"]
            for each in event.get("segs", [])
            if isinstance(each, dict) and isinstance(each.get("utf8"), str)
        )
        if not words.strip():
            continue
        start = _millis(event.get("tStartMs"), place)
        end = start + _millis(event.get("dDurationMs", 0), place)
        yield {"start": start / 1000, "end": end / 1000, "text": words}


def _millis(value: Any, place: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12:
        return value
    raise CueError(1, f"Event {place} has no time in milliseconds.")


def _rows(document: Any) -> list[Any]:
    rows = document
    if isinstance(document, dict):
        rows = document.get("cues", document.get("segments"))
    if not isinstance(rows, list):
        raise CueError(1, 'Expected {"cues": [...]} or a list of cues.')
    return rows


def _cues(rows: list[Any], language: Any) -> Iterator[tuple[int, Cue]]:
    for place, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise CueError(1, f"Cue {place} is not an object.")
        start, end = (_seconds(row, name, place) for name in ("start", "end"))
        if end < start:
            raise CueError(1, f"Cue {place} ends before it starts.")
        said = _text(row, "text", place)
        if said:
            yield (
                1,
                Cue(
                    start_seconds=start,
                    end_seconds=end,
                    text=said,
                    speaker=_text(row, "speaker", place) or None,
                    language=_text(row, "language", place) or _named(language),
                    estimated=row.get("estimated") is True,
                ),
            )


def _seconds(row: dict[str, Any], name: str, place: int) -> float:
    value = row.get(f"{name}_seconds", row.get(name))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CueError(1, f"Cue {place} has no {name}_seconds.")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if not math.isfinite(seconds) or seconds < 0:
        raise CueError(1, f"Cue {place}: {name}_seconds must be 0 or more.")
    return seconds


def _text(row: dict[str, Any], name: str, place: int) -> str:
    value = row.get(name)
    if value is None and name != "text":
        return ""
    if not isinstance(value, str):
        raise CueError(1, f"Cue {place}: {name} must be text.")
    return " ".join(value.split())


def _named(language: Any) -> str | None:
    return language if isinstance(language, str) else None


def render(cues: Sequence[Cue]) -> bytes:
    """`{"cues": […]}` with every field of each cue."""
    return msgspec.json.encode({"cues": cues})
