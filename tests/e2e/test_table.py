"""A helper's table in a hall without a network: taken down once, sent once, gone."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

from tests.e2e.browser import ARGUMENTS, GOOD_LINE, PATIENCE_MS, come_as
from tests.e2e.service import Service

MARK = "Quendelkraut"
CARDS = 25
NOTHING = {
    "{}",
    '{"folkmoot":{"clients":[],"items":[],"leases":[]}}',
}
LEFT = """async () => {
  const kept = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      kept.push(await (await cache.match(request)).text());
    }
  }
  const records = {};
  for (const {name} of await indexedDB.databases()) {
    const ask = (request) => new Promise((done) => {
      request.onsuccess = () => done(request.result);
    });
    const db = await ask(indexedDB.open(name));
    records[name] = {};
    for (const store of db.objectStoreNames) {
      records[name][store] = await ask(
        db.transaction(store).objectStore(store).getAll());
    }
    db.close();
  }
  return {
    databases: JSON.stringify(records),
    local: JSON.stringify(localStorage),
    session: JSON.stringify(sessionStorage),
    caches: kept.join(" "),
    fields: [...document.querySelectorAll("input, textarea")]
      .map((field) => field.value).join(" "),
    text: document.body.innerText,
  };
}"""


class Stub:
    """Somebody at the library's computer, with a stub and without script."""

    def __init__(self, service: Service) -> None:
        self._url = service.url
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._open = urllib.request.build_opener(jar).open

    def read(self, code: str, secret: str) -> str:
        with self._open(f"{self._url}/stub/moot/{code}/{secret}") as answer:
            return answer.read().decode()

    def give(self, html: str, kind: str) -> str:
        """Send the first form of a command."""
        form = html.split(f'name="_type" value="{kind}"')[1].split(
            "</form>", maxsplit=1
        )[0]
        fields = dict(re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', form))
        body = urllib.parse.urlencode({**fields, "_type": kind}).encode()
        request = urllib.request.Request(f"{self._url}/stub/do", data=body)
        request.add_header("Origin", self._url)
        with self._open(request) as answer:
            return answer.read().decode()


def read_secrets(service: Service, token: str, series_id: str) -> list[tuple[str, str]]:
    request = urllib.request.Request(f"{service.url}/desk/moot/cards/{series_id}")
    request.add_header("Cookie", f"folkmoot={token}")
    with urllib.request.urlopen(request) as answer:
        html = answer.read().decode()
    return re.findall(
        r"Number <strong>(\w+)</strong> Secret <strong>([\w-]+)</strong>", html
    )


async def take_down(page: Page, number: int, code: str) -> None:
    """Fill the form for one person and press its button."""
    await page.fill("[name=card]", code.lower())
    await page.fill("[name=table]", "4")
    await page.fill("[name=name]", f"{MARK} {number}")
    await page.fill("[name=numbers]", "1 2" if number % 2 else "1")
    if number <= 10:
        await page.fill("[name=title]", f"Bench {number}, says {MARK}")
    await page.fill("[name=text]", f"{MARK} says {number}")
    await page.click("fm-table form button")
    await page.wait_for_selector(f"text=Card {code} is taken down.")


def find_bytes(folder: Path, word: str) -> list[str]:
    """Return the files of a browser's profile that hold a word."""
    wanted = (word.encode(), word.encode("utf-16-le"))
    return [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and any(one in file.read_bytes() for one in wanted)
    ]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_half_an_hour_without_a_network_loses_and_leaves_nothing(
    service: Service, chromium_path: str, tmp_path: Path
) -> None:
    admin = service.admin_token
    call(service, "POST", "", {"title": "Moot", "slug": "moot", "rooms": []})
    for number, title in enumerate(("Trees", "Trams"), 1):
        command(service, admin, number, "session.propose", title=title)
    issued = command(service, admin, 3, "card.issue", count=CARDS)["data"]
    cards = read_secrets(service, admin, issued["series_id"])
    assert len(cards) == CARDS
    helper = service.join_team("moot", "Hel", "table")
    profile = tmp_path / "tablet"
    async with async_playwright() as tools:
        tablet = await tools.chromium.launch_persistent_context(
            profile, executable_path=chromium_path, args=ARGUMENTS
        )
        try:
            page = await open_table(tablet, service, helper)
            await work_offline(tablet, page, service, cards)
            left = await page.evaluate(LEFT)
            # What every page has; nobody acted under the helper's own name.
            assert left["databases"] in NOTHING
            assert left["local"] == "{}"
            assert MARK not in str(left)
            await take_again(page, cards[0][0])
            await page.click("text=Leave it out")
            await page.click("text=End the shift")
            await page.wait_for_selector("text=Nothing is left on this device.")
            left = await page.evaluate(LEFT)
            assert left["databases"] in NOTHING
            assert left["caches"] == ""
        finally:
            await tablet.close()
    assert find_bytes(profile, MARK) == []
    check_counts(service)
    check_stubs(service, cards)


def call(
    service: Service, method: str, path: str, body: Any = None, token: str | None = ""
) -> Any:
    status, answer = service.ask(method, f"/api/v1/meetings{path}", body, token=token)
    assert status < 300, answer
    return answer


def command(
    service: Service, token: str, number: int, kind: str, /, **data: Any
) -> Any:
    body = {
        "client_id": "test",
        "client_seq": number,
        "type": kind,
        "data": data,
    }
    answer = call(service, "POST", "/moot/commands", body, token=token)
    assert answer["ok"], answer
    return answer


async def open_table(tablet: BrowserContext, service: Service, token: str) -> Page:
    await come_as(tablet, service.url, token)
    await tablet.add_init_script(GOOD_LINE)
    tablet.set_default_timeout(PATIENCE_MS)
    page = tablet.pages[0]
    await page.goto(f"{service.url}/m/moot/table")
    await page.wait_for_selector("fm-table[data-kept=yes]")
    return page


async def work_offline(
    tablet: BrowserContext, page: Page, service: Service, cards: list[tuple[str, str]]
) -> None:
    """Take everybody's card down while there is no server; then let it come back."""
    await page.clock.install()
    await tablet.set_offline(True)
    service.stop()
    for number, (code, _) in enumerate(cards, 1):
        await take_down(page, number, code)
        await page.clock.fast_forward(75_000)
        if number == 12:
            # The battery was changed: the page opens again from what is kept.
            await page.reload()
            await page.wait_for_selector('[data-waiting="12"]')
    await page.wait_for_selector(f'[data-waiting="{CARDS}"]')
    kept = await page.evaluate(LEFT)
    assert '"folkmoot-table":{"entries":[{"iv"' in kept["databases"]
    assert MARK not in str(kept)
    service.start()
    await tablet.set_offline(False)
    await page.wait_for_selector(f'[data-waiting="0"][data-sent="{CARDS}"]')


async def take_again(page: Page, code: str) -> None:
    await page.fill("[name=card]", code)
    await page.fill("[name=text]", "once more")
    await page.click("fm-table form button")
    await page.wait_for_selector("text=This card was taken down already.")


def check_counts(service: Service) -> None:
    state = call(service, "GET", "/moot/state")["state"]
    sessions = state["sessions"].values()
    by_title = {session["content"]["title"]: session for session in sessions}
    assert len(by_title) == 12
    assert by_title["Bench 3, says " + MARK]["content"]["origin"] == {
        "way": "paper",
        "table": "4",
    }
    said = [post["content"]["text"] for post in state["contributions"].values()]
    assert sorted(said) == sorted(f"{MARK} says {n}" for n in range(1, CARDS + 1))
    # In the order in which people came to the table.
    assert said == [f"{MARK} says {n}" for n in range(1, CARDS + 1)]
    assert (by_title["Trees"]["interest"], by_title["Trams"]["interest"]) == (25, 13)


def check_stubs(service: Service, cards: list[tuple[str, str]]) -> None:
    for number, (code, secret) in enumerate(cards, 1):
        html = Stub(service).read(code, secret)
        assert f"{MARK} says {number}<" in html
        assert "Taken down at table 4." in html
    owner = Stub(service)
    html = owner.give(owner.read(*cards[0]), "contribution.withdraw")
    assert f"{MARK} says 1<" not in html
    with pytest.raises(urllib.error.HTTPError):
        Stub(service).read(cards[0][0], cards[1][1])
