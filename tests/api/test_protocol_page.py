"""The page on the protocol says what the code does: every kind, type and address."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from folkmoot.api.openapi import plain_path
from folkmoot.api.operations import OPERATIONS
from folkmoot.core.commands import TYPES
from folkmoot.core.events import KINDS
from folkmoot.gateway.socket import JOIN_PAGE

PAGE = Path(__file__).parents[2] / "web" / "docs" / "protocol.md"


@pytest.fixture(scope="module")
def rows() -> dict[str, list[str]]:
    """Return the page's table rows by their first cell."""
    lines = re.findall(r"^\| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    cells = [line.split(" | ") for line in lines]
    return {first.strip("`"): rest for first, *rest in cells}


def test_every_kind_of_entry_is_told_with_its_fields(
    rows: dict[str, list[str]],
) -> None:
    assert {name for name in rows if re.fullmatch(r"[A-Z]\w+", name)} == set(KINDS)
    for kind, event in KINDS.items():
        told = set(re.findall(r"`(\w+)`", rows[kind][1]))
        fields = {field.encode_name for field in msgspec.structs.fields(event)}
        assert told == fields | set(event.CONTENTS.values()), kind


def test_every_command_is_told_with_its_fields(rows: dict[str, list[str]]) -> None:
    assert {name for name in rows if re.fullmatch(r"\w+\.\w+", name)} == set(TYPES)
    for kind, command in TYPES.items():
        told = set(re.findall(r"`\w+`\??", rows[kind][0]))
        fields = {
            f"`{field.encode_name}`{'' if field.required else '?'}"
            for field in msgspec.structs.fields(command)
        }
        assert told == fields, kind


def test_every_operation_is_told(rows: dict[str, list[str]]) -> None:
    told = {name for name in rows if re.match(r"(GET|POST|PUT|DELETE) ", name)}
    assert told == {f"{o.method} {plain_path(o.path)}" for o in OPERATIONS}


def test_events_and_limits_are_told(rows: dict[str, list[str]]) -> None:
    for name in ("entry", "head", "presence", "caption", "left", "join", "leave"):
        assert any(row.startswith(f"{name} {{") for row in rows), name
    assert f"at most {JOIN_PAGE} entries" in PAGE.read_text("utf-8")
