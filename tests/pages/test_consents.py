"""My contributions and consents: read, released, changed, taken back, without script."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.pages.browsing import send
from tests.pages.test_forms import enter
from tests.pages.town import Person, Town

PATH = "/m/tales/mine/consents"


@pytest.fixture
async def author(town: Town) -> Person:
    """Return somebody who has told a story that the team has read."""
    made = await town.create("tales")
    town.clock.now += timedelta(minutes=1)
    author = await town.join("tales", "Bo")
    told = await author.give("contribution.post", text="My bench", kind="story")
    await town.do(made.meeting_id, "contribution.publish", **_id(told))
    return author


def _id(made: Any) -> dict[str, str]:
    return {"contribution_id": made["contribution_id"]}


async def see(visitor: Any, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status == 200
    text: str = await answer.text()
    return text


async def test_a_story_is_released_changed_and_taken_back(
    author: Person, visitor: Any
) -> None:
    enter(visitor, author.token)
    html = await see(visitor, PATH)
    assert 'data-stage="yours"' in html
    until = str((author.town.clock.now + timedelta(days=400)).date())
    answer = await send(
        visitor,
        PATH,
        "consent.release",
        audience="public",
        purposes="report",
        until=until,
    )
    assert answer.status == 303, await answer.text()
    html = await see(visitor, PATH)
    assert 'data-stage="shown"' in html
    assert f'value="{until}"' in html
    answer = await send(visitor, PATH, "consent.renew", audience="meeting", until="")
    assert answer.status == 303
    html = await see(visitor, PATH)
    assert f'value="{until}"' not in html
    assert "until the meeting ends" in html
    assert "My bench" in await see(visitor, "/m/tales")
    await send(visitor, PATH, "contribution.withdraw")
    assert "My bench" not in await see(visitor, "/m/tales")
    html = await see(visitor, PATH)
    assert 'data-stage="ended"' in html
    assert "My bench" not in html


async def test_a_day_that_is_over_is_refused_beside_the_form(
    author: Person, visitor: Any
) -> None:
    enter(visitor, author.token)
    answer = await send(
        visitor, PATH, "consent.release", audience="public", until="2020-01-01"
    )
    assert answer.status == 409
    html = await answer.text()
    assert "still to come" in html
    assert 'data-stage="yours"' in html


async def test_nobody_else_sees_it_and_who_leaves_is_gone(
    author: Person, visitor: Any
) -> None:
    assert "My bench" not in await see(visitor, PATH)
    enter(visitor, author.token)
    answer = await send(visitor, PATH, "/leave")
    assert answer.status == 303
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    visitor.session.cookie_jar.clear()
    assert "My bench" not in await see(visitor, PATH)
