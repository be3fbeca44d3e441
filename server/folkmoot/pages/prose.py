"""What people typed, as HTML: a little Markdown, everything else escaped."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_RULES = [
    "newline",
    "emphasis",
    "link",
    "autolink",
    "list",
    "blockquote",
    "backticks",
    "escape",
    "entity",
    "linkify",
]
_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code"}
# markdown-it refuses `javascript:` itself; nh3 is the second lock on the same door.
_SCHEMES = {"http", "https", "mailto"}


def _make_markdown() -> MarkdownIt:
    # "zero" knows paragraphs and text alone. Raw HTML stays off: it comes out escaped.
    return MarkdownIt(
        "zero", {"html": False, "linkify": _can_linkify(), "breaks": True}
    ).enable([rule for rule in _RULES if rule != "linkify" or _can_linkify()])


def _can_linkify() -> bool:
    # An optional part of markdown-it-py; without it only <https://…> becomes a link.
    try:
        import linkify_it  # type: ignore[import-not-found,unused-ignore]  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


_MARKDOWN = _make_markdown()


@lru_cache(maxsize=4_096)
def render_prose(text: str) -> Markup:
    """Return a contribution's text as safe HTML.

    Emphasis, links, lists, quotations and code spans; links get
    `rel="nofollow noopener ugc"` and only lead to http, https and mailto.
    """
    html = nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener ugc",
    )
    return Markup(html)  # noqa: S704 (nh3 has cleaned it)


def shorten(text: str, length: int = 160) -> str:
    """Return the first words of a text as plain text, with an ellipsis if cut."""
    plain = " ".join(text.split())
    if len(plain) <= length:
        return plain
    return plain[:length].rsplit(" ", 1)[0].rstrip(",.;:") + "…"
