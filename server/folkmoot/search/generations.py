"""Index generations on disk, and the file that says which one is in use.

`index/<generation>/{public,restricted}/` and `index/current`. A new generation is
built beside the one in use; the swap is one rename.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from folkmoot.search.corpus import Audience
from folkmoot.search.engine import Engine, OpenEngine
from folkmoot.search.text import Analyzer

AUDIENCES: tuple[Audience, ...] = ("public", "restricted")
# Raised whenever fields or analysis change: an older index is then built anew.
FORMAT = 7
_POINTER = "current"
# Lies in a generation whose files still hold text that was taken out of it.
_STALE = "stale"


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """Which generation is in use and what it was made with."""

    generation: str
    engine: str
    languages: tuple[str, ...]
    format: int = FORMAT


class Generations:
    """The `index` directory. Blocking; called from a thread."""

    def __init__(
        self, root: Path, *, engine: str, opener: OpenEngine, analyzer: Analyzer
    ) -> None:
        self.root = root
        self._engine = engine
        self._open = opener
        self.analyzer = analyzer

    def current(self) -> str | None:
        """The generation in use; None where there is none that can be read."""
        try:
            data = (self.root / _POINTER).read_bytes()
            pointer = msgspec.json.decode(data, type=Pointer)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        fits = pointer == self._pointer(pointer.generation)
        whole = all((self.root / pointer.generation / a).is_dir() for a in AUDIENCES)
        return pointer.generation if fits and whole else None

    def _pointer(self, generation: str) -> Pointer:
        languages = self.analyzer.languages
        return Pointer(generation=generation, engine=self._engine, languages=languages)

    def create(self) -> str:
        """The name of a new, empty generation."""
        self.root.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.name[1:]) for path in self._folders()]
        number = max(numbers, default=0) + 1
        while True:
            try:
                (self.root / f"g{number:06}").mkdir()
            except FileExistsError:  # another process was faster
                number += 1
            else:
                return f"g{number:06}"

    def open(self, generation: str) -> Mapping[Audience, Engine]:
        """The engines of a generation by audience."""
        folder = self.root / generation
        return {a: self._open(folder / a, self.analyzer) for a in AUDIENCES}

    def switch(self, generation: str) -> None:
        """Put a generation into use."""
        fresh = self.root / f"{_POINTER}.{generation}"
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(self._pointer(generation)))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.root / _POINTER)

    def mark_stale(self, generation: str) -> None:
        """Note that a generation's files hold text that must leave the disk.

        Kept in a file, because it must outlast this process.
        """
        (self.root / generation / _STALE).touch()

    def is_stale(self, generation: str) -> bool:
        """Whether text was taken out of a generation since it was built."""
        return (self.root / generation / _STALE).exists()

    def prune(self, keep: str) -> None:
        """Delete every other generation; what others have open stays readable."""
        for folder in self._folders():
            if folder.name != keep:
                shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return [p for p in self.root.glob("g[0-9]*") if p.name[1:].isdigit()]
