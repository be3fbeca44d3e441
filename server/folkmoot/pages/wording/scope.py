"""What is decided, what can be influenced, what is open, what others have in hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

LABELS = ("influence", "open", "decided", "outside")
# Between what is out of our hands and who has it.
_ARROW = re.compile(r"\s*(?:→|->|=>|\|)\s*")


class ScopeView(msgspec.Struct, frozen=True):
    """One part of the scope with its items: what, and who has it in hand."""

    label: str
    items: tuple[tuple[str, str], ...]


def view_scope(state: Mapping[str, Any]) -> tuple[ScopeView, ...]:
    """Return the parts of a meeting's scope that say something."""
    items = (state.get("content") or {}).get("scope_items") or ()
    parts = (
        ScopeView(
            label,
            tuple((i["text"], i["holder"]) for i in items if i["label"] == label),
        )
        for label in LABELS
    )
    return tuple(part for part in parts if part.items)


def write_lines(parts: tuple[ScopeView, ...], label: str) -> str:
    """Return a part of the scope as it is typed: a line each, `what → who has it`."""
    for part in parts:
        if part.label == label:
            return "\n".join(
                f"{text} → {holder}" if holder else text for text, holder in part.items
            )
    return ""


def read_lines(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the scope's items from the form's fields `scope_<label>`."""
    items = []
    for label in LABELS:
        for line in values.get(f"scope_{label}", "").splitlines():
            text, _, holder = _ARROW.sub("\0", line.strip(), count=1).partition("\0")
            if text:
                items.append({"label": label, "text": text, "holder": holder.strip()})
    return items
