"""What every command is, and the sizes that its fields may have."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=300)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
NoteText = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Long = Annotated[str, msgspec.Meta(max_length=10_000)]
Level = Literal[0, 1]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Tags = Annotated[list[Tag], msgspec.Meta(max_length=12)]
Needs = Annotated[list[Short], msgspec.Meta(max_length=20)]
Wished = Annotated[list[Id], msgspec.Meta(max_length=50)]


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody asks for."""
