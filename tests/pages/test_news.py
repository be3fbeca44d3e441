"""What is new can be followed with any feed reader, and holds what stands alone."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.pages.town import Town

M = "/m/river-quarter"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def asked(town: Town, forum: SimpleNamespace) -> str:
    """A question that was promised an answer, and then answered."""
    mid = forum.meeting_id
    state = (await town.journal.snapshot(mid, "public")).state
    key = next(k for k, c in state["contributions"].items() if c["kind"] == "question")
    about = {"contribution_id": key}
    by = "The treasurer"
    await town.do(
        mid, "contribution.answer", **about, until="2036-05-04T15:00:00Z", by=by
    )
    words = "The **county** pays & \x0b more"
    await town.do(mid, "contribution.answer", **about, text=words, by=by)
    await town.do(mid, "action.add", **about, text="Ring the county", who="Ola")
    await town.do(
        mid, "outcome.write", theme="Money", did="We asked", contribution_ids=[key]
    )
    return key


async def test_every_page_of_a_meeting_offers_what_can_be_followed(
    forum: SimpleNamespace, visitor: Any
) -> None:
    page = await (await visitor.get(M)).text()
    links = re.findall(r'<link rel="alternate" type="([^"]+)"[^>]+href="([^"]+)"', page)
    assert (("application/atom+xml", f"{M}/news.atom")) in links
    for media_type, href in links:
        answer = await visitor.get(href)
        assert (answer.status, answer.content_type) == (200, media_type)


@pytest.mark.parametrize("name", ["news", "follow-up", "c/{}"])
async def test_answers_actions_and_outcomes_are_told(
    forum: SimpleNamespace, visitor: Any, asked: str, name: str
) -> None:
    url = f"{M}/{name.format(asked)}"
    answer = await visitor.get(f"{url}.atom")
    feed = ET.fromstring(await answer.read())  # noqa: S314 (made by us)
    titles = " ".join(t.text or "" for t in feed.iter(f"{ATOM}title"))
    for words in ("Answered: ", "Action, to do: Ring the county", "came of it: Money"):
        assert words in titles
    assert "<strong>county</strong> pays &amp;" in (
        "".join(c.text or "" for c in feed.iter(f"{ATOM}content"))
    )
    document = await (await visitor.get(f"{url}.json")).json(content_type=None)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"].endswith(f"{url}.json")
    ids = [item["id"] for item in document["items"]]
    assert len(set(ids)) == len(ids)
    rss = ET.fromstring(await (await visitor.get(f"{url}.rss")).read())  # noqa: S314
    assert len(rss.findall("channel/item")) == len(ids)


async def test_address_of_an_answer_outlasts_its_correction(
    town: Town, forum: SimpleNamespace, visitor: Any, asked: str
) -> None:
    async def read() -> tuple[str, str, str]:
        document = await (await visitor.get(f"{M}/follow-up.json")).json(
            content_type=None
        )
        item = next(i for i in document["items"] if i["tags"] == ["answer"])
        return item["id"], item["date_published"], item["content_html"]

    before = await read()
    await town.do(
        forum.meeting_id,
        "contribution.answer",
        contribution_id=asked,
        text="The town pays",
    )
    after = await read()
    assert before[:2] == after[:2]
    assert "The town pays" in after[2]


async def test_what_is_hidden_is_in_no_stream(
    town: Town, forum: SimpleNamespace, visitor: Any, asked: str
) -> None:
    state = (await town.journal.snapshot(forum.meeting_id, "public")).state
    words = state["contributions"][asked]["content"]["text"]
    seen = await (await visitor.get(f"{M}/news.json")).text()
    assert words.split()[0] in seen
    await town.do(
        forum.meeting_id, "contribution.hide", contribution_id=asked, reason="x"
    )
    for name in ("news", "contributions", "follow-up"):
        for end in ("atom", "rss", "json"):
            body = await (await visitor.get(f"{M}/{name}.{end}")).text()
            assert words not in body
            assert "county</strong> pays" not in body
    assert (await visitor.get(f"{M}/c/{asked}.atom")).status == 404
