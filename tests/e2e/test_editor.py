"""A transcript is edited by keyboard alone, by two people at once, and found again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.browser import new_visitor, run_browser
from tests.e2e.service import ROOT, Service, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(300)]

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
EDITOR = "/desk/town/transcript?room=hall"
LINES = (
    ("Speaker 1", "Good evening and welcome."),
    ("Speaker 1", "The brigde over the river is closed."),
    ("Speaker 2", "Since when, and who decided? I never heard."),
    ("Speaker 1", "It was decided"),
    ("Speaker 1", "in March."),
    ("Speaker 2", "The brigde was safe."),
)


def make_vtt(lines: Any) -> bytes:
    """A file whose lines last four seconds each."""
    parts = ["WEBVTT\n"]
    for place, (speaker, text) in enumerate(lines):
        times = [f"{n // 60:02}:{n % 60:02}.000" for n in (4 * place, 4 * place + 4)]
        parts.append(f"{times[0]} --> {times[1]}\n<v {speaker}>{text}\n")
    return "\n".join(parts).encode()


def put(service: Service, lines: Any) -> None:
    """Make the meeting's transcript."""
    path = "/api/v1/meetings/town/rooms/hall/transcript?starts_at=2026-05-04T09:00:00Z"
    status, answer = service.ask("PUT", path, make_vtt(lines), media_type="text/vtt")
    assert status == 200, answer


def said(service: Service) -> list[tuple[str, str]]:
    """What everyone reads."""
    path = "/api/v1/meetings/town/rooms/hall/transcript.json"
    _, found = service.ask("GET", path, token=None)
    return [(cue["speaker"], cue["text"]) for cue in found["cues"]]


def hits(service: Service, query: str) -> int:
    """How often the search finds it in what was said."""
    _, found = service.ask("GET", f"/api/v1/search?q={query}&kind=speech", token=None)
    return int(found["total"])


@asynccontextmanager
async def editor(
    browser: Browser, service: Service, token: str = ""
) -> AsyncIterator[Page]:
    """The editor at the desk, open in a browser of its own."""
    # axe is a script that is no part of the page.
    context, page = await new_visitor(browser, bypass_csp=True)
    cookie = {"name": "folkmoot", "value": token or service.admin_token}
    await context.add_cookies([{**cookie, "url": service.url}])  # type: ignore[typeddict-item]
    await page.goto(f"{service.url}{EDITOR}")
    await expect(page.locator("fm-editor[data-ready] .line").first).to_be_visible()
    yield page
    await context.close()


def captioner(service: Service, name: str) -> str:
    """The token of somebody who may caption the room, and nothing else."""
    _, meeting = service.ask("GET", "/api/v1/meetings/town")
    duty = f"caption:{meeting['rooms'][0]['id']}"
    path = "/api/v1/meetings/town"
    _, made = service.ask("POST", f"{path}/invites", {"duty": duty})
    invite = made["url"].rpartition("/")[2]
    body = {"name": name, "invite": invite}
    _, joined = service.ask("POST", f"{path}/join", body, token=None)
    return str(joined["token"])


async def keys(page: Page, *pressed: str) -> None:
    """Press keys and nothing else."""
    for key in pressed:
        await page.keyboard.press(key)


def line(page: Page, number: int) -> Any:
    """The line with a number."""
    return page.locator(f'.line[aria-posinset="{number}"]')


async def until(check: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait in a thread."""
    return await asyncio.to_thread(wait_until, check, seconds=seconds)


async def test_a_transcript_is_corrected_by_keyboard_alone(
    service: Service, film: Path, chromium_path: str
) -> None:
    await asyncio.to_thread(service.make_meeting, "town")
    await asyncio.to_thread(put, service, LINES)
    await asyncio.to_thread(put_film, service, film)
    async with (
        run_browser(chromium_path) as browser,
        editor(browser, service) as page,
    ):
        await until(lambda: hits(service, "brigde") == 1)
        await play_from_words(page, service)
        await page.reload()
        await expect(page.locator("fm-editor[data-ready] .line").first).to_be_visible()
        # By Tab to the list, then with the keys of the list.
        for _ in range(40):
            await keys(page, "Tab")
            if await page.evaluate("document.activeElement.matches('.line')"):
                break
        await keys(page, "ArrowDown", "Enter")
        await page.keyboard.type(" Really.")
        await keys(page, "Escape")
        await expect(line(page, 2)).to_contain_text("closed. Really.")
        # Find and replace, with a look at what it would be.
        await keys(page, "Control+f")
        await page.keyboard.type("brigde")
        await keys(page, "Tab")
        await page.keyboard.type("bridge")
        await expect(page.locator(".editor-find__list li")).to_have_count(2)
        await keys(page, "Enter")
        await until(lambda: "bridge" in said(service)[5][1])
        await keys(page, "Escape")
        # The corrected word is found, the old one no more; how soon, `make bench` says.
        await until(
            lambda: hits(service, "bridge") == 1 and not hits(service, "brigde")
        )
        # Divide at the caret.
        await expect(line(page, 2)).to_be_focused()
        await keys(page, "ArrowDown", "Enter", "Home")
        await keys(page, *["Control+ArrowRight"] * 6)
        text = await page.locator(".line__field").input_value()
        at = await page.evaluate("document.activeElement.selectionStart")
        await keys(page, "Control+Enter")
        await expect(line(page, 3).locator(".line__text")).to_have_text(
            text[:at].strip()
        )
        await expect(page.locator(".line__field")).to_have_value(text[at:].strip())
        await keys(page, "Escape")
        # Join two lines.
        await keys(page, "ArrowDown", "m")
        await expect(line(page, 5)).to_contain_text("It was decided in March.")
        # A speaker, everywhere.
        await keys(page, "s")
        await expect(page.locator("dialog [name=speaker]")).to_be_focused()
        await page.keyboard.type("Cllr Ann Lee")
        await page.locator("dialog [name=speaker]").fill("Cllr Ann Lee")
        await keys(page, "Tab", "Tab", "Enter")
        await expect(line(page, 1)).to_contain_text("Cllr Ann Lee")
        # Other times.
        await expect(page.locator("dialog[open]")).to_have_count(0)
        await keys(page, "t")
        await expect(page.locator("dialog [name=starts]")).to_be_focused()
        await keys(page, "Control+a")
        await page.keyboard.type("99")
        await keys(page, "Enter")
        await expect(page.locator("dialog .refusal")).to_contain_text("Write a time")
        await keys(page, "Escape")
        # Delete, take back, do again, take back.
        await keys(page, "End", "Delete")
        await expect(page.locator(".line")).to_have_count(5)
        await keys(page, "Control+z")
        await expect(page.locator(".line")).to_have_count(6)
        await keys(page, "Control+Shift+z")
        await expect(page.locator(".line")).to_have_count(5)
        await keys(page, "Control+z")
        await expect(page.locator(".line")).to_have_count(6)
        # A line that is missing; begun and left empty, it goes.
        await keys(page, "Home", "ArrowDown", "a", "Escape")
        await expect(page.locator(".line")).to_have_count(6)
        await expect(line(page, 2)).to_be_focused()
        await keys(page, "a")
        await page.keyboard.type("Nobody wrote this down.")
        await keys(page, "Escape")
        await expect(line(page, 3)).to_contain_text("Nobody wrote this down.")
        await until(lambda: said(service)[2] == (None, "Nobody wrote this down."))
        # Checked before the server knows of it; all of it taken back.
        await keys(page, "a")
        await page.keyboard.type("Nor this.")
        await keys(page, "Escape", "v")
        await expect(line(page, 4)).to_have_attribute("data-state", "checked")
        await until(lambda: said(service)[3][1] == "Nor this.")
        for left in (8, 7, 6):
            await line(page, 1).focus()
            await keys(page, "Control+z")
            await expect(page.locator(".line")).to_have_count(left)
        # A passage is checked.
        await keys(page, "Home", "Shift+ArrowDown", "Shift+ArrowDown", "v")
        await expect(page.locator(".editor__progress")).to_contain_text("3 of 6 lines")
        await expect(line(page, 4)).to_be_focused()
        # What was done to a line, and back.
        await keys(page, "Home", "ArrowDown", "h")
        await expect(page.locator(".line-history li")).to_have_count(4)
        await keys(page, "Escape", "?")
        await expect(page.locator("dialog")).to_contain_text("Divide at the caret")
        await keys(page, "Escape")
        await until(
            lambda: [speaker for speaker, _ in said(service)].count("Cllr Ann Lee") == 3
        )
        await check_axe(page)
        assert [each for each in page.errors if "404" not in each] == []  # type: ignore[attr-defined]


async def test_two_who_edit_at_once_lose_no_word(
    service: Service, chromium_path: str
) -> None:
    await asyncio.to_thread(service.make_meeting, "town")
    await asyncio.to_thread(put, service, LINES)
    async with (
        run_browser(chromium_path) as browser,
        editor(browser, service) as ann,
        editor(browser, service, captioner(service, "Ben")) as ben,
    ):
        # Both in the same line: each sees the other.
        for page in (ann, ben):
            await line(page, 3).focus()
            await keys(page, "Enter")
        await expect(line(ben, 3).locator(".line__other")).to_contain_text(
            "writes here"
        )
        await ann.keyboard.type(" Ann was here.")
        await ben.keyboard.type(" Ben was here.")
        await keys(ann, "Escape")
        await until(lambda: said(service)[2][1].endswith("Ann was here."))
        await keys(ben, "Escape")
        conflict = line(ben, 3).locator(".line__conflict")
        await expect(conflict).to_contain_text("Ann was here.")
        await expect(conflict).to_contain_text("Ben was here.")
        await check_axe(ben)
        assert said(service)[2][1].endswith("Ann was here.")
        await conflict.get_by_role("button", name="Put yours").press("Enter")
        await until(lambda: said(service)[2][1].endswith("Ben was here."))
        # Ann sees it without doing anything, and finds her words in the history.
        await expect(line(ann, 3)).to_contain_text("Ben was here.")
        await keys(ann, "h")
        await expect(ann.locator(".line-history")).to_contain_text("Ann was here.")
        await keys(ann, "Escape")
        # In different lines both stand, whoever is first, without a question.
        await line(ann, 1).focus()
        await line(ben, 2).focus()
        for page, word in ((ann, " From Ann."), (ben, " From Ben.")):
            await keys(page, "Enter")
            await page.keyboard.type(word)
        await asyncio.gather(keys(ann, "Escape"), keys(ben, "Escape"))
        for page in (ann, ben):
            await expect(line(page, 1)).to_contain_text("From Ann.")
            await expect(line(page, 2)).to_contain_text("From Ben.")
        # A line that breaks: what was typed is sent when it is back.
        await ann.context.set_offline(True)
        await keys(ann, "Enter")
        await ann.keyboard.type(" Offline.")
        await keys(ann, "Escape")
        await expect(ann.locator(".refusal")).to_contain_text("Not saved yet")
        await ann.context.set_offline(False)
        await until(lambda: "Offline." in said(service)[0][1])
        await refuse_words(ann, service)
        # A crash: what was typed is on the device.
        await line(ben, 6).focus()
        await keys(ben, "Enter")
        await ben.keyboard.type(" Kept.")
        await ben.evaluate("window.stop()")
        await ben.goto("about:blank")
        await ben.goto(f"{service.url}{EDITOR}")
        await until(lambda: said(service)[5][1].endswith("Kept."))


async def refuse_words(page: Page, service: Service) -> None:
    """What the server refuses stays, with the reason; it is sent again or let go."""
    before = [text for _, text in said(service)]
    sent: list[str] = []

    async def refuse(route: Route) -> None:
        sent.append(route.request.post_data or "")
        await route.fulfill(
            status=403,
            content_type="application/problem+json",
            body='{"code": "not_allowed", "detail": "Only captioners do that."}',
        )

    await page.route("**/edits", refuse)
    for number, words in ((4, " Of last year."), (5, " I say.")):
        await line(page, number).focus()
        await keys(page, "Enter")
        await page.keyboard.type(words)
        await keys(page, "Escape")
        # The line is as everyone reads it, the words beneath it.
        refused = line(page, number).locator(".line__refused")
        await expect(refused).to_contain_text(f"{before[number - 1]}{words}")
        await expect(refused).to_contain_text("Only captioners do that.")
        await expect(line(page, number).locator(".line__text")).to_have_text(
            before[number - 1]
        )
    banner = page.locator(".editor__refused")
    await expect(banner).to_contain_text("2 lines not saved. Only captioners do that.")
    await expect(banner.get_by_role("button", name="Copy the words")).to_be_visible()
    await check_axe(page)
    # Taken up again it is what was written, not what stands there.
    await line(page, 5).get_by_role("button", name="Change it").press("Enter")
    await page.keyboard.type(" Really.")
    await keys(page, "Escape")
    await expect(line(page, 5).locator(".line__refused")).to_contain_text(
        f"{before[4]} I say. Really."
    )
    await page.unroute("**/edits", refuse)
    assert [text for _, text in said(service)] == before
    await line(page, 5).get_by_role("button", name="Throw it away").press("Enter")
    await expect(line(page, 5)).to_be_focused()
    # They are on the device too: a page that is loaded anew sends them.
    page.once("dialog", lambda dialog: dialog.accept())
    await page.reload()
    await until(lambda: said(service)[3][1] == f"{before[3]} Of last year.")
    await expect(page.locator(".line__refused, .editor__refused")).to_have_count(0)
    assert said(service)[4][1] == before[4]
    assert len(sent) == 3, sent


async def play_from_words(page: Page, service: Service) -> None:
    """The recording is heard from a word, follows the caret, and says when to add."""
    # The word at the caret: "decided?" of a line from second 8 to 12.
    await line(page, 3).focus()
    await keys(page, "Enter")
    await page.evaluate(CARET_IN, "decided")
    await keys(page, "Control+Shift+Space")
    await page.wait_for_function("Math.abs(window.soughtAt - 9.82) < 0.4")
    await page.wait_for_function(
        "() => { const v = document.querySelector('fm-player video');"
        " return !v.paused && v.readyState > 2 && v.currentTime > 9.5; }"
    )
    await keys(page, "Escape")
    # What is said is marked, the line and the word.
    await expect(page.locator(".line[data-playing]")).to_have_count(1)
    await page.wait_for_function("CSS.highlights.get('spoken')?.size === 1")
    await keys(page, "Control+Space")
    await page.wait_for_function("document.querySelector('fm-player video').paused")
    # A word that is pressed: the caret stands there, and so does the picture, still.
    await page.mouse.click(*await page.evaluate(WORD_AT, [2, "over"]))
    await expect(line(page, 2).locator(".line__field")).to_be_focused()
    at = await page.evaluate("document.activeElement.selectionStart")
    assert LINES[1][1][:at].endswith((" ", " o", " ov")), at
    await page.wait_for_function(
        "Math.abs(document.querySelector('fm-player video').currentTime - 5.2) < 0.4"
    )
    await expect(line(page, 2)).to_have_attribute("data-playing", "")
    assert await page.evaluate("document.querySelector('fm-player video').paused")
    # What plays, plays on from the word.
    await keys(page, "Control+Space")
    await page.wait_for_function("!document.querySelector('fm-player video').paused")
    await page.mouse.click(*await page.evaluate(WORD_AT, [1, "welcome"]))
    await page.wait_for_function(
        "() => window.soughtAt > 2 && window.soughtAt < 4.5"
        " && !document.querySelector('fm-player video').paused"
    )
    await keys(page, "Control+Space")
    # A line that is missing begins where the picture stands.
    await page.mouse.click(*await page.evaluate(WORD_AT, [2, "over"]))
    await page.wait_for_function(
        "Math.abs(document.querySelector('fm-player video').currentTime - 5.2) < 0.4"
    )
    await keys(page, "Escape", "a")
    await page.keyboard.type("Hear, hear.")
    await keys(page, "Escape")
    found = await until(lambda: starts_of(service, "Hear, hear."))
    assert 4.7 < found[0] < 5.8, found
    await expect(page.locator(".editor__saved")).to_have_text("All saved")
    await keys(page, "Control+z")
    await expect(page.locator(".line")).to_have_count(6)
    assert page.errors == []  # type: ignore[attr-defined]


# The caret in the field, and where the picture is sought from then on.
CARET_IN = """(word) => {
  const field = document.activeElement;
  const at = field.value.indexOf(word) + 1;
  field.setSelectionRange(at, at);
  const note = (event) => {
    if (event.target.matches?.("fm-player video")) window.soughtAt = event.target.currentTime;
  };
  document.addEventListener("seeking", note, true);
  document.addEventListener("loadeddata", note, true);
}"""
# Where a word of a line stands on the screen.
WORD_AT = """([number, word]) => {
  const text = document.querySelector(`.line[aria-posinset="${number}"] .line__text`);
  const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.nodeValue.indexOf(word);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at + 1);
    range.setEnd(node, at + 2);
    const box = range.getBoundingClientRect();
    return [box.left + 1, box.top + box.height / 2];
  }
}"""


def put_film(service: Service, film: Path) -> None:
    """Give the meeting its recording, and wait until it can be played."""
    path = "/api/v1/meetings/town/rooms/hall/recording?starts_at=2026-05-04T09:00:00Z"
    data = film.read_bytes()
    status, answer = service.ask("PUT", path, data, media_type="video/mp4")
    assert status == 202, answer
    assert service.command("town", "meeting.end")["ok"]

    def recorded() -> bool:
        _, found = service.ask("GET", "/api/v1/meetings/town/state", token=None)
        rooms = found["state"]["rooms"].values()
        return any(room["recording_revision"] for room in rooms)

    wait_until(recorded, seconds=60)


def starts_of(service: Service, text: str) -> list[float]:
    """When a line that everyone reads is said, in seconds."""
    path = "/api/v1/meetings/town/rooms/hall/transcript.json"
    _, shown = service.ask("GET", path, token=None)
    return [cue["start_seconds"] for cue in shown["cues"] if cue["text"] == text]


async def check_axe(page: Page) -> None:
    """No finding of axe, as the page stands."""
    await page.add_script_tag(path=str(AXE))
    found = await page.evaluate(
        "async () => (await axe.run(document)).violations"
        ".filter(v => v.impact === 'serious' || v.impact === 'critical')"
        ".map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))"
    )
    assert found == []
