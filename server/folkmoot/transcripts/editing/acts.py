"""What can be done to cues, as it comes over the wire.

An `Edit` is what somebody does at once and undoes at once. Its acts say which
revision of a cue they mean; see `working` for what happens where it is another one.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

MOST_ACTS = 12_000


class Act(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="do",
    forbid_unknown_fields=True,
):
    """The base of all acts."""


class Change(Act, frozen=True, kw_only=True, tag="change"):
    """Other words, another speaker (null: nobody is named), other times."""

    cue_id: str
    revision: int
    text: str | UnsetType = UNSET
    speaker: str | UnsetType | None = UNSET
    at: datetime | UnsetType = UNSET
    end_at: datetime | UnsetType = UNSET


class Split(Act, frozen=True, kw_only=True, tag="split"):
    """Two cues of one: the first has `text` up to `offset` characters.

    `text` is what stood in the editor, kept with it. `new_id` names the second.
    """

    cue_id: str
    revision: int
    text: str
    offset: int
    new_id: str


class Merge(Act, frozen=True, kw_only=True, tag="merge"):
    """One cue of two; the second goes. `text`: what stood in the editor, joined."""

    cue_id: str
    revision: int
    next_id: str
    next_revision: int
    text: str | UnsetType = UNSET


class Delete(Act, frozen=True, kw_only=True, tag="delete"):
    """A cue goes; undo brings it back."""

    cue_id: str
    revision: int


class Add(Act, frozen=True, kw_only=True, tag="add"):
    """A cue that was not there."""

    cue_id: str
    at: datetime
    end_at: datetime
    text: str
    speaker: str | None = None


class Rename(Act, frozen=True, kw_only=True, tag="rename"):
    """Somebody is named otherwise in the whole room; null takes the name off."""

    speaker: str
    to: str | None


class Check(Act, frozen=True, kw_only=True, tag="check"):
    """Somebody heard that these are the words, which also publishes them.

    `checked` false takes that back; what is public stays so.
    """

    cue_id: str
    revision: int
    checked: bool = True


class Publish(Act, frozen=True, kw_only=True, tag="publish"):
    """What waited for a person may be read by everyone."""

    cue_id: str
    revision: int


class Undo(Act, frozen=True, kw_only=True, tag="undo"):
    """What an edit did is taken back, or for one cue of it only."""

    edit_id: str
    cue_id: str | None = None


AnyAct = Change | Split | Merge | Delete | Add | Rename | Check | Publish | Undo


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Acts done at once; the same `edit_id` sent again does nothing more."""

    edit_id: str
    acts: tuple[AnyAct, ...]
