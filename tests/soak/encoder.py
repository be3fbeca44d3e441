"""An encoder that is started again whenever it ends, as OBS does."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

from tests.e2e.service import Publisher

RETRY_SECONDS = 0.5
LIVED_SECONDS = 2.0


class Encoder:
    """Publishes until stopped; remembers when each run ended (wall clock)."""

    def __init__(
        self, ffmpeg: str, film: Path, target: str, *, chance: random.Random
    ) -> None:
        self.downs: list[float] = []
        self._ffmpeg = ffmpeg
        self._film = film
        self._target = target
        self._chance = chance

    async def run(self, *, between_seconds: float) -> None:
        """Publish; break off at random moments, about each `between_seconds`."""
        while True:
            began = time.time()
            publisher = Publisher(self._ffmpeg, self._film, self._target)
            until = began + self._chance.uniform(0.5, 1.5) * between_seconds
            try:
                while publisher.process.poll() is None and time.time() < until:
                    await asyncio.sleep(0.05)
            finally:
                ended = time.time()
                publisher.stop()
                if ended - began >= LIVED_SECONDS:
                    self.downs.append(ended)
            await asyncio.sleep(RETRY_SECONDS)
