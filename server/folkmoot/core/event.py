"""What every event is: a fact, and the texts that it names but never holds."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A fact. Subclasses are closed in `KINDS`."""

    # field -> the name under which a reader gets the text
    CONTENTS: ClassVar[dict[str, str]] = {}


class Written(Event, frozen=True, kw_only=True):
    """A fact with a text of its own."""

    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content"}
    content_id: str


def content_ids(event: Event) -> dict[str, str]:
    """Return the contents that an event names: reader's name -> content id."""
    found = {}
    for field, name in event.CONTENTS.items():
        if (content_id := getattr(event, field)) is not None:
            found[name] = content_id
    return found
