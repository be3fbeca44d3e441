"""Words that mean the same, from a file that operators write.

One group a line; each finds the others. An arrow goes one way. Names of languages in
brackets say whose words follow; those above the first are of every language.

    bike, bicycle
    NHS, National Health Service
    tram => streetcar, trolley

    [fi]
    pyörä, polkupyörä

Read when somebody asks, so nothing has to be indexed anew. Words are compared by
their stems: "bikes" finds "bicycles".
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from folkmoot.search.text import Analyzer, words

logger = logging.getLogger(__name__)
ARROW = "=>"
MAX_LINES = 20_000
MAX_BYTES = 4_000_000
# So many other words stand for one; more would make every question slow.
MOST = 12
Words = tuple[str, ...]


class SynonymError(ValueError):
    """A line that can't be read; counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


class Group(msgspec.Struct, frozen=True):
    """Who asks for one of `asked` finds all of `found` too; of one language or all."""

    language: str | None
    asked: tuple[Words, ...]
    found: tuple[Words, ...]


class Synonyms:
    """The groups of a file, put in order for each language that is asked in."""

    def __init__(self, groups: Sequence[Group] = ()) -> None:
        self._groups = groups
        self._tables: dict[str, tuple[dict[Words, Words], int]] = {}

    def beside(
        self, typed: Sequence[str], analyzer: Analyzer
    ) -> dict[str, tuple[str, ...]]:
        """For typed words, stems that mean the same, those of phrases with blanks."""
        if not self._groups:
            return {}
        found: dict[str, dict[str, None]] = {}
        for language in analyzer.languages:
            table, longest = self._table(language)
            stems = [analyzer.stem(word, language) for word in typed]
            for size in range(1, longest + 1):
                for place in range(len(stems) - size + 1):
                    others = table.get(tuple(stems[place : place + size]), ())
                    for word in typed[place : place + size]:
                        found.setdefault(word, {}).update(dict.fromkeys(others))
        return {word: tuple(others)[:MOST] for word, others in found.items() if others}

    def _table(self, language: str) -> tuple[dict[Words, Words], int]:
        """What each run of stems also finds in a language; the longest run's size."""
        if language not in self._tables:
            analyzer = Analyzer([language])
            table: dict[Words, dict[str, None]] = {}
            for group in self._groups:
                if group.language not in {None, language}:
                    continue
                others = {_stems(phrase, analyzer): None for phrase in group.found}
                for phrase in group.asked:
                    key = _stems(phrase, analyzer)
                    inside = table.setdefault(key, {})
                    inside.update({" ".join(o): None for o in others if o != key})
            self._tables[language] = (
                {key: tuple(inside) for key, inside in table.items()},
                max(map(len, table), default=0),
            )
        return self._tables[language]


NO_SYNONYMS = Synonyms()


def _stems(phrase: Words, analyzer: Analyzer) -> Words:
    return tuple(analyzer.stem(word) for word in phrase)


def read_synonyms(text: str) -> Synonyms:
    """The groups of a file's text; `SynonymError` names the line."""
    return Synonyms(tuple(_groups(text.removeprefix("\N{BYTE ORDER MARK}"))))


def _groups(text: str) -> Iterator[Group]:
    language: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        told = line.partition("#")[0].strip()
        if number > MAX_LINES:
            raise SynonymError(number, f"More than {MAX_LINES} lines.")
        if told.startswith("["):
            language = _language(told, number)
        elif told:
            left, arrow, right = told.partition(ARROW)
            asked = _phrases(left, number)
            found = _phrases(right, number) if arrow else asked
            if not arrow and len(asked) < 2:
                raise SynonymError(number, "One word alone has no synonym.")
            yield Group(language, asked, found)


def _language(told: str, number: int) -> str:
    try:
        return Analyzer([told.strip("[]").strip()]).languages[0]
    except ValueError as error:
        raise SynonymError(number, f"{told} names no language.") from error


def _phrases(told: str, number: int) -> tuple[Words, ...]:
    found = tuple(tuple(words(part)) for part in told.split(","))
    if not all(found):
        raise SynonymError(number, "A word is missing beside a comma or arrow.")
    return found


class SynonymFile:
    """A file that is read again when it changes. Thread-safe; blocks for a moment.

    A file that can't be read any more leaves what held before, and says so once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen = self._version()
        self._held = self._load()

    def current(self) -> Synonyms:
        """The synonyms as the file has them now."""
        with self._lock:
            try:
                version = self._version()
                if version != self._seen:
                    self._seen = version
                    self._held = self._load()
            except (OSError, ValueError) as error:
                logger.warning("synonyms file=%s not read: %s", self._path, error)
            return self._held

    def _version(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _load(self) -> Synonyms:
        if self._path.stat().st_size > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES // 1_000_000} MB")
        return read_synonyms(self._path.read_text("utf-8"))
