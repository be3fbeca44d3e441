"""Every page answers, for every reader, under the policy that browsers hold it to."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from folkmoot.core.commands import ChangeSource, RoomSpec
from tests.pages.browsing import find_form
from tests.pages.town import Town

M = "/m/river-quarter"
STATE = r'data-state="(coming|live|interrupted|paused|off)"'
PUBLIC = [
    "/",
    "/?past=all",
    "/series/district",
    "/search",
    "/join",
    M,
    f"{M}?room=library",
    f"{M}?room=great-hall&at=2026-05-04T10:18:20Z",
    f"{M}/board",
    f"{M}/wall",
    f"{M}/print",
    f"{M}/text",
    f"{M}/text?renew=on",
    "/m/schools",
    "/m/past-1",
    "/m/past-1/board",
    "/embed/river-quarter",
    "/favicon.svg",
    "/robots.txt",
]


def as_staff(town: Town) -> dict[str, Any]:
    return {"cookies": {"folkmoot": town.admin_token}}


async def read(client: Any, path: str, token: str | None = None) -> str:
    """Return a page's text, read with a device's cookie."""
    headers = {"Cookie": f"folkmoot={token}"} if token else {}
    answer = await client.get(path, headers=headers)
    assert answer.status == 200, (path, answer.status)
    return await answer.text()


async def test_every_public_page_answers_every_reader(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    for path in [
        *PUBLIC,
        f"{M}/s/{forum.sessions[3]}",
        f"{M}/c/{forum.posts[0]}",
    ]:
        for token in (None, forum.people[0].token, town.admin_token):
            assert await read(visitor, path, token)


async def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    for path in [*PUBLIC[:-2], "/desk", "/desk/river-quarter"]:
        html = await read(visitor, path, town.admin_token)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), path
        scripts = re.findall(r"<script([^>]*)>", html)
        assert all("src=" in tag or "application/json" in tag for tag in scripts)
        loaded = re.findall(
            r'<(?:script|link|img|video)[^>]+(?:src|href)="([^"]+)', html
        )
        assert all(url.startswith("/") for url in loaded), loaded


async def test_pages_say_what_browsers_must_not_do(forum: Any, visitor: Any) -> None:
    answer = await visitor.get(M)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    embedded = await visitor.get("/embed/river-quarter")
    assert embedded.headers["Content-Security-Policy"].endswith("frame-ancestors *")


async def test_script_in_every_field_comes_out_as_text(
    town: Town, visitor: Any
) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    made = await town.create("evil", title=evil, purpose=evil, scope=evil)
    await town.do(made.meeting_id, "room.add", name=evil)
    await town.do(
        made.meeting_id,
        "slot.add",
        starts_at="2026-05-04T10:00:00Z",
        ends_at="2026-05-04T11:00:00Z",
        label=evil,
    )
    person = await town.join("evil", evil[:100])
    data = await person.give("session.propose", title=evil, pitch=evil, wants=evil)
    post = await person.give("contribution.post", text=evil)
    session, contribution = data["session_id"], post["contribution_id"]
    for path in [
        "",
        "/board",
        f"/s/{session}",
        f"/c/{contribution}",
        "/wall",
        "/print",
    ]:
        html = await read(visitor, f"/m/evil{path}")
        assert "<script>alert" not in html, path
        assert "<img src=x" not in html, path


async def test_page_data_is_what_the_script_reads(forum: Any, visitor: Any) -> None:
    html = await read(visitor, f"{M}?room=library", forum.people[0].token)
    found = re.search(r'id="folkmoot-page">(.*?)</script>', html, re.DOTALL)
    assert found
    data = msgspec.json.decode(found[1])
    assert data["page"] == "meeting"
    assert data["meeting"]["slug"] == "river-quarter"
    assert data["me"]["name"] == "Mira Brandt"
    own = f"member:{data['me']['member_id']}"
    assert data["feeds"] == ["public", "participants", own]
    assert data["focus"]["room"] == "library"
    assert [room["slug"] for room in data["rooms"]] == [
        "great-hall",
        "library",
        "workshop",
    ]
    assert data["rooms"][0]["playback_url"].endswith("/great-hall/master.m3u8")


async def test_rooms_say_how_their_broadcast_is(forum: Any, visitor: Any) -> None:
    paused = await read(visitor, f"{M}?room=library")
    assert "Break until 12:30" in paused
    assert "Waiting for the picture" in await read(visitor, f"{M}?room=workshop")
    assert "Not started yet" in await read(visitor, "/m/schools")
    ended = await read(visitor, "/m/past-1")
    assert "player__slate" not in ended
    assert 'data-command="contribution.post"' in ended  # people go on talking


async def test_transcript_links_lead_to_their_second(
    town: Town, forum: Any, visitor: Any
) -> None:
    html = await read(visitor, M)
    assert "Good afternoon, everybody" in html
    assert "?room=great-hall&amp;at=2026-05-04T10:18:18.000Z#t=18.0" in html
    at = await read(visitor, f"{M}?room=great-hall&at=2026-05-04T10:18:20Z")
    assert re.search(r'class="cue"[^>]*data-current>The hospital', at)


async def test_hidden_text_is_for_staff_alone(
    town: Town, forum: Any, visitor: Any
) -> None:
    assert "Something rude." not in await read(visitor, M)
    staff = await read(visitor, M, town.admin_token)
    assert "Something rude." in staff
    assert "It attacks a person, not a plan." in staff
    author = await read(visitor, M, forum.people[1].token)
    assert "It attacks a person, not a plan." in author


async def test_private_meeting_is_not_found_by_trying(town: Town, visitor: Any) -> None:
    await town.create("secret", visibility="private")
    for path in ["/m/secret", "/m/secret/board", "/embed/secret", "/desk/secret"]:
        answer = await visitor.get(path)
        assert answer.status == 404, path
        assert "Secret" not in await answer.text()
    assert "Secret" not in await read(visitor, "/")


async def test_first_visit_says_what_to_do_next(town: Town, visitor: Any) -> None:
    assert "No meetings here yet" in await read(visitor, "/")
    assert "Create your first meeting" in await read(visitor, "/", town.admin_token)


@pytest.mark.parametrize("path", ["/m/nowhere", "/nowhere", "/series/x", "/join/zzzz"])
async def test_wrong_address_gets_a_page(visitor: Any, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status == 404
    assert 'class="brand"' in await answer.text()


async def test_desk_is_for_the_team_alone(town: Town, forum: Any, visitor: Any) -> None:
    for path in ["/desk", "/desk/river-quarter", "/desk/river-quarter/rooms.json"]:
        assert (await visitor.get(path)).status == 403
    html = await read(visitor, "/desk/river-quarter", town.admin_token)
    assert "1280 × 720" in html
    assert "The picture went 40 s ago" in html
    assert "rtmp://moot.example.org:1935/live" in html
    rooms = msgspec.json.decode(
        await read(visitor, "/desk/river-quarter/rooms.json", town.admin_token)
    )
    assert [room["state"] for room in rooms] == ["live", "paused", "interrupted"]


async def test_moderator_reads_no_stream_key(
    town: Town, forum: Any, visitor: Any
) -> None:
    place = await town.identity.find_place("river-quarter")
    admin = await town.identity.tokens.find(town.admin_token)
    access = await town.identity.look_up(admin, place)
    _, secret = await town.door.make_invite(access, duty="moderate")
    helper = await town.join("river-quarter", "Ana", invite=secret)
    html = await read(visitor, "/desk/river-quarter", helper.token)
    assert "Stream key" not in html
    assert 'data-command="channel.stop"' not in html


async def test_fault_shows_a_number_and_not_its_text(
    town: Town, visitor: Any, monkeypatch: Any, caplog: Any
) -> None:
    async def fail(*_: Any) -> Any:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr(town.database, "read", fail)
    answer = await visitor.get("/")
    html = await answer.text()
    assert answer.status == 500
    assert "a secret of the server" not in html
    incident = re.search(r"<code>(\w{8})</code>", html)
    assert incident
    assert incident[1] in caplog.text


async def test_colours_are_kept_on_the_device(visitor: Any) -> None:
    _, fields = find_form(await read(visitor, "/"), "/theme")
    await visitor.post("/theme", data={**fields, "theme": "dark"})
    assert 'data-theme="dark"' in await read(visitor, "/")


async def test_styles_are_served(visitor: Any) -> None:
    html = await read(visitor, "/")
    for href in re.findall(r'<link rel="stylesheet" href="([^"]+)"', html):
        assert (await visitor.get(href)).status == 200


def test_every_template_belongs_to_a_page() -> None:
    root = Path(__file__).parents[2]
    code = "".join(
        p.read_text() for p in (root / "server/folkmoot/pages").rglob("*.py")
    )
    for path in (root / "web/templates").glob("[a-z]*.html"):
        assert path.name == "layout.html" or f'"{path.name}"' in code, path.name


async def test_pages_tell_each_state_when_a_delayed_public_sees_it(
    town: Town, visitor: Any
) -> None:
    made = await town.create("slow", rooms=[RoomSpec(name="Hall")])
    (room_id,) = made.answer.data["room_ids"]
    room = {"room_id": room_id}

    async def states() -> tuple[str, str]:
        """What the public reads, and staff at the desk."""
        slow = (
            await read(visitor, "/m/slow"),
            await read(visitor, "/desk/slow", town.admin_token),
        )
        public, staff = (re.findall(STATE, html)[0] for html in slow)
        return public, staff

    await town.do(made.meeting_id, "channel.delay", seconds=30, **room)
    await town.system(made.meeting_id, ChangeSource(room_id=room_id, connected=True))
    await town.do(made.meeting_id, "channel.start", **room)
    assert await states() == ("coming", "live")
    town.clock.advance(30)
    assert await states() == ("live", "live")
    await town.do(made.meeting_id, "channel.hold", reason="In private", **room)
    assert await states() == ("live", "paused")
    town.clock.advance(30)
    assert await states() == ("paused", "paused")
    await town.do(made.meeting_id, "channel.release", **room)
    await town.system(made.meeting_id, ChangeSource(room_id=room_id, connected=False))
    assert await states() == ("paused", "interrupted")
    town.clock.advance(30)
    assert await states() == ("interrupted", "interrupted")
