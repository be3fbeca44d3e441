"""A browser without script: it reads forms from pages and sends them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str], dict[str, str]]] = []
        self._inside = False
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given, {}))
            self._inside = True
        if not self._inside:
            return
        fields = self.forms[-1][1]
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type")
            if kind not in {"radio", "checkbox"} or "checked" in given:
                fields[name] = given.get("value", "")
        if tag == "textarea":
            self._area = name
            fields[name] = ""
        if tag == "select":
            self._select = name
        if tag == "option" and self._select:
            value = given.get("value", "")
            if "selected" in given or self._select not in fields:
                fields[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        self._inside &= tag != "form"
        self._area = None if tag == "textarea" else self._area
        self._select = None if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._inside:
            self.forms[-1][1][self._area] += data


def find_form(html: str, kind: str, /, **match: str) -> tuple[str, dict[str, str]]:
    """Return address and fields of the form of a command (or of an address)."""
    parser = _Forms()
    parser.feed(html)
    for given, fields in parser.forms:
        named = fields.get("_type") == kind or given.get("action") == kind
        if named and all(fields.get(key) == value for key, value in match.items()):
            return given["action"].partition("#")[0], fields
    raise AssertionError(f"There is no form {kind} {match}.")


async def send(
    client: Any, page: str, kind: str, match: Any = None, /, **typed: str
) -> Any:
    """Open a page, fill its form in and send it; redirects are not followed."""
    html = await (await client.get(page)).text()
    action, fields = find_form(html, kind, **(match or {}))
    return await client.post(action, data={**fields, **typed}, allow_redirects=False)
