"""Live captions: how late, how wrong, and what they cost the picture.

A film of 720p at 2.5 Mbit/s with speech for sound is published over RTMP in real time
and copied; Whisper tiny.en hears it, below the server's priority. A Socket.IO client
notes when each word is final, and asks the search for each line that became final.
Another client fetches each hinted part; how late parts come is measured against the
same film without captions. `--speech` names a folder with `two_cities.wav`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp
import msgspec
import socketio

from tests import machine
from tests.bench.report import Figure, Say, absent, quantile, spread
from tests.bench.spoken import MEETING_TALK, TWO_CITIES, speak, word_error_rate
from tests.e2e.playlists import parse_playlist
from tests.e2e.service import Service, publish_target
from tests.e2e.test_broadcast import playback, wait_on_air

AREA = "captions"
MOST_SECONDS = 6.0
MOST_WRONG = 0.08
SEARCH_SECONDS = 2.0
# Silence before the words, in which the model loads, and after, in which the last
# line ends.
BEFORE_SECONDS, AFTER_SECONDS = 12, 8


class Run(msgspec.Struct, kw_only=True):
    """What one broadcast showed; times are seconds."""

    words: list[float] = []
    lines: list[float] = []
    searches: list[float] = []
    parts_late: list[float] = []
    unfound: list[str] = []
    text: str = ""
    busy: float = 0.0
    load: float = 0.0


def measure(*, quick: bool, say: Say, speech: Path | None = None) -> list[Figure]:
    """Return the figures for each speech there is."""
    ffmpeg = machine.find_tool("ffmpeg")
    if ffmpeg is None:
        return [absent(AREA, "captions", "needs ffmpeg")]
    with tempfile.TemporaryDirectory(prefix="folkmoot-captions-") as name:
        folder = Path(name)
        talks: list[tuple[str, Path, str]] = []
        cities = speech / "two_cities.wav" if speech is not None else None
        if cities is not None and cities.exists():
            talks.append(("two_cities.wav, read", cities, TWO_CITIES))
        if not quick or not talks:
            try:
                spoken = speak(folder / "talk.wav")
            except OSError:
                say("captions: needs espeak-ng for the second text")
            else:
                talks.append(("meeting talk, espeak-ng", spoken, MEETING_TALK))
        figures = []
        for what, wav, text in talks:
            film = make_film(ffmpeg, folder / "film.mp4", wav)
            say(f"captions: {what}")
            run = asyncio.run(watch(ffmpeg, film, captions=True))
            say(f"captions: {what}, without captions")
            bare = asyncio.run(watch(ffmpeg, film, captions=False))
            figures += describe(what, text, run, bare)
        return figures or [absent(AREA, "captions", "no speech to be had")]


def describe(what: str, text: str, run: Run, bare: Run) -> list[Figure]:
    """The lines of one speech."""
    wrong = word_error_rate(text, run.text)
    late = quantile(run.words, 0.95) if run.words else float("inf")
    load = f"load {run.load:.1f} of {os.cpu_count()} cores"
    return [
        spread(
            AREA,
            f"word said → final, {what}",
            run.words,
            unit="s",
            note=f"{'' if late <= MOST_SECONDS else 'MISSED: '}aimed at p95 "
            f"{MOST_SECONDS} s; {load}, recogniser {run.busy:.2f} of a core",
        ),
        spread(
            AREA,
            f"line's last word said → line final, {what}",
            run.lines,
            unit="s",
        ),
        Figure(
            area=AREA,
            what=f"word error rate, {what}",
            unit="%",
            median=100 * wrong,
            note=f"{'' if wrong <= MOST_WRONG else 'over 8 %: '}"
            f"of {len(text.split())} words",
        ),
        spread(
            AREA,
            f"line final → found by search, {what}",
            run.searches,
            unit="s",
            note=f"aimed at {SEARCH_SECONDS} s; asked each 0.1 s"
            + (f"; never as a phrase: {run.unfound}" if run.unfound else ""),
        ),
        spread(AREA, "part late, with captions", run.parts_late, unit="s"),
        spread(AREA, "part late, without", bare.parts_late, unit="s"),
    ]


def make_film(ffmpeg: str, path: Path, wav: Path) -> Path:
    """Put a 720p picture that an encoder may copy under speech."""
    delay = BEFORE_SECONDS * 1000
    subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-y",
            "-i", str(wav),
            "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30",
            "-filter_complex",
            f"[0:a]aresample=48000,adelay={delay}:all=1,apad=pad_dur={AFTER_SECONDS}[a]",
            "-map", "1:v", "-map", "[a]", "-shortest",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
            "-g", "60", "-bf", "0", "-b:v", "2500k", "-maxrate", "2500k",
            "-bufsize", "2500k", "-c:a", "aac", "-b:a", "128k", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path


async def watch(ffmpeg: str, film: Path, *, captions: bool) -> Run:
    """Broadcast the film once."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-captions-") as name:
        env = {"FOLKMOOT_CAPTIONS_WHEN": "live" if captions else "never"}
        env["FOLKMOOT_LIMITS_SEARCHES_PER_MINUTE"] = "100000"
        service = Service(Path(name) / "data", env=env)
        await asyncio.to_thread(service.start)
        try:
            return await _watch(service, ffmpeg, film)
        finally:
            await asyncio.to_thread(service.stop)


async def _watch(service: Service, ffmpeg: str, film: Path) -> Run:
    made = await asyncio.to_thread(service.make_meeting, "spoken")
    heard: list[tuple[float, dict[str, Any]]] = []
    found: list[float] = []
    unfound: list[str] = []
    run = Run()
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        line = socketio.AsyncClient()

        async def note(caption: dict[str, Any]) -> None:
            heard.append((time.time(), caption))
            if caption["final"]:
                text = caption["text"]
                group.create_task(_search(http, service.url, text, found, unfound))

        line.on("caption", note)
        await line.connect(service.url, transports=["websocket"])
        await line.call("join", {"meeting": "spoken", "feed": "public", "after": 0})
        publisher = await asyncio.create_subprocess_exec(
            ffmpeg, "-hide_banner", "-loglevel", "error", "-re", "-i", str(film),
            "-c", "copy", "-f", "flv", publish_target(made),
        )  # fmt: skip
        top = playback(service, made)
        address = await asyncio.to_thread(wait_on_air, service, top)
        parts = group.create_task(_follow_parts(http, address, run.parts_late))
        cpu = time.process_time(), _recogniser_seconds(service.pid), time.time()
        await publisher.wait()
        run.load = os.getloadavg()[0]
        run.busy = (_recogniser_seconds(service.pid) - cpu[1]) / (time.time() - cpu[2])
        parts.cancel()
        await asyncio.sleep(8)
        await line.disconnect()
    run.searches, run.unfound = found, unfound
    rows = _rows(service.data / "folkmoot.db")
    run.text = " ".join(row["text"] for row in rows)
    run.words, run.lines = _delays(rows, heard)
    return run


def _rows(database: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(database) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT * FROM cues ORDER BY start_at").fetchall()
    return [dict(row) for row in found]


def _delays(
    rows: list[dict[str, Any]], heard: list[tuple[float, dict[str, Any]]]
) -> tuple[list[float], list[float]]:
    """How long after its end each word was final at the client; lines likewise."""
    words, lines = [], []
    for row in rows:
        told = [each for each in heard if each[1]["cue_id"] == row["cue_id"]]
        spans = json.loads(row["words"])
        for place, (_, end_ms, _) in enumerate(spans):
            said_at = (row["start_at"] + end_ms) / 1000
            final_at = min(
                at for at, caption in told if len(caption["text"].split()) > place
            )
            words.append(final_at - said_at)
        closed = [at for at, caption in told if caption["final"]]
        lines.append(min(closed) - row["end_at"] / 1000)
    return words, lines


async def _search(
    http: aiohttp.ClientSession,
    url: str,
    text: str,
    found: list[float],
    unfound: list[str],
) -> None:
    words = text.replace('"', " ")
    query = urllib.parse.quote(f'"{words}"')
    began = time.monotonic()
    while time.monotonic() - began < 20:
        async with http.get(f"{url}/api/v1/search?q={query}&meeting=spoken") as answer:
            if (await answer.json()).get("total"):
                found.append(time.monotonic() - began)
                return
        await asyncio.sleep(0.1)
    unfound.append(text)


async def _follow_parts(
    http: aiohttp.ClientSession, address: str, late: list[float]
) -> None:
    """Fetch each part as it is promised; how late each comes, by the earliest."""
    ends: list[tuple[float, float]] = []
    try:
        while True:
            async with http.get(address) as answer:
                playlist = parse_playlist(await answer.text())
            await _follow_hint(http, address, playlist, ends)
    finally:
        # The first seconds come in a burst, and one part may be missed then.
        lags = [at - end for at, end in ends[8:]]
        usual = quantile(lags, 0.05) if lags else 0.0
        late += [max(0.0, lag - usual) for lag in lags]


async def _follow_hint(
    http: aiohttp.ClientSession,
    address: str,
    playlist: Any,
    ends: list[tuple[float, float]],
) -> None:
    hint = playlist.hint
    if hint is None:
        await asyncio.sleep(0.1)
        return
    async with http.get(urljoin(address, hint)) as answer:
        await answer.read()
        if answer.status != 200:
            await asyncio.sleep(0.1)
            return
    at = time.monotonic()
    end = ends[-1][1] if ends else 0.0
    ends.append((at, end + 0.5))


def _recogniser_seconds(server: int) -> float:
    """CPU seconds of the server's recognisers."""
    total = 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes()
            stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if b"recognition.worker" in line and int(stat[1]) == server:
            total += (int(stat[11]) + int(stat[12])) / ticks
    return total
