"""What a voice note says: heard by machine, written down and corrected by people.

The words stand in the text that the note belongs to, so whoever may read the one has
the other, and both are hidden and deleted together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.moderation.screening import find_word, mode_of, words_that
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import Contribution, MeetingState
from folkmoot.core.talk.contributions import need_contribution, need_own, readers_of


def caption_voice(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.CaptionVoice,
    shelf: Shelf,
) -> None:
    """Write down what a voice note says; a machine does where no person has."""
    if actor.moderates:
        contribution = need_contribution(state, command.contribution_id)
    else:
        contribution = need_own(state, actor, command.contribution_id)
    if contribution.withdrawn:
        raise Refusal("withdrawn", "The author has taken this contribution back.")
    if contribution.hidden:
        raise Refusal("hidden", "This contribution is hidden and can't be changed.")
    text = shelf.text(contribution.content_id)
    notes: list[dict[str, Any]] = [dict(one) for one in text.get("attachments") or ()]
    note = next(
        (one for one in notes if one["attachment_id"] == command.attachment_id), None
    )
    if note is None or note["kind"] != "voice":
        raise Refusal("no_such_voice", "This voice note is not here any more.")
    heard = command.heard if actor.system else ""
    if heard and (note.get("text") or not command.text.strip()):
        return
    if heard or not actor.moderates:
        _need_unread(state, contribution)
    if heard and _blocked(state, shelf, command.text):
        return
    _write(note, command.text.strip(), heard)
    draft.erased.append(contribution.content_id)
    event = ev.ContributionCaptioned(
        contribution_id=contribution.contribution_id,
        content_id=draft.write(
            contribution.contribution_id, **{**text, "attachments": notes}
        ),
    )
    for feed in readers_of(state, contribution):
        draft.say(feed, event)


def without_blocked(
    state: MeetingState, shelf: Shelf, attached: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What is attached, without a machine's words that may not be shown here."""
    kept = []
    for one in attached:
        note = dict(one)
        if note.get("heard") and _blocked(state, shelf, note.get("text") or ""):
            _write(note, "", "")
        kept.append(note)
    return kept


def leave_no_words(
    state: MeetingState, draft: Decision, contribution: Contribution, shelf: Shelf
) -> None:
    """Take what voice notes say out of a text that becomes a former one.

    A former text stays to be read; words of a note that are corrected or deleted later
    are to be gone, and nobody could find them there.
    """
    text = shelf.text(contribution.content_id)
    notes: list[dict[str, Any]] = [dict(one) for one in text.get("attachments") or ()]
    if not any(one.get("text") for one in notes if one["kind"] == "voice"):
        return
    for note in notes:
        if note["kind"] == "voice":
            _write(note, "", "")
    item_id = contribution.contribution_id
    draft.erased.append(contribution.content_id)
    event = ev.ContributionCaptioned(
        contribution_id=item_id,
        content_id=draft.write(item_id, **{**text, "attachments": notes}),
    )
    for feed in readers_of(state, contribution):
        draft.say(feed, event)


def still_heard(
    attached: Sequence[dict[str, Any]], before: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What is attached anew: words that nobody changed are still a machine's."""
    heard = {
        one["attachment_id"]: one
        for one in before.get("attachments") or ()
        if one.get("heard")
    }
    kept = []
    for one in attached:
        old = heard.get(one["attachment_id"])
        same = old is not None and old.get("text") == one.get("text")
        kept.append({**one, "heard": old["heard"]} if old and same else dict(one))
    return kept


def _need_unread(state: MeetingState, contribution: Contribution) -> None:
    """Refuse words that would stand in public without anybody having read them."""
    consent = state.consents.get(contribution.contribution_id)
    released = consent is not None and consent.two_stages and consent.released_at
    reads_first = mode_of(state, contribution.thread) == "before"
    if released or (reads_first and not contribution.waiting):
        raise Refusal(
            "read_before",
            "This was read before it appeared, and what is new in it was not. "
            "A moderator can write down what the voice note says.",
        )


def _blocked(state: MeetingState, shelf: Shelf, words: str) -> bool:
    blocked = (*words_that(state, shelf, "refuse"), *words_that(state, shelf, "hold"))
    return find_word(blocked, words) is not None


def _write(note: dict[str, Any], words: str, heard: str) -> None:
    """Set a note's words, and the model that heard them if one did."""
    for name, value in (("text", words), ("heard", heard)):
        if value:
            note[name] = value
        else:
            note.pop(name, None)
