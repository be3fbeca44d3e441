"""A room's list of films: kept, ordered, and sent as an encoder would send them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from folkmoot import keys
from tests.media.publishing import make_flv
from tests.test_secrecy import Town, town

__all__ = ["town"]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.usefixtures("ffmpeg_path")]

FILMS = "/api/v1/meetings/moot/rooms/hall/films"


async def put(town: Town, name: str, data: bytes, token: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "video/mp4"}
    async with town.http.put(
        f"{town.url}{FILMS}?name={name}", data=data, headers=headers
    ) as answer:
        return answer.status, await answer.json(content_type=None)


async def until_playing(town: Town, wanted: str | None) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            _, shown = await town.ask("GET", FILMS, token=town.admin)
            if shown["playing"] == wanted:
                return dict(shown)
            await asyncio.sleep(0.05)


async def test_films_are_listed_ordered_and_sent_one_after_the_other(
    town: Town, tmp_path: Path, ffmpeg_path: str
) -> None:
    made = await town.make("moot")
    ann = await town.join("moot")
    film = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=1)
    data = await asyncio.to_thread(film.read_bytes)
    assert (await put(town, "no", data, ann["token"]))[1]["code"] == "not_allowed"
    for path in ("start", "stop"):
        status, told = await town.ask("POST", f"{FILMS}/{path}", {}, ann["token"])
        assert (status, told["code"]) == (403, "not_allowed")
    status, told = await town.ask("POST", f"{FILMS}/start", {}, town.admin)
    assert (status, told["code"]) == (409, "no_films")
    status, told = await put(town, "poem.mp4", b"no film at all", town.admin)
    assert (status, told["code"]) == (422, "film_unreadable")
    for name in ("one", "two"):
        status, shown = await put(town, name, data, town.admin)
        assert status == 201, shown
    assert [film["name"] for film in shown["films"]] == ["one", "two"]
    assert shown["films"][0]["seconds"] == pytest.approx(1.0, abs=0.15)
    one, two = [film["id"] for film in shown["films"]]

    status, told = await town.ask("PUT", f"{FILMS}/order", {"films": [one]}, town.admin)
    assert (status, told["code"]) == (409, "outdated")
    body = {"films": [two, one], "loop": False}
    status, shown = await town.ask("PUT", f"{FILMS}/order", body, town.admin)
    assert [film["id"] for film in shown["films"]] == [two, one]
    status, told = await town.ask(
        "POST", f"{FILMS}/start", {"film": "film_none"}, town.admin
    )
    assert (status, told["code"]) == (404, "no_such_film")

    status, shown = await town.ask("POST", f"{FILMS}/start", {}, town.admin)
    assert (status, shown["playing"]) == (200, two)
    await until_playing(town, one)
    assert (await until_playing(town, None))["stopped"] == ""
    place = (made["slug"], made["rooms"][0]["id"])
    meeting_id = (await town.app[keys.IDENTITY].find_place(place[0])).meeting_id
    channel = town.app[keys.WEBCAST].channel(meeting_id, place[1])
    assert len(channel.public.kept.takes) == 2
    assert channel.recorded_seconds == pytest.approx(2.0, abs=0.5)
    # On a machine that is not busy there is none.
    assert {gap.reason for gap in channel.gaps} <= {"Between two films"}

    # In a loop the end is followed by the first; an encoder on air goes before.
    body = {"films": [one, two], "loop": True}
    await town.ask("PUT", f"{FILMS}/order", body, town.admin)
    await town.ask("POST", f"{FILMS}/start", {"film": two}, town.admin)
    await until_playing(town, one)
    assert (await town.ask("DELETE", f"{FILMS}/{one}", token=town.admin))[0] == 204
    shown = await until_playing(town, two)
    assert [film["id"] for film in shown["films"]] == [two]
    status, shown = await town.ask("POST", f"{FILMS}/stop", {}, town.admin)
    assert (status, shown["playing"]) == (200, None)
    assert not town.app[keys.WEBCAST].status(meeting_id, place[1]).connected


async def test_films_go_on_after_a_restart_unless_somebody_stopped_them(
    town: Town, tmp_path: Path, ffmpeg_path: str
) -> None:
    await town.make("moot")
    film = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=2)
    data = await asyncio.to_thread(film.read_bytes)
    for name in ("one", "two"):
        _, shown = await put(town, name, data, town.admin)
    two = shown["films"][1]["id"]
    films = town.app[keys.FILMS]
    await town.ask("POST", f"{FILMS}/start", {"film": two}, town.admin)
    await films.aclose()  # as when the service ends
    assert (await until_playing(town, None))["stopped"] == ""
    await films.resume()
    await until_playing(town, two)
    await films.resume()  # what plays is left alone
    await town.ask("POST", f"{FILMS}/stop", {}, town.admin)
    await films.resume()
    assert (await town.ask("GET", FILMS, token=town.admin))[1]["playing"] is None


async def test_films_give_way_to_an_encoder(
    town: Town, tmp_path: Path, ffmpeg_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("folkmoot.media.ingest.films._TAKEN_SECONDS", 0.3)
    await town.make("moot")
    film = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=1)
    data = await asyncio.to_thread(film.read_bytes)
    await put(town, "one", data, town.admin)
    publication = await town.app[keys.WEBCAST].open_publication(
        town.key, container="flv", peer="test"
    )
    await publication.write(data)
    await town.ask("POST", f"{FILMS}/start", {}, town.admin)
    shown = await until_playing(town, None)
    assert shown["stopped"] == "An encoder sends to this room."
    await publication.close("The encoder has stopped.")


async def test_what_a_local_recording_would_fill_is_decided_over_the_api(
    town: Town,
) -> None:
    await town.make("moot")
    ann = await town.join("moot")
    path = "/api/v1/meetings/moot/rooms/hall/recording/fill"
    for method in ("GET", "POST", "DELETE"):
        status, told = await town.ask(method, path, token=ann["token"])
        assert (status, told["code"]) == (403, "not_allowed")
    status, shown = await town.ask("GET", path, token=town.admin)
    assert (status, shown["state"], shown["found"]) == (200, "none", [])
    status, told = await town.ask("POST", path, token=town.admin)
    assert (status, told["code"]) == (409, "nothing_found")
    assert (await town.ask("DELETE", path, token=town.admin))[0] == 204
