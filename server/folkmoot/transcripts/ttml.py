"""TTML (https://www.w3.org/TR/ttml2/), also as EBU-TT-D, IMSC, DFXP and SMPTE-TT.

Read are the words, their times and who speaks; looks and places are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from folkmoot.transcripts.cues import Cue, CueError
from folkmoot.transcripts.lines import bounded, check_size
from folkmoot.transcripts.timing import write_clock
from folkmoot.transcripts.xml_text import XML, Element, read_xml

MEDIA_TYPE = "application/ttml+xml"
TT = "http://www.w3.org/ns/ttml"
PARAMETER = f"{TT}#parameter"
METADATA = f"{TT}#metadata"
# Drafts of 2004-2006 had other addresses; DFXP files still carry them.
_SPACES = re.compile(r"http://www\.w3\.org/(?:ns/ttml|2006/\d\d/ttaf1|2006/10/ttaf1)")
# Numbers of thousands of digits take long to read and mean nothing.
_CLOCK = re.compile(
    r"([0-9]{2,9}):([0-9]{2}):([0-9]{2})"
    r"(?:(\.[0-9]{1,30})|:([0-9]{2,9})(?:\.[0-9]{1,30})?)?"
)
_OFFSET = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)(h|ms|m|s|f|t)")
_UNITS = {"h": Decimal(3600), "m": Decimal(60), "s": Decimal(1)}
_SPACE = re.compile(r"\s+")


class Rates(NamedTuple):
    """Frames and ticks a second (TTML2 7.2.5, 7.2.14)."""

    frame: Decimal
    tick: Decimal


class Span(NamedTuple):
    """From when to when an element lasts, in seconds; an open end is None."""

    start: Decimal
    end: Decimal | None


def parse(data: bytes) -> list[Cue]:
    """Return the cues of a TTML file in order of time; `CueError` names the line."""
    check_size(data)
    root = read_xml(data)
    if root.name != "tt" or not _SPACES.match(root.space or TT):
        raise CueError(root.line, "A TTML file starts with the element tt.")
    body = next((each for each in root.elements() if each.name == "body"), None)
    if body is None:
        raise CueError(root.line, "This TTML file has no body.")
    reader = _Reader(_rates(root), _agents(root))
    language = root.get("lang", XML)
    return bounded(reader.read(body, Span(Decimal(0), None), language, None))


class _Reader:
    """Walks the body; times add up from outside to inside (8.4.1, 12.4)."""

    def __init__(self, rates: Rates, agents: dict[str, str]) -> None:
        self._rates = rates
        self._agents = agents

    def read(
        self, element: Element, outer: Span, language: str | None, who: str | None
    ) -> Iterator[tuple[int, Cue]]:
        if element.name in {"metadata", "set", "animate"}:
            return
        span = self._span(element, outer)
        language = element.get("lang", XML) or language
        who = self._agent(element) or who
        if _is_cue(element):
            yield from self._cue(element, span, language, who)
            return
        inner = span
        for each in element.elements():
            yield from self.read(each, inner, language, who)
            if element.get("timeContainer") == "seq":
                # One after the other: the next begins where this one ends.
                ended = self._span(each, inner).end
                inner = Span(ended if ended is not None else inner.start, span.end)

    def _cue(
        self, element: Element, span: Span, language: str | None, who: str | None
    ) -> Iterator[tuple[int, Cue]]:
        for each in element.walk():
            who = self._agent(each) or who
        said = _SPACE.sub(" ", _words(element)).strip()
        if not said:
            return
        if span.end is None:
            raise CueError(element.line, "This cue has neither end nor dur.")
        if span.end < span.start:
            raise CueError(element.line, "This cue ends before it starts.")
        yield (
            element.line,
            Cue(
                start_seconds=_seconds(span.start),
                end_seconds=_seconds(span.end),
                text=said,
                speaker=who,
                language=language or None,
            ),
        )

    def _span(self, element: Element, outer: Span) -> Span:
        begin = self._time(element, "begin")
        end, dur = self._time(element, "end"), self._time(element, "dur")
        start = outer.start + (begin or 0)
        ends = [outer.end] if outer.end is not None else []
        if end is not None:
            ends.append(outer.start + end)
        if dur is not None:
            ends.append(start + dur)
        return Span(start, min(ends) if ends else None)

    def _time(self, element: Element, name: str) -> Decimal | None:
        value = element.get(name)
        if value is None:
            return None
        return read_time(value.strip(), self._rates, element.line)

    def _agent(self, element: Element) -> str | None:
        for space in (METADATA, f"{element.space}#metadata"):
            for agent in (element.get("agent", space) or "").split():
                if agent in self._agents:
                    return self._agents[agent]
        return None


def read_time(text: str, rates: Rates, line: int) -> Decimal:
    """Seconds of a time expression (12.3.1): `00:01:02.5`, `00:01:02:12`, `62.5s`."""
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds, fraction, frames = match.groups()
        if int(minutes) > 59 or int(seconds) > 60:
            raise CueError(line, f"{text!r} has more than 59 minutes or seconds.")
        whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
        part = Decimal(fraction) if fraction else Decimal(0)
        return whole + part + Decimal(frames or 0) / rates.frame
    if match := _OFFSET.fullmatch(text):
        number, unit = Decimal(match[1]), match[2]
        if unit == "ms":
            return number / 1000
        if unit == "f":
            return number / rates.frame
        return number / rates.tick if unit == "t" else number * _UNITS[unit]
    raise CueError(line, f"{text[:40]!r} is not a time like 00:01:02.500 or 62.5s.")


def _rates(root: Element) -> Rates:
    frame = _number(root, "frameRate") or Decimal(30)
    multiplier = (_parameter(root, "frameRateMultiplier") or "1 1").split()
    if len(multiplier) == 2 and all(
        each.isascii() and each.isdigit() and len(each) <= 9 for each in multiplier
    ):
        frame *= Decimal(multiplier[0]) / (Decimal(multiplier[1]) or 1)
    return Rates(frame or Decimal(30), _number(root, "tickRate") or frame or Decimal(1))


def _number(root: Element, name: str) -> Decimal | None:
    value = (_parameter(root, name) or "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 9 or not int(value):
        raise CueError(root.line, f"{name} must be a whole number above 0.")
    return Decimal(value)


def _parameter(root: Element, name: str) -> str | None:
    return root.get(name, PARAMETER) or root.get(name, f"{root.space}#parameter")


def _agents(root: Element) -> dict[str, str]:
    """Return the names of those who speak, by id (14.1.1)."""
    found = {}
    for element in root.walk():
        if element.name == "agent" and (key := element.get("id", XML)):
            names = [each for each in element.elements() if each.name == "name"]
            said = _SPACE.sub(" ", " ".join(map(_words, names))).strip()
            if said:
                found[key] = said
    return found


def _is_cue(element: Element) -> bool:
    """A paragraph with times of its own, or else a timed span of it."""
    if element.name == "span":
        return _is_timed(element)
    return element.name == "p" and (
        _is_timed(element)
        or not any(_is_timed(each) for each in element.walk() if each.name == "span")
    )


def _is_timed(element: Element) -> bool:
    return any(element.get(name) is not None for name in ("begin", "end", "dur"))


def _words(element: Element) -> str:
    parts = []
    for each in element.inside:
        if isinstance(each, str):
            parts.append(each)
        elif each.name == "br":
            parts.append(" ")
        elif each.name != "metadata":
            parts.append(_words(each))
    return "".join(parts)


def _seconds(value: Decimal) -> float:
    return round(float(value), 3)


def render(cues: Sequence[Cue]) -> bytes:
    """Return a TTML file of the cues, speakers as agents."""
    names = list(dict.fromkeys(cue.speaker for cue in cues if cue.speaker))
    agents = {name: f"a{number}" for number, name in enumerate(names, start=1)}
    head = "".join(
        f'<ttm:agent type="person" xml:id="{key}">'
        f'<ttm:name type="full">{escape(name)}</ttm:name></ttm:agent>'
        for name, key in agents.items()
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<tt xmlns="{TT}" xmlns:ttm="{METADATA}" xml:lang="">',
        f"<head><metadata>{head}</metadata></head>",
        "<body><div>",
        *(_paragraph(cue, agents) for cue in cues),
        "</div></body>",
        "</tt>\n",
    ]
    return "\n".join(lines).encode()


def _paragraph(cue: Cue, agents: dict[str, str]) -> str:
    times = (
        f'begin="{write_clock(cue.start_seconds)}" end="{write_clock(cue.end_seconds)}"'
    )
    agent = f' ttm:agent="{agents[cue.speaker]}"' if cue.speaker else ""
    language = f" xml:lang={quoteattr(cue.language)}" if cue.language else ""
    said = escape(_SPACE.sub(" ", _printable(cue.text)).strip())
    return f"<p {times}{agent}{language}>{said}</p>"


def _printable(text: str) -> str:
    """Leave out the characters that XML has no place for."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")
