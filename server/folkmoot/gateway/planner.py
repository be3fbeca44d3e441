"""The planner behind all doors: who may ask, what they are told, and in what words.

It reads votes, which nobody else does, and answers with counts of three people or
more. What takes longer than a moment runs in a program of its own: the event loop
goes on, and a crowded board can't slow a webcast down.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sys
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from folkmoot.core.feeds import PUBLIC
from folkmoot.core.planning import Grid, Problem, Suggestion, cost_cells
from folkmoot.core.planning.problem import Keep
from folkmoot.core.planning.reading import read_problem
from folkmoot.core.refusals import Refusal
from folkmoot.gateway import plan_words as words
from folkmoot.gateway.memory import Memory
from folkmoot.gateway.plan_program import PlanQuestion
from folkmoot.media.encode.process import Limits as ProgramLimits
from folkmoot.media.encode.process import Program, ProgramGone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from folkmoot.core.planning import CellCost, Ghost, LeftOver
    from folkmoot.core.state import MeetingState, Session
    from folkmoot.gateway.principals import Access
    from folkmoot.journal import Journal

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 30.0
_MEMORY_BYTES = 1 << 30
_ARGV = (sys.executable, "-m", "folkmoot.gateway.plan_program")
# One core for planning; who asks meanwhile waits, and mostly for the same answer.
_AT_ONCE = 1

Level = Literal["good", "fair", "bad", "no"]


class PlaceCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a place would cost the card that is held, in numbers and in words.

    `level` is how it looks at a glance, `no` where the card can't be put.
    `lose`, `expected` and `outside` are None where they may not be told.
    """

    room_id: str
    slot_id: str
    level: Level
    words: str
    lose: int | None
    taken_by: str | None
    clashes: list[str]
    missing: list[str]
    capacity: int | None
    outside: int | None
    closed: bool
    unwished: bool


class HeldCosts(msgspec.Struct, frozen=True, kw_only=True):
    """The costs of all places for one card."""

    session_id: str
    version: int
    expected: int | None
    cells: list[PlaceCost]


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """Where a card stood before."""

    room_id: str
    slot_id: str


class GhostCard(msgspec.Struct, frozen=True, kw_only=True):
    """A suggested place; `words` say why here, a sentence each."""

    session_id: str
    version: int
    room_id: str
    slot_id: str
    stood: Stood | None
    why: str
    lose: int | None
    expected: int
    capacity: int | None
    outside: int
    words: list[str]


class LeftOverCard(msgspec.Struct, frozen=True, kw_only=True):
    """A session for which no place was found, and why."""

    session_id: str
    why: str
    words: str


class SuggestedTimetable(msgspec.Struct, frozen=True, kw_only=True):
    """Ghost cards for everything that would change; `words` sum it up."""

    keep: Keep
    ghosts: list[GhostCard]
    left_over: list[LeftOverCard]
    kept: int
    wishes: int | None
    met_before: int | None
    met_after: int | None
    words: list[str]


class Planner:
    """Tells what places cost, and suggests timetables."""

    def __init__(self, journal: Journal, *, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._clock = clock
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._known: Memory[bytes, Suggestion] = Memory(size=32)

    async def costs(self, access: Access, session_id: str) -> HeldCosts:
        """Return what each place would cost a session; raises `Refusal`."""
        now = self._clock()
        actor = access.actor

        def read(state: MeetingState) -> tuple[list[CellCost] | None, bool]:
            session = state.sessions.get(state.standing(session_id))
            if session is None:
                return None, False
            if not actor.facilitates and not _places(state, session, actor.member_id):
                raise not_allowed()
            problem = read_problem(state, now=now)
            told = actor.facilitates or state.counts == "shown"
            return cost_cells(Grid(problem), session.session_id), told

        cells, told = await self._journal.examine(access.meeting_id, read)
        if cells is None:
            raise Refusal(
                "no_such_session", "There is no such session in this meeting."
            )
        board = await self._board(access.meeting_id)
        session = board["sessions"].get(session_id, {})
        return HeldCosts(
            session_id=session_id,
            version=session.get("version", 1),
            expected=cells[0].expected if told and cells else None,
            cells=[_place_cost(board, cell, told=told) for cell in cells],
        )

    async def suggest(
        self, access: Access, *, keep: Keep = "all"
    ) -> SuggestedTimetable:
        """Return a timetable to accept, card by card or whole; raises `Refusal`."""
        if not access.actor.facilitates:
            raise not_allowed()
        now = self._clock()
        board = await self._board(access.meeting_id)
        tags = {
            session_id: tuple((session.get("content") or {}).get("tags") or ())
            for session_id, session in board["sessions"].items()
        }
        named = {
            slot_id
            for slot_id, slot in board["slots"].items()
            if (slot.get("content") or {}).get("label")
        }
        problem = await self._journal.examine(
            access.meeting_id,
            lambda state: read_problem(state, now=now, tags=tags, named=named),
        )
        suggestion = await self._solve(problem, keep)
        return SuggestedTimetable(
            keep=keep,
            ghosts=[_ghost_card(board, ghost) for ghost in suggestion.ghosts],
            left_over=[_left_over(over) for over in suggestion.left_over],
            kept=suggestion.kept,
            wishes=suggestion.wishes,
            met_before=suggestion.met_before,
            met_after=suggestion.met_after,
            words=words.sum_up(suggestion),
        )

    async def _board(self, meeting_id: str) -> Mapping[str, Any]:
        return (await self._journal.snapshot(meeting_id, PUBLIC)).state

    async def _solve(self, problem: Problem, keep: Keep) -> Suggestion:
        """Return the answer to a problem, known or worked out; one at a time."""
        question = msgspec.json.encode(
            PlanQuestion(problem=problem, keep=keep), order="deterministic"
        )
        key = hashlib.blake2b(question, digest_size=16).digest()
        async with self._turn:
            if (known := self._known.get(key)) is not None:
                return known
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    answer = await _run_program(question)
            except TimeoutError:
                raise too_hard() from None
            self._known.put(key, answer)
            return answer


async def _run_program(question: bytes) -> Suggestion:
    program = await Program.start(
        _ARGV,
        name="planner",
        limits=ProgramLimits(niceness=5, memory_bytes=_MEMORY_BYTES),
        capture=True,
    )
    try:
        await program.write(question)
        await program.close_input()
        answer = await program.output.read()
        code = await program.wait()
    except ProgramGone:
        answer, code = b"", await program.wait()
    finally:
        await program.stop()
    if code != 0:
        logger.error("planner ended with %d: %s", code, " | ".join(program.tail))
        raise too_hard()
    return msgspec.json.decode(answer, type=Suggestion)


def _places(state: MeetingState, session: Session, member_id: str | None) -> bool:
    """Whether a host may place a session by the rules of this board."""
    if member_id not in session.host_ids:
        return False
    return state.board_mode == "open" or (
        state.board_mode == "queue" and state.pitching == session.session_id
    )


def _place_cost(board: Mapping[str, Any], cell: CellCost, *, told: bool) -> PlaceCost:
    if not told:
        cell = msgspec.structs.replace(cell, lose=None, outside=0)
    return PlaceCost(
        room_id=cell.room_id,
        slot_id=cell.slot_id,
        level=words.level(cell),
        words=words.tell_cost(board, cell),
        lose=cell.lose,
        taken_by=cell.taken_by,
        clashes=list(cell.clashes),
        missing=list(cell.missing),
        capacity=cell.capacity,
        outside=cell.outside if told else None,
        closed=cell.closed,
        unwished=cell.unwished,
    )


def _ghost_card(board: Mapping[str, Any], ghost: Ghost) -> GhostCard:
    stood = None
    if ghost.stood is not None:
        stood = Stood(room_id=ghost.stood[0], slot_id=ghost.stood[1])
    return GhostCard(
        session_id=ghost.session_id,
        version=ghost.version,
        room_id=ghost.room_id,
        slot_id=ghost.slot_id,
        stood=stood,
        why=ghost.why,
        lose=ghost.lose,
        expected=ghost.expected,
        capacity=ghost.capacity,
        outside=ghost.outside,
        words=words.why_here(board, ghost),
    )


def _left_over(over: LeftOver) -> LeftOverCard:
    return LeftOverCard(
        session_id=over.session_id, why=over.why, words=words.why_left(over.why)
    )


def not_allowed() -> Refusal:
    """Return the refusal of somebody who doesn't place sessions."""
    return Refusal(
        "not_allowed",
        "Only facilitators, and hosts for their own session, can ask that.",
    )


def too_hard() -> Refusal:
    """Return the refusal where no answer came in time."""
    return Refusal(
        "no_suggestion",
        "No timetable could be worked out just now. Please try again.",
        retry_after=5.0,
    )
