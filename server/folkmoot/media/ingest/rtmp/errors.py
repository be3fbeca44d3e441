"""What ends an RTMP connection."""

from __future__ import annotations


class RtmpError(Exception):
    """The peer sent what we can't or won't take; the argument says what."""
