"""The window over the sound, tried with a voice that is written as numbers."""

from __future__ import annotations

from itertools import count, pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.transcripts.recognition.messages import Heard
from folkmoot.transcripts.recognition.window import MAX_MS, RATE, Hear, Samples, Window
from folkmoot.transcripts.recognition.words import Word

PER_MS = RATE // 1000
SLOT_MS = 400
VOICE_MS = 320
START_MS = 1_700_000_000_000


def sound(numbers: list[int]) -> Samples:
    """A slot of 400 ms for each number: 0 is silence, n is the word `wn`."""
    slots = []
    for number in numbers:
        slot = np.zeros(SLOT_MS * PER_MS, np.float32)
        slot[: VOICE_MS * PER_MS] = number / 1000
        slots.append(slot)
    return np.concatenate(slots) if slots else np.zeros(0, np.float32)


def hear(samples: Samples, before: str) -> list[Word]:
    """Hear each run of one number; a word that is cut at the end is misheard."""
    del before
    edges = np.flatnonzero(np.diff(samples, prepend=0.0, append=0.0))
    words = []
    for start, end in pairwise(edges):
        if samples[start] == 0:
            continue
        number = round(float(samples[start]) * 1000)
        whole = end - start > VOICE_MS * PER_MS * 0.8
        first = int(start) // PER_MS
        words.append(
            Word(f"w{number}" if whole else "mm", first, int(end) // PER_MS, 0.9)
        )
    return words


def find_speech(samples: Samples) -> list[tuple[int, int]]:
    loud = np.flatnonzero(samples)
    if not len(loud):
        return []
    return [(int(loud[0]) // PER_MS, int(loud[-1]) // PER_MS + 1)]


def listen(
    numbers: list[int],
    *,
    piece_ms: int = 500,
    step_ms: int = 1000,
    live: bool = True,
    hear: Hear = hear,
) -> list[Heard]:
    """Hear the sound piece by piece; not `live`: only when all of it is there."""
    window = Window(hear, find_speech, step_ms=step_ms)
    samples, at = sound(numbers), START_MS
    reports: list[Heard] = []
    for start in range(0, len(samples), piece_ms * PER_MS):
        window.add(samples[start : start + piece_ms * PER_MS], at)
        at += piece_ms
        while live and (report := window.work()) is not None:
            reports.append(report)
    return [*reports, *window.pause()]


def said(reports: list[Heard]) -> list[str]:
    return [word.text for report in reports for word in report.settled]


def expected(numbers: list[int]) -> list[str]:
    return [f"w{number}" for number in numbers if number]


def test_speech_is_settled_while_it_goes_on() -> None:
    numbers = list(range(1, 41))
    reports = listen(numbers)
    assert said(reports) == expected(numbers)
    for report in reports[:-1]:
        for word in report.settled:
            # Heard again a step later, and settled then.
            assert report.until_ms - word.end_ms <= 2 * 1000 + 500


def test_a_word_that_each_hearing_hears_otherwise_holds_nobody_up() -> None:
    hearings = count()

    def doubt(samples: Samples, before: str) -> list[Word]:
        now = next(hearings)
        return [
            msgspec.structs.replace(word, text=f"{word.text}-{now}")
            if word.text in {"w5", "w20"}
            else word
            for word in hear(samples, before)
        ]

    numbers = list(range(1, 41))
    reports = listen(numbers, hear=doubt)
    assert [text.partition("-")[0] for text in said(reports)] == expected(numbers)
    for report in reports[:-1]:
        for word in report.settled:
            assert report.until_ms - word.end_ms <= 2_500 + 1_000 + 500


def test_silence_settles_at_once_and_ends_a_line() -> None:
    numbers = [1, 2, 3, 0, 0, 0, 4]
    reports = listen(numbers)
    paused = next(report for report in reports if report.pause)
    assert [word.text for word in paused.settled][-1] == "w3"
    assert paused.until_ms - START_MS <= 3 * SLOT_MS + 600 + 500
    assert said(reports) == expected(numbers)


def test_silence_alone_says_nothing() -> None:
    reports = listen([0] * 40)
    assert said(reports) == []
    assert not any(report.tentative for report in reports)


def test_times_are_those_of_the_clock() -> None:
    words = [word for report in listen([0, 0, 7, 8, 0, 0]) for word in report.settled]
    assert [word.start_ms - START_MS for word in words] == [800, 1200]


@pytest.mark.parametrize("live", [True, False])
def test_the_window_never_grows_past_what_the_model_hears(*, live: bool) -> None:
    lengths = []

    def measure(samples: Samples, before: str) -> list[Word]:
        lengths.append(len(samples) // PER_MS)
        return hear(samples, before)

    window = Window(measure, find_speech, step_ms=1000)
    samples = sound(list(range(1, 200)))
    for start in range(0, len(samples), 8000):
        window.add(samples[start : start + 8000], START_MS + start // PER_MS)
        while live and window.work() is not None:
            pass
    window.pause()
    assert max(lengths) <= MAX_MS


def test_a_seam_in_time_does_not_fit() -> None:
    window = Window(hear, find_speech, step_ms=1000)
    samples = sound([1, 2])
    assert window.fits(samples, START_MS)
    window.add(samples, START_MS)
    assert window.fits(samples, START_MS + 800)
    assert not window.fits(samples, START_MS + 5_000)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.just(0), st.integers(1, 900)), max_size=90),
    st.sampled_from([200, 500, 1300]),
    st.sampled_from([0, 500, 1000, 3000]),
    st.booleans(),
)
def test_every_word_comes_once_and_in_order(
    numbers: list[int], piece_ms: int, step_ms: int, live: bool
) -> None:
    # Two equal words run together in this voice; tell neighbours apart.
    numbers = [
        0 if place and number == numbers[place - 1] else number
        for place, number in enumerate(numbers)
    ]
    reports = listen(numbers, piece_ms=piece_ms, step_ms=step_ms, live=live)
    assert said(reports) == expected(numbers)
    untils = [report.until_ms for report in reports]
    assert untils == sorted(untils)
