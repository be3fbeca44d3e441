"""The programme for calendars: iCalendar (RFC 5545), the same UIDs after every move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from icalendar import Calendar, Event

from folkmoot.schedule.programme import Programme, Talk

MEDIA_TYPE = "text/calendar; charset=utf-8"
# How often calendars that heed it look again (RFC 7986).
REFRESH = timedelta(minutes=5)


def write_calendar(
    programme: Programme, *, only: Collection[str] | None = None, name: str = ""
) -> bytes:
    """Return the calendar of all sessions, or of those whose ids are in `only`.

    What stood on the timetable and left it is told as cancelled: a calendar that
    fetched it before would keep it for ever.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Folkmoot//Timetable//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    title = name or programme.title
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("x-wr-timezone", programme.timezone)
    calendar.add("url", programme.url)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for talk in sorted(programme.talks, key=lambda talk: talk.session_id):
        if (talk.stands or talk.gone) and (only is None or talk.session_id in only):
            calendar.add_component(_event(talk))
    written: bytes = calendar.to_ical()
    return written


def _event(talk: Talk) -> Event:
    event = Event()
    event.add("uid", talk.guid)
    # When this version was made, not when it was fetched: the same bytes again.
    event.add("dtstamp", talk.changed_at)
    event.add("last-modified", talk.changed_at)
    event.add("sequence", talk.sequence)
    event.add("dtstart", talk.starts_at)
    event.add("dtend", talk.ends_at)
    event.add("summary", talk.title)
    event.add("status", "CANCELLED" if talk.gone else "CONFIRMED")
    event.add("url", talk.url)
    if talk.room is not None:
        event.add("location", talk.room.name)
    hosts = ", ".join(talk.host_names)
    description = "\n\n".join(filter(None, [hosts and f"With {hosts}", talk.pitch]))
    if description:
        event.add("description", description)
    if talk.tags:
        event.add("categories", list(talk.tags))
    return event
