"""Local agreement: what two hearings in a row agree on is settled.

The policy LocalAgreement-2 (Machacek, Dabre, Bojar 2023, "Turning Whisper into
Real-Time Transcription System"): the model hears the same growing window again and
again; the longest common beginning of the last two hearings is settled and never
changes, the rest is tentative. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from folkmoot.transcripts.recognition.words import Word, fold_word

# Times of one word differ from hearing to hearing by about so much.
_SLACK_MS = 100
# A hearing that begins so near to what is settled may repeat its last words.
_REPEAT_MS = 1000
_REPEATED_WORDS = 5


class Agreement:
    """Settles words; feed it each hearing of the window whole."""

    def __init__(self) -> None:
        self.settled_ms = 0
        self._last: list[Word] = []
        self._tentative: list[Word] = []

    @property
    def tentative(self) -> tuple[Word, ...]:
        """What was heard once."""
        return tuple(self._tentative)

    def add(self, heard: Sequence[Word]) -> list[Word]:
        """Take a hearing; the words that it settles."""
        fresh = self._fresh(heard)
        agreed = 0
        for before, now in zip(self._tentative, fresh, strict=False):
            if fold_word(before.text) != fold_word(now.text):
                break
            agreed += 1
        settled = self._settle(fresh[:agreed])
        self._tentative = fresh[agreed:]
        return settled

    def conclude(self, until_ms: int | None = None) -> list[Word]:
        """Settle what is tentative and ends by `until_ms`; None: all of it."""
        count = len(self._tentative)
        if until_ms is not None:
            count = sum(word.end_ms <= until_ms for word in self._tentative)
        settled = self._settle(self._tentative[:count])
        self._tentative = self._tentative[count:]
        return settled

    def forget(self) -> None:
        """Let what is tentative go: it was noise."""
        self._tentative = []

    def _fresh(self, heard: Sequence[Word]) -> list[Word]:
        """What of a hearing lies behind what is settled."""
        fresh = [word for word in heard if word.start_ms > self.settled_ms - _SLACK_MS]
        if not fresh or not self._last:
            return fresh
        if fresh[0].start_ms - self.settled_ms > _REPEAT_MS:
            return fresh
        said = [fold_word(word.text) for word in self._last]
        again = [fold_word(word.text) for word in fresh[:_REPEATED_WORDS]]
        for count in range(min(len(said), len(again)), 0, -1):
            if said[-count:] == again[:count] and _overlaps(fresh, count, self._last):
                return fresh[count:]
        return fresh

    def _settle(self, words: list[Word]) -> list[Word]:
        """Give the words times that never go back."""
        settled = []
        for word in words:
            start_ms = max(word.start_ms, self.settled_ms)
            end_ms = max(word.end_ms, start_ms)
            settled.append(
                Word(word.text, start_ms, end_ms, word.confidence, word.joined)
            )
            self.settled_ms = end_ms
        self._last = [*self._last, *settled][-_REPEATED_WORDS:]
        return settled


def _overlaps(fresh: Sequence[Word], count: int, last: Sequence[Word]) -> bool:
    """Whether a repeated run is the settled one heard again, not said again.

    Half of its last word must lie before the end of the settled one: "very, very
    good" stays as it was said.
    """
    middle_ms = (fresh[count - 1].start_ms + fresh[count - 1].end_ms) / 2
    return middle_ms < last[-1].end_ms
