"""The demonstration's people: they propose, post, support and say "I would come"."""

from __future__ import annotations

import asyncio
import logging
import random
from itertools import cycle
from typing import TYPE_CHECKING, Any

from folkmoot.demo import programme
from folkmoot.demo.door import Door, DoorError

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)


class Crowd:
    """Everyone in the demonstration, each with an identity of their own."""

    def __init__(self, base_url: str, slug: str, *, organiser: Door) -> None:
        self._base_url = base_url
        self._slug = slug
        self._organiser = organiser
        self._doors: dict[str, Door] = {}
        self._sessions: list[str] = []
        self._posts: list[str] = []
        # The same people do the same things at every demonstration.
        self._chance = random.Random(7)  # noqa: S311 (not a secret)

    async def aclose(self) -> None:
        """Send everyone home."""
        for door in self._doors.values():
            await door.aclose()

    async def arrive(self) -> None:
        """Everyone joins under their name."""
        for name in programme.PEOPLE:
            async with Door(self._base_url) as visitor:
                joined = await visitor.post(
                    f"/api/v1/meetings/{self._slug}/join", {"name": name}
                )
            self._doors[name] = Door(self._base_url, joined["token"])

    async def fill_board(self, room_ids: list[str], slot_ids: list[str]) -> None:
        """Propose and place the sessions; say who would come."""
        for session in programme.SESSIONS:
            made = await self._door(session.host).command(
                self._slug,
                "session.propose",
                title=session.title,
                pitch=session.pitch,
                wants=session.wants,
            )
            self._sessions.append(made["session_id"])
            if session.place is not None:
                room, time = session.place
                await self._organiser.command(
                    self._slug,
                    "session.place",
                    session_id=made["session_id"],
                    room_id=room_ids[room],
                    slot_id=slot_ids[time],
                )
        for door in self._doors.values():
            wanted = self._chance.sample(self._sessions, k=self._chance.randint(2, 5))
            for session_id in wanted:
                await self._try(
                    door, "session.interest", session_id=session_id, level=1
                )

    async def fill_threads(self) -> None:
        """Post what was said before the visitor came."""
        for post in programme.POSTS:
            await self._post(post)
        for door in self._doors.values():
            for post_id in self._chance.sample(self._posts, k=3):
                await self._try(
                    door, "contribution.support", contribution_id=post_id, level=1
                )

    async def go_on(self) -> None:
        """Act like people in a meeting, now and then, until cancelled."""
        later = cycle(programme.LATER_POSTS)
        written = 0
        while True:
            await asyncio.sleep(self._chance.uniform(3, 9))
            door = self._chance.choice(list(self._doors.values()))
            action = self._chance.random()
            if action < 0.2 and written < 40:
                written += 1
                await self._post(next(later))
            elif action < 0.6:
                await self._try(
                    door,
                    "contribution.support",
                    contribution_id=self._chance.choice(self._posts),
                    level=self._chance.choice((0, 1, 1)),
                )
            else:
                await self._try(
                    door,
                    "session.interest",
                    session_id=self._chance.choice(self._sessions),
                    level=self._chance.choice((0, 1, 1)),
                )

    async def _post(self, post: programme.DemoPost) -> None:
        thread = (
            "meeting"
            if post.session is None
            else f"session:{self._sessions[post.session]}"
        )
        about: Mapping[str, Any] = (
            {"on_behalf_of": post.on_behalf_of} if post.on_behalf_of else {}
        )
        post_id = await self._say(
            post.author, thread=thread, kind=post.kind, text=post.text, **about
        )
        if post_id is None:
            return
        for author, text in post.replies:
            await self._say(
                author, thread=thread, kind="note", text=text, reply_to=post_id
            )

    async def _say(self, author: str, **data: Any) -> str | None:
        made = await self._try(self._door(author), "contribution.post", **data)
        if made is None:
            return None
        self._posts.append(made["contribution_id"])
        return self._posts[-1]

    async def _try(
        self, door: Door, kind: str, /, **data: Any
    ) -> dict[str, Any] | None:
        """Give a command; a visitor may have changed the meeting, so no is fine."""
        try:
            return await door.command(self._slug, kind, **data)
        except DoorError as error:
            logger.info("demo command=%s refused: %s", kind, error)
            return None

    def _door(self, name: str) -> Door:
        return self._doors[name]
