"""How long a span may be that is quoted, or cut out as a clip."""

from __future__ import annotations

from datetime import datetime, timedelta

from folkmoot.core.refusals import Refusal

LONGEST = timedelta(minutes=10)


def need_span(from_at: datetime, to_at: datetime) -> tuple[datetime, datetime]:
    """Return the span, or refuse one that is empty or too long to quote."""
    if to_at <= from_at:
        raise Refusal("empty_span", "The end has to be after the beginning.")
    if to_at - from_at > LONGEST:
        raise Refusal(
            "span_too_long",
            f"One can quote {LONGEST.seconds // 60} minutes at most. Choose an earlier "
            "end, or quote in parts.",
        )
    return from_at, to_at
