"""What the conference world asks of `schedule.xml`, written from its facts.

Its schema (the C3VOC's, which pretalx tests with as well) belongs to others and no
package ships it, so it isn't kept here. This says again, element by element, what
it demands of the elements that we write; an element that isn't listed is an error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d{1,2}:\d\d)"
DATE = r"\d{4}-\d\d-\d\d"
CLOCK = r"[0-2]\d:[0-5]\d(:[0-5]\d)?"
LENGTH = r"\d{1,2}:\d\d(:\d{1,2})?"
URL = r"https?://.*"
ANY = r"(?s:.*)"
POSITIVE = r"[1-9]\d*"

# Of each element: its attributes and its children, with what they have to look
# like. `!` marks what must be there.
ATTRIBUTES = {
    "schedule": {},
    "generator": {"name": ANY, "version": ANY},
    "day": {"date": DATE, "start!": MOMENT, "end!": MOMENT, "index!": POSITIVE},
    "room": {"name!": ANY, "guid": UUID},
    "event": {"id!": POSITIVE, "guid!": UUID},
    "person": {"id": r"-?\d+", "guid": UUID},
}
IN_ORDER = ("generator", "url", "version!", "conference!", "day!")
CONFERENCE = {
    "title": ANY,
    "acronym": r"[a-z0-9_-]{4,}",
    "start": f"{DATE}|{MOMENT}",
    "end": f"{DATE}|{MOMENT}",
    "days": r"\d+",
    "timeslot_duration": LENGTH,
    "base_url": URL,
    "url": URL,
    "time_zone_name": ANY,
}
EVENT = {
    "room!": ANY,
    "title!": ANY,
    "subtitle!": ANY,
    "type!": ANY,
    "date!": MOMENT,
    "start!": CLOCK,
    "duration!": LENGTH,
    "abstract!": ANY,
    "slug!": r"[a-z0-9_]{4,}-[a-z0-9\-_]{4,}",
    "track!": ANY,
    "persons": ANY,
    "language": ANY,
    "description": ANY,
    "url": URL,
}


def complaints(document: bytes) -> list[str]:
    """Return what is wrong with a `schedule.xml`."""
    return list(_complain(ET.fromstring(document)))  # noqa: S314 (our own bytes)


def _complain(root: ET.Element) -> Iterator[str]:
    if root.tag != "schedule":
        yield f"root is {root.tag}"
    names = [name.rstrip("!") for name in IN_ORDER]
    order = [names.index(child.tag) for child in root]
    if order != sorted(order):
        yield "elements out of order"
    for name in IN_ORDER:
        count = len(root.findall(name.rstrip("!")))
        if (name.endswith("!") and not count) or (name != "day!" and count > 1):
            yield f"{count} times {name}"
    for path in ("generator", "day", "day/room", "day/room/event", ".//person"):
        for element in (root, *root.iterfind(path)):
            yield from _check_attributes(element)
    for conference in root.iter("conference"):
        yield from _check_children(conference, CONFERENCE)
    for event in root.iter("event"):
        yield from _check_children(event, EVENT)
    for path in ("day/room/event/@guid", "day/room/event/@id", "day/@index"):
        yield from _check_unique(root, path)
    slugs = Counter(slug.text for slug in root.iterfind("day/room/event/slug"))
    yield from (f"slug {slug} twice" for slug, n in slugs.items() if n > 1)


def _check_attributes(element: ET.Element) -> Iterator[str]:
    known = ATTRIBUTES.get(element.tag, {})
    for name, pattern in known.items():
        value = element.get(name.rstrip("!"))
        if value is None:
            if name.endswith("!"):
                yield f"{element.tag} without {name}"
        elif not re.fullmatch(pattern, value):
            yield f"{element.tag} has {name}={value!r}"
    for name in set(element.keys()) - {name.rstrip("!") for name in known}:
        yield f"{element.tag} has an unknown {name}"


def _check_children(element: ET.Element, known: dict[str, str]) -> Iterator[str]:
    counts = Counter(child.tag for child in element)
    for name, pattern in known.items():
        child = element.find(name.rstrip("!"))
        if child is None:
            if name.endswith("!"):
                yield f"{element.tag} without {name}"
        elif not re.fullmatch(pattern, child.text or ""):
            yield f"{element.tag}/{name} is {child.text!r}"
    for name in counts.keys() - {name.rstrip("!") for name in known}:
        yield f"{element.tag} has an unknown {name}"
    yield from (f"{element.tag} has {n} {name}" for name, n in counts.items() if n > 1)


def _check_unique(root: ET.Element, path: str) -> Iterator[str]:
    elements, _, name = path.rpartition("/@")
    counts = Counter(element.get(name) for element in root.iterfind(elements))
    yield from (f"{path} {value} twice" for value, n in counts.items() if n > 1)
