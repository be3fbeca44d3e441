"""Speech into a real encoder, captions on a real page, words in the search."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect

from folkmoot.transcripts.recognition.models import ModelMissing, find_model
from tests.bench.spoken import speak
from tests.e2e.browser import new_visitor, press_play, run_browser
from tests.e2e.service import Publisher, Service, publish_target, wait_until

pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.speech,
    pytest.mark.timeout(400),
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
            await _check_voice_note(speaking, talk.with_name("talk.wav"))
            await _check_typing(browser, speaking, made)
            # Until the room is on air its stream is not there.
            assert [each for each in page.errors if "404" not in each] == []
            await context.close()
            await _check_kill(browser, speaking, made)
        finally:
            publisher.stop()


def _find(service: Service, query: str) -> dict[str, Any]:
    def hits() -> Any:
        path = f"/api/v1/search?q={query.replace(' ', '%20')}&meeting=spoken"
        return service.ask("GET", path, token=None)[1]["hits"]

    # Two seconds where a machine is free; here others may have it.
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


async def _check_voice_note(service: Service, wav: Path) -> None:
    """What a note says stands in the post that it came with, a little later."""
    path = "/api/v1/meetings/spoken/attachments?kind=voice"
    token = await asyncio.to_thread(service.join, "spoken", "Bo")
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "audio/wav",
        "Upload-Id": "voice-note-of-bo-0001",
    }
    data = await asyncio.to_thread(wav.read_bytes)
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{service.url}{path}", data=data, headers=headers) as answer,
    ):
        assert answer.status == 201, await answer.text()
        note = (await answer.json())["attachment_id"]
    posted = await asyncio.to_thread(
        service.command,
        "spoken",
        "contribution.post",
        {"attachments": [{"attachment_id": note}]},
        token=token,
    )
    post = posted["data"]["contribution_id"]

    def words() -> str:
        path = "/api/v1/meetings/spoken/state?feed=public"
        _, found = service.ask("GET", path, token=None)
        (one,) = found["state"]["contributions"][post]["content"]["attachments"]
        return one["text"] if one.get("heard") == "tiny.en" else ""

    heard = await asyncio.to_thread(wait_until, words, seconds=90)
    assert "transport committee" in heard.lower()


async def _check_typing(browser: Any, service: Service, made: dict[str, Any]) -> None:
    """Two people type by keyboard alone, one at a telephone; the machine is silent."""
    ada = await _open_writer(browser, service, made, "Ada")
    ben = await _open_writer(
        browser, service, made, "Ben", viewport={"width": 390, "height": 800},
        has_touch=True,
    )  # fmt: skip
    await _press_button(ada, "Begin to write")
    await expect(ada.locator(".writer__input")).to_be_focused(timeout=20 * SECONDS)
    await ada.keyboard.type("Typed by Ada, with a misteak. ", delay=15)
    line = ada.locator(".writer__said", has_text="Typed by Ada")
    await expect(line).to_be_visible(timeout=30 * SECONDS)
    # Arrow up and Enter mend it; the keyboard is never left.
    await ada.keyboard.press("ArrowUp")
    await expect(ada.locator(".writer__correction")).to_be_focused()
    await ada.keyboard.press("ControlOrMeta+A")
    await ada.keyboard.type("Typed by Ada, without one.")
    await ada.keyboard.press("Enter")
    await expect(ada.locator(".writer__input")).to_be_focused(timeout=20 * SECONDS)
    mended = ben.locator(".writer__said", has_text="Typed by Ada, without one.")
    await expect(mended).to_be_visible(timeout=20 * SECONDS)
    status = ben.locator(".writer__status")
    await expect(status).to_contain_text("Ada writes", timeout=20 * SECONDS)
    # Ben asks; Ada goes on until her line ends; then the field is his.
    await ada.keyboard.type("And now Ben")
    await _press_button(ben, "Ask Ada to hand over")
    await ada.keyboard.type(" will go on. ")
    await expect(ben.locator(".writer__input")).to_be_focused(timeout=20 * SECONDS)
    await ben.keyboard.type("Typed by Ben.")
    await ben.keyboard.press("Enter")
    await expect(ada.locator(".writer__said", has_text="Typed by Ben.")).to_be_visible(
        timeout=30 * SECONDS
    )
    wide = await ben.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    cues = await asyncio.to_thread(said, service)
    typed = [cue for cue in cues if cue["provenance"] == "typed"]
    assert [cue["text"] for cue in typed] == [
        "Typed by Ada, without one.",
        "And now Ben will go on.",
        "Typed by Ben.",
    ]
    await _press_button(ben, "Stop writing")
    # Nobody holds the keyboard now, not even until the page has looked again.
    await asyncio.sleep(3)
    begin = ben.get_by_role("button", name="Begin to write")
    await expect(begin).to_be_visible(timeout=20 * SECONDS)
    # The machine goes on where people stop.
    await expect(status).to_contain_text("The machine writes", timeout=60 * SECONDS)
    for page in (ada, ben):
        await page.context.close()


async def _open_writer(
    browser: Any, service: Service, made: dict[str, Any], name: str, **given: Any
) -> Any:
    """Open the keyboard page for somebody who may caption the room."""
    duty = {"duty": f"caption:{made['rooms'][0]['id']}"}
    _, invite = await asyncio.to_thread(
        service.ask, "POST", "/api/v1/meetings/spoken/invites", duty
    )
    wanted = {"name": name, "invite": invite["url"].rsplit("/", 1)[1]}
    _, joined = await asyncio.to_thread(
        service.ask, "POST", "/api/v1/meetings/spoken/join", wanted, token=None
    )
    context, page = await new_visitor(browser, **given)
    cookie = {"name": "folkmoot", "value": joined["token"], "url": service.url}
    await context.add_cookies([cookie])
    await page.goto(f"{service.url}/m/spoken/captions/write")
    return page


def _finishes(response: Any) -> bool:
    return "finish" in (response.request.post_data or "") and bool(response.ok)


async def _press_button(page: Any, words: str) -> None:
    """Find a button by keyboard and press it."""
    button = page.get_by_role("button", name=words)
    await expect(button).to_be_visible(timeout=20 * SECONDS)
    await button.focus()
    await page.keyboard.press("Enter")


async def _check_kill(browser: Any, service: Service, made: dict[str, Any]) -> None:
    """What a killed process was hearing is heard by the next, and nothing twice.

    What was typed is in the store, or on the page that typed it.
    """
    before = await asyncio.to_thread(said, service)
    eve = await _open_writer(browser, service, made, "Eve")
    await _press_button(eve, "Begin to write")
    await expect(eve.locator(".writer__input")).to_be_focused(timeout=20 * SECONDS)
    await asyncio.sleep(6)
    async with eve.expect_response(_finishes):
        await eve.keyboard.type("Typed before the end.")
        await eve.keyboard.press("Enter")
    await asyncio.to_thread(service.kill)
    await eve.keyboard.type("Typed while it was down.")
    await eve.keyboard.press("Enter")
    left = eve.locator("[data-waits]")
    await expect(left).to_contain_text("Typed while it was down.")
    await asyncio.to_thread(service.start)

    def kept() -> bool:
        path = "/api/v1/meetings/spoken/rooms/hall/transcript/cues"
        _, found = service.ask("GET", path)
        typed = [cue["text"] for cue in found["cues"] if cue["origin"] == "typed"]
        return typed.count("Typed before the end.") == 1

    assert await asyncio.to_thread(wait_until, kept, seconds=20)
    # Off air nobody may read it; its typist does, and why.
    await expect(left).to_contain_text("not on air", timeout=20 * SECONDS)
    await expect(left).to_contain_text("Typed while it was down.")
    await eve.context.close()

    def rest() -> list[dict[str, Any]]:
        known = {cue["cue_id"] for cue in before}
        return [cue for cue in said(service) if cue["cue_id"] not in known]

    assert await asyncio.to_thread(wait_until, rest, seconds=90)
    cues = sorted(await asyncio.to_thread(said, service), key=lambda cue: cue["at"])
    machine = [cue for cue in cues if cue["provenance"] == "machine"]
    for first, second in itertools.pairwise(machine):
        assert first["end_at"] <= second["at"], (first, second)
