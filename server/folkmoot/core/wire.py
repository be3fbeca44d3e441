"""How entries and states look to a reader: ids joined with the texts granted to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from folkmoot.core.events import AnyEvent, content_ids, kind_of
from folkmoot.core.item import Item
from folkmoot.core.state import MeetingState

Gone = str  # "hidden" | "withdrawn"
Texts = Mapping[str, Mapping[str, Any] | Gone]
"""content id -> its text, or why a reader of this feed can't have it."""


def moment(at: datetime) -> str:
    """Return a moment as ISO 8601 UTC with milliseconds and `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def entry_to_wire(
    *, seq: int, at: datetime, event: AnyEvent, texts: Texts
) -> dict[str, Any]:
    """Return an entry as its readers get it: seq, kind, at, data."""
    data = _plain(event)
    for name, content_id in content_ids(event).items():
        _put_text(data, name, content_id, texts)
    return {"seq": seq, "kind": kind_of(event), "at": moment(at), "data": data}


def state_to_wire(state: MeetingState, texts: Texts) -> dict[str, Any]:
    """Return a feed's state as its readers get it, every id joined with its text."""
    wire = _item_to_wire(state, texts)
    for name in _COLLECTIONS:
        wire[name] = {
            key: _item_to_wire(item, texts)
            for key, item in getattr(state, name).items()
        }
    return wire


def state_content_ids(state: MeetingState) -> Iterator[str]:
    """Yield the ids of all contents that a state names."""
    yield from _item_content_ids(state)
    for name in _COLLECTIONS:
        for item in getattr(state, name).values():
            yield from _item_content_ids(item)


_COLLECTIONS = (
    "rooms",
    "slots",
    "markers",
    "agenda",
    "sessions",
    "contributions",
    "hands",
    "notes",
    "answers",
    "former_answers",
    "outcomes",
    "updates",
    "drafts",
    "questions",
    "prepared_questions",
    "cut_requests",
    "invites",
    "prepared",
    "card_series",
    "cards",
    "hidden_notes",
    "authored",
    "consents",
    "cohost_asks",
    "signals",
    "ground_rules",
    "mutes",
    "flags",
    "appeals",
    "screening",
    "seals",
    "embargoes",
)


def _item_content_ids(item: Item) -> Iterator[str]:
    for field in item.CONTENTS:
        if (content_id := getattr(item, field)) is not None:
            yield content_id


def _item_to_wire(item: Item, texts: Texts) -> dict[str, Any]:
    wire = {
        field: _plain(getattr(item, field))
        for field in item.__struct_fields__
        if not (field in _COLLECTIONS and isinstance(item, MeetingState))
    }
    for field, name in item.CONTENTS.items():
        content_id = getattr(item, field)
        if content_id is None:
            wire[name] = None
        else:
            _put_text(wire, name, content_id, texts)
    return wire


def _put_text(wire: dict[str, Any], name: str, content_id: str, texts: Texts) -> None:
    text = texts.get(content_id, "hidden")
    if isinstance(text, str):
        wire[name] = None
        wire["gone"] = text
    else:
        wire[name] = dict(text)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: lists, objects, moments with milliseconds."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
