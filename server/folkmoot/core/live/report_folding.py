"""What facts about the live updates do to a state."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from folkmoot.core import events as ev
from folkmoot.core import state as st
from folkmoot.core.folds import folds

if TYPE_CHECKING:
    from folkmoot.core.state import MeetingState

_TAKEN = (
    "update_id",
    "content_id",
    "version",
    "room_id",
    "about_at",
    "embed",
    "embed_id",
    "from_at",
    "to_at",
    "image_id",
    "width",
    "height",
)
_AnyUpdate = ev.UpdateDrafted | ev.UpdatePosted | ev.UpdateEdited


def fields_of(update: _AnyUpdate | st.Update) -> dict[str, Any]:
    """What an update says of itself, wherever it stands."""
    return {name: getattr(update, name) for name in _TAKEN}


@folds(ev.UpdateDrafted)
def _drafted(state: MeetingState, event: ev.UpdateDrafted, at: datetime) -> None:
    state.drafts[event.update_id] = st.Update(
        **fields_of(event),
        changed_at=at,
        waiting=event.waiting,
    )


@folds(ev.UpdateDiscarded)
def _discarded(state: MeetingState, event: ev.UpdateDiscarded, _at: datetime) -> None:
    state.drafts.pop(event.update_id, None)


@folds(ev.UpdatePosted)
def _posted(state: MeetingState, event: ev.UpdatePosted, at: datetime) -> None:
    state.updates[event.update_id] = st.Update(
        **fields_of(event),
        changed_at=at,
        posted_at=at,
    )


@folds(ev.UpdateEdited)
def _edited(state: MeetingState, event: ev.UpdateEdited, at: datetime) -> None:
    if update := state.updates.get(event.update_id):
        for name, value in fields_of(event).items():
            setattr(update, name, value)
        update.changed_at = at
        update.edited = True
        update.corrected = update.corrected or event.corrected


@folds(ev.UpdatePinned)
def _pinned(state: MeetingState, event: ev.UpdatePinned, _at: datetime) -> None:
    if update := state.updates.get(event.update_id):
        update.pinned = event.pinned


@folds(ev.UpdateWithdrawn)
def _withdrawn(state: MeetingState, event: ev.UpdateWithdrawn, _at: datetime) -> None:
    if update := state.updates.get(event.update_id):
        update.withdrawn = True
        update.pinned = False
        update.image_id = update.embed = update.embed_id = None
