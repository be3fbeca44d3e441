"""What both doors do to FLV tags on their way: check them and set their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folkmoot.media.continuity import Continuity
from folkmoot.media.flv import FlvError, FlvReader, FlvWriter, unsupported_codec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from folkmoot.media.flv import FlvTag


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
        checked = [self._check(self._writer.retime(tag)) for tag in tags]
        return self._writer.write_retimed(checked) if checked else b""

    def _check(self, tag: FlvTag) -> FlvTag:
        if (codec := unsupported_codec(tag)) is not None:
            raise UnsupportedCodec(
                f"Set the encoder to H.264 and AAC: {codec!r} is not supported."
            )
        self._continuity.check(tag)
        return tag
