"""Where the exact parts of a query, phrases and wildcards, stand in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache

from folkmoot.search.plan import Plan


def exact_places(folded: Sequence[str], plan: Plan) -> set[int]:
    """The numbers of the words of a text that a phrase or wildcard covers."""
    places = {
        number
        for glob in plan.globs
        for number, word in enumerate(folded)
        if _pattern(glob).fullmatch(word)
    }
    for phrase in plan.phrases:
        size = len(phrase)
        for place in range(len(folded) - size + 1):
            if tuple(folded[place : place + size]) == phrase:
                places.update(range(place, place + size))
    return places


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    # In the query language only * and ? are special; fnmatch also knows [abc].
    return re.compile(translate(glob.replace("[", "[[]")))
