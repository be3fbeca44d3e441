"""The doorbell: "this meeting's journal has reached that number", and nothing more.

It may lose any ring and nothing is lost: whoever hears it reads the journal,
and the journal asks for all heads every `poll_seconds` as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Heard = Callable[[str, int], None]


class Doorbell(Protocol):
    """Tells other processes of new entries, and hears of theirs."""

    @property
    def poll_seconds(self) -> float:
        """How often heads are asked for now: seldom while rings get through."""
        ...

    def ring(self, meeting_id: str, seq: int) -> None:
        """Tell that a journal has reached `seq`. Never waits, never fails."""
        ...

    async def start(self, heard: Heard) -> None:
        """Call `heard(meeting_id, seq)` on the loop for each ring from now on."""
        ...

    async def aclose(self) -> None:
        """Stop listening. Idempotent."""
        ...


class LocalDoorbell:
    """For one serving process: the command line beside it is found by polling."""

    poll_seconds = 1.0

    def __init__(self) -> None:
        self._heard: Heard | None = None

    def ring(self, meeting_id: str, seq: int) -> None:
        if self._heard is not None:
            self._heard(meeting_id, seq)

    async def start(self, heard: Heard) -> None:
        self._heard = heard

    async def aclose(self) -> None:
        self._heard = None
