"""Live updates on pages: written by form, read at lasting addresses, followed."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import FormData
from PIL import Image

from tests.pages.browsing import find_form
from tests.pages.test_forms import enter
from tests.pages.town import Person, Town

M = "/m/river-quarter"
WRITE = f"{M}/live/write"


@pytest.fixture
async def reporter(town: Town, forum: SimpleNamespace) -> Person:
    """Somebody whose link lets write live updates."""
    return await make_reporter(town, forum, "Ria")


async def make_reporter(town: Town, forum: SimpleNamespace, name: str) -> Person:
    admin = await town.identity.tokens.find(town.admin_token)
    access = await town.identity.enter(admin, "river-quarter")
    _, secret = await town.door.make_invite(access, duty="report", label=name)
    return await town.join("river-quarter", name, invite=secret)


async def see(visitor: Any, path: str, status: int = 200) -> str:
    answer = await visitor.get(path)
    text: str = await answer.text()
    assert answer.status == status, text
    return text


async def write(visitor: Any, path: str = WRITE, **typed: Any) -> Any:
    """Send the form of a page as a browser without script does."""
    _, fields = find_form(await see(visitor, path), "report.post")
    form = FormData()
    picture = typed.pop("picture", b"")
    for name, value in {**fields, **typed}.items():
        form.add_field(name, value)
    form.add_field("picture", picture, filename="x.png", content_type="image/png")
    return await visitor.post(WRITE, data=form, allow_redirects=False)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "PNG")
    return out.getvalue()


async def test_update_is_published_by_form_and_stands_at_its_address(
    reporter: Person, visitor: Any
) -> None:
    enter(visitor, reporter.token)
    answer = await write(
        visitor,
        text="The **vote** begins <b>",
        quote="Trees need room.",
        speaker="Eve Adams",
        step="publish",
    )
    assert answer.status == 303, await answer.text()
    visitor.session.cookie_jar.clear()
    page = await see(visitor, f"{M}/live")
    assert "The <strong>vote</strong> begins &lt;b&gt;" in page
    assert "Trees need room." in page
    assert "Eve Adams" in page
    (href,) = set(re.findall(rf'"({M}/live/l_[a-z0-9]+)"', page))
    assert "The <strong>vote</strong>" in await see(visitor, href)
    # The meeting's page shows it beside the film, and leads to all of them.
    meeting = await see(visitor, M)
    assert "Trees need room." in meeting
    assert f'href="{M}/live"' in meeting


async def test_page_says_the_same_to_machines(reporter: Person, visitor: Any) -> None:
    await reporter.give("report.post", text="</script><b>Vote")
    page = await see(visitor, f"{M}/live")
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    told = json.loads(block)
    assert told["@type"] == "LiveBlogPosting"
    (update,) = told["liveBlogUpdate"]
    assert (update["articleBody"], update["author"]["name"]) == (
        "</script><b>Vote",
        "Ria",
    )


async def test_draft_is_kept_by_form_and_nobody_else_reads_it(
    town: Town, forum: SimpleNamespace, reporter: Person, visitor: Any
) -> None:
    enter(visitor, reporter.token)
    answer = await write(
        visitor, text="Half a sentence", step="draft", picture=picture()
    )
    assert answer.status == 303, await answer.text()
    draft_page = answer.headers["Location"]
    page = await see(visitor, draft_page)
    assert "Half a sentence" in page
    (image,) = re.findall(rf'src="({M}/images/[^"?]+)', page)
    assert (await visitor.get(image)).content_type == "image/jpeg"
    # The other reporter sees that it is being written.
    other = await make_reporter(town, forum, "Roy")
    enter(visitor, other.token)
    assert "Half a sentence" in await see(visitor, WRITE)
    # Everyone else sees nothing of it, by no way.
    for token in (None, (await town.join("river-quarter", "Nosy")).token):
        visitor.session.cookie_jar.clear()
        if token is not None:
            enter(visitor, token)
        await see(visitor, WRITE, 403)
        await see(visitor, image, 404)
        await see(visitor, draft_page.replace("write?update=", ""), 404)
        for path in ("/live", "", "/live.json", "/news.atom"):
            assert "Half a" not in await see(visitor, f"{M}{path}")
    enter(visitor, reporter.token)
    answer = await write(visitor, draft_page, step="publish")
    assert answer.status == 303
    visitor.session.cookie_jar.clear()
    assert image in await see(visitor, f"{M}/live")
    assert (await visitor.get(f"{image}?small")).status == 200


async def test_correction_stays_and_taking_back_answers_gone(
    reporter: Person, visitor: Any
) -> None:
    made = await reporter.give("report.post", text="Twelve trees")
    href = f"{M}/live/{made['update_id']}"
    enter(visitor, reporter.token)
    answer = await write(
        visitor,
        f"{WRITE}?update={made['update_id']}",
        text="Ten trees",
        note="There were ten.",
    )
    assert answer.headers["Location"] == href
    page = await see(visitor, href)
    assert "Corrected" in page
    assert "There were ten." in page
    assert "Twelve" not in page
    await reporter.give("report.withdraw", update_id=made["update_id"])
    assert "Ten trees" not in await see(visitor, href, 410)
    assert "Ten trees" not in await see(visitor, f"{M}/live")
    feed = await (await visitor.get(f"{M}/live.json")).json(content_type=None)
    assert feed["items"] == []


async def test_what_an_update_shows_disappears_with_what_it_shows(
    town: Town, forum: SimpleNamespace, reporter: Person, visitor: Any
) -> None:
    author = await town.join("river-quarter", "Zoe")
    post = await author.give("contribution.post", text="Zebra crossing")
    key = post["contribution_id"]
    await reporter.give(
        "report.post", text="People say:", embed="contribution", embed_id=key
    )
    places = (f"{M}/live", M, f"{M}/live.json", f"{M}/live.atom")
    for path in places:
        assert "Zebra" in await see(visitor, path)
    await town.do(
        forum.meeting_id, "contribution.hide", contribution_id=key, reason="x"
    )
    for path in places:
        text = await see(visitor, path)
        assert "Zebra" not in text
        assert "People say:" in text
    assert "What stood here is no longer shown." in await see(visitor, f"{M}/live")
    # Its author reads it in its own place, and not through the update.
    enter(visitor, author.token)
    assert "Zebra" not in await see(visitor, f"{M}/live")


async def test_clip_plays_its_seconds_in_place(
    town: Town, reporter: Person, visitor: Any
) -> None:
    enter(visitor, reporter.token)
    room = re.findall(r'<option value="(r_[^"]+)"', await see(visitor, WRITE))[0]
    answer = await write(
        visitor, text="Look", shows="clip:60", room_id=room, step="publish"
    )
    assert answer.status == 303, await answer.text()
    page = await see(visitor, f"{M}/live")
    found = re.search(r'data-src="([^"]+master\.m3u8\?from=[^"]+)"', page)
    assert found is not None
    assert "to=" in found[1]


async def test_refused_form_keeps_what_was_typed(
    reporter: Person, visitor: Any
) -> None:
    enter(visitor, reporter.token)
    answer = await write(visitor, speaker="Eve", step="publish")
    page = await answer.text()
    assert "Write something first." in page
    assert 'value="Eve"' in page
    draft = await reporter.give("report.draft", text="Mine")
    path = f"{WRITE}?update={draft['update_id']}"
    _, fields = find_form(await see(visitor, path), "report.post")
    await reporter.give("report.edit", update_id=draft["update_id"], text="Changed")
    answer = await visitor.post(
        WRITE,
        data=_multipart({**fields, "text": "My longer text", "step": "publish"}),
        allow_redirects=False,
    )
    page = await answer.text()
    assert answer.status == 409
    assert "Someone changed this update in the meantime." in page
    assert "My longer text" in page


def _multipart(fields: dict[str, str]) -> FormData:
    form = FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("picture", b"", filename="", content_type="application/octet-stream")
    return form


async def test_contribution_is_shared_from_where_it_stands(
    town: Town, forum: SimpleNamespace, reporter: Person, visitor: Any
) -> None:
    """By reference: under its author's label, and gone with it."""
    ann = await town.join("river-quarter", "Ann Arundel")
    made = await ann.give(
        "contribution.post",
        text="The **bench** is gone",
        label="anonymous",
        room_id=forum.rooms[0],
        at=town.clock.now.isoformat(),
    )
    key = made["contribution_id"]
    share = f"{WRITE}?shows=contribution:{key}"
    assert share not in await see(visitor, M)
    enter(visitor, ann.token)
    assert share not in await see(visitor, M)
    enter(visitor, reporter.token)
    assert share in await see(visitor, M)
    assert share in await see(visitor, f"{M}/c/{key}")
    page = await see(visitor, share)
    assert "The bench is gone" in page
    assert "Ann Arundel" not in page
    answer = await write(visitor, share, step="publish")
    assert answer.status == 303, await answer.text()
    visitor.session.cookie_jar.clear()
    for path in (f"{M}/live", f"{M}/live.atom", M):
        page = await see(visitor, path)
        assert "bench" in page
        assert "Arundel" not in page
    await ann.give("contribution.withdraw", contribution_id=key)
    for path in (f"{M}/live", f"{M}/live.atom", f"{M}/live.json"):
        assert "bench" not in await see(visitor, path)


async def test_citation_is_shown_by_its_address(
    town: Town, forum: SimpleNamespace, reporter: Person, visitor: Any
) -> None:
    enter(visitor, reporter.token)
    now = town.clock.now
    span = {
        "from": (now - timedelta(seconds=40)).isoformat(),
        "to": (now - timedelta(seconds=20)).isoformat(),
    }
    cite = f"{M}/cite?{urlencode({'room': 'great-hall', **span})}"
    asked = f"{WRITE}?{urlencode({'address': f'http://x.example{cite}'})}"
    page = await see(visitor, asked)
    assert "http://x.example/m/river-quarter/cite" in page
    answer = await write(visitor, asked, quote="Trees", step="publish")
    assert answer.status == 303, await answer.text()
    page = await see(visitor, f"{M}/live")
    assert "Trees" in page
    (href,) = re.findall(rf'"({M}/cite\?[^"]+)"', page)
    assert "room=great-hall" in href
    await see(visitor, unescape(href))
    for wrong in (
        "https://example.org/",
        cite.replace("river-quarter", "other"),
        f"{M}/cite?room=nowhere&from=x&to=y",
        f"{M}/cite?room=great-hall&from=2026-05-04T09:00:00&to=2026-05-04T09:00:10",
        "http://[",
    ):
        answer = await write(visitor, address=wrong, text="Look", step="publish")
        assert answer.status == 404, wrong
        assert "not the address of a citation" in await answer.text()
