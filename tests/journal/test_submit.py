"""Submitting: answers after the commit, none twice, numbers without gaps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM
from folkmoot.core.refusals import Refusal
from folkmoot.journal import (
    Accepted,
    Duplicate,
    Journal,
    JournalClosed,
    NoSuchMeeting,
    Refused,
    Resend,
    SubmitFailed,
)
from folkmoot.store import Database, catalogue, entries
from tests.fakes import FakeClock
from tests.journal.meeting import ANN, BEN, CREATION, ORG, Meeting, make_meeting, stamp


async def test_answer_names_the_entry_that_was_written(meeting: Meeting) -> None:
    answer = await meeting.do(cmd.PostContribution(text="Hello"))
    (entry,) = await meeting.feed(after=2)
    assert (answer.feed, answer.seq) == ("public", 3)
    assert entry["seq"] == 3
    assert entry["data"]["contribution_id"] == answer.data["contribution_id"]
    assert entry["data"]["content"]["text"] == "Hello"
    assert answer.to_wire()["at"] == entry["at"]


async def test_answer_names_the_own_feed_where_nothing_is_public(
    meeting: Meeting,
) -> None:
    await meeting.do(cmd.EditMeeting(moderation="before"), ORG)
    answer = await meeting.do(cmd.PostContribution(text="Waits"))
    assert (answer.feed, answer.seq) == ("member:b_ann", 1)
    answer = await meeting.do(cmd.MakeInvite(duty="moderate"), ORG)
    assert (answer.feed, answer.seq) == ("staff", 2)
    answer = await meeting.do(cmd.OpenMeeting(), ORG)
    again = await meeting.do(cmd.OpenMeeting(), ORG)
    assert (again.feed, again.seq) == (answer.feed, answer.seq)


async def test_resent_command_gets_the_stored_answer_and_acts_once(
    meeting: Meeting,
) -> None:
    command = cmd.PostContribution(text="Once")
    first = await meeting.do(command, client=stamp(1))
    again = await meeting.do(command, client=stamp(1))
    assert again == first
    assert len(await meeting.feed(after=2)) == 1


async def test_resent_at_the_same_moment_acts_once(meeting: Meeting) -> None:
    command = cmd.PostContribution(text="Once")
    answers = await asyncio.gather(
        *(meeting.do(command, client=stamp(1)) for _ in range(20))
    )
    assert len({answer.seq for answer in answers}) == 1
    assert len(await meeting.feed(after=2)) == 1


async def test_earlier_number_is_a_duplicate_and_a_gap_asks_again(
    meeting: Meeting,
) -> None:
    for number in (1, 2):
        await meeting.do(cmd.PostContribution(text="x"), client=stamp(number))
    lower = await meeting.do(cmd.PostContribution(text="x"), client=stamp(1))
    assert lower == Duplicate()
    ahead = await meeting.do(cmd.PostContribution(text="x"), client=stamp(5))
    assert ahead == Resend(3)
    assert ahead.to_wire()["resend_from"] == 3
    assert len(await meeting.feed(after=2)) == 2


async def test_client_belongs_to_its_member(meeting: Meeting) -> None:
    mine = await meeting.do(cmd.PostContribution(text="mine"), client=stamp(1))
    other = stamp(1, member="b_ben")
    theirs = await meeting.do(cmd.PostContribution(text="theirs"), BEN, client=other)
    assert isinstance(theirs, Accepted)
    assert theirs.seq == mine.seq + 1


async def test_refusal_uses_the_number_up_and_is_stored(meeting: Meeting) -> None:
    command = cmd.SetSupport(contribution_id="c_nothing", level=1)
    refused = await meeting.do(command, client=stamp(1))
    assert isinstance(refused, Refused)
    assert await meeting.do(command, client=stamp(1)) == refused
    accepted = await meeting.do(cmd.PostContribution(text="next"), client=stamp(2))
    assert isinstance(accepted, Accepted)


async def test_answer_with_retry_after_does_not_use_the_number_up(
    meeting: Meeting,
) -> None:
    contribution_id = await meeting.post("x")
    await meeting.do(cmd.PublishTallies(), SYSTEM)
    await meeting.do(cmd.SetSupport(contribution_id=contribution_id, level=1), BEN)
    await meeting.journal.wait_beyond(meeting.meeting_id, "public", 3)
    waits = stamp(1, member="job:x")
    refused = await meeting.do(cmd.PublishTallies(), SYSTEM, client=waits)
    assert refused.retry_after > 0
    answer = await meeting.do(cmd.OpenMeeting(), ORG, client=waits)
    assert isinstance(answer, Accepted)


async def test_faulty_command_fails_alone(
    meeting: Meeting, caplog: pytest.LogCaptureFixture
) -> None:
    # A lone surrogate is no text that could be written anywhere.
    answers = await asyncio.gather(
        meeting.do(cmd.PostContribution(text="one")),
        meeting.do(cmd.PostContribution(text="\ud800"), client=stamp(1)),
        meeting.do(cmd.PostContribution(text="two")),
        return_exceptions=True,
    )
    assert isinstance(answers[1], SubmitFailed)
    assert [entry["seq"] for entry in await meeting.feed(after=2)] == [3, 4]
    # A fault does not use the number up.
    answer = await meeting.do(cmd.PostContribution(text="ok"), client=stamp(1))
    assert isinstance(answer, Accepted)


async def test_failed_commit_is_answered_as_fault_and_leaves_nothing(
    meeting: Meeting, database: Database, monkeypatch, caplog
) -> None:
    await meeting.post("before")

    def fail(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("disk full", None, Exception("disk full"))

    with monkeypatch.context() as patch:
        patch.setattr(entries, "move_head", fail)
        answers = await asyncio.gather(
            *(meeting.do(cmd.PostContribution(text="x")) for _ in range(3)),
            return_exceptions=True,
        )
    assert [type(answer) for answer in answers] == [SubmitFailed] * 3
    assert [e["seq"] for e in await meeting.feed()] == [1, 2, 3]
    answer = await meeting.do(cmd.PostContribution(text="after"))
    assert answer.seq == 4
    assert len((await meeting.state())["contributions"]) == 2


async def test_time_is_whole_milliseconds_and_never_goes_back(
    database: Database, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 1, 1, 12, 0, 0, 123_456, tzinfo=UTC)
    journal = Journal(database, clock=clock)
    meeting = await make_meeting(journal)
    first = await meeting.do(cmd.PostContribution(text="x"))
    assert first.at == datetime(2026, 1, 1, 12, 0, 0, 123_000, tzinfo=UTC)
    clock.now -= timedelta(hours=1)
    second = await meeting.do(cmd.PostContribution(text="x"))
    assert second.at == first.at
    await journal.aclose()


async def test_many_at_once_are_written_in_few_transactions(
    meeting: Meeting, database: Database, monkeypatch
) -> None:
    runs = 0
    run = database.run

    async def counted(*arguments, **more):
        nonlocal runs
        runs += 1
        return await run(*arguments, **more)

    monkeypatch.setattr(database, "run", counted)
    await asyncio.gather(*(meeting.post(f"{n}") for n in range(200)))
    assert runs <= 3
    assert [e["seq"] for e in await meeting.feed()] == list(range(1, 203))


async def test_slug_of_another_meeting_is_refused_and_nothing_kept(
    journal: Journal, meeting: Meeting, database: Database
) -> None:
    with pytest.raises(Refusal) as caught:
        await journal.create_meeting(CREATION, actor=SYSTEM)
    assert caught.value.code == "slug_taken"
    with pytest.raises(Refusal):
        await journal.create_meeting(CREATION, actor=ANN)
    assert await journal.meeting_ids() == [meeting.meeting_id]


async def test_catalogue_follows_the_journal(
    meeting: Meeting, database: Database
) -> None:
    async def row() -> catalogue.MeetingRow:
        found = await database.read(lambda c: catalogue.meeting_by_slug(c, "square"))
        assert found is not None
        return found

    before = await row()
    assert (before.title, before.phase) == ("Square", "upcoming")
    await meeting.do(cmd.EditMeeting(title="Market"), ORG)
    await meeting.do(cmd.AddRoom(name="Garden"), ORG)
    opened = await meeting.do(cmd.OpenMeeting(), ORG)
    live = await row()
    assert (live.title, live.phase, live.opened_at) == ("Market", "live", opened.at)
    await meeting.do(cmd.EndMeeting(), ORG)
    assert (await row()).public_path == before.public_path
    await meeting.do(cmd.ReopenMeeting(), ORG)
    again = await row()
    assert (again.phase, again.ended_at) == ("live", None)
    assert again.public_path != before.public_path
    rooms = await database.read(lambda c: catalogue.rooms_of(c, meeting.meeting_id))
    assert [room.slug for room in rooms] == ["plenary", "garden"]
    assert len({room.stream_key for room in rooms}) == 2


async def test_meeting_that_does_not_exist_is_told(journal: Journal) -> None:
    for ask in (
        journal.submit("m_none", cmd.OpenMeeting(), actor=ORG),
        journal.entries("m_none", "public"),
        journal.snapshot("m_none", "public"),
        journal.open("m_none"),
        journal.wait_beyond("m_none", "public", 0),
    ):
        with pytest.raises(NoSuchMeeting):
            await ask


async def test_closing_writes_what_waits_and_refuses_the_rest(
    database: Database,
) -> None:
    journal = Journal(database)
    meeting = await make_meeting(journal)
    loop_tasks = [asyncio.ensure_future(meeting.post(f"{n}")) for n in range(20)]
    await asyncio.sleep(0)
    await journal.aclose()
    await journal.aclose()
    assert len(await asyncio.gather(*loop_tasks)) == 20
    with pytest.raises(JournalClosed):
        await meeting.post("late")


async def test_moderators_are_read_from_state_at_once(meeting: Meeting) -> None:
    assert meeting.journal.duties(meeting.meeting_id, "b_mod") == frozenset()
    made = await meeting.do(cmd.MakeInvite(duty="moderate"), ORG)
    invite_id = made.data["invite_id"]
    await meeting.do(
        cmd.GrantDuty(member_id="b_mod", duty="moderate", invite_id=invite_id), SYSTEM
    )
    duties = meeting.journal.duties(meeting.meeting_id, "b_mod")
    assert duties == frozenset({"moderate"})
    await meeting.do(cmd.RevokeInvite(invite_id=invite_id), ORG)
    assert meeting.journal.duties(meeting.meeting_id, "b_mod") == frozenset()
    assert meeting.journal.phase(meeting.meeting_id) == "upcoming"
