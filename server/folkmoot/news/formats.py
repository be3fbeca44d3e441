"""The formats of a stream: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from feedgen.feed import FeedGenerator

from folkmoot.news.items import NewsItem, Stream, fit


class Format(msgspec.Struct, frozen=True):
    """How a stream is written, and what it is called outside."""

    media_type: str
    write: Callable[[Stream], bytes]

    @property
    def bare_type(self) -> str:
        """The media type without its parameters, for `<link type>`."""
        return self.media_type.partition(";")[0]


def write_atom(stream: Stream) -> bytes:
    """Return a stream as Atom."""
    written: bytes = _generate(stream).atom_str(pretty=True)
    return written


def write_rss(stream: Stream) -> bytes:
    """Return a stream as RSS 2.0."""
    written: bytes = _generate(stream).rss_str(pretty=True)
    return written


def write_json(stream: Stream) -> bytes:
    """Return a stream as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": stream.title,
        "description": stream.about,
        "home_page_url": stream.url,
        "feed_url": stream.own_url,
        "language": stream.language,
        "items": [_json_item(item) for item in stream.items],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


FORMATS = {
    "atom": Format("application/atom+xml; charset=utf-8", write_atom),
    "rss": Format("application/rss+xml; charset=utf-8", write_rss),
    "json": Format("application/feed+json; charset=utf-8", write_json),
}


def _json_item(item: NewsItem) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": item.guid,
        "url": item.url,
        "title": item.title,
        "date_published": _moment(item.at),
    }
    # One of both has to be there.
    if item.html:
        written["content_html"] = item.html
    else:
        written["content_text"] = item.title
    if item.changed_at is not None:
        written["date_modified"] = _moment(item.changed_at)
    if item.author:
        written["authors"] = [{"name": item.author}]
    if item.tags:
        written["tags"] = list(item.tags)
    if item.image_url:
        written["image"] = item.image_url
    return written


def _generate(stream: Stream) -> FeedGenerator:
    feed = FeedGenerator()
    feed.id(stream.own_url)
    feed.title(fit(stream.title))
    feed.description(fit(stream.about))
    feed.language(stream.language)
    feed.author(name="Folkmoot")
    feed.link(href=stream.url, rel="alternate")
    feed.link(href=stream.own_url, rel="self")
    if (changed_at := stream.changed_at) is not None:
        feed.updated(changed_at)
        feed.lastBuildDate(changed_at)
    for item in stream.items:
        entry = feed.add_entry(order="append")
        entry.id(item.guid)
        entry.guid(item.guid, permalink=False)
        entry.title(fit(item.title))
        entry.link(href=item.url)
        entry.published(item.at)
        entry.updated(item.newest_at)
        if item.html:
            entry.content(fit(item.html), type="html")
        if item.author:
            entry.author(name=fit(item.author))
        for tag in item.tags:
            entry.category(term=fit(tag))
    return feed


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
