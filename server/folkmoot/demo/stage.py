"""Run the demonstration against a running service, from a process of its own.

`python -m folkmoot.demo URL`, with the admin token in DEMO_TOKEN and
a folder for its films in DEMO_FOLDER.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from folkmoot.demo import programme
from folkmoot.demo.door import Door, DoorError
from folkmoot.demo.footage import Footage, Spoken, make_footage
from folkmoot.demo.people import Crowd
from folkmoot.media.encode.ffmpeg import find_ffmpeg
from folkmoot.media.encode.process import Program
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.formats import render

logger = logging.getLogger(__name__)

CAPTION_SECONDS = 5.0


async def run_demo(base_url: str, token: str, folder: Path) -> None:
    """Make the meeting, fill it, broadcast and act, until cancelled."""
    ffmpeg = find_ffmpeg()
    async with Door(base_url, token) as organiser:
        meeting = await _make_meeting(organiser)
        slug = meeting["slug"]
        crowd = Crowd(base_url, slug, organiser=organiser)
        try:
            await crowd.arrive()
            await crowd.fill_board(
                [room["id"] for room in meeting["rooms"]],
                [slot["id"] for slot in meeting["slots"]],
            )
            await crowd.fill_threads()
            logger.info("The timetable and threads of %s are filled.", slug)
            async with asyncio.TaskGroup() as work:
                work.create_task(crowd.go_on())
                for number, room in enumerate(programme.ROOMS):
                    logger.info("Preparing the film of %s …", room.name)
                    footage = await make_footage(
                        room, folder / f"room-{number}", ffmpeg=ffmpeg
                    )
                    if number == 0:
                        await _make_archive(organiser, footage)
                    work.create_task(
                        _broadcast(
                            organiser, slug, meeting["rooms"][number], footage, ffmpeg
                        )
                    )
        finally:
            await crowd.aclose()


async def _make_meeting(organiser: Door) -> dict[str, Any]:
    now = datetime.now(UTC)
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=now.minute % 5)
    start -= timedelta(minutes=40)  # the first round is under way
    slots = []
    for label, minutes in programme.TIMES:
        end = start + timedelta(minutes=minutes)
        slots.append(
            {
                "starts_at": start.isoformat(),
                "ends_at": end.isoformat(),
                "label": label,
            }
        )
        start = end
    return await organiser.post(
        "/api/v1/meetings",
        {
            "title": programme.TITLE,
            "slug": f"harbour-quarter-{now:%m%d-%H%M%S}",
            "purpose": programme.PURPOSE,
            "scope": programme.SCOPE,
            "demonstration": True,
            "rooms": [
                {
                    "name": room.name,
                    "capacity": room.capacity,
                    "features": list(room.features),
                }
                for room in programme.ROOMS
            ],
            "slots": slots,
        },
    )


async def _make_archive(organiser: Door, footage: Footage) -> None:
    """Make a meeting of the past, with its film and transcript, once."""
    started_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)
    try:
        await organiser.post(
            "/api/v1/meetings",
            {
                "title": programme.ARCHIVE_TITLE,
                "slug": "first-walk",
                "purpose": programme.ARCHIVE_PURPOSE,
                "starts_at": started_at.isoformat(),
                "demonstration": True,
                "rooms": [{"name": "On the quay"}],
                "slots": [],
            },
        )
    except DoorError:
        return  # it is there from an earlier demonstration
    rooms = "/api/v1/meetings/first-walk/rooms/on-the-quay"
    film = await asyncio.to_thread(Path(footage.path).read_bytes)
    await organiser.put(
        f"{rooms}/recording",
        film,
        media_type="video/mp4",
        starts_at=started_at.isoformat(),
    )
    await organiser.put(
        f"{rooms}/transcript",
        _captions(footage.lines, 0.0),
        media_type="text/vtt",
        starts_at=started_at.isoformat(),
    )
    await organiser.command("first-walk", "meeting.end")


async def _broadcast(
    organiser: Door, slug: str, room: dict[str, Any], footage: Footage, ffmpeg: str
) -> None:
    """Publish the film over RTMP, over and over, and caption what was said."""
    ingest = room["ingest"]
    target = f"{ingest['rtmp_url'].rstrip('/')}/{ingest['stream_key']}"
    program = await Program.start(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-re",
            "-stream_loop", "-1", "-i", footage.path,
            "-c", "copy", "-f", "flv", target,
        ],
        name=f"demo.{room['slug']}",
    )  # fmt: skip
    started_at = datetime.now(UTC)
    logger.info("%s is on air.", room["name"])
    try:
        await _caption(organiser, slug, room, footage, started_at)
    finally:
        await program.stop()


async def _caption(
    organiser: Door,
    slug: str,
    room: dict[str, Any],
    footage: Footage,
    started_at: datetime,
) -> None:
    sent = 0
    while True:
        await asyncio.sleep(CAPTION_SECONDS)
        elapsed = (datetime.now(UTC) - started_at).total_seconds()
        lines = _said(footage, elapsed)
        if len(lines) == sent:
            continue
        sent = len(lines)
        try:
            await organiser.put(
                f"/api/v1/meetings/{slug}/rooms/{room['slug']}/transcript",
                _captions(lines, 0.0),
                media_type="text/vtt",
                starts_at=started_at.isoformat(),
            )
        except DoorError as error:
            logger.info("demo captions of %s refused: %s", room["slug"], error)


def _said(footage: Footage, elapsed: float) -> list[Spoken]:
    """Return what was said after so many seconds of the film's loop."""
    said = []
    turn = 0
    while turn * footage.seconds < elapsed:
        shift = turn * footage.seconds
        said += [
            Spoken(
                line.start_seconds + shift,
                line.end_seconds + shift,
                line.speaker,
                line.text,
            )
            for line in footage.lines
            if line.end_seconds + shift <= elapsed
        ]
        turn += 1
    return said


def _captions(lines: list[Spoken], shift: float) -> bytes:
    cues = [
        Cue(
            start_seconds=line.start_seconds + shift,
            end_seconds=line.end_seconds + shift,
            text=line.text,
            speaker=line.speaker,
        )
        for line in lines
    ]
    return render(cues, "vtt")
