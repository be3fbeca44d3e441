"""A room from a real encoder to a real server, in real time."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest
from aiohttp import ClientSession, web

from folkmoot.media.deliver.routes import SERVING_TIMES, add_media_routes
from folkmoot.media.ingest.flv import FlvReader, FlvWriter
from folkmoot.media.ingest.flvrelay import FlvRelay
from folkmoot.media.ingest.source import (
    PublicationClosed,
    StreamKeyInUse,
    UnknownStreamKey,
)
from folkmoot.media.webcast import RoomSpec, SourceChange, Webcast
from folkmoot.settings import MediaSettings
from folkmoot.tasks import TaskOwner
from tests.media.publishing import make_flv, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg

ROOM = RoomSpec(
    meeting_id="m_1",
    room_id="r_1",
    public_path="path",
    room_slug="plenary",
    stream_key="KEY",
    state="on",
)
PLACE = ("m_1", "r_1")


class House:
    """A webcast, its server and a client."""

    def __init__(self, webcast: Webcast, app: web.Application, url: str) -> None:
        self.webcast = webcast
        self.app = app
        self.url = url
        self.changes: list[SourceChange] = []
        self.tasks = TaskOwner()

    async def get(self, path: str, **headers: str) -> tuple[int, bytes, Any]:
        async with (
            ClientSession(auto_decompress=True) as session,
            session.get(self.url + path, headers=headers) as answer,
        ):
            return answer.status, await answer.read(), answer.headers

    async def text(self, path: str) -> str:
        status, body, _ = await self.get(path)
        assert status == 200, (path, status, body)
        return body.decode()

    async def until_playing(self, rendition: str = "source") -> str:
        stream = self.webcast.channel(*PLACE).public
        async with asyncio.timeout(45):
            while rendition not in stream.lanes:
                await asyncio.sleep(0.05)
        return await self.text(f"/{rendition}.m3u8")

    def publish(self, film: bytes, *, from_seconds: float = 0.0) -> asyncio.Task[None]:
        return self.tasks.start(self._publish(film, from_seconds), name="publisher")

    async def _publish(self, film: bytes, from_seconds: float) -> None:
        """Send a film's tags when they are due, like an encoder."""
        publication = await self.webcast.open_publication(
            "KEY", container="flv", peer="test"
        )
        loop, writer = asyncio.get_running_loop(), FlvWriter()
        began = loop.time()
        try:
            for tag in FlvReader().feed(film):
                due = began + tag.timestamp_ms / 1000 - from_seconds
                await asyncio.sleep(max(0.0, due - loop.time()))
                await publication.write(writer.write([tag]))
        except PublicationClosed:
            return
        await publication.close("The test is over.")


@asynccontextmanager
async def open_house(
    root: Path, ffmpeg: str, *, room: RoomSpec = ROOM, reserve_mb: int = 1
) -> AsyncIterator[House]:
    tasks = TaskOwner()
    changes: list[SourceChange] = []

    async def note(change: SourceChange) -> None:
        changes.append(change)

    webcast = Webcast(
        media_root=root / "media",
        private_root=root / "private",
        settings=MediaSettings(disk_reserve_mb=reserve_mb),
        tasks=tasks,
        clock=lambda: datetime.now(UTC),
        on_source=note,
        ffmpeg=ffmpeg,
    )
    await webcast.start()
    await webcast.open_room(room)
    app = web.Application()

    async def check(token: str, *_place: str) -> Literal["preview"] | None:
        return "preview" if token == "staff" else None

    add_media_routes(app, webcast, token_check=check)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    house = House(webcast, app, f"http://{host}:{port}/media/path/plenary")
    house.changes = changes
    try:
        yield house
    finally:
        await house.tasks.aclose()
        await webcast.aclose()
        await tasks.aclose()
        await runner.cleanup()


@pytest.fixture(scope="module")
def film_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films") / "film.flv"


@pytest.fixture
async def film(ffmpeg_path: str, film_path: Path) -> bytes:
    """Twenty seconds with key frames each second."""
    if not await asyncio.to_thread(film_path.exists):
        await make_flv(ffmpeg_path, film_path, seconds=20)
    return await asyncio.to_thread(film_path.read_bytes)


def parts_of(text: str) -> list[tuple[float, str, bool]]:
    found = re.findall(r'#EXT-X-PART:DURATION=([\d.]+),URI="([^"]+)"(,INDEP)?', text)
    return [(float(seconds), address, bool(key)) for seconds, address, key in found]


def tag(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"#{name}:"))


def check_rules(text: str) -> None:
    """The draft's rules for one playlist (4.4.3 and 4.4.4.9)."""
    target = float(tag(text, "EXT-X-PART-INF").partition("PART-TARGET=")[2])
    for segment in re.split(r"#EXTINF:[^\n]*\n[^\n]*\n", text):
        parts = parts_of(segment)
        for index, (seconds, _, _) in enumerate(parts):
            assert seconds <= target
            if index < len(parts) - 1:
                assert seconds >= 0.85 * target
    for seconds_text in re.findall(r"#EXTINF:([\d.]+)", text):
        assert round(float(seconds_text)) <= 4
    assert text.count("#EXT-X-PRELOAD-HINT") == 1


async def follow(house: House, rendition: str, versions: int) -> list[str]:
    """Reload a playlist as a low-latency player does."""
    text = await house.until_playing(rendition)
    texts, kept = [text], set()
    for _ in range(versions):
        stream = house.webcast.channel(*PLACE).public
        sequence, part = stream.lanes[rendition].last_part
        query = f"?_HLS_msn={sequence}&_HLS_part={part + 1}"
        status, body, headers = await house.get(f"/{rendition}.m3u8{query}")
        assert status == 200
        kept.add(headers["Cache-Control"])
        texts.append(body.decode())
    # Not each: under load a part more may be there when the request arrives.
    assert "public, max-age=24" in kept
    return texts


async def test_live_playlists_obey_the_rules_and_hints_come_true(
    tmp_path: Path, ffmpeg_path: str, film: bytes
):
    async with open_house(tmp_path, ffmpeg_path) as house:
        publisher = house.publish(film)
        texts, small, audio = await asyncio.gather(
            follow(house, "source", 14),
            follow(house, "360p", 10),
            follow(house, "audio", 10),
        )
        for text in (*texts, *small, *audio):
            check_rules(text)
        fixed = ("EXT-X-SERVER-CONTROL", "EXT-X-PART-INF", "EXT-X-TARGETDURATION")
        for name in fixed:
            assert len({tag(text, name) for text in (*texts, *small, *audio)}) == 1
        for before, after in itertools.pairwise(texts):
            hint = tag(before, "EXT-X-PRELOAD-HINT").split('"')[1]
            assert hint in [address for _, address, _ in parts_of(after)]
            dates = re.findall(r"DATE-TIME:(\S+)", before)
            assert re.findall(r"DATE-TIME:(\S+)", after)[: len(dates)] == dates
        assert '#EXT-X-RENDITION-REPORT:URI="360p.m3u8"' in texts[-1]

        hint = tag(await house.text("/source.m3u8"), "EXT-X-PRELOAD-HINT").split('"')[1]
        status, body, headers = await house.get(f"/{hint}")
        assert (status, body[4:8]) == (200, b"moof")
        assert headers["Cache-Control"] == "public, max-age=3600, immutable"
        assert (await house.get(hint and f"/{hint}"))[1] == body
        waited = house.app[SERVING_TIMES].quantile(0.5)
        assert waited is not None
        assert waited < 0.25

        status = house.webcast.status(*PLACE)
        assert (status.connected, status.width, status.problems) == (True, 320, ())
        assert status.viewers == 1
        publisher.cancel()


async def test_reload_table(tmp_path: Path, ffmpeg_path: str, film: bytes):
    async with open_house(tmp_path, ffmpeg_path) as house:
        status, _, _ = await house.get("/master.m3u8")
        assert status == 404
        publisher = house.publish(film)
        await follow(house, "source", 10)
        lane = house.webcast.channel(*PLACE).public.lanes["source"]
        last = lane.last_sequence
        for query, wanted in {
            "?_HLS_part=1": 400,
            "?_HLS_msn=x": 400,
            "?_HLS_msn=-1": 400,
            f"?_HLS_msn={last + 9}": 400,
            f"?_HLS_msn={last + 1}&_HLS_part=99": 400,
            "?_HLS_msn=0": 200,
            f"?_HLS_msn={last}&_HLS_part=0": 200,
            "?_HLS_skip=YES": 200,
            "?from=yesterday": 400,
        }.items():
            assert (await house.get(f"/source.m3u8{query}"))[0] == wanted, query
        for path in (
            "/nothing.m3u8",
            "/x_a/source/p1.m4s",
            "/x_a/source/00001.m4s",
            "/x_a/source/..%2Finit.mp4",
            f"/{house.webcast.channel(*PLACE).public.kept.takes[0]}/source/parts.jsonl",
            f"/{house.webcast.channel(*PLACE).public.kept.takes[0]}/source/99999.m4s",
        ):
            assert (await house.get(path))[0] == 404, path

        _, body, headers = await house.get(
            "/source.m3u8", **{"Accept-Encoding": "gzip"}
        )
        assert headers["Content-Encoding"] == "gzip"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert body.startswith(b"#EXTM3U")
        segment = re.findall(r"\n(x_\S+\.m4s)\n", body.decode())[0]
        status, part, headers = await house.get(f"/{segment}", Range="bytes=4-7")
        assert (status, part) == (206, b"moof")

        # The publisher goes: those who wait hear it at once.
        waiting = house.tasks.start(
            house.get(f"/source.m3u8?_HLS_msn={lane.last_sequence + 2}"), name="waiter"
        )
        await asyncio.sleep(0.1)
        publication = house.webcast._publications[PLACE]
        publisher.cancel()
        await publication.close("gone")
        async with asyncio.timeout(20):
            assert (await waiting)[0] in {200, 503}
        query = f"?_HLS_msn={lane.last_sequence + 2}"
        assert (await house.get(f"/source.m3u8{query}"))[0] == 503
        status, picture, headers = await house.get("/poster.jpg")
        assert (status, picture[:2]) == (200, b"\xff\xd8")


async def test_hold_keeps_private_bytes_private_and_the_end_is_an_archive(
    tmp_path: Path, ffmpeg_path: str, film: bytes
):
    async with open_house(tmp_path, ffmpeg_path) as house:
        channel = house.webcast.channel(*PLACE)
        publisher = house.publish(film)
        await follow(house, "source", 8)
        await house.webcast.set_state(*PLACE, "hold", reason="Break until 13:30")
        held_at = datetime.now(UTC)
        public_bytes = await asyncio.to_thread(_count_bytes, tmp_path / "media", "live")
        async with asyncio.timeout(45):
            while channel.public.open_take is None:
                await asyncio.sleep(0.05)
        async with asyncio.timeout(45):
            while not channel.preview.lanes:
                await asyncio.sleep(0.05)
        status, _, headers = await _get_private(house, "master.m3u8")
        assert (status, headers["Cache-Control"]) == (200, "private, no-store")
        assert (await _get_private(house, "master.m3u8", badge="guess"))[0] == 403
        texts = await follow(house, "source", 3)
        assert "#EXT-X-DISCONTINUITY" in texts[-1]
        private_take = channel.preview.open_take
        assert private_take is not None
        for rendition in ("source", "360p", "audio"):
            assert (await house.get(f"/{private_take.take_id}/{rendition}/init.mp4"))[
                0
            ] == 404
        # What is live under the public root did not grow during the hold.
        after = await asyncio.to_thread(_count_bytes, tmp_path / "media", "live")
        assert after == public_bytes
        released_at = datetime.now(UTC)
        await house.webcast.set_state(*PLACE, "on")
        async with asyncio.timeout(45):
            while (take := channel.public.open_take) is None or take.kind != "live":
                await asyncio.sleep(0.05)
        await follow(house, "source", 4)

        begun = asyncio.get_running_loop().time()
        await house.webcast.set_state(*PLACE, "ended")
        assert "#EXT-X-ENDLIST" in await house.text("/source.m3u8")
        assert asyncio.get_running_loop().time() - begun < 10
        await publisher

        spans = channel.recorded_spans()
        assert len(spans) == 2
        assert spans[0][1] <= held_at
        assert spans[1][0] >= released_at
        assert [gap.reason for gap in channel.gaps] == ["Break until 13:30"]
        assert not channel.gaps[0].lost  # a local recording may not fill it
        master = await house.text("/master.m3u8")
        assert "source.m3u8?recording=1" in master
        recording = await house.text("/source.m3u8?recording=1")
        assert recording.count("#EXT-X-DISCONTINUITY") == 1
        seconds = sum(map(float, re.findall(r"#EXTINF:([\d.]+)", recording)))
        assert seconds == pytest.approx(
            sum((end - start).total_seconds() for start, end in spans), abs=0.1
        )
        assert channel.timeline.seconds == pytest.approx(seconds, abs=0.01)
        for address in re.findall(r"\n(x_\S+\.m4s)\n", recording):
            assert (await house.get(f"/{address}"))[0] == 200
        assert channel.offset_seconds_at(spans[1][0]) == pytest.approx(
            (spans[0][1] - spans[0][0]).total_seconds(), abs=0.05
        )
        start = spans[1][0].isoformat().replace("+", "%2B")
        span = await house.text(f"/source.m3u8?from={start}")
        assert "#EXT-X-START:TIME-OFFSET=0.000,PRECISE=YES" in span
        if ffprobe := shutil.which("ffprobe"):
            code, output, tail = await run(
                ffprobe, "-v", "error", "-show_entries", "format=duration",
                "-of", "csv=p=0", f"{house.url}/master.m3u8",
            )  # fmt: skip
            assert code == 0, tail
            assert float(output) == pytest.approx(seconds, abs=1.0)
        with pytest.raises(UnknownStreamKey):
            await house.webcast.open_publication("KEY", container="flv", peer="late")


async def _get_private(
    house: House, path: str, *, badge: str = "staff"
) -> tuple[int, bytes, Any]:
    base = house.url
    house.url = base.replace("path/plenary", f"~{badge}/m_1/r_1")
    try:
        return await house.get(f"/{path}")
    finally:
        house.url = base


def _count_bytes(root: Path, kind: str) -> int:
    return sum(
        path.stat().st_size
        for take in root.glob("*/*/*/take.json")
        if f'"kind":"{kind}"' in take.read_text()
        for path in take.parent.rglob("*.m4s")
    )


async def test_off_air_is_public_nowhere(tmp_path: Path, ffmpeg_path: str, film: bytes):
    room = msgspec.structs.replace(ROOM, state="off")
    async with open_house(tmp_path, ffmpeg_path, room=room) as house:
        house.publish(film)
        channel = house.webcast.channel(*PLACE)
        async with asyncio.timeout(45):
            while not channel.preview.lanes:
                await asyncio.sleep(0.05)
        assert (await house.get("/master.m3u8"))[0] == 404
        assert (await house.get("/source.m3u8"))[0] == 404
        assert not await asyncio.to_thread(
            lambda: list((tmp_path / "media").rglob("*.m4s"))
        )
        assert (await _get_private(house, "source.m3u8"))[0] == 200
        assert house.webcast.status(*PLACE).recorded_seconds == 0
        with pytest.raises(StreamKeyInUse):
            await house.webcast.open_publication("KEY", container="flv", peer="second")
        with pytest.raises(UnknownStreamKey):
            await house.webcast.open_publication("key", container="flv", peer="wrong")


async def test_a_killed_service_goes_on_at_the_same_address(
    tmp_path: Path, ffmpeg_path: str, film: bytes
):
    async with open_house(tmp_path, ffmpeg_path) as house:
        house.publish(film)
        before = (await follow(house, "source", 7))[-1]
        # What the disk holds at the moment of a kill -9, the last part torn.
        await asyncio.to_thread(
            shutil.copytree, tmp_path / "media", tmp_path / "k/media"
        )
        last = house.webcast.channel(*PLACE).public.lanes["source"].last_sequence + 1
    torn = next((tmp_path / "k/media").rglob(f"source/{last:05d}.m4s"))
    await asyncio.to_thread(_tear, torn)

    async with open_house(tmp_path / "k", ffmpeg_path) as house:
        channel = house.webcast.channel(*PLACE)
        lost = _seconds(before) - channel.recorded_seconds
        assert lost <= 1.1  # the torn part, and the one under way
        stopped = await house.text("/source.m3u8")
        assert (await house.get("/source.m3u8?_HLS_msn=99"))[0] == 400
        house.publish(film)
        async with asyncio.timeout(45):
            while channel.public.open_take is None:
                await asyncio.sleep(0.05)
        after = (await follow(house, "source", 3))[-1]
        assert after.count("#EXT-X-DISCONTINUITY\n") == 1
        known = re.findall(r"\n(x_\S+\.m4s)\n", stopped)
        assert re.findall(r"\n(x_\S+\.m4s)\n", after)[: len(known)] == known
        assert tag(after, "EXT-X-SERVER-CONTROL") == tag(before, "EXT-X-SERVER-CONTROL")
        hinted = tag(stopped, "EXT-X-PRELOAD-HINT").split('"')[1]
        assert hinted in after  # known before anybody published
        dates = re.findall(r"DATE-TIME:(\S+)", after)
        assert dates == sorted(dates)


def _tear(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-50])


def _seconds(text: str) -> float:
    segments = re.findall(r"#EXTINF:([\d.]+)", text)
    tail = text.rsplit("#EXTINF", 1)[-1]
    return sum(map(float, segments)) + sum(part[0] for part in parts_of(tail))


async def test_a_line_that_is_cut_is_told_and_so_is_its_return(
    tmp_path: Path, ffmpeg_path: str, film: bytes, monkeypatch: pytest.MonkeyPatch
):
    """The publisher's session lives on, and the public reads "interrupted"."""
    monkeypatch.setattr("folkmoot.media.publication._SILENT_SECONDS", 1.0)
    async with open_house(tmp_path, ffmpeg_path) as house:
        publication = await house.webcast.open_publication(
            "KEY", container="flv", peer="test"
        )

        async def until_told(*wanted: bool) -> None:
            async with asyncio.timeout(45):
                # It may have fallen silent anew since.
                while [each.connected for each in house.changes][: len(wanted)] != [
                    *wanted
                ]:
                    await asyncio.sleep(0.05)

        half, whole = len(film) // 8, FlvRelay().take_bytes
        await publication.write(whole(film[:half]))
        await until_told(True, False)
        assert publication.closed is None
        await publication.write(whole(film[half : 2 * half]))
        await until_told(True, False, True)
        await publication.close("The test is over.")
        assert [change.connected for change in house.changes][-1] is False


async def test_publisher_back_is_a_new_take(
    tmp_path: Path, ffmpeg_path: str, film: bytes
):
    async with open_house(tmp_path, ffmpeg_path) as house:
        publisher = house.publish(film)
        await follow(house, "source", 5)
        publisher.cancel()
        await house.webcast._publications[PLACE].close("The line broke.")
        await house.text("/source.m3u8")
        # On an idle machine it would be back before a gap is worth a word.
        await asyncio.sleep(1.5)
        house.publish(film)
        channel = house.webcast.channel(*PLACE)
        async with asyncio.timeout(45):
            while channel.public.open_take is None:
                await asyncio.sleep(0.05)
        text = (await follow(house, "source", 3))[-1]
        check_rules(text)
        assert text.count("#EXT-X-DISCONTINUITY\n") == 1
        assert text.count("#EXT-X-MAP:") == 2
        assert [gap.reason for gap in channel.gaps] == [
            "The signal from the room was lost"
        ]
        assert [(each.connected, each.reason) for each in house.changes] == [
            (True, None),
            (False, "The line broke."),
            (True, None),
        ]


async def test_a_full_disk_stops_the_recording_with_a_notice(
    tmp_path: Path, ffmpeg_path: str, film: bytes, monkeypatch: pytest.MonkeyPatch
):
    async with open_house(tmp_path, ffmpeg_path) as house:
        publisher = house.publish(film)
        await follow(house, "source", 3)
        monkeypatch.setattr(house.webcast.recorder, "_reserve_bytes", 1 << 60)
        monkeypatch.setattr("folkmoot.media.pack.recorder._SHARE_OF_DISK", 1)
        publication = house.webcast._publications[PLACE]
        async with asyncio.timeout(45):
            while publication.stopped is None:
                await asyncio.sleep(0.05)
        status = house.webcast.status(*PLACE)
        assert status.connected  # it waits for room
        assert "left on the disk" in status.problems[0]
        publisher.cancel()
        text = await house.text("/source.m3u8")
        recorded = house.webcast.channel(*PLACE).recorded_seconds
        assert recorded > 1
        assert _seconds(text) == pytest.approx(recorded)
