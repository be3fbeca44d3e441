"""Ask every address that there is, as it is registered: none is forgotten.

An address with a part that isn't known here fails the crawl, so a new kind of
page has to say what stands in its address.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiohttp import web

_PART = re.compile(r"\{(\w+)\}")
# What only its own secret opens, streams of media and what never ends.
ELSEWHERE = ("/media/", "/push/", "/socket.io/", "/static")
SOCKETS = ("/camera/{token}/socket", "/m/{slug}/camera/{room}/socket")
FORMATS = ("vtt", "srt", "txt", "json", "atom", "rss")
FILES = (
    "schedule.ics",
    "schedule.xml",
    "schedule.json",
    "sessions.csv",
    "large",
    "small",
    "voice",
)
NAMES = ("news", "contributions", "follow-up", "changes", "live", "updates")
Known = Mapping[str, Sequence[str]]


def known_parts(slug: str, **more: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return what can stand in addresses of a meeting; `more` adds ids."""
    nothing = ["none"]
    return {
        "slug": [slug],
        "room": ["hall"],
        "code": [slug],
        "format": FORMATS,
        "file": FILES,
        "name": NAMES,
        "what": ["calendar", "device"],
        "secret": nothing,
        "token": nothing,
        "card": ["001G"],
        "series": nothing,
        "contribution": nothing,
        "session": nothing,
        "update": nothing,
        "attachment": nothing,
        "image": nothing,
        "cue": nothing,
        **more,
    }


def addresses(app: web.Application, known: Known, method: str = "GET") -> list[str]:
    """Return every address of a service, with each thing that is known in it."""
    found: set[str] = set()
    for route in app.router.routes():
        if route.method != method or route.resource is None:
            continue
        path = route.resource.canonical
        if path.startswith(ELSEWHERE) or path in SOCKETS:
            continue
        found.update(_fill(path, known))
    return sorted(found)


def _fill(path: str, known: Known) -> Iterator[str]:
    parts = list(dict.fromkeys(_PART.findall(path)))
    missing = [part for part in parts if part not in known]
    assert not missing, f"say what stands for {missing} in {path}"
    for values in itertools.product(*(known[part] for part in parts)):
        filled = path
        for part, value in zip(parts, values, strict=True):
            filled = filled.replace("{" + part + "}", value)
        yield filled


async def ask_all(town: Any, paths: Sequence[str], token: str | None) -> dict[str, str]:
    """Return what each address answers to who has this token."""
    answers = {}
    for path in paths:
        status, body = await town.ask("GET", path, token=token)
        assert status < 500 or path == "/readyz", (path, status, body)
        answers[path] = f"{status} {body}"
    return answers
