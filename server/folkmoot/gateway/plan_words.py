"""What planning found, in words for people: short sentences, never a name's votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from folkmoot.core.planning import CellCost, Ghost, Suggestion

Board = Mapping[str, Any]
"""A public state: where titles and names of rooms are."""

FEATURES = {
    "step-free": "step-free access",
    "hearing-loop": "a hearing loop",
    "stream": "a broadcast",
    "projector": "a projector",
    "quiet": "quiet",
    "movable-chairs": "movable chairs",
}
_LEFT = {
    "no_place": "There are more sessions than places.",
    "no_such_room": "No open room has what it needs.",
    "room_taken": "The rooms with what it needs are taken at every time.",
    "host_busy": "Its hosts are in other sessions at every free time.",
}
_MANY = 10


def level(cell: CellCost) -> Literal["good", "fair", "bad", "no"]:
    """Say how a place looks at a glance."""
    if cell.closed or cell.taken_by is not None:
        return "no"
    if cell.clashes or cell.missing or (cell.lose or 0) >= _MANY:
        return "bad"
    if cell.lose is not None or cell.outside or cell.unwished:
        return "fair"
    return "good"


def tell_cost(board: Board, cell: CellCost) -> str:
    """Say what a place would cost the card that is held."""
    if cell.closed:
        room = board["rooms"].get(cell.room_id, {})
        return "This room is closed." if room.get("closed") else "This time has begun."
    said = []
    if cell.taken_by is not None:
        said.append(f"{_quote(board, cell.taken_by)} stands here.")
    said += [f"A host is in {_quote(board, other)} then." for other in cell.clashes]
    if cell.missing:
        said.append(f"No {_join([_bare(need) for need in cell.missing])} here.")
    if cell.lose is not None:
        said.append(f"{cell.lose} people lose something here.")
    if cell.outside:
        said.append(f"{cell.capacity} seats for about {cell.expected} people.")
    if cell.unwished:
        said.append("Not a time that its host asked for.")
    return " ".join(said) or "Nothing against it."


def why_here(board: Board, ghost: Ghost) -> list[str]:
    """Say why a session should stand where it is suggested, a sentence each."""
    said = [_why_moved(board, ghost)]
    if ghost.most is not None:
        if ghost.lose is None:
            said.append(
                "Hardly anybody loses something here; "
                f"at another time it would be up to {ghost.most} people."
            )
        elif ghost.least is not None and ghost.lose <= ghost.least:
            said.append(
                f"{ghost.lose} people lose something here, fewer than at any other "
                f"time ({_span(ghost.least, ghost.most)})."
            )
        else:
            said.append(
                f"{ghost.lose} people lose something here; "
                f"at other times {_span(ghost.least or 0, ghost.most)}."
            )
    elif ghost.lose is not None:
        said.append(f"{ghost.lose} people lose something here.")
    if ghost.outside:
        said.append(f"{ghost.capacity} seats for about {ghost.expected} people.")
    elif ghost.capacity is not None:
        said.append(
            f"The room seats {ghost.capacity}; about {ghost.expected} may come."
        )
    if ghost.has:
        said.append(f"It has {_join([_named(need) for need in ghost.has])}.")
    if ghost.wished is not None:
        said.append(
            "A time that its host asked for."
            if ghost.wished
            else "Not a time that its host asked for: at those, more people would lose."
        )
    return [sentence for sentence in said if sentence]


def why_left(why: str) -> str:
    """Say why a session found no place."""
    return _LEFT[why]


def sum_up(suggestion: Suggestion) -> list[str]:
    """Say what a suggestion comes to."""
    moved = sum(ghost.stood is not None for ghost in suggestion.ghosts)
    placed = len(suggestion.ghosts) - moved
    said = []
    if not suggestion.ghosts:
        said.append("Nothing to change: everything that can be placed stands well.")
    if placed:
        said.append(f"{_count(placed, 'session')} would get a place.")
    if moved:
        said.append(
            f"{_count(moved, 'session')} would move; {suggestion.kept} stay where "
            "they are."
        )
    if suggestion.left_over:
        said.append(f"{_count(len(suggestion.left_over), 'session')} found no place.")
    if suggestion.met_after is not None and suggestion.wishes is not None:
        before = suggestion.met_before
        now = "" if before is None else f", {before} as it stands"
        said.append(
            f"Of {suggestion.wishes} “I would come”, {suggestion.met_after} could be "
            f"fulfilled{now}."
        )
    return said


def _why_moved(board: Board, ghost: Ghost) -> str:
    if ghost.stood is None:
        return ""
    room = board["rooms"].get(ghost.stood[0], {})
    name = (room.get("content") or {}).get("name", "")
    return {
        "room_closed": f"Its place in {name} can’t be used any more.",
        "feature_missing": f"{name} doesn’t have what it needs.",
        "host_clash": "Its host would have to be in two places at once.",
        "makes_room": "It makes room for a session that fits only there.",
        "fewer_miss": "More people can come to what they chose.",
    }.get(ghost.why, "")


def _quote(board: Board, session_id: str) -> str:
    session = board["sessions"].get(session_id, {})
    title = (session.get("content") or {}).get("title") or "another session"
    return f"“{title}”"


def _named(feature: str) -> str:
    return FEATURES.get(feature, feature)


def _bare(feature: str) -> str:
    """Return a feature as it stands behind "no": without its article."""
    return _named(feature).removeprefix("a ")


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _span(least: int, most: int) -> str:
    return str(most) if least == most else f"{least} to {most}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
