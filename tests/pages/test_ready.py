"""The page for the hour before a meeting, and the team's signals without script."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from tests.pages.browsing import find_form
from tests.pages.test_forms import enter
from tests.pages.town import Town

READY = "/desk/river-quarter/ready"


async def look(client: Any) -> dict[str, str]:
    """Return what every check says with its light."""
    html = await (await client.get(READY)).text()
    checks = re.findall(
        r'class="check" data-light="(\w+)".*?check__what">(?:<a[^>]*>)?([^<]+)',
        html,
        re.DOTALL,
    )
    return {what: light for light, what in checks}


async def test_ready_is_for_the_team(forum: SimpleNamespace, visitor: Any) -> None:
    assert (await visitor.get(READY)).status == 403
    enter(visitor, forum.people[0].token)
    assert (await visitor.get(READY)).status == 403


async def test_ready_tells_what_stands_and_what_is_to_do(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    found = await look(visitor)
    assert found["Great Hall: picture arrives"] == "good"
    assert found["Workshop: no picture arrives"] == "todo"
    assert found["Nobody helps you yet"] == "look"
    assert found["No big screen shows the meeting"] == "look"
    html = await (await visitor.get(READY)).text()
    assert found["Library: No sound for 20 s."] == "todo"
    assert "2 things to do before you begin" in html


async def test_ready_names_who_helps_and_whose_link_lies_unused(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    admin = await town.identity.tokens.find(town.admin_token)
    access = await town.identity.enter(admin, "river-quarter")
    _, used = await town.door.make_invite(access, duty="moderate", label="Ana")
    await town.door.make_invite(access, duty="report", label="Bo <b>")
    await town.join("river-quarter", "Ana Silva", invite=used)
    enter(visitor, town.admin_token)
    found = await look(visitor)
    assert found["Ana Silva moderates: not here"] == "look"
    unused = "Nobody used the link for Bo &lt;b&gt; yet (writes live updates)"
    assert found[unused] == "look"


async def test_signal_is_sent_by_form(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    action, fields = find_form(await (await visitor.get(READY)).text(), "signal.send")
    sent = {**fields, "signal": "no_sound"}
    answer = await visitor.post(action, data=sent, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    staff = (await town.journal.snapshot(forum.meeting_id, "staff")).state
    (signal,) = staff["signals"].values()
    assert (signal["signal"], signal["room_id"]) == ("no_sound", None)
    public = await (await visitor.get("/m/river-quarter")).text()
    assert "no_sound" not in public
