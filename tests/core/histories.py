"""Random histories over every command there is.

A step is a command's name, who gives it and a few numbers; the numbers pick
rooms, sessions and contributions from what stands when the step is taken, so
that most commands are allowed and many meet each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as some

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.state import MeetingState
from folkmoot.core.talk.cards import card_code
from tests.core.play import START

ACTORS = (
    Actor("b_ann", "Ann"),
    Actor("b_ben", "Ben"),
    Actor("b_mod", "Mo", frozenset({"moderate"})),
    Actor("b_org", "Ola", frozenset({"organise"})),
    Actor(None, "Admin", frozenset({"organise"})),
    SYSTEM,
)
CREATION = cmd.CreateMeeting(
    title="Square",
    slug="square",
    rooms=[cmd.RoomSpec(name="Plenary"), cmd.RoomSpec(name="Small")],
    slots=[
        cmd.SlotSpec(
            starts_at=START + timedelta(hours=n), ends_at=START + timedelta(hours=n + 1)
        )
        for n in range(2)
    ],
)
CREATED_LIVE = CREATION.__class__(
    **{f: getattr(CREATION, f) for f in CREATION.__struct_fields__}
    | {"on_air": "at_once", "moderation": "before"}
)


@dataclass(frozen=True)
class Step:
    """One command to come."""

    name: str
    who: int
    numbers: tuple[int, ...]

    @property
    def actor(self) -> Actor:
        return ACTORS[self.who % len(ACTORS)]

    def command(self, state: MeetingState) -> cmd.Command:
        """Return the command as it fits what stands now."""
        return BUILDERS[self.name](_Pick(state, self.numbers))


class _Pick:
    def __init__(self, state: MeetingState, numbers: tuple[int, ...]) -> None:
        self.state = state
        self.numbers = numbers

    def __call__(self, things: Iterable[Any], which: int = 0) -> Any:
        every = list(things) or ["nothing"]
        return every[self.numbers[which] % len(every)]

    @property
    def text(self) -> str:
        return f"text {self.numbers[2]} <b>\u2028&amp;'\"\\ \U0001f333"

    @property
    def moment(self) -> datetime:
        return START + timedelta(milliseconds=self.numbers[2])

    def room(self) -> str:
        return str(self(self.state.rooms))

    def slot(self) -> str:
        return str(self(self.state.slots, 1))

    def session(self) -> str:
        return str(self(self.state.sessions))

    def card(self) -> str:
        return card_code(int(self([*self.state.cards, 1])))

    def pair(self) -> tuple[str, str]:
        return self.session(), str(self(self.state.sessions, 1))

    def question(self) -> str:
        return str(self(self.state.questions))

    def update(self) -> str:
        return str(self([*self.state.drafts, *self.state.updates]))

    def contribution(self) -> str:
        return str(self(self.state.contributions))


FAR = START + timedelta(days=30)


def _terms(pick: _Pick) -> cmd.ConsentTerms:
    return cmd.ConsentTerms(
        audience=pick(["team", "participants", "meeting", "public"], 1),
        until=pick([None, None, FAR], 1),
        way=pick(["self", "self", "phone"], 2),
        by="Sam",
    )


def _post(pick: _Pick) -> cmd.Command:
    sessions = [f"session:{session_id}" for session_id in pick.state.sessions]
    items = [f"agenda:{marker_id}" for marker_id in pick.state.markers]
    for agenda in pick.state.agenda.values():
        items += [f"agenda:{item_id}" for item_id in agenda.item_ids]
    replies = [None, None, *pick.state.contributions]
    return cmd.PostContribution(
        text=pick.text,
        thread=pick(["meeting", *sessions, *items], 1),
        kind=pick(["idea", "question", "story", "story"], 2),
        consent=pick([None, _terms(pick)], 1),
        reply_to=pick(replies),
        label=pick(["name", "name", "anonymous", "pseudonym"], 1),
        pseudonym="Owl",
        on_behalf_of=pick([None, "Eve"], 2),
        behalf_way="phone",
        speaks_for=pick(["", "The allotments"], 1),
        room_id=pick([None, *pick.state.rooms], 1),
        at=pick([None, pick.moment], 2),
        rules=len(pick.state.ground_rules) or None,
    )


def _edit(pick: _Pick) -> cmd.Command:
    return cmd.EditContribution(
        contribution_id=pick.contribution(),
        text=pick.text,
        attachments=pick([None, None, []], 1),
    )


def _update(pick: _Pick) -> dict[str, Any]:
    embed = pick([None, "session", "contribution", "clip"], 2)
    shown = {"session": pick.session(), "contribution": pick.contribution()}
    clip = {"from_at": START, "to_at": START + timedelta(milliseconds=500)}
    return {
        "text": pick.text,
        "room_id": pick([None, *pick.state.rooms]) if embed != "clip" else pick.room(),
        "embed": embed,
        "embed_id": shown.get(embed),
        **(clip if embed == "clip" else {}),
    }


def _post_update(pick: _Pick) -> cmd.Command:
    return cmd.PostUpdate(pinned=pick([False, True], 1), **_update(pick))


def _until(pick: _Pick) -> dict[str, Any]:
    return {
        "when": pick(["time", "open", "session", "agenda", "by_hand"], 1),
        "release_at": pick.moment,
        "session_id": pick.session(),
        "label": pick.text,
    }


def _redeem(pick: _Pick) -> cmd.Command:
    last = pick.state.next_card - 1
    return cmd.RedeemCard(
        card=card_code(pick([1, *range(1, last + 1)], 1)),
        table="4",
        name=pick(["", "Eve"], 2),
        proposals=[cmd.CardProposal(title=pick.text)][: pick([0, 1], 2)],
        interests=[pick.session()],
        contributions=[cmd.CardContribution(text=pick.text)][: pick([1, 0])],
        reply=pick([None, "post"]),
        reply_to="Mill Lane 3",
    )


def _propose(pick: _Pick) -> cmd.Command:
    return cmd.ProposeSession(
        title=pick.text,
        hosting=pick([True, True, False]),
        needs=pick([[], ["quiet"]], 1),
        wished=pick([[], [*pick.state.slots]], 2),
        tags=["trees"],
        scope=pick([None, "open"], 1),
    )


def _split(pick: _Pick) -> cmd.Command:
    session_id = pick.session()
    session = pick.state.sessions.get(session_id)
    return cmd.SplitSession(
        session_id=session_id,
        title=pick.text,
        host_id=pick([None, *(session.host_ids if session else ())], 1),
        interest=pick(["copy", "ask"], 2),
    )


def _cohost(pick: _Pick) -> cmd.Command:
    asks = list(pick.state.cohost_asks.values())
    ask = asks[pick.numbers[0] % len(asks)] if asks else None
    step = pick(["invite", "offer", "accept", "accept", "leave"], 1)
    if step == "accept" and ask is not None:
        return cmd.CohostSession(
            session_id=ask.session_id, step=step, member_id=ask.member_id
        )
    member_id = pick([None, "b_ann", "b_ben", "b_mod"], 2)
    return cmd.CohostSession(session_id=pick.session(), step=step, member_id=member_id)


def _merge(pick: _Pick) -> cmd.Command:
    asks = list(pick.state.merge_asks.values())
    if asks and pick.numbers[2] % 2:
        ask = asks[pick.numbers[0] % len(asks)]
        return cmd.MergeSessions(session_id=ask.session_id, other_id=ask.other_id)
    session_id, other_id = pick.pair()
    return cmd.MergeSessions(session_id=session_id, other_id=other_id)


def _decline(pick: _Pick) -> cmd.Command:
    ask = pick([None, *pick.state.merge_asks.values()])
    pair = (ask.session_id, ask.other_id) if ask else pick.pair()
    return cmd.DeclineMerge(session_id=pair[0], other_id=pair[1])


def _arrange(pick: _Pick) -> cmd.Command:
    one, two = (pick.state.sessions.get(key) for key in pick.pair())
    if one is None or two is None:
        return cmd.ArrangeBoard(moves=[cmd.ArrangeMove(session_id="nothing")])
    if pick.numbers[2] % 2:
        places = [(two.room_id, two.slot_id), (one.room_id, one.slot_id)]
    else:
        places = [(pick.room(), pick.slot()), (None, None)]
    moves = [
        cmd.ArrangeMove(session_id=s.session_id, room_id=room, slot_id=slot)
        for s, (room, slot) in zip((one, two), places, strict=True)
    ]
    return cmd.ArrangeBoard(moves=moves)


def _rules(pick: _Pick) -> cmd.Command:
    return cmd.BoardRules(
        mode=pick(["open", "queue", "queue", "vote", "facilitators"]),
        counts=pick([None, "shown", "hidden"], 1),
        proposals=pick([None, "open", "closed"], 2),
        voting=pick([None, "open", "open", "closed"], 2),
    )


def _edit_meeting(pick: _Pick) -> cmd.Command:
    return cmd.EditMeeting(
        purpose=pick.text,
        moderation=pick(["after", "before", None], 1),
        visibility=pick([None, "private", "public", None, "unlisted"], 2),
        scope_items=pick([None, [cmd.ScopeItem(label="open", text=pick.text)]], 2),
    )


BUILDERS: dict[str, Callable[[_Pick], cmd.Command]] = {
    "meeting.create": lambda _: CREATION,
    "meeting.edit": _edit_meeting,
    "meeting.open": lambda _: cmd.OpenMeeting(),
    "meeting.end": lambda _: cmd.EndMeeting(),
    "meeting.reopen": lambda _: cmd.ReopenMeeting(),
    "room.add": lambda pick: cmd.AddRoom(name=pick.text),
    "room.edit": lambda pick: cmd.EditRoom(
        room_id=pick.room(), name=pick.text, capacity=pick([None, 5], 1)
    ),
    "room.close": lambda pick: cmd.CloseRoom(room_id=pick.room(), reason=pick.text),
    "room.reopen": lambda pick: cmd.ReopenRoom(room_id=pick.room()),
    "room.remove": lambda pick: cmd.RemoveRoom(room_id=pick.room()),
    "slot.edit": lambda pick: cmd.EditSlot(
        slot_id=pick.slot(),
        ends_at=pick([None, START + timedelta(hours=9)], 2),
        kind=pick([None, None, "session", "break"]),
        label=pick([None, pick.text], 2),
    ),
    "slot.add": lambda pick: cmd.AddSlot(
        starts_at=pick.moment, ends_at=pick.moment + timedelta(hours=1), label="x"
    ),
    "slot.remove": lambda pick: cmd.RemoveSlot(slot_id=pick.slot()),
    "channel.start": lambda pick: cmd.StartChannel(room_id=pick.room()),
    # Entries are whole seconds apart: no moment here may be another entry's.
    "channel.hold": lambda pick: cmd.HoldChannel(
        room_id=pick.room(), reason=pick.text, dump_seconds=pick([0, 0, 5.25], 1)
    ),
    "channel.delay": lambda pick: cmd.DelayChannel(
        room_id=pick.room(), seconds=pick([0, 30, 60], 1)
    ),
    "cut.request": lambda pick: cmd.RequestCut(
        room_id=pick.room(),
        from_at=START,
        to_at=START + timedelta(seconds=7),
        reason=pick.text,
    ),
    "cut.make": lambda pick: cmd.MakeCut(
        room_id=pick.room(),
        from_at=START,
        to_at=START + timedelta(seconds=9),
    ),
    "cut.decline": lambda pick: cmd.DeclineCut(
        cut_id=pick(pick.state.cut_requests), note=pick.text
    ),
    "cut.undo": lambda pick: cmd.UndoCut(
        cut_id=pick([cut for room in pick.state.rooms.values() for cut in room.cuts])
    ),
    "channel.release": lambda pick: cmd.ReleaseChannel(room_id=pick.room()),
    "channel.stop": lambda pick: cmd.StopChannel(room_id=pick.room()),
    "marker.add": lambda pick: cmd.AddMarker(
        room_id=pick.room(), kind="agenda", label=pick.text, at=pick([None, START], 1)
    ),
    "marker.edit": lambda pick: cmd.EditMarker(
        marker_id=pick(pick.state.markers), label=pick.text, at=pick.moment
    ),
    "marker.prepare": lambda pick: cmd.PrepareMarkers(
        room_id=pick.room(),
        items=[cmd.PreparedMarker(label=pick.text, kind=pick(["agenda", "slide"], 1))],
        published=pick([True, False], 1),
    ),
    "marker.remove": lambda pick: cmd.RemoveMarker(marker_id=pick(pick.state.markers)),
    "board.rules": _rules,
    "board.arrange": _arrange,
    "session.propose": _propose,
    "session.take_up": lambda pick: cmd.TakeUpSession(session_id=pick.session()),
    "session.cohost": _cohost,
    "session.merge": _merge,
    "session.decline_merge": _decline,
    "session.split": _split,
    "session.label": lambda pick: cmd.LabelSession(
        session_id=pick.session(), scope=pick([None, "decided", "outside"], 1)
    ),
    "session.pin": lambda pick: cmd.PinSession(
        session_id=pick.session(), pinned=pick([True, False], 1)
    ),
    "session.star": lambda pick: cmd.StarSession(
        session_id=pick.session(), level=pick([1, 1, 0], 1)
    ),
    "pitch.queue": lambda pick: cmd.QueuePitch(session_id=pick.session()),
    "pitch.leave": lambda pick: cmd.LeavePitch(session_id=pick.session()),
    "pitch.call": lambda pick: cmd.CallPitch(
        session_id=pick([None, None, *pick.state.sessions], 1),
        end=pick([False, False, True], 2),
    ),
    "signal.send": lambda pick: cmd.SendSignal(
        signal=pick(["no_sound", "two_minutes"], 1),
        room_id=pick([None, *pick.state.rooms]),
        text=pick(["", pick.text], 2),
    ),
    "signal.see": lambda pick: cmd.SeeSignal(signal_id=str(pick(pick.state.signals))),
    "question.prepare": lambda pick: cmd.PrepareQuestion(
        text=pick.text,
        options=["Yes", "No"],
        results=pick(["live", "after"], 1),
        by_audience=pick([True, False], 2),
        ask=pick([True, True, False]),
    ),
    "question.open": lambda pick: cmd.OpenQuestion(
        question_id=str(pick(pick.state.prepared_questions))
    ),
    "question.close": lambda pick: cmd.CloseQuestion(question_id=pick.question()),
    "question.remove": lambda pick: cmd.RemoveQuestion(
        question_id=str(
            pick([*pick.state.prepared_questions, *pick.state.questions], 1)
        )
    ),
    "question.answer": lambda pick: cmd.AnswerQuestion(
        question_id=pick.question(),
        choice=pick([0, 1, None], 1),
        audience=pick([None, "room"], 2),
    ),
    "report.post": _post_update,
    "report.draft": lambda pick: cmd.DraftUpdate(**_update(pick)),
    "report.edit": lambda pick: cmd.EditUpdate(
        update_id=pick.update(),
        picture_clear=pick([False, True], 1),
        **_update(pick),
    ),
    "report.correct": lambda pick: cmd.CorrectUpdate(
        update_id=pick.update(), note=pick.text, **_update(pick)
    ),
    "report.publish": lambda pick: cmd.PublishUpdate(update_id=pick.update()),
    "report.pin": lambda pick: cmd.PinUpdate(
        update_id=pick.update(), pinned=pick([True, False], 1)
    ),
    "report.withdraw": lambda pick: cmd.WithdrawUpdate(update_id=pick.update()),
    "report.picture": lambda pick: cmd.AddUpdatePicture(
        update_id=pick.update(), image=b"big", small=b"s", width=4, height=3
    ),
    "notice.dismiss": lambda pick: cmd.DismissNotice(
        session_id=pick([None, *pick.state.sessions], 1),
        contribution_id=pick([None, None, *pick.state.contributions], 2),
    ),
    "session.edit": lambda pick: cmd.EditSession(
        session_id=pick.session(), pitch=pick.text, needs=pick([None, ["stream"]], 1)
    ),
    "session.place": lambda pick: cmd.PlaceSession(
        session_id=pick.session(),
        room_id=str(pick(pick.state.rooms, 1)),
        slot_id=str(pick(pick.state.slots, 2)),
    ),
    "session.unplace": lambda pick: cmd.UnplaceSession(session_id=pick.session()),
    "session.start": lambda pick: cmd.StartSession(session_id=pick.session()),
    "session.finish": lambda pick: cmd.FinishSession(session_id=pick.session()),
    "session.extend": lambda pick: cmd.ExtendSession(
        session_id=pick.session(),
        until_at=pick([None, START + timedelta(minutes=75)], 1),
    ),
    "slot.shift": lambda pick: cmd.ShiftTimes(
        slot_id=pick.slot(), minutes=pick([-5, 0, 10])
    ),
    "hand.raise": lambda pick: cmd.RaiseHand(session_id=pick.session()),
    "hand.lower": lambda pick: cmd.LowerHand(
        hand_id=pick(pick.state.hands), called=pick([True, False], 1)
    ),
    "note.add": lambda pick: cmd.AddNote(
        session_id=pick.session(), kind="action", text=pick.text, who="Eve"
    ),
    "note.edit": lambda pick: cmd.EditNote(
        note_id=pick(pick.state.notes),
        text=pick([None, pick.text], 1),
        due=date(2026, 5, 1),
        kind=pick([None, "offer"], 2),
    ),
    "note.remove": lambda pick: cmd.RemoveNote(
        note_id=pick(pick.state.notes), erase=pick([False, True], 1)
    ),
    "photo.add": lambda pick: cmd.AddPhoto(
        session_id=pick.session(), image=b"big", small=b"s", width=4, height=3
    ),
    "action.add": lambda pick: cmd.AddAction(
        text=pick.text,
        who=pick(["", "Eve"], 1),
        contribution_id=pick([None, *pick.state.contributions]),
        room_id=pick([None, *pick.state.rooms], 2),
    ),
    "action.take": lambda pick: cmd.TakeAction(note_id=pick(pick.state.notes)),
    "action.move": lambda pick: cmd.MoveAction(
        note_id=pick(pick.state.notes),
        status=pick(["open", "doing", "done", "dropped"], 1),
        text=pick(["", pick.text], 2),
    ),
    "here.set": lambda pick: cmd.SetHere(room_id=pick([None, *pick.state.rooms])),
    "contribution.read_aloud": lambda pick: cmd.ReadAloud(
        contribution_id=pick.contribution()
    ),
    "session.withdraw": lambda pick: cmd.WithdrawSession(session_id=pick.session()),
    "session.interest": lambda pick: cmd.SetInterest(
        session_id=pick.session(), level=pick([1, 1, 0], 1)
    ),
    "contribution.post": _post,
    "contribution.edit": _edit,
    "contribution.caption": lambda pick: cmd.CaptionVoice(
        contribution_id=pick.contribution(),
        attachment_id=pick(["a_none"]),
        text=pick.text,
    ),
    "contribution.support": lambda pick: cmd.SetSupport(
        contribution_id=pick.contribution(), level=pick([1, 1, 0], 1)
    ),
    "contribution.publish": lambda pick: cmd.PublishContribution(
        contribution_id=pick.contribution()
    ),
    "contribution.answer": lambda pick: cmd.AnswerContribution(
        contribution_id=pick.contribution(),
        text=pick(["", pick.text, pick.text], 2),
        partly=pick([False, True], 1),
        room_id=pick([None, *pick.state.rooms], 1),
        until=pick([None, None, START + timedelta(days=9)], 1),
    ),
    "answer.withdraw": lambda pick: cmd.WithdrawAnswer(
        contribution_id=pick(pick.state.answers),
        reason=pick.text,
        erase=pick([False, True], 1),
    ),
    "contribution.spotlight": lambda pick: cmd.SpotlightContribution(
        contribution_id=pick([None, *pick.state.contributions]),
        room_id=pick([None, None, *pick.state.rooms], 1),
        level=pick([1, 1, 0], 1),
        queue=pick([False, True], 2),
        next=pick([False, False, True], 2),
    ),
    "response.promise": lambda pick: cmd.PromiseResponse(
        until=pick([None, START + timedelta(days=5)], 1), text=pick(["", pick.text], 2)
    ),
    "outcome.write": lambda pick: cmd.WriteOutcome(
        outcome_id=pick([None, *pick.state.outcomes]),
        theme=pick.text,
        cannot=pick([None, pick.text], 2),
        scope=pick([None, "outside"], 1),
        contribution_ids=pick([None, [pick.contribution()]], 1),
    ),
    "outcome.remove": lambda pick: cmd.RemoveOutcome(
        outcome_id=pick(pick.state.outcomes)
    ),
    "contribution.hide": lambda pick: cmd.HideContribution(
        contribution_id=pick.contribution(), reason=pick.text
    ),
    "contribution.label": lambda pick: cmd.LabelContribution(
        contribution_id=pick.contribution(), scope=pick([None, "influence"], 1)
    ),
    "contribution.return": lambda pick: cmd.ReturnContribution(
        contribution_id=pick.contribution()
    ),
    "contribution.flag": lambda pick: cmd.FlagContribution(
        contribution_id=pick.contribution(), category="abuse", note=pick.text
    ),
    "contribution.appeal": lambda pick: cmd.Appeal(
        contribution_id=pick.contribution(), text=pick.text
    ),
    "contribution.seal": lambda pick: cmd.SealContribution(
        contribution_id=pick.contribution()
    ),
    "flags.settle": lambda pick: cmd.SettleFlags(contribution_id=pick.contribution()),
    "appeal.answer": lambda pick: cmd.AnswerAppeal(
        contribution_id=str(pick(pick.state.appeals)),
        granted=pick([True, False], 1),
        text=pick.text,
    ),
    "seal.pass_on": lambda pick: cmd.PassOnSeal(
        seal_id=str(pick(pick.state.seals)), to="Police"
    ),
    "seal.release": lambda pick: cmd.ReleaseSeal(seal_id=str(pick(pick.state.seals))),
    "rules.set": lambda pick: cmd.SetRules(text=pick.text),
    "rules.accept": lambda pick: cmd.AcceptRules(
        version=len(pick.state.ground_rules) - pick([0, 0, 1], 1)
    ),
    "moderation.set": lambda pick: cmd.SetModeration(
        thread=pick(["all", "meeting", f"session:{pick.session()}"]),
        mode=pick([None, "before", "after", "as_meeting"], 1),
        slow_seconds=pick([None, 0, 2], 2),
    ),
    "calm.set": lambda pick: cmd.SetCalm(on=pick([True, False])),
    "words.set": lambda pick: cmd.SetWords(
        hold_words=pick([[], ["7"]]), refuse_words=pick([[], ["8"]], 1)
    ),
    "member.mute": lambda pick: cmd.MuteMember(
        contribution_id=pick([None, *pick.state.contributions]),
        member_id="b_ben",
        minutes=pick([None, 1], 1),
        reason=pick.text,
    ),
    "member.unmute": lambda pick: cmd.EndMute(mute_id=str(pick(pick.state.mutes))),
    "embargo.hold": lambda pick: cmd.HoldEmbargo(
        type="contribution.post", data={"text": pick.text}, **_until(pick)
    ),
    "embargo.change": lambda pick: cmd.ChangeEmbargo(
        embargo_id=str(pick(pick.state.embargoes)), **_until(pick)
    ),
    "embargo.release": lambda pick: cmd.ReleaseEmbargo(
        embargo_id=str(pick(pick.state.embargoes))
    ),
    "embargo.drop": lambda pick: cmd.DropEmbargo(
        embargo_id=str(pick(pick.state.embargoes))
    ),
    "embargo.due": lambda _: cmd.ReleaseDue(),
    "consent.release": lambda pick: cmd.ReleaseConsent(
        contribution_id=pick.contribution(),
        audience=pick(["team", "meeting", "public", "public"], 1),
    ),
    "consent.renew": lambda pick: cmd.RenewConsent(
        contribution_id=pick.contribution(), until=FAR, purposes=["report"]
    ),
    "consent.expire": lambda _: cmd.ExpireConsents(),
    "consent.remind": lambda _: cmd.RemindOfConsents(),
    "contribution.withdraw": lambda pick: cmd.WithdrawContribution(
        contribution_id=pick.contribution()
    ),
    "card.issue": lambda pick: cmd.IssueCards(count=pick([1, 2], 1), label=pick.text),
    "card.redeem": _redeem,
    "card.serve": lambda pick: cmd.ServeCard(card=pick.card(), way="phone"),
    "card.reply": lambda pick: cmd.ReplyToCard(card=pick.card()),
    "invite.make": lambda pick: cmd.MakeInvite(
        duty=pick(["moderate", "report"]), label=pick.text
    ),
    "invite.revoke": lambda pick: cmd.RevokeInvite(invite_id=pick(pick.state.invites)),
    "duty.revoke": lambda pick: cmd.RevokeDuty(
        member_id=pick(pick.state.duties), duty="moderate"
    ),
    "member.remove": lambda pick: cmd.RemoveMember(member_id=pick(["b_ann", "b_ben"])),
    "member.readmit": lambda pick: cmd.ReadmitMember(
        member_id=pick(["b_ann", "b_ben"])
    ),
    "markers.publish": lambda _: cmd.PublishMarkers(),
    "duty.grant": lambda pick: cmd.GrantDuty(
        member_id=pick(["b_ann", "b_ben"]),
        duty=pick(["moderate", "report"], 1),
        invite_id=pick([None, *pick.state.invites], 2),
    ),
    "source.change": lambda pick: cmd.ChangeSource(
        room_id=pick.room(), connected=pick([True, False], 1)
    ),
    "recording.change": lambda pick: cmd.ChangeRecording(room_id=pick.room()),
    "transcript.change": lambda pick: cmd.ChangeTranscript(
        room_id=pick.room(), from_at=START, to_at=pick.moment
    ),
    "tallies.publish": lambda _: cmd.PublishTallies(),
    "attendance.count": lambda pick: cmd.CountAttendance(
        counts={"video": pick.numbers[0]}
    ),
}

# What people do most, so that contributions and sessions pile up and meet.
_OFTEN = [
    name for name in BUILDERS if name.startswith(("contribution.", "session."))
] * 3
steps = some.builds(
    Step,
    name=some.sampled_from([*BUILDERS, *_OFTEN, *["contribution.post"] * 6]),
    who=some.integers(0, len(ACTORS) - 1),
    numbers=some.tuples(*[some.integers(0, 10_000)] * 3),
)
# Hypothesis likes short lists, in which contributions are seldom hidden.
histories = some.lists(steps, min_size=30, max_size=60)
creations = some.sampled_from([CREATION, CREATED_LIVE])
