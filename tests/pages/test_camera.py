"""The camera page: who may open it, and what it may open itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from folkmoot.store import catalogue
from tests.pages.browsing import send
from tests.pages.test_forms import enter
from tests.pages.town import Town

DESK = "/desk/river-quarter"


async def camera_path(town: Town, forum: SimpleNamespace) -> str:
    rows = await town.database.read(lambda c: catalogue.rooms_of(c, forum.meeting_id))
    return f"/camera/{rows[0].camera_token}"


async def test_a_link_opens_the_page_that_may_use_devices(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    path = await camera_path(town, forum)
    answer = await visitor.get(path)
    html = await answer.text()
    assert answer.status == 200
    assert f'data-socket="{path}/socket"' in html
    assert "Great Hall" in html
    assert answer.headers["Permissions-Policy"].startswith(
        "camera=(self), microphone=(self), display-capture=(self)"
    )
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"


async def test_no_other_page_may_use_devices(
    forum: SimpleNamespace, visitor: Any
) -> None:
    # Where people write they may speak, too; no page but the camera's sees anybody.
    for path, microphone in (("/m/river-quarter", "(self)"), ("/search", "()")):
        answer = await visitor.get(path)
        assert answer.headers["Permissions-Policy"].startswith(
            f"camera=(), microphone={microphone}, display-capture=()"
        )


async def test_a_new_link_makes_the_old_one_void(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    path = await camera_path(town, forum)
    enter(visitor, town.admin_token)
    html = await (await visitor.get(DESK)).text()
    assert f"https://moot.example.org{path}" in html
    answer = await send(visitor, DESK, "camera.renew", room_id=forum.rooms[0])
    assert answer.status == 303
    gone = await visitor.get(path)
    assert gone.status == 404
    assert "a newer one has replaced it" in await gone.text()
    assert (await visitor.get(await camera_path(town, forum))).status == 200


async def test_only_who_runs_the_broadcast_renews_links(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    path = await camera_path(town, forum)
    enter(visitor, forum.people[0].token)
    answer = await visitor.post(
        f"{DESK}/camera-link",
        data={"_type": "camera.renew", "room_id": forum.rooms[0]},
        allow_redirects=False,
    )
    assert answer.status in {403, 409}
    assert await camera_path(town, forum) == path


async def test_an_invitation_leads_to_its_camera(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    access = await town.identity.enter(
        await town.identity.tokens.find(town.admin_token), "river-quarter"
    )
    duty = f"camera:{forum.rooms[1]}"
    _, secret = await town.door.make_invite(access, duty=duty)
    answer = await visitor.post(
        f"/invite/{secret}", data={"name": "Hanna"}, allow_redirects=False
    )
    assert answer.headers["Location"] == f"/m/river-quarter/camera/{forum.rooms[1]}"
    page = await visitor.get(answer.headers["Location"])
    assert page.status == 200
    other = await visitor.get("/m/river-quarter/camera/great-hall")
    assert other.status == 403


async def test_no_camera_is_needed_after_the_end(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    path = await camera_path(town, forum)
    await town.do(forum.meeting_id, "meeting.end")
    answer = await visitor.get(path)
    assert answer.status == 409
    assert "no camera is needed" in await answer.text()
