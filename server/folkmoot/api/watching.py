"""What there is to watch of a room: its state, gaps with their reasons, chapters."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response
from folkmoot.api.parts import PARTS, enter
from folkmoot.api.rooms import find_room
from folkmoot.core.broadcast.airtime import PublicState, see_room
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.wire import moment
from folkmoot.keys import JOURNAL, WEBCAST

if TYPE_CHECKING:
    from folkmoot.media.channel import Channel

_BRIEF = {"Cache-Control": "no-cache"}


class GapView(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that a recording lacks, and why, in words."""

    from_at: str
    to_at: str
    seconds: float
    reason: str


class SpanView(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a recording without a gap."""

    from_at: str
    to_at: str


class RecordingStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A room's recording as the public has it; `state` is what it sees now."""

    state: PublicState
    reason: str | None
    delay_seconds: float
    seconds: float
    spans: list[SpanView]
    gaps: list[GapView]


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """A point on the clock and, where it can be played, its playable seconds."""

    marker_id: str
    kind: str
    label: str
    at: str
    offset_seconds: float | None
    end_seconds: float | None


class ChapterList(msgspec.Struct, frozen=True):
    """A room's chapters in the order of time."""

    chapters: list[Chapter]


async def show_recording(request: web.Request) -> web.Response:
    """Show what there is of a room's recording, and what it lacks and why."""
    access = await enter(request)
    room = await find_room(request, access)
    state = (await request.app[JOURNAL].snapshot(access.meeting_id, PUBLIC)).state
    channel = _channel(request, access.meeting_id, room["room_id"])
    view = RecordingStatus(
        state=see_room(room, phase=state["phase"], now=request.app[PARTS].clock()),
        reason=(room["reason"] or {}).get("reason"),
        delay_seconds=room["delay_seconds"],
        seconds=round(channel.recorded_seconds, 3) if channel else 0.0,
        spans=[
            SpanView(from_at=moment(start), to_at=moment(end))
            for start, end in (channel.recorded_spans() if channel else ())
        ],
        gaps=[
            GapView(
                from_at=moment(gap.start_at),
                to_at=moment(gap.end_at),
                seconds=round((gap.end_at - gap.start_at).total_seconds(), 3),
                reason=gap.reason,
            )
            for gap in (channel.gaps if channel else ())
        ],
    )
    return json_response(view)


async def show_chapters(request: web.Request) -> web.Response:
    """Return a room's markers as chapters: JSON, or WebVTT for players."""
    access = await enter(request)
    room = await find_room(request, access)
    state = (await request.app[JOURNAL].snapshot(access.meeting_id, PUBLIC)).state
    channel = _channel(request, access.meeting_id, room["room_id"])
    chapters = _list_chapters(state, room["room_id"], channel)
    if request.match_info["format"] == "json":
        return json_response(ChapterList(chapters))
    return web.Response(
        text=_render_vtt(chapters), content_type="text/vtt", headers=_BRIEF
    )


def _channel(request: web.Request, meeting_id: str, room_id: str) -> Channel | None:
    try:
        return request.app[WEBCAST].channel(meeting_id, room_id)
    except KeyError:
        return None


def _list_chapters(
    state: dict[str, Any], room_id: str, channel: Channel | None
) -> list[Chapter]:
    timeline = channel.timeline if channel is not None else None
    markers = sorted(
        (
            marker
            for marker in state["markers"].values()
            if marker["room_id"] == room_id and marker["content"]
        ),
        key=lambda marker: (marker["marked_at"], marker["marker_id"]),
    )
    starts = {
        marker["marker_id"]: (
            timeline.offset_at(datetime.fromisoformat(marker["marked_at"]))
            if timeline is not None
            else None
        )
        for marker in markers
    }
    total = timeline.seconds if timeline is not None else None
    chapters = []
    for number, marker in enumerate(markers):
        start = starts[marker["marker_id"]]
        later = (
            starts[other["marker_id"]]
            for other in markers[number + 1 :]
            if other["kind"] == marker["kind"]
        )
        end = next((at for at in later if at is not None), total)
        chapters.append(
            Chapter(
                marker_id=marker["marker_id"],
                kind=marker["kind"],
                label=marker["content"]["label"],
                at=marker["marked_at"],
                offset_seconds=start,
                end_seconds=end if start is not None else None,
            )
        )
    return chapters


def _render_vtt(chapters: list[Chapter]) -> str:
    """Agenda items alone, since the chapters of WebVTT may not overlap."""
    lines = ["WEBVTT\n"]
    for chapter in chapters:
        start, end = chapter.offset_seconds, chapter.end_seconds
        if chapter.kind != "agenda" or start is None or end is None or end <= start:
            continue
        label = " ".join(chapter.label.replace("-->", "\u2192").split())
        label = label.replace("&", "&amp;").replace("<", "&lt;")
        lines.append(f"{chapter.marker_id}\n{_time(start)} --> {_time(end)}\n{label}\n")
    return "\n".join(lines)


def _time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
