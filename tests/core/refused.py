"""One way into every refusal of the rules, by its code.

A new code in `folkmoot.core` needs its way here: `test_refusals.py` compares.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core.broadcast.quoting import need_span
from folkmoot.core.decision import Actor
from folkmoot.core.talk.cards import card_code
from tests.core.play import START, Play
from tests.core.square import (
    ADMIN,
    ANN,
    BEN,
    CAT,
    FACILITATOR,
    MODERATOR,
    ORGANISER,
    SYSTEM,
    Square,
)

Way = Callable[[Square], object]
WAYS: dict[str, list[Way]] = {}


def way(code: str) -> Callable[[Way], Way]:
    """Register a way into a refusal with this code."""

    def register(function: Way) -> Way:
        WAYS.setdefault(code, []).append(function)
        return function

    return register


def _trees(square: Square) -> str:
    return square.propose("Trees", ANN)


# --- the meeting -------------------------------------------------------------


@way("meeting_exists")
def _(square: Square) -> None:
    square.do(cmd.CreateMeeting(title="Again", slug="again"))


@way("bad_slug")
def _(_square: Square) -> None:
    Play().do(cmd.CreateMeeting(title="x", slug="Not a slug"))


@way("bad_timezone")
def _(_square: Square) -> None:
    Play().do(cmd.CreateMeeting(title="x", slug="x", timezone="Mars/North"))


@way("too_many_rooms")
def _(_square: Square) -> None:
    rooms = [cmd.RoomSpec(name="r")] * 101
    Play().do(cmd.CreateMeeting(title="x", slug="x", rooms=rooms))


@way("too_many_rooms")
def _(square: Square) -> None:
    for _ in range(99):
        square.do(cmd.AddRoom(name="r"), ORGANISER)


@way("too_many_times")
def _(_square: Square) -> None:
    slots = [Square.hour(1)] * 501
    Play().do(cmd.CreateMeeting(title="x", slug="x", slots=slots))


@way("too_many_times")
def _(square: Square) -> None:
    for _ in range(499):
        square.do(cmd.AddSlot(**_span(1, 2)), ORGANISER)


@way("meeting_ended")
def _(square: Square) -> None:
    square.do(cmd.EndMeeting(), ORGANISER)
    square.propose("Too late")


@way("meeting_ended")
def _(square: Square) -> None:
    square.do(cmd.EndMeeting(), ORGANISER)
    square.do(cmd.OpenMeeting(), ORGANISER)


@way("not_ended")
def _(square: Square) -> None:
    square.do(cmd.ReopenMeeting(), ORGANISER)


@way("bad_time")
def _(square: Square) -> None:
    square.do(cmd.AddSlot(**_span(2, 1)), ORGANISER)


@way("bad_time")
def _(square: Square) -> None:
    square.do(cmd.EditSlot(slot_id=square.slots[0], ends_at=START), FACILITATOR)


@way("bad_time")
def _(square: Square) -> None:
    # The year 1 in a zone ahead of UTC lies before all time.
    ahead = datetime.fromisoformat("0001-01-01T00:00:00+12:00")
    square.do(cmd.EditMeeting(starts_at=ahead), ORGANISER)


@way("time_without_zone")
def _(square: Square) -> None:
    square.do(cmd.EditMeeting(starts_at=START.replace(tzinfo=None)), ORGANISER)


@way("time_in_use")
def _(square: Square) -> None:
    square.place(_trees(square))
    square.do(cmd.RemoveSlot(slot_id=square.slots[0]), ORGANISER)


@way("time_in_use")
def _(square: Square) -> None:
    square.place(_trees(square))
    square.do(cmd.EditSlot(slot_id=square.slots[0], kind="break"), FACILITATOR)


@way("room_in_use")
def _(square: Square) -> None:
    square.place(_trees(square))
    square.do(cmd.RemoveRoom(room_id=square.rooms[0]), ORGANISER)


@way("room_kept")
def _(square: Square) -> None:
    square.do(cmd.ChangeRecording(room_id=square.rooms[1]))
    square.do(cmd.RemoveRoom(room_id=square.rooms[1]), ORGANISER)


@way("no_such_room")
def _(square: Square) -> None:
    square.do(cmd.StartChannel(room_id="r_none"), FACILITATOR)


@way("no_such_time")
def _(square: Square) -> None:
    square.do(cmd.RemoveSlot(slot_id="t_none"), ORGANISER)


@way("unknown_command")
def _(square: Square) -> None:
    square.do(cmd.Command())


@way("unknown_command")
def _(_square: Square) -> None:
    cmd.read_command("session.dance", {})


# --- broadcast, markers, people ----------------------------------------------


@way("off_air")
def _(square: Square) -> None:
    square.do(cmd.HoldChannel(room_id=square.rooms[0]), FACILITATOR)


@way("off_air")
def _(square: Square) -> None:
    square.do(cmd.ReleaseChannel(room_id=square.rooms[0]), FACILITATOR)


@way("on_air")
def _(square: Square) -> None:
    square.do(cmd.StartChannel(room_id=square.rooms[0]), FACILITATOR)
    square.do(cmd.DelayChannel(room_id=square.rooms[0], seconds=30), FACILITATOR)


def _request(square: Square, actor: Actor = ANN) -> str:
    moment = square.now
    request = cmd.RequestCut(
        room_id=square.rooms[0], from_at=moment - timedelta(seconds=9), to_at=moment
    )
    return str(square.do(request, actor).data["cut_id"])


@way("too_many_requests")
def _(square: Square) -> None:
    for _ in range(21):
        _request(square)


@way("bad_time")
def _(square: Square) -> None:
    moment = square.now + timedelta(hours=1)
    span = {"from_at": moment, "to_at": moment + timedelta(seconds=9)}
    square.do(cmd.RequestCut(room_id=square.rooms[0], **span), ANN)


@way("not_a_member")
def _(square: Square) -> None:
    _request(square, Actor(member_id=None, name="Visitor"))


@way("no_span")
def _(square: Square) -> None:
    square.do(cmd.MakeCut(room_id=square.rooms[0]), FACILITATOR)


@way("no_such_cut")
def _(square: Square) -> None:
    square.do(cmd.MakeCut(cut_id="u_none"), FACILITATOR)


@way("no_such_cut")
def _(square: Square) -> None:
    square.do(cmd.UndoCut(cut_id="u_none"), FACILITATOR)


@way("already_cut")
def _(square: Square) -> None:
    cut_id = _request(square)
    square.do(cmd.MakeCut(cut_id=cut_id), FACILITATOR)
    square.do(cmd.DeclineCut(cut_id=cut_id), FACILITATOR)


@way("yourself")
def _(square: Square) -> None:
    square.do(cmd.RemoveMember(member_id=ORGANISER.member_id or ""), ORGANISER)


@way("no_such_marker")
def _(square: Square) -> None:
    square.do(cmd.RemoveMarker(marker_id="a_none"), FACILITATOR)


@way("no_such_duty")
def _(square: Square) -> None:
    square.do(cmd.MakeInvite(duty="dance"), ORGANISER)


@way("no_such_signal")
def _(square: Square) -> None:
    square.do(cmd.SeeSignal(signal_id="g_none"), MODERATOR)


# --- live updates --------------------------------------------------------------

REPORTER = Actor("b_ria", "Ria", frozenset({"report"}))


def _update(square: Square, **more: Any) -> str:
    made = square.do(cmd.PostUpdate(text="x", **more), REPORTER)
    return str(made.data["update_id"])


def _draft(square: Square, **more: Any) -> str:
    made = square.do(cmd.DraftUpdate(text="x", **more), REPORTER)
    return str(made.data["update_id"])


def _ask(square: Square, **more: Any) -> str:
    ask = cmd.PrepareQuestion(text="x", options=["a", "b"], **{"ask": True, **more})
    return str(square.do(ask, FACILITATOR).data["question_id"])


@way("no_such_question")
def _(square: Square) -> None:
    prepared = _ask(square, ask=False)
    square.do(cmd.AnswerQuestion(question_id=prepared, choice=0), ANN)


@way("no_such_question")
def _(square: Square) -> None:
    square.do(cmd.OpenQuestion(question_id="q_none"), FACILITATOR)


@way("no_such_option")
def _(square: Square) -> None:
    square.do(cmd.AnswerQuestion(question_id=_ask(square), choice=2), ANN)


@way("bad_options")
def _(square: Square) -> None:
    square.do(cmd.PrepareQuestion(text="x", options=["a", "a "]), FACILITATOR)


@way("not_open")
def _(square: Square) -> None:
    square.do(cmd.EndMeeting(), ORGANISER)
    _ask(square)


@way("not_asked_yet")
def _(square: Square) -> None:
    early = {"choice": 0, "at": square.now - timedelta(seconds=5)}
    square.do(cmd.AnswerQuestion(question_id=_ask(square), **early), ANN)


@way("question_closed")
def _(square: Square) -> None:
    asked = _ask(square)
    square.do(cmd.CloseQuestion(question_id=asked), FACILITATOR)
    square.now += timedelta(seconds=30)
    square.do(cmd.AnswerQuestion(question_id=asked, choice=0), ANN)


@way("not_a_member")
def _(square: Square) -> None:
    square.do(cmd.AnswerQuestion(question_id=_ask(square), choice=0), ADMIN)


@way("too_many_questions")
def _(square: Square) -> None:
    for _ in range(101):
        _ask(square, ask=False)


@way("too_many_questions")
def _(square: Square) -> None:
    for _ in range(301):
        _ask(square)


@way("no_such_update")
def _(square: Square) -> None:
    square.do(cmd.PinUpdate(update_id="l_none", pinned=True), REPORTER)


@way("withdrawn")
def _(square: Square) -> None:
    update_id = _update(square)
    square.do(cmd.WithdrawUpdate(update_id=update_id), REPORTER)
    square.do(cmd.EditUpdate(update_id=update_id, text="y"), REPORTER)


@way("outdated")
def _(square: Square) -> None:
    update_id = _draft(square)
    square.do(cmd.EditUpdate(update_id=update_id, text="y"), REPORTER, expect=1)
    square.do(cmd.EditUpdate(update_id=update_id, text="z"), MODERATOR, expect=1)


@way("not_posted")
def _(square: Square) -> None:
    correct = cmd.CorrectUpdate(update_id=_draft(square), text="y", note="x")
    square.do(correct, REPORTER)


@way("not_posted")
def _(square: Square) -> None:
    square.do(cmd.PinUpdate(update_id=_draft(square), pinned=True), REPORTER)


@way("empty_update")
def _(square: Square) -> None:
    square.do(cmd.PostUpdate(text="  "), REPORTER)


@way("empty_update")
def _(square: Square) -> None:
    empty = square.do(cmd.DraftUpdate(), REPORTER).data["update_id"]
    square.do(cmd.PublishUpdate(update_id=empty), REPORTER)


@way("bad_time")
def _(square: Square) -> None:
    room_id = square.rooms[0]
    _update(square, room_id=room_id, about_at=START + timedelta(days=1))


@way("bad_time")
def _(square: Square) -> None:
    span = {"from_at": START, "to_at": START - timedelta(seconds=1)}
    _update(square, room_id=square.rooms[0], embed="clip", **span)


@way("no_span")
def _(square: Square) -> None:
    _update(square, embed="clip")


@way("no_such_contribution")
def _(square: Square) -> None:
    hidden = square.post("x", BEN)
    square.do(cmd.HideContribution(contribution_id=hidden, reason="x"), MODERATOR)
    _update(square, embed="contribution", embed_id=hidden)


@way("not_agreed")
def _(square: Square) -> None:
    story = square.story("x", audience="public", purposes=["meeting"])
    _update(square, embed="contribution", embed_id=story)


@way("no_such_session")
def _(square: Square) -> None:
    _update(square, embed="session", embed_id="s_none")


@way("not_seen_yet")
def _(square: Square) -> None:
    room_id = square.rooms[0]
    square.do(cmd.DelayChannel(room_id=room_id, seconds=60), FACILITATOR)
    edit = cmd.EditUpdate(update_id=_update(square), text="y", room_id=room_id)
    square.do(edit, REPORTER)


@way("too_many_corrections")
def _(square: Square) -> None:
    correct = cmd.CorrectUpdate(update_id=_update(square), text="x", note="n")
    for _ in range(21):
        square.do(correct, REPORTER)


@way("too_many_pinned")
def _(square: Square) -> None:
    for _ in range(4):
        _update(square, pinned=True)


@way("too_many_updates")
def _(square: Square) -> None:
    for _ in range(51):
        _draft(square)


@way("no_such_invite")
def _(square: Square) -> None:
    square.do(cmd.RevokeInvite(invite_id="i_none"), ORGANISER)


@way("invite_revoked")
def _(square: Square) -> None:
    made = square.do(cmd.MakeInvite(duty="moderate"), ORGANISER)
    invite_id = made.data["invite_id"]
    square.do(cmd.RevokeInvite(invite_id=invite_id), ORGANISER)
    grant = cmd.GrantDuty(member_id="b_ann", duty="moderate", invite_id=invite_id)
    square.do(grant, SYSTEM)


# What takes a duty, given by somebody who has none (or not that one).
HOST = Actor("b_host", "Hope", frozenset({"host:s_one", "table"}))
STAFF_COMMANDS: tuple[tuple[cmd.Command, Actor], ...] = (
    (cmd.DelayChannel(room_id="plenary", seconds=5), MODERATOR),
    (cmd.MakeCut(room_id="plenary"), MODERATOR),
    (cmd.DeclineCut(cut_id="u_none"), MODERATOR),
    (cmd.UndoCut(cut_id="u_none"), MODERATOR),
    (cmd.RemoveMember(member_id="b_ann"), FACILITATOR),
    (cmd.ReadmitMember(member_id="b_ann"), FACILITATOR),
    (cmd.EditMeeting(title="x"), FACILITATOR),
    (cmd.OpenMeeting(), FACILITATOR),
    (cmd.EndMeeting(), FACILITATOR),
    (cmd.ReopenMeeting(), FACILITATOR),
    (cmd.AddRoom(name="x"), FACILITATOR),
    (cmd.EditRoom(room_id="plenary"), FACILITATOR),
    (cmd.RemoveRoom(room_id="plenary"), FACILITATOR),
    (cmd.SendSignal(signal="no_sound"), Actor("b_none")),
    (cmd.PrepareQuestion(text="x", options=["a", "b"]), MODERATOR),
    (cmd.OpenQuestion(question_id="q_none"), MODERATOR),
    (cmd.CloseQuestion(question_id="q_none"), MODERATOR),
    (cmd.RemoveQuestion(question_id="q_none"), MODERATOR),
    (cmd.PostUpdate(text="x"), HOST),
    (cmd.DraftUpdate(), HOST),
    (cmd.EditUpdate(update_id="l_none"), HOST),
    (cmd.CorrectUpdate(update_id="l_none", note="x"), HOST),
    (cmd.PublishUpdate(update_id="l_none"), HOST),
    (cmd.PinUpdate(update_id="l_none", pinned=True), HOST),
    (cmd.WithdrawUpdate(update_id="l_none"), HOST),
    (
        cmd.AddUpdatePicture(
            update_id="l_none", image=b"", small=b"", width=1, height=1
        ),
        HOST,
    ),
    (cmd.CloseRoom(room_id="plenary"), MODERATOR),
    (cmd.ReopenRoom(room_id="plenary"), MODERATOR),
    (
        cmd.AddSlot(starts_at=START, ends_at=START + timedelta(hours=1)),
        FACILITATOR,
    ),
    (cmd.RemoveSlot(slot_id="t_000000000006"), FACILITATOR),
    (cmd.ShiftTimes(slot_id="t_000000000006", minutes=5), MODERATOR),
    (cmd.StartChannel(room_id="plenary"), MODERATOR),
    (cmd.HoldChannel(room_id="plenary"), MODERATOR),
    (cmd.ReleaseChannel(room_id="plenary"), MODERATOR),
    (cmd.StopChannel(room_id="plenary"), MODERATOR),
    (cmd.AddMarker(room_id="plenary", kind="slide", label="x"), MODERATOR),
    (cmd.RemoveMarker(marker_id="a_none"), MODERATOR),
    (cmd.PrepareMarkers(room_id="plenary", items=[]), MODERATOR),
    (cmd.PromiseResponse(text="x"), MODERATOR),
    (cmd.SpotlightContribution(next=True), ANN),
    (cmd.AddAction(text="x"), ANN),
    (cmd.WriteOutcome(theme="x"), ANN),
    (cmd.RemoveOutcome(outcome_id="o_none"), ANN),
    (cmd.EditMarker(marker_id="a_none"), MODERATOR),
    (cmd.IssueCards(count=1), MODERATOR),
    (cmd.RedeemCard(card="001G"), MODERATOR),
    (cmd.ServeCard(card="001G", way="table"), MODERATOR),
    (cmd.ReplyToCard(card="001G"), ANN),
    (cmd.MakeInvite(duty="moderate"), FACILITATOR),
    (cmd.RevokeInvite(invite_id="i_none"), FACILITATOR),
    (cmd.GrantDuty(member_id="b_ann", duty="moderate"), FACILITATOR),
    (cmd.RevokeDuty(member_id="b_ann", duty="moderate"), FACILITATOR),
    (cmd.BoardRules(mode="vote"), MODERATOR),
    (cmd.ArrangeBoard(moves=[cmd.ArrangeMove(session_id="s")]), MODERATOR),
    (cmd.CallPitch(), MODERATOR),
    (cmd.PinSession(session_id="s", pinned=True), MODERATOR),
    (cmd.PublishContribution(contribution_id="c"), ANN),
    (cmd.HideContribution(contribution_id="c", reason="x"), ANN),
    (cmd.LabelContribution(contribution_id="c", scope=None), ANN),
)


def _give(command: cmd.Command, actor: Actor) -> Way:
    return lambda square: square.do(command, actor)


for _command, _actor in STAFF_COMMANDS:
    way("not_allowed")(_give(_command, _actor))


@way("not_allowed")
def _(square: Square) -> None:
    square.do(cmd.EditSlot(slot_id=square.slots[0], label="x"), MODERATOR)


# --- paper -------------------------------------------------------------------

HELPER = Actor("b_hel", "Hel", frozenset({"table"}))


def _issue(square: Square, count: int = 2) -> None:
    square.do(cmd.IssueCards(count=count), FACILITATOR)


def _on_card(code: str) -> cmd.RedeemCard:
    return cmd.RedeemCard(card=code, contributions=[cmd.CardContribution(text="x")])


@way("too_many_cards")
def _(square: Square) -> None:
    for _ in range(11):
        _issue(square, 500)


@way("no_such_card")
def _(square: Square) -> None:
    square.do(_on_card(card_code(1)), HELPER)


@way("no_such_card")
def _(square: Square) -> None:
    _issue(square)
    square.do(cmd.ServeCard(card=card_code(1), way="phone"), HELPER)


@way("bad_card_code")
def _(square: Square) -> None:
    _issue(square)
    square.do(_on_card("001A"), HELPER)


@way("bad_card_code")
def _(square: Square) -> None:
    square.do(_on_card("card"), HELPER)


@way("card_used")
def _(square: Square) -> None:
    _issue(square)
    square.do(_on_card(card_code(1)), HELPER)
    square.do(_on_card(card_code(1)), HELPER)


@way("empty_card")
def _(square: Square) -> None:
    _issue(square)
    square.do(cmd.RedeemCard(card=card_code(2)), HELPER)


@way("no_reply_owed")
def _(square: Square) -> None:
    _issue(square)
    square.do(_on_card(card_code(1)), HELPER)
    square.do(cmd.ReplyToCard(card=card_code(1)), FACILITATOR)


# --- sessions ----------------------------------------------------------------


@way("no_such_session")
def _(square: Square) -> None:
    square.do(cmd.WithdrawSession(session_id="s_none"), ANN)


@way("merged")
def _(square: Square) -> None:
    trees, limes = _trees(square), square.propose("Limes", ANN)
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), ANN)
    square.do(cmd.WithdrawSession(session_id=limes), ANN)


@way("not_a_member")
def _(square: Square) -> None:
    square.do(cmd.SetInterest(session_id=_trees(square), level=1), ADMIN)


@way("not_a_member")
def _(square: Square) -> None:
    square.do(cmd.PostContribution(text="x"), ADMIN)


@way("not_a_member")
def _(square: Square) -> None:
    post = square.post("x", ANN)
    square.do(cmd.SetSupport(contribution_id=post, level=1), ADMIN)


@way("not_your_session")
def _(square: Square) -> None:
    square.place(_trees(square), actor=BEN)


@way("not_your_session")
def _(square: Square) -> None:
    invite = cmd.CohostSession(
        session_id=_trees(square), step="invite", member_id="b_cat"
    )
    square.do(invite, BEN)


@way("not_your_session")
def _(square: Square) -> None:
    leave = cmd.CohostSession(
        session_id=_trees(square), step="leave", member_id="b_ann"
    )
    square.do(leave, BEN)


@way("not_your_session")
def _(square: Square) -> None:
    trees = _trees(square)
    square.do(cmd.CohostSession(session_id=trees, step="offer"), CAT)
    accept = cmd.CohostSession(session_id=trees, step="accept", member_id="b_cat")
    square.do(accept, BEN)


@way("not_your_session")
def _(square: Square) -> None:
    trees, limes = _trees(square), square.propose("Limes", ANN)
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), BEN)


@way("not_your_session")
def _(square: Square) -> None:
    trees, limes = _trees(square), square.propose("Limes", ANN)
    square.do(cmd.DeclineMerge(session_id=trees, other_id=limes), BEN)


@way("not_your_session")
def _(square: Square) -> None:
    square.do(cmd.SplitSession(session_id=_trees(square), title="x"), BEN)


@way("outdated")
def _(square: Square) -> None:
    square.place(_trees(square), expect=7)


@way("slot_taken")
def _(square: Square) -> None:
    square.place(_trees(square))
    square.place(square.propose("Limes"))


@way("slot_taken")
def _(square: Square) -> None:
    square.place(_trees(square))
    _arrange(square, square.propose("Limes"), square.rooms[0], square.slots[0])


@way("board_full")
def _(square: Square) -> None:
    for _ in range(2_001):
        _trees(square)


@way("proposals_closed")
def _(square: Square) -> None:
    square.do(cmd.BoardRules(proposals="closed"), FACILITATOR)
    _trees(square)


@way("voting_closed")
def _(square: Square) -> None:
    trees = _trees(square)
    square.do(cmd.BoardRules(voting="closed"), FACILITATOR)
    square.want(trees, BEN)


@way("no_such_feature")
def _(square: Square) -> None:
    square.propose("Trees", needs=["a swimming pool"])


@way("room_closed")
def _(square: Square) -> None:
    square.do(cmd.CloseRoom(room_id=square.rooms[0]), FACILITATOR)
    square.place(_trees(square))


@way("time_is_break")
def _(square: Square) -> None:
    square.do(cmd.EditSlot(slot_id=square.slots[0], kind="break"), FACILITATOR)
    square.place(_trees(square))


@way("facilitators_place")
def _(square: Square) -> None:
    square.do(cmd.BoardRules(mode="facilitators"), FACILITATOR)
    square.place(_trees(square), actor=ANN)


@way("facilitators_place")
def _(square: Square) -> None:
    trees = _trees(square)
    square.place(trees)
    square.do(cmd.BoardRules(mode="vote"), FACILITATOR)
    square.do(cmd.UnplaceSession(session_id=trees), ANN)


@way("not_your_turn")
def _(square: Square) -> None:
    square.do(cmd.BoardRules(mode="queue"), FACILITATOR)
    square.place(_trees(square), actor=ANN)


@way("others_host")
def _(square: Square) -> None:
    trees = _trees(square)
    square.do(
        cmd.CohostSession(session_id=trees, step="invite", member_id="b_ben"), ANN
    )
    square.do(cmd.CohostSession(session_id=trees, step="accept"), BEN)
    square.do(cmd.WithdrawSession(session_id=trees), ANN)


# --- hosts, merge, split -----------------------------------------------------


@way("hosted_already")
def _(square: Square) -> None:
    square.do(cmd.TakeUpSession(session_id=_trees(square)), BEN)


@way("nobody_hosts")
def _(square: Square) -> None:
    square.place(square.propose("Wells", ANN, hosting=False), actor=ANN)


@way("nobody_hosts")
def _(square: Square) -> None:
    wells = square.propose("Wells", ANN, hosting=False)
    square.do(cmd.CohostSession(session_id=wells, step="offer"), BEN)


@way("nobody_hosts")
def _(square: Square) -> None:
    wells = square.propose("Wells", ANN, hosting=False)
    square.do(cmd.BoardRules(mode="queue"), FACILITATOR)
    square.do(cmd.QueuePitch(session_id=wells), ANN)


@way("nobody_named")
def _(square: Square) -> None:
    square.do(cmd.CohostSession(session_id=_trees(square), step="invite"), ANN)


@way("nobody_asked")
def _(square: Square) -> None:
    square.do(cmd.CohostSession(session_id=_trees(square), step="accept"), BEN)


@way("not_yours_to_accept")
def _(square: Square) -> None:
    trees = _trees(square)
    square.do(cmd.CohostSession(session_id=trees, step="offer"), BEN)
    square.do(cmd.CohostSession(session_id=trees, step="accept"), BEN)


@way("too_many_hosts")
def _(square: Square) -> None:
    trees = _trees(square)
    for number in range(21):
        helper = Actor(f"b_{number}", "Helper")
        square.do(cmd.CohostSession(session_id=trees, step="offer"), helper)


@way("too_many_hosts")
def _(square: Square) -> None:
    trees = _trees(square)
    for number in range(20):
        helper = Actor(f"b_{number}", "Helper")
        square.do(cmd.CohostSession(session_id=trees, step="offer"), helper)
        accept = cmd.CohostSession(
            session_id=trees, step="accept", member_id=helper.member_id
        )
        square.do(accept, ANN)


@way("same_session")
def _(square: Square) -> None:
    trees = _trees(square)
    square.do(cmd.MergeSessions(session_id=trees, other_id=trees), ANN)


@way("nobody_to_ask")
def _(square: Square) -> None:
    orphan = square.propose("By the admin", ADMIN)
    square.do(cmd.MergeSessions(session_id=_trees(square), other_id=orphan), ANN)


@way("not_a_host")
def _(square: Square) -> None:
    split = cmd.SplitSession(session_id=_trees(square), title="x", host_id="b_ben")
    square.do(split, ANN)


# --- the board as a whole ----------------------------------------------------


@way("moved_twice")
def _(square: Square) -> None:
    trees = cmd.ArrangeMove(session_id=_trees(square))
    square.do(cmd.ArrangeBoard(moves=[trees, trees]), FACILITATOR)


@way("bad_place")
def _(square: Square) -> None:
    _arrange(square, _trees(square), square.rooms[0], None)


@way("no_queue")
def _(square: Square) -> None:
    square.do(cmd.QueuePitch(session_id=_trees(square)), ANN)


@way("no_queue")
def _(square: Square) -> None:
    square.do(cmd.CallPitch(), FACILITATOR)


@way("queue_empty")
def _(square: Square) -> None:
    square.do(cmd.BoardRules(mode="queue"), FACILITATOR)
    square.do(cmd.CallPitch(), FACILITATOR)


# --- sessions as they happen -------------------------------------------------


@way("not_placed")
def _(square: Square) -> None:
    square.do(cmd.StartSession(session_id=_trees(square)), ANN)


@way("not_placed")
def _(square: Square) -> None:
    square.do(cmd.ExtendSession(session_id=_trees(square), until_at=START), ANN)


@way("not_open")
def _(_square: Square) -> None:
    play = Play()
    room, slot = cmd.RoomSpec(name="Hall"), cmd.SlotSpec(**_span(1, 2))
    play.do(cmd.CreateMeeting(title="x", slug="x", rooms=[room], slots=[slot]))
    made = play.do(cmd.ProposeSession(title="x"), FACILITATOR)
    place = {
        "room_id": next(iter(play.full.rooms)),
        "slot_id": next(iter(play.full.slots)),
    }
    play.do(cmd.PlaceSession(session_id=made.data["session_id"], **place), FACILITATOR)
    play.do(cmd.StartSession(session_id=made.data["session_id"]), FACILITATOR)


@way("not_your_session")
def _(square: Square) -> None:
    square.do(cmd.StartSession(session_id=_trees(square)), BEN)


@way("room_in_use")
def _(square: Square) -> None:
    trees, other = _trees(square), square.propose("Stalls", BEN)
    square.place(trees)
    square.place(other, slot=1)
    square.do(cmd.StartSession(session_id=trees), ANN)
    square.do(cmd.StartSession(session_id=other), BEN)


@way("room_needed")
def _(square: Square) -> None:
    trees, other = _trees(square), square.propose("Stalls", BEN)
    square.place(trees)
    square.place(other, slot=1)
    until_at = START + timedelta(minutes=130)
    square.do(cmd.ExtendSession(session_id=trees, until_at=until_at), ANN)


@way("bad_time")
def _(square: Square) -> None:
    trees = _trees(square)
    square.place(trees)
    square.do(cmd.ExtendSession(session_id=trees, until_at=START), ANN)


@way("too_many_hands")
def _(square: Square) -> None:
    trees = _trees(square)
    for number in range(201):
        square.do(cmd.RaiseHand(session_id=trees), Actor(f"b_{number}", "x"))


@way("not_allowed")
def _(square: Square) -> None:
    hand = square.do(cmd.RaiseHand(session_id=_trees(square)), BEN).data["hand_id"]
    square.do(cmd.LowerHand(hand_id=hand), CAT)


@way("not_allowed")
def _(square: Square) -> None:
    hand = square.do(cmd.RaiseHand(session_id=_trees(square)), BEN).data["hand_id"]
    square.do(cmd.LowerHand(hand_id=hand, called=True), BEN)


@way("not_allowed")
def _(square: Square) -> None:
    post = square.post("x", ANN, thread=f"session:{_trees(square)}")
    square.do(cmd.ReadAloud(contribution_id=post), BEN)


@way("no_such_contribution")
def _(square: Square) -> None:
    hidden = square.post("x", BEN)
    square.do(cmd.HideContribution(contribution_id=hidden, reason="x"), MODERATOR)
    square.do(cmd.ReadAloud(contribution_id=hidden), MODERATOR)


@way("no_such_note")
def _(square: Square) -> None:
    square.do(cmd.EditNote(note_id="n_none", text="x"), ANN)


@way("hosts_write")
def _(square: Square) -> None:
    square.do(cmd.EditMeeting(moderation="before"), ORGANISER)
    _note(square, BEN)


@way("not_a_member")
def _(square: Square) -> None:
    _note(square, Actor(None, "Visitor"))


@way("not_your_note")
def _(square: Square) -> None:
    square.do(cmd.RemoveNote(note_id=_note(square, BEN)), CAT)


@way("not_allowed")
def _(square: Square) -> None:
    # A session's host takes a line out; the words stay their writer's.
    square.do(cmd.RemoveNote(note_id=_note(square, BEN), erase=True), ANN)


@way("outdated")
def _(square: Square) -> None:
    note_id = _note(square, BEN)
    square.do(cmd.EditNote(note_id=note_id, text="y"), CAT, expect=1)
    square.do(cmd.EditNote(note_id=note_id, text="z"), BEN, expect=1)


@way("notes_full")
def _(square: Square) -> None:
    trees = _trees(square)
    photo = cmd.AddPhoto(session_id=trees, image=b"", small=b"", width=1, height=1)
    for _ in range(41):
        square.do(photo, ANN)


# --- threads -----------------------------------------------------------------


@way("no_such_thread")
def _(square: Square) -> None:
    square.post("x", thread="room:1")


def _read_story(square: Square) -> str:
    story = square.post("x", kind="story")
    square.do(cmd.PublishContribution(contribution_id=story), MODERATOR)
    return story


@way("already_over")
def _(square: Square) -> None:
    square.post("x", consent=cmd.ConsentTerms(until=START))


@way("not_allowed")
def _(square: Square) -> None:
    square.post("x", consent=cmd.ConsentTerms(way="phone"))


@way("not_read_yet")
def _(square: Square) -> None:
    story = square.post("x", kind="story")
    square.do(cmd.ReleaseConsent(contribution_id=story), ANN)


@way("released")
def _(square: Square) -> None:
    release = cmd.ReleaseConsent(contribution_id=_read_story(square))
    square.do(release, ANN)
    square.do(release, ANN)


@way("audience_fixed")
def _(square: Square) -> None:
    story = _read_story(square)
    square.do(cmd.ReleaseConsent(contribution_id=story, audience="public"), ANN)
    square.do(cmd.RenewConsent(contribution_id=story, audience="team"), ANN)


@way("no_such_consent")
def _(square: Square) -> None:
    square.do(cmd.RenewConsent(contribution_id=square.post("x")), ANN)


@way("no_such_contribution")
def _(square: Square) -> None:
    release = cmd.ReleaseConsent(contribution_id=_read_story(square))
    square.do(release, BEN)


@way("nothing_written")
def _(square: Square) -> None:
    square.post("  ")


@way("participants_only")
def _(square: Square) -> None:
    among = cmd.ConsentTerms(audience="participants")
    key = square.post("For us", consent=among)
    square.do(cmd.SpotlightContribution(contribution_id=key, level=1), MODERATOR)


@way("no_such_attachment")
def _(square: Square) -> None:
    square.post("x", attachments=[cmd.AttachmentRef(attachment_id="a_none")])


@way("no_such_thread")
def _(square: Square) -> None:
    slide = cmd.AddMarker(room_id=square.rooms[0], kind="slide", label="x")
    square.post("x", thread=f"agenda:{square.do(slide, ORGANISER).data['marker_id']}")


@way("name_listed")
def _(square: Square) -> None:
    square.do(cmd.MakeInvite(duty="name", label="Cllr Smith"), ORGANISER)
    square.post("x", ANN, label="pseudonym", pseudonym="cllr. SMITH")


@way("name_missing")
def _(square: Square) -> None:
    square.do(cmd.MakeInvite(duty="name"), ORGANISER)


@way("pseudonym_missing")
def _(square: Square) -> None:
    square.post("x", label="pseudonym", pseudonym="  ")


@way("nothing_written")
def _(square: Square) -> None:
    square.do(cmd.EditContribution(contribution_id=square.post("x", ANN)), ANN)


@way("edited_often")
def _(square: Square) -> None:
    post = square.post("x", ANN)
    for number in range(101):
        edit = cmd.EditContribution(contribution_id=post, text=str(number))
        square.do(edit, ANN)


@way("no_such_contribution")
def _(square: Square) -> None:
    square.post("x", reply_to="c_none")


@way("no_such_contribution")
def _(square: Square) -> None:
    square.do(cmd.WithdrawContribution(contribution_id="c_none"), ANN)


@way("no_such_contribution")
def _(square: Square) -> None:
    theirs = square.post("x", BEN)
    square.do(cmd.EditContribution(contribution_id=theirs, text="y"), ANN)


@way("no_such_contribution")
def _(square: Square) -> None:
    hidden = square.post("x", BEN)
    square.do(cmd.HideContribution(contribution_id=hidden, reason="x"), MODERATOR)
    square.do(cmd.SetSupport(contribution_id=hidden, level=1), ANN)


@way("hidden")
def _(square: Square) -> None:
    hidden = square.post("x", ANN)
    square.do(cmd.HideContribution(contribution_id=hidden, reason="x"), MODERATOR)
    square.do(cmd.EditContribution(contribution_id=hidden, text="y"), ANN)


@way("withdrawn")
def _(square: Square) -> None:
    square.do(cmd.PublishContribution(contribution_id=_taken_back(square)), MODERATOR)


@way("withdrawn")
def _(square: Square) -> None:
    label = cmd.LabelContribution(contribution_id=_taken_back(square), scope="open")
    square.do(label, MODERATOR)


@way("withdrawn")
def _(square: Square) -> None:
    square.do(cmd.EditContribution(contribution_id=_taken_back(square), text="y"), ANN)


@way("no_such_voice")
def _(square: Square) -> None:
    post = square.post("x", ANN)
    caption = cmd.CaptionVoice(contribution_id=post, attachment_id="a_none", text="y")
    square.do(caption, ANN)


@way("read_before")
def _(square: Square) -> None:
    post = square.post("x", ANN)
    square.do(cmd.EditMeeting(moderation="before"), ORGANISER)
    square.do(cmd.EditContribution(contribution_id=post, text="y"), ANN)


# --- answers and what came of it ---------------------------------------------


def _question(square: Square, **more: str) -> str:
    return square.post("Who pays?", ANN, kind="question", **more)


def _answer(square: Square, **more: Any) -> None:
    command = cmd.AnswerContribution(contribution_id=_question(square), **more)
    square.do(command, MODERATOR)


def _action(square: Square) -> str:
    return str(square.do(cmd.AddAction(text="Dig"), MODERATOR).data["note_id"])


@way("answer_missing")
def _(square: Square) -> None:
    _answer(square, way="writing", text=" ")


@way("day_missing")
def _(square: Square) -> None:
    _answer(square, way="promise")


@way("bad_time")
def _(square: Square) -> None:
    _answer(square, until=START)


@way("bad_time")
def _(square: Square) -> None:
    _answer(square, room_id=square.rooms[0], at=START + timedelta(days=1))


@way("room_missing")
def _(square: Square) -> None:
    _answer(square, way="room")


@way("no_such_room")
def _(square: Square) -> None:
    _answer(square, room_id="r_none")


@way("outdated")
def _(square: Square) -> None:
    asked = _question(square)
    answer = cmd.AnswerContribution(contribution_id=asked, text="Me")
    square.do(answer, MODERATOR)
    again = cmd.AnswerContribution(contribution_id=asked, text="You")
    square.do(again, FACILITATOR, expect=0)


@way("no_answer")
def _(square: Square) -> None:
    asked = _question(square)
    square.do(cmd.WithdrawAnswer(contribution_id=asked, reason="x"), MODERATOR)


@way("not_allowed")
def _(square: Square) -> None:
    asked = _question(square)
    square.do(cmd.AnswerContribution(contribution_id=asked, text="x"), BEN)


@way("not_allowed")
def _(square: Square) -> None:
    asked = _question(square)
    square.do(cmd.SpotlightContribution(contribution_id=asked), MODERATOR)
    square.do(cmd.SpotlightContribution(contribution_id=asked, level=0), BEN)


@way("not_allowed")
def _(square: Square) -> None:
    show = cmd.SpotlightContribution(contribution_id=_question(square))
    square.do(show, MODERATOR)
    square.do(cmd.SpotlightContribution(), BEN)


@way("no_such_contribution")
def _(square: Square) -> None:
    square.do(cmd.SpotlightContribution(queue=True), MODERATOR)


@way("queue_full")
def _(square: Square) -> None:
    for _ in range(51):
        show = cmd.SpotlightContribution(contribution_id=_question(square), queue=True)
        square.do(show, MODERATOR)


@way("notes_full")
def _(square: Square) -> None:
    for _ in range(501):
        _action(square)


@way("bad_time")
def _(square: Square) -> None:
    later = START + timedelta(days=1)
    add = cmd.AddAction(text="Dig", room_id=square.rooms[0], at=later)
    square.do(add, MODERATOR)


@way("action_taken")
def _(square: Square) -> None:
    note_id = _action(square)
    square.do(cmd.TakeAction(note_id=note_id), ANN)
    square.do(cmd.TakeAction(note_id=note_id), BEN)


@way("reason_missing")
def _(square: Square) -> None:
    move = cmd.MoveAction(note_id=_action(square), status="dropped")
    square.do(move, MODERATOR)


@way("outdated")
def _(square: Square) -> None:
    move = cmd.MoveAction(note_id=_action(square), status="done")
    square.do(move, MODERATOR, expect=7)


@way("no_such_note")
def _(square: Square) -> None:
    square.do(cmd.TakeAction(note_id=_note(square, BEN)), BEN)


@way("no_such_outcome")
def _(square: Square) -> None:
    square.do(cmd.WriteOutcome(outcome_id="o_none", theme="x"), MODERATOR)


@way("theme_missing")
def _(square: Square) -> None:
    square.do(cmd.WriteOutcome(theme=" "), MODERATOR)


@way("too_many_outcomes")
def _(square: Square) -> None:
    for number in range(201):
        square.do(cmd.WriteOutcome(theme=f"{number}"), MODERATOR)


@way("outdated")
def _(square: Square) -> None:
    square.do(cmd.WriteOutcome(theme="x"), MODERATOR, expect=1)


def _note(square: Square, actor: Actor) -> str:
    add = cmd.AddNote(session_id=_trees(square), kind="discussed", text="x")
    return str(square.do(add, actor).data["note_id"])


def _taken_back(square: Square) -> str:
    post = square.post("x", ANN)
    square.do(cmd.WithdrawContribution(contribution_id=post), ANN)
    return post


def _span(start: int, end: int) -> dict[str, datetime]:
    return {
        "starts_at": START + timedelta(hours=start),
        "ends_at": START + timedelta(hours=end),
    }


def _arrange(
    square: Square, session_id: str, room_id: str, slot_id: str | None
) -> None:
    move = cmd.ArrangeMove(session_id=session_id, room_id=room_id, slot_id=slot_id)
    square.do(cmd.ArrangeBoard(moves=[move]), FACILITATOR)


@way("empty_span")
def quote_backwards(_square: Square) -> object:
    return need_span(START, START)


@way("span_too_long")
def quote_an_hour(_square: Square) -> object:
    return need_span(START, START + timedelta(hours=1))
