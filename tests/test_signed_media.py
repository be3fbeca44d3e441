"""Media of private meetings: an address is its holder's, and dies with its access."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from folkmoot import keys
from folkmoot.gateway.playback import LIFE_SECONDS
from folkmoot.media.webcast import Webcast
from tests.media.publishing import make_flv
from tests.test_secrecy import Town, town

__all__ = ["town"]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.usefixtures("ffmpeg_path")]


async def path_for(town: Town, token: str | None, slug: str = "closed") -> str:
    status, shown = await town.ask("GET", f"/api/v1/meetings/{slug}", token=token)
    assert status == 200, shown
    address: str = shown["rooms"][0]["playback_url"]
    return address[address.index("/media/") :].removesuffix("master.m3u8")


async def status_of(town: Town, path: str) -> int:
    async with town.http.get(town.url + path) as answer:
        await answer.read()
        return answer.status


async def do(town: Town, kind: str, **data: Any) -> dict[str, Any]:
    body = {
        "client_id": f"desk-{time.monotonic_ns()}",
        "client_seq": 1,
        "type": kind,
        "data": data,
    }
    path = "/api/v1/meetings/closed/commands"
    status, answer = await town.ask("POST", path, body, town.admin)
    assert (status, answer["ok"]) == (200, True), answer
    return dict(answer)


async def test_an_address_opens_for_members_and_dies_with_membership(
    town: Town,
) -> None:
    made = await town.make("closed", visibility="private")
    ann = await town.join("closed", code=made["join_code"])
    ben = await town.join("closed", code=made["join_code"])
    path, other = [await path_for(town, each["token"]) for each in (ann, ben)]
    assert path.startswith("/media/~")
    assert path != other
    assert await status_of(town, f"{path}allowed") == 204
    await do(town, "member.remove", member_id=ann["member_id"])
    began = time.monotonic()
    while await status_of(town, f"{path}allowed") != 403:
        assert time.monotonic() - began < 2.0
        await asyncio.sleep(0.05)
    assert await status_of(town, f"{other}allowed") == 204
    meeting = "/api/v1/meetings/closed"
    assert (await town.ask("GET", meeting, token=ann["token"]))[0] == 404
    status, answer = await town.ask(
        "POST", f"{meeting}/join", {"code": made["join_code"]}, ann["token"]
    )
    assert (status, answer["code"]) == (403, "removed")
    await do(town, "member.readmit", member_id=ann["member_id"])
    assert await status_of(town, f"{path}allowed") == 204


async def test_an_address_dies_with_the_sign_in_it_was_made_for(town: Town) -> None:
    made = await town.make("closed", visibility="private")
    ann = await town.join("closed", code=made["join_code"])
    path = await path_for(town, ann["token"])
    assert await status_of(town, f"{path}allowed") == 204
    await town.app[keys.IDENTITY].tokens.revoke(ann["token"])
    began = time.monotonic()
    while await status_of(town, f"{path}allowed") != 403:
        assert time.monotonic() - began < 2.0
        await asyncio.sleep(0.05)


async def test_what_is_forged_old_or_of_another_room_opens_nothing(town: Town) -> None:
    made = await town.make("closed", visibility="private")
    ann = await town.join("closed", code=made["join_code"])
    path = await path_for(town, ann["token"])
    token, meeting_id, room_id = path.removeprefix("/media/~").rstrip("/").split("/")
    forged = URLSafeTimedSerializer("guess", salt="playback").dumps(
        [meeting_id, room_id, "x"]
    )
    for wrong in (
        f"/media/~{forged}/{meeting_id}/{room_id}/",
        f"/media/~{token[:-1]}/{meeting_id}/{room_id}/",
        f"/media/~{token}/{meeting_id}/r_other/",
        f"/media/~{token}/m_other/{room_id}/",
    ):
        for file in ("allowed", "master.m3u8", "poster.jpg"):
            assert await status_of(town, wrong + file) == 403, wrong
    playback = town.app[keys.PLAYBACK]
    assert await playback.check(token, meeting_id, room_id)
    later = time.time() + LIFE_SECONDS + 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: later)
        assert not await playback.check(token, meeting_id, room_id)


async def test_media_of_a_private_meeting_have_no_other_address(
    town: Town, tmp_path: Any, ffmpeg_path: str
) -> None:
    made = await town.make("closed", visibility="private")
    ann = await town.join("closed", code=made["join_code"])
    path = await path_for(town, ann["token"])
    film = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=4)
    webcast: Webcast = town.app[keys.WEBCAST]
    publication = await webcast.open_publication(town.key, container="flv", peer="test")
    await publication.write(await asyncio.to_thread(film.read_bytes))
    await publication.close("The film is over.")
    room = next(room for room in webcast.rooms() if room.stream_key == town.key)
    stream = webcast.channel(room.meeting_id, room.room_id).public
    async with asyncio.timeout(15):
        while not stream.kept.takes or not stream.lanes:
            await asyncio.sleep(0.05)
    take_id = stream.kept.takes[0]
    public = f"/media/{room.public_path}/{room.room_slug}/"
    files = ["master.m3u8", "source.m3u8", f"{take_id}/source/init.mp4"]
    for file in [*files, f"{take_id}/source/p1.m4s", "poster.jpg"]:
        assert await status_of(town, public + file) == 404, file
    for file in files:
        assert await status_of(town, path + file) == 200, file
    async with town.http.get(f"{town.url}{path}source.m3u8") as answer:
        text = await answer.text()
        assert answer.headers["Cache-Control"] == "private, no-store"
    # Relative addresses only, so that the token stands in none of the answers.
    assert "~" not in text
    assert f"{take_id}/source/" in text
