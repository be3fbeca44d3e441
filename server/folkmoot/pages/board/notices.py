"""Notices as people read them: what happened to a session they care about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from folkmoot.pages.board.timetable import Timetable, text_of
from folkmoot.pages.wording.moments import Moments, read_moment

Wire = Mapping[str, Any]


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """One notice; `href` leads to what it is about, if that is still there."""

    session_id: str
    contribution_id: str | None = None
    kind: str
    words: str
    href: str
    at: datetime


_SENTENCES = {
    "placed": "“{title}” has its place: {place}.",
    "moved": "“{title}” has moved to {place}.",
    "unplaced": "“{title}” is back among the proposals.",
    "cancelled": "A session you cared about was withdrawn.",
    "merged": "“{title}” now holds two sessions in one. It stands in {place}.",
    "split": "“{title}” was split off. You are counted for both; change it where not.",
    "split_ask": "“{title}” was split off. Say whether you would come to it.",
    "time_changed": "The time of “{title}” has changed: {place}.",
    "room_closed": "The room of “{title}” is closed. It will be moved.",
    "hosts_changed": "The hosts of “{title}” have changed.",
    "answered": "There is an answer to “{title}”.",
    "promised": "An answer to “{title}” was promised.",
    "answer_changed": "The answer to “{title}” was corrected.",
    "answer_withdrawn": "The answer to “{title}” was taken back.",
}


def say_notice(
    notice: Wire, state: Wire, table: Timetable, moments: Moments
) -> NoticeView | None:
    """Return a notice in words; None for one about what is gone silently."""
    if notice["contribution_id"] is not None:
        return _say_of_contribution(notice, state)
    session = table.find(notice["session_id"])
    if session is None and notice["kind"] != "cancelled":
        return None
    place = "the proposals"
    if session is not None and session.slot_id is not None and session.starts_at:
        day = f"{moments.day(session.starts_at)}, " if table.several_days else ""
        place = f"{session.room_name}, {day}{moments.clock(session.starts_at)}"
    elif notice["room_id"] in state["rooms"] and notice["slot_id"] in state["slots"]:
        starts_at = read_moment(state["slots"][notice["slot_id"]]["starts_at"])
        name = text_of(state["rooms"][notice["room_id"]], "name")
        place = f"{name}, {moments.clock(starts_at)}"
    title = session.title if session else ""
    return NoticeView(
        session_id=notice["session_id"],
        kind=notice["kind"],
        words=_SENTENCES[notice["kind"]].format(title=title, place=place),
        href=session.href if session else "",
        at=read_moment(notice["at"]),
    )


def _say_of_contribution(notice: Wire, state: Wire) -> NoticeView | None:
    key = notice["contribution_id"]
    contribution = state["contributions"].get(key)
    if contribution is None or contribution["content"] is None:
        return None
    title = shorten(contribution["content"].get("text") or "")
    return NoticeView(
        session_id="",
        contribution_id=key,
        kind=notice["kind"],
        words=_SENTENCES[notice["kind"]].format(title=title),
        href=f"/m/{state['slug']}/c/{key}",
        at=read_moment(notice["at"]),
    )


def shorten(text: str) -> str:
    """Return the first line of a text, of 80 characters at most."""
    line = text.strip().partition("\n")[0] or "what you wrote"
    return f"{line[:79].rstrip()}…" if len(line) > 80 else line
