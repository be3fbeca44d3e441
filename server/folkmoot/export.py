"""Everything public of a meeting as open files, in one zip.

`meeting.json` (state), `entries.jsonl` (the public feed), contributions, answers,
outcomes, actions and live updates as tables, `transcripts/` as WebVTT and text,
`media/` as plain HLS that any player opens.
"""

from __future__ import annotations

import asyncio
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folkmoot.core.feeds import PUBLIC
from folkmoot.news.tables import write_tables
from folkmoot.store import cues
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.formats import render
from folkmoot.transcripts.importing import transcript_start

if TYPE_CHECKING:
    from folkmoot.journal import Journal
    from folkmoot.store.database import Database

PAGE = 500


async def write_export(
    path: Path,
    *,
    meeting_id: str,
    journal: Journal,
    database: Database,
    media_root: Path,
) -> None:
    """Write the zip at `path`; reads feeds and files, changes nothing."""
    snapshot = await journal.snapshot(meeting_id, PUBLIC)
    files: dict[str, bytes] = {
        "meeting.json": json.dumps(snapshot.state, indent=1).encode(),
        "entries.jsonl": await _entries(journal, meeting_id),
        **write_tables(snapshot.state),
    }
    for room_id, room in snapshot.state["rooms"].items():
        files |= await _transcripts(database, meeting_id, room_id, room["slug"])
    names = {r["room_id"]: r["slug"] for r in snapshot.state["rooms"].values()}
    await asyncio.to_thread(_write, path, files, media_root / meeting_id, names)


async def _entries(journal: Journal, meeting_id: str) -> bytes:
    lines = []
    after = 0
    more = True
    while more:
        page = await journal.entries(meeting_id, PUBLIC, after=after, limit=PAGE)
        lines += [json.dumps(entry) for entry in page.entries]
        after = page.entries[-1]["seq"] if page.entries else after
        more = page.more
    return "".join(f"{line}\n" for line in lines).encode()


async def _transcripts(
    database: Database, meeting_id: str, room_id: str, slug: str
) -> dict[str, bytes]:
    rows = await database.read(
        lambda connection: cues.cues_of(connection, meeting_id, room_id)
    )
    if not rows:
        return {}
    start = transcript_start(rows) or rows[0].start_at
    timed = [
        Cue(
            start_seconds=(row.start_at - start).total_seconds(),
            end_seconds=(row.end_at - start).total_seconds(),
            text=row.text,
            speaker=row.speaker,
            language=row.language,
        )
        for row in rows
    ]
    return {
        f"transcripts/{slug}.vtt": render(timed, "vtt"),
        f"transcripts/{slug}.txt": render(timed, "txt"),
    }


def _write(
    path: Path, files: dict[str, bytes], media: Path, names: dict[str, Any]
) -> None:
    # Video doesn't get smaller: stored, so that an export costs no CPU.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as out:
        for name, data in files.items():
            out.writestr(name, data, compress_type=zipfile.ZIP_DEFLATED)
        for file in sorted(media.rglob("*")):
            # What begins with a dot is on its way in, or was broken off.
            hidden = any(part[0] == "." for part in file.relative_to(media).parts)
            if file.is_file() and not hidden:
                room_id, *rest = file.relative_to(media).parts
                folder = names.get(room_id, room_id)
                out.write(file, "/".join(("media", folder, *rest)))
