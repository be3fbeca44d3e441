"""The laws of feeds, over random histories of every command."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from folkmoot.core import commands as cmd
from folkmoot.core.events import KINDS, decode_event, encode_event, kind_of
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState, decode_state, encode_state
from tests.core.histories import BUILDERS, Step, creations, histories
from tests.core.play import START, Play
from tests.core.vectors import play_everything
from tests.core.wire_fold import fold

EMPTY = Play().snapshot(PUBLIC)


def _take(play: Play, step: Step) -> bool:
    try:
        play.do(step.command(play.full), step.actor)
    except Refusal:
        return False
    return True


def test_histories_know_every_command() -> None:
    assert set(BUILDERS) == set(cmd.TYPES) | set(cmd.SYSTEM_TYPES)


@settings(max_examples=50, deadline=None)
@given(creation=creations, history=histories)
def test_snapshot_and_later_entries_give_the_later_snapshot(
    creation: cmd.CreateMeeting, history: list[Step]
) -> None:
    play = Play()
    play.do(creation)
    stops: list[tuple[str, int, dict[str, Any]]] = []
    for number, step in enumerate(history):
        _take(play, step)
        if number % 7 == 0:
            stops += [(f, play.seq(f), play.snapshot(f)) for f in play.feeds]
    stops += [(feed, 0, EMPTY) for feed in play.feeds]
    for feed, seq, state in stops:
        assert fold(state, play.entries(feed, seq)) == play.snapshot(feed), feed


@settings(max_examples=30, deadline=None)
@given(creation=creations, history=histories)
def test_refused_command_changes_nothing(
    creation: cmd.CreateMeeting, history: list[Step]
) -> None:
    play = Play()
    play.do(creation)
    for step in history:
        before = encode_state(play.full)
        if not _take(play, step):
            assert encode_state(play.full) == before


@settings(max_examples=30, deadline=None)
@given(creation=creations, history=histories)
def test_no_two_sessions_stand_in_one_place(
    creation: cmd.CreateMeeting, history: list[Step]
) -> None:
    play = Play()
    play.do(creation)
    for step in history:
        _take(play, step)
    places = [(s.room_id, s.slot_id) for s in play.full.sessions.values() if s.slot_id]
    assert len(places) == len(set(places))


def test_every_event_comes_back_from_its_bytes_and_with_unknown_fields() -> None:
    play, _ = play_everything()
    events = [event for feed in play.feeds.values() for event, _ in feed]
    assert {kind_of(event) for event in events} == set(KINDS)
    for event in events:
        body = encode_event(event)
        assert decode_event(kind_of(event), body) == event
        grown = json.dumps({**json.loads(body), "from_a_later_version": 1})
        assert decode_event(kind_of(event), grown) == event


def test_every_state_comes_back_from_its_bytes() -> None:
    play, _ = play_everything()
    for state in (MeetingState(), play.full, *play.states.values()):
        assert encode_state(decode_state(encode_state(state))) == encode_state(state)


# --- secrecy ---------------------------------------------------------------

_ID_OR_MOMENT = re.compile(r"[a-z]_[0-9]{12}|[0-9-]{10}T[0-9:.]+Z")
SECRET = "zebra-crossing"
STAFF_ONLY = {
    "invite.make",
    "invite.revoke",
    "duty.grant",
    "duty.revoke",
    "marker.prepare",
    "question.answer",
    "cut.request",
    "cut.decline",
    "member.remove",
    "member.readmit",
    "words.set",
    "seal.pass_on",
    "seal.release",
    "embargo.hold",
    "embargo.change",
    "embargo.release",
    "embargo.drop",
    "embargo.due",
}
LET_OUT = {"embargo.change", "embargo.release", "embargo.due"}


@settings(max_examples=50, deadline=None)
@given(creation=creations, history=histories)
def test_nothing_of_staff_reaches_the_public(
    creation: cmd.CreateMeeting, history: list[Step]
) -> None:
    """What waits, is hidden, was withdrawn or concerns staff is in no public byte."""
    play = Play()
    play.do(creation)
    words: dict[str, set[str]] = {}
    for number, step in enumerate(history):
        word = f"zebra-{number}."
        command = _plant(step.command(play.full), word)
        try:
            made = play.do(command, step.actor)
        except Refusal:
            continue
        item_id = made.data.get("contribution_id") or getattr(
            command, "contribution_id", ""
        )
        if isinstance(command, cmd.UpdateFields):
            words.setdefault(made.data["update_id"], set()).add(word)
        if isinstance(command, cmd.PostContribution | cmd.EditContribution):
            words.setdefault(item_id, set()).add(word)
        # A card brings several at once.
        for taken_id in made.data.get("contribution_ids", ()):
            words.setdefault(taken_id, set()).add(word)
        public = json.dumps([play.entries(PUBLIC), play.snapshot(PUBLIC)])
        assert SECRET not in public
        for contribution in play.full.contributions.values():
            if contribution.waiting or contribution.hidden or contribution.withdrawn:
                for secret in words[contribution.contribution_id]:
                    assert secret not in public
        for question in play.full.prepared_questions.values():
            assert play.text(question.content_id)["text"] not in public
        taken_back = {u.update_id for u in play.full.updates.values() if u.withdrawn}
        for update_id in {*play.full.drafts, *taken_back}:
            for secret in words[update_id]:
                assert secret not in public


def _plant(command: cmd.Command, word: str) -> cmd.Command:
    """Put `word` into what may become public, the secret into what may not."""
    if isinstance(command, cmd.PostContribution | cmd.EditContribution):
        return msgspec.structs.replace(command, text=word)
    if isinstance(command, cmd.HideContribution):
        return msgspec.structs.replace(command, reason=SECRET)
    if isinstance(command, cmd.MuteMember | cmd.SealContribution):
        return msgspec.structs.replace(command, reason=SECRET)
    if isinstance(command, cmd.FlagContribution):
        return msgspec.structs.replace(command, note=SECRET)
    if isinstance(command, cmd.Appeal | cmd.AnswerAppeal):
        return msgspec.structs.replace(command, text=SECRET)
    if isinstance(command, cmd.SetWords):
        return msgspec.structs.replace(command, hold_words=[SECRET])
    if isinstance(command, cmd.MakeInvite):
        return msgspec.structs.replace(command, label=SECRET)
    if isinstance(command, cmd.UpdateFields):
        return msgspec.structs.replace(command, text=word)
    if isinstance(command, cmd.PrepareQuestion) and not command.ask:
        return msgspec.structs.replace(command, text=word)
    if isinstance(command, cmd.PrepareMarkers):
        items = [cmd.PreparedMarker(label=SECRET)]
        return msgspec.structs.replace(command, items=items, published=False)
    if isinstance(command, cmd.IssueCards):
        return msgspec.structs.replace(command, label=SECRET)
    if isinstance(command, cmd.RedeemCard):
        said = [
            msgspec.structs.replace(one, text=word) for one in command.contributions
        ]
        return msgspec.structs.replace(command, contributions=said, reply_to=SECRET)
    return command


@settings(max_examples=50, deadline=None)
@given(history=histories, noise=histories)
def test_public_feed_is_the_same_whatever_staff_do(
    history: list[Step], noise: list[Step]
) -> None:
    """Two histories that differ in staff's and waiting things only."""
    # A day later than any moment that a command names: none may be the same as
    # an entry's in one of the two only.
    quiet, loud = (Play(now=START + timedelta(days=1)) for _ in range(2))
    for play in (quiet, loud):
        play.do(BUILDERS["meeting.create"](None))  # type: ignore[arg-type]
        play.do(cmd.EditMeeting(moderation="before"))
    for number, step in enumerate(history):
        if step.name == "meeting.edit":
            continue
        if number < len(noise):
            _make_noise(loud, noise[number])
        _take_same(quiet, loud, step)
    assert _without_ids(quiet) == _without_ids(loud)


def _make_noise(play: Play, step: Step) -> None:
    """Something that only staff learn of: a duty, an invitation, a waiting post."""
    if step.name == "embargo.hold":
        # Not until something: that would make it public, as it should.
        play.do(
            cmd.HoldEmbargo(
                type="contribution.post", data={"text": SECRET}, when="by_hand"
            ),
            Step("", 2, ()).actor,
        )
    elif step.name == "marker.prepare":
        items = [cmd.PreparedMarker(label=SECRET)]
        room_id = next(iter(play.full.rooms))
        with suppress(Refusal):  # who may not hears so, and nobody else anything
            play.do(cmd.PrepareMarkers(room_id=room_id, items=items), step.actor)
    elif step.name in STAFF_ONLY - LET_OUT:
        _take(play, step)
    elif step.name == "source.change" and all(
        room.channel == "off" for room in play.full.rooms.values()
    ):
        # Off air; and back, because the next "on air" tells what is connected.
        for connected in (True, False):
            room_id = next(iter(play.full.rooms))
            play.do(cmd.ChangeSource(room_id=room_id, connected=connected))
    else:
        rules = len(play.full.ground_rules) or None
        noisy = cmd.PostContribution(text=SECRET, rules=rules)
        try:
            made = play.do(noisy, step.actor if step.who < 2 else Step("", 0, ()).actor)
        except Refusal:
            return  # muted, or too soon after the last one
        item_id = made.data["contribution_id"]
        moderator = Step("", 2, ()).actor
        if step.numbers[0] % 3 == 0:
            hide = cmd.HideContribution(contribution_id=item_id, reason=SECRET)
            play.do(hide, moderator)
        if step.numbers[0] % 2 == 0:
            withdraw = cmd.WithdrawContribution(contribution_id=item_id)
            play.do(withdraw, step.actor if step.who < 2 else Step("", 0, ()).actor)


def _take_same(quiet: Play, loud: Play, step: Step) -> None:
    """Take the same public step in both, on the same things."""
    if step.name in STAFF_ONLY or step.name in {"source.change", "member.mute"}:
        return  # a pause lasts as long as the clock says, and the two clocks differ
    if step.name.startswith("contribution.") and not step.actor.moderates:
        return  # would wait
    if step.name == "contribution.publish":
        return
    public = quiet.states[PUBLIC]
    twin = loud.states[PUBLIC]
    answers = []
    for play, state in ((quiet, public), (loud, twin)):
        try:
            play.do(step.command(state), step.actor)
        except Refusal as refusal:
            answers.append((refusal.code, refusal.message))
        else:
            answers.append(None)
    assert answers[0] == answers[1]


def _without_ids(play: Play) -> str:
    """Return every public byte, ids and moments named in the order of their coming."""
    names: dict[str, str] = {}
    text = json.dumps([play.entries(PUBLIC), play.snapshot(PUBLIC)])
    return _ID_OR_MOMENT.sub(
        lambda found: names.setdefault(found[0], f"#{len(names)}"), text
    )


@pytest.mark.parametrize("name", [*cmd.TYPES])
def test_commands_refuse_unknown_fields(name: str) -> None:
    with pytest.raises(cmd.BadCommand):
        cmd.read_command(name, {"nonsense": 1})
