"""A citation says who said what, when and where, and leads nowhere it should not."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from folkmoot.pages.wording.moments import read_moment, wire_moment
from folkmoot.store import cues
from folkmoot.store.cues import CueRow
from tests.pages.test_pages import read
from tests.pages.town import Town

M = "/m/river-quarter"


async def said(town: Town, forum: SimpleNamespace) -> list[CueRow]:
    """What was said in the great hall."""
    room_id = forum.rooms[0]
    return await town.database.read(
        lambda c: cues.cues_of(c, forum.meeting_id, room_id)
    )


def address(*rows: CueRow) -> str:
    span = f"from={wire_moment(rows[0].start_at)}&to={wire_moment(rows[-1].end_at)}"
    return f"{M}/cite?room=great-hall&{span}"


def link(page: str, word: str) -> str:
    """The address behind a link's words."""
    found = re.search(rf'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?{word}', page)
    assert found is not None, word
    return html.unescape(found[1])


def attributes(page: str, label: str) -> str:
    found = re.search(rf'data-label="{label}" data-text="([^"]*)"', page)
    assert found is not None, label
    return html.unescape(found[1])


async def test_a_turn_of_the_transcript_leads_to_its_citation(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    rows = await said(town, forum)
    page = await read(visitor, f"{M}?room=great-hall")
    first = html.unescape(re.findall(r'class="turn__cite" href="([^"]+)"', page)[0])
    cited = await read(visitor, first)
    shown = re.search(r'class="cite__words"[^>]*>(.*?)</blockquote>', cited, re.DOTALL)
    assert shown is not None
    assert html.escape(rows[0].text, quote=False) in shown[1].replace("&#39;", "'")
    assert f"<strong>{rows[0].speaker}</strong>" in cited
    lasting = attributes(cited, "Copy link")
    assert lasting.startswith("https://moot.example.org/m/river-quarter/cite?room=")
    text = attributes(cited, "Copy text")
    assert rows[0].text in text
    assert text.endswith(lasting)
    assert "2026, " in text
    marked = attributes(cited, "Copy as Markdown")
    assert marked.startswith("> ")
    assert f"]({lasting})" in marked
    # What others' services show of a link.
    assert 'property="og:description" content="' in cited
    assert f'property="og:url" content="{html.escape(lasting)}"' in cited


async def test_words_are_added_and_left_out_at_both_ends(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    rows = await said(town, forum)
    page = await read(visitor, address(*rows[1:3]))
    assert rows[1].text in html.unescape(page)
    assert rows[0].text not in html.unescape(page)
    edges = [
        html.unescape(u) for u in re.findall(r'quiet" href="([^"]+/cite[^"]+)"', page)
    ]
    assert [edge.partition("?")[2] for edge in edges] == [
        wanted.partition("?")[2].replace(":", "%3A")
        for wanted in (
            address(*rows[0:3]),
            address(*rows[2:3]),
            address(*rows[1:2]),
            address(*rows[1:4]),
        )
    ]


async def test_a_moment_leads_to_what_is_said_then(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    rows = await said(town, forum)
    middle = wire_moment(rows[1].start_at + timedelta(seconds=2))
    answer = await visitor.get(
        f"{M}/cite?room=great-hall&at={middle}", allow_redirects=False
    )
    assert answer.status == 303
    assert answer.headers["Location"].replace("%3A", ":") == address(rows[1])
    # Before anybody spoke: the seconds themselves.
    early = wire_moment(rows[0].start_at - timedelta(hours=3))
    page = await read(visitor, f"{M}/cite?room=great-hall&at={early}")
    assert "is not written down" in page
    assert "Copy text" in page


async def test_only_what_is_recorded_can_be_taken_along(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    rows = await said(town, forum)
    page = await read(visitor, address(rows[0]))
    assert "clip.mp4" not in page
    span = rows[0].start_at - timedelta(minutes=1), rows[-1].end_at
    town.webcast.spans[forum.rooms[0]] = [span]
    page = await read(visitor, address(rows[0]))
    clip = link(page, "Video")
    wanted = address(rows[0]).partition("&")[2].replace(":", "%3A")
    assert clip == f"/api/v1/meetings/river-quarter/rooms/great-hall/clip.mp4?{wanted}"
    assert "<fm-player" in page
    assert "/master.m3u8?from=" in page


async def test_what_is_taken_away_later_is_cited_no_more(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    rows = await said(town, forum)
    assert rows[1].text in html.unescape(await read(visitor, address(rows[1])))
    room_id = forum.rooms[0]
    span = (rows[1].start_at, rows[1].end_at)
    await town.database.run(
        lambda c: cues.withhold(c, forum.meeting_id, room_id, [span])
    )
    page = html.unescape(await read(visitor, address(rows[1])))
    assert rows[1].text not in page


async def test_addresses_that_make_no_sense_say_so(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    rows = await said(town, forum)
    hour = wire_moment(rows[0].start_at + timedelta(hours=1))
    begin = wire_moment(rows[0].start_at)
    for query, status, words in (
        ("room=great-hall", 404, "from when until when"),
        (f"room=great-hall&from={begin}&to={begin}", 409, "after the beginning"),
        (f"room=great-hall&from={begin}&to={hour}", 409, "10 minutes at most"),
        (f"room=great-hall&from=soon&to={hour}", 404, "from when until when"),
        ("room=great-hall&at=9999-12-31T23:59:59.9999Z", 404, "from when until when"),
        (
            "room=great-hall&from=0001-01-01T00:00:00Z&to=0001-01-01T00:00:10Z",
            404,
            "from when until when",
        ),
    ):
        answer = await visitor.get(f"{M}/cite?{query}")
        assert (answer.status, words in await answer.text()) == (status, True), query
    assert read_moment(begin) == rows[0].start_at
