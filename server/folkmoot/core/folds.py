"""Where folds register themselves: what each kind of fact does to a state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from folkmoot.core.events import Event
    from folkmoot.core.state import MeetingState

Folder = Callable[["MeetingState", Any, datetime], None]
FOLDERS: dict[type[Event], Folder] = {}
_F = TypeVar("_F", bound=Folder)


def folds(*kinds: type[Event]) -> Callable[[_F], _F]:
    """Register a function as what these kinds of fact do."""

    def register(folder: _F) -> _F:
        for kind in kinds:
            FOLDERS[kind] = folder
        return folder

    return register


def vote(
    votes: dict[str, dict[str, int]], item_id: str, member_id: str, level: int
) -> None:
    """Set a member's level on an item; 0 leaves nothing behind."""
    ballot = votes.setdefault(item_id, {})
    if level:
        ballot[member_id] = level
    else:
        ballot.pop(member_id, None)
    if not ballot:
        del votes[item_id]
