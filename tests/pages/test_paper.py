"""Paper without script: printed, taken down, followed and changed with its stub."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from folkmoot.core.talk.cards import card_code
from tests.pages.browsing import find_form
from tests.pages.test_forms import enter
from tests.pages.town import Town

DESK = "/desk/river-quarter/cards"
TABLE = "/m/river-quarter/table"


@pytest.fixture
async def issued(town: Town, forum: SimpleNamespace) -> Any:
    return await town.do(forum.meeting_id, "card.issue", count=3, label="Round two")


@pytest.fixture
async def helper(town: Town, forum: SimpleNamespace) -> Any:
    place = await town.identity.find_place("river-quarter")
    access = await town.identity.look_up(await admin(town), place)
    _, secret = await town.door.make_invite(access, duty="table")
    return await town.join("river-quarter", "Hel Pery", invite=secret)


async def admin(town: Town) -> Any:
    return await town.identity.tokens.find(town.admin_token)


async def read_secrets(client: Any, series_id: str) -> dict[str, str]:
    html = await (await client.get(f"{DESK}/{series_id}")).text()
    return dict(
        re.findall(r"Number <strong>(\w+)</strong> Secret <strong>([\w-]+)<", html)
    )


async def take(client: Any, number: int, **on_it: str) -> Any:
    _, fields = find_form(await (await client.get(TABLE)).text(), "card.redeem")
    data = {**fields, "card": card_code(number), "table": "4", **on_it}
    return await client.post(TABLE, data=data, allow_redirects=False)


async def test_a_card_goes_from_the_printer_to_the_stub_and_back(
    town: Town, forum: SimpleNamespace, issued: Any, helper: Any, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    secrets = await read_secrets(visitor, issued["series_id"])
    assert set(secrets) == {card_code(n) for n in (1, 2, 3)}
    enter(visitor, helper.token)
    answer = await take(
        visitor, 1, name="Rosa Lind", title="Benches", numbers="1, 2", text="Shade."
    )
    assert answer.status == 303
    # A stranger's computer, and the stub as it was typed from paper.
    visitor.session.cookie_jar.clear()
    html = await (await visitor.get("/m/river-quarter/board")).text()
    assert "Rosa Lind" in html
    assert "on paper, table 4" in html
    assert "Hel Pery" not in html
    html = await (await visitor.get("/stub")).text()
    _, fields = find_form(html, "/stub")
    typed = {"meeting": forum.made.join_code, "card": "001h", "secret": secrets["001H"]}
    html = await (await visitor.post("/stub", data={**fields, **typed})).text()
    assert "Benches" in html
    assert "Shade." in html
    _, fields = find_form(html, "session.edit")
    changed = {**fields, "title": "Benches with backs"}
    html = await (await visitor.post("/stub/do", data=changed)).text()
    assert "Benches with backs" in html
    _, fields = find_form(html, "contribution.withdraw")
    html = await (await visitor.post("/stub/do", data=fields)).text()
    assert "Shade." not in html
    state = (await town.journal.snapshot(forum.meeting_id, "public")).state
    titles = [session["content"]["title"] for session in state["sessions"].values()]
    assert "Benches with backs" in titles
    _, fields = find_form(html, "/stub/close")
    html = await (await visitor.post("/stub/close", data=fields)).text()
    assert "Benches" not in html


async def test_a_card_that_was_used_keeps_what_was_typed(
    forum: SimpleNamespace, issued: Any, helper: Any, visitor: Any
) -> None:
    enter(visitor, helper.token)
    assert (await take(visitor, 1, text="Once.")).status == 303
    answer = await take(visitor, 1, text="Twice.")
    html = await answer.text()
    assert answer.status == 409
    assert "This card was taken down already." in html
    assert find_form(html, "card.redeem")[1]["text"] == "Twice."
    answer = await take(visitor, 2, numbers="99")
    assert "There is no session number 99." in await answer.text()


async def test_only_their_own_read_and_print_paper(
    town: Town, forum: SimpleNamespace, issued: Any, helper: Any, visitor: Any
) -> None:
    series = f"{DESK}/{issued['series_id']}"
    may = {
        None: set(),
        forum.people[0].token: set(),
        helper.token: {TABLE},
        town.admin_token: {TABLE, DESK, series},
    }
    for token, allowed in may.items():
        visitor.session.cookie_jar.clear()
        if token:
            enter(visitor, token)
        for path in (TABLE, DESK, series):
            status = (await visitor.get(path)).status
            assert status == (200 if path in allowed else 403), (path, token)


async def test_a_wrong_stub_tells_nothing_and_can_not_be_guessed(
    town: Town, forum: SimpleNamespace, issued: Any, visitor: Any
) -> None:
    for slug in ("river-quarter", "nowhere"):
        answer = await visitor.get(f"/stub/{slug}/{card_code(1)}/00000000")
        assert answer.status == 409
        assert "don’t belong together" in await answer.text()
    for _ in range(70):
        answer = await visitor.get(f"/stub/river-quarter/{card_code(1)}/00000000")
    assert answer.status == 429


async def test_an_answer_owed_is_ticked_off_at_the_desk(
    town: Town, forum: SimpleNamespace, issued: Any, helper: Any, visitor: Any
) -> None:
    enter(visitor, helper.token)
    await take(visitor, 2, text="When?", reply="post", reply_to="Mill Lane 3")
    enter(visitor, town.admin_token)
    html = await (await visitor.get(DESK)).text()
    assert "Mill Lane 3" in html
    assert "Hel Pery" in html
    _, fields = find_form(html, "card.reply")
    html = await (await visitor.post(DESK, data=fields)).text()
    assert "Mill Lane 3" not in html
    assert "Answered." in html


async def test_who_acts_for_an_owner_on_the_phone_is_noted(
    town: Town, forum: SimpleNamespace, issued: Any, helper: Any, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    secrets = await read_secrets(visitor, issued["series_id"])
    enter(visitor, helper.token)
    await take(visitor, 3, text="Hm.")
    code = card_code(3)
    path = f"/stub/river-quarter/{code}/{secrets[code]}"
    html = await (await visitor.get(path)).text()
    _, fields = find_form(html, "contribution.withdraw")
    await visitor.post("/stub/do", data={**fields, "_way": "phone"})
    staff = (await town.journal.snapshot(forum.meeting_id, "staff")).state
    assert staff["cards"]["3"]["served"] == 1
