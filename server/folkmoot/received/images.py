"""Pictures that people send: looked at, turned upright, made smaller, written anew.

What comes out is made of the picture's points alone: no place, no camera, no
thumbnail, no comment of the file that came in, and no bytes of it either.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 15_000_000
MAX_POINTS = 60_000_000
"""Points of a JPEG at most; a phone makes 12 to 50 million."""
MAX_PLAIN_POINTS = 36_000_000
"""Points of what can't be read at a half or a quarter: all of it takes memory."""
FORMATS = ("JPEG", "PNG", "WEBP")
SIDE = 1600
SMALL_SIDE = 480


class BadPicture(Exception):
    """It can't be used; the argument says why, in a sentence for people."""


class Picture(msgspec.Struct, frozen=True):
    """A picture as it is kept: two JPEG files, and the larger one's size."""

    jpeg: bytes
    small: bytes
    width: int
    height: int


def read_picture(data: bytes) -> Picture:
    """Read, check and remake a picture. Blocks; raises `BadPicture`."""
    # Imported in the thread of who sends one: no service waits for it to start.
    from PIL import Image  # noqa: PLC0415

    if len(data) > MAX_BYTES:
        raise BadPicture(f"The picture has more than {MAX_BYTES // 1_000_000} MB.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as source:
            _check_size(source)
            # JPEG can be read at a half or a quarter at once.
            source.draft("RGB", (SIDE, SIDE))
            large = _remake(source)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture(
            "This isn't a picture that we can read. JPEG, PNG and WebP work."
        ) from error
    small = large.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Picture(_write(large, 82), _write(small, 75), large.width, large.height)


def _check_size(source: Image.Image) -> None:
    """Refuse what would take too much memory, before anything of it is read."""
    most = MAX_POINTS if source.format == "JPEG" else MAX_PLAIN_POINTS
    if source.width * source.height > most:
        raise BadPicture("The picture has too many points.")


def _remake(source: Image.Image) -> Image.Image:
    """Return the points alone, upright, on white where they were transparent."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    upright = ImageOps.exif_transpose(source)
    upright.thumbnail((SIDE, SIDE))
    points = upright.convert("RGBA")
    clean = Image.new("RGB", points.size, "white")
    clean.paste(points, mask=points.getchannel("A"))
    return clean


def _write(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, progressive=True, optimize=True)
    return out.getvalue()
