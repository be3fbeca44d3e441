"""Speech into a real encoder, captions on a real page, words in the search."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from folkmoot.transcripts.recognition.models import ModelMissing, find_model
from tests.bench.spoken import speak
from tests.e2e.browser import new_visitor, press_play, run_browser
from tests.e2e.service import Publisher, Service, publish_target, wait_until

pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.browser,
    pytest.mark.speech,
    pytest.mark.timeout(240),
]

SECONDS = 1000
TALK = """
Good morning, everyone, and welcome to the meeting of the transport committee.
The council proposes to close the bridge to cars for six months.
Some residents have asked how they will reach the market on Saturdays.
"""


@pytest.fixture(scope="module", autouse=True)
def _model() -> None:
    try:
        find_model("tiny.en")
    except ModelMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def talk(ffmpeg_path: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small picture with speech, which repeats."""
    folder = tmp_path_factory.mktemp("talk")
    wav = speak(folder / "talk.wav", TALK)
    subprocess.run(
        [
            ffmpeg_path, "-hide_banner", "-loglevel", "error", "-y",
            "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25",
            "-i", str(wav), "-af", "apad=pad_dur=2", "-shortest",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
            "-g", "50", "-bf", "0", "-b:v", "200k", "-c:a", "aac", "-ar", "44100",
            str(folder / "talk.mp4"),
        ],
        check=True,
    )  # fmt: skip
    return folder / "talk.mp4"


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[Service]:
    env = {"FOLKMOOT_CAPTIONS_WHEN": "live"}
    running = Service(tmp_path / "data", env=env).start()
    yield running
    running.stop()


def said(service: Service, query: str = "") -> list[dict[str, Any]]:
    path = f"/api/v1/meetings/spoken/rooms/hall/transcript.json{query}"
    _, found = service.ask("GET", path, token=None)
    return list(found["cues"])


async def test_what_is_said_stands_over_the_picture_and_is_found(
    speaking: Service, ffmpeg_path: str, talk: Path, chromium_path: str
) -> None:
    made = await asyncio.to_thread(speaking.make_meeting, "spoken")
    looks = {"captions": {"shown": True, "size": "large", "place": "top"}}
    async with run_browser(chromium_path) as browser:
        context, page = await new_visitor(browser)
        await context.add_init_script(
            f"localStorage['folkmoot-watching'] = {json.dumps(json.dumps(looks))}"
        )
        publisher = Publisher(ffmpeg_path, talk, publish_target(made))
        try:
            await page.goto(f"{speaking.url}/m/spoken")
            await press_play(page)
            # Once around more, should the model have come late on a busy machine.
            captions = page.locator(".player__captions")
            await expect(captions).to_contain_text(
                re.compile("council", re.IGNORECASE), timeout=60 * SECONDS
            )
            await expect(captions).to_have_attribute("data-size", "large")
            await expect(captions).to_have_attribute("data-place", "top")
            running = page.locator("fm-transcript .cue", has_text="residents").first
            await expect(running).to_be_attached(timeout=60 * SECONDS)
            cues = await asyncio.to_thread(said, speaking)
            assert {cue["provenance"] for cue in cues} == {"machine"}
            assert {cue["model"] for cue in cues} == {"tiny.en"}
            assert all(0 < cue["confidence"] <= 1 for cue in cues)
            hit = await asyncio.to_thread(_find, speaking, "residents market")
            assert hit["kind"] == "speech"
            await asyncio.to_thread(_check_pause, speaking, made)
        finally:
            publisher.stop()
        # Until the room is on air its stream is not there.
        assert [each for each in page.errors if "404" not in each] == []


def _find(service: Service, query: str) -> dict[str, Any]:
    def hits() -> Any:
        path = f"/api/v1/search?q={query.replace(' ', '%20')}&meeting=spoken"
        return service.ask("GET", path, token=None)[1]["hits"]

    # Within two seconds where the machine is free; here others may have it.
    return dict(wait_until(hits, seconds=60)[0])


def _check_pause(service: Service, made: dict[str, Any]) -> None:
    """While the room is paused somebody speaks on, and nobody reads it, ever."""
    room_id = made["rooms"][0]["id"]
    held = service.command(
        "spoken", "channel.hold", {"room_id": room_id, "reason": "In private"}
    )
    assert held["ok"], held
    held_at = _moment(service, held)
    time.sleep(8)
    freed = service.command("spoken", "channel.release", {"room_id": room_id})
    assert freed["ok"], freed
    freed_at = _moment(service, freed)

    def after() -> list[dict[str, Any]]:
        return [cue for cue in said(service) if cue["at"] > freed_at]

    assert wait_until(after, seconds=60)
    private = [
        cue for cue in said(service) if cue["end_at"] > held_at and cue["at"] < freed_at
    ]
    # What stood before the pause may end a key frame after the button.
    assert [cue for cue in private if cue["at"] > held_at] == []


def _moment(service: Service, answer: dict[str, Any]) -> str:
    path = f"/api/v1/meetings/spoken/entries?feed=public&after={answer['seq'] - 1}"
    _, page = service.ask("GET", path, token=None)
    return str(page["entries"][0]["at"])
