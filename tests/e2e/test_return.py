"""An encoder that goes and returns, hears why it was sent away, or is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from tests.e2e.browser import new_visitor, press_play, run_browser, watch
from tests.e2e.service import Publisher, Service, publish_target, wait_until
from tests.e2e.test_broadcast import playback, wait_on_air
from tests.media.publishing import (
    HANDSHAKE,
    media_messages,
    picture,
    publish_commands,
)

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(300)]

AWAY_SECONDS = 10.0


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a server that takes little."""
    running = Service(
        tmp_path_factory.mktemp("strict") / "data",
        env={"FOLKMOOT_MEDIA_MAX_BITRATE_KBITS": "1000"},
    ).start()
    yield running
    running.stop()


async def until_it_moves(page: Any, *, beyond: float, seconds: float = 90) -> float:
    """Wait until the picture plays past a second; return where it is."""
    deadline = time.monotonic() + seconds
    while True:
        seen = await watch(page)
        if seen["time"] > beyond and not seen["paused"]:
            return float(seen["time"])
        assert time.monotonic() < deadline, (seen, page.errors)
        await asyncio.sleep(0.2)


def encoder_of(service: Service) -> int:
    """Return the process that copies the full picture."""
    for child in psutil.Process(service.pid).children(recursive=True):
        try:
            words = child.cmdline()
        except psutil.Error:  # it ended meanwhile
            continue
        if "copy" in words and "-copyts" in words and "libx264" not in words:
            return int(child.pid)
    raise AssertionError("no encoder")


@pytest.mark.browser
@pytest.mark.live
async def test_viewers_see_it_go_on_when_the_encoder_returns_or_is_replaced(
    service: Service, ffmpeg_path: str, film: Path, chromium_path: str
) -> None:
    """Nothing on the page is touched after play was pressed once."""
    made = await asyncio.to_thread(service.make_meeting, "returns")
    target = publish_target(made)
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser)
        await page.goto(f"{service.url}/m/returns")
        publisher = Publisher(ffmpeg_path, film, target)
        try:
            await asyncio.to_thread(wait_on_air, service, playback(service, made))
            await press_play(page)
            at = await until_it_moves(page, beyond=3.0)
            os.kill(encoder_of(service), signal.SIGKILL)
            at = await until_it_moves(page, beyond=at + 6.0)
            publisher.stop()
            await asyncio.sleep(AWAY_SECONDS)
            publisher = Publisher(ffmpeg_path, film, target)
            await until_it_moves(page, beyond=at + 8.0)
        finally:
            publisher.stop()


def test_publisher_that_floods_is_told_and_so_is_the_desk(strict: Service) -> None:
    made = strict.make_meeting("flood")
    key = made["rooms"][0]["ingest"]["stream_key"]
    flood = media_messages([picture(0, key=True, size=60_000)] * 30)
    heard = bytearray()
    with socket.create_connection(("127.0.0.1", strict.rtmp_port)) as peer:
        peer.settimeout(0.2)
        peer.sendall(HANDSHAKE + publish_commands(key))
        deadline = time.monotonic() + 60
        waiting = memoryview(b"")
        while b"sends more than" not in heard and time.monotonic() < deadline:
            waiting = waiting or memoryview(flood)
            try:
                waiting = waiting[peer.send(waiting) :]
            except TimeoutError:
                pass
            except OSError:
                waiting = memoryview(b"")
            try:
                data = peer.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not data:
                break
            heard += data
    assert b"sends more than 1 Mbit/s" in heard
    wait_until(
        lambda: (
            "more than 1 Mbit/s"
            in strict.ask("GET", "/desk/flood/rooms.json")[1][0]["panel"]
        ),
        seconds=60,
    )


def test_half_a_greeting_holds_no_place_for_long(strict: Service) -> None:
    """Slow strangers are cut off, and others come in meanwhile."""
    slow = [
        socket.create_connection(("127.0.0.1", strict.rtmp_port)) for _ in range(12)
    ]
    try:
        for peer in slow:
            peer.settimeout(60)
            peer.sendall(HANDSHAKE[:1])
        began = time.monotonic()
        for peer in slow:
            data = b"x"
            while data:
                try:
                    data = peer.recv(65536)
                except ConnectionError:
                    break
        assert time.monotonic() - began < 60  # at ten seconds, each on its own
    finally:
        for peer in slow:
            peer.close()


def test_hevc_is_refused_with_words_that_ffmpeg_shows(
    strict: Service, tmp_path: Path
) -> None:
    """The bundled ffmpeg knows Enhanced RTMP; Debian's does not."""
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    made = strict.make_meeting("hevc")
    done = subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-re",
            "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10", "-t", "4",
            "-c:v", "libx265", "-preset", "ultrafast", "-f", "flv",
            publish_target(made),
        ],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "sends its picture as HEVC (H.265)" in done.stderr
    wait_until(
        lambda: (
            "Set its picture encoder to H.264"
            in strict.ask("GET", "/desk/hevc/rooms.json")[1][0]["panel"]
        ),
        seconds=60,
    )
