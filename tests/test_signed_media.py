"""Media of private meetings: an address is its holder's, and dies with its access."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
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
        assert time.monotonic() - began < 10
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
        assert time.monotonic() - began < 10
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
    async with asyncio.timeout(45):
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


async def until_status(town: Town, path: str, wanted: int) -> None:
    async with asyncio.timeout(45):
        while (now := await status_of(town, path)) != wanted:
            assert now in {200, 404}, now
            await asyncio.sleep(0.02)


async def test_media_move_at_once_when_others_may_see_them(
    town: Town, tmp_path: Any, ffmpeg_path: str
) -> None:
    made = await town.make("closed", visibility="public")
    ann = await town.join("closed")
    open_path = await path_for(town, None)
    film = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=4)
    webcast: Webcast = town.app[keys.WEBCAST]
    publication = await webcast.open_publication(town.key, container="flv", peer="test")
    await publication.write(await asyncio.to_thread(film.read_bytes))
    room = next(room for room in webcast.rooms() if room.stream_key == town.key)
    stream = webcast.channel(room.meeting_id, room.room_id).public
    async with asyncio.timeout(45):
        while (
            not stream.kept.takes
            or not stream.lanes
            or stream.find_part(stream.kept.takes[0], "source", 4) is None
        ):
            await asyncio.sleep(0.05)
    take_id = stream.kept.takes[0]
    files = ["source.m3u8", "poster.jpg", f"{take_id}/source/p1.m4s"]
    files += [f"{take_id}/source/init.mp4", "master.m3u8"]
    for file in files:
        assert await status_of(town, open_path + file) == 200, file
    # Who waits at the old address when it dies gets nothing either: by both ways.
    lane = stream.lanes["source"]
    known, quiet = lane.last_part, 0
    while quiet < 8:  # until all that was sent is packed, also by a busy machine
        await asyncio.sleep(0.25)
        known, quiet = lane.last_part, (quiet + 1) * (known == lane.last_part)
    sequence, part = known
    ahead = f"source.m3u8?_HLS_msn={sequence}&_HLS_part={part + 1}"
    waiting = [
        asyncio.create_task(status_of(town, open_path + ahead + more))
        for more in ("", "&other=1")
    ]
    await asyncio.sleep(0.2)
    assert not any(each.done() for each in waiting)

    await do(town, "meeting.edit", visibility="private")
    await until_status(town, f"{open_path}master.m3u8", 404)
    await publication.close("The film is over.")  # what is left of it comes
    assert {await each for each in waiting} <= {404, 503}
    for file in files:
        assert await status_of(town, open_path + file) == 404, file
    assert (await town.ask("GET", "/api/v1/meetings/closed"))[0] == 404
    signed = await path_for(town, ann["token"])
    assert signed.startswith("/media/~")
    for file in files:
        assert await status_of(town, signed + file) == 200, file
    # The code that everybody could read lets nobody in.
    body = {"code": made["join_code"]}
    path = "/api/v1/meetings/closed/join"
    assert (await town.ask("POST", path, body))[0] in {403, 404}

    await do(town, "meeting.edit", visibility="public")
    again = await path_for(town, None)
    assert again not in {open_path, signed}
    await until_status(town, f"{again}master.m3u8", 200)
    for file in files:
        assert await status_of(town, again + file) == 200, file
        assert await status_of(town, open_path + file) == 404, file


async def test_what_is_closed_or_opened_changes_sides_in_search(town: Town) -> None:
    await town.make("closed", visibility="public")
    ann = await town.join("closed")
    await town.do("closed", ann["token"], "contribution.post", text="Zebras first")
    path = "/api/v1/search?q="

    async def until_found(word: str, total: int) -> None:
        async with asyncio.timeout(45):
            while (await town.ask("GET", path + word))[1].get("total") != total:
                await asyncio.sleep(0.1)

    for word in ("zebras", "closed"):
        await until_found(word, 1)
    await do(town, "meeting.edit", visibility="private")
    for word in ("zebras", "closed"):
        await until_found(word, 0)
        await town.indexed(word, "closed")
    await do(town, "meeting.edit", visibility="public")
    for word in ("zebras", "closed"):
        await until_found(word, 1)


async def test_a_meeting_held_back_opens_at_its_moment(town: Town) -> None:
    await town.make("closed", visibility="private")
    release_at = datetime.now(UTC) + timedelta(seconds=3)
    await do(
        town,
        "embargo.hold",
        type="meeting.edit",
        data={"visibility": "public"},
        when="time",
        release_at=release_at.isoformat(),
    )
    status = 404
    async with asyncio.timeout(45):
        while status != 200:
            asked_at = datetime.now(UTC)
            status, shown = await town.ask("GET", "/api/v1/meetings/closed")
            assert status == 404 or datetime.now(UTC) >= release_at, asked_at
            await asyncio.sleep(0.05)
    assert shown["visibility"] == "public"
    assert "~" not in await path_for(town, None)
