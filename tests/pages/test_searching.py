"""The search page: pictures of hits, their citation, and months to narrow it down."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from tests.pages.preview import FakeSearch
from tests.pages.test_pages import read
from tests.pages.town import NOON, Town


async def open_search(town: Town, aiohttp_client: Callable[..., Any]) -> Any:
    town.search = FakeSearch()
    await asyncio.to_thread(ZoneInfo, "UTC")  # read once, and then kept
    return await aiohttp_client(await asyncio.to_thread(town.build_app))


async def test_hits_show_their_moment_and_lead_to_its_citation(
    town: Town, forum: SimpleNamespace, aiohttp_client: Callable[..., Any]
) -> None:
    visitor = await open_search(town, aiohttp_client)
    page = await read(visitor, "/search?q=tram")
    assert "still.jpg" not in page  # nothing was recorded then
    town.webcast.spans["great-hall"] = [(NOON - timedelta(hours=1), NOON)]
    page = html.unescape(await read(visitor, "/search?q=tram"))
    stills = re.findall(r'<img src="(/media/[^"]+)"', page)
    at = "at=2026-05-04T10%3A18%3A27.000Z"
    assert stills[0] == f"/media/{forum.made.public_path}/great-hall/still.jpg?{at}"
    cites = re.findall(r'href="([^"]+)"><svg[^>]*>.*?</svg>Cite this', page)
    assert cites == [f"/m/river-quarter/cite?room=great-hall&{at}"] * 2
    # Where it is heard, the same words are looked for on the whole timeline.
    assert "&q=tram#t=4712" in page


async def test_sessions_narrow_a_search_down_by_their_titles(
    town: Town, forum: SimpleNamespace, aiohttp_client: Callable[..., Any]
) -> None:
    visitor = await open_search(town, aiohttp_client)
    page = html.unescape(await read(visitor, "/search?q=tram"))
    found = re.findall(r'href="(/search[^"]*session=[^"]+)">([^<]+?) <', page)
    assert found == [
        ("/search?q=tram&session=s_trams", "Night trams"),
        ("/search?q=tram&session=s_trees", "Shade"),
    ]
    assert "s_gone" not in page  # taken back since, it has no title
    page = html.unescape(await read(visitor, "/search?q=tram&session=s_trams"))
    assert "Only in the session: Night trams" in page
    assert 'name="session" value="s_trams"' in page


async def test_months_narrow_a_search_down(
    town: Town, forum: SimpleNamespace, aiohttp_client: Callable[..., Any]
) -> None:
    visitor = await open_search(town, aiohttp_client)
    page = html.unescape(await read(visitor, "/search?q=tram"))
    months = re.findall(r'class="months__one" href="([^"]+)" title="([^"]+)"', page)
    assert months == [
        ("/search?q=tram&from=2025-11-01&to=2025-11-30", "Nov 2025: 2"),
        ("/search?q=tram&from=2026-02-01&to=2026-02-28", "Feb 2026: 1"),
        ("/search?q=tram&from=2026-05-01&to=2026-05-31", "May 2026: 6"),
    ]
    heights = re.findall(r'<rect x="0" [^>]*height="([\d.]+)"/>', page)
    assert [round(float(each)) for each in heights] == [10, 5, 30]
    for query in ("series=nowhere", "to=9999-12-31", "from=0001-01-01"):
        assert (await visitor.get(f"/search?q=tram&{query}")).status == 200, query
    assert (await visitor.get(f"/search?q=tram&offset={'9' * 5000}")).status == 200
