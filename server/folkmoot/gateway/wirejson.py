"""JSON for Socket.IO packets through msgspec: fast, and strict in what it takes."""

from __future__ import annotations

from typing import Any

import msgspec


def dumps(value: Any, **_options: Any) -> str:
    """Return compact JSON; options of the standard module don't matter here."""
    return msgspec.json.encode(value).decode()


def loads(text: str | bytes) -> Any:
    """Read JSON; `ValueError` for everything that isn't, also what is too deep."""
    try:
        return msgspec.json.decode(text)
    except RecursionError as error:
        raise ValueError("This JSON is nested too deeply.") from error
