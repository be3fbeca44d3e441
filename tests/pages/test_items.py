"""The page of items and speakers, without script."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core.feeds import PUBLIC
from folkmoot.pages.desk.items import read_lines, view_prepared, write_lines
from folkmoot.pages.talk.thread import Reading, view_post
from tests.core.square import FACILITATOR, Square
from tests.pages.browsing import find_form, send
from tests.pages.test_forms import enter
from tests.pages.town import Town

ITEMS = "/desk/river-quarter/items?room=great-hall"
LIST = "1 Welcome\nSpeaker: Ana Ruiz\n\n slide: The river, 1950 \n2 Budget: schools"


def test_a_list_is_read_as_it_is_typed_and_written_as_it_can_be_read() -> None:
    items = read_lines(LIST)
    assert items == [
        {"kind": "agenda", "label": "1 Welcome"},
        {"kind": "speaker", "label": "Ana Ruiz"},
        {"kind": "slide", "label": "The river, 1950"},
        {"kind": "agenda", "label": "2 Budget: schools"},
    ]
    assert read_lines(write_lines(items)) == items
    odd = [{"kind": "agenda", "label": "Speaker: who?"}]
    assert read_lines(write_lines(odd)) == odd
    assert view_prepared(items, ())[3].number == 4


async def markers(town: Town, forum: SimpleNamespace) -> list[dict[str, Any]]:
    snapshot = await town.journal.snapshot(forum.meeting_id, PUBLIC)
    made = snapshot.state["markers"].values()
    return sorted(made, key=lambda marker: marker["marked_at"])


async def test_prepared_items_are_marked_corrected_and_taken_back(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    before = len(await markers(town, forum))
    enter(visitor, town.admin_token)
    answer = await send(visitor, ITEMS, "marker.prepare", lines=LIST)
    assert (answer.status, answer.headers["Location"]) == (303, ITEMS)
    # Nothing of the list is public before it is marked.
    public = await town.journal.snapshot(forum.meeting_id, PUBLIC)
    assert "Ana Ruiz" not in str(public.state)
    assert "Ana Ruiz" not in await (await visitor.get("/m/river-quarter")).text()

    await send(visitor, ITEMS, "marker.add", {"label": "2 Budget: schools"})
    made = [m for m in await markers(town, forum) if "2 Budget" in str(m["content"])]
    assert [m["kind"] for m in made] == ["agenda"]
    which = {"marker_id": made[0]["marker_id"]}
    html = await (await visitor.get(ITEMS)).text()
    assert "2 Budget: schools" in html
    assert "data-done" in html

    # Five seconds earlier, then by hand to the second; the name anew.
    earlier = town.clock() - timedelta(seconds=5)
    moment = earlier.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    await send(visitor, ITEMS, "marker.edit", {**which, "at": moment})
    (marker,) = [
        m for m in await markers(town, forum) if m["marker_id"] == made[0]["marker_id"]
    ]
    assert marker["marked_at"] == moment
    form = _correction(await (await visitor.get(ITEMS)).text(), which["marker_id"])
    answer = await visitor.post(
        "/desk/river-quarter/items",
        data={**form, "label": "2 Budget", "_time": "25:00:00"},
        allow_redirects=False,
    )
    assert answer.status == 422
    assert "write the time as" in await answer.text()
    await visitor.post(
        "/desk/river-quarter/items",
        data={**form, "label": "2 Budget"},
        allow_redirects=False,
    )
    (marker,) = [
        m for m in await markers(town, forum) if m["marker_id"] == made[0]["marker_id"]
    ]
    assert marker["content"]["label"] == "2 Budget"
    assert marker["marked_at"] == moment  # the part of a second stayed
    page = await (await visitor.get("/m/river-quarter?room=great-hall")).text()
    chapters = page.partition("<fm-chapters")[2].partition("</fm-chapters")[0]
    assert "2 Budget" in chapters
    # Each item leads to what was said to it.
    assert f"?about=agenda:{marker['marker_id']}#thread" in chapters

    await send(visitor, ITEMS, "marker.remove", which)
    assert len(await markers(town, forum)) == before


async def test_a_published_item_is_written_to_before_it_begins(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    where = "/m/river-quarter?room=great-hall"
    await send(visitor, ITEMS, "marker.prepare", lines=LIST, published="yes")
    assert (
        "checked"
        in (await (await visitor.get(ITEMS)).text())
        .partition('name="published"')[2]
        .partition(">")[0]
    )
    page = await (await visitor.get(where)).text()
    assert "Ana Ruiz" not in page  # speakers and slides stay with the team
    chapters = page.partition("<fm-chapters")[2].partition("</fm-chapters")[0]
    assert "To come" in chapters
    assert "2 Budget: schools" in chapters
    public = (await town.journal.snapshot(forum.meeting_id, PUBLIC)).state
    (agenda,) = public["agenda"].values()
    budget = f"agenda:{agenda['item_ids'][1]}"
    there = f"{where}&about={budget}"
    await send(visitor, there, "contribution.post", text="And the roofs?")
    assert "And the roofs?" in await (await visitor.get(there)).text()

    # Marked, it is the same item: what was written beforehand is below it.
    await send(visitor, ITEMS, "marker.add", {"label": "2 Budget: schools"})
    page = await (await visitor.get(where)).text()
    chapters = page.partition("<fm-chapters")[2].partition("</fm-chapters")[0]
    assert chapters.count("2 Budget: schools</span></a>") == 1
    assert f'data-about="{budget}"' in chapters
    html = await (await visitor.get(there)).text()
    assert "And the roofs?" in html
    await send(visitor, ITEMS, "marker.prepare", lines=LIST, published="")
    page = await (await visitor.get(where)).text()
    assert "1 Welcome" not in page


def test_what_was_written_beforehand_speaks_to_the_beginning_once_it_began() -> None:
    square = Square()
    room_id = square.rooms[1]
    items = [cmd.PreparedMarker(label="Rents")]
    prepare = cmd.PrepareMarkers(room_id=room_id, items=items, published=True)
    square.do(prepare, FACILITATOR)
    (item_id,) = square.full.agenda[room_id].item_ids
    post_id = square.post("Too high", thread=f"agenda:{item_id}")
    before = view_post(Reading(public=square.snapshot(PUBLIC)), post_id)
    assert before is not None
    assert before.moment_url == ""
    mark = cmd.AddMarker(room_id=room_id, kind="agenda", label="Rents")
    square.do(mark, FACILITATOR)
    begun = view_post(Reading(public=square.snapshot(PUBLIC)), post_id)
    assert begun is not None
    assert (begun.room_id, begun.about_at) == (room_id, square.now)


def _correction(html: str, marker_id: str) -> dict[str, str]:
    row = html.partition(f'id="{marker_id}"')[2]
    edit = row.partition('<details class="items__edit"')[2]
    return find_form(edit, "marker.edit", marker_id=marker_id)[1]


async def test_only_who_runs_the_broadcast_sees_the_list(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    assert (await visitor.get(ITEMS)).status == 403
    enter(visitor, forum.people[0].token)
    assert (await visitor.get(ITEMS)).status == 403
