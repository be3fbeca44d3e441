"""The index as readers see it: always the generation in use, as last committed."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from folkmoot.search.corpus import Audience
from folkmoot.search.engine import Engine
from folkmoot.search.generations import Generations


class NoIndex(RuntimeError):
    """There is no index yet, or it was made by another version."""

    code = "no_index"


class Readers:
    """Opens engines for reading and follows swaps. Blocking; thread-safe."""

    def __init__(self, generations: Generations) -> None:
        self._generations = generations
        self._lock = threading.Lock()
        self._name: str | None = None
        self._engines: Mapping[Audience, Engine] = {}

    def engines(self) -> Mapping[Audience, Engine]:
        """Engines of the generation in use; `NoIndex` if there is none."""
        with self._lock:
            name = self._generations.current()
            if name is None:
                raise NoIndex("The search index is not built yet.")
            if name != self._name:
                # The old ones are left to the searches that still hold them.
                self._engines = self._generations.open(name)
                self._name = name
            for engine in self._engines.values():
                engine.refresh()
            return self._engines

    def close(self) -> None:
        """Let go of the index."""
        with self._lock:
            for engine in self._engines.values():
                engine.close()
            self._engines = {}
            self._name = None
