"""A room's markers as pages list them, and what was prepared to be marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from folkmoot.core.broadcast.airtime import shown_until
from folkmoot.pages.board.timetable import text_of
from folkmoot.pages.wording.moments import read_moment


class ChapterView(msgspec.Struct, frozen=True, kw_only=True):
    """A point on the clock: agenda item, speaker, slide or quick question."""

    marker_id: str
    kind: str
    label: str
    at: datetime


class ComingView(msgspec.Struct, frozen=True):
    """An item of the published agenda that has not begun."""

    item_id: str
    label: str

    @property
    def thread(self) -> str:
        """Where one writes to it."""
        return f"agenda:{self.item_id}"


def view_coming(
    state: Mapping[str, Any], room_id: str | None = None
) -> tuple[ComingView, ...]:
    """Return what is still to come of a room's agenda, or of every room's, in order."""
    return tuple(
        ComingView(item_id, label)
        for agenda in state["agenda"].values()
        if room_id in {None, agenda["room_id"]}
        for item_id, label in zip(
            agenda["item_ids"],
            (agenda.get("content") or {}).get("labels", ()),
            strict=False,
        )
        if item_id not in state["markers"]
    )


def view_chapters(
    state: Mapping[str, Any], room_id: str, now: datetime
) -> tuple[ChapterView, ...]:
    """Return a room's markers, and what was asked there, in order of time.

    Markers come out when the public is there; of questions that is looked at here.
    """
    shown = shown_until(state["rooms"][room_id], now) or now
    asked = (
        ChapterView(
            marker_id=question["question_id"],
            kind="question",
            label=text_of(question, "text"),
            at=read_moment(question["opened_at"]),
        )
        for question in state["questions"].values()
        if question["room_id"] in {None, room_id}
        and read_moment(question["opened_at"]) <= shown
    )
    return _in_order((*view_markers(state, room_id), *asked))


def view_markers(state: Mapping[str, Any], room_id: str) -> tuple[ChapterView, ...]:
    """Return a room's markers in order of time."""
    return _in_order(
        ChapterView(
            marker_id=marker["marker_id"],
            kind=marker["kind"],
            label=text_of(marker, "label"),
            at=read_moment(marker["marked_at"]),
        )
        for marker in state["markers"].values()
        if marker["room_id"] == room_id
    )


def _in_order(views: Iterable[ChapterView]) -> tuple[ChapterView, ...]:
    return tuple(sorted((view for view in views if view.label), key=lambda v: v.at))
