"""A real encoder to a real browser: on air, paused, killed, ended."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.e2e.browser import new_visitor, press_play, run_browser, watch
from tests.e2e.playlists import broken_rules, parse_playlist, variants
from tests.e2e.service import Publisher, Service, publish_target, wait_until

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(300)]


def read(service: Service, url: str) -> str:
    """Return a playlist's text, or nothing while there is none."""
    status, body = service.ask("GET", url, token=None)
    if status != 200:
        return ""
    return body.decode() if isinstance(body, bytes) else str(body)


def top_playlist(service: Service, playback_url: str) -> str:
    """Return the address of the first variant's playlist."""
    found = variants(read(service, playback_url))
    return urljoin(playback_url, found[0][1])


def wait_on_air(service: Service, playback_url: str, seconds: float = 60) -> str:
    """Wait until the first variant has a segment; return its address."""

    def ready() -> str | None:
        if not variants(read(service, playback_url)):
            return None
        address = top_playlist(service, playback_url)
        return address if parse_playlist(read(service, address)).parts else None

    return str(wait_until(ready, seconds=seconds))


def playback(service: Service, made: dict[str, Any]) -> str:
    """Return the room's playback address on this machine's loopback."""
    return urljoin(
        service.url,
        re.sub(r"^https?://[^/]+", "", made["rooms"][0]["playback_url"]),
    )


def probe_seconds(ffmpeg: str, url: str) -> float:
    """Return how long ffmpeg says a recording is."""
    done = subprocess.run(
        [ffmpeg, "-hide_banner", "-i", url], capture_output=True, text=True, check=False
    )
    found = re.search(r"Duration: (\d+):(\d\d):(\d\d\.\d+)", done.stderr)
    assert found, done.stderr
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


@pytest.mark.browser
@pytest.mark.live
async def test_what_is_published_plays_with_picture_and_sound(
    service: Service, ffmpeg_path: str, film: Path, chromium_path: str
) -> None:
    made = await asyncio.to_thread(service.make_meeting, "plays")
    async with run_browser(chromium_path) as browser:
        _, page = await new_visitor(browser)
        await page.goto(f"{service.url}/m/plays")
        publisher = Publisher(ffmpeg_path, film, publish_target(made))
        began = time.monotonic()
        try:
            address = await asyncio.to_thread(
                wait_on_air, service, playback(service, made)
            )
            await press_play(page)
            seen = {"frames": 0, "sound": 0}
            while not (seen["frames"] > 5 and seen["sound"] > 0):
                # How soon, `make bench` says.
                assert time.monotonic() - began < 90, (seen, page.errors)  # type: ignore[attr-defined]
                await asyncio.sleep(0.1)
                seen = await watch(page)
            targets = set()
            for _ in range(12):
                playlist = parse_playlist(
                    await asyncio.to_thread(read, service, address)
                )
                assert broken_rules(playlist) == []
                targets.add((playlist.part_target, playlist.target_duration))
                await asyncio.sleep(0.5)
            assert len(targets) == 1
        finally:
            publisher.stop()


def test_a_blocked_reload_answers_with_the_hinted_part(
    service: Service, ffmpeg_path: str, film: Path
) -> None:
    made = service.make_meeting("blocks")
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    try:
        address = wait_on_air(service, playback(service, made))
        before = parse_playlist(read(service, address))
        sequence, part = before.next_sequence, len(before.grouped[-1])
        after = parse_playlist(
            read(service, f"{address}?_HLS_msn={sequence}&_HLS_part={part}")
        )
        assert before.hint in {part["URI"] for part in after.parts}
        status, _ = service.ask("GET", f"{address}?_HLS_part=1", token=None)
        assert status == 400
        status, _ = service.ask("GET", f"{address}?_HLS_msn={sequence + 9}", token=None)
        assert status == 400
    finally:
        publisher.stop()


def test_a_killed_server_goes_on_at_the_same_address(
    service: Service, ffmpeg_path: str, film: Path
) -> None:
    made = service.make_meeting("killed")
    token = service.join("killed", "Ann")
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    url = playback(service, made)
    address = wait_on_air(service, url)
    time.sleep(5)
    said = [
        service.command(
            "killed",
            "contribution.post",
            {"text": f"number {number}"},
            token=token,
            client=("tab", number),
        )
        for number in (1, 2, 3)
    ]
    assert all(answer["ok"] for answer in said)
    before = parse_playlist(read(service, address))
    public_parts = sum(float(part["DURATION"]) for part in before.grouped[-1])
    service.kill()
    publisher.stop()
    assert _ffmpegs_of(service.data) == []
    service.start()
    again = service.command(
        "killed",
        "contribution.post",
        {"text": "number 3"},
        token=token,
        client=("tab", 3),
    )
    assert again == said[2]
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    try:
        found = wait_until(
            lambda: (
                (after := parse_playlist(read(service, address))).discontinuities
                and after.parts
                and after
            ),
            seconds=60,
        )
        assert found.seconds >= before.seconds + public_parts - 0.6
        texts = [
            entry["data"]["content"]["text"]
            for entry in _entries(service, "killed")
            if entry["kind"] == "ContributionPosted"
        ]
        assert texts == ["number 1", "number 2", "number 3"]
    finally:
        publisher.stop()


def test_the_archive_holds_what_was_public_and_nothing_else(
    service: Service, ffmpeg_path: str, film: Path
) -> None:
    made = service.make_meeting("archive", on_air="by_hand")
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    url = playback(service, made)
    room = made["rooms"][0]["id"]
    try:
        wait_until(lambda: _connected(service, "archive"), seconds=60)
        time.sleep(3)  # off air: captured, never public
        assert not variants(read(service, url))
        began = time.monotonic()
        assert service.command("archive", "channel.start", {"room_id": room})["ok"]
        address = wait_on_air(service, url)
        time.sleep(8)
        assert service.command(
            "archive", "channel.hold", {"room_id": room, "reason": "Break"}
        )["ok"]
        held_at = time.monotonic()
        time.sleep(6)
        assert service.command("archive", "channel.release", {"room_id": room})["ok"]
        released_at = time.monotonic()
        time.sleep(6)
        ended_at = time.monotonic()
        assert service.command("archive", "meeting.end")["ok"]
        wait_until(
            lambda: parse_playlist(read(service, address)).ended, seconds=60, every=0.05
        )
    finally:
        publisher.stop()
    with_slate = parse_playlist(read(service, address)).seconds
    address = top_playlist(service, url)
    playlist = parse_playlist(read(service, address))
    live = (held_at - began) + (ended_at - released_at)
    slate = released_at - held_at
    # What the camera saw in the pause is nowhere; the slate stays where it was
    # live. Going on air and coming back wait for a key frame (2 s apart here).
    assert live - 5 < playlist.seconds < live + 1
    assert playlist.seconds + slate - 4 < with_slate < playlist.seconds + slate + 1
    assert abs(probe_seconds(ffmpeg_path, url) - playlist.seconds) < 1
    for _, uri in playlist.segments:
        status, body = service.ask("GET", urljoin(address, uri), token=None)
        assert (status, len(body) > 100) == (200, True)


def _entries(service: Service, slug: str) -> list[dict[str, Any]]:
    status, page = service.ask(
        "GET", f"/api/v1/meetings/{slug}/entries?feed=public&after=0&limit=500"
    )
    assert status == 200, page
    assert [entry["seq"] for entry in page["entries"]] == list(
        range(1, page["head"] + 1)
    )
    return list(page["entries"])


def _connected(service: Service, slug: str) -> bool:
    _, page = service.ask("GET", f"/api/v1/meetings/{slug}/state?feed=staff")
    return any(room["connected"] for room in page["state"]["rooms"].values()) or any(
        entry["kind"] == "SourceChanged"
        for entry in service.ask(
            "GET", f"/api/v1/meetings/{slug}/entries?feed=staff&after=0&limit=500"
        )[1]["entries"]
    )


def _ffmpegs_of(data: Path) -> list[str]:
    """Return ffmpeg processes left over; they die with the server."""
    time.sleep(1)
    listed = subprocess.run(
        ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout
    return [
        line for line in listed.splitlines() if "ffmpeg" in line and str(data) in line
    ]
