"""The window of sound that is heard again and again until its words are settled.

Times are milliseconds on the meeting's clock. What hears and what finds speech come
in as functions, so that this can be tried without a model.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from folkmoot.transcripts.recognition.agreement import Agreement
from folkmoot.transcripts.recognition.messages import Heard
from folkmoot.transcripts.recognition.words import Word, ends_sentence, join_words

Samples = NDArray[np.float32]
# Words of a piece of sound, with times from its beginning; the text said before it.
Hear = Callable[[Samples, str], list[Word]]
# Stretches of a piece of sound in which somebody speaks, in milliseconds of it.
FindSpeech = Callable[[Samples], Sequence[tuple[int, int]]]

RATE = 16_000
_PER_MS = RATE // 1000
# The model hears 15 s at once (see `engine`); its ends are heard less well.
MAX_MS = 13_000
_TRIM_MS = 8_000
_FORCE_MS = 11_000
# Two hearings may disagree about a word for long. With so much behind it the model
# learns no more of it, and whoever reads along waits for all that follows.
_PATIENCE_MS = 2_500
# Where more sound waits, words so near to the window's end wait for the next one.
_EDGE_MS = 1_500
QUIET_MS = 600
_KEPT_MS = 300
_LOOK_MS = 200
_SEAM_MS = 300
_PROMPT_WORDS = 40
_SHORTEST_MS = 300
_LEAD_MS = 250


class Window:
    """Takes sound, says what was settled."""

    def __init__(self, hear: Hear, find_speech: FindSpeech, *, step_ms: int) -> None:
        self._hear = hear
        self._find_speech = find_speech
        self._step_ms = step_ms
        self._agreement = Agreement()
        self._said: deque[Word] = deque(maxlen=200)
        self._samples: Samples = np.zeros(0, np.float32)
        self._start_ms = 0
        self._heard_ms = 0
        self._looked_ms = 0
        self._silent = True

    @property
    def end_ms(self) -> int:
        """Up to here there is sound."""
        return self._start_ms + len(self._samples) // _PER_MS

    def fits(self, samples: Samples, at_ms: int) -> bool:
        """Whether this sound follows without a seam; if not, `pause` comes first."""
        del samples
        return self.end_ms <= self._start_ms or abs(at_ms - self.end_ms) <= _SEAM_MS

    def add(self, samples: Samples, at_ms: int) -> None:
        """Take more sound."""
        if self.end_ms <= self._start_ms:
            self._samples = self._samples[:0]
            self._start_ms = self._heard_ms = self._looked_ms = at_ms
        self._samples = np.concatenate((self._samples, samples))

    def pause(self) -> list[Heard]:
        """Settle everything: the sound ends here. The window is empty then."""
        reports = []
        while self.end_ms > self._start_ms:
            report = self._listen(final=True)
            if report is None:
                break
            reports.append(report)
        self._samples = np.zeros(0, np.float32)
        return reports

    def work(self) -> Heard | None:
        """Listen, if it is worth while; None: wait for more sound."""
        return self._listen(final=False)

    def _listen(self, *, final: bool) -> Heard | None:
        began = time.monotonic()
        if not final and self.end_ms - self._looked_ms < _LOOK_MS:
            return None
        self._looked_ms = self.end_ms
        window = self._samples[: MAX_MS * _PER_MS]
        window_end = self._start_ms + len(window) // _PER_MS
        more = window_end < self.end_ms
        speech = self._find_speech(window)
        if not speech:
            return self._pass_silence(window_end, began, final=final)
        quiet_ms = window_end - self._start_ms - speech[-1][1]
        quiet = quiet_ms >= QUIET_MS or (final and not more)
        if not (quiet or more or final) and not self._is_due(window_end):
            return None
        # Silence in front costs a place in the window and tempts the model.
        lead = max(0, speech[0][0] - _LEAD_MS)
        if lead and not self._agreement.tentative:
            self._trim(self._start_ms + lead)
            window = window[lead * _PER_MS :]
        words = self._words(window)
        self._heard_ms, self._silent = window_end, False
        settled = self._agreement.add(words)
        if self._step_ms:
            settled += self._agreement.conclude(window_end - _PATIENCE_MS)
        if quiet:
            settled += self._agreement.conclude()
            self._keep(settled)
            self._trim(window_end if final else window_end - _KEPT_MS)
        elif more:
            settled += self._agreement.conclude(window_end - _EDGE_MS)
            self._keep(settled)
            self._cut_through(window_end)
        else:
            self._keep(settled)
            self._slide()
        return Heard(
            settled=tuple(settled),
            tentative=self._agreement.tentative,
            until_ms=window_end,
            busy_ms=_since(began),
            pause=quiet,
        )

    def _is_due(self, window_end: int) -> bool:
        if self._step_ms == 0:
            return window_end - self._start_ms >= MAX_MS
        return window_end - self._heard_ms >= self._step_ms

    def _pass_silence(self, window_end: int, began: float, *, final: bool) -> Heard:
        self._agreement.forget()
        self._trim(window_end if final else max(self._start_ms, window_end - _KEPT_MS))
        self._heard_ms = window_end
        first, self._silent = not self._silent, True
        return Heard((), (), window_end, _since(began), pause=first)

    def _words(self, window: Samples) -> list[Word]:
        if len(window) < _SHORTEST_MS * _PER_MS:
            return []
        before = [word for word in self._said if word.end_ms <= self._start_ms + 50]
        heard = self._hear(window, join_words(before[-_PROMPT_WORDS:]))
        start = self._start_ms
        return [
            Word(
                word.text,
                start + word.start_ms,
                start + word.end_ms,
                word.confidence,
                word.joined,
            )
            for word in heard
        ]

    def _keep(self, settled: list[Word]) -> None:
        self._said.extend(settled)

    def _slide(self) -> None:
        """Let go of settled sound once the window is long."""
        length = self.end_ms - self._start_ms
        if length < _TRIM_MS:
            return
        sentence = next(
            (
                word.end_ms
                for word in reversed(self._said)
                if word.end_ms > self._start_ms and ends_sentence(word.text)
            ),
            None,
        )
        if sentence is not None and sentence - self._start_ms > _TRIM_MS // 4:
            self._trim(sentence)
        elif length > _FORCE_MS and self._agreement.settled_ms > self._start_ms:
            self._trim(self._agreement.settled_ms)

    def _cut_through(self, window_end: int) -> None:
        """Go on behind a full window where more sound waits."""
        tentative = self._agreement.tentative
        cut = tentative[0].start_ms if tentative else window_end - _EDGE_MS // 2
        cut = max(cut, self._agreement.settled_ms, self._start_ms + _EDGE_MS)
        self._trim(min(cut, window_end))
        self._agreement.forget()

    def _trim(self, to_ms: int) -> None:
        count = max(0, to_ms - self._start_ms) * _PER_MS
        self._samples = self._samples[count:]
        self._start_ms += count // _PER_MS


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
