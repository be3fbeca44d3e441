"""The corpus over journal and store: what is public, as it is now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM
from folkmoot.core.talk.attachments import Upload
from folkmoot.journal import Journal
from folkmoot.search.corpus import Change
from folkmoot.search.library import Library
from folkmoot.store import attachments, cues
from folkmoot.store.database import Database
from tests.journal.meeting import ANN, MOD, ORG, Meeting, make_meeting

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)


class Shelves:
    """A library over a journal with one meeting."""

    def __init__(self, database: Database, meeting: Meeting) -> None:
        self.database = database
        self.meeting = meeting
        self.library = Library(meeting.journal, database)

    async def change(self, after: int) -> Change:
        """Return what entries after a number change."""
        changes = await self.library.changes(self.meeting.meeting_id, after)
        assert not changes.more
        (change,) = changes.changes
        return change

    async def head(self) -> int:
        """Return the public head."""
        return (await self.library.heads())[self.meeting.meeting_id]

    async def room_id(self) -> str:
        """Return the only room's id."""
        (room_id,) = (await self.meeting.state())["rooms"]
        return str(room_id)


@pytest.fixture
async def shelves(tmp_path: Path) -> AsyncIterator[Shelves]:
    """A library over an open meeting."""
    database = await Database.open(tmp_path / "folkmoot.db")
    journal = Journal(database)
    await journal.start()
    meeting = await make_meeting(journal)
    await meeting.do(cmd.OpenMeeting(), ORG)
    yield Shelves(database, meeting)
    await journal.aclose()
    await database.aclose()


async def test_posts_and_sessions_are_found_with_their_place(shelves: Shelves) -> None:
    head = await shelves.head()
    post_id = await shelves.meeting.post("Mend the bridge")
    anonymous = await shelves.meeting.post("In secret", label="anonymous")
    await shelves.meeting.do(cmd.ProposeSession(title="Bridge", pitch="Now"), ANN)
    change = await shelves.change(head)
    assert [(d.kind, d.text, d.speakers) for d in change.add] == [
        ("contribution", "Mend the bridge", ("Ann",)),
        ("contribution", "In secret", ()),
        ("session", "Bridge\nNow", change.add[2].speakers),
    ]
    assert [d.url for d in change.add[:2]] == [
        f"/m/square/c/{post_id}",
        f"/m/square/c/{anonymous}",
    ]
    assert (change.remove, change.audience) == ((), "public")
    after = (await shelves.library.changes(shelves.meeting.meeting_id, 0)).seq
    assert after == await shelves.head()
    rest = await shelves.library.changes(shelves.meeting.meeting_id, after)
    assert (rest.seq, rest.changes) == (after, ())


async def test_what_a_voice_note_says_is_found_with_its_post(
    shelves: Shelves,
) -> None:
    meeting = shelves.meeting
    upload = Upload(
        attachment_id="a_note",
        member_id="b_ann",
        kind="voice",
        details={"attachment_id": "a_note", "seconds": 2.0},
    )
    await shelves.database.run(
        lambda c: attachments.add(c, meeting.meeting_id, upload, {}, at=AT)
    )
    refs = [cmd.AttachmentRef(attachment_id="a_note")]
    post = await meeting.post("Hear me", attachments=refs)
    head = await shelves.head()
    for text, actor in (("We need a wrench", SYSTEM), ("We need a bench", ANN)):
        caption = cmd.CaptionVoice(
            contribution_id=post, attachment_id="a_note", text=text
        )
        await meeting.do(caption, actor)
    change = await shelves.change(head)
    assert [document.text for document in change.add] == ["Hear me\nWe need a bench"]
    await meeting.do(cmd.WithdrawContribution(contribution_id=post), ANN)
    assert (await shelves.change(0)).add == ()


async def test_what_goes_leaves_the_index(shelves: Shelves) -> None:
    hidden = await shelves.meeting.post("Rude")
    withdrawn = await shelves.meeting.post("Regretted")
    head = await shelves.head()
    await shelves.meeting.do(
        cmd.HideContribution(contribution_id=hidden, reason="Rude"), MOD
    )
    await shelves.meeting.do(cmd.WithdrawContribution(contribution_id=withdrawn), ANN)
    change = await shelves.change(head)
    gone = {hidden, withdrawn}
    answers = {f"answer:{post_id}" for post_id in gone}
    assert (change.add, set(change.remove)) == ((), gone | answers)
    # Whoever reads from the start, as a rebuild does, never sees the texts.
    every = await shelves.change(0)
    assert every.add == ()


async def test_live_updates_are_found_and_drafts_are_not(shelves: Shelves) -> None:
    meeting = shelves.meeting
    room_id = await shelves.room_id()
    await meeting.do(cmd.DraftUpdate(text="Half a sen"), MOD)
    posted = cmd.PostUpdate(
        text="Vote", quote="Trees need room.", speaker="Eve", room_id=room_id
    )
    update_id = (await meeting.do(posted, MOD)).data["update_id"]
    change = await shelves.change(0)
    (document,) = (one for one in change.add if one.kind == "report")
    assert document.text == "Vote\nTrees need room."
    assert (document.speakers, document.room_id) == (("Eve",), room_id)
    assert document.url is not None
    assert document.url.endswith(f"/live/{update_id}")
    assert "Half" not in str(change)
    head = await shelves.head()
    await meeting.do(cmd.WithdrawUpdate(update_id=update_id), MOD)
    assert (await shelves.change(head)).remove == (update_id,)


async def say(shelves: Shelves, place: tuple[str, str], *minutes: int) -> None:
    """Let words be said in a room at these minutes after `AT`, for five seconds."""
    rows = [
        cues.CueRow(
            cue_id=f"q_{minute}",
            meeting_id=place[0],
            room_id=place[1],
            start_at=AT + timedelta(minutes=minute),
            end_at=AT + timedelta(minutes=minute, seconds=5),
            text=f"At {minute}",
        )
        for minute in minutes
    ]
    await shelves.database.run(lambda c: cues.replace_cues(c, *place, rows))


async def test_cues_stand_under_their_agenda_item(shelves: Shelves) -> None:
    room_id = await shelves.room_id()
    place = (shelves.meeting.meeting_id, room_id)
    await say(shelves, place, 0, 10, 20)
    head = await shelves.head()
    for minute, label in ((15, "Bridge"), (5, "Minutes")):
        added = await shelves.meeting.do(
            cmd.AddMarker(
                room_id=room_id,
                kind="agenda",
                label=label,
                at=AT + timedelta(minutes=minute),
            ),
            ORG,
        )
    told = await shelves.library.cues(*place)
    assert [cue.agenda_item for cue in told] == [None, "Minutes", "Bridge"]
    assert (await shelves.change(head)).rooms == (room_id,)
    head = await shelves.head()
    marker_id = added.data["marker_id"]
    await shelves.meeting.do(cmd.RemoveMarker(marker_id=marker_id), ORG)
    assert (await shelves.change(head)).rooms == (room_id,)
    told = await shelves.library.cues(*place)
    assert [cue.agenda_item for cue in told] == [None, None, "Bridge"]


async def test_what_belongs_to_a_session_says_so(shelves: Shelves) -> None:
    meeting, room_id = shelves.meeting, await shelves.room_id()
    proposed = await meeting.do(cmd.ProposeSession(title="Bridge", pitch="Now"), ANN)
    session_id = proposed.data["session_id"]
    post = await meeting.post("A cable", thread=f"session:{session_id}")
    place = (meeting.meeting_id, room_id)
    await say(shelves, place, -10, 10, 40)
    slot = cmd.AddSlot(starts_at=AT, ends_at=AT + timedelta(minutes=30))
    before = (await meeting.state())["slots"].keys()
    await meeting.do(slot, ORG)
    (slot_id,) = (await meeting.state())["slots"].keys() - before
    head = await shelves.head()
    stand = cmd.PlaceSession(session_id=session_id, room_id=room_id, slot_id=slot_id)
    await meeting.do(stand, ORG)
    assert (await shelves.change(head)).rooms == (room_id,)
    told = await shelves.library.cues(*place)
    assert [cue.session for cue in told] == [None, session_id, None]
    found = {document.id: document for document in (await shelves.change(0)).add}
    assert found[post].sessions == (session_id,)
    assert found[session_id].sessions == (session_id,)
    # When it really is counts more than when it was to be.
    await meeting.do(cmd.StartSession(session_id=session_id), ORG)
    told = await shelves.library.cues(*place)
    assert [cue.session for cue in told] == [None, None, None]
    head = await shelves.head()
    await meeting.do(cmd.WithdrawSession(session_id=session_id), ANN)
    found = {document.id: document for document in (await shelves.change(head)).add}
    assert found[post].sessions == ()


async def test_a_new_title_is_told_of_every_room(shelves: Shelves) -> None:
    head = await shelves.head()
    await shelves.meeting.do(cmd.EditMeeting(title="Market"), ORG)
    change = await shelves.change(head)
    room_id = await shelves.room_id()
    assert change.rooms == (room_id,)
    context = await shelves.library.room(shelves.meeting.meeting_id, room_id)
    assert (context.meeting_title, context.room_name) == ("Market", "Plenary")


@pytest.mark.parametrize("visibility", ["unlisted", "private"])
async def test_what_is_not_public_is_for_the_other_index(
    shelves: Shelves, visibility: str
) -> None:
    made = await shelves.meeting.journal.create_meeting(
        cmd.CreateMeeting(
            title="Closed",
            slug="closed",
            visibility=visibility,  # type: ignore[arg-type]
            rooms=[cmd.RoomSpec(name="Hall")],
        ),
        actor=SYSTEM,
    )
    (change,) = (await shelves.library.changes(made.meeting_id, 0)).changes
    assert change.audience == "restricted"
    (room_id,) = change.rooms
    context = await shelves.library.room(made.meeting_id, room_id)
    assert context.audience == "restricted"


async def test_all_of_a_meeting_changes_sides_when_it_is_closed_to_others(
    shelves: Shelves,
) -> None:
    """Nothing that is found may stay in the index that everybody reads."""
    meeting = shelves.meeting
    post_id = await meeting.post("Who mends the bridge?", kind="question")
    answer = cmd.AnswerContribution(contribution_id=post_id, text="The county.")
    await meeting.do(answer, MOD)
    await meeting.do(cmd.WriteOutcome(theme="Bridges", did="We ordered it."), ORG)
    await meeting.do(cmd.AddAction(text="Order planks", who="Cleo"), ORG)
    await meeting.do(cmd.ProposeSession(title="Bridges"), ANN)
    await meeting.do(cmd.PostUpdate(text="The bridge is open."), ORG)
    found = {document.id for document in (await shelves.change(0)).add}
    kinds = {document.kind for document in (await shelves.change(0)).add}
    assert kinds == {
        "contribution", "answer", "outcome", "action", "session", "report",
    }  # fmt: skip

    head = await shelves.head()
    await meeting.do(cmd.EditMeeting(visibility="private"), ORG)
    change = await shelves.change(head)
    assert change.audience == "restricted"
    assert {document.id for document in change.add} | set(change.remove) >= found
    assert {document.id for document in change.add} == found


async def test_what_is_about_nothing_harms_no_index(shelves: Shelves) -> None:
    """Nobody is presented, nothing is shown: such entries name no document."""
    head = await shelves.head()
    post = await shelves.meeting.do(cmd.PostContribution(text="Quince"), ANN)
    shown = cmd.SpotlightContribution(contribution_id=post.data["contribution_id"])
    await shelves.meeting.do(shown, MOD)
    await shelves.meeting.do(cmd.SpotlightContribution(), MOD)
    change = await shelves.change(head)
    assert None not in change.remove
    assert [document.id for document in change.add] == [post.data["contribution_id"]]


async def test_answers_outcomes_and_actions_are_found_as_long_as_they_stand(
    shelves: Shelves,
) -> None:
    meeting = shelves.meeting
    post_id = await meeting.post("Who mends the bridge?", kind="question")
    head = await shelves.head()
    await meeting.do(
        cmd.AnswerContribution(contribution_id=post_id, text="The county, in May."), MOD
    )
    made = await meeting.do(
        cmd.WriteOutcome(theme="Bridges", said="Mend it.", did="We ordered planks."),
        ORG,
    )
    outcome_id = made.data["outcome_id"]
    made = await meeting.do(cmd.AddAction(text="Order planks", who="Cleo"), ORG)
    note_id = made.data["note_id"]
    found = {d.kind: d for d in (await shelves.change(head)).add}
    assert {
        kind: (d.text, d.title, d.speakers, d.url) for kind, d in found.items()
    } == {
        "contribution": (
            "Who mends the bridge?",
            "",
            ("Ann",),
            f"/m/square/c/{post_id}",
        ),
        "answer": (
            "The county, in May.",
            "Who mends the bridge?",
            found["answer"].speakers,
            f"/m/square/c/{post_id}",
        ),
        "outcome": (
            "Bridges\nMend it.\nWe ordered planks.",
            "Bridges",
            (),
            f"/m/square/follow-up#{outcome_id}",
        ),
        "action": ("Order planks", "", ("Cleo",), f"/m/square/follow-up#{note_id}"),
    }
    assert found["contribution"].also == ("question",)

    # An answer can be read no longer than its question, nor what was taken back.
    head = await shelves.head()
    await meeting.do(cmd.HideContribution(contribution_id=post_id, reason="Rude"), MOD)
    await meeting.do(cmd.RemoveOutcome(outcome_id=outcome_id), ORG)
    change = await shelves.change(head)
    assert change.add == ()
    assert {post_id, f"answer:{post_id}", outcome_id} <= set(change.remove)
    head = await shelves.head()
    await meeting.do(cmd.PublishContribution(contribution_id=post_id), MOD)
    again = {d.kind for d in (await shelves.change(head)).add}
    assert again == {"contribution", "answer"}
    head = await shelves.head()
    await meeting.do(cmd.WithdrawAnswer(contribution_id=post_id, reason="Wrong"), MOD)
    change = await shelves.change(head)
    assert [d.kind for d in change.add] == ["contribution"]
    assert f"answer:{post_id}" in change.remove
