"""From glass to glass: how old the picture is that a viewer sees.

A clock is drawn into a 720p30 picture as it is made (`clock_picture`), encoded once
by ffmpeg (x264, no lookahead, key frames each 2 s, 2.5 Mbit/s) and published over
RTMP. The real page plays it in headless Chromium, and the clock is read back from
its video element; all on one machine, so both clocks are the same. The first
seconds after the start, while the player catches up, are not counted.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests import machine
from tests.bench.clock_picture import BLOCKS, NUMBER_BITS, READ_CLOCK
from tests.bench.report import Figure, Say, absent, quantile, spread
from tests.bench.rival_rtmp import FRAGMENT_SECONDS, find_rival, run_rival
from tests.bench.slow_line import slow_line
from tests.e2e.browser import new_visitor, press_play, run_browser
from tests.e2e.service import Service, publish_target, wait_until
from tests.e2e.test_broadcast import playback, wait_on_air

AREA = "glass"
SECONDS, QUICK_SECONDS = 180.0, 30.0
RIVAL_SECONDS, QUICK_RIVAL_SECONDS = 60.0, 20.0
SETTLE_SECONDS = 12.0
WIDTH, HEIGHT, FPS = 1280, 720, 30


class Variant(msgspec.Struct, frozen=True):
    """One way to watch: the server's setting, the line, what is aimed at."""

    name: str
    part_seconds: float | None
    slow: bool
    target_seconds: float


VARIANTS = (
    Variant("default settings", None, slow=False, target_seconds=1.9),
    Variant("parts of 0.2 s, the shortest", 0.2, slow=False, target_seconds=1.4),
    Variant(
        "default, 20–120 ms later, 3 % at 600 ms", None, slow=True, target_seconds=2.2
    ),
)


class Watched(msgspec.Struct, frozen=True):
    """What the page's video showed: ages in seconds, and where it stood still."""

    ages: list[float]
    unread: int
    stalls: int
    longest_seconds: float
    fast: float


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return the figures of each variant and of nginx-rtmp."""
    chromium, ffmpeg = machine.find_tool("browser"), machine.find_tool("ffmpeg")
    if chromium is None or ffmpeg is None:
        return [absent(AREA, "picture made → shown", "needs Chromium and ffmpeg")]
    return asyncio.run(_measure(chromium, ffmpeg, quick=quick, say=say))


async def _measure(
    chromium: str, ffmpeg: str, *, quick: bool, say: Say
) -> list[Figure]:
    seconds = QUICK_SECONDS if quick else SECONDS
    figures = []
    for variant in VARIANTS:
        say(f"glass: {variant.name}, {seconds:.0f} s")
        watched = await _watch_ours(chromium, ffmpeg, variant, seconds=seconds)
        figures.append(describe(variant, watched))
    seconds = QUICK_RIVAL_SECONDS if quick else RIVAL_SECONDS
    say(f"glass: nginx-rtmp, {seconds:.0f} s")
    rival = await _watch_rival(chromium, ffmpeg, seconds=seconds)
    return [with_ratio(figure, rival) for figure in figures] + [rival]


def describe(variant: Variant, watched: Watched) -> Figure:
    """Turn what was watched into a line that says whether it is as wanted."""
    p95 = quantile(watched.ages, 0.95)
    reached = p95 <= variant.target_seconds and watched.stalls == 0
    note = (
        f"{'' if reached else 'MISSED: '}aimed at p95 {variant.target_seconds} s and "
        f"no stall; {watched.stalls} stalls, max {max(watched.ages):.2f} s, longest "
        f"still picture {watched.longest_seconds * 1000:.0f} ms, "
        f"{watched.fast:.0%} of the time faster than 1×, {watched.unread} unread"
    )
    what = f"picture made → shown, {variant.name}"
    return spread(AREA, what, watched.ages, unit="s", note=note)


def with_ratio(figure: Figure, rival: Figure) -> Figure:
    """How many times our median the rival's is."""
    if figure.median is None or rival.median is None:
        return figure
    return msgspec.structs.replace(figure, ratio=rival.median / figure.median)


async def _watch_ours(
    chromium: str, ffmpeg: str, variant: Variant, *, seconds: float
) -> Watched:
    env = {}
    if variant.part_seconds is not None:
        env["FOLKMOOT_MEDIA_PART_SECONDS"] = str(variant.part_seconds)
    with tempfile.TemporaryDirectory(prefix="folkmoot-glass-") as folder:
        service = Service(Path(folder) / "data", env=env)
        try:
            await asyncio.to_thread(service.start)
            made = await asyncio.to_thread(service.make_meeting, "glass")
            with publish_clock(ffmpeg, publish_target(made)):
                await asyncio.to_thread(wait_on_air, service, playback(service, made))
                async with _line(service, slow=variant.slow) as port:
                    url = f"http://127.0.0.1:{port}/m/glass"
                    return await _watch(
                        chromium, url, "fm-player video", seconds=seconds, press=True
                    )
        finally:
            await asyncio.to_thread(service.stop)


async def _watch_rival(chromium: str, ffmpeg: str, *, seconds: float) -> Figure:
    what = f"picture made → shown, nginx-rtmp ({FRAGMENT_SECONDS} s fragments)"
    nginx = find_rival()
    if nginx is None:
        return absent(AREA, what, "needs nginx and libnginx-mod-rtmp")
    with (
        tempfile.TemporaryDirectory(prefix="folkmoot-rival-") as folder,
        run_rival(nginx, Path(folder)) as rival,
        publish_clock(ffmpeg, rival.target),
    ):
        await asyncio.to_thread(wait_until, rival.playlist.exists, seconds=30)
        await asyncio.sleep(8 * FRAGMENT_SECONDS)  # as if it had been on for a while
        watched = await _watch(
            chromium, rival.page, "video", seconds=seconds, press=False
        )
    note = f"hls.js as it comes; {watched.stalls} stalls, max {max(watched.ages):.2f} s"
    return spread(AREA, what, watched.ages, unit="s", note=note)


@contextmanager
def publish_clock(ffmpeg: str, target: str) -> Iterator[None]:
    """Publish the picture with the clock, and a tone."""
    picture = subprocess.Popen(
        [
            sys.executable, "-m", "tests.bench.clock_picture", "--ffmpeg", ffmpeg,
            "--width", str(WIDTH), "--height", str(HEIGHT), "--fps", str(FPS),
        ],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    encoder = subprocess.Popen(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error",
            "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}",
            "-r", str(FPS), "-probesize", "32", "-i", "pipe:0",
            "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
            "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency",
            "-g", str(2 * FPS), "-b:v", "2500k", "-maxrate", "2500k",
            "-bufsize", "2500k", "-c:a", "aac", "-b:a", "96k",
            "-flush_packets", "1", "-f", "flv", target,
        ],
        stdin=picture.stdout,
    )  # fmt: skip
    assert picture.stdout is not None
    picture.stdout.close()
    try:
        yield
    finally:
        for process in (encoder, picture):
            process.kill()
            process.wait()


@asynccontextmanager
async def _line(service: Service, *, slow: bool) -> AsyncIterator[int]:
    if not slow:
        yield service.port
        return
    async with slow_line(service.port) as port:
        yield port


async def _watch(
    chromium: str, url: str, video: str, *, seconds: float, press: bool
) -> Watched:
    async with run_browser(chromium) as browser:
        _, page = await new_visitor(browser)
        await page.goto(url)
        if press:
            await press_play(page)
        await page.wait_for_function(
            "(video) => document.querySelector(video)?.currentTime > 0",
            arg=video,
            timeout=60_000,
        )
        await asyncio.sleep(SETTLE_SECONDS)
        wanted = {
            "video": video,
            "blocks": BLOCKS,
            "bits": NUMBER_BITS,
            "width": WIDTH,
            "height": HEIGHT,
        }
        await page.evaluate(READ_CLOCK, wanted)
        await asyncio.sleep(seconds)
        return _read(await page.evaluate("() => window.seenClock"))


def _read(seen: dict[str, Any]) -> Watched:
    rates: Sequence[float] = seen["rates"] or [1.0]
    return Watched(
        ages=[lag / 1000 for lag in seen["lags"]],
        unread=seen["unread"],
        stalls=seen["stalls"],
        longest_seconds=seen["longestMs"] / 1000,
        fast=sum(rate > 1 for rate in rates) / len(rates),
    )
