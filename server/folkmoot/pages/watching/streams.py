"""What of a meeting can be followed with a feed reader, and where."""

from __future__ import annotations

import msgspec

from folkmoot.news.formats import FORMATS

# Name in the address -> what it is called, what it is about, the page for people.
STREAMS = {
    "news": (
        "all that is new",
        "Live updates, contributions, answers, actions and times",
        "",
    ),
    "live": ("live updates", "What is reported as it happens", "/live"),
    "contributions": ("contributions", "What people write", ""),
    "follow-up": (
        "answers and actions",
        "What was answered, what is done, what came of it",
        "/follow-up",
    ),
    "changes": ("timetable", "What changed on the timetable", "/board"),
}


class Link(msgspec.Struct, frozen=True):
    """A stream as a page offers it."""

    title: str
    url: str
    media_type: str


def offer_streams(slug: str, title: str) -> tuple[Link, ...]:
    """Return a meeting's streams for `<link rel="alternate">`.

    RSS is left out: every reader that knows it knows Atom.
    """
    return tuple(
        Link(f"{title}: {words}", f"/m/{slug}/{name}.{end}", FORMATS[end].bare_type)
        for name, (words, _, _) in STREAMS.items()
        for end in ("atom", "json")
    )
