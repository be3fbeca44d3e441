"""How many slips part two words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folkmoot.search.slips import distance

WORD = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("left", "right", "slips"),
    [("", "", 0), ("bus", "bus", 0), ("bus", "bsu", 1), ("bus", "buses", 2),
     ("tram", "rtma", 2), ("", "abc", 3), ("school", "shcool", 1)],
)  # fmt: skip
def test_distance(left: str, right: str, slips: int) -> None:
    assert distance(left, right) == slips


@given(WORD, WORD)
def test_distance_is_the_same_both_ways(left: str, right: str) -> None:
    assert distance(left, right) == distance(right, left)
    assert (
        abs(len(left) - len(right))
        <= distance(left, right)
        <= max(len(left), len(right))
    )
