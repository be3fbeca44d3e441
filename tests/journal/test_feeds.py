"""Reading: the snapshot law, hiding and erasing, waiting, following, memory."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.journal import Accepted, Change, Journal, JournalClosed, folded
from folkmoot.store import Database
from tests.core.histories import CREATION, Step, histories
from tests.core.play import Play
from tests.core.wire_fold import fold
from tests.journal.meeting import BEN, MOD, ORG, Meeting, make_meeting

EMPTY = Play().snapshot(PUBLIC)


async def _law_holds(meeting: Meeting, stops: list[tuple[str, int, dict]]) -> None:
    for feed, seq, state in stops:
        later = await meeting.journal.snapshot(meeting.meeting_id, feed)
        # Counts of votes may be published meanwhile: those come after `later`.
        entries = [e for e in await meeting.feed(feed, seq) if e["seq"] <= later.seq]
        numbers = [entry["seq"] for entry in entries]
        assert numbers == list(range(seq + 1, later.seq + 1))
        assert fold(state, entries) == later.state, feed


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=histories)
async def test_snapshot_and_later_entries_give_the_later_snapshot(
    database: Database, history: list[Step]
) -> None:
    """The law, through the real journal, with snapshots taken on the way."""
    slug = f"m{len(await Journal(database).meeting_ids())}"
    creation = msgspec.structs.replace(CREATION, slug=slug)
    journal = Journal(database)
    made = await journal.create_meeting(creation, actor=SYSTEM)
    meeting = Meeting(journal, made.meeting_id)
    stops: list[tuple[str, int, dict]] = []
    for number, step in enumerate(history):
        full = journal._lines[made.meeting_id]._folded.full  # to pick ids from
        await meeting.do(step.command(full), step.actor)
        if number % 9 == 0:
            for feed in journal.heads(made.meeting_id):
                shot = await journal.snapshot(made.meeting_id, feed)
                stops.append((feed, shot.seq, shot.state))
    stops += [(feed, 0, EMPTY) for feed in journal.heads(made.meeting_id)]
    await _law_holds(meeting, stops)
    shots = [
        await journal.snapshot(made.meeting_id, feed)
        for feed in journal.heads(made.meeting_id)
    ]
    await journal.aclose()
    # Another process, from the entries alone.
    other = Meeting(Journal(database), made.meeting_id)
    await _law_holds(other, [(shot.feed, shot.seq, shot.state) for shot in shots])
    await other.journal.aclose()


async def test_stored_folds_start_where_they_stood(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folded, "SNAPSHOT_EVERY", 5)
    meeting = await make_meeting(Journal(database))
    for number in range(12):
        contribution_id = await meeting.post(f"{number}")
    await meeting.do(
        cmd.HideContribution(contribution_id=contribution_id, reason="r"), MOD
    )
    states = {
        feed: await meeting.state(feed) for feed in (PUBLIC, STAFF, "member:b_ann")
    }
    heads = dict(meeting.journal.heads(meeting.meeting_id))
    await meeting.journal.aclose()
    other = Meeting(Journal(database), meeting.meeting_id)
    replayed: list[int] = []
    take = folded.Folded.take

    def counted(self: folded.Folded, seq: int, *rest: object) -> None:
        replayed.append(seq)
        take(self, seq, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(folded.Folded, "take", counted)
    for feed, state in states.items():
        assert await other.state(feed) == state
    assert dict(other.journal.heads(meeting.meeting_id)) == heads
    assert len(replayed) < 10
    assert (await other.do(cmd.PostContribution(text="on"))).seq == heads[PUBLIC] + 1
    await other.journal.aclose()


async def test_folds_that_were_dropped_from_memory_come_back(
    database: Database,
) -> None:
    journal = Journal(database, folds_kept=1)
    meetings = [await make_meeting(journal, slug=f"m{n}") for n in range(3)]
    for meeting in meetings:
        await meeting.post("x")
    holding = [line.holds_folds for line in journal._lines.values()]
    assert holding.count(True) == 1
    for meeting in meetings:
        assert len((await meeting.state())["contributions"]) == 1
        assert (await meeting.do(cmd.PostContribution(text="y"))).seq == 4
    await journal.aclose()


async def test_hidden_then_shown_then_withdrawn(meeting: Meeting) -> None:
    contribution_id = await meeting.post("draft")
    await meeting.do(
        cmd.EditContribution(contribution_id=contribution_id, text="final")
    )

    async def texts() -> list[object]:
        return [
            entry["data"].get("gone", entry["data"]["content"])
            for entry in await meeting.feed(after=2)
            if entry["kind"] in ("ContributionPosted", "ContributionEdited")
        ]

    before = (await meeting.state())["contributions"][contribution_id]
    assert before["content"]["text"] == "final"
    await meeting.do(
        cmd.HideContribution(contribution_id=contribution_id, reason="r"), MOD
    )
    assert await texts() == ["hidden", "hidden"]
    shown = (await meeting.state())["contributions"][contribution_id]
    assert (shown["content"], shown["gone"]) == (None, "hidden")
    note = (await meeting.state(STAFF))["hidden_notes"][contribution_id]
    assert note["text"]["text"] == "final"
    await meeting.do(cmd.PublishContribution(contribution_id=contribution_id), MOD)
    posted, edited, again = await texts()
    assert posted == "hidden"
    assert edited["text"] == again["text"] == "final"
    own = (await meeting.state("member:b_ann"))["authored"][contribution_id]
    assert own["content"]["text"] == "final"
    await meeting.do(cmd.WithdrawContribution(contribution_id=contribution_id))
    assert await texts() == ["withdrawn"] * 3
    own = (await meeting.state("member:b_ann"))["authored"][contribution_id]
    assert (own["content"], own["gone"]) == (None, "withdrawn")


async def test_withdrawn_bytes_leave_the_sqlite_files(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "folkmoot.db")
    meeting = await make_meeting(Journal(database))
    contribution_id = await meeting.post("zebra-crossing")
    await meeting.do(
        cmd.EditContribution(contribution_id=contribution_id, text="zebra-crossing 2")
    )
    await meeting.do(cmd.WithdrawContribution(contribution_id=contribution_id))
    await meeting.journal.aclose()
    await database.forget_erased()
    files = await asyncio.to_thread(
        lambda: b"".join(p.read_bytes() for p in tmp_path.glob("folkmoot.db*"))
    )
    assert b"zebra" not in files
    assert contribution_id.encode() in files
    await database.aclose()


async def test_staff_words_are_in_no_public_byte(meeting: Meeting) -> None:
    secret = "zebra-crossing"
    hidden = await meeting.post(secret)
    await meeting.do(cmd.HideContribution(contribution_id=hidden, reason=secret), MOD)
    await meeting.do(cmd.EditMeeting(moderation="before"), ORG)
    await meeting.post(secret, kind="question")
    await meeting.do(cmd.MakeInvite(duty="moderate", label=secret), ORG)
    snapshot = await meeting.journal.snapshot(meeting.meeting_id, PUBLIC)
    assert secret.encode() not in snapshot.body
    page = await meeting.journal.entries(meeting.meeting_id, PUBLIC)
    assert secret.encode() not in msgspec.json.encode(page)
    staff = await meeting.journal.entries(meeting.meeting_id, STAFF)
    assert secret.encode() in msgspec.json.encode(staff)


async def test_pages_say_whether_more_follows(meeting: Meeting) -> None:
    for number in range(5):
        await meeting.post(f"{number}")
    journal, meeting_id = meeting.journal, meeting.meeting_id
    page = await journal.entries(meeting_id, PUBLIC, after=2, limit=2)
    assert ([e["seq"] for e in page.entries], page.head, page.more) == ([3, 4], 7, True)
    page = await journal.entries(meeting_id, PUBLIC, after=5, limit=2)
    assert ([e["seq"] for e in page.entries], page.head, page.more) == (
        [6, 7],
        7,
        False,
    )
    page = await journal.entries(meeting_id, PUBLIC, after=7)
    assert (page.entries, page.head, page.more) == ([], 7, False)
    page = await journal.entries(meeting_id, STAFF)
    assert (page.entries, page.head, page.more) == ([], 0, False)


async def test_snapshot_is_made_once_until_something_changes(
    meeting: Meeting,
) -> None:
    journal, meeting_id = meeting.journal, meeting.meeting_id
    first = await journal.snapshot(meeting_id, PUBLIC)
    await meeting.do(cmd.MakeInvite(duty="moderate"), ORG)
    assert await journal.snapshot(meeting_id, PUBLIC) is first
    await meeting.post("x")
    assert (await journal.snapshot(meeting_id, PUBLIC)).seq == first.seq + 1


async def test_waiting_ends_when_the_feed_moves(meeting: Meeting) -> None:
    journal, meeting_id = meeting.journal, meeting.meeting_id
    assert await journal.wait_beyond(meeting_id, PUBLIC, 0) == 2
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(journal.wait_beyond(meeting_id, PUBLIC, 2))
        elsewhere = group.create_task(journal.wait_beyond(meeting_id, STAFF, 0))
        await meeting.post("x")
        assert await waiting == 3
        assert not elsewhere.done()
        await meeting.do(cmd.MakeInvite(duty="moderate"), ORG)
    assert elsewhere.result() == 1


async def test_closing_lets_go_of_those_who_wait(database: Database) -> None:
    meeting = await make_meeting(Journal(database))

    async def wait() -> None:
        with pytest.raises(JournalClosed):
            await meeting.journal.wait_beyond(meeting.meeting_id, PUBLIC, 2)

    async with asyncio.TaskGroup() as group:
        group.create_task(wait())
        for _ in range(3):
            await asyncio.sleep(0)
        await meeting.journal.aclose()


async def test_followers_hear_everything_once_and_in_order(
    journal: Journal, meeting: Meeting, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Change] = []

    def deaf(_: Change) -> None:
        raise ZeroDivisionError

    journal.follow(deaf)
    end = journal.follow(heard.append)
    await asyncio.gather(*(meeting.post(f"{n}") for n in range(30)))
    spans = [change.feeds[PUBLIC] for change in heard if PUBLIC in change.feeds]
    numbers = [n for first, last in spans for n in range(first, last + 1)]
    assert numbers == list(range(3, 33))
    assert "listener failed" in caplog.text
    end()
    end()
    await meeting.post("unheard")
    assert len(spans) == len([c for c in heard if PUBLIC in c.feeds])


async def test_votes_are_counted_at_most_four_times_a_second(
    meeting: Meeting,
) -> None:
    contribution_id = await meeting.post("x")
    for number in range(20):
        voter = Actor(f"b_{number}", "Voter")
        vote = cmd.SetSupport(contribution_id=contribution_id, level=1)
        assert isinstance(await meeting.do(vote, voter), Accepted)
        await asyncio.sleep(0.02)
    while (await meeting.state())["contributions"][contribution_id]["support"] < 20:
        head = meeting.journal.heads(meeting.meeting_id)[PUBLIC]
        await meeting.journal.wait_beyond(meeting.meeting_id, PUBLIC, head)
    entries = [e for e in await meeting.feed() if e["kind"] == "TalliesChanged"]
    moments = [float(e["at"][17:-1]) % 60 for e in entries]
    gaps = [(b - a) % 60 for a, b in pairwise(moments)]
    assert len(entries) >= 2
    assert min(gaps) >= 0.25


async def test_votes_of_a_killed_process_are_counted_at_the_next_start(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Journal(database)
    monkeypatch.setattr(first._tallies, "note_votes", lambda _: None)
    meeting = await make_meeting(first)
    contribution_id = await meeting.post("x")
    await meeting.do(cmd.SetSupport(contribution_id=contribution_id, level=1), BEN)
    await first.aclose()
    other = Meeting(Journal(database), meeting.meeting_id)
    assert await other.journal.wait_beyond(meeting.meeting_id, PUBLIC, 3) == 4
    shown = (await other.state())["contributions"][contribution_id]
    assert shown["support"] == 1
    await other.journal.aclose()


async def test_another_process_on_the_same_database_is_heard(
    journal: Journal, meeting: Meeting, database: Database
) -> None:
    """As the command line writes beside a running server: found by polling."""
    heard: list[Change] = []
    journal.follow(heard.append)
    other = Meeting(Journal(database), meeting.meeting_id)
    await other.post("from elsewhere")
    assert await journal.wait_beyond(meeting.meeting_id, PUBLIC, 2) == 3
    assert heard[-1].feeds[PUBLIC] == (3, 3)
    assert (await meeting.do(cmd.PostContribution(text="here"))).seq == 4
    await other.journal.aclose()
