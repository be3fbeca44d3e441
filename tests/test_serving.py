"""The process: it starts or says why not, answers its command line, ends in time."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.service import (
    Publisher,
    Service,
    make_film,
    publish_target,
    wait_until,
)

VTT = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Councillor Pike>The footbridge over the mill race is closed.

00:00:05.000 --> 00:00:09.000
<v Councillor Hale>Then let us mend the footbridge before the winter.
"""


def folkmoot(
    *words: str, data: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line as people do."""
    return subprocess.run(
        [sys.executable, "-m", "folkmoot", *words, "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
    )


def read(*words: str, data: Path) -> Any:
    """Run a command that has to succeed and return its JSON."""
    done = folkmoot(*words, "--json", data=data)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


# --- starting ----------------------------------------------------------------


def refuse_start(data: Path, *words: str, env: dict[str, str] | None = None) -> str:
    """Start where that can't go well; return the one line that is said."""
    given = ["--port", "0", "--rtmp-port", "0", *words]
    done = folkmoot("serve", *given, data=data, env=env)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("folkmoot: ")
    return line


def test_taken_ports_are_named(tmp_path: Path, taken_port: int) -> None:
    number = str(taken_port)
    line = refuse_start(tmp_path, "--rtmp-port", number)
    assert f"RTMP port {number} can't be had" in line
    line = refuse_start(tmp_path, "--port", number)
    assert f"Port {number} on 127.0.0.1 can't be had" in line


def test_a_data_directory_that_takes_nothing_is_named() -> None:
    # Also root can't write there, unlike to a directory with its rights taken.
    assert "/proc/1/moot can't be used" in refuse_start(Path("/proc/1/moot"))


def test_a_database_that_does_not_answer_is_said_without_its_password(
    tmp_path: Path,
) -> None:
    url = "postgresql+psycopg://moot:sesame@127.0.0.1:1/moot"
    line = refuse_start(tmp_path, env={"FOLKMOOT_STORE_URL": url})
    assert "database" in line
    assert "refused" in line
    assert "sesame" not in line


def test_a_database_file_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "folkmoot.db").write_bytes(b"not a database, " * 100)
    assert "file is not a database" in refuse_start(tmp_path)


def test_missing_ffmpeg_and_certificate_are_said(tmp_path: Path) -> None:
    env = {"FOLKMOOT_MEDIA_FFMPEG": "/no/ffmpeg"}
    assert "'/no/ffmpeg'" in refuse_start(tmp_path, env=env)
    words = ("--tls-cert", "/no/cert.pem", "--tls-key", "/no/key.pem")
    assert "/no/cert.pem" in refuse_start(tmp_path, *words)


# --- the command line --------------------------------------------------------


@pytest.fixture(params=["served", "alone"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A data directory that somebody serves, or nobody."""
    folder = tmp_path / "data"
    if request.param == "alone":
        yield folder
        return
    service = Service(folder).start()
    try:
        yield folder
    finally:
        service.stop()


@pytest.mark.timeout(300)
def test_commands_work_with_a_server_and_without(data: Path, tmp_path: Path) -> None:
    words = ["--title", "Mill race", "--slug", "mill", "--series", "River"]
    made = read("meeting", "create", *words, "--room", "Hall", data=data)
    assert made["slug"] == "mill"
    assert made["rooms"][0]["ingest"]["stream_key"]
    listed = read("meeting", "list", data=data)["meetings"]
    assert [meeting["slug"] for meeting in listed] == ["mill"]
    again = folkmoot("meeting", "create", *words, data=data)
    assert again.returncode == 1
    assert again.stderr.startswith("folkmoot: ")
    assert again.stderr.strip().endswith("(409)")

    film = tmp_path / "mill.vtt"
    film.write_text(VTT)
    for _ in range(2):
        sent = folkmoot("import", "transcript", "mill", str(film), data=data)
        assert (sent.returncode, "2 cues" in sent.stdout) == (0, True), sent.stderr
    wait_until(lambda: find("footbridge", data)["total"] == 1, seconds=60, every=0.5)
    (hit,) = find("footbridge", data)["hits"]
    assert "/m/mill?" in hit["url"]
    for upkeep in ("reindex", "verify"):
        done = folkmoot(upkeep, data=data)
        assert done.returncode == 0, done.stderr
    assert find("footbridge", data)["total"] == 1

    dest = tmp_path / "mill.zip"
    assert folkmoot("export", "mill", str(dest), data=data).returncode == 0
    with zipfile.ZipFile(dest) as packed:
        assert {"meeting.json", "entries.jsonl", "transcripts/hall.vtt"} <= set(
            packed.namelist()
        )
    assert folkmoot("meeting", "end", "mill", data=data).returncode == 0
    assert read("meeting", "show", "mill", data=data)["state"] == "ended"
    found = read("doctor", data=data)
    assert all({"level", "text"} <= set(finding) for finding in found)


def find(words: str, data: Path) -> Any:
    """Search."""
    return read("search", words, data=data)


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = folkmoot("export", "nowhere", str(tmp_path / "a.zip"), data=tmp_path / "d")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("There is no such meeting. (404)")
    assert not (tmp_path / "a.zip").exists()


# --- ending ------------------------------------------------------------------


@pytest.mark.ffmpeg
@pytest.mark.timeout(300)
def test_sigterm_ends_in_time_whoever_is_waiting(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    film = make_film(ffmpeg_path, tmp_path / "film.mp4", seconds=8)
    service = Service(tmp_path / "data").start()
    publisher = None
    waiting: list[threading.Thread] = []
    try:
        made = service.make_meeting("last")
        room = made["rooms"][0]
        service.command("last", "channel.start", {"room_id": room["id"]})
        publisher = Publisher(ffmpeg_path, film, publish_target(made))
        playlist = service.url + "/media/" + room["playback_url"].split("/media/")[1]
        source = playlist.replace("master.m3u8", "source.m3u8")
        wait_until(lambda: service.ask("GET", source)[0] == 200, seconds=60)
        _, text = service.ask("GET", source)
        last = text.decode().count("#EXTINF")
        _, state = service.ask("GET", "/api/v1/meetings/last/state")
        entries = "/api/v1/meetings/last/entries"
        for path in (
            f"{source}?_HLS_msn={last + 2}",
            f"{service.url}{entries}?after={state['seq'] + 50}&wait=50",
            f"{service.url}{entries}?after={state['seq']}&wait=50",
        ):
            thread = threading.Thread(target=_get, args=(path,), daemon=True)
            thread.start()
            waiting.append(thread)
        with _open_socket(service):
            seconds = service.stop()
        assert seconds < 10
        for thread in waiting:
            thread.join(5)
            assert not thread.is_alive()
    finally:
        if publisher is not None:
            publisher.stop()
        service.stop()


@pytest.mark.ffmpeg
@pytest.mark.timeout(300)
def test_an_import_outlives_a_kill(tmp_path: Path, ffmpeg_path: str) -> None:
    film = make_film(ffmpeg_path, tmp_path / "film.mp4", seconds=8)
    service = Service(tmp_path / "data").start()
    try:
        made = service.make_meeting("film", starts_at="2026-03-14T09:00:00Z")
        room = f"/api/v1/meetings/film/rooms/{made['rooms'][0]['id']}"
        status, said = service.ask(
            "PUT", f"{room}/recording", film.read_bytes(), media_type="video/mp4"
        )
        assert status == 202, said
        service.kill()
        service.start()

        def goes() -> str:
            return str(service.ask("GET", f"{room}/recording/import")[1]["state"])

        # Sooner than a dead process's claim would have ended by itself.
        wait_until(lambda: goes() == "done", seconds=40)
        folder = tmp_path / "data" / "media"
        (take,) = folder.glob("*/*/x_*/take.json")
        assert not list((tmp_path / "data" / "private" / "imports").iterdir())
        assert not list(folder.glob("*/*/.staging/*"))
        master = made["rooms"][0]["playback_url"].split("/media/")[1]
        status, _ = service.ask("GET", f"/media/{master}")
        assert (status, take.parent.name[:2]) == (200, "x_")
    finally:
        service.stop()


@pytest.mark.ffmpeg
@pytest.mark.timeout(300)
def test_a_reopened_meeting_keeps_its_recording_under_a_new_address(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    film = make_film(ffmpeg_path, tmp_path / "film.mp4", seconds=8)
    service = Service(tmp_path / "data").start()
    publisher = None
    try:
        made = service.make_meeting("again")
        publisher = Publisher(ffmpeg_path, film, publish_target(made))
        before = made["rooms"][0]["playback_url"].split("/media/")[1]
        path = f"/media/{before}".replace("master", "source")
        wait_until(lambda: _segments(service, path) > 1, seconds=60)
        assert service.command("again", "meeting.end")["ok"]
        wait_until(lambda: b"ENDLIST" in service.ask("GET", path)[1], seconds=60)
        recorded = _segments(service, path)
        publisher.stop()
        assert service.command("again", "meeting.reopen")["ok"]
        _, shown = service.ask("GET", "/api/v1/meetings/again")
        after = shown["rooms"][0]["playback_url"].split("/media/")[1]
        assert after != before
        path = f"/media/{after}".replace("master", "source")
        wait_until(lambda: service.ask("GET", path)[0] == 200, seconds=60)
        assert service.ask("GET", f"/media/{before}")[0] == 404
        assert b"ENDLIST" not in service.ask("GET", path)[1]
        assert _segments(service, path) == recorded
        # The encoder comes back with the key that it has.
        publisher = Publisher(ffmpeg_path, film, publish_target(made))
        wait_until(lambda: _segments(service, path) > recorded, seconds=60)
        assert service.command("again", "meeting.end")["ok"]
        wait_until(lambda: b"ENDLIST" in service.ask("GET", path)[1], seconds=60)
    finally:
        if publisher is not None:
            publisher.stop()
        service.stop()


def _segments(service: Service, path: str) -> int:
    status, text = service.ask("GET", path)
    return text.count(b"#EXTINF") if status == 200 else 0


def _get(url: str) -> None:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=60) as got:
        got.read()


@contextlib.contextmanager
def _open_socket(service: Service) -> Iterator[None]:
    """Hold a WebSocket open and say nothing on it."""
    with socket.create_connection(("127.0.0.1", service.port)) as line:
        line.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            b"Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b"101" in line.recv(100)
        yield
