"""The command line sends a film on over broken connections."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from folkmoot.media.ingest.reading import look_at
from folkmoot.reach import Service, ServiceSaidNo
from folkmoot.sending import RESUMES, publish_films, send_film
from tests.media.publishing import AAC, H264, make_media

FILM = bytes(range(256)) * 20_000
PATH = "/recording"


class Taker:
    """Takes films as the service does; breaks off after so many bytes each time."""

    def __init__(self, *breaks: int) -> None:
        self.breaks = list(breaks)
        self.kept = b""
        self.starts: list[int] = []
        self.refuses = False

    async def show(self, request: web.Request) -> web.Response:
        if self.refuses:
            return web.json_response({"detail": "Not here."}, status=403)
        return web.json_response({"offset": len(self.kept)})

    async def put(self, request: web.Request) -> web.Response:
        start = int(request.headers["Content-Range"].split()[1].partition("-")[0])
        assert request.headers["Content-Range"].endswith(
            f"-{len(FILM) - 1}/{len(FILM)}"
        )
        self.starts.append(start)
        self.kept = self.kept[:start]
        stop = self.breaks.pop(0) if self.breaks else None
        async for piece in request.content.iter_any():
            self.kept += piece
            if stop is not None and len(self.kept) - start >= stop:
                assert request.transport is not None
                request.transport.abort()
                raise ConnectionResetError
        return web.json_response({"bytes": len(self.kept)}, status=202)


@pytest.fixture
async def reach(
    aiohttp_server: Callable[..., Any],
) -> AsyncIterator[Callable[[Taker], Any]]:
    """Return what opens a service that takes films in a given way."""
    async with aiohttp.ClientSession() as http:

        async def reach(taker: Taker) -> Service:
            app = web.Application()
            app.router.add_get(f"{PATH}/upload", taker.show)
            app.router.add_put(PATH, taker.put)
            server = await aiohttp_server(app)
            return Service(str(server.make_url("")).rstrip("/"), http)

        yield reach


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return a film."""
    file = tmp_path / "film.mp4"
    file.write_bytes(FILM)
    return file


async def send(service: Service, film: Path, pauses: list[float]) -> int:
    """Send the film; return how many bytes the progress was told of."""
    told = 0

    def tell(count: int) -> None:
        nonlocal told
        told += count

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    await send_film(service, PATH, film, query={}, on_bytes=tell, pause=pause)
    return told


async def test_a_film_goes_on_where_it_broke_off(reach: Any, film: Path) -> None:
    taker = Taker(1_000_000, 700_000)
    pauses: list[float] = []
    assert await send(await reach(taker), film, pauses) == len(FILM)
    assert taker.kept == FILM
    assert taker.starts[0] == 0
    assert 1_000_000 <= taker.starts[1] < taker.starts[2]
    assert pauses == [1.0, 2.0]


async def test_a_whole_film_without_an_answer_needs_its_last_byte_only(
    reach: Any, film: Path
) -> None:
    taker = Taker()
    taker.kept = FILM
    assert await send(await reach(taker), film, []) == len(FILM)
    assert taker.starts == [len(FILM) - 1]
    assert taker.kept == FILM


async def test_after_some_breaks_the_fault_is_told(reach: Any, film: Path) -> None:
    taker = Taker(*[1] * 9)
    pauses: list[float] = []
    with pytest.raises(aiohttp.ClientConnectionError):
        await send(await reach(taker), film, pauses)
    assert len(taker.starts) == RESUMES + 1
    assert len(pauses) == RESUMES


async def test_a_refusal_is_not_tried_again(reach: Any, film: Path) -> None:
    taker = Taker()
    taker.refuses = True
    pauses: list[float] = []
    with pytest.raises(ServiceSaidNo, match="Not here"):
        await send(await reach(taker), film, pauses)
    assert pauses == []


@pytest.mark.ffmpeg
async def test_films_are_pushed_one_after_the_other_in_real_time(
    aiohttp_server: Callable[..., Any], ffmpeg_path: str, tmp_path: Path
) -> None:
    film = await make_media(ffmpeg_path, tmp_path / "a.mp4", *H264, *AAC, seconds=1.5)
    came: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        came.append(await request.read())
        return web.Response(status=204)

    app = web.Application(client_max_size=1 << 24)
    app.router.add_post("/push/KEY", take)
    server = await aiohttp_server(app)
    films = [await look_at(ffmpeg_path, film)] * 2
    began = time.monotonic()
    async with aiohttp.ClientSession() as http:
        service = Service(str(server.make_url("")).rstrip("/"), http)
        await publish_films(service, "/push/KEY", films, ffmpeg=ffmpeg_path)
    assert time.monotonic() - began > 2
    assert [data[:3] for data in came] == [b"FLV", b"FLV"]


async def test_a_refused_push_says_why(aiohttp_server: Callable[..., Any]) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"detail": "Another encoder is on."}, status=409)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"FLV"

    app = web.Application()
    app.router.add_post("/push/KEY", refuse)
    server = await aiohttp_server(app)
    async with aiohttp.ClientSession() as http:
        service = Service(str(server.make_url("")).rstrip("/"), http)
        with pytest.raises(ServiceSaidNo, match="Another encoder is on"):
            await service.push("/push/KEY", chunks())
