"""The edge that we supply: a real nginx with it before a real service."""

from __future__ import annotations

import asyncio
import io
import re
import socket
import ssl
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector

from tests.e2e.playlists import parse_playlist, variants
from tests.e2e.service import Service, make_film, wait_until
from tests.edge import Edge, edge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.nginx, pytest.mark.ffmpeg]
SLUG = "edge"
CROWD = 60


class House:
    """A service on air behind an edge."""

    def __init__(self, service: Service, door: Edge, made: dict[str, Any]) -> None:
        self.service = service
        self.door = door
        self.room = made["rooms"][0]
        path = re.sub(r"^https?://[^/]+", "", self.room["playback_url"])
        self.master = door.url + path


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, ffmpeg_path: str
) -> Iterator[House]:
    """A room that an encoder reaches by RTMPS through the edge."""
    home: Path = tmp_path_factory.mktemp("edge")
    film = make_film(ffmpeg_path, home / "film.mp4", seconds=10)
    service = Service(home / "data").start()
    encoder = None
    try:
        made = service.make_meeting(SLUG)
        key = made["rooms"][0]["ingest"]["stream_key"]
        with edge(
            home / "nginx", service_port=service.port, rtmp_port=service.rtmp_port
        ) as door:
            encoder = subprocess.Popen(
                [
                    ffmpeg_path, "-hide_banner", "-loglevel", "error", "-re",
                    "-stream_loop", "-1", "-i", str(film), "-c", "copy", "-f", "flv",
                    f"rtmps://127.0.0.1:{door.rtmps_port}/live/{key}",
                ],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            house = House(service, door, made)
            local = house.master.replace(door.url, service.url)
            wait_until(
                lambda: service.ask("GET", local, token=None)[0] == 200, seconds=30
            )
            yield house
    finally:
        if encoder is not None:
            encoder.kill()
            encoder.wait()
        service.stop()


def trusting() -> ssl.SSLContext:
    """Encrypts, and believes a certificate that the test made."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    connector = TCPConnector(ssl=trusting(), limit=0)
    async with ClientSession(
        connector=connector, timeout=ClientTimeout(20), auto_decompress=True
    ) as session:
        yield session


async def read(client: ClientSession, address: str) -> str:
    async with client.get(address) as answer:
        assert answer.status == 200, (address, answer.status)
        return await answer.text()


async def live_playlist(client: ClientSession, house: House) -> tuple[str, str]:
    """The top rung's address, and its playlist once there are parts."""
    master = await read(client, house.master)
    address = urljoin(house.master, variants(master)[0][1])
    async with asyncio.timeout(20):
        while not parse_playlist(text := await read(client, address)).segments:
            await asyncio.sleep(0.2)
    return address, text


def test_it_speaks_http2(house: House) -> None:
    context = trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", house.door.https_port), 5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.selected_alpn_protocol() == "h2"


async def test_plain_http_is_sent_to_tls(house: House, client: ClientSession) -> None:
    address = f"http://localhost:{house.door.http_port}/m/{SLUG}?x=1"
    async with client.get(address, allow_redirects=False) as answer:
        assert answer.status == 301
        assert answer.headers["Location"] == f"https://localhost/m/{SLUG}?x=1"


async def test_a_page_has_each_security_header_once(
    house: House, client: ClientSession
) -> None:
    async with client.get(f"{house.door.url}/m/{SLUG}") as answer:
        assert answer.status == 200
        assert "<!doctype html>" in (await answer.text()).lower()
        for name in (
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Strict-Transport-Security",
        ):
            assert len(answer.headers.getall(name)) == 1, name


async def test_sockets_pass(house: House, client: ClientSession) -> None:
    address = f"{house.door.url}/socket.io/?EIO=4&transport=websocket"
    async with client.ws_connect(address) as ws:
        assert (await ws.receive_str(timeout=5)).startswith('0{"sid"')


async def test_a_reload_waits_for_the_next_part(
    house: House, client: ClientSession
) -> None:
    address, text = await live_playlist(client, house)
    before = parse_playlist(text)
    for _ in range(3):
        sequence, part = before.next_sequence, len(before.grouped[-1])
        query = f"?_HLS_msn={sequence}&_HLS_part={part}"
        async with client.get(address + query) as answer:
            assert answer.status == 200
            # Kept nowhere here: nginx would let others wait for it.
            assert "X-Cache" not in answer.headers
            after = parse_playlist(await answer.text())
        assert (after.next_sequence, len(after.grouped[-1])) > (sequence, part) or (
            after.next_sequence == sequence and len(after.grouped[-1]) > part
        )
        before = after


async def test_one_asks_for_a_part_that_all_want(
    house: House, client: ClientSession
) -> None:
    address, text = await live_playlist(client, house)
    playlist = parse_playlist(text)
    query = f"?_HLS_msn={playlist.next_sequence}&_HLS_part={len(playlist.grouped[-1])}"
    part = urljoin(
        address, parse_playlist(await read(client, address + query)).parts[-1]["URI"]
    )

    async def fetch() -> tuple[str, bytes]:
        async with client.get(part) as answer:
            assert answer.status == 200
            return answer.headers["X-Cache"], await answer.read()

    answers = await asyncio.gather(*(fetch() for _ in range(CROWD)))
    assert len({body for _, body in answers}) == 1
    found = Counter(status for status, _ in answers)
    # One per worker process at most came before the first knew of it.
    assert found["MISS"] <= 2, found
    assert found["HIT"] >= CROWD - 2, found


async def test_segments_are_kept_and_cut_to_ranges(
    house: House, client: ClientSession
) -> None:
    address, text = await live_playlist(client, house)
    segment = urljoin(address, parse_playlist(text).segments[0][1])
    whole = await (await client.get(segment)).read()
    async with client.get(segment, headers={"Range": "bytes=4-7"}) as answer:
        assert answer.status == 206
        assert await answer.read() == whole[4:8]
        assert answer.headers["X-Cache"] == "HIT"


async def test_a_preview_is_refused_and_kept_nowhere(
    house: House, client: ClientSession
) -> None:
    address, _ = await live_playlist(client, house)
    rest = address.removeprefix(f"{house.door.url}/media/")
    for path in (rest, "m_1/r_1/master.m3u8", "m_1/r_1/x_abc/source/p1.m4s"):
        async with client.get(f"{house.door.url}/media/~nobody/{path}") as answer:
            assert answer.status in {403, 404}
            assert "X-Cache" not in answer.headers


async def test_uploads_of_any_size_reach_the_service(
    house: House, client: ClientSession
) -> None:
    body = io.BytesIO(bytes(3_000_000))
    address = f"{house.door.url}/api/v1/meetings/nowhere/rooms/hall/recording"
    headers = {"Authorization": f"Bearer {house.service.admin_token}"}
    async with client.put(address, data=body, headers=headers) as answer:
        assert answer.status == 404
        assert (await answer.json(content_type=None))["code"] == "no_such_meeting"


async def test_a_broadcast_over_http_is_not_kept_back(
    house: House, client: ClientSession
) -> None:
    answered = asyncio.Event()

    async def film() -> AsyncIterator[bytes]:
        # It ends with the answer: who waited for its end would wait for ever.
        while not answered.is_set():
            yield b"x"
            await asyncio.sleep(0.05)

    address = f"{house.door.url}/push/no-such-key"
    headers = {"Content-Type": "video/x-flv"}
    async with client.post(address, data=film(), headers=headers) as answer:
        answered.set()
        assert answer.status in {401, 403, 404, 415}
