"""Rehearsals: private copies of meetings that are deleted whole, leaving no trace.

A rehearsal is a meeting like any other, so that what is practised is what will be
used: rooms, times, prepared items and the team with what it may do. It is in no list
and no search. With borrowed keys, encoders and cameras that are set up for the meeting
send to the rehearsal until it ends. It ends by hand or after a day; what was begun to
be deleted is deleted at the next start if the process dies.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from folkmoot.core.commands import (
    GrantDuty,
    OpenMeeting,
    PreparedMarker,
    PrepareMarkers,
)
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.feeds import PUBLIC, STAFF
from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.gateway.copying import copy_meeting
from folkmoot.journal import Accepted
from folkmoot.store import catalogue, people
from folkmoot.store import rehearsals as rows
from folkmoot.store.erasing import erase_meeting, jobs_of
from folkmoot.store.rehearsals import Rehearsal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    import sqlalchemy as sa

    from folkmoot.gateway.identity import Identity
    from folkmoot.gateway.principals import Access
    from folkmoot.gateway.socket import Gateway
    from folkmoot.journal import Journal
    from folkmoot.media.director import Director
    from folkmoot.media.ingest.films import Films
    from folkmoot.media.webcast import Webcast
    from folkmoot.store.database import Database
    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

LOOK_SECONDS = 300.0
_ORGANISE = frozenset({"organise"})


class Rehearsals:
    """Begins rehearsals and ends them."""

    def __init__(
        self,
        *,
        journal: Journal,
        database: Database,
        identity: Identity,
        gateway: Gateway,
        webcast: Webcast,
        director: Director,
        imports: Path,
        films: Films,
        tasks: TaskOwner,
        clock: Callable[[], datetime],
    ) -> None:
        """`imports` is the folder of films that wait to be imported."""
        self._journal = journal
        self._database = database
        self._identity = identity
        self._gateway = gateway
        self._webcast = webcast
        self._director = director
        self._imports = imports
        self._films = films
        self._tasks = tasks
        self._clock = clock
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Go on with what runs, end what is due, and look again from time to time."""
        for rehearsal in await self._database.read(rows.list_rehearsals):
            if not rehearsal.ending:
                await self._lend_keys(rehearsal)
        _ = self._tasks.start(self._run(), name="rehearsals")

    async def begin(self, access: Access, *, borrow: bool = False) -> str:
        """Make a meeting's rehearsal and return its address part.

        Raises `Refusal`: `not_allowed`, `rehearsal_runs`, `is_rehearsal`,
        `on_air` where keys are to be borrowed from a room that is on air.
        """
        if not access.actor.facilitates:
            raise Refusal("not_allowed", "Only who runs the broadcast may rehearse.")
        async with self._turn:
            state = (await self._journal.snapshot(access.meeting_id, PUBLIC)).state
            await self._need_place(access.meeting_id)
            rooms = state["rooms"].values()
            if borrow and any(r["channel"] == "on" and r["connected"] for r in rooms):
                raise Refusal(
                    "on_air", "A room is on air: its encoder can’t be borrowed now."
                )
            rehearsal = await self._make(access, state, borrow=borrow)
            await self._take_team_along(access.meeting_id, rehearsal.meeting_id)
            await self._take_items_along(access.meeting_id, rehearsal.meeting_id)
            # The director opens the rooms by itself; keys wait for it.
            await self._lend_keys(rehearsal)
        place = await self._identity.find_place(rehearsal.meeting_id)
        return place.slug

    async def end(self, access: Access) -> str:
        """Delete a rehearsal whole; return the address part of what it rehearsed.

        Raises `Refusal`: `not_allowed`, and `not_a_rehearsal` for real meetings.
        """
        rehearsal = await self.find(access.meeting_id)
        if rehearsal is None:
            raise Refusal("not_a_rehearsal", "This is no rehearsal: it stays.")
        if not access.actor.facilitates:
            raise Refusal("not_allowed", "Only who runs the broadcast may end it.")
        async with self._turn:
            await self._erase(rehearsal)
        real = rehearsal.of_meeting_id
        row = await self._database.read(lambda c: catalogue.meeting_by_id(c, real))
        return row.slug if row is not None else ""

    async def find(self, meeting_id: str) -> Rehearsal | None:
        """Return what a meeting rehearses; None for a real one."""
        return await self._database.read(lambda c: rows.rehearsal_by_id(c, meeting_id))

    # --- beginning ---------------------------------------------------------

    async def _need_place(self, meeting_id: str) -> None:
        def read(connection: sa.Connection) -> tuple[bool, bool]:
            return (
                rows.rehearsal_of(connection, meeting_id) is not None,
                rows.rehearsal_by_id(connection, meeting_id) is not None,
            )

        runs, is_one = await self._database.read(read)
        if runs:
            raise Refusal("rehearsal_runs", "A rehearsal of this meeting runs already.")
        if is_one:
            raise Refusal("is_rehearsal", "This is a rehearsal itself.")

    async def _make(
        self, access: Access, state: Mapping[str, Any], *, borrow: bool
    ) -> Rehearsal:
        title = str((state["content"] or {}).get("title") or "Meeting")
        now = self._clock()
        wanted = msgspec.structs.replace(
            copy_meeting(
                state,
                slug=f"rehearsal-{random_text(8)}",
                title=f"Rehearsal: {title}"[:200],
                starts_at=now,
            ),
            visibility="private",
            on_air="by_hand",
        )
        made: list[Rehearsal] = []

        def note(connection: sa.Connection, meeting_id: str) -> None:
            rehearsal = Rehearsal(
                meeting_id=meeting_id,
                of_meeting_id=access.meeting_id,
                borrows=borrow,
                began_at=now,
            )
            rows.add_rehearsal(connection, rehearsal)
            made.append(rehearsal)

        actor = Actor(member_id=None, name=access.actor.name, duties=_ORGANISE)
        await self._journal.create_meeting(wanted, actor=actor, also=note)
        (rehearsal,) = made
        await self._journal.submit(rehearsal.meeting_id, OpenMeeting(), actor=actor)
        return rehearsal

    async def _take_team_along(self, real: str, copy: str) -> None:
        """Whoever has a duty in the meeting has it in the rehearsal."""
        staff = (await self._journal.snapshot(real, STAFF)).state
        rooms = await self._pair_rooms(real, copy)
        members = await self._database.read(lambda c: people.members_of(c, real))
        for member in members:
            for duty in staff.get("duties", {}).get(member.member_id, {}):
                name, colon, scope = duty.partition(":")
                if colon and scope not in rooms:
                    continue  # a host's session isn't there
                await self._grant(
                    copy, member, f"{name}:{rooms[scope]}" if colon else duty
                )

    async def _grant(self, copy: str, member: people.Member, duty: str) -> None:
        wanted = people.Member(
            member_id=f"b_{random_text(12)}",
            meeting_id=copy,
            person_id=member.person_id,
            name=member.name,
            created_at=self._clock(),
        )
        here = await self._database.run(lambda c: people.add_member(c, wanted))
        command = GrantDuty(member_id=here.member_id, duty=duty)
        answer = await self._journal.submit(copy, command, actor=SYSTEM)
        if not isinstance(answer, Accepted):
            logger.warning("meeting=%s duty=%s not given", copy, duty)

    async def _take_items_along(self, real: str, copy: str) -> None:
        """What was prepared to be marked is there to be practised with."""
        staff = (await self._journal.snapshot(real, STAFF)).state
        rooms = await self._pair_rooms(real, copy)
        actor = Actor(member_id=None, name="", duties=_ORGANISE)
        for room_id, prepared in staff.get("prepared", {}).items():
            items = (prepared.get("content") or {}).get("items") or []
            if room_id not in rooms or not items:
                continue
            command = PrepareMarkers(
                room_id=rooms[room_id],
                items=msgspec.convert(items, list[PreparedMarker]),
            )
            await self._journal.submit(copy, command, actor=actor)

    async def _pair_rooms(self, real: str, copy: str) -> dict[str, str]:
        """Return the rehearsal's rooms by those of the meeting."""

        def read(connection: sa.Connection) -> dict[str, str]:
            ids = {r.slug: r.room_id for r in catalogue.rooms_of(connection, copy)}
            return {
                room.room_id: ids[room.slug]
                for room in catalogue.rooms_of(connection, real)
                if room.slug in ids
            }

        return await self._database.read(read)

    async def _lend_keys(self, rehearsal: Rehearsal) -> None:
        if not rehearsal.borrows:
            return
        real, copy = rehearsal.of_meeting_id, rehearsal.meeting_id
        for room_id, borrower in (await self._pair_rooms(real, copy)).items():
            await self._webcast.lend_key((real, room_id), (copy, borrower))

    # --- ending ------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            for rehearsal in await self._database.read(rows.list_rehearsals):
                if rehearsal.ending or rehearsal.began_at + rows.LASTS <= self._clock():
                    try:
                        async with self._turn:
                            await self._erase(rehearsal)
                    except Exception:  # the others end, and this one the next time
                        logger.exception("rehearsal=%s stays", rehearsal.meeting_id)
            await asyncio.sleep(LOOK_SECONDS)

    async def _erase(self, rehearsal: Rehearsal) -> None:
        meeting_id = rehearsal.meeting_id
        if await self.find(meeting_id) is None:
            return  # somebody else was quicker
        await self._database.run(lambda c: rows.note_ending(c, meeting_id))
        try:
            place = await self._identity.find_place(meeting_id)
        except Refusal:
            place = None
        self._gateway.expel(meeting_id)
        self._director.forget(meeting_id)
        bodies = await self._database.read(lambda c: jobs_of(c, meeting_id))
        await self._webcast.forget_meeting(meeting_id)
        await self._journal.erase(
            meeting_id,
            lambda c: erase_meeting(c, meeting_id, since=rehearsal.began_at),
        )
        files = [str(body["file"]) for body in bodies.values() if "file" in body]
        await asyncio.to_thread(_unlink, self._imports, files)
        await self._films.forget_meeting(meeting_id)
        # What was being written when the channels closed.
        await self._webcast.forget_meeting(meeting_id)
        if place is not None:
            self._identity.forget_place(place)
        logger.info("rehearsal=%s is deleted", meeting_id)


def _unlink(folder: Path, files: list[str]) -> None:
    for file in files:
        (folder / file).unlink(missing_ok=True)
