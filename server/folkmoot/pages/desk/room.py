"""A room as its staff see it: picture, figures, problems, keys."""

from __future__ import annotations

from typing import Any

import msgspec

from folkmoot.pages.board.timetable import RoomView
from folkmoot.pages.desk.room_health import HealthView, view_health
from folkmoot.pages.frame.ports import Ports
from folkmoot.pages.frame.visits import Visit
from folkmoot.store import catalogue
from folkmoot.store.catalogue import RoomRow

PART_CHOICES = (0.2, 0.5, 1.0)
SEGMENT_CHOICES = (2.0, 4.0, 6.0)


class Lengths(msgspec.Struct, frozen=True, kw_only=True):
    """How long a room's parts and segments are; `fixed` once it was on air."""

    part_seconds: float
    segment_seconds: float
    fixed: bool


class RoomDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A room's card at the desk; keys are absent for who may not broadcast."""

    room: RoomView
    connected: bool
    lengths: Lengths | None = None
    health: HealthView = HealthView()
    thumbnail_url: str = ""
    preview_url: str = ""
    rtmp_url: str = ""
    stream_key: str = ""
    camera_url: str = ""

    def to_data(self, panel: str) -> dict[str, Any]:
        """Return what changes by the second, for the page's script; `panel` is HTML."""
        return {
            "room_id": self.room.room_id,
            "state": self.room.said,
            "connected": self.connected,
            "panel": panel,
            "problems": [problem.sentence for problem in self.health.problems],
            "codes": [problem.code for problem in self.health.problems],
            "thumbnail_url": self.thumbnail_url or None,
            "preview_url": self.preview_url or None,
        }


async def view_desk_rooms(ports: Ports, visit: Visit) -> tuple[RoomDesk, ...]:
    """Return the cards of a meeting's rooms."""
    meeting_id = visit.row.meeting_id
    keys: dict[str, RoomRow] = {}
    if visit.me is not None and visit.me.facilitates:
        rows = await ports.database.read(lambda c: catalogue.rooms_of(c, meeting_id))
        keys = {row.room_id: row for row in rows}
    return tuple(_view_room(ports, visit, room, keys) for room in visit.rooms)


def _view_room(
    ports: Ports, visit: Visit, room: RoomView, keys: dict[str, RoomRow]
) -> RoomDesk:
    key = keys.get(room.room_id)
    status = read_status(ports, visit.row.meeting_id, room.room_id)
    connected = status.connected if status is not None else room.connected
    return RoomDesk(
        room=room,
        connected=connected,
        lengths=_view_lengths(ports, visit, room),
        health=view_health(status, connected=connected),
        thumbnail_url=_picture_url(ports, visit, room, connected=connected),
        preview_url=_preview_url(ports, visit, room, connected=connected),
        rtmp_url=ports.rtmp_url(),
        stream_key=key.stream_key if key else "",
        camera_url=f"{ports.public_url()}/camera/{key.camera_token}" if key else "",
    )


def _view_lengths(ports: Ports, visit: Visit, room: RoomView) -> Lengths | None:
    if ports.webcast is None:
        return None
    try:
        channel = ports.webcast.channel(visit.row.meeting_id, room.room_id)
    except KeyError:
        return None
    part_seconds, segment_seconds = channel.lengths
    return Lengths(
        part_seconds=part_seconds,
        segment_seconds=segment_seconds,
        fixed=channel.is_fixed,
    )


def read_status(ports: Ports, meeting_id: str, room_id: str) -> Any:
    """Return how a room's broadcast does; None where nothing is known of it."""
    if ports.webcast is None:
        return None
    try:
        return ports.webcast.status(meeting_id, room_id)
    except KeyError:
        return None


def _preview_url(ports: Ports, visit: Visit, room: RoomView, *, connected: bool) -> str:
    """Where the team's page finds the room's moving picture, undelayed."""
    if ports.preview is None or not connected:
        return ""
    return ports.preview.make_url(visit.row.meeting_id, room.room_id, "master.m3u8")


def _picture_url(ports: Ports, visit: Visit, room: RoomView, *, connected: bool) -> str:
    if not connected:
        return ""
    if ports.preview is not None:
        return ports.preview.make_url(
            visit.row.meeting_id, room.room_id, "thumbnail.jpg"
        )
    public = room.said in {"live", "interrupted"}
    return room.poster_url.replace("poster.jpg", "thumbnail.jpg") if public else ""
