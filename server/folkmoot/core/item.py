"""The base of all that a state holds."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Item(msgspec.Struct, kw_only=True):
    """A thing with text: `CONTENTS` says how a reader gets it."""

    CONTENTS: ClassVar[dict[str, str]] = {"content_id": "content"}
