"""Speech to measure captions with, and how wrong what was heard is."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path

TWO_CITIES = """
It was the best of times, it was the worst of times, it was the age of wisdom, it was
the age of foolishness, it was the epoch of belief, it was the epoch of incredulity, it
was the season of Light, it was the season of Darkness, it was the spring of hope, it
was the winter of despair, we had everything before us, we had nothing before us, we
were all going direct to Heaven, we were all going direct the other way – in short, the
period was so far like the present period, that some of its noisiest authorities
insisted on its being received, for good or for evil, in the superlative degree of
comparison only.
"""
"""What is read in `two_cities.wav` (Dickens, 1859)."""

MEETING_TALK = """
Good morning, everyone, and welcome to the meeting of the transport committee. We have
apologies from two members. The first item on the agenda is the minutes of the last
meeting. Are they agreed? Thank you. We now come to the plan for the bridge on Station
Road. The council proposes to close the bridge to cars for six months, from the start of
May. Buses and bicycles can still cross. Some residents have asked how they will reach
the market on Saturdays. The answer is that there will be a free bus every ten minutes.
I would like to ask the officer about the cost. What will the work cost, and who pays
for it? The work costs two million, and the county pays one half of it. Is there anybody
who wants to speak against the proposal? Then we shall take the vote. Those in favour,
please raise your hands. The motion is carried. Thank you all for coming.
"""
"""Ordinary meeting talk, ours, for a speech synthesiser to read."""

# The forms that Whisper's English normaliser writes out (Radford et al. 2022, app. C).
_CONTRACTIONS = {
    "won't": "will not", "can't": "can not", "let's": "let us", "n't": " not",
    "'re": " are", "'ll": " will", "'ve": " have", "'m": " am", "it's": "it is",
    "that's": "that is", "there's": "there is", "what's": "what is",
}  # fmt: skip
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "ten": "10",
}  # fmt: skip
_SPELLINGS = {"favor": "favour", "center": "centre", "program": "programme"}
_FILLERS = {"hmm", "mm", "mhm", "uh", "um"}


def speak(path: Path, text: str = MEETING_TALK, *, words_per_minute: int = 140) -> Path:
    """Let espeak-ng read a text into a WAV file; raises OSError without it."""
    subprocess.run(
        [
            "espeak-ng", "-v", "en-gb", "-s", str(words_per_minute), "-g", "3",
            "-w", str(path), " ".join(text.split()),
        ],
        check=True,
    )  # fmt: skip
    return path


def normalise(text: str) -> list[str]:
    """Words without what does not count: case, punctuation, ways of writing."""
    text = (
        unicodedata.normalize("NFKC", text)
        .lower()
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    for short, long in _CONTRACTIONS.items():
        text = text.replace(short, long)
    words = re.findall(r"[^\W_]+", text.replace("'", ""))
    words = [_NUMBERS.get(word, word) for word in words if word not in _FILLERS]
    return [_SPELLINGS.get(word, word) for word in words]


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to change, leave out or put in (Levenshtein)."""
    before = list(range(len(heard) + 1))
    for row, word in enumerate(said, start=1):
        now = [row]
        for column, other in enumerate(heard, start=1):
            now.append(
                min(
                    before[column] + 1,
                    now[-1] + 1,
                    before[column - 1] + (word != other),
                )
            )
        before = now
    return before[-1]


def word_error_rate(said: str, heard: str) -> float:
    """Errors for each word that was said, both texts normalised."""
    words = normalise(said)
    return word_errors(words, normalise(heard)) / len(words)
