"""The golden vectors are what the code makes, and the wire law holds over them."""

from __future__ import annotations

import json

import pytest

from folkmoot.core.events import KINDS
from tests.core.vectors import PATH, make_vectors, render
from tests.core.wire_fold import fold

CASES = json.loads(PATH.read_text("utf-8")) if PATH.exists() else []


def test_vectors_are_what_the_code_makes() -> None:
    assert PATH.read_text("utf-8") == render(make_vectors())


def test_vectors_hold_every_kind_of_event() -> None:
    kinds = {entry["kind"] for case in CASES for entry in case["entries"]}
    assert kinds == set(KINDS)


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{c['feed']}-{c['before']['seq']}" for c in CASES]
)
def test_state_and_entries_give_the_later_state(case: dict) -> None:
    assert fold(case["before"]["state"], case["entries"]) == case["after"]["state"]
