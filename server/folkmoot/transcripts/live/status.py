"""How a room's captions do."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "off", "starting", "machine", "behind", "slow", "after", "person", "trouble"
]


class Status(msgspec.Struct, frozen=True):
    """For the people who run the room; `sentence` says more where there is more.

    off: nothing is on air, or nobody wants captions. starting: the model loads.
    machine: it writes. behind: it writes and catches up. slow: the machine is too
    slow, captions come after the meeting. after: they were wanted then. person: somebody types. trouble: it can't.
    """

    kind: Kind
    model: str = ""
    lag_seconds: float = 0.0
    busy_share: float = 0.0
    sentence: str = ""
