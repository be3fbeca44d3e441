"""A session's own page while it happens: notes, hands, photographs, the room's screen."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image

from folkmoot.received.images import MAX_BYTES, BadPicture, read_picture
from tests.pages.browsing import find_form
from tests.pages.test_forms import enter
from tests.pages.town import Town

HOME = "/m/river-quarter"


@pytest.fixture
async def table(town: Town, forum: SimpleNamespace) -> SimpleNamespace:
    """A session that is on in a room, its host, and somebody else."""
    host = await town.join("river-quarter", "Hana Host")
    other = await town.join("river-quarter", "Otto Other")
    made = await host.give("session.propose", title="Trees on the quay")
    session_id = made["session_id"]
    room = (await town.do(forum.meeting_id, "room.add", name="Tent"))["room_ids"][0]
    starts_at = town.clock.now - timedelta(minutes=35)
    slot = await town.do(
        forum.meeting_id,
        "slot.add",
        starts_at=starts_at.isoformat(),
        ends_at=(starts_at + timedelta(minutes=45)).isoformat(),
    )
    await host.give(
        "session.place",
        session_id=session_id,
        room_id=room,
        slot_id=slot["slot_ids"][0],
    )
    return SimpleNamespace(
        host=host,
        other=other,
        session_id=session_id,
        room_id=room,
        path=f"{HOME}/s/{session_id}",
        screen=f"{HOME}/rooms/tent/screen",
    )


async def send(client: Any, path: str, kind: str, **values: str) -> Any:
    """Fill in a form of a page and send it, as a browser without script does."""
    html = await (await client.get(path)).text()
    address, fields = find_form(html, kind)
    return await client.post(address, data={**fields, **values})


async def read(client: Any, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200, path
    return str(await answer.text())


async def test_a_host_begins_and_ends_by_form(
    table: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, table.host.token)
    await send(visitor, table.path, "session.start")
    html = await read(visitor, table.path)
    assert "10 min left" in html
    assert "The last 10 minutes" in html
    assert "35 min late" in html
    await send(visitor, table.path, "session.finish")
    html = await read(visitor, table.path)
    assert "When it really was" in html
    assert "Tent" in html


async def test_others_see_no_button_to_begin(
    table: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, table.other.token)
    html = await read(visitor, table.path)
    assert "session.start" not in html
    assert "Raise my hand" not in html  # nobody has begun


async def test_a_session_can_last_longer(table: SimpleNamespace, visitor: Any) -> None:
    await table.host.give("session.start", session_id=table.session_id)
    enter(visitor, table.host.token)
    html = await read(visitor, table.path)
    until = re.search(r'name="until_at" value="([^"]+)">5 min', html)
    assert until is not None
    await send(visitor, table.path, "session.extend", until_at=until[1])
    html = await read(visitor, table.path)
    assert "15 min left" in html
    assert "longer than planned" in html


async def test_a_facilitator_moves_the_times_that_follow(
    town: Town, forum: SimpleNamespace, table: SimpleNamespace, visitor: Any
) -> None:
    starts_at = town.clock.now + timedelta(minutes=10)
    slot = await town.do(
        forum.meeting_id,
        "slot.add",
        starts_at=starts_at.isoformat(),
        ends_at=(starts_at + timedelta(minutes=45)).isoformat(),
    )
    after = await table.host.give("session.propose", title="Wells")
    await table.host.give(
        "session.place",
        session_id=after["session_id"],
        room_id=table.room_id,
        slot_id=slot["slot_ids"][0],
    )
    await table.host.give("session.start", session_id=table.session_id)
    enter(visitor, table.host.token)
    html = await read(visitor, table.path)
    assert "Next in this room" in html
    assert "slot.shift" not in html
    enter(visitor, town.admin_token)
    await send(visitor, table.path, "slot.shift", minutes="10")
    html = await read(visitor, table.path)
    moved = starts_at + timedelta(minutes=10)
    assert f'datetime="{moved:%Y-%m-%dT%H:%M}' in html


async def test_lines_are_written_changed_taken_out_and_put_back(
    table: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, table.other.token)
    html = await read(visitor, table.path)
    address, given = find_form(html, "note.add", kind="action")
    fields = {
        **given,
        "text": "Plant <b>limes</b>",
        "who": "Eve",
        "due": "2026-06-01",
    }
    assert (await visitor.post(address, data=fields)).status == 200
    notes = f"{table.path}/notes"
    html = await read(visitor, notes)
    assert "Plant &lt;b&gt;limes&lt;/b&gt;" in html
    assert "1 June 2026" in html
    await send(visitor, notes, "note.edit", text="Plant limes", who="", due="")
    html = await read(visitor, notes)
    assert "1 June 2026" not in html
    assert "<strong>Eve</strong>" not in html
    await send(visitor, notes, "note.remove")
    html = await read(visitor, notes)
    assert "Taken out" in html
    await send(visitor, notes, "note.edit")
    html = await read(visitor, f"{notes}/history")
    words = re.findall(r"</strong> (\w+(?: out)?) an? ", html)
    assert words == ["changed", "changed", "wrote"]
    assert "A line was taken out" in html


async def test_a_stale_change_shows_both_and_keeps_what_was_typed(
    table: SimpleNamespace, visitor: Any
) -> None:
    made = await table.host.give(
        "note.add", session_id=table.session_id, kind="decision", text="Ten"
    )
    enter(visitor, table.other.token)
    html = await read(visitor, f"{table.path}/notes")
    address, given = find_form(html, "note.edit")
    await table.host.give("note.edit", note_id=made["note_id"], text="Twelve")
    fields = {**given, "text": "Eleven"}
    answer = await visitor.post(address, data=fields)
    assert answer.status == 409
    html = await answer.text()
    assert "There stands now: <q>Twelve</q>" in html
    assert ">Eleven</textarea>" in html


async def test_where_texts_are_read_first_others_get_no_form(
    town: Town, forum: SimpleNamespace, table: SimpleNamespace, visitor: Any
) -> None:
    await town.do(forum.meeting_id, "meeting.edit", moderation="before")
    enter(visitor, table.other.token)
    assert "note.add" not in await read(visitor, table.path)
    enter(visitor, table.host.token)
    assert "note.add" in await read(visitor, table.path)


async def test_the_rooms_screen_shows_hands_thread_and_outcomes(
    table: SimpleNamespace, visitor: Any
) -> None:
    await table.host.give("session.start", session_id=table.session_id)
    await table.other.give("hand.raise", session_id=table.session_id)
    await table.other.give(
        "contribution.post", text="Which trees?", thread=f"session:{table.session_id}"
    )
    html = await read(visitor, table.screen)
    for words in ("Trees on the quay", "Otto Other", "Which trees?", "10 min left"):
        assert words in html
    assert "Read aloud</button>" not in html
    assert "hand.lower" not in html
    enter(visitor, table.host.token)
    await send(visitor, table.screen, "contribution.read_aloud")
    await send(visitor, table.screen, "hand.lower", called="true")
    html = await read(visitor, table.screen)
    assert "Nobody waits for the word." in html
    enter(visitor, table.other.token)
    assert "Read aloud in the room at" in await read(visitor, table.path)


async def test_an_empty_room_says_so(visitor: Any, forum: SimpleNamespace) -> None:
    assert (await visitor.get(f"{HOME}/rooms/nowhere/screen")).status == 404


async def test_one_tap_says_where_one_is(
    town: Town, forum: SimpleNamespace, table: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, table.other.token)
    await send(visitor, table.path, "here.set")
    html = await read(visitor, table.path)
    assert re.search(r'aria-pressed="true">.*?I am here', html, re.DOTALL)
    assert find_form(html, "here.set")[1]["room_id"] == ""
    await send(visitor, table.path, "here.set")
    assert 'aria-pressed="true"' not in await read(visitor, table.path)


# --- photographs ---------------------------------------------------------------


def picture(
    kind: str = "JPEG", *, size: tuple[int, int] = (40, 30), **more: Any
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


def located() -> bytes:
    """A picture that says where it was made, and is to be turned."""
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "SECRET PLACE"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 30.0)
    return picture(exif=exif.tobytes(), comment=b"SECRET COMMENT")


async def upload(client: Any, path: str, data: bytes, **more: str) -> Any:
    html = await read(client, path)
    action = re.search(r'action="([^"]+/photo)"', html)
    assert action is not None
    form = FormData()
    hidden = re.findall(
        r'name="(_\w+)" value="([^"]*)"', html[action.end() : action.end() + 2_000]
    )
    for name, value in hidden[:5]:
        form.add_field(name, more.get(name, value))
    form.add_field("text", more.get("text", "Red wall"))
    form.add_field("picture", data, filename="wall.jpg", content_type="image/jpeg")
    return await client.post(action[1], data=form)


async def test_a_photograph_stands_with_its_text_and_without_its_secrets(
    table: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, table.other.token)
    answer = await upload(visitor, table.path, located())
    assert answer.status == 200
    html = await read(visitor, table.path)
    address = re.search(r'<a href="(/m/river-quarter/images/[^"]+)">', html)
    assert address is not None
    assert 'alt="Red wall"' in html
    served = await visitor.get(address[1])
    body = await served.read()
    assert served.headers["Content-Type"] == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert b"SECRET" not in body
    shown = Image.open(io.BytesIO(body))
    assert shown.size == (30, 40)  # upright
    assert not shown.getexif()
    small = await (await visitor.get(f"{address[1]}?small")).read()
    assert Image.open(io.BytesIO(small)).format == "JPEG"
    assert (await visitor.get(f"{HOME}/images/k_none")).status == 404


async def test_a_deleted_photograph_is_gone(
    table: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, table.other.token)
    await upload(visitor, table.path, picture())
    html = await read(visitor, table.path)
    address = re.search(r'<a href="(/m/river-quarter/images/[^"]+)">', html)
    note = re.search(r'data-note="(n_\w+)"', html)
    assert address is not None
    assert note is not None
    await table.other.give("note.remove", note_id=note[1], erase=True)
    assert (await visitor.get(address[1])).status == 404


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(100),
        picture()[:200],
        b"\xff\xd8\xff\xe0" + bytes(50),
    ],
)
async def test_what_is_no_picture_is_refused_beside_its_form(
    table: SimpleNamespace, visitor: Any, data: bytes
) -> None:
    enter(visitor, table.other.token)
    answer = await upload(visitor, table.path, data, text="Kept text")
    assert answer.status == 409
    html = await answer.text()
    assert "a picture that we can read" in html
    assert "Kept text" in html


async def test_another_sites_form_adds_nothing(
    table: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, table.other.token)
    answer = await upload(visitor, table.path, picture(), _csrf="wrong")
    assert answer.status == 409
    assert "/images/" not in await read(visitor, table.path)


def test_large_pictures_become_small() -> None:
    made = read_picture(picture("PNG", size=(3000, 2000)))
    assert (made.width, made.height) == (1600, 1067)
    assert max(Image.open(io.BytesIO(made.small)).size) == 480


def test_a_bomb_is_not_opened() -> None:
    bomb = picture("PNG", size=(8000, 5000))
    assert len(bomb) < 1_000_000
    with pytest.raises(BadPicture, match="too many points"):
        read_picture(bomb)
    with pytest.raises(BadPicture, match="MB"):
        read_picture(bytes(MAX_BYTES + 1))
