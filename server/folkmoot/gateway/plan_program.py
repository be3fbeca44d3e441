"""The planner's program: a question on standard input, an answer on its output.

Started for one question and gone after it, so it holds nobody's votes for longer,
and a server that is killed takes it along.
"""

from __future__ import annotations

import random
import sys

import msgspec

from folkmoot.core.planning.problem import Keep, Problem
from folkmoot.core.planning.suggesting import suggest

SEED = 0
"""Always the same, so that the same board gives the same answer to everybody."""


class PlanQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a board, and what of it stays."""

    problem: Problem
    keep: Keep


def main() -> int:
    """Answer one question."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=PlanQuestion)
    # No secret is made of it: the same numbers for everybody is what is wanted.
    chance = random.Random(SEED).random  # noqa: S311
    answer = suggest(question.problem, chance, keep=question.keep)
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
