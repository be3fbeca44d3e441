"""What the team has to look at: waiting, pointed at by readers, appealed; oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from markupsafe import Markup

from folkmoot.pages.watching.chapters import view_coming
from folkmoot.pages.wording.moments import read_moment
from folkmoot.pages.wording.people import ANONYMOUS, Avatar, draw_avatar
from folkmoot.pages.wording.prose import render_prose

Wire = Mapping[str, Any]
Why = Literal["waiting", "flagged", "appealed"]
ALARM_MINUTES = 5
_NO_TEXT: Wire = {}


class FlagView(msgspec.Struct, frozen=True):
    """What a reader said of a contribution; never who."""

    category: str
    note: str


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    """A contribution to decide on. `late`: it waits longer than the team wants."""

    contribution_id: str
    why: Why
    held: str
    since: datetime
    minutes: int
    late: bool
    kind: str
    author: str
    behalf: str
    avatar: Avatar
    html: Markup
    href: str
    place: str
    flags: tuple[FlagView, ...] = ()
    reason: str = ""
    appeal: str = ""
    mine: bool = False


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that can still be taken back."""

    contribution_id: str
    done: Literal["published", "hidden"]
    at: datetime
    html: Markup
    href: str


def view_waiting(
    public: Wire, staff: Wire, *, now: datetime, me_id: str | None = None
) -> tuple[QueueItem, ...]:
    """Return what is to be decided, the longest waiting first."""
    alarm = timedelta(minutes=alarm_minutes(staff))
    reader = _Reader(public, staff, now, alarm, me_id)
    items = [*reader.waiting(), *reader.flagged(), *reader.appealed()]
    # Of what came at the same moment the first in the journal.
    return tuple(sorted(items, key=lambda item: item.since))


def alarm_minutes(staff: Wire) -> int:
    """Return after how many minutes waiting is alarming."""
    for screening in staff.get("screening", {}).values():
        return int(screening["alarm_minutes"])
    return ALARM_MINUTES


def blocked_words(staff: Wire) -> dict[str, list[str]]:
    """Return the words that hold and those that refuse."""
    for screening in staff.get("screening", {}).values():
        text = screening.get("content") or {}
        return {"hold": text.get("hold", []), "refuse": text.get("refuse", [])}
    return {"hold": [], "refuse": []}


def view_decided(
    entries: Iterable[Wire], public: Wire, staff: Wire, *, most: int = 8
) -> tuple[Decided, ...]:
    """Return the newest decisions that still stand, by the team's own entries."""
    found: dict[str, Decided] = {}
    for entry in entries:
        kind, data = entry["kind"], entry["data"]
        key = data.get("contribution_id", "")
        found.pop(key, None)
        item = public["contributions"].get(key)
        if kind == "ContributionReleased" and item is not None:
            if not (item["hidden"] or item["withdrawn"]):
                found[key] = _decided(key, "published", entry, item, public)
        elif kind == "ContributionHidden":
            note = staff.get("hidden_notes", {}).get(key)
            if note is not None:
                found[key] = _decided(
                    key, "hidden", entry, {"content": note["text"]}, public
                )
    return tuple(reversed(list(found.values())[-most:]))


class _Reader:
    def __init__(
        self,
        public: Wire,
        staff: Wire,
        now: datetime,
        alarm: timedelta,
        me_id: str | None,
    ) -> None:
        self.public = public
        self.staff = staff
        self.now = now
        self.alarm = alarm
        self.me_id = me_id

    def waiting(self) -> Iterator[QueueItem]:
        for item in self.staff.get("contributions", {}).values():
            if item["waiting"]:
                yield self._item(item, "waiting", item["posted_at"])

    def flagged(self) -> Iterator[QueueItem]:
        by_item: dict[str, list[Wire]] = {}
        for flag in self.staff.get("flags", {}).values():
            if not flag["settled"]:
                by_item.setdefault(flag["contribution_id"], []).append(flag)
        for key, flags in by_item.items():
            item = self.public["contributions"].get(key)
            if item is None or item["hidden"] or item["withdrawn"]:
                continue
            since = min(flag["flagged_at"] for flag in flags)
            views = tuple(
                FlagView(flag["category"], (flag.get("content") or {}).get("note", ""))
                for flag in flags
            )
            yield msgspec.structs.replace(
                self._item(item, "flagged", since), flags=views
            )

    def appealed(self) -> Iterator[QueueItem]:
        for key, appeal in self.staff.get("appeals", {}).items():
            item = self.public["contributions"].get(key) or self.staff[
                "contributions"
            ].get(key)
            if appeal["granted"] is not None or item is None or item["withdrawn"]:
                continue
            note = self.staff.get("hidden_notes", {}).get(key) or {}
            text = {**item, "content": note.get("text")}
            yield msgspec.structs.replace(
                self._item(text, "appealed", appeal["appealed_at"]),
                reason=(note.get("reason") or {}).get("reason", ""),
                appeal=(appeal.get("content") or {}).get("text", ""),
                mine=self.me_id is not None and note.get("by_id") == self.me_id,
            )

    def _item(self, item: Wire, why: Why, since_text: str) -> QueueItem:
        content = item.get("content") or _NO_TEXT
        author = content.get("author") or ""
        since = read_moment(since_text)
        waited = max(timedelta(), self.now - since)
        key = item["contribution_id"]
        return QueueItem(
            contribution_id=key,
            why=why,
            held=item.get("held") or "",
            since=since,
            minutes=int(waited.total_seconds() // 60),
            late=waited >= self.alarm,
            kind=item["kind"],
            author=author,
            behalf=content.get("on_behalf_of") or "",
            avatar=draw_avatar(author) if author else ANONYMOUS,
            html=render_prose(content.get("text") or ""),
            href=f"/m/{self.public['slug']}/c/{key}",
            place=place_of(self.public, item["thread"]),
        )


def place_of(public: Wire, thread: str) -> str:
    """Return what a thread is about, in words; empty for the meeting's own."""
    kind, _, key = thread.partition(":")
    if coming := {one.thread: one.label for one in view_coming(public)}.get(thread):
        return coming
    items = {"session": public["sessions"], "agenda": public["markers"]}.get(kind, {})
    content = (items.get(key) or {}).get("content") or {}
    return str(content.get("title") or content.get("label") or "")


def _decided(
    key: str,
    done: Literal["published", "hidden"],
    entry: Wire,
    item: Wire,
    public: Wire,
) -> Decided:
    content = item.get("content") or {}
    return Decided(
        contribution_id=key,
        done=done,
        at=read_moment(entry["at"]),
        html=render_prose(content.get("text") or ""),
        href=f"/m/{public['slug']}/c/{key}",
    )
