"""Forms without script: they act once, say no in their place, and lose nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.pages.browsing import find_form, send
from tests.pages.town import Town

M = "/m/river-quarter"


def enter(client: Any, token: str) -> None:
    """Put a device's cookie into the browser."""
    client.session.cookie_jar.update_cookies({"folkmoot": token})


async def state(town: Town, forum: Any) -> dict[str, Any]:
    return (await town.journal.snapshot(forum.meeting_id, "public")).state


async def test_visitor_posts_and_joins_in_one_step(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    answer = await send(
        visitor, M, "contribution.post", text="Plant trees.", _name="Lena Roth"
    )
    assert answer.status == 303
    assert answer.headers["Location"] == M
    html = await (await visitor.get(M)).text()
    assert "Plant trees." in html
    assert "Lena Roth" in html
    assert "Posted. Thank you." in html
    assert "Posted. Thank you." not in await (await visitor.get(M)).text()


async def test_missing_name_keeps_what_was_typed(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    answer = await send(visitor, M, "contribution.post", text="Keep <me>.", kind="idea")
    html = await answer.text()
    assert answer.status == 422
    assert "Please give a name or a pseudonym." in html
    _, fields = find_form(html, "contribution.post")
    assert fields["text"] == "Keep <me>."
    assert fields["kind"] == "idea"


async def test_form_sent_twice_acts_once(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    action, fields = find_form(await (await visitor.get(M)).text(), "contribution.post")
    before = len((await state(town, forum))["contributions"])
    for _ in range(2):
        answer = await visitor.post(
            action, data={**fields, "text": "Once."}, allow_redirects=False
        )
        assert answer.status == 303
    assert len((await state(town, forum))["contributions"]) == before + 1


async def test_form_of_another_session_is_refused_with_its_text(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    answer = await send(visitor, M, "contribution.post", text="Kept.", _csrf="wrong")
    html = await answer.text()
    assert answer.status == 409
    assert "Kept." in html
    before = [
        c["content"] for c in (await state(town, forum))["contributions"].values()
    ]
    assert all("Kept." not in str(content) for content in before)


async def test_form_of_another_site_is_refused(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    html = await (await visitor.get(M)).text()
    action, fields = find_form(html, "contribution.post")
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
    ):
        answer = await visitor.post(
            action, data={**fields, "text": "x"}, headers=headers, allow_redirects=False
        )
        assert answer.status == 403
        assert forum.people[0].principal.name not in await answer.text()


async def test_visitor_raises_a_hand_without_a_name(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    which = {"session_id": forum.sessions[8]}
    answer = await send(visitor, f"{M}/board", "session.interest", which)
    assert answer.status == 303
    html = await (await visitor.get(f"{M}/board")).text()
    _, fields = find_form(html, "session.interest", **which)
    assert fields["level"] == "0"


async def test_stale_move_shows_both_places(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    which = {"session_id": forum.sessions[0]}
    page = f"{M}/board"
    html = await (await visitor.get(page)).text()
    action, fields = find_form(html, "session.place", **which)
    await town.do(
        forum.meeting_id,
        "session.place",
        **which,
        room_id=forum.rooms[1],
        slot_id=forum.times[7],
    )
    wanted = {"room_id": forum.rooms[2], "slot_id": forum.times[6]}
    answer = await visitor.post(
        action, data={**fields, **wanted}, allow_redirects=False
    )
    html = await answer.text()
    assert answer.status == 409
    assert "Someone changed this session in the meantime." in html
    assert "It stands now in <strong>Library</strong>" in html
    action, fields = find_form(html, "session.place", **which)
    assert {k: fields[k] for k in wanted} == wanted
    again = await visitor.post(action, data=fields, allow_redirects=False)
    assert again.status == 303
    session = (await state(town, forum))["sessions"][forum.sessions[0]]
    assert {k: session[k] for k in wanted} == wanted


async def test_taken_place_is_refused_in_its_form(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    answer = await send(
        visitor,
        f"{M}/board",
        "session.place",
        {"session_id": forum.sessions[0]},
        room_id=forum.rooms[1],
        slot_id=forum.times[1],
    )
    assert answer.status == 409
    assert "Another session already stands" in await answer.text()


async def test_redirects_stay_on_this_site(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    for path in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        answer = await send(visitor, M, "contribution.post", text="x", _next=path)
        assert answer.headers["Location"] == M


async def test_code_leads_in(town: Town, forum: SimpleNamespace, visitor: Any) -> None:
    code = forum.made.join_code
    answer = await visitor.get(f"/join?code={code.upper()}", allow_redirects=False)
    assert answer.headers["Location"] == f"/join/{code}"
    answer = await send(visitor, f"/join/{code}", f"/join/{code}", name="Kim")
    assert answer.headers["Location"] == M
    assert "Kim" in await (await visitor.get(M)).text()
    wrong = await visitor.get("/join?code=nothing")
    assert wrong.status == 404
    assert "No meeting has this code." in await wrong.text()


async def test_slug_leads_into_a_public_meeting_alone(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    slug = "river-quarter"
    form = f"/join/{forum.made.join_code}"
    answer = await send(visitor, f"/join/{slug}", form, name="Kim")
    assert answer.headers["Location"] == M
    for closed in ("unlisted", "private"):
        await town.create(closed, visibility=closed)
        assert (await visitor.get(f"/join/{closed}")).status == 404


async def test_sign_in_link_works_once_and_not_when_fetched_ahead(
    town: Town, visitor: Any
) -> None:
    secret = await town.identity.tokens.make_sign_in()
    ahead = await visitor.get(f"/sign-in/{secret}", headers={"Sec-Purpose": "prefetch"})
    assert ahead.status == 200
    answer = await visitor.get(f"/sign-in/{secret}", allow_redirects=False)
    assert answer.headers["Location"] == "/desk"
    assert (await visitor.get("/desk")).status == 200
    assert (await visitor.get(f"/sign-in/{secret}")).status == 410


async def test_organiser_makes_a_meeting_and_a_double_click_makes_one(
    town: Town, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    action, fields = find_form(
        await (await visitor.get("/desk")).text(), "/desk/create"
    )
    typed = {**fields, "title": "Trees for all", "rooms": "Hall (80)\n\nLibrary"}
    for _ in range(2):
        answer = await visitor.post(action, data=typed, allow_redirects=False)
        assert answer.headers["Location"] == "/desk/trees-for-all"
    place = await town.identity.find_place("trees-for-all")
    made = (await town.journal.snapshot(place.meeting_id, "public")).state
    rooms = [(r["content"]["name"], r["capacity"]) for r in made["rooms"].values()]
    assert rooms == [("Hall", 80), ("Library", None)]
    assert len(made["slots"]) == 6
    assert made["on_air"] == "by_hand"
    html = await (await visitor.get("/desk/trees-for-all")).text()
    assert "Your first broadcast" in html


async def test_refused_meeting_keeps_its_form(town: Town, visitor: Any) -> None:
    enter(visitor, town.admin_token)
    answer = await send(
        visitor, "/desk", "/desk/create", title="Kept", rooms="Hall", ends="09:00"
    )
    html = await answer.text()
    assert answer.status == 409
    assert "Not one session fits" in html
    _, fields = find_form(html, "/desk/create")
    assert fields["title"] == "Kept"


async def test_desk_runs_a_room_and_ends_the_meeting(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    desk, room = "/desk/river-quarter", {"room_id": forum.rooms[0]}
    await send(visitor, desk, "channel.hold", room, reason="Lunch")
    assert (await state(town, forum))["rooms"][forum.rooms[0]]["channel"] == "hold"
    await send(visitor, desk, "channel.release", room)
    assert (await state(town, forum))["rooms"][forum.rooms[0]]["channel"] == "on"
    unsure = await send(visitor, desk, "meeting.end")
    assert unsure.status == 422
    assert (await state(town, forum))["phase"] == "live"
    await send(visitor, desk, "meeting.end", _confirmed="yes")
    assert (await state(town, forum))["phase"] == "ended"


async def test_desk_adds_times(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    before = len((await state(town, forum))["slots"])
    day = {"day": "2026-05-05", "starts": "09:00", "ends": "11:00"}
    await send(
        visitor, "/desk/river-quarter", "times.add", minutes="30", pause="10", **day
    )
    slots = list((await state(town, forum))["slots"].values())[before:]
    assert [slot["starts_at"] for slot in slots] == [
        "2026-05-05T07:00:00.000Z",
        "2026-05-05T07:40:00.000Z",
        "2026-05-05T08:20:00.000Z",
    ]


async def test_invitation_is_shown_once_and_gives_what_it_says(
    town: Town, forum: SimpleNamespace, visitor: Any, aiohttp_client: Any
) -> None:
    enter(visitor, town.admin_token)
    desk = "/desk/river-quarter"
    answer = await send(visitor, desk, "invite.make", duty="moderate", label="Ana")
    assert answer.status == 303
    html = await (await visitor.get(desk)).text()
    link = html.partition("https://moot.example.org/invite/")[2].partition('"')[0]
    assert link
    assert link not in await (await visitor.get(desk)).text()
    helper = await aiohttp_client(visitor.app)
    answer = await send(helper, f"/invite/{link}", f"/invite/{link}", name="Ana")
    assert answer.headers["Location"] == desk
    assert (await helper.get(desk)).status == 200


async def test_moderator_publishes_what_waits(town: Town, visitor: Any) -> None:
    made = await town.create("quiet", moderation="before")
    person = await town.join("quiet", "Bo")
    waiting = await person.give("contribution.post", text="May I?")
    key = waiting["contribution_id"]
    assert "May I?" not in await (await visitor.get("/m/quiet")).text()
    assert (await visitor.get(f"/m/quiet/c/{key}")).status == 404
    enter(visitor, person.token)
    assert "Only you see this" in await (await visitor.get("/m/quiet")).text()
    enter(visitor, town.admin_token)
    which = {"contribution_id": key}
    await send(visitor, "/desk/quiet", "contribution.publish", which)
    visitor.session.cookie_jar.clear()
    assert "May I?" in await (await visitor.get("/m/quiet")).text()
    assert made.slug == "quiet"


async def test_nobody_is_made_to_join_by_another_site(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    html = await (await visitor.get(M)).text()
    action, fields = find_form(html, "contribution.post")
    answer = await visitor.post(
        action,
        data={**fields, "text": "x", "_name": "Made up"},
        headers={"Sec-Fetch-Site": "cross-site"},
        allow_redirects=False,
    )
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers
