"""A journal with one meeting, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.journal import Accepted, ClientStamp, Journal

ANN = Actor("b_ann", "Ann")
BEN = Actor("b_ben", "Ben")
MOD = Actor("b_mod", "Mo", frozenset({"moderate"}))
ORG = Actor("b_org", "Ola", frozenset({"organise"}))

CREATION = cmd.CreateMeeting(
    title="Square", slug="square", rooms=[cmd.RoomSpec(name="Plenary")]
)


@dataclass
class Meeting:
    """A meeting in a journal."""

    journal: Journal
    meeting_id: str

    async def do(self, command: cmd.Command, actor: Actor = ANN, **more: Any) -> Any:
        return await self.journal.submit(self.meeting_id, command, actor=actor, **more)

    async def post(self, text: str, actor: Actor = ANN, **more: Any) -> str:
        answer = await self.do(cmd.PostContribution(text=text, **more), actor)
        assert isinstance(answer, Accepted), answer
        return str(answer.data["contribution_id"])

    async def feed(self, feed: str = "public", after: int = 0) -> list[dict[str, Any]]:
        page = await self.journal.entries(self.meeting_id, feed, after=after)
        return page.entries

    async def state(self, feed: str = "public") -> dict[str, Any]:
        return (await self.journal.snapshot(self.meeting_id, feed)).state


async def make_meeting(journal: Journal, **changes: Any) -> Meeting:
    fields = {name: getattr(CREATION, name) for name in CREATION.__struct_fields__}
    made = await journal.create_meeting(
        cmd.CreateMeeting(**{**fields, **changes}), actor=SYSTEM
    )
    return Meeting(journal, made.meeting_id)


def stamp(client_seq: int, *, member: str = "b_ann", client: str = "x") -> ClientStamp:
    return ClientStamp(member, client, client_seq)
