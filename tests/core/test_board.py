"""Sessions: hosting along, merging, splitting, places, rules, and who is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from folkmoot.core import commands as cmd
from folkmoot.core.events import kind_of
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState
from tests.core.histories import creations, histories
from tests.core.play import Play
from tests.core.square import (
    ANN,
    BEN,
    CAT,
    DAN,
    FACILITATOR,
    MODERATOR,
    ORGANISER,
    Square,
)


@pytest.fixture
def square() -> Square:
    return Square()


# --- merge -----------------------------------------------------------------


def test_hosts_merge_once_both_want_it(square: Square) -> None:
    trees = square.propose("Trees", ANN, pitch="Shade", tags=["green"])
    limes = square.propose("Limes", BEN, pitch="Scent", tags=["green", "bees"])
    both = cmd.MergeSessions(session_id=trees, other_id=limes)
    assert square.do(both, BEN).data == {"asked": True}
    assert set(square.full.sessions) == {trees, limes}
    assert square.do(both, BEN).facts == []
    square.do(both, ANN)
    assert set(square.full.sessions) == {trees}
    assert square.full.sessions[trees].host_ids == ("b_ann", "b_ben")
    assert square.shown(trees) == {
        "title": "Trees",
        "pitch": "Shade\n\nScent",
        "wants": "",
        "host": "Ann",
        "cohosts": ["Ben"],
        "tags": ["green", "bees"],
        "asker": "",
        "origins": [{"session_id": limes, "title": "Limes", "host": "Ben"}],
    }
    assert square.full.merge_asks == {}


def test_accepting_from_the_other_side_keeps_the_direction(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), BEN)
    square.do(cmd.MergeSessions(session_id=limes, other_id=trees), ANN)
    assert set(square.full.sessions) == {trees}


def test_declined_merge_can_be_asked_for_again(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    pair: dict[str, Any] = {"session_id": trees, "other_id": limes}
    square.do(cmd.MergeSessions(**pair), BEN)
    assert set(square.states[member_feed("b_ann")].merge_asks) == {f"{trees}/{limes}"}
    square.do(cmd.DeclineMerge(**pair), ANN)
    for feed in (member_feed("b_ann"), member_feed("b_ben"), STAFF):
        assert square.states[feed].merge_asks == {}
    assert square.do(cmd.MergeSessions(**pair), BEN).data == {"asked": True}


def test_merge_counts_each_once_and_tells_everyone(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    square.want(trees, CAT, DAN)
    square.want(limes, DAN, MODERATOR)
    square.do(cmd.PublishTallies())
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), FACILITATOR)
    square.do(cmd.PublishTallies())
    assert square.states[PUBLIC].sessions[trees].interest == 3
    assert square.full.interest_votes == {trees: {"b_cat": 1, "b_dan": 1, "b_mod": 1}}
    for actor in (ANN, BEN, CAT, DAN, MODERATOR):
        assert square.told(actor) == [("merged", trees)]
    # And in their own feeds, where they see what they said.
    own = square.states[member_feed("b_mod")]
    assert own.interest_votes == {trees: {"b_mod": 1}}


def test_merged_thread_goes_on_in_the_kept_session(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    before = square.post("Why limes?", CAT, thread=f"session:{limes}")
    square.do(cmd.EditMeeting(moderation="before"), ORGANISER)
    waiting = square.post("And oaks?", DAN, thread=f"session:{limes}")
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), FACILITATOR)
    after = square.post("Still here", MODERATOR, thread=f"session:{limes}")
    square.do(cmd.PublishContribution(contribution_id=waiting), MODERATOR)
    posts = square.states[PUBLIC].contributions
    assert {posts[key].thread for key in (before, waiting, after)} == {
        f"session:{trees}"
    }
    for actor in (CAT, DAN):
        own = square.states[member_feed(str(actor.member_id))]
        assert {o.thread for o in own.authored.values()} == {f"session:{trees}"}


def test_waiting_contribution_moves_in_the_staff_queue_too(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    square.do(cmd.EditMeeting(moderation="before"), ORGANISER)
    waiting = square.post("And oaks?", DAN, thread=f"session:{limes}")
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), FACILITATOR)
    queue = square.states[STAFF].contributions
    assert queue[waiting].thread == f"session:{trees}"


def test_merge_takes_the_place_that_one_of_them_has(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    square.place(limes, 1, 1)
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), FACILITATOR)
    session = square.full.sessions[trees]
    assert (session.room_id, session.slot_id) == (square.rooms[1], square.slots[1])


def test_merged_id_still_leads_to_the_session(square: Square) -> None:
    trees, limes, oaks = (square.propose(t, ANN) for t in ("Trees", "Limes", "Oaks"))
    for kept, gone in ((limes, trees), (oaks, limes)):
        square.do(cmd.MergeSessions(session_id=kept, other_id=gone), ANN)
    square.want(trees, BEN)
    assert square.full.interest_votes == {oaks: {"b_ben": 1}}
    with pytest.raises(Refusal) as caught:
        square.place(trees)
    assert (caught.value.code, caught.value.data) == ("merged", {"session_id": oaks})
    assert square.full.sessions[oaks].merged_ids == (limes, trees)


def test_host_duty_of_a_merged_session_holds_on(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), FACILITATOR)
    helper = DAN.__class__("b_dan", "Dan", frozenset({f"host:{limes}"}))
    square.do(cmd.EditSession(session_id=trees, title="Both"), helper)
    assert square.title(trees) == "Both"


def test_withdrawing_what_was_merged_deletes_every_text(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), FACILITATOR)
    square.do(cmd.WithdrawSession(session_id=trees), FACILITATOR)
    assert "Limes" not in json.dumps(square.entries(PUBLIC))
    assert "Trees" not in json.dumps(square.entries(PUBLIC))


# --- split -----------------------------------------------------------------


def test_split_keeps_who_it_came_from_and_copies_interest(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, CAT, DAN)
    split = cmd.SplitSession(session_id=trees, title="Roots", interest="copy")
    roots = square.do(split, ANN).data["session_id"]
    session = square.states[PUBLIC].sessions[roots]
    assert (session.split_from, session.host_id, session.slot_id) == (
        trees,
        "b_ann",
        None,
    )
    assert square.full.interest_votes[roots] == {"b_cat": 1, "b_dan": 1}
    own = square.states[member_feed("b_cat")].interest_votes
    assert own == {trees: {"b_cat": 1}, roots: {"b_cat": 1}}
    assert square.told(CAT) == [("split", roots)]


def test_split_can_ask_instead_of_counting(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, CAT)
    split = cmd.SplitSession(session_id=trees, title="Roots")
    roots = square.do(split, ANN).data["session_id"]
    assert square.told(CAT) == [("split_ask", roots)]
    assert roots not in square.full.interest_votes


def test_split_undoes_a_merge_with_its_hosts(square: Square) -> None:
    trees, limes = square.propose("Trees", ANN), square.propose("Limes", BEN)
    square.do(cmd.MergeSessions(session_id=trees, other_id=limes), FACILITATOR)
    split = cmd.SplitSession(session_id=trees, title="Limes", host_id="b_ben")
    again = square.do(split, FACILITATOR).data["session_id"]
    assert square.full.sessions[again].host_ids == ("b_ben",)
    assert square.shown(again)["host"] == "Ben"
    assert square.full.sessions[trees].host_ids == ("b_ann",)
    assert square.shown(trees)["cohosts"] == []


# --- hosts -----------------------------------------------------------------


def test_ask_is_taken_up_and_its_asker_told(square: Square) -> None:
    wells = square.propose("Wells", ANN, hosting=False)
    session = square.full.sessions[wells]
    assert (session.ask, session.asked_by, session.host_ids) == (True, "b_ann", ())
    assert square.full.interest_votes == {wells: {"b_ann": 1}}
    square.do(cmd.EditSession(session_id=wells, title="Wells?"), ANN)
    square.do(cmd.TakeUpSession(session_id=wells), BEN)
    assert (session.ask, session.host_ids) == (False, ("b_ben",))
    assert square.shown(wells)["host"] == "Ben"
    assert square.told(ANN) == [("hosts_changed", wells)]


def test_invited_cohost_accepts_and_shares_all(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    invite = cmd.CohostSession(session_id=trees, step="invite", member_id="b_ben")
    square.do(invite, ANN)
    assert f"{trees}/b_ben" in square.states[member_feed("b_ben")].cohost_asks
    accept = cmd.CohostSession(session_id=trees, step="accept")
    square.do(accept, BEN)
    assert square.shown(trees)["cohosts"] == ["Ben"]
    assert square.states[member_feed("b_ben")].cohost_asks == {}
    square.place(trees, actor=BEN)
    assert square.told(ANN) == [("hosts_changed", trees), ("placed", trees)]


def test_offer_is_accepted_by_a_host_under_the_name_it_was_made(
    square: Square,
) -> None:
    trees = square.propose("Trees", ANN)
    square.do(cmd.CohostSession(session_id=trees, step="offer"), CAT)
    accept = cmd.CohostSession(session_id=trees, step="accept", member_id="b_cat")
    square.do(accept, ANN)
    assert square.shown(trees)["cohosts"] == ["Cat"]


def test_offers_are_read_by_hosts_only(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.do(cmd.CohostSession(session_id=trees, step="offer"), CAT)
    for feed in (PUBLIC, STAFF):
        kinds = {kind_of(event) for event in square.events(feed)}
        assert "CohostAsked" not in kinds


def test_last_host_who_leaves_asks_for_another(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, DAN)
    square.do(cmd.CohostSession(session_id=trees, step="leave"), ANN)
    session = square.full.sessions[trees]
    assert (session.ask, session.host_ids) == (True, ())
    assert square.told(DAN) == [("hosts_changed", trees)]


# --- places ----------------------------------------------------------------


def test_stale_move_is_told_how_it_stands_now(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.place(trees, 0, 0, expect=1)
    with pytest.raises(Refusal) as caught:
        square.place(trees, 1, 1, actor=ANN, expect=1)
    assert caught.value.code == "outdated"
    assert caught.value.data == {
        "session_id": trees,
        "seen": 1,
        "version": 2,
        "room_id": square.rooms[0],
        "slot_id": square.slots[0],
    }


def test_move_answers_with_what_takes_it_back(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    first = square.place(trees, 0, 0)
    second = square.place(trees, 1, 1)
    assert second["undo"] == {
        "type": "session.place",
        "data": {
            "session_id": trees,
            "room_id": square.rooms[0],
            "slot_id": square.slots[0],
        },
        "expect": 3,
    }
    undo = cmd.read_command(second["undo"]["type"], second["undo"]["data"])
    square.do(undo, FACILITATOR, expect=second["undo"]["expect"])
    assert square.full.sessions[trees].slot_id == square.slots[0]
    late = cmd.read_command(first["undo"]["type"], first["undo"]["data"])
    with pytest.raises(Refusal, match="in the meantime"):
        square.do(late, FACILITATOR, expect=first["undo"]["expect"])


def test_two_sessions_change_places_in_one_entry(square: Square) -> None:
    one, two = square.propose("One", ANN), square.propose("Two", BEN)
    square.place(one, 0, 0)
    square.place(two, 1, 1)
    before = square.seq(PUBLIC)
    moves = [
        cmd.ArrangeMove(
            session_id=one, room_id=square.rooms[1], slot_id=square.slots[1]
        ),
        cmd.ArrangeMove(
            session_id=two, room_id=square.rooms[0], slot_id=square.slots[0]
        ),
    ]
    undo = square.do(cmd.ArrangeBoard(moves=moves), FACILITATOR).data["undo"]
    assert square.seq(PUBLIC) == before + 1
    places = {s: square.full.sessions[s].slot_id for s in (one, two)}
    assert places == {one: square.slots[1], two: square.slots[0]}
    square.do(cmd.read_command(undo["type"], undo["data"]), FACILITATOR)
    places = {s: square.full.sessions[s].slot_id for s in (one, two)}
    assert places == {one: square.slots[0], two: square.slots[1]}


def test_arranging_is_all_or_nothing(square: Square) -> None:
    one, two = square.propose("One", ANN), square.propose("Two", BEN)
    moves = [
        cmd.ArrangeMove(session_id=s, room_id=square.rooms[0], slot_id=square.slots[0])
        for s in (one, two)
    ]
    with pytest.raises(Refusal) as caught:
        square.do(cmd.ArrangeBoard(moves=moves), FACILITATOR)
    assert (caught.value.code, caught.value.data) == (
        "slot_taken",
        {"session_id": one},
    )
    assert square.full.sessions[one].slot_id is None


def test_first_place_is_told_to_hosts_a_move_to_all_who_care(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, BEN)
    square.do(cmd.StarSession(session_id=trees, level=1), CAT)
    square.place(trees, 0, 0)
    assert [square.told(a) for a in (ANN, BEN, CAT)] == [[("placed", trees)], [], []]
    square.place(trees, 1, 0, actor=ANN)
    assert square.told(ANN) == [("placed", trees)]
    assert square.told(BEN) == square.told(CAT) == [("moved", trees)]
    square.do(cmd.WithdrawSession(session_id=trees), ANN)
    assert square.told(BEN)[-1] == ("cancelled", trees)


def test_newest_notice_replaces_the_older_and_can_be_put_away(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, BEN)
    square.place(trees, 0, 0)
    square.place(trees, 0, 1)
    square.place(trees, 1, 1)
    own = square.states[member_feed("b_ben")]
    assert [n.kind for n in own.notices["b_ben"].values()] == ["moved"]
    square.do(cmd.DismissNotice(session_id=trees), BEN)
    assert own.notices == {}


def test_closed_room_tells_those_still_to_come(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, BEN)
    square.place(trees, 1, 0)
    close = cmd.CloseRoom(room_id=square.rooms[1], reason="The ceiling drips")
    square.do(close, FACILITATOR)
    assert square.told(BEN) == [("room_closed", trees)]
    # It stays there until somebody finds it another room.
    assert square.full.sessions[trees].room_id == square.rooms[1]


def test_moved_time_tells_those_who_care_and_calendars(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, BEN)
    square.place(trees)
    before = square.full.sessions[trees].sequence
    later = square.hour(5)
    edit = cmd.EditSlot(
        slot_id=square.slots[0], starts_at=later.starts_at, ends_at=later.ends_at
    )
    square.do(edit, FACILITATOR)
    session = square.full.sessions[trees]
    assert square.told(BEN) == [("time_changed", trees)]
    assert session.sequence == before + 1
    assert (session.stood_from, session.stood_to) == (later.starts_at, later.ends_at)


def test_withdrawn_session_that_stood_is_cancelled_for_calendars(
    square: Square,
) -> None:
    stood, never = square.propose("Stood", ANN), square.propose("Never", ANN)
    square.place(stood)
    sequence = square.full.sessions[stood].sequence
    for session_id in (stood, never):
        square.do(cmd.WithdrawSession(session_id=session_id), ANN)
    assert set(square.states[PUBLIC].cancelled) == {stood}
    assert square.states[PUBLIC].cancelled[stood].sequence > sequence


# --- rules of the board ----------------------------------------------------


def test_who_is_called_may_place_in_a_queue(square: Square) -> None:
    square.do(cmd.BoardRules(mode="queue"), FACILITATOR)
    one, two = square.propose("One", ANN), square.propose("Two", BEN)
    for session_id, actor in ((one, ANN), (two, BEN)):
        square.do(cmd.QueuePitch(session_id=session_id), actor)
    assert square.full.pitch_queue == [one, two]
    square.do(cmd.CallPitch(), FACILITATOR)
    square.place(one, actor=ANN)
    with pytest.raises(Refusal) as caught:
        square.place(two, 1, actor=BEN)
    assert caught.value.code == "not_your_turn"
    square.do(cmd.CallPitch(), FACILITATOR)
    square.place(two, 1, actor=BEN)
    square.do(cmd.CallPitch(end=True), FACILITATOR)
    assert (square.full.pitching, square.full.pitch_queue) == (None, [])


def test_hidden_counts_are_read_by_staff_alone(square: Square) -> None:
    trees = square.propose("Trees", ANN)
    square.want(trees, BEN)
    square.do(cmd.PublishTallies())
    square.do(cmd.BoardRules(counts="hidden"), FACILITATOR)
    square.want(trees, CAT)
    square.do(cmd.PublishTallies())
    assert square.states[PUBLIC].sessions[trees].interest == 0
    assert square.states[STAFF].hidden_interest == {trees: 2}
    square.do(cmd.BoardRules(counts="shown"), FACILITATOR)
    square.do(cmd.PublishTallies())
    assert square.states[PUBLIC].sessions[trees].interest == 2


def test_public_reads_the_same_whoever_would_come_while_counts_are_hidden() -> None:
    """Nothing that follows from hidden interest reaches a participant's feed."""
    feeds = []
    for crowd in ((), (BEN, CAT, DAN)):
        square = Square()
        square.do(cmd.BoardRules(counts="hidden"), FACILITATOR)
        trees, limes = square.propose("Trees", ANN), square.propose("Limes", ANN)
        for session_id in (trees, limes):
            square.want(session_id, *crowd)
            square.do(cmd.PublishTallies())
        square.place(trees)
        square.place(trees, 1, 1)
        square.do(cmd.MergeSessions(session_id=trees, other_id=limes), ANN)
        square.do(
            cmd.SplitSession(session_id=trees, title="Roots", interest="copy"), ANN
        )
        square.do(cmd.PublishTallies())
        square.do(cmd.WithdrawSession(session_id=trees), ANN)
        plain = [
            (entry["kind"], {k: v for k, v in entry["data"].items() if "id" not in k})
            for entry in square.entries(PUBLIC)
        ]
        feeds.append((plain, len(square.events(member_feed("b_ann")))))
    assert feeds[0] == feeds[1]


def test_labelled_while_waiting_is_labelled_when_published(square: Square) -> None:
    square.do(cmd.EditMeeting(moderation="before"), ORGANISER)
    rents = square.post("Lower the rents", CAT)
    label = cmd.LabelContribution(contribution_id=rents, scope="outside")
    square.do(label, MODERATOR)
    assert rents not in json.dumps(square.entries(PUBLIC))
    square.do(cmd.PublishContribution(contribution_id=rents), MODERATOR)
    assert square.states[PUBLIC].contributions[rents].scope == "outside"


def test_scope_is_said_in_the_meetings_own_words(square: Square) -> None:
    item = cmd.ScopeItem(label="outside", text="Rents", holder="The county")
    square.do(cmd.EditMeeting(scope_items=[item]), ORGANISER)
    content = square.snapshot(PUBLIC)["content"]
    assert content["scope_items"] == [
        {"label": "outside", "text": "Rents", "holder": "The county"}
    ]


# --- laws ------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(creation=creations, history=histories)
def test_own_feed_says_of_votes_and_threads_what_the_whole_journal_says(
    creation: cmd.CreateMeeting, history: list[Any]
) -> None:
    """However sessions merge and split, a member reads its own part right."""
    play = Play()
    play.do(creation)
    for step in history:
        try:
            play.do(step.command(play.full), step.actor)
        except Refusal:
            continue
    for feed, state in play.states.items():
        if not feed.startswith("member:"):
            continue
        member_id = feed.removeprefix("member:")
        for name in ("interest_votes", "stars"):
            own = _of(play, state, name, member_id)
            assert own == _of(play, play.full, name, member_id)
        threads = {key: own.thread for key, own in state.authored.items()}
        assert threads == {key: play.full.authored[key].thread for key in threads}
        assert state.notices.keys() <= {member_id}


def _of(play: Play, state: MeetingState, name: str, member_id: str) -> set[str]:
    """Return the sessions that still are, of which a member has said something."""
    votes: dict[str, dict[str, int]] = getattr(state, name)
    said = {session_id for session_id, by in votes.items() if member_id in by}
    return said & play.full.sessions.keys()
