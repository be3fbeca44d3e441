"""A meeting with two rooms, two times and a few people, for tests of rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from folkmoot.core import commands as cmd
from folkmoot.core.decision import SYSTEM, Actor
from folkmoot.core.events import AnyEvent, kind_of
from folkmoot.core.feeds import member_feed
from tests.core.play import START, Play

ANN = Actor("b_ann", "Ann")
BEN = Actor("b_ben", "Ben")
CAT = Actor("b_cat", "Cat")
DAN = Actor("b_dan", "Dan")
FACILITATOR = Actor("b_fay", "Fay", frozenset({"facilitate"}))
MODERATOR = Actor("b_mod", "Mo", frozenset({"moderate"}))
ORGANISER = Actor("b_org", "Ola", frozenset({"organise"}))
ADMIN = Actor(None, "Admin", frozenset({"organise"}))


class Square(Play):
    """Opened, with rooms "plenary" and "small" and two hours of times."""

    def __init__(self, **more: Any) -> None:
        super().__init__()
        self.do(
            cmd.CreateMeeting(
                title="Square",
                slug="square",
                rooms=[cmd.RoomSpec(name="Plenary"), cmd.RoomSpec(name="Small")],
                slots=[self.hour(1), self.hour(2)],
                **more,
            )
        )
        self.do(cmd.OpenMeeting(), ORGANISER)
        self.rooms = list(self.full.rooms)
        self.slots = list(self.full.slots)

    @staticmethod
    def hour(number: int) -> cmd.SlotSpec:
        starts_at = START + timedelta(hours=number)
        return cmd.SlotSpec(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))

    def propose(self, title: str, actor: Actor = ANN, **more: Any) -> str:
        made = self.do(cmd.ProposeSession(title=title, **more), actor)
        return str(made.data["session_id"])

    def place(
        self,
        session_id: str,
        room: int = 0,
        slot: int = 0,
        actor: Actor = FACILITATOR,
        expect: int | None = None,
    ) -> dict[str, Any]:
        command = cmd.PlaceSession(
            session_id=session_id, room_id=self.rooms[room], slot_id=self.slots[slot]
        )
        return self.do(command, actor, expect=expect).data

    def want(self, session_id: str, *actors: Actor) -> None:
        for actor in actors:
            self.do(cmd.SetInterest(session_id=session_id, level=1), actor)

    def post(self, text: str, actor: Actor = ANN, **more: Any) -> str:
        made = self.do(cmd.PostContribution(text=text, **more), actor)
        return str(made.data["contribution_id"])

    def story(self, text: str, actor: Actor = ANN, **terms: Any) -> str:
        """Return a story that the team has read and its author has released."""
        key = self.post(text, actor, kind="story")
        self.do(cmd.PublishContribution(contribution_id=key), MODERATOR)
        self.do(cmd.ReleaseConsent(contribution_id=key, **terms), actor)
        return key

    def told(self, actor: Actor) -> list[tuple[str, str]]:
        """Return what a member was told: kind and session."""
        feed = self.feeds.get(member_feed(actor.member_id or ""), [])
        return [(e.kind, e.session_id) for e, _ in feed if kind_of(e) == "Noticed"]  # type: ignore[union-attr]

    def events(self, feed: str) -> list[AnyEvent]:
        return [event for event, _ in self.feeds.get(feed, [])]

    def title(self, session_id: str) -> str:
        return str(self.shown(session_id)["title"])

    def shown(self, session_id: str) -> dict[str, Any]:
        return self.text(self.full.sessions[session_id].content_id)


__all__ = ["SYSTEM", "Square"]
