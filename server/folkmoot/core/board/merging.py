"""Decisions that make one session of two, and two of one.

Authorship, interest and threads go along, and everybody concerned is told.
Both sides of a merge have to want it; a facilitator needs to ask nobody.
"""

from __future__ import annotations

from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.hosting import end_asks
from folkmoot.core.board.notices import tell, who_cares
from folkmoot.core.board.proposing import need_space
from folkmoot.core.board.sessions import (
    Text,
    check_version,
    hosts,
    names_of,
    need_own,
    need_session,
    owners,
    owns,
    with_hosts,
)
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState, MergeAsk, Session

MAX_TAGS = 12
MAX_TEXT = 10_000


def merge_sessions(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.MergeSessions,
    expect: int | None,
    shelf: Shelf,
) -> None:
    """Make `other_id` part of `session_id`, or ask its hosts whether they want it."""
    if state.merged.get(command.other_id) == command.session_id:
        return
    session = need_session(state, command.session_id)
    other = need_session(state, command.other_id)
    if session is other:
        raise Refusal("same_session", "Choose two different sessions.")
    check_version(session, expect)
    mine, theirs = owns(actor, session), owns(actor, other)
    if not (mine or theirs or actor.facilitates):
        raise Refusal(
            "not_your_session", "Only hosts and facilitators can merge sessions."
        )
    asked = _asked(state, session, other)
    if (mine and theirs) or actor.facilitates:
        _merge(state, draft, command, session, other, shelf)
    elif asked is not None and not _is_asker(actor, asked, session, other):
        # The direction that was asked for holds, whichever way it is accepted.
        kept, gone = (
            need_session(state, asked.session_id),
            need_session(state, asked.other_id),
        )
        _merge(state, draft, command, kept, gone, shelf)
    elif asked is None:
        _ask(draft, actor, session, other, theirs=other if mine else session)


def decline_merge(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.DeclineMerge
) -> None:
    """Decline a wish to merge, or take it back."""
    session = need_session(state, command.session_id)
    other = need_session(state, command.other_id)
    if not (owns(actor, session) or owns(actor, other) or actor.facilitates):
        raise Refusal("not_your_session", "Only hosts and facilitators can decline.")
    if (asked := _asked(state, session, other)) is None:
        return
    event = ev.MergeDeclined(session_id=asked.session_id, other_id=asked.other_id)
    for feed in _readers(session, other, asked.by_id):
        draft.say(feed, event)


def split_session(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.SplitSession,
    expect: int | None,
    text: Text,
) -> None:
    """Take a session out of another one; it begins as a proposal."""
    session = need_own(state, actor, command.session_id)
    check_version(session, expect)
    need_space(state)
    host_id = command.host_id
    if host_id is not None and host_id not in session.host_ids:
        raise Refusal("not_a_host", "Only one of its hosts can go along.")
    if host_id is None and hosts(actor, session):
        host_id = actor.member_id
    names = names_of(session, text)
    host_ids = () if host_id is None else (host_id,)
    if host_id is not None and host_id == actor.member_id:
        names[host_id] = names.get(host_id) or actor.name
    session_id = draft.ids.new("s")
    copied = command.interest == "copy"
    fresh = {
        "title": command.title,
        "pitch": command.pitch,
        "wants": "",
        "tags": text.get("tags", []),
        "asker": "",
    }
    draft.say(
        PUBLIC,
        ev.SessionSplit(
            session_id=session_id,
            from_id=session.session_id,
            host_id=host_id,
            ask=host_id is None,
            copied=copied,
            content_id=draft.write(session_id, **with_hosts(fresh, host_ids, names)),
        ),
    )
    if command.host_id is not None and len(session.host_ids) > 1:
        _let_go(draft, session, command.host_id, text)
    concerned = who_cares(state, session)
    new = Session(
        session_id=session_id, content_id="", host_id=host_id, proposed_at=draft.now
    )
    kind: ev.NoticeKind = "split" if copied else "split_ask"
    tell(draft, kind, new, concerned, other_id=session.session_id)
    draft.data["session_id"] = session_id


def _asked(state: MeetingState, one: Session, two: Session) -> MergeAsk | None:
    forth = state.merge_asks.get(f"{one.session_id}/{two.session_id}")
    return forth or state.merge_asks.get(f"{two.session_id}/{one.session_id}")


def _is_asker(actor: Actor, asked: MergeAsk, one: Session, two: Session) -> bool:
    """Whether the actor stands on the side that asked."""
    side = next((s for s in (one, two) if asked.by_id in owners(s)), None)
    return actor.member_id == asked.by_id or (side is not None and owns(actor, side))


def _ask(
    draft: Decision, actor: Actor, session: Session, other: Session, *, theirs: Session
) -> None:
    if not owners(theirs):
        raise Refusal(
            "nobody_to_ask", "Nobody hosts the other session. Ask a facilitator."
        )
    event = ev.MergeAsked(
        session_id=session.session_id,
        other_id=other.session_id,
        by_id=actor.member_id or "",
    )
    for feed in _readers(session, other, event.by_id):
        draft.say(feed, event)
    draft.data["asked"] = True


def _readers(session: Session, other: Session, by_id: str) -> list[str]:
    """Return the feeds that read of a wish to merge: both sides', and staff."""
    members = {*owners(session), *owners(other), by_id} - {""}
    return [STAFF, *(member_feed(member_id) for member_id in sorted(members))]


def _merge(
    state: MeetingState,
    draft: Decision,
    command: cmd.MergeSessions,
    session: Session,
    other: Session,
    shelf: Shelf,
) -> None:
    text, gone = shelf.text(session.content_id), shelf.text(other.content_id)
    host_ids = tuple(dict.fromkeys((*session.host_ids, *other.host_ids)))
    names = {**names_of(other, gone), **names_of(session, text)}
    joined = with_hosts(_join(command, other, text, gone), host_ids, names)
    # A session that has no place yet takes the other's.
    stands = session if session.slot_id is not None else other
    event = ev.SessionsMerged(
        session_id=session.session_id,
        merged_id=other.session_id,
        host_id=host_ids[0] if host_ids else None,
        cohost_ids=host_ids[1:],
        ask=not host_ids,
        room_id=stands.room_id,
        slot_id=stands.slot_id,
        version=session.version + 1,
        content_id=draft.write(session.session_id, **joined),
    )
    thread = f"session:{other.session_id}"
    authors = {own.member_id for own in state.authored.values() if own.thread == thread}
    concerned = {*who_cares(state, session), *who_cares(state, other), *authors}
    end_asks(state, draft, other)
    draft.say(PUBLIC, event)
    draft.say(STAFF, event)
    tell(
        draft,
        "merged",
        session,
        concerned,
        other_id=other.session_id,
        room_id=stands.room_id,
        slot_id=stands.slot_id,
    )
    draft.data["session_id"] = session.session_id


def _join(
    command: cmd.MergeSessions, other: Session, text: Text, gone: Text
) -> dict[str, Any]:
    """Return the text of both: the kept title, what each was about, who said it."""
    pitches = [text.get("pitch") or "", gone.get("pitch") or ""]
    wants = [text.get("wants") or "", gone.get("wants") or ""]
    tags = dict.fromkeys((*text.get("tags", ()), *gone.get("tags", ())))
    pitch = "\n\n".join(filter(None, pitches))[:MAX_TEXT]
    origin = {
        "session_id": other.session_id,
        "title": gone.get("title") or "",
        "host": gone.get("host") or gone.get("asker") or "",
    }
    return {
        **text,
        "title": command.title or text.get("title") or gone.get("title") or "",
        "pitch": pitch if command.pitch is None else command.pitch,
        "wants": "\n".join(filter(None, wants))[:MAX_TEXT],
        "tags": list(tags)[:MAX_TAGS],
        "asker": text.get("asker") or gone.get("asker") or "",
        "origins": [*text.get("origins", ()), origin, *gone.get("origins", ())],
    }


def _let_go(draft: Decision, session: Session, host_id: str, text: Text) -> None:
    """Take a host who goes with the new session off the old one."""
    left = tuple(m for m in session.host_ids if m != host_id)
    written = with_hosts(text, left, names_of(session, text))
    draft.say(
        PUBLIC,
        ev.SessionHostsChanged(
            session_id=session.session_id,
            host_id=left[0],
            cohost_ids=left[1:],
            version=session.version + 1,
            content_id=draft.write(session.session_id, **written),
        ),
    )
