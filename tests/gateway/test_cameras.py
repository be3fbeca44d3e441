"""The camera page's socket, before media: who gets in, and what is taken."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from folkmoot.core.commands import RoomSpec
from folkmoot.gateway.camera_access import CameraDoor
from folkmoot.gateway.cameras import Cameras
from folkmoot.gateway.credentials import Credentials
from folkmoot.gateway.limits import Limits, LocalBuckets
from folkmoot.store import catalogue
from folkmoot.tasks import TaskOwner
from tests.fakes import FakeMonotonic
from tests.media.publishing import FakeDesk
from tests.pages.town import Town, open_town

WEBM = b"\x1a\x45\xdf\xa3" + b"film"
SESSION = "a-long-random-name"


class Media(FakeDesk):
    """A desk that tells of rooms, too."""

    keys: frozenset[str] = frozenset()

    def status(self, _meeting_id: str, _room_id: str) -> Any:
        return SimpleNamespace(connected=bool(self.publications), viewers=3)

    async def open_publication(self, stream_key: str, **given: Any) -> Any:
        return await super().open_publication(
            "KEY" if stream_key in self.keys else stream_key, **given
        )


class Place:
    """A meeting with one room, and the way to its camera socket."""

    def __init__(self, town: Town, media: Media, client: Any) -> None:
        self.town = town
        self.media = media
        self.client = client
        self.row: Any = None

    async def renew(self, token: str) -> None:
        """Replace the camera link."""
        await self.town.database.run(
            lambda c: catalogue.renew_camera_token(
                c, self.row.meeting_id, self.row.room_id, token
            )
        )

    async def open(self, path: str = "", **headers: str) -> Any:
        """Open the socket of the link, or of another path."""
        path = path or f"/camera/{self.row.camera_token}"
        return await self.client.ws_connect(f"{path}/socket", headers=headers)


@pytest.fixture
async def place(tmp_path: Path, aiohttp_client: Any) -> AsyncIterator[Place]:
    async with open_town(tmp_path) as town:
        tasks = TaskOwner()
        media = Media()
        credentials = Credentials(town.identity)
        cameras = Cameras(
            door=CameraDoor(town.database, town.identity, credentials),
            credentials=credentials,
            limits=Limits(
                LocalBuckets(FakeMonotonic()),
                commands_per_minute=60,
                joins_per_minute=60,
                searches_per_minute=60,
            ),
            journal=town.journal,
            webcast=media,  # type: ignore[arg-type]
            tasks=tasks,
            look_seconds=0.05,
        )
        app = web.Application()
        cameras.attach(app)
        place = Place(town, media, await aiohttp_client(app))
        made = await town.create("moot", rooms=[RoomSpec(name="Main hall")])
        rows = await town.database.read(
            lambda c: catalogue.rooms_of(c, made.meeting_id)
        )
        place.row = rows[0]
        media.keys = frozenset({rows[0].stream_key})
        yield place
        await cameras.aclose()
        await tasks.aclose()


async def hear(socket: Any, kind: str) -> dict[str, Any]:
    """Return the next message of this kind."""
    async with asyncio.timeout(45):
        while True:
            said: dict[str, Any] = await socket.receive_json()
            if said["type"] == kind:
                return said


def chunk(number: int, data: bytes, stream: int = 0) -> bytes:
    return struct.pack(">BII", 1, stream, number) + data


async def begin(socket: Any, session: str = SESSION) -> dict[str, Any]:
    await socket.send_json({"type": "send", "session": session})
    return await hear(socket, "go")


async def test_a_link_opens_its_room(place: Place) -> None:
    socket = await place.open()
    assert await hear(socket, "room") == {
        "type": "room",
        "state": "off",
        "reason": None,
        "name": "Main hall",
        "connected": False,
        "viewers": 3,
        "sending": False,
        "calls": [],
    }
    await place.town.do(
        place.row.meeting_id, "channel.start", room_id=place.row.room_id
    )
    assert (await hear(socket, "room"))["state"] == "on"


async def test_chunks_are_taken_and_acknowledged(place: Place) -> None:
    socket = await place.open()
    assert await begin(socket) == {
        "type": "go",
        "stream": 0,
        "number": 0,
        "resumed": False,
    }
    for number, data in enumerate((WEBM, b"more", b"more")):
        await socket.send_bytes(chunk(number, data))
        said = await hear(socket, "ack")
        assert (said["stream"], said["number"]) == (0, number + 1)
    await socket.send_json({"type": "stop"})
    await hear(socket, "stopped")
    assert bytes(place.media.last.data) == WEBM + b"moremore"
    assert place.media.last.reasons == ["The camera was switched off."]


async def test_another_socket_carries_a_session_on(place: Place) -> None:
    old = await place.open()
    await begin(old)
    await old.send_bytes(chunk(0, WEBM))
    await hear(old, "ack")
    new = await place.open()
    assert await begin(new) == {
        "type": "go",
        "stream": 0,
        "number": 1,
        "resumed": True,
    }
    await old.send_bytes(chunk(1, b"late"))
    while (said := await old.receive()).type is aiohttp.WSMsgType.TEXT:
        pass
    assert said.data == 4409
    await new.send_bytes(chunk(1, b"more"))
    await hear(new, "ack")
    assert bytes(place.media.last.data) == WEBM + b"more"
    assert place.media.last.reasons == []


async def test_a_key_in_use_is_said(place: Place) -> None:
    first = await place.open()
    await begin(first)
    await first.send_bytes(chunk(0, WEBM))
    await hear(first, "ack")
    second = await place.open()
    await begin(second, "another-random-name")
    await second.send_bytes(chunk(0, WEBM))
    assert (await hear(second, "refused"))["code"] == "stream_key_in_use"


async def test_an_ended_meeting_takes_nothing(place: Place) -> None:
    place.media.keys = frozenset()
    socket = await place.open()
    await begin(socket)
    await socket.send_bytes(chunk(0, WEBM))
    assert (await hear(socket, "refused"))["code"] == "meeting_ended"


async def test_no_film_is_refused(place: Place) -> None:
    socket = await place.open()
    await begin(socket)
    await socket.send_bytes(chunk(0, b"nothing" * 100))
    assert (await hear(socket, "refused"))["code"] == "unknown_container"


@pytest.mark.parametrize(
    "message", [b"\x01", b"\x07" + bytes(20), chunk(0, WEBM), "no json", '{"a": 1}']
)
async def test_what_no_page_of_ours_sends_is_refused(
    place: Place, message: bytes | str
) -> None:
    socket = await place.open()
    if isinstance(message, bytes):
        await socket.send_bytes(message)
    else:
        await socket.send_str(message)
    assert (await hear(socket, "refused"))["code"] == "bad_message"
    assert place.media.publications == []


async def test_a_session_without_a_name_is_refused(place: Place) -> None:
    socket = await place.open()
    await socket.send_json({"type": "send", "session": "short"})
    assert (await hear(socket, "refused"))["code"] == "bad_message"


async def test_a_trial_of_the_line_is_answered(place: Place) -> None:
    socket = await place.open()
    await socket.send_bytes(bytes(5000))
    assert (await hear(socket, "probe"))["bytes"] == 5000


async def test_a_replaced_link_ends_what_it_sends(place: Place) -> None:
    socket = await place.open()
    await begin(socket)
    await socket.send_bytes(chunk(0, WEBM))
    await hear(socket, "ack")
    await place.renew("another-token")
    assert (await hear(socket, "void"))["code"] == "bad_link"
    assert place.media.last.reasons == ["The camera link was made void."]
    again = await place.open()
    assert (await hear(again, "void"))["code"] == "bad_link"
    await place.renew(place.row.camera_token)


async def test_a_duty_opens_its_room_until_it_is_taken_back(place: Place) -> None:
    path = f"/m/moot/camera/{place.row.slug}"
    town, row = place.town, place.row
    outsider = await town.join("moot", "Otto")
    bearer = {"Authorization": f"Bearer {outsider.token}"}
    socket = await place.open(path, **bearer)
    assert (await hear(socket, "void"))["code"] == "not_allowed"
    access = await town.identity.enter(
        await town.identity.tokens.find(town.admin_token), "moot"
    )
    invite_id, secret = await town.door.make_invite(
        access, duty=f"camera:{row.room_id}"
    )
    helper = await town.join("moot", "Hanna", invite=secret)
    bearer = {"Authorization": f"Bearer {helper.token}"}
    socket = await place.open(path, **bearer)
    assert (await hear(socket, "room"))["name"] == "Main hall"
    await town.do(row.meeting_id, "invite.revoke", invite_id=invite_id)
    assert (await hear(socket, "void"))["code"] == "not_allowed"


async def test_a_room_that_is_not_there_is_said(place: Place) -> None:
    bearer = {"Authorization": f"Bearer {place.town.admin_token}"}
    socket = await place.open("/m/moot/camera/attic", **bearer)
    assert (await hear(socket, "void"))["code"] == "no_such_room"


async def test_another_sites_page_gets_no_socket(place: Place) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await place.open(Origin="https://elsewhere.example")
    assert refused.value.status == 403


async def test_the_team_and_a_camera_signal_each_other(place: Place) -> None:
    meeting_id, room_id = place.row.meeting_id, place.row.room_id
    place.town.clock.now = datetime.now(UTC)
    sent = await place.town.do(
        meeting_id, "signal.send", signal="no_sound", room_id=room_id
    )
    await place.town.do(meeting_id, "signal.send", signal="help", text="elsewhere")
    socket = await place.open()
    calls = (await hear(socket, "room"))["calls"]
    assert {call["signal"] for call in calls} == {"no_sound", "help"}
    await socket.send_json({"type": "seen", "signal_id": sent["signal_id"]})
    async with asyncio.timeout(45):
        while True:
            calls = (await hear(socket, "room"))["calls"]
            seen = {call["signal"]: call["seen"] for call in calls}
            if seen["no_sound"]:
                break
    assert seen == {"no_sound": "Camera", "help": None}
    await socket.send_json({"type": "signal", "signal": "picture_dark"})
    await hear(socket, "room")
    staff = (await place.town.journal.snapshot(meeting_id, "staff")).state
    assert "picture_dark" in {one["signal"] for one in staff["signals"].values()}
    await socket.send_json({"type": "signal", "signal": "nonsense"})
    assert (await hear(socket, "not_told"))["code"] == "bad_message"
    await socket.send_json({"type": "seen", "signal_id": "g_none"})
    assert (await hear(socket, "not_told"))["code"] == "no_such_signal"


async def test_a_camera_hears_nothing_of_other_rooms(place: Place) -> None:
    meeting_id = place.row.meeting_id
    place.town.clock.now = datetime.now(UTC)
    made = await place.town.do(meeting_id, "room.add", name="Attic")
    await place.town.do(
        meeting_id, "signal.send", signal="help", room_id=made["room_ids"][0]
    )
    socket = await place.open()
    assert (await hear(socket, "room"))["calls"] == []
