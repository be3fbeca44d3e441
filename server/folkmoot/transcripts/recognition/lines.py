"""Settled words become caption lines: short enough to read, cut where one breathes.

Two lines of 37 characters are what broadcasters put on a screen (EBU-TT-D subtitling
guides name 37 to 42). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from folkmoot.transcripts.recognition.words import Word, ends_sentence, join_words

MAX_CHARACTERS = 74
MAX_MS = 4000
_PAUSE_MS = 700
_CLAUSE_CHARACTERS = 48
_SENTENCE_CHARACTERS = 18
_SHORTEST_MS = 900
DOUBTFUL = 0.5
"""Words that the model gave less confidence than this are shown as doubtful."""


class Line(msgspec.Struct, frozen=True):
    """A caption; a line that is `closed` never changes."""

    words: tuple[Word, ...]
    closed: bool

    @property
    def text(self) -> str:
        """The words as people read them."""
        return join_words(self.words)

    @property
    def start_ms(self) -> int:
        """When its first word began."""
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        """When its last word ended."""
        return self.words[-1].end_ms

    @property
    def confidence(self) -> float:
        """The mean of its words', by their length in time."""
        weights = [max(1, word.end_ms - word.start_ms) for word in self.words]
        total = sum(
            word.confidence * weight
            for word, weight in zip(self.words, weights, strict=True)
        )
        return total / sum(weights)

    @property
    def doubtful(self) -> tuple[int, ...]:
        """The places of the words that the model was not sure of, by `text.split()`."""
        return doubtful_places(self.words)


def doubtful_places(words: Iterable[Word]) -> tuple[int, ...]:
    """The places of doubtful words among those that spaces part."""
    places: list[int] = []
    place = -1
    for index, word in enumerate(words):
        # A word may hold spaces and hardly ever does; a joined one begins no place.
        first = place + (0 if word.joined and index else 1)
        place = first + max(0, len(word.text.split()) - 1)
        if word.confidence < DOUBTFUL:
            places.extend(range(first, place + 1))
    return tuple(dict.fromkeys(places))


class LineMaker:
    """Puts settled words into lines."""

    def __init__(self) -> None:
        self._words: list[Word] = []

    @property
    def open(self) -> Line | None:
        """The line that still grows."""
        return Line(tuple(self._words), closed=False) if self._words else None

    def add(self, words: Iterable[Word]) -> list[Line]:
        """Take words in order; the lines that they close."""
        closed = []
        for word in words:
            if self._words and self._must_begin(word):
                closed += self.close()
            self._words.append(word)
            if self._may_end():
                closed += self.close()
        return closed

    def close(self) -> list[Line]:
        """Close the open line: there is a pause, or the sound ends."""
        if not self._words:
            return []
        line = Line(tuple(self._words), closed=True)
        self._words = []
        return [line]

    def _must_begin(self, word: Word) -> bool:
        """Whether a word begins a new line."""
        if word.start_ms - self._words[-1].end_ms >= _PAUSE_MS:
            return True
        if word.joined and len(join_words(self._words)) < 2 * MAX_CHARACTERS:
            return False
        longer = len(join_words([*self._words, word])) > MAX_CHARACTERS
        return longer or word.end_ms - self._words[0].start_ms > MAX_MS

    def _may_end(self) -> bool:
        """Whether the line ends well with its last word."""
        last, text = self._words[-1], join_words(self._words)
        if last.end_ms - self._words[0].start_ms < _SHORTEST_MS:
            return False
        if ends_sentence(last.text):
            return len(text) >= _SENTENCE_CHARACTERS
        return last.text.endswith((",", ";", ":")) and len(text) >= _CLAUSE_CHARACTERS
