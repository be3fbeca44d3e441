"""What a form's fields mean as a command's data, and what is wrong with them in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from folkmoot.pages.wording.spans import FIELDS as SPAN_FIELDS

NUMBERS = frozenset(
    {
        "version",
        "rules",
        "slow_seconds",
        "alarm_minutes",
        "level",
        "capacity",
        "dump_seconds",
        "minutes",
        "seconds",
        "choice",
    }
)
# Empty is an answer here: it clears what stood.
CLEARABLE = frozenset(
    {"purpose", "scope", "pitch", "wants", "reason", "said", "did", "cannot"}
)
# Boxes and lines that make one list: a field for each thing, or words with commas.
LISTS = frozenset(
    {
        "hold_words",
        "refuse_words",
        "needs",
        "purposes",
        "wished",
        "tags",
        "contribution_ids",
        "options",
    }
)
# Of these each line is one, with the commas in it.
LINES = frozenset({"options"})
BOOLS = frozenset(
    {
        "on",
        "granted",
        "hosting",
        "pinned",
        "end",
        "called",
        "erase",
        "partly",
        "queue",
        "next",
        "ask",
        "by_audience",
    }
)
# Moments as people type them: a day and a time in the meeting's zone.
LOCAL = frozenset({"until", "at"})
# What a choice among these says that takes it off; elsewhere it is a word.
_MOST_DIGITS = 15
NONE = "none"
LABELS = frozenset({"scope", "choice"})
# Fields that together are the terms of a contribution (core: consent).
_TERMS = ("audience", "purposes", "until", "way", "by")
_FIELD = re.compile(r"\$\.(\w+)")
_NAMED = re.compile(r"field `(\w+)`")
WORDS = {
    "text": "the text",
    "title": "the title",
    "name": "the name",
    "reason": "the reason",
    "room_id": "the room",
    "slot_id": "the time",
    "capacity": "the number of seats",
    "pitch": "what it is about",
    "wants": "who or what would help",
    "tags": "the tags",
    "needs": "what the room needs",
    "wished": "the times that would suit",
    "other_id": "the other session",
    "purpose": "what it is for",
    "scope": "what people can influence",
    "note": "what was wrong",
    "options": "the answers to choose from",
    "choice": "your answer",
    "quote": "the quotation",
    "speaker": "who said it",
    "alt": "what the picture shows",
    "due": "the day",
    "who": "who does it",
    "until": "until when",
    "at": "when it was",
    "by": "who answers",
    "theme": "what it is about",
    "purposes": "what may be done with it",
    "audience": "who may read it",
    "pseudonym": "the name to show",
    "speaks_for": "whom you speak for",
    "stake": "your interest in the matter",
    "on_behalf_of": "for whom you write this down",
}


def read_number(text: str) -> int | None:
    """Return a whole number as people type one; None for anything else.

    Signs such as a raised two count as digits and are no number; and Python reads
    none of thousands of digits.
    """
    tidy = text.strip()
    return int(tidy) if tidy.isdecimal() and len(tidy) <= _MOST_DIGITS else None


def read_data(values: Mapping[str, str]) -> dict[str, Any]:
    """Return a command's data: numbers as numbers, nothing for empty fields."""
    data: dict[str, Any] = {}
    for name, value in values.items():
        empty = not value.strip()
        if name.startswith("_") or name in SPAN_FIELDS:
            continue
        if empty and name not in CLEARABLE | LISTS:
            continue
        if name in LABELS and value == NONE:
            data[name] = None
        elif name in NUMBERS:
            number = read_number(value)
            data[name] = value if number is None else number
        elif name in LISTS:
            data[name] = split_list(value, "\n" if name in LINES else "\n,")
        elif name in BOOLS:
            data[name] = value == "true"
        else:
            data[name] = value
    return data


def split_list(text: str, between: str = "\n,") -> list[str]:
    """Return the parts of a list, without repeats: one a line, or between commas."""
    parts = (part.strip() for part in re.split(f"[{between}]", text))
    return list(dict.fromkeys(part for part in parts if part))


def explain(error: str) -> str:
    """Say in a sentence what of a form can't be used."""
    found = _FIELD.search(error) or _NAMED.search(error)
    if found is None:
        return "Something in this form can't be used."
    what = WORDS.get(found[1], found[1])
    if "missing" in error or "length >= 1" in error:
        return f"Please fill in {what}."
    if "length <=" in error:
        return f"Please make {what} shorter."
    return f"Please look again at {what}."


def day_end(day: str) -> str:
    """Return the last minute of a day."""
    return f"{day}T23:59"


def read_terms(data: dict[str, Any]) -> None:
    """Put the terms together; none where they are what holds without a word."""
    given = {name: data.pop(name) for name in _TERMS if name in data}
    standing = {"audience": "public", "purposes": ["meeting"], "way": "self"}
    if any(given[name] != standing.get(name) for name in given):
        data["consent"] = {"audience": "public", **given}


def read_end(data: dict[str, Any]) -> None:
    """Make a day the last moment of it; no day means without an end."""
    if day := data.pop("until", None):
        data["until"] = day_end(day)
    else:
        data["no_end"] = True
