"""An author's own feed says where, as what and when its posts stand."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core.events import decode_event
from folkmoot.core.folding import apply
from folkmoot.core.state import MeetingState, decode_state, encode_state
from tests.core.play import START, Play
from tests.core.vectors import ANN, BEN, ORG

OLD_ENTRY = (
    '{"content_id": "k_1", "contribution_id": "c_1", "member_id": "b_ann",'
    ' "waiting": true}'
)


def _waiting_reply() -> tuple[Play, str, str]:
    play = Play()
    play.do(cmd.CreateMeeting(title="Square", slug="square"))
    play.do(cmd.OpenMeeting(), ORG)
    session = play.do(cmd.ProposeSession(title="Trees"), BEN).data["session_id"]
    thread = f"session:{session}"
    question = play.do(cmd.PostContribution(text="Where?", thread=thread), BEN)
    play.do(cmd.EditMeeting(moderation="before"), ORG)
    reply = play.do(
        cmd.PostContribution(
            text="Here",
            thread=thread,
            kind="idea",
            reply_to=question.data["contribution_id"],
        ),
        ANN,
    )
    return play, reply.data["contribution_id"], question.data["contribution_id"]


def test_own_waiting_post_knows_its_place() -> None:
    play, reply, question = _waiting_reply()
    own = play.snapshot("member:b_ann")["authored"][reply]
    waiting = play.snapshot("staff")["contributions"][reply]
    for name in ("thread", "kind", "posted_at", "reply_to"):
        assert own[name] == waiting[name], name
    assert (own["kind"], own["reply_to"]) == ("idea", question)
    assert own["thread"].startswith("session:")
    assert own["waiting"]


def test_place_of_a_waiting_post_is_in_no_public_entry() -> None:
    play, reply, _ = _waiting_reply()
    assert reply not in str(play.entries("public", 0))


def test_entry_of_the_first_days_is_still_read() -> None:
    state = MeetingState()
    apply(state, decode_event("ContributionAuthored", OLD_ENTRY), START)
    own = decode_state(encode_state(state)).authored["c_1"]
    assert (own.thread, own.kind, own.posted_at, own.reply_to) == (
        "meeting",
        "note",
        None,
        None,
    )
