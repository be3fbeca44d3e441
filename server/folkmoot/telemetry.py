"""What the service says about itself: lines for people, figures for Prometheus."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, TextIO

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from folkmoot.settings import LogSettings

# Libraries that tell each request or heartbeat at INFO.
TALKATIVE = ("aiohttp.access", "alembic", "engineio", "socketio", "whoosh")


class LineFormatter(logging.Formatter):
    """One record on one line: UTC time, level, logger, message.

    What came from outside can't begin a line of its own: control characters in a
    message are escaped. Only a traceback adds lines, each indented.
    """

    converter = staticmethod(time.gmtime)
    default_msec_format = None

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s",
            "%Y-%m-%dT%H:%M:%S",
        )

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Escape what would break the line; tabs stay."""
        line = super().formatMessage(record)
        if line.isprintable():
            return line
        return "".join(
            letter if letter.isprintable() or letter == "\t" else ascii(letter)[1:-1]
            for letter in line
        )

    def formatException(self, ei: object) -> str:  # noqa: N802
        """Indent a traceback under its line."""
        text = super().formatException(ei)  # type: ignore[arg-type]
        return "\n".join(f"    {line}" for line in text.splitlines())


def set_up_logging(settings: LogSettings, *, stream: TextIO | None = None) -> None:
    """Write lines from `settings.level` on to `stream`, else standard error.

    Replaces whatever handlers the root logger had, so a second call changes the
    level instead of doubling the lines.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    quiet = max(logging.getLevelNamesMapping()[settings.level], logging.WARNING)
    for name in TALKATIVE:
        level = logging.DEBUG if settings.level == "DEBUG" else quiet
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=True)


def render_metrics(registry: CollectorRegistry = REGISTRY) -> tuple[bytes, str]:
    """The body of `/metrics` and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST
