"""What people ask for: typed commands, strict in their fields and sizes.

`TYPES` is the outside name of each (`session.propose`); unknown fields and
wrong types are refused when a command is read. Commands that only the service
itself gives stand in `SYSTEM_TYPES`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from folkmoot.core.board import commands as board
from folkmoot.core.board.commands import *
from folkmoot.core.broadcast import commands as broadcast
from folkmoot.core.broadcast.commands import *
from folkmoot.core.command import *
from folkmoot.core.follow_up import commands as follow_up
from folkmoot.core.follow_up.commands import *
from folkmoot.core.live import commands as live
from folkmoot.core.live.commands import *
from folkmoot.core.meeting import commands as meeting
from folkmoot.core.meeting.commands import *
from folkmoot.core.moderation import commands as moderation
from folkmoot.core.moderation.commands import *
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk import commands as talk
from folkmoot.core.talk.commands import *

TYPES: dict[str, type[Command]] = {
    **meeting.BY_NAME,
    **broadcast.BY_NAME,
    **board.BY_NAME,
    **talk.BY_NAME,
    **moderation.BY_NAME,
    **follow_up.BY_NAME,
    **live.BY_NAME,
}

SYSTEM_TYPES: dict[str, type[Command]] = {
    **meeting.BY_SERVICE,
    **broadcast.BY_SERVICE,
    **board.BY_SERVICE,
    **talk.BY_SERVICE,
    **moderation.BY_SERVICE,
    **live.BY_SERVICE,
}


class BadCommand(ValueError):
    """A command that can't be read: unknown type, field or wrong value (422)."""


def read_command(kind: str, data: Any) -> Command:
    """Read a command by its outside name.

    Raises `Refusal` for a type that doesn't exist and `BadCommand`, with the
    field's path, for data that doesn't fit it.
    """
    if (wanted := TYPES.get(kind)) is None:
        raise Refusal("unknown_command", f"There is no command {kind!r}.")
    try:
        return msgspec.convert(data, type=wanted)
    except msgspec.ValidationError as error:
        raise BadCommand(f"{kind}: {error}") from error
