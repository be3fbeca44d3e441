"""Headers of media answers, and answers as ready bytes."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Age, Content-Length, Content-Range, Date",
    "Timing-Allow-Origin": "*",
}
IMMUTABLE = "public, max-age=3600, immutable"  # an hour: then erasure holds
BRIEF = "public, max-age=1"
MEDIA_TYPE = "video/mp4"
_CACHE_TARGETS = 6


def lasting(target_duration: int) -> str:
    """Cache-Control of a playlist that answers just what was asked for."""
    return f"public, max-age={_CACHE_TARGETS * target_duration}"


def playlist_headers(cache: str, *, gzip: bool) -> dict[str, str]:
    """All headers of a playlist but its type and length."""
    headers = {**OPEN, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if gzip:
        headers["Content-Encoding"] = "gzip"
    return headers


def part_headers(cache: str) -> dict[str, str]:
    """All headers of a part but its type and length."""
    return {**OPEN, "Cache-Control": cache}


def unavailable_headers() -> dict[str, str]:
    """All headers of an answer that can't be given now."""
    return {**OPEN, "Cache-Control": "no-store", "Retry-After": "1"}


def make_head(
    status: str, headers: Mapping[str, str], *, content_type: str, size: int
) -> bytes:
    """Return an answer's bytes before its body; `status` like "200 OK".

    Its Date is now: of an answer made once, the moment at which it was made.
    """
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Type: {content_type}",
        f"Content-Length: {size}",
        f"Date: {formatdate(usegmt=True)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
