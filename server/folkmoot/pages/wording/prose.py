"""What people typed, as HTML: a little Markdown, everything else escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
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
]
# A bare address, without the punctuation that ends its sentence.
_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code"}
# markdown-it refuses `javascript:` itself; nh3 is the second lock on the same door.
_SCHEMES = {"http", "https", "mailto"}


def _make_markdown() -> MarkdownIt:
    # "zero" knows paragraphs and text alone. Raw HTML stays off: it comes out escaped.
    markdown = MarkdownIt("zero", {"html": False, "breaks": True}).enable(_RULES)
    markdown.core.ruler.push("addresses", _link_addresses)
    return markdown


def _link_addresses(state: StateCore) -> None:
    """Make links of bare addresses; texts of links stay as they are."""
    for block in state.tokens:
        linked: list[Token] = []
        inside = 0
        for token in block.children or ():
            inside += token.nesting if token.type.startswith("link_") else 0
            if token.type == "text" and not inside:
                linked.extend(_split_text(token.content))
            else:
                linked.append(token)
        if block.children is not None:
            block.children = linked


def _split_text(text: str) -> Iterator[Token]:
    at = 0
    for found in _ADDRESS.finditer(text):
        yield Token("text", "", 0, content=text[at : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": found[0]})
        yield Token("text", "", 0, content=found[0])
        yield Token("link_close", "a", -1)
        at = found.end()
    yield Token("text", "", 0, content=text[at:])


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
        attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
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
