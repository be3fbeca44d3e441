"""What both doors do to FLV tags on their way: check them and set their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folkmoot.media.ingest import enhanced
from folkmoot.media.ingest.continuity import Continuity
from folkmoot.media.ingest.flv import VIDEO, FlvError, FlvReader, FlvWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from folkmoot.media.ingest.flv import FlvTag


class UnsupportedCodec(FlvError):
    """The encoder must be set to other codecs; the argument says to which."""


class FlvRelay:
    """Turns one publisher's tags into one FLV that begins at time zero."""

    def __init__(self) -> None:
        self._reader = FlvReader()
        self._writer = FlvWriter()
        self._continuity = Continuity()

    def take_bytes(self, data: bytes) -> bytes:
        """The tags of a file that are whole now. Raises `FlvError`."""
        return self.take_tags(self._reader.feed(data))

    def take_tags(self, tags: Iterable[FlvTag]) -> bytes:
        """The bytes of tags. Raises `UnsupportedCodec` or `Discontinuity`."""
        plain = [made for tag in tags if (made := _make_plain(tag)) is not None]
        checked = [self._check(self._writer.retime(tag)) for tag in plain]
        return self._writer.write_retimed(checked) if checked else b""

    def _check(self, tag: FlvTag) -> FlvTag:
        self._continuity.check(tag)
        return tag


def _make_plain(tag: FlvTag) -> FlvTag | None:
    if not enhanced.is_enhanced(tag):
        return tag
    if (codec := enhanced.name_codec(tag)) is not None:
        what = "picture" if tag.kind == VIDEO else "sound"
        wanted = "H.264 (x264)" if tag.kind == VIDEO else "AAC"
        raise UnsupportedCodec(
            f"The encoder sends its {what} as {codec}, which can't be taken. Set its"
            f" {what} encoder to {wanted} and start again."
        )
    return enhanced.make_plain(tag)
