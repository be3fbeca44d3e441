"""Every refusal of the rules has a code, a sentence and a way into it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import folkmoot.core
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import encode_state
from tests.core.refused import WAYS, Way
from tests.core.refused_moderation import EVERY_STAFF_COMMAND as STAFF_COMMANDS
from tests.core.square import ANN, Square

CORE = Path(folkmoot.core.__file__).parent
PARTICIPANT = ANN


def _raised() -> Iterator[tuple[str, str]]:
    """Yield where in `core` a refusal is made, and its code."""
    for file in sorted(CORE.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "Refusal" and file.name != "refusals.py":
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{file.name}:{node.lineno}"
                yield f"{file.name}:{node.lineno}", code.value


def _ways() -> list[tuple[str, Way]]:
    return [(code, way) for code, ways in WAYS.items() for way in ways]


def test_every_code_has_a_way_into_it() -> None:
    codes = {code for _, code in _raised()}
    assert codes == set(WAYS)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize(("code", "way"), _ways(), ids=[code for code, _ in _ways()])
def test_refused_with_its_code_and_a_sentence(code: str, way: Way) -> None:
    square = Square()
    with pytest.raises(Refusal) as caught:
        way(square)
    assert caught.value.code == code
    assert re.search(r"^[A-Z].*\.$", caught.value.message, re.DOTALL)


@pytest.mark.parametrize(
    "number",
    range(len(STAFF_COMMANDS)),
    ids=[type(c).__name__ for c, _ in STAFF_COMMANDS],
)
def test_participant_is_refused_what_staff_do(number: int) -> None:
    square = Square()
    before = encode_state(square.full)
    with pytest.raises(Refusal) as caught:
        square.do(STAFF_COMMANDS[number][0], PARTICIPANT)
    assert caught.value.code == "not_allowed"
    assert encode_state(square.full) == before
