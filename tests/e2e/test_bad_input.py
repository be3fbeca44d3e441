"""Whatever comes in: a clear message, nothing lost, the server alive."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.service import (
    Publisher,
    Service,
    make_film,
    publish_target,
    wait_until,
)

pytestmark = [pytest.mark.timeout(300)]

NASTY = '<script>alert(1)</script><img src=x onerror="alert(2)">&amp;\'"'


def alive(service: Service) -> bool:
    """Say whether the server still answers and has lost nothing it said yes to."""
    status, _ = service.ask("GET", "/healthz", token=None)
    return service.alive and status == 200


@pytest.mark.ffmpeg
def test_a_wrong_stream_key_is_refused_and_logged(
    house: Service, ffmpeg_path: str, film: Path
) -> None:
    made = house.make_meeting("keys")
    target = publish_target(made)
    wrong = Publisher(ffmpeg_path, film, target[:-4] + "zzzz")
    assert wrong.process.wait(60) != 0
    first = Publisher(ffmpeg_path, film, target)
    try:
        wait_until(lambda: _is_sent(house, made), seconds=60)
        second = Publisher(ffmpeg_path, film, target)
        assert second.process.wait(60) != 0
        assert first.process.poll() is None
    finally:
        first.stop()
    assert made["rooms"][0]["ingest"]["stream_key"] not in _log(house)
    assert alive(house)


def test_random_bytes_on_the_rtmp_port_are_cut_off(house: Service) -> None:
    for size in (1, 1537, 100_000):
        with socket.create_connection(("127.0.0.1", house.rtmp_port), 5) as sock:
            sock.settimeout(15)
            try:
                sock.sendall(os.urandom(size))
                if size == 1:
                    continue
                while sock.recv(65536):
                    pass
            except (ConnectionError, TimeoutError):
                pass
    assert alive(house)


def test_an_upload_that_breaks_off_leaves_nothing(house: Service) -> None:
    house.make_meeting("upload")
    parts = urlsplit(house.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0)
    connection.putrequest("PUT", "/api/v1/meetings/upload/rooms/hall/recording")
    connection.putheader("Authorization", f"Bearer {house.admin_token}")
    connection.putheader("Content-Type", "video/mp4")
    connection.putheader("Content-Length", str(2 * 1024**3))
    connection.endheaders()
    for _ in range(64):
        connection.send(os.urandom(1 << 20))
    connection.close()
    wait_until(lambda: _big_files(house.data) == [], seconds=60)
    assert alive(house)


@pytest.mark.parametrize(
    ("slug", "body", "said"),
    [
        ("backwards", b"WEBVTT\n\n00:05.000 --> 00:01.000\nbackwards\n", "3"),
        ("no-time", b"WEBVTT\n\nnot a time --> 00:01.000\nwords\n", "3"),
        ("no-text", b"\xff\xfe\x00broken", ""),
        ("empty", b"", ""),
    ],
)
def test_a_broken_transcript_is_refused_whole(
    house: Service, slug: str, body: bytes, said: str
) -> None:
    house.make_meeting(slug)
    path = f"/api/v1/meetings/{slug}/rooms/hall/transcript"
    status, problem = house.ask(
        "PUT",
        f"{path}?starts_at=2026-05-04T09:00:00Z",
        body,
        media_type="text/vtt",
    )
    assert status == 422, problem
    assert said in problem["detail"]
    assert problem["code"]
    _, cues = house.ask("GET", f"{path}.json")
    assert "backwards" not in json.dumps(_plain(cues))


def test_json_that_does_not_fit_is_refused_by_name(house: Service) -> None:
    house.make_meeting("json")
    commands = "/api/v1/meetings/json/commands"
    token = house.join("json", "Ann")
    good = {"client_id": "a", "client_seq": 1, "type": "session.propose"}
    cases: list[tuple[Any, set[int], str]] = [
        ({**good, "data": {"title": "x"}, "colour": "red"}, {422}, "colour"),
        ({**good, "data": {"title": "x", "colour": "red"}}, {422}, "colour"),
        ({**good, "data": {"title": 7}}, {422}, "title"),
        (b"{not json", {400}, ""),
        (b"[" * 100_000, {400, 422}, ""),
        ({**good, "data": {"title": "x" * 10_000_000}}, {413}, ""),
    ]
    for body, wanted, said in cases:
        status, problem = house.ask("POST", commands, body, token=token)
        assert status in wanted, (status, problem)
        assert said in problem["detail"]
    assert alive(house)
    answer = house.command(
        "json", "session.propose", {"title": "fine"}, token=token, client=("a", 1)
    )
    assert answer["ok"]


def test_a_taken_time_and_an_outdated_version_are_refused(house: Service) -> None:
    made = house.make_meeting(
        "places",
        slots=[
            {"starts_at": "2030-05-04T09:00:00Z", "ends_at": "2030-05-04T10:00:00Z"},
            {"starts_at": "2030-05-04T10:00:00Z", "ends_at": "2030-05-04T11:00:00Z"},
        ],
    )
    sessions = [
        house.command("places", "session.propose", {"title": title})["data"][
            "session_id"
        ]
        for title in ("one", "two")
    ]
    place = {"room_id": made["rooms"][0]["id"], "slot_id": made["slots"][0]["id"]}
    assert house.command(
        "places", "session.place", {"session_id": sessions[0], **place}, expect=1
    )["ok"]
    taken = house.command(
        "places", "session.place", {"session_id": sessions[1], **place}
    )
    assert (taken["ok"], taken["code"]) == (False, "slot_taken")
    later = {**place, "slot_id": made["slots"][1]["id"]}
    stale = house.command(
        "places", "session.place", {"session_id": sessions[0], **later}, expect=1
    )
    assert (stale["ok"], stale["code"]) == (False, "outdated")


def test_script_in_every_text_field_stays_text(house: Service) -> None:
    house.make_meeting(
        "nasty",
        title=NASTY,
        purpose=NASTY,
        scope=NASTY,
        rooms=[{"name": NASTY, "features": [NASTY]}],
        slots=[
            {
                "starts_at": "2030-05-04T09:00:00Z",
                "ends_at": "2030-05-04T10:00:00Z",
                "label": NASTY,
            }
        ],
    )
    token = house.join("nasty", NASTY)
    session = house.command(
        "nasty",
        "session.propose",
        {"title": NASTY, "pitch": NASTY, "wants": NASTY},
        token=token,
    )["data"]["session_id"]
    post = house.command(
        "nasty",
        "contribution.post",
        {"text": NASTY, "on_behalf_of": NASTY},
        token=token,
        client=("n", 1),
    )["data"]["contribution_id"]
    pages = ["", "/board", f"/s/{session}", f"/c/{post}", "/wall", "/print", "/text"]
    addresses = [f"/m/nasty{page}" for page in pages]
    for address in [*addresses, "/", f"/search?q={'alert'}"]:
        status, body = house.ask("GET", address, token=None)
        assert status == 200, address
        assert find_live_markup(body.decode()) == [], address


class _Finder(HTMLParser):
    """Collects what a browser would run: inline script, handlers, our image."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [f"{tag} {name}" for name in given if name.startswith("on")]
        data = given.get("type") == "application/json"
        if tag == "script" and "src" not in given and not data:
            self.found.append("inline script")
        if tag == "img" and given.get("src") == "x":
            self.found.append("img src=x")


def find_live_markup(html: str) -> list[str]:
    """Return markup of a page that runs script; the words of NASTY are fine."""
    finder = _Finder()
    finder.feed(html)
    return finder.found


def test_live_markup_would_be_found() -> None:
    assert find_live_markup(NASTY) == ["inline script", "img onerror", "img src=x"]


@pytest.mark.ffmpeg
def test_a_full_disk_stops_the_recording_before_the_journal(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    film = make_film(ffmpeg_path, tmp_path / "big.mp4", seconds=6, kbits=8_000)
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    service = Service(place / "data", env={"FOLKMOOT_MEDIA_DISK_RESERVE_MB": "9"})
    service.data.mkdir()
    try:
        service.start()
        made = service.make_meeting("full")
        publisher = Publisher(ffmpeg_path, film, publish_target(made))
        try:
            wait_until(lambda: "disk" in _log(service).lower(), seconds=60)
        finally:
            publisher.stop()
        token = service.join("full", "Ann")
        for number in range(1, 51):
            answer = service.command(
                "full",
                "contribution.post",
                {"text": "still here " * 20},
                token=token,
                client=("t", number),
            )
            assert answer["ok"], answer
        assert alive(service)
    finally:
        service.stop()
        subprocess.run(["umount", "-l", str(place)], check=False)


def _is_sent(service: Service, made: dict[str, Any]) -> bool:
    """Whether somebody sends to the first room."""
    _, got = service.ask("GET", f"/api/v1/meetings/{made['slug']}/state")
    return bool(got["state"]["rooms"][made["rooms"][0]["id"]]["connected"])


def _log(service: Service) -> str:
    return (service.data.parent / f"{service.data.name}.log").read_text()


def _big_files(data: Path) -> list[Path]:
    return [
        path
        for path in data.rglob("*")
        if path.is_file() and path.stat().st_size > 8 << 20
    ]


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
