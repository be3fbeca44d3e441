"""Decisions on the live updates: draft, post, edit, correct, pin, take back.

Drafts stand in the feed of those who report, so that several write side by side;
what comes out stands in `public`. A draft's older texts are deleted at once: a
half-finished sentence is nobody's record.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.board.sessions import need_standing
from folkmoot.core.broadcast.airtime import delay_of
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.feeds import PUBLIC, REPORTERS
from folkmoot.core.live.report_folding import fields_of
from folkmoot.core.meeting.lifecycle import need_room, utc
from folkmoot.core.refusals import Refusal
from folkmoot.core.rights import need_reporter
from folkmoot.core.state import Consent, MeetingState, Update
from folkmoot.core.talk.contributions import need_public
from folkmoot.core.wire import moment

MAX_UPDATES = 2_000
MAX_DRAFTS = 50
MAX_PINNED = 3
MAX_CORRECTIONS = 20
LONGEST_CLIP = timedelta(minutes=30)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def post_update(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.PostUpdate
) -> None:
    """Publish at once, or as soon as the public sees the moment."""
    need_reporter(actor)
    _need_space(state.updates, MAX_UPDATES)
    _check_whole(command.text, command.quote, command.embed)
    if command.pinned:
        _need_pins(state)
    update_id = draft.ids.new("l")
    given = {"update_id": update_id, "version": 1, **_place(state, draft, command)}
    content_id = draft.write(update_id, **_text(command, actor, {}))
    if _due_at(state, given) > draft.now:
        _need_space(state.drafts, MAX_DRAFTS)
        draft.say(
            REPORTERS, ev.UpdateDrafted(**given, content_id=content_id, waiting=True)
        )
    else:
        draft.say(PUBLIC, ev.UpdatePosted(**given, content_id=content_id))
        if command.pinned:
            draft.say(PUBLIC, ev.UpdatePinned(update_id=update_id, pinned=True))
    draft.data |= {"update_id": update_id, "version": 1}


def draft_update(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.DraftUpdate
) -> None:
    """Begin a draft, which may still be empty."""
    need_reporter(actor)
    _need_space(state.drafts, MAX_DRAFTS)
    update_id = draft.ids.new("l")
    draft.say(
        REPORTERS,
        ev.UpdateDrafted(
            update_id=update_id,
            version=1,
            **_place(state, draft, command),
            content_id=draft.write(update_id, **_text(command, actor, {})),
        ),
    )
    draft.data |= {"update_id": update_id, "version": 1}


def edit_update(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.EditUpdate | cmd.CorrectUpdate,
    expect: int | None,
    shelf: Shelf,
) -> None:
    """Give an update anew if it still is as the writer saw it."""
    need_reporter(actor)
    update = _need(state, command.update_id)
    before = shelf.text(update.content_id)
    note = command.note if isinstance(command, cmd.CorrectUpdate) else None
    if note is not None and update.posted_at is None:
        raise Refusal("not_posted", "This hasn't come out yet: just change it.")
    given = fields_of(update) | _place(state, draft, command, stands=update)
    if command.picture_clear:
        given |= dict.fromkeys(("image_id", "width", "height"))
    text = _text(command, actor, before)
    if note is None and (given, text) == (fields_of(update), before):
        draft.data |= {"update_id": update.update_id, "version": update.version}
        return
    _check_version(update, expect)
    if update.posted_at is not None:
        _check_whole(command.text, command.quote, command.embed or given["image_id"])
        if _due_at(state, given) > draft.now:
            raise Refusal("not_seen_yet", "The public hasn't seen that moment yet.")
    if note is not None:
        corrections = list(before.get("corrections", ()))
        if len(corrections) >= MAX_CORRECTIONS:
            raise Refusal("too_many_corrections", "This was corrected often enough.")
        text["corrections"] = [
            *corrections,
            {"at": moment(draft.now), "note": note, "author": actor.name},
        ]
    draft.data |= _give_anew(draft, update, given, text, corrected=note is not None)
    if command.picture_clear and update.image_id is not None:
        draft.erased.append(update.image_id)


def publish_update(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    update_id: str,
    expect: int | None,
    shelf: Shelf,
) -> None:
    """Publish a draft, or let it wait until the public sees its moment."""
    need_reporter(actor)
    update = _need(state, update_id)
    if update.posted_at is not None:
        return
    _check_version(update, expect)
    _need_space(state.updates, MAX_UPDATES)
    text = shelf.text(update.content_id)
    _check_whole(text["text"], text["quote"], update.embed or update.image_id)
    if update.embed is not None:
        _check_embed(state, update.embed, update.embed_id)
    given = fields_of(update)
    draft.data |= {"update_id": update_id, "version": update.version}
    if _due_at(state, given) <= draft.now:
        _come_out(draft, update)
    elif not update.waiting:
        draft.say(REPORTERS, ev.UpdateDrafted(**given, waiting=True))
        draft.data["waiting"] = True


def pin_update(
    state: MeetingState, draft: Decision, actor: Actor, command: cmd.PinUpdate
) -> None:
    """Keep an update on top, or no longer."""
    need_reporter(actor)
    update = _need(state, command.update_id)
    if update.posted_at is None:
        raise Refusal("not_posted", "This hasn't come out yet.")
    if update.pinned == command.pinned:
        return
    if command.pinned:
        _need_pins(state)
    draft.say(
        PUBLIC, ev.UpdatePinned(update_id=update.update_id, pinned=command.pinned)
    )


def withdraw_update(
    state: MeetingState, draft: Decision, actor: Actor, update_id: str, shelf: Shelf
) -> None:
    """Take an update back for good; a draft leaves nothing behind."""
    need_reporter(actor)
    if (known := state.updates.get(update_id)) is not None and known.withdrawn:
        return
    update = _need(state, update_id)
    if update.posted_at is None:
        draft.say(REPORTERS, ev.UpdateDiscarded(update_id=update_id))
    else:
        draft.say(PUBLIC, ev.UpdateWithdrawn(update_id=update_id))
    draft.erased.extend(shelf.written(update_id))


def add_picture(
    state: MeetingState,
    draft: Decision,
    actor: Actor,
    command: cmd.AddUpdatePicture,
    shelf: Shelf,
) -> None:
    """Put a picture in, in place of the one that was there."""
    need_reporter(actor)
    update = _need(state, command.update_id)
    image_id = draft.write(
        update.update_id,
        jpeg=b64encode(command.image).decode(),
        small=b64encode(command.small).decode(),
    )
    draft.grants.append((image_id, REPORTERS if update.posted_at is None else PUBLIC))
    given = fields_of(update) | {
        "image_id": image_id,
        "width": command.width,
        "height": command.height,
    }
    text = shelf.text(update.content_id) | {"author": actor.name}
    draft.data |= _give_anew(draft, update, given, text)
    if update.image_id is not None:
        draft.erased.append(update.image_id)
    draft.data["image_id"] = image_id


def publish_due(state: MeetingState, draft: Decision) -> None:
    """Publish what waited until the public sees its moment.

    What speaks to seconds that were taken out meanwhile is a draft again.
    """
    for update in state.drafts.values():
        if not update.waiting or _due_at(state, fields_of(update)) > draft.now:
            continue
        if _is_taken_out(state, update):
            draft.say(REPORTERS, ev.UpdateDrafted(**fields_of(update)))
        else:
            _come_out(draft, update)


def end_quotations(
    state: MeetingState, draft: Decision, consent: ev.ConsentGiven, shelf: Shelf
) -> None:
    """Take a contribution out of the updates that show it, if its author now wants so.

    An update that says nothing else goes with it.
    """
    if _may_be_shown(consent):
        return
    for update in (*state.drafts.values(), *state.updates.values()):
        if update.withdrawn or update.embed_id != consent.contribution_id:
            continue
        text = shelf.text(update.content_id)
        if update.posted_at is not None and not (
            update.image_id or text.get("text") or text.get("quote")
        ):
            draft.say(PUBLIC, ev.UpdateWithdrawn(update_id=update.update_id))
            draft.erased.extend(shelf.written(update.update_id))
            continue
        given = fields_of(update) | {"embed": None, "embed_id": None}
        _ = _give_anew(draft, update, given, dict(text))


def next_due_at(state: MeetingState) -> datetime | None:
    """When the next update that waits comes out; None if none waits."""
    return min(
        (
            _due_at(state, fields_of(update))
            for update in state.drafts.values()
            if update.waiting
        ),
        default=None,
    )


def _is_taken_out(state: MeetingState, update: Update) -> bool:
    room = state.rooms.get(update.room_id or "")
    moments = [at for at in (update.about_at, update.to_at) if at is not None]
    return room is not None and any(
        cut.from_at <= at <= cut.to_at for cut in room.cuts.values() for at in moments
    )


def _come_out(draft: Decision, update: Update) -> None:
    draft.say(REPORTERS, ev.UpdateDiscarded(update_id=update.update_id, posted=True))
    draft.say(PUBLIC, ev.UpdatePosted(**fields_of(update)))
    if update.image_id is not None:
        draft.grants.append((update.image_id, PUBLIC))


def _give_anew(
    draft: Decision,
    update: Update,
    given: dict[str, Any],
    text: dict[str, Any],
    *,
    corrected: bool = False,
) -> dict[str, Any]:
    """Say an update as it is now; return its id and version, as answers give them."""
    version = update.version + 1
    given = given | {
        "version": version,
        "content_id": draft.write(update.update_id, **text),
    }
    if update.posted_at is not None:
        draft.say(PUBLIC, ev.UpdateEdited(**given, corrected=corrected))
    else:
        # Whoever changes what waits wants to look at it again.
        draft.say(REPORTERS, ev.UpdateDrafted(**given))
        draft.erased.append(update.content_id)
    return {"update_id": update.update_id, "version": version}


def _text(
    command: cmd.UpdateFields, actor: Actor, before: Mapping[str, Any]
) -> dict[str, Any]:
    """Return an update's words; who came first stays its author."""
    text: dict[str, Any] = {
        "text": command.text,
        "quote": command.quote,
        "speaker": command.speaker,
        "alt": command.alt,
        "author": before.get("author") or actor.name,
    }
    if corrections := before.get("corrections"):
        text["corrections"] = corrections
    return text


def _place(
    state: MeetingState,
    draft: Decision,
    command: cmd.UpdateFields,
    *,
    stands: Update | None = None,
) -> dict[str, Any]:
    """Return what an update speaks to and shows, or refuse."""
    room_id = command.room_id
    about_at, from_at = utc(command.about_at), utc(command.from_at)
    to_at = utc(command.to_at)
    if room_id is not None:
        need_room(state, room_id)
        if about_at is None:
            same = stands is not None and stands.room_id == room_id
            about_at = (stands.about_at if stands and same else None) or draft.now
    if about_at is not None and about_at > draft.now:
        raise Refusal("bad_time", "That has not been yet.")
    embed_id = command.embed_id
    if command.embed == "clip":
        embed_id = None
        if room_id is None or from_at is None or to_at is None:
            raise Refusal("no_span", "Say which room, from when and until when.")
        if not from_at < to_at <= from_at + LONGEST_CLIP or to_at > draft.now:
            raise Refusal(
                "bad_time", "A clip lasts up to half an hour, and has been already."
            )
    else:
        from_at = to_at = None
        if command.embed is None:
            embed_id = None
        else:
            embed_id = _check_embed(state, command.embed, embed_id)
    return {
        "room_id": room_id,
        "about_at": about_at,
        "embed": command.embed,
        "embed_id": embed_id,
        "from_at": from_at,
        "to_at": to_at,
    }


def _check_embed(
    state: MeetingState, embed: ev.EmbedKind, embed_id: str | None
) -> str | None:
    """Return the id of what is shown, if everybody may see it."""
    if embed == "clip":
        return None
    if embed == "session":
        return need_standing(state, embed_id or "").session_id
    shown = need_public(state, embed_id or "")
    if not _may_be_shown(state.consents.get(shown.contribution_id)):
        raise Refusal(
            "not_agreed",
            "Its author hasn't agreed that this is quoted in reports which stay. You "
            "can ask, and link to it.",
        )
    return shown.contribution_id


def _may_be_shown(consent: Consent | ev.ConsentGiven | None) -> bool:
    """Whether what was released by its author may stand in live updates.

    They are reports, go out as feeds, and stay. Of all else only the words are
    shown, which stand in the thread just so; pictures and voices never are.
    """
    if consent is None or not consent.two_stages:
        return True
    return "report" in consent.purposes and consent.audience == "public"


def _due_at(state: MeetingState, given: Mapping[str, Any]) -> datetime:
    """When the public sees the last moment that an update speaks to or shows."""
    room = state.rooms.get(given["room_id"] or "")
    last = max(
        (at for at in (given["about_at"], given["to_at"]) if at is not None),
        default=None,
    )
    if room is None or last is None:
        return _LONG_AGO
    seen_at: datetime = last + delay_of(room)
    return seen_at


def _check_whole(text: str, quote: str, shown: str | None) -> None:
    if not (text.strip() or quote.strip() or shown):
        raise Refusal("empty_update", "Write something first.")


def _check_version(update: Update, expect: int | None) -> None:
    if expect is not None and expect != update.version:
        raise Refusal(
            "outdated",
            "Someone changed this update in the meantime. Look at what stands there "
            "now; what you typed is still here.",
            data={
                "update_id": update.update_id,
                "seen": expect,
                "version": update.version,
            },
        )


def _need(state: MeetingState, update_id: str) -> Update:
    update = state.drafts.get(update_id) or state.updates.get(update_id)
    if update is None:
        raise Refusal("no_such_update", "There is no such update.")
    if update.withdrawn:
        raise Refusal("withdrawn", "This update was taken back.")
    return update


def _need_space(things: Mapping[str, Update], most: int) -> None:
    if len(things) >= most:
        raise Refusal("too_many_updates", "There are as many as we can keep.")


def _need_pins(state: MeetingState) -> None:
    if sum(update.pinned for update in state.updates.values()) >= MAX_PINNED:
        raise Refusal("too_many_pinned", "Take another one off the top first.")
