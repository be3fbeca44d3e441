"""Playlists as they are sent: rendered once a version, however many ask."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Text:
    """A playlist, ready to send to however many ask."""

    def __init__(self, text: str) -> None:
        self.plain = text.encode()
        self.answers: dict[tuple[bool, str], bytes] = {}
        """Whole answers of it, for those who keep them: by packing and lifetime."""
        self._packed: bytes | None = None

    @property
    def packed(self) -> bytes:
        """Its gzip form, made at the first call."""
        if self._packed is None:
            self._packed = gzip.compress(self.plain, 1, mtime=0)
        return self._packed


class RenderedTexts:
    """The texts of one version of a stream, by rendition and form."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], Text] = {}

    def take(self, rendition: str, form: str, render: Callable[[], str]) -> Text:
        """The text, rendered at the first call."""
        key = (rendition, form)
        found = self._texts.get(key)
        if found is None:
            found = self._texts[key] = Text(render())
        return found

    def clear(self) -> None:
        """A new version begins."""
        self._texts.clear()
