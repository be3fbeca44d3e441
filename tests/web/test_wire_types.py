"""The types in the browser are those of the server."""

from __future__ import annotations

from tests.web.wire_types import TARGET, render_types


def test_types_of_the_front_end_are_current() -> None:
    assert TARGET.read_text() == render_types(), "python -m tests.web.wire_types"
