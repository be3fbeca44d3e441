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


STARTS = [
    pytest.param(case, before, id=f"{case['feed']}-{before['seq']}")
    for case in CASES
    for before in case["states"][:-1]
]


@pytest.mark.parametrize(("case", "before"), STARTS)
def test_state_and_entries_give_the_last_state(case: dict, before: dict) -> None:
    # To the last only: entries are told as they are read now, and a text that was
    # taken back since is missing in those between.
    later = case["entries"][before["seq"] :]
    assert fold(before["state"], later) == case["states"][-1]["state"]
