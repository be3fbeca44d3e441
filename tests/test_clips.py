"""Clips over the API: for who may see the recording, in ranges, and not without end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from folkmoot import keys
from folkmoot.core.wire import moment
from folkmoot.media.webcast import Webcast
from tests.media.publishing import make_flv
from tests.test_secrecy import Town, town

__all__ = ["town"]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.usefixtures("ffmpeg_path")]


async def get(
    town: Town, path: str, token: str | None = None, **headers: str
) -> tuple[int, bytes, Any]:
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with town.http.get(town.url + path, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_members_get_a_clip_of_a_private_meeting_and_nobody_else(
    town: Town, tmp_path: Path, ffmpeg_path: str
) -> None:
    made = await town.make("closed", visibility="private")
    ann = await town.join("closed", code=made["join_code"])
    film = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=6)
    webcast: Webcast = town.app[keys.WEBCAST]
    publication = await webcast.open_publication(town.key, container="flv", peer="test")
    await publication.write(await asyncio.to_thread(film.read_bytes))
    await publication.close("The film is over.")
    room = next(room for room in webcast.rooms() if room.stream_key == town.key)
    channel = webcast.channel(room.meeting_id, room.room_id)
    async with asyncio.timeout(45):
        while channel.recorded_seconds < 4:
            await asyncio.sleep(0.05)
    start = channel.timeline.start_at
    assert start is not None

    def address(first: float, last: float, ending: str = "mp4") -> str:
        moments = [moment(start + timedelta(seconds=each)) for each in (first, last)]
        return (
            f"/api/v1/meetings/closed/rooms/hall/clip.{ending}"
            f"?from={moments[0]}&to={moments[1]}"
        )

    path, token = address(1, 3), ann["token"]
    status, whole, headers = await get(town, path, token)
    assert (status, headers["Content-Type"]) == (200, "video/mp4")
    assert whole[4:8] == b"ftyp"
    assert headers["Folkmoot-Seconds"] == "2"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert headers["Cache-Control"] == "private, no-cache"
    status, sound, headers = await get(town, address(1, 3, "m4a"), token)
    assert (status, headers["Content-Type"], len(sound) < len(whole)) == (
        200,
        "audio/mp4",
        True,
    )
    # In pieces, as downloads that broke off and players ask for it.
    tag = (await get(town, path, token))[2]["ETag"]
    status, piece, headers = await get(town, path, token, Range="bytes=100-1099")
    assert (status, piece) == (206, whole[100:1100])
    assert headers["Content-Range"] == f"bytes 100-1099/{len(whole)}"
    assert (await get(town, path, token, Range="bytes=999999999-"))[0] == 416
    assert (await get(town, path, token, **{"If-None-Match": tag}))[0] == 304
    status, again, _ = await get(
        town, path, token, Range="bytes=1-9", **{"If-Range": '"another"'}
    )
    assert (status, again) == (200, whole)
    # What can't be.
    for wrong, refused in (
        (address(3, 1), (422, "empty_span")),
        (address(0, 601), (422, "span_too_long")),
        (address(50, 60), (404, "no_recording")),
        (path.replace("hall", "attic"), (404, "no_such_room")),
        (path.partition("&")[0], (422, "bad_query")),
        (path.replace("Z", ""), (422, "time_without_zone")),
    ):
        status, problem = await town.ask("GET", wrong, token=token)
        assert (status, problem["code"]) == refused, wrong
    # Not for strangers, and no longer for who is removed.
    assert (await town.ask("GET", path))[1]["code"] == "no_such_meeting"
    for number in range(20):
        status, problem = await town.ask(
            "GET", address(1, 2 + number / 100), token=token
        )
        if status != 200:
            break
    assert (status, problem["code"]) == (429, "slow_down")
    await town.do("closed", town.admin, "member.remove", member_id=ann["member_id"])
    async with asyncio.timeout(20):
        while (await town.ask("GET", path, token=token))[0] != 404:
            await asyncio.sleep(0.05)
