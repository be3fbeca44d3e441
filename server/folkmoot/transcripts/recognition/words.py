"""A recognised word, on the meeting's clock."""

from __future__ import annotations

import msgspec


class Word(msgspec.Struct, frozen=True, array_like=True):
    """What was heard between two moments, in milliseconds since 1970.

    `confidence` is the model's own, 0 to 1. `text` has its punctuation and no space
    before it, except where the language writes none: then `joined` is set.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    joined: bool = False


def fold_word(text: str) -> str:
    """A word without case and punctuation, to compare two hearings of it."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def join_words(words: list[Word] | tuple[Word, ...]) -> str:
    """The words as people read them."""
    return "".join(
        word.text if word.joined else f" {word.text}" for word in words
    ).strip()


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with this word."""
    return text.rstrip("\"'\N{RIGHT DOUBLE QUOTATION MARK})").endswith(
        (".", "!", "?", "\N{IDEOGRAPHIC FULL STOP}", "\N{HORIZONTAL ELLIPSIS}")
    ) and not text.endswith("...")
