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
from tests.edge import Edge, edge, free_ports

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
        self.ffmpeg = ""
        path = re.sub(r"^https?://[^/]+", "", self.room["playback_url"])
        self.master = door.url + path


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, ffmpeg_path: str
) -> Iterator[House]:
    """A room that an encoder reaches by RTMPS through the edge."""
    home: Path = tmp_path_factory.mktemp("edge")
    film = make_film(ffmpeg_path, home / "film.mp4", seconds=10)
    (ahead_port,) = free_ports(1)
    told = {"FOLKMOOT_MEDIA_EDGE_URL": f"http://127.0.0.1:{ahead_port}"}
    service = Service(home / "data", env=told).start()
    encoder = None
    try:
        made = service.make_meeting(SLUG)
        key = made["rooms"][0]["ingest"]["stream_key"]
        with edge(
            home / "nginx",
            service_port=service.port,
            rtmp_port=service.rtmp_port,
            ahead_port=ahead_port,
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
            house.ffmpeg = ffmpeg_path
            local = house.master.replace(door.url, service.url)
            wait_until(
                lambda: service.ask("GET", local, token=None)[0] == 200, seconds=60
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
    # The far side of TLS says goodbye a moment later (aiohttp, "Graceful shutdown").
    await asyncio.sleep(0.25)


async def read(client: ClientSession, address: str) -> str:
    async with client.get(address) as answer:
        assert answer.status == 200, (address, answer.status)
        return await answer.text()


async def live_playlist(client: ClientSession, house: House) -> tuple[str, str]:
    """The top rung's address, and its playlist once there are parts."""
    master = await read(client, house.master)
    address = urljoin(house.master, variants(master)[0][1])
    async with asyncio.timeout(60):
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


async def test_a_crowd_hears_of_a_part_when_the_edge_has_it(
    house: House, client: ClientSession
) -> None:
    address, text = await live_playlist(client, house)
    before = parse_playlist(text)

    async def follow(query: str) -> str:
        after = parse_playlist(await read(client, address + query))
        async with client.get(urljoin(address, after.parts[-1]["URI"])) as answer:
            assert answer.status == 200
            await answer.read()
            return answer.headers["X-Cache"]

    for _ in range(3):
        sequence, part = before.next_sequence, len(before.grouped[-1])
        query = f"?_HLS_msn={sequence}&_HLS_part={part}"
        found = Counter(await asyncio.gather(*(follow(query) for _ in range(CROWD))))
        # Nobody had to wait for the service, nor for who was first to ask it.
        if found == {"HIT": CROWD}:
            return
        before = parse_playlist(await read(client, address))
    raise AssertionError(found)


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


PRIVATE = "edge-private"


@pytest.fixture(scope="module")
def behind(house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A private meeting with a film, and two who may see it."""
    film = tmp_path_factory.getbasetemp() / "edge-film.flv"
    service = house.service
    made = service.make_meeting(PRIVATE, visibility="private")
    ffmpeg = house.ffmpeg
    make_film(ffmpeg, film, seconds=10)
    room = made["rooms"][0]
    status, told = service.ask(
        "PUT",
        f"/api/v1/meetings/{PRIVATE}/rooms/{room['id']}/recording"
        "?starts_at=2026-05-04T09:00:00Z",
        film.read_bytes(),
        media_type="video/mp4",
    )
    assert status == 202, told
    tokens = []
    for name in ("Ann", "Ben"):
        body = {"name": name, "code": made["join_code"]}
        path = f"/api/v1/meetings/{PRIVATE}/join"
        status, joined = service.ask("POST", path, body, token=None)
        assert status == 200, joined
        tokens.append(joined)

    def playable() -> bool:
        _, state = service.ask("GET", f"/api/v1/meetings/{PRIVATE}/state")
        return any(r["recording_revision"] for r in state["state"]["rooms"].values())

    wait_until(playable, seconds=60)
    return {"made": made, "people": tokens}


def signed_master(house: House, token: str) -> str:
    """The address that somebody watches at, through the edge."""
    _, meeting = house.service.ask("GET", f"/api/v1/meetings/{PRIVATE}", token=token)
    path = re.sub(r"^https?://[^/]+", "", meeting["rooms"][0]["playback_url"])
    return house.door.url + path


def team_key(house: House, room_id: str) -> str:
    """What opens to the team alone, as the desk shows it beside a wish to be cut."""
    span = {"from_at": "2026-05-04T09:00:01Z", "to_at": "2026-05-04T09:00:02Z"}
    wish = {"room_id": room_id, **span}
    assert house.service.command(PRIVATE, "cut.request", wish)["ok"]
    _, html = house.service.ask("GET", f"/desk/{PRIVATE}/recording")
    found = re.search(rb"/media/(~[^/]+)/[^/]+/[^/]+/whole/", html)
    assert found is not None
    return found[1].decode()


async def test_private_media_are_kept_without_the_token_for_those_who_may(
    house: House, client: ClientSession, behind: dict[str, Any]
) -> None:
    addresses = []
    for person in behind["people"]:
        master = await asyncio.to_thread(signed_master, house, person["token"])
        playlist = urljoin(master, variants(await read(client, master))[0][1])
        found = parse_playlist(await read(client, playlist))
        addresses.append(urljoin(playlist, found.segments[0][1]))
    ann, ben = addresses
    assert ann != ben
    assert ann.rpartition("/")[2] == ben.rpartition("/")[2]
    bodies, kept = [], []
    for address in (ann, ben, ann):
        async with client.get(address) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "private, no-store"
            bodies.append(await answer.read())
            kept.append(answer.headers["X-Cache"])
    assert kept == ["MISS", "HIT", "HIT"]
    assert len(set(bodies)) == 1
    # The bytes lie here; without a token that lives nobody has them.
    token = ann.split("/")[4]
    for other in ("~nobody", token[:-3] + "abc", "~"):
        async with client.get(ann.replace(token, other)) as answer:
            assert answer.status in {403, 404}, other
            assert "X-Cache" not in answer.headers
    # The team's key is told from a viewer's: what is kept for one is not the other's.
    key = await asyncio.to_thread(team_key, house, behind["made"]["rooms"][0]["id"])
    async with client.get(ben.replace(ben.split("/")[4], key)) as answer:
        assert (answer.status, answer.headers["X-Cache"]) == (200, "MISS")
    # Who is removed has no more of it, though others keep it warm.
    await asyncio.to_thread(
        house.service.command,
        PRIVATE,
        "member.remove",
        {"member_id": behind["people"][0]["member_id"]},
    )
    async with asyncio.timeout(60):
        while True:
            async with client.get(ben) as answer:
                assert answer.status == 200
            async with client.get(ann) as answer:
                if answer.status == 403:
                    break
            await asyncio.sleep(0.2)


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
        # It ends with the answer: who waited for its end would wait for ever. One
        # chunk is enough to be refused for; by single bytes that took 19 of 20 s.
        while not answered.is_set():
            yield bytes(500)
            await asyncio.sleep(0.05)

    address = f"{house.door.url}/push/no-such-key"
    headers = {"Content-Type": "video/x-flv"}
    async with client.post(address, data=film(), headers=headers) as answer:
        answered.set()
        assert answer.status in {401, 403, 404, 415}
