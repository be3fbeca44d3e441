"""What a command leads to: facts for feeds, texts for contents, grants and erasures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from folkmoot.core.events import AnyEvent, Fact, content_ids
from folkmoot.core.ids import IdSource

if TYPE_CHECKING:
    from collections.abc import Collection

    from folkmoot.core.talk.attachments import Upload


@dataclass(frozen=True)
class Actor:
    """Who acts: a member with its duties, or the service itself.

    `name` is what others see; `duties` are read from state, never from a token.
    """

    member_id: str | None
    name: str = ""
    duties: frozenset[str] = frozenset()
    system: bool = False
    # The table at which this was taken down from paper; None on a device of one's own.
    table: str | None = None

    @property
    def origin(self) -> dict[str, Any]:
        """What a text says of how it came here: nothing, or from paper and where."""
        if self.table is None:
            return {}
        return {"origin": {"way": "paper", "table": self.table}}

    @property
    def takes_down(self) -> bool:
        """Whether the actor may take down what others wrote on paper."""
        return self.facilitates or "table" in self.duties

    @property
    def organises(self) -> bool:
        """Whether the actor may change the meeting itself."""
        return self.system or "organise" in self.duties

    @property
    def facilitates(self) -> bool:
        """Whether the actor may run the board and the broadcast."""
        return self.organises or "facilitate" in self.duties

    @property
    def moderates(self) -> bool:
        """Whether the actor may publish and hide."""
        return self.facilitates or "moderate" in self.duties

    @property
    def reports(self) -> bool:
        """Whether the actor may write the live updates and reads their drafts."""
        return self.moderates or "report" in self.duties

    @property
    def staff(self) -> bool:
        """Whether the actor reads the staff feed."""
        return self.moderates


SYSTEM = Actor(member_id=None, name="Folkmoot", system=True)


@dataclass(frozen=True)
class Written:
    """A text and the item (session, contribution, room …) that it belongs to."""

    item_id: str
    text: dict[str, Any]


class Shelf(Protocol):
    """The texts that stand, as decisions may look at them."""

    def text(self, content_id: str) -> dict[str, Any]:
        """Return a text; empty if it was erased."""
        ...

    def read_texts(self, content_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return several texts by their ids, without those that were erased."""
        ...

    def written(self, item_id: str) -> list[str]:
        """Return the ids of every text ever written for an item and not erased."""
        ...

    def upload(self, attachment_id: str) -> Upload | None:
        """Return what was sent ahead under this id, whether adopted or not."""
        ...


@dataclass
class Decision:
    """Filled by a decision, written by the journal in one transaction.

    A fact's contents are granted to the fact's feed; `revoked` takes a grant
    back (hide), `erased` deletes the text itself (withdraw). `data` goes into
    the answer: ids of what was made.
    """

    now: datetime
    ids: IdSource
    facts: list[Fact] = field(default_factory=list)
    contents: dict[str, Written] = field(default_factory=dict)
    grants: list[tuple[str, str]] = field(default_factory=list)
    revoked: list[tuple[str, str]] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    # attachment id -> the item that it belongs to from now on
    adopted: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    def write(self, item_id: str, **text: Any) -> str:
        """Keep a text that belongs to an item and return its content id."""
        content_id = self.ids.new("k")
        self.contents[content_id] = Written(item_id, text)
        return content_id

    def include(self, other: Decision) -> None:
        """Take over all that another decision leads to."""
        self.facts.extend(other.facts)
        self.contents.update(other.contents)
        self.grants.extend(other.grants)
        self.revoked.extend(other.revoked)
        self.erased.extend(other.erased)
        self.adopted.update(other.adopted)

    def say(self, feed: str, event: AnyEvent) -> None:
        """Add a fact to a feed; its contents can be read there from now on."""
        self.facts.append(Fact(feed, event))
        self.grants.extend((cid, feed) for cid in content_ids(event).values())
