"""The programme for the conference world: `schedule.xml` and `schedule.json`.

The format that frab began and pretalx and the C3VOC go on with. Facts about it
that decide here, from the published schemas: an acronym has small letters, digits
and underscores, four at least; a slug is `acronym-something`; every day has a
number, a start and an end; numbers, GUIDs and slugs occur once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import msgspec

from folkmoot import __version__
from folkmoot.schedule.programme import Place, Programme, Talk

XML_TYPE = "application/xml; charset=utf-8"
JSON_TYPE = "application/json"
# Undetermined: a meeting doesn't say in which language a session is.
LANGUAGE = "und"
_TYPE = "discussion"
_LONGEST = 99 * 60 + 59
_KNOWN_ZONE = re.compile(r"^([A-Z][a-z]+/[A-Z][a-z]+)|UTC$")


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the meeting in its own time zone."""

    index: int
    date: date
    starts_at: datetime
    ends_at: datetime
    talks: tuple[Talk, ...]


def write_json(programme: Programme) -> bytes:
    """Return `schedule.json`."""
    days = lay_out_days(programme)
    zone = ZoneInfo(programme.timezone)
    conference: dict[str, Any] = {
        "acronym": acronym(programme.slug),
        "title": programme.title,
        "description": programme.purpose,
        "start": days[0].date.isoformat(),
        "end": days[-1].date.isoformat(),
        "daysCount": len(days),
        "timeslot_duration": _clock_of(_step(programme)),
        "url": programme.url,
        "rooms": [_json_room(place) for place in programme.places],
        "days": [_json_day(day, programme, zone) for day in days],
    }
    if _KNOWN_ZONE.search(programme.timezone):
        conference["time_zone_name"] = programme.timezone
    whole = {
        "generator": {"name": "folkmoot", "version": __version__},
        "schedule": {
            "version": programme.version,
            "base_url": programme.url,
            "conference": conference,
        },
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=1)


def write_xml(programme: Programme) -> bytes:
    """Return `schedule.xml`."""
    days = lay_out_days(programme)
    zone = ZoneInfo(programme.timezone)
    root = ET.Element("schedule")
    ET.SubElement(root, "generator", name="folkmoot", version=__version__)
    _add(root, "url", f"{programme.url}/schedule.xml")
    _add(root, "version", programme.version)
    conference = ET.SubElement(root, "conference")
    _add(conference, "title", programme.title)
    _add(conference, "acronym", acronym(programme.slug))
    _add(conference, "start", days[0].date.isoformat())
    _add(conference, "end", days[-1].date.isoformat())
    _add(conference, "days", str(len(days)))
    _add(conference, "timeslot_duration", _clock_of(_step(programme)))
    _add(conference, "base_url", programme.url)
    _add(conference, "url", programme.url)
    _add(conference, "time_zone_name", programme.timezone)
    for day in days:
        element = ET.SubElement(
            root,
            "day",
            index=str(day.index),
            date=day.date.isoformat(),
            start=_moment(day.starts_at, zone),
            end=_moment(day.ends_at, zone),
        )
        for place in programme.places:
            room = ET.SubElement(element, "room", name=place.name, guid=place.guid)
            for talk in _in(place, day.talks):
                _add_event(room, talk, place, programme, zone)
    ET.indent(root, " ")
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def acronym(slug: str) -> str:
    """Return a meeting's short name as the format has it."""
    plain = re.sub(r"[^a-z0-9]+", "_", slug).strip("_")
    return plain if len(plain) >= 4 else f"{plain}_meeting"


def event_slug(programme: Programme, talk: Talk) -> str:
    """Return a session's lasting slug; its title may change."""
    return f"{acronym(programme.slug)}-{talk.session_id.lower()}"


def lay_out_days(programme: Programme) -> list[Day]:
    """Return the days on which there are times, at least one."""
    zone = ZoneInfo(programme.timezone)
    spans = programme.spans or ((programme.fallback_at, programme.fallback_at),)
    by_day: dict[date, list[tuple[datetime, datetime]]] = {}
    for span in spans:
        by_day.setdefault(span[0].astimezone(zone).date(), []).append(span)
    talks: dict[date, list[Talk]] = {}
    for talk in programme.standing:
        assert talk.starts_at is not None
        talks.setdefault(talk.starts_at.astimezone(zone).date(), []).append(talk)
    return [
        Day(
            index=number,
            date=day,
            starts_at=min(start for start, _ in by_day[day]),
            ends_at=max(end for _, end in by_day[day]),
            talks=tuple(talks.get(day, ())),
        )
        for number, day in enumerate(sorted(by_day), 1)
    ]


def _json_day(day: Day, programme: Programme, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "index": day.index,
        "date": day.date.isoformat(),
        "day_start": _moment(day.starts_at, zone),
        "day_end": _moment(day.ends_at, zone),
        "rooms": {
            place.name: [
                _json_event(talk, place, programme, zone)
                for talk in _in(place, day.talks)
            ]
            for place in programme.places
        },
    }


def _json_room(place: Place) -> dict[str, Any]:
    return {"name": place.name, "guid": place.guid, "capacity": place.capacity}


def _json_event(
    talk: Talk, place: Place, programme: Programme, zone: ZoneInfo
) -> dict[str, Any]:
    starts_at, ends_at = _span(talk)
    return {
        "guid": talk.guid,
        "id": talk.number,
        "date": _moment(starts_at, zone),
        "start": f"{starts_at.astimezone(zone):%H:%M}",
        "end": _moment(ends_at, zone),
        "duration": _clock_of(ends_at - starts_at),
        "room": place.name,
        "slug": event_slug(programme, talk),
        "url": talk.url,
        "title": talk.title,
        "subtitle": "",
        "track": _track(talk),
        "type": _TYPE,
        "language": LANGUAGE,
        "abstract": talk.pitch,
        "description": "",
        "persons": [{"name": name, "guid": guid} for guid, name in talk.hosts],
        "links": [],
        "attachments": [],
    }


def _add_event(
    parent: ET.Element, talk: Talk, place: Place, programme: Programme, zone: ZoneInfo
) -> None:
    starts_at, ends_at = _span(talk)
    event = ET.SubElement(parent, "event", id=str(talk.number), guid=talk.guid)
    _add(event, "room", place.name)
    _add(event, "title", talk.title)
    _add(event, "subtitle", "")
    _add(event, "type", _TYPE)
    _add(event, "date", _moment(starts_at, zone))
    _add(event, "start", f"{starts_at.astimezone(zone):%H:%M}")
    _add(event, "duration", _clock_of(ends_at - starts_at))
    _add(event, "abstract", talk.pitch)
    _add(event, "slug", event_slug(programme, talk))
    _add(event, "track", _track(talk))
    persons = ET.SubElement(event, "persons")
    for guid, name in talk.hosts:
        _add(persons, "person", name).set("guid", guid)
    _add(event, "language", LANGUAGE)
    _add(event, "description", "")
    _add(event, "url", talk.url)


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element


def _in(place: Place, talks: Iterable[Talk]) -> list[Talk]:
    return [talk for talk in talks if talk.room == place]


def _track(talk: Talk) -> str:
    return talk.tags[0] if talk.tags else ""


def _span(talk: Talk) -> tuple[datetime, datetime]:
    assert talk.starts_at is not None
    assert talk.ends_at is not None
    return talk.starts_at, talk.ends_at


def _step(programme: Programme) -> timedelta:
    """Return the length of the shortest time."""
    lengths = [end - start for start, end in programme.spans]
    return min(lengths, default=timedelta(hours=1))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")


def _clock_of(length: timedelta) -> str:
    minutes = min(int(length.total_seconds()) // 60, _LONGEST)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
