"""Cues of a file as rows on the meeting's clock, with where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from folkmoot.transcripts.cues import Cue


class CueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cue at lasting times. `provenance_kind` is `imported` here, `source` its file."""

    start_at: datetime
    end_at: datetime
    text: str
    speaker: str | None
    language: str | None
    provenance_kind: str
    provenance_source: str
    estimated: bool


def imported_rows(
    cues: Sequence[Cue],
    *,
    starts_at: datetime,
    source: str,
    language: str | None = None,
) -> list[CueRow]:
    """Rows of `cues`, whose second 0 is `starts_at` (aware), in order of time.

    `source` names what was imported (file name or media type); `language` is
    for cues that don't name their own. ValueError for a naive `starts_at`.
    """
    if starts_at.tzinfo is None:
        raise ValueError("starts_at needs a time zone.")
    return [
        CueRow(
            start_at=starts_at + timedelta(seconds=cue.start_seconds),
            end_at=starts_at + timedelta(seconds=cue.end_seconds),
            text=cue.text,
            speaker=cue.speaker,
            language=cue.language or language,
            provenance_kind="imported",
            provenance_source=source,
            estimated=cue.estimated,
        )
        for cue in sorted(cues, key=lambda cue: cue.start_seconds)
    ]
