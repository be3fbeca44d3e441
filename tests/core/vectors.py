"""Golden vectors: one meeting in which everything happens, as its readers get it.

`python -m tests.core.vectors` writes them anew; `test_vectors.py` compares, and
the browser's fold is tested against the same file.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.talk.cards import card_code
from tests.core.play import START, Play

PATH = Path(__file__).with_name("vectors.json")
ANN = Actor("b_ann", "Ann")
BEN = Actor("b_ben", "Ben")
CAT = Actor("b_cat", "Cat")
MOD = Actor("b_mod", "Mo", frozenset({"moderate"}))
ORG = Actor("b_org", "Ola", frozenset({"organise"}))


def play_everything() -> tuple[Play, list[dict[str, Any]]]:
    """Return the meeting and every feed's snapshots on the way."""
    play = Play()
    stops = []
    for scene in (
        _set_up,
        _run_board,
        _share,
        _market,
        _talk,
        _agree,
        _speak,
        _take_notes,
        _report,
        _ask,
        _moderate,
        _answer,
        _keep_house,
        _hold_back,
        _paper,
        _wind_up,
    ):
        scene(play)
        stops.append(_look(play))
    return play, stops


def make_vectors() -> list[dict[str, Any]]:
    """Return each feed: all its entries, and its state at some numbers on the way."""
    play, stops = play_everything()
    cases = []
    for feed in sorted(play.feeds):
        empty = Play().snapshot(feed)
        starts = [empty, *(stop.get(feed, empty) for stop in stops)]
        seqs = [0, *(stop.get(f"#{feed}", 0) for stop in stops)]
        states = dict(zip(seqs, starts, strict=True)) | {
            play.seq(feed): play.snapshot(feed)
        }
        cases.append(
            {
                "feed": feed,
                "entries": play.entries(feed, 0),
                "states": [
                    {"seq": seq, "state": state} for seq, state in states.items()
                ],
            }
        )
    return cases


def _look(play: Play) -> dict[str, Any]:
    states: dict[str, Any] = {feed: play.snapshot(feed) for feed in play.feeds}
    return states | {f"#{feed}": play.seq(feed) for feed in play.feeds}


def _paper(play: Play) -> None:
    play.do(cmd.IssueCards(count=3, label="Second round"), ORG)
    for number in (1, 2):
        play.do(
            cmd.RedeemCard(
                card=card_code(number),
                table="4",
                name="Rosa",
                interests=list(play.full.sessions)[:2],
                contributions=[cmd.CardContribution(text=f"From paper {number}")],
                reply="post",
                reply_to="Mill Lane 3",
            ),
            ORG,
        )
    play.do(cmd.ServeCard(card=card_code(1), way="phone"), ORG)
    play.do(cmd.ReplyToCard(card=card_code(2)), ORG)


def _set_up(play: Play) -> None:
    play.do(
        cmd.CreateMeeting(
            title="Market square",
            slug="market-square",
            purpose="What shall stand there?",
            starts_at=START,
            timezone="Europe/Vienna",
            rooms=[
                cmd.RoomSpec(name="Plenary", capacity=200, features=["step-free"]),
                cmd.RoomSpec(name="Small room"),
            ],
            slots=[_slot(10, 11), _slot(11, 12), _slot(12, 13)],
        )
    )
    play.do(cmd.EditMeeting(scope="The square, not the streets"), ORG)
    play.do(cmd.EditMeeting(visibility="unlisted"), ORG)
    play.do(cmd.AddRoom(name="Garden"), ORG)
    plenary = _room(play, "plenary")
    play.do(cmd.EditRoom(room_id=plenary, name="Great hall", capacity=180), ORG)
    play.do(cmd.AddSlot(**_times(14, 15), label="After lunch"), ORG)
    play.do(cmd.RemoveSlot(slot_id=list(play.full.slots)[2]), ORG)
    play.do(cmd.ChangeSource(room_id=plenary, connected=True))
    play.do(cmd.OpenMeeting(), ORG)
    play.do(cmd.StartChannel(room_id=plenary), ORG)
    play.do(cmd.ChangeSource(room_id=plenary, connected=False))
    play.do(cmd.ChangeSource(room_id=plenary, connected=True))
    invite = play.do(cmd.MakeInvite(duty="moderate", label="Table 4"), ORG)
    invite_id = invite.data["invite_id"]
    for member in ("b_mod", "b_two"):
        play.do(cmd.GrantDuty(member_id=member, duty="moderate", invite_id=invite_id))
    play.do(cmd.GrantDuty(member_id="b_two", duty="report"))
    play.do(cmd.CountAttendance(counts={"video": 41, "text": 7, "room": 60}))


def _run_board(play: Play) -> None:
    slots = list(play.full.slots)
    trees = _session(play, ANN, "Trees or stalls?")
    stalls = _session(play, BEN, "Where do the stalls go?")
    gone = _session(play, BEN, "Withdrawn later")
    play.do(cmd.EditSession(session_id=trees, pitch="Shade!"), ANN, expect=1)
    place = {"room_id": _room(play, "plenary"), "slot_id": slots[0]}
    play.do(cmd.PlaceSession(session_id=trees, **place), ANN, expect=2)
    place = {"room_id": _room(play, "small-room"), "slot_id": slots[1]}
    play.do(cmd.PlaceSession(session_id=stalls, **place), BEN)
    play.do(cmd.UnplaceSession(session_id=stalls), BEN)
    for session_id in (trees, gone):
        play.do(cmd.SetInterest(session_id=session_id, level=1), ANN)
    play.do(cmd.SetInterest(session_id=trees, level=1), BEN)
    play.do(cmd.PublishTallies())
    play.do(cmd.SetInterest(session_id=trees, level=0), ANN)
    play.do(cmd.PublishTallies())
    play.do(cmd.WithdrawSession(session_id=gone), BEN)


def _share(play: Play) -> None:
    """Hosting along, merging, splitting, and what people learn of it."""
    slots = list(play.full.slots)
    wanted = play.do(
        cmd.ProposeSession(
            title="Who waters them?",
            hosting=False,
            needs=["step-free"],
            wished=slots[:1],
            tags=["water", "Water "],
            scope="influence",
        ),
        ANN,
    ).data["session_id"]
    play.do(cmd.TakeUpSession(session_id=wanted), BEN)
    cohost = {"session_id": wanted, "member_id": "b_ann"}
    play.do(cmd.CohostSession(step="invite", **cohost), BEN)
    play.do(cmd.CohostSession(step="accept", session_id=wanted), ANN)
    play.do(cmd.CohostSession(step="offer", session_id=wanted), CAT)
    play.do(cmd.CohostSession(step="leave", session_id=wanted), CAT)
    wells = _session(play, CAT, "Wells")
    place = {"room_id": _room(play, "garden"), "slot_id": slots[0]}
    play.do(cmd.PlaceSession(session_id=wells, **place), CAT)
    for actor in (ANN, BEN, CAT):
        play.do(cmd.SetInterest(session_id=wells, level=1), actor)
    play.do(cmd.StarSession(session_id=wells, level=1), BEN)
    _post(play, ANN, "There was one here", thread=f"session:{wells}")
    both = {"session_id": wanted, "other_id": wells}
    play.do(cmd.MergeSessions(**both), CAT)
    play.do(cmd.DeclineMerge(**both), ANN)
    play.do(cmd.MergeSessions(**both), CAT)
    play.do(cmd.MergeSessions(**both), ANN)
    _post(play, BEN, "Under the lime", thread=f"session:{wells}")
    play.do(cmd.SetInterest(session_id=wells, level=0), CAT)
    for interest, title in (("copy", "Pumps"), ("ask", "Rain")):
        split = cmd.SplitSession(session_id=wanted, title=title, interest=interest)
        play.do(split, ANN)
    play.do(cmd.CohostSession(step="leave", session_id=wanted), CAT)
    play.do(cmd.LabelSession(session_id=wanted, scope="decided"), ANN)
    play.do(cmd.PublishTallies())
    play.do(cmd.DismissNotice(session_id=wanted), CAT)
    play.do(cmd.DismissNotice(), BEN)


def _market(play: Play) -> None:
    """Rules of the board, pitches, rooms lost and times moved."""
    slots = list(play.full.slots)
    garden, small = _room(play, "garden"), _room(play, "small-room")
    play.do(cmd.BoardRules(mode="queue", counts="hidden"), ORG)
    one, two = (_session(play, ANN, title) for title in ("Bees", "Bats"))
    for session_id in (one, two):
        play.do(cmd.QueuePitch(session_id=session_id), ANN)
        play.do(cmd.SetInterest(session_id=session_id, level=1), BEN)
    play.do(cmd.PublishTallies())
    play.do(cmd.CallPitch(), ORG)
    place = {"room_id": small, "slot_id": slots[0]}
    play.do(cmd.PlaceSession(session_id=one, **place), ANN)
    play.do(cmd.LeavePitch(session_id=two), ANN)
    play.do(cmd.CallPitch(end=True), ORG)
    play.do(cmd.QueuePitch(session_id=two), ANN)
    play.do(cmd.CallPitch(session_id=two), ORG)
    rules = cmd.BoardRules(
        mode="facilitators", counts="shown", proposals="closed", voting="closed"
    )
    play.do(rules, ORG)
    play.do(cmd.PublishTallies())
    swap = [
        cmd.ArrangeMove(session_id=one),
        cmd.ArrangeMove(session_id=two, **place, expect=1),
    ]
    play.do(cmd.ArrangeBoard(moves=swap), ORG)
    play.do(cmd.PinSession(session_id=two, pinned=True), ORG)
    play.do(cmd.EditSlot(slot_id=slots[0], **_times(10, 12), label="Long"), ORG)
    play.do(cmd.EditRoom(room_id=small, capacity=12), ORG)
    play.do(cmd.CloseRoom(room_id=small, reason="The ceiling drips"), ORG)
    play.do(cmd.CloseRoom(room_id=garden, reason="Rain"), ORG)
    play.do(cmd.ReopenRoom(room_id=garden), ORG)
    made = play.do(cmd.AddRoom(name="Mistake"), ORG)
    play.do(cmd.RemoveRoom(room_id=made.data["room_ids"][0]), ORG)
    play.do(cmd.WithdrawSession(session_id=two), ANN)
    items = [cmd.ScopeItem(label="outside", text="Rents", holder="The county")]
    play.do(cmd.EditMeeting(scope_items=items), ORG)


def _speak(play: Play) -> None:
    """What speaks to a moment, under which names."""
    room_id = _room(play, "plenary")
    item = cmd.AddMarker(room_id=room_id, kind="agenda", label="Trees")
    thread = f"agenda:{play.do(item, ORG).data['marker_id']}"
    limes = _post(
        play,
        ANN,
        "Like these",
        thread=thread,
        speaks_for="The allotments",
        stake="I rent one",
        at=START,
        room_id=room_id,
    )
    owl = {"label": "pseudonym", "pseudonym": "Owl"}
    _post(play, BEN, "And at night?", reply_to=limes, **owl)
    _post(play, BEN, "She called", on_behalf_of="Eve", behalf_way="phone")
    edit = cmd.EditContribution(contribution_id=limes, text="Like this")
    play.do(edit, ANN)


def _talk(play: Play) -> None:
    idea = _post(play, ANN, "Plant <b>lime</b> trees", kind="idea")
    play.do(cmd.SetSupport(contribution_id=idea, level=1), BEN)
    play.do(cmd.PublishTallies())
    play.do(cmd.EditContribution(contribution_id=idea, text="Plant limes"), ANN)
    note = play.send_ahead("b_ann", "voice", seconds=2.5, peaks=[100, 40])
    spoken = play.do(
        cmd.PostContribution(attachments=[cmd.AttachmentRef(attachment_id=note)]), ANN
    ).data["contribution_id"]
    for text, actor in (("A wrench", SYSTEM), ("A bench", ANN)):
        heard = "tiny.en" if actor is SYSTEM else ""
        play.do(
            cmd.CaptionVoice(
                contribution_id=spoken, attachment_id=note, text=text, heard=heard
            ),
            actor,
        )
    _post(play, BEN, "Not there", reply_to=idea, label="anonymous")
    thread = f"session:{next(iter(play.full.sessions))}"
    regret = _post(play, BEN, "I shouldn't have", thread=thread, on_behalf_of="Eve")
    play.do(cmd.WithdrawContribution(contribution_id=regret), BEN)
    # Hidden, shown again, hidden for good.
    play.do(cmd.HideContribution(contribution_id=idea, reason="Off topic"), MOD)
    play.do(cmd.PublishContribution(contribution_id=idea), MOD)
    rude = _post(play, ANN, "Rude words")
    play.do(cmd.HideContribution(contribution_id=rude, reason="Rude"), MOD)


def _ask(play: Play) -> None:
    """Quick questions: prepared, asked, answered, closed, told, taken away."""
    fay = Actor("b_fay", "Fay", frozenset({"facilitate"}))
    ask = cmd.PrepareQuestion(text="Understood?", options=["Yes", "Partly", "No"])
    asked = play.do(ask, fay).data["question_id"]
    play.do(cmd.OpenQuestion(question_id=asked), fay)
    people = [Actor(f"b_p{n}", f"P{n}") for n in range(7)]
    for person in people:
        play.do(cmd.AnswerQuestion(question_id=asked, choice=0), person)
    play.do(cmd.AnswerQuestion(question_id=asked, choice=None), people[0])
    play.do(cmd.PublishTallies())
    play.do(cmd.CloseQuestion(question_id=asked), fay)
    in_time = play.now - timedelta(seconds=1)
    play.now += timedelta(minutes=1)
    play.do(cmd.PublishMarkers())
    late = cmd.AnswerQuestion(question_id=asked, choice=2, audience="room", at=in_time)
    play.do(late, people[1])
    play.now += timedelta(minutes=10)
    play.do(cmd.PublishMarkers())
    scale = cmd.PrepareQuestion(
        text="Going too fast?", kind="scale", low="Too slow", high="Too fast", ask=True
    )
    gone = play.do(scale, fay).data["question_id"]
    play.do(cmd.AnswerQuestion(question_id=gone, choice=4), ANN)
    play.do(cmd.RemoveQuestion(question_id=gone), fay)


def _report(play: Play) -> None:
    """Live updates: drafted, posted, shown with pictures, corrected, taken back."""
    ria = Actor("b_ria", "Ria", frozenset({"report"}))
    plenary = _room(play, "plenary")
    draft = play.do(cmd.DraftUpdate(text="The mayor"), ria).data["update_id"]
    text = "The mayor opens the **meeting**"
    play.do(cmd.EditUpdate(update_id=draft, text=text, room_id=plenary), ria, expect=1)
    picture = cmd.AddUpdatePicture(
        update_id=draft, image=b"big", small=b"s", width=4, height=3
    )
    play.do(picture, ria)
    play.do(cmd.PublishUpdate(update_id=draft), ria)
    play.do(cmd.EditUpdate(update_id=draft, text=f"{text}."), MOD)
    note = "It was the deputy mayor."
    play.do(cmd.CorrectUpdate(update_id=draft, text="The deputy", note=note), ria)
    play.do(cmd.PinUpdate(update_id=draft, pinned=True), ria)
    dropped = play.do(cmd.DraftUpdate(text="Nothing"), ria).data["update_id"]
    play.do(cmd.WithdrawUpdate(update_id=dropped), ria)
    play.do(
        cmd.PostUpdate(
            quote="Trees need room.",
            speaker="Eve",
            room_id=plenary,
            about_at=START,
            embed="session",
            embed_id=next(iter(play.full.sessions)),
        ),
        ria,
    )
    gone = play.do(cmd.PostUpdate(text="Wrong meeting"), ria).data["update_id"]
    play.do(cmd.WithdrawUpdate(update_id=gone), ria)


def _take_notes(play: Play) -> None:
    """A session begins, moves, is written about, and ends."""
    slots = list(play.full.slots)
    play.do(cmd.BoardRules(mode="open", proposals="open"), ORG)
    made = play.do(cmd.AddRoom(name="Yard"), ORG)
    yard, slot_id = made.data["room_ids"][0], slots[1]
    nests = _session(play, ANN, "Nests")
    garden = _room(play, "garden")
    play.do(cmd.PlaceSession(session_id=nests, room_id=garden, slot_id=slot_id), ANN)
    play.do(cmd.StartSession(session_id=nests), ANN)
    play.do(cmd.SetHere(room_id=garden), BEN)
    play.do(cmd.SetHere(room_id=garden), CAT)
    play.do(cmd.PublishTallies())
    hands = [
        play.do(cmd.RaiseHand(session_id=nests), who).data["hand_id"]
        for who in (BEN, CAT)
    ]
    play.do(cmd.LowerHand(hand_id=hands[0], called=True), ANN)
    asked = _post(play, CAT, "Which birds?", thread=f"session:{nests}")
    play.do(cmd.ReadAloud(contribution_id=asked), ANN)
    play.do(cmd.PlaceSession(session_id=nests, room_id=yard, slot_id=slot_id), ANN)
    until = play.full.slots[slot_id].starts_at + timedelta(minutes=90)
    play.do(cmd.ExtendSession(session_id=nests, until_at=until), ANN)
    notes = [
        play.do(
            cmd.AddNote(session_id=nests, kind=kind, text=text, who="Eve", due=due), who
        ).data["note_id"]
        for kind, text, due, who in (
            ("decision", "Nest boxes", None, ANN),
            ("action", "Buy wood", date(2026, 5, 1), BEN),
            ("offer", "I lend tools", None, CAT),
        )
    ]
    play.do(cmd.EditNote(note_id=notes[1], text="Buy larch"), CAT, expect=1)
    play.do(cmd.RemoveNote(note_id=notes[0]), ANN)
    play.do(cmd.EditNote(note_id=notes[0], text="Ten boxes"), BEN)
    play.do(cmd.RemoveNote(note_id=notes[1]), ANN)
    play.do(cmd.RemoveNote(note_id=notes[2], erase=True), CAT)
    photo = cmd.AddPhoto(
        session_id=nests, image=b"jpeg", small=b"small", width=16, height=9
    )
    play.do(photo, BEN)
    other = _session(play, BEN, "Eggs")
    play.do(cmd.PlaceSession(session_id=other, room_id=garden, slot_id=slot_id), BEN)
    play.do(cmd.StartSession(session_id=other), BEN)
    play.do(cmd.AddNote(session_id=other, kind="discussed", text="Blue"), BEN)
    play.do(cmd.MergeSessions(session_id=nests, other_id=other), BEN)
    play.do(cmd.MergeSessions(session_id=nests, other_id=other), ANN)
    play.do(cmd.ShiftTimes(slot_id=slot_id, minutes=5), ORG)
    play.do(cmd.FinishSession(session_id=nests), ANN)
    play.do(cmd.SetHere(room_id=None), CAT)
    play.do(cmd.PublishTallies())


def _moderate(play: Play) -> None:
    play.do(cmd.EditMeeting(moderation="before"), ORG)
    good = _post(play, ANN, "Waits and is published", kind="question")
    play.do(cmd.EditContribution(contribution_id=good, text="Waits, edited"), ANN)
    play.do(cmd.LabelContribution(contribution_id=good, scope="open"), MOD)
    never = _post(play, BEN, "Waits and is hidden")
    back = _post(play, BEN, "Waits and is withdrawn")
    thread = f"session:{next(iter(play.full.sessions))}"
    _post(play, BEN, "Waits still", kind="concern", thread=thread)
    _post(play, ANN, "Waits below", reply_to=next(iter(play.full.contributions)))
    play.do(cmd.PublishContribution(contribution_id=good), MOD)
    play.do(cmd.HideContribution(contribution_id=never, reason="Not today"), MOD)
    play.do(cmd.WithdrawContribution(contribution_id=back), BEN)
    # What was hidden and is then withdrawn leaves no text to anyone.
    play.do(cmd.WithdrawContribution(contribution_id=never), BEN)
    shown = _post(play, MOD, "Moderators don't wait")
    play.do(cmd.HideContribution(contribution_id=shown, reason="Mistake"), ORG)
    play.do(cmd.WithdrawContribution(contribution_id=shown), MOD)


def _agree(play: Play) -> None:
    """Stories are told, read, released, shown for a while and taken back."""
    until = play.now + timedelta(minutes=2)
    told, kept, short = (
        _post(play, who, text, kind="story", consent=terms)
        for who, text, terms in (
            (ANN, "My mother's bench", None),
            (BEN, "For the team alone", cmd.ConsentTerms(audience="team")),
            (CAT, "Until Friday", cmd.ConsentTerms(audience="public", until=until)),
        )
    )
    noted = cmd.ConsentTerms(audience="public", way="spoken", by="Sam")
    spoken = _post(play, MOD, "Told at the table", consent=noted)
    play.do(cmd.HideContribution(contribution_id=told, reason="Names a child"), MOD)
    for story in (told, kept, short):
        play.do(cmd.PublishContribution(contribution_id=story), MOD)
    play.do(cmd.EditContribution(contribution_id=told, text="A bench"), ANN)
    play.do(cmd.PublishContribution(contribution_id=told), MOD)
    play.do(cmd.ReleaseConsent(contribution_id=told, audience="meeting"), ANN)
    play.do(cmd.ReleaseConsent(contribution_id=kept), BEN)
    play.do(cmd.ReleaseConsent(contribution_id=short, purposes=["report"]), CAT)
    play.do(cmd.PublishContribution(contribution_id=kept), MOD)
    play.do(cmd.WithdrawContribution(contribution_id=spoken), MOD)
    play.now = until - timedelta(seconds=20)
    play.do(cmd.RemindOfConsents())
    play.now = until
    play.do(cmd.ExpireConsents())


def _answer(play: Play) -> None:
    """Questions are answered, promised, shown; actions and outcomes are written."""
    play.do(cmd.EditMeeting(moderation="after"), ORG)
    friday = START + timedelta(days=4)
    play.do(cmd.PromiseResponse(until=friday, text="We answer 9–12."), ORG)
    first = _post(play, ANN, "Who pays?", kind="question")
    second = _post(play, BEN, "Who waters?", kind="question", label="anonymous")
    third = _post(play, CAT, "Who digs?", kind="concern")
    play.do(cmd.SetSupport(contribution_id=first, level=1), BEN)
    plenary = _room(play, "plenary")
    shown = cmd.SpotlightContribution
    play.do(shown(contribution_id=first), MOD)
    play.do(shown(contribution_id=second, queue=True), MOD)
    play.do(shown(contribution_id=third, queue=True), MOD)
    play.do(shown(next=True, room_id=plenary), MOD)
    play.do(shown(), MOD)
    answer = cmd.AnswerContribution
    play.do(answer(contribution_id=first, until=friday, by="The treasurer"), MOD)
    play.do(answer(contribution_id=first, text="The county", partly=True), MOD)
    play.do(answer(contribution_id=first, text="The county, half"), MOD, expect=2)
    play.do(answer(contribution_id=second, room_id=plenary), MOD)
    play.do(answer(contribution_id=third, text="Jo Bloggs, 01234"), MOD)
    play.do(cmd.WithdrawAnswer(contribution_id=third, reason="Wrong"), MOD)
    play.do(
        cmd.WithdrawAnswer(contribution_id=third, reason="A number", erase=True), MOD
    )
    play.do(cmd.HideContribution(contribution_id=first, reason="Mistake"), MOD)
    play.do(cmd.HideContribution(contribution_id=second, reason="Rude"), MOD)
    play.do(cmd.PublishContribution(contribution_id=first), MOD)
    play.do(cmd.DismissNotice(contribution_id=first), ANN)
    made = play.do(cmd.AddAction(text="Ask the county", contribution_id=first), MOD)
    note_id = made.data["note_id"]
    play.do(cmd.TakeAction(note_id=note_id), BEN)
    play.do(cmd.MoveAction(note_id=note_id, status="doing", text="Rang them"), BEN)
    play.do(cmd.AddAction(text="Order soil", room_id=plenary, at=START), MOD)
    made = play.do(
        cmd.WriteOutcome(theme="Money", said="Who pays?", contribution_ids=[first]), MOD
    )
    money = made.data["outcome_id"]
    play.do(cmd.WriteOutcome(outcome_id=money, did="Asked", scope="outside"), MOD)
    made = play.do(cmd.WriteOutcome(theme="Twice"), MOD)
    play.do(cmd.RemoveOutcome(outcome_id=made.data["outcome_id"]), MOD)
    last = _post(play, CAT, "And then?", kind="question")
    play.do(answer(contribution_id=last, text="We plant"), MOD)
    play.do(answer(contribution_id=last, text="We plant limes"), MOD)
    play.do(shown(contribution_id=last), MOD)
    play.do(cmd.WithdrawContribution(contribution_id=last), CAT)


def _keep_house(play: Play) -> None:
    """Rules, pace, words, mutes; flags, appeals and threats."""
    play.do(cmd.EditMeeting(moderation="after"), ORG)
    play.do(cmd.SetRules(text="Be kind."), ORG)
    play.do(cmd.SetRules(text="Be kind and brief."), ORG)
    play.do(cmd.AcceptRules(version=2), ANN)
    thread = f"session:{next(iter(play.full.sessions))}"
    play.do(cmd.SetModeration(thread=thread, mode="before", slow_seconds=1), MOD)
    play.do(cmd.SetModeration(slow_seconds=1), MOD)
    play.do(cmd.SetWords(hold_words=["dam"], refuse_words=["darn"]), MOD)
    play.do(cmd.SetCalm(on=True), MOD)
    new = _post(play, Actor("b_new", "Newcomer"), "Hello", rules=2)
    play.do(cmd.PublishContribution(contribution_id=new), MOD)
    play.do(cmd.SetCalm(on=False), MOD)
    held = _post(play, ANN, "The dam!")
    play.do(cmd.PublishContribution(contribution_id=held), MOD)
    flag = cmd.FlagContribution(contribution_id=held, category="abuse", note="Rude")
    play.do(flag, BEN)
    play.do(cmd.SettleFlags(contribution_id=held), MOD)
    play.do(flag, CAT)
    hide = cmd.HideContribution(
        contribution_id=held, reason="It is rude", category="abuse"
    )
    play.do(hide, MOD)
    play.do(cmd.Appeal(contribution_id=held, text="The river’s dam"), ANN)
    answer = cmd.AnswerAppeal(contribution_id=held, granted=True, text="You are right")
    play.do(answer, ORG)
    play.do(cmd.ReturnContribution(contribution_id=held), MOD)
    play.do(cmd.PublishContribution(contribution_id=held), MOD)
    play.do(cmd.ReturnContribution(contribution_id=new), MOD)
    off = _post(play, ANN, "I am against the market")
    play.do(cmd.HideContribution(contribution_id=off, reason="Off topic"), MOD)
    play.do(cmd.Appeal(contribution_id=off, text="Why?"), ANN)
    play.do(
        cmd.AnswerAppeal(contribution_id=off, granted=False, text="It is about trees"),
        ORG,
    )
    gone = _post(play, ANN, "I shall say this and appeal")
    play.do(cmd.HideContribution(contribution_id=gone, reason="No"), MOD)
    play.do(cmd.Appeal(contribution_id=gone, text="Please"), ANN)
    play.do(cmd.WithdrawContribution(contribution_id=gone), ANN)
    threats = [_post(play, ANN, f"I will find you, number {n}") for n in (1, 2)]
    for threat in threats:
        seal = play.do(cmd.SealContribution(contribution_id=threat), MOD)
        seal_id = seal.data["seal_id"]
        play.do(cmd.PassOnSeal(seal_id=seal_id, to="Police, file 7"), ORG)
    play.do(cmd.ReleaseSeal(seal_id=seal_id), ORG)
    play.do(cmd.WithdrawContribution(contribution_id=threats[0]), ANN)
    mutes = [
        play.do(command, MOD).data["mute_id"]
        for command in (
            cmd.MuteMember(contribution_id=threats[0], minutes=5, reason="Threat"),
            cmd.MuteMember(member_id="b_ben", reason="Please pause"),
        )
    ]
    play.do(cmd.EndMute(mute_id=mutes[1]), MOD)
    play.do(cmd.SetRules(text=""), ORG)
    play.do(cmd.SetModeration(slow_seconds=0), MOD)
    play.now += timedelta(minutes=6)


def _hold_back(play: Play) -> None:
    """The team prepares things for a moment, for a session and for an item."""
    session_id = _session(play, ANN, "The plan is shown")
    room_id, slot_id = _room(play, "garden"), list(play.full.slots)[2]
    place = {"room_id": room_id, "slot_id": slot_id}
    play.do(cmd.PlaceSession(session_id=session_id, **place), ANN)
    soon = play.now + timedelta(minutes=1)
    moments: tuple[dict[str, Any], ...] = (
        {"when": "time", "release_at": soon},
        {"when": "session", "session_id": session_id},
        {"when": "agenda", "label": "7", "room_id": room_id},
        {"when": "by_hand"},
        {"when": "by_hand"},
        {"when": "open"},
    )
    held = [
        play.do(
            cmd.HoldEmbargo(
                type="contribution.post", data={"text": f"Held {number}"}, **moment
            ),
            MOD,
        ).data["embargo_id"]
        for number, moment in enumerate(moments)
    ]
    later = {"when": "time", "release_at": soon + timedelta(minutes=1)}
    play.do(cmd.ChangeEmbargo(embargo_id=held[0], **later), ORG)
    play.do(cmd.StartSession(session_id=session_id), ANN)
    play.do(cmd.AddMarker(room_id=room_id, kind="agenda", label="7. Trees"), ORG)
    play.do(cmd.ReleaseEmbargo(embargo_id=held[3]), ORG)
    play.do(cmd.DropEmbargo(embargo_id=held[4]), MOD)
    play.now += timedelta(minutes=2)
    play.do(cmd.ReleaseDue())
    note = {"session_id": session_id, "kind": "discussed", "text": "Held"}
    moment = {"when": "time", "release_at": play.now}
    play.do(cmd.HoldEmbargo(type="note.add", data=note, **moment), ORG)
    play.do(cmd.WithdrawSession(session_id=session_id), ANN)
    play.do(cmd.ReleaseDue())


def _wind_up(play: Play) -> None:
    plenary = _room(play, "plenary")
    play.do(cmd.GrantDuty(member_id="b_cat", duty=f"camera:{plenary}"))
    sent = cmd.SendSignal(signal="no_sound", room_id=plenary, text="Left microphone")
    signal_id = play.do(sent, MOD).data["signal_id"]
    play.do(cmd.SeeSignal(signal_id=signal_id), ORG)
    play.do(cmd.SendSignal(signal="two_minutes"), ORG)
    items = [cmd.PreparedMarker(label="2"), cmd.PreparedMarker(label="x", kind="slide")]
    play.do(cmd.PrepareMarkers(room_id=plenary, items=items), ORG)
    play.do(cmd.PrepareMarkers(room_id=plenary, items=items, published=True), ORG)
    items.append(cmd.PreparedMarker(label="3"))
    play.do(cmd.PrepareMarkers(room_id=plenary, items=items, published=True), ORG)
    made = play.do(cmd.AddMarker(room_id=plenary, kind="agenda", label="2"), ORG)
    marker_id = made.data["marker_id"]
    play.do(cmd.EditMarker(marker_id=marker_id, label="2. Trees", at=START), ORG)
    made = play.do(cmd.AddMarker(room_id=plenary, kind="slide", label="x"), ORG)
    play.do(cmd.RemoveMarker(marker_id=made.data["marker_id"]), ORG)
    play.do(cmd.HoldChannel(room_id=plenary, reason="Break until 13:30"), ORG)
    play.do(cmd.DelayChannel(room_id=plenary, seconds=30), ORG)
    play.do(cmd.ReleaseChannel(room_id=plenary), ORG)
    made = play.do(cmd.AddMarker(room_id=plenary, kind="speaker", label="Eve"), ORG)
    play.do(cmd.EditMarker(marker_id=made.data["marker_id"], label="Eva"), ORG)
    play.now += timedelta(seconds=40)
    play.do(cmd.PublishMarkers())
    made = play.do(cmd.AddMarker(room_id=plenary, kind="speaker", label="Ada"), ORG)
    play.do(cmd.RemoveMarker(marker_id=made.data["marker_id"]), ORG)
    play.do(cmd.HoldChannel(room_id=plenary, reason="In private", dump_seconds=20), ORG)
    play.do(cmd.ReleaseChannel(room_id=plenary), ORG)
    _cut(play, plenary)
    play.do(cmd.RemoveMember(member_id="b_gone"), ORG)
    play.do(cmd.RemoveMember(member_id="b_ben"), ORG)
    play.do(cmd.ReadmitMember(member_id="b_ben"), ORG)
    play.do(cmd.ChangeTranscript(room_id=plenary, from_at=START, to_at=play.now))
    play.do(cmd.ChangeRecording(room_id=plenary))
    play.do(cmd.StopChannel(room_id=plenary), ORG)
    play.do(cmd.EndMeeting(), ORG)
    play.do(cmd.ReopenMeeting(), ORG)
    play.do(cmd.StartChannel(room_id=_room(play, "garden")), ORG)
    play.do(cmd.HoldChannel(room_id=_room(play, "garden"), reason="Rain"), ORG)
    play.do(cmd.RevokeDuty(member_id="b_two", duty="moderate"), ORG)
    play.do(cmd.RevokeInvite(invite_id=next(iter(play.full.invites))), ORG)
    play.do(cmd.EndMeeting(), ORG)


def _cut(play: Play, room_id: str) -> None:
    span = {"room_id": room_id, "from_at": START, "to_at": START + timedelta(seconds=7)}
    made = play.do(cmd.RequestCut(**span, reason="My child"), ANN)
    play.do(cmd.MakeCut(cut_id=made.data["cut_id"]), ORG)
    made = play.do(cmd.RequestCut(**span, reason="I stammered"), BEN)
    play.do(cmd.DeclineCut(cut_id=made.data["cut_id"], note="It is on record."), ORG)
    made = play.do(cmd.MakeCut(**span, category="legal"), ORG)
    play.do(cmd.UndoCut(cut_id=made.data["cut_id"]), ORG)


def _slot(start: int, end: int) -> cmd.SlotSpec:
    return cmd.SlotSpec(**_times(start, end))


def _times(start: int, end: int) -> dict[str, Any]:
    return {"starts_at": START.replace(hour=start), "ends_at": START.replace(hour=end)}


def _room(play: Play, slug: str) -> str:
    return next(r.room_id for r in play.full.rooms.values() if r.slug == slug)


def _session(play: Play, actor: Actor, title: str) -> str:
    made = play.do(cmd.ProposeSession(title=title), actor)
    return str(made.data["session_id"])


def _post(play: Play, actor: Actor, text: str, **more: Any) -> str:
    made = play.do(cmd.PostContribution(text=text, **more), actor)
    return str(made.data["contribution_id"])


def render(cases: list[dict[str, Any]]) -> str:
    """Return the file's text."""
    # A line for each entry and state: a change shows where it is.
    text = []
    for case in cases:
        for part in ("entries", "states"):
            case[part] = [json.dumps(each, ensure_ascii=False) for each in case[part]]
        text.append(
            f'{{"feed": {json.dumps(case["feed"])}, "entries": [\n'
            + ",\n".join(case["entries"])
            + '\n], "states": [\n'
            + ",\n".join(case["states"])
            + "\n]}"
        )
    return "[\n" + ",\n".join(text) + "\n]\n"


if __name__ == "__main__":
    PATH.write_text(render(make_vectors()), "utf-8")
