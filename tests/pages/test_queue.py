"""Moderation at the desk without script: the queue, the house, what is held back."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.refusals import Refusal
from folkmoot.store import catalogue
from tests.pages.browsing import find_form, send
from tests.pages.test_forms import enter
from tests.pages.town import Town

SLUG = "river-quarter"
QUEUE = f"/desk/{SLUG}/queue"
HOUSE = f"/desk/{SLUG}/house"
HELD = f"/desk/{SLUG}/held"
LOG = f"/m/{SLUG}/moderation"


async def _snapshot(town: Town, forum: SimpleNamespace, feed: str) -> dict[str, Any]:
    return (await town.journal.snapshot(forum.meeting_id, feed)).state


async def _page(visitor: Any, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status == 200, (path, answer.status)
    return str(await answer.text())


async def _write(town: Town, name: str, text: str, **more: Any) -> str:
    person = await town.join(SLUG, name)
    return str(
        (await person.give("contribution.post", text=text, **more))["contribution_id"]
    )


async def test_queue_is_worked_through_by_forms(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    await town.do(forum.meeting_id, "meeting.edit", moderation="before")
    first = await _write(town, "Quentin", "quince, please")
    second = await _write(town, "Rosa", "medlar, please")
    enter(visitor, town.admin_token)
    town.clock.advance(420)
    html = await _page(visitor, QUEUE)
    assert html.index("quince") < html.index("medlar")
    assert "7 min" in html
    assert "longer than 5 min" in html
    which = {"contribution_id": first}
    answer = await send(visitor, QUEUE, "contribution.publish", which)
    assert (answer.status, answer.headers["Location"]) == (303, QUEUE)
    which = {"contribution_id": second}
    await send(
        visitor,
        QUEUE,
        "contribution.hide",
        which,
        reason="Said already",
        category="repetition",
    )
    public = await _snapshot(town, forum, PUBLIC)
    assert "quince" in str(public)
    assert "medlar" not in str(public)
    staff = await _snapshot(town, forum, STAFF)
    assert staff["hidden_notes"][second]["category"] == "repetition"
    # Both can be taken back from where they were decided.
    html = await _page(visitor, QUEUE)
    assert "Decided last" in html
    await send(visitor, QUEUE, "contribution.return", {"contribution_id": first})
    assert "quince" not in str(await _snapshot(town, forum, PUBLIC))


async def test_several_are_published_or_hidden_at_once(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    await town.do(forum.meeting_id, "meeting.edit", moderation="before")
    ids = [await _write(town, f"P{n}", f"plum number {n}") for n in range(3)]
    enter(visitor, town.admin_token)
    _, form = find_form(await _page(visitor, QUEUE), "picked")
    fields = [(k, v) for k, v in form.items() if k != "picked"]
    fields += [("picked", key) for key in ids[:2]]
    fields += [("_act", "contribution.publish")]
    answer = await visitor.post(QUEUE, data=fields, allow_redirects=False)
    assert answer.status == 303
    public = await _snapshot(town, forum, PUBLIC)
    assert [key in public["contributions"] for key in ids] == [True, True, False]
    answer = await send(visitor, QUEUE, "picked", _act="contribution.publish")
    assert answer.status == 422
    assert "tick" in await answer.text()


async def test_flags_and_appeals_stand_in_the_queue_and_are_answered(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    ann = await town.join(SLUG, "Annika")
    ben = await town.join(SLUG, "Benno")
    made = await ann.give("contribution.post", text="rowan for all")
    key = made["contribution_id"]
    await ben.give(
        "contribution.flag", contribution_id=key, category="abuse", note="Look here"
    )
    enter(visitor, town.admin_token)
    html = await _page(visitor, QUEUE)
    assert "Look here" in html
    assert "Benno" not in html.split("Decided last")[0].split("queue-list")[1]
    await send(visitor, QUEUE, "flags.settle", {"contribution_id": key})
    assert "Look here" not in await _page(visitor, QUEUE)
    await town.do(
        forum.meeting_id, "contribution.hide", contribution_id=key, reason="Rude"
    )
    await ann.give("contribution.appeal", contribution_id=key, text="It is a tree")
    assert "It is a tree" in await _page(visitor, QUEUE)
    which = {"contribution_id": key}
    await send(visitor, QUEUE, "appeal.answer", which, granted="true", text="So it is")
    assert "rowan" in str(await _snapshot(town, forum, PUBLIC))


async def test_calm_changes_the_code_keeps_those_present_and_is_undone(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    made = await town.create("walled", visibility="private")
    first_code = made.join_code
    anonymous = await town.identity.add_person("Ilse")
    inside = await town.door.join(
        anonymous[1], "walled", token=anonymous[0], name="Ilse", code=first_code
    )
    await town.do(made.meeting_id, "calm.set", on=True)
    row = await town.database.read(lambda c: catalogue.meeting_by_slug(c, "walled"))
    assert row is not None
    assert row.join_code != first_code
    outside = await town.identity.add_person("Otto")
    with pytest.raises(Refusal) as refused:
        await town.door.join(
            outside[1], "walled", token=outside[0], name="Otto", code=first_code
        )
    assert refused.value.code == "wrong_code"
    assert (await town.identity.enter(inside.principal, "walled")).member is not None
    joined = await town.door.join(
        outside[1], "walled", token=outside[0], name="Otto", code=row.join_code
    )
    assert joined.member is not None
    await town.do(made.meeting_id, "calm.set", on=False)
    row = await town.database.read(lambda c: catalogue.meeting_by_slug(c, "walled"))
    assert row is not None
    assert row.join_code == first_code
    # By form, in one tap.
    enter(visitor, town.admin_token)
    await send(visitor, QUEUE, "calm.set")
    assert (await _snapshot(town, forum, PUBLIC))["calm"]
    assert "Calm is on." in await _page(visitor, QUEUE)


async def test_words_refuse_a_name_and_a_title(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    await send(
        visitor, HOUSE, "words.set", hold_words="sloe\nbull ace", refuse_words="medlar"
    )
    for name in ("M3dlar", "The sloe"):
        with pytest.raises(Refusal) as refused:
            await town.join(SLUG, name)
        assert refused.value.code == "word_refused"
    key = await _write(town, "Paula", "A bull - ace of a plan")
    staff = await _snapshot(town, forum, STAFF)
    assert staff["contributions"][key]["held"] == "words"
    assert "a word on your list" in await _page(visitor, QUEUE)


async def test_rules_modes_and_pauses_are_set_at_the_desk(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    await send(visitor, HOUSE, "rules.set", text="Be kind.\nBe brief.")
    await send(
        visitor,
        HOUSE,
        "moderation.set",
        thread="meeting",
        mode="before",
        slow_seconds="30",
    )
    public = await _snapshot(town, forum, PUBLIC)
    assert public["ground_rules"]["1"]["content"]["text"] == "Be kind.\nBe brief."
    assert public["thread_modes"] == {"meeting": "before"}
    assert public["slow"] == {"meeting": 30}
    key = await _write(town, "Quentin", "quince", rules=1)
    which = {"contribution_id": key}
    await send(visitor, QUEUE, "member.mute", which, minutes="10", reason="Slowly")
    html = await _page(visitor, HOUSE)
    assert "The author of this contribution" in html
    staff = await _snapshot(town, forum, STAFF)
    (mute_id,) = staff["mutes"]
    await send(visitor, HOUSE, "member.unmute", {"mute_id": mute_id})
    assert (await _snapshot(town, forum, STAFF))["mutes"] == {}
    await send(visitor, HOUSE, "rules.set", text="")
    assert (await _snapshot(town, forum, PUBLIC))["ground_rules"]["2"]["content"] == {
        "text": ""
    }


async def test_threat_is_kept_handed_over_with_its_author_and_deleted(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    zed = await town.join(SLUG, "Zedekiah")
    made = await zed.give(
        "contribution.post", text="bullace or else", label="anonymous"
    )
    key = made["contribution_id"]
    ben = await town.join(SLUG, "Benno")
    await ben.give("contribution.flag", contribution_id=key, category="threat")
    enter(visitor, town.admin_token)
    await send(visitor, QUEUE, "contribution.seal", {"contribution_id": key})
    await zed.give("contribution.withdraw", contribution_id=key)
    html = await _page(visitor, HOUSE)
    assert "bullace or else" in html
    assert "Zedekiah" not in html
    answer = await send(visitor, HOUSE, "seal.pass_on", to="Police, file 7")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    report = await answer.json()
    assert report["author"]["name_given"] == "Zedekiah"
    assert report["evidence"]["texts"][0]["text"] == "bullace or else"
    assert "handed over 1×" in await _page(visitor, HOUSE)
    await send(visitor, HOUSE, "seal.release")
    assert "bullace" not in str(await _snapshot(town, forum, STAFF))


async def test_log_counts_and_names_nobody_and_the_record_has_no_texts(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    key = await _write(town, "Quentin", "quince, please")
    hide = {"contribution_id": key, "reason": "=HYPERLINK(1)", "category": "abuse"}
    await town.do(forum.meeting_id, "contribution.hide", **hide)
    html = await _page(visitor, LOG)
    rows = " ".join(html.split())
    assert "<td>&emsp;Insult or hate</td><td>1</td>" in rows
    for secret in ("Quentin", "quince", "HYPERLINK", key):
        assert secret not in html
    assert (await visitor.get(f"/desk/{SLUG}/moderation.csv")).status == 403
    enter(visitor, town.admin_token)
    record = await _page(visitor, f"/desk/{SLUG}/moderation.csv")
    assert ",hidden," in record
    assert "'=HYPERLINK(1)" in record
    assert "quince" not in record


async def test_held_contribution_is_listed_held_longer_and_let_out(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    answer = await send(
        visitor, HELD, "embargo.hold", text="damson plan", when="by_hand"
    )
    assert answer.status == 303, await answer.text()
    assert "damson" in await _page(visitor, HELD)
    day = (town.clock() + timedelta(days=1)).date().isoformat()
    await send(visitor, HELD, "embargo.change", when="time", day=day, at="09:30")
    (held,) = (await _snapshot(town, forum, STAFF))["embargoes"].values()
    assert held["release_at"].startswith(day)
    assert "damson" not in str(await _snapshot(town, forum, PUBLIC))
    answer = await send(visitor, HELD, "embargo.hold", text="x", when="time", day=day)
    assert answer.status in {409, 422, 403}, answer.status
    await send(visitor, HELD, "embargo.release")
    assert "damson" in str(await _snapshot(town, forum, PUBLIC))
    assert "Nothing is held back" in await _page(visitor, HELD)


@pytest.mark.parametrize("path", [QUEUE, HOUSE, HELD])
async def test_desk_of_moderation_is_for_moderators(
    town: Town, forum: SimpleNamespace, visitor: Any, path: str
) -> None:
    enter(visitor, (await town.join(SLUG, "Paula")).token)
    assert (await visitor.get(path)).status == 403


async def test_two_moderators_see_what_the_other_looks_at(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    enter(visitor, town.admin_token)
    _, form = find_form(await _page(visitor, QUEUE), "picked")
    sent = {"_csrf": form["_csrf"], "contribution_id": "c_1"}
    assert await (await visitor.post(f"{QUEUE}/look", data=sent)).json() == {}
    admin = await town.identity.tokens.find(town.admin_token)
    access = await town.identity.enter(admin, SLUG)
    _, secret = await town.door.make_invite(access, duty="moderate", label="Mo")
    enter(visitor, (await town.join(SLUG, "Mo", invite=secret)).token)
    _, form = find_form(await _page(visitor, QUEUE), "picked")
    sent = {"_csrf": form["_csrf"], "contribution_id": "c_2"}
    seen = await (await visitor.post(f"{QUEUE}/look", data=sent)).json()
    assert list(seen) == ["c_1"]


async def test_reader_reports_and_author_asks_again_by_forms(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    ann = await town.join(SLUG, "Annika")
    ben = await town.join(SLUG, "Benno")
    key = str((await ann.give("contribution.post", text="rowan"))["contribution_id"])
    page = f"/m/{SLUG}/c/{key}"
    enter(visitor, ben.token)
    which = {"contribution_id": key}
    answer = await send(visitor, page, "contribution.flag", which, note="Look here")
    assert answer.status == 303
    assert "You asked the team to look" in await _page(visitor, page)
    hide = {**which, "reason": "Rude", "category": "abuse"}
    await town.do(forum.meeting_id, "contribution.hide", **hide)
    enter(visitor, ann.token)
    answer = await send(
        visitor, page, "contribution.appeal", which, text="It is a tree"
    )
    assert answer.status == 303
    assert "The answer comes here" in await _page(visitor, page)
    answered = {**which, "granted": False, "text": "Not here, please"}
    await town.do(forum.meeting_id, "appeal.answer", **answered)
    assert "Not here, please" in await _page(visitor, page)
    # Put back, it waits again, and its author reads so.
    await town.do(forum.meeting_id, "contribution.return", **which)
    assert "Waiting for a moderator" in await _page(visitor, page)
