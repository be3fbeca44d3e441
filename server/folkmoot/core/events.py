"""What happened in a meeting: past-tense facts, the only thing a journal holds.

Typed text is never in an event. An event names contents by id, and
`CONTENTS` says under which name a reader gets the text: `content_id` is read
as `content`. Which feed an event stands in is said by its `Fact`.

Stored events tolerate unknown fields and must be readable one version before
they are written: give every new field a default.
"""

from __future__ import annotations

import msgspec

from folkmoot.core.board.events import *
from folkmoot.core.broadcast.events import *
from folkmoot.core.event import *
from folkmoot.core.follow_up.events import *
from folkmoot.core.live.events import *
from folkmoot.core.meeting.events import *
from folkmoot.core.moderation.events import *
from folkmoot.core.talk.events import *

AnyEvent = (
    BoardEvent
    | BroadcastEvent
    | FollowUpEvent
    | LiveEvent
    | MeetingEvent
    | ModerationEvent
    | TalkEvent
)

KINDS: dict[str, type[AnyEvent]] = {cls.__name__: cls for cls in AnyEvent.__args__}


class Fact(msgspec.Struct, frozen=True):
    """An event and the feed that it stands in."""

    feed: str
    event: AnyEvent


def kind_of(event: AnyEvent) -> str:
    """Return the kind under which an event is stored and sent."""
    return type(event).__name__


def encode_event(event: AnyEvent) -> bytes:
    """Return an event's JSON body; its kind is kept beside it."""
    return msgspec.json.encode(event)


def decode_event(kind: str, body: bytes | str) -> AnyEvent:
    """Read a stored event; fields that this version doesn't know are passed over."""
    return msgspec.json.decode(body, type=KINDS[kind])
