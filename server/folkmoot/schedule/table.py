"""The programme as a table for spreadsheets, which can't be made to run formulas."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from folkmoot.news.tables import plain_cell
from folkmoot.schedule.programme import Programme, Talk

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
COLUMNS = (
    "title",
    "hosts",
    "state",
    "room",
    "starts_at",
    "ends_at",
    "would_come",
    "tags",
    "needs",
    "scope",
    "about",
    "proposed_at",
    "changed_at",
    "address",
    "guid",
)


def write_table(programme: Programme) -> bytes:
    """Return all sessions, placed ones first; UTF-8 with the mark that Excel needs."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    placed = programme.standing
    others = [talk for talk in programme.talks if talk not in placed]
    for talk in (*placed, *sorted(others, key=lambda talk: talk.session_id)):
        if talk.proposed_at is not None:
            writer.writerow([plain_cell(cell) for cell in _row(talk)])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _row(talk: Talk) -> list[str]:
    stands = talk.stands
    return [
        talk.title,
        ", ".join(talk.host_names),
        "placed" if stands else "proposed",
        talk.room.name if stands and talk.room else "",
        _moment(talk.starts_at) if stands else "",
        _moment(talk.ends_at) if stands else "",
        "" if talk.interest is None else str(talk.interest),
        ", ".join(talk.tags),
        ", ".join(talk.needs),
        talk.scope,
        talk.pitch,
        _moment(talk.proposed_at),
        _moment(talk.changed_at),
        talk.url,
        talk.guid,
    ]


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
