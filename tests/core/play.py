"""A meeting played without a store: what the journal promises, in a few lines.

Texts lie in two dictionaries, feeds are lists. The journal's tests compare the
real thing with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from folkmoot.core.commands import Command
from folkmoot.core.deciding import decide
from folkmoot.core.decision import SYSTEM, Actor, Decision
from folkmoot.core.events import (
    AnyEvent,
    content_ids,
    decode_event,
    encode_event,
    kind_of,
)
from folkmoot.core.folding import apply
from folkmoot.core.ids import CountingIds
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.attachments import AttachmentKind, Upload
from folkmoot.core.wire import entry_to_wire, state_to_wire

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@dataclass
class Play:
    """A meeting in memory; every command comes a second after the last."""

    ids: CountingIds = field(default_factory=CountingIds)
    now: datetime = START
    full: MeetingState = field(default_factory=MeetingState)
    states: dict[str, MeetingState] = field(default_factory=dict)
    feeds: dict[str, list[tuple[AnyEvent, datetime]]] = field(default_factory=dict)
    texts: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    grants: dict[tuple[str, str], bool] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def do(
        self, command: Command, actor: Actor = SYSTEM, *, expect: int | None = None
    ) -> Decision:
        """Decide and write; raises `Refusal`."""
        self.now += timedelta(seconds=1)
        draft = decide(
            self.full,
            command,
            actor=actor,
            expect=expect,
            shelf=self,
            now=self.now,
            ids=self.ids,
        )
        for content_id, written in draft.contents.items():
            self.texts[content_id] = (written.item_id, written.text)
        for attachment_id, item_id in draft.adopted.items():
            upload = self.uploads[attachment_id]
            self.uploads[attachment_id] = replace(upload, item_id=item_id)
            self.texts[attachment_id] = (item_id, self.texts[attachment_id][1])
        self.grants |= dict.fromkeys(draft.grants, True)
        self.grants |= dict.fromkeys(draft.revoked, False)
        for content_id in draft.erased:
            self.texts.pop(content_id, None)
        for fact in draft.facts:
            self._take(fact.feed, fact.event)
        return draft

    def text(self, content_id: str) -> dict[str, Any]:
        return self.texts.get(content_id, ("", {}))[1]

    def read_texts(self, content_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        return {one: self.text(one) for one in content_ids if one in self.texts}

    def written(self, item_id: str) -> list[str]:
        return [k for k, (item, _) in self.texts.items() if item == item_id]

    def upload(self, attachment_id: str) -> Upload | None:
        return self.uploads.get(attachment_id)

    def send_ahead(self, member_id: str, kind: AttachmentKind, **details: Any) -> str:
        """Keep an upload as the service does it; return its id."""
        attachment_id = self.ids.new("a")
        described = {"attachment_id": attachment_id, **details}
        self.uploads[attachment_id] = Upload(
            attachment_id=attachment_id,
            member_id=member_id,
            kind=kind,
            details=described,
        )
        self.texts[attachment_id] = (f"upload:{attachment_id}", {"bytes": "AAAA"})
        return attachment_id

    def seq(self, feed: str) -> int:
        return len(self.feeds.get(feed, ()))

    def snapshot(self, feed: str) -> dict[str, Any]:
        """Return what the feed's readers get as state now."""
        state = self.states.get(feed, MeetingState())
        return state_to_wire(state, self._readable(feed))

    def entries(self, feed: str, after: int = 0) -> list[dict[str, Any]]:
        """Return what the feed's readers get as entries now."""
        texts = self._readable(feed)
        return [
            entry_to_wire(seq=number, at=at, event=event, texts=texts)
            for number, (event, at) in enumerate(self.feeds.get(feed, ()), 1)
            if number > after
        ]

    def _take(self, feed: str, event: AnyEvent) -> None:
        # Through bytes, as a store does it.
        event = decode_event(kind_of(event), encode_event(event))
        apply(self.full, event, self.now)
        apply(self.states.setdefault(feed, MeetingState()), event, self.now)
        self.feeds.setdefault(feed, []).append((event, self.now))

    def _readable(self, feed: str) -> dict[str, dict[str, Any] | str]:
        named = {
            k
            for event, _ in self.feeds.get(feed, ())
            for k in content_ids(event).values()
        }
        return {k: self._readable_text(feed, k) for k in named}

    def _readable_text(self, feed: str, content_id: str) -> dict[str, Any] | str:
        if content_id not in self.texts:
            return "withdrawn"
        if not self.grants.get((content_id, feed), False):
            return "hidden"
        return self.texts[content_id][1]
