"""One thing that is new, and the stream that it stands in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import datetime

import msgspec

# What XML 1.0 can't hold, not even escaped (section 2.2).
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KEPT = 100


class NewsItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is new.

    `guid` stays for good, also when the text is corrected: `changed_at` tells of
    that. `html` is safe already; `url` is whole.
    """

    guid: str
    title: str
    url: str
    at: datetime
    changed_at: datetime | None = None
    html: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    image_url: str = ""

    @property
    def newest_at(self) -> datetime:
        """When something was last said here."""
        return self.changed_at or self.at


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """What is new in one place, the newest first; addresses are whole.

    `url` is the page for people, `own_url` where this stream is.
    """

    title: str
    about: str
    url: str
    own_url: str
    language: str = "en"
    items: tuple[NewsItem, ...] = ()

    @property
    def changed_at(self) -> datetime | None:
        """When something was last said; None while nothing was.

        Not when it was fetched: the same bytes again where nothing changed.
        """
        return max((item.newest_at for item in self.items), default=None)


def newest(items: Iterable[NewsItem], most: int = KEPT) -> tuple[NewsItem, ...]:
    """Return the newest items, the newest first."""
    ordered = sorted(items, key=lambda item: (item.newest_at, item.guid), reverse=True)
    return tuple(ordered[:most])


def make_guid(meeting_id: str, item_id: str) -> str:
    """Return the lasting name of something of a meeting, a URN."""
    name = f"folkmoot:{meeting_id}:{item_id}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def fit(text: str) -> str:
    """Return a text without what XML can't hold."""
    return _UNFIT.sub("", text)
