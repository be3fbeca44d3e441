"""Two facilitators drag the same card at once: nothing is lost, one order for all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.core.play import Play
from tests.core.wire_fold import fold
from tests.gateway.house import Person, Socket, open_house

DRAGS = 200
HOURS = [
    {"starts_at": f"2026-05-04T{n:02d}:00:00Z", "ends_at": f"2026-05-04T{n:02d}:50:00Z"}
    for n in range(9, 13)
]


@dataclass
class Mover:
    """A facilitator with the card in hand, who knows it as it stood a moment ago."""

    person: Person
    socket: Socket
    version: int = 1
    moved: int = 0
    refused: int = 0

    async def drag(self, session_id: str, place: dict[str, str]) -> None:
        """Drag the card to a place.

        What is refused says how the card stands now, and that is what the next
        drag starts from: as a person does who is shown both versions.
        """
        data = {"session_id": session_id, **place}
        request = self.person.request("session.place", expect=self.version, **data)
        answer = await self.socket.call("command", {"meeting": "moot", **request})
        if answer["ok"]:
            self.moved += "version" in answer["data"]
            self.version = answer["data"].get("version", self.version)
        else:
            assert answer["code"] == "outdated"
            assert answer["data"]["seen"] == self.version < answer["data"]["version"]
            self.version = answer["data"]["version"]
            self.refused += 1


async def test_two_who_drag_one_card_leave_one_order_on_every_screen(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        made = await house.make(rooms=[{"name": "A"}, {"name": "B"}], slots=HOURS)
        invite = await house.invite("facilitate")
        secret = invite["url"].rpartition("/")[2]
        ann, ben = [
            await house.join(name=name, invite=secret) for name in ("Ann", "Ben")
        ]
        session_id = (await ann.give("session.propose", title="Card"))["data"][
            "session_id"
        ]
        places = [
            {"room_id": room["id"], "slot_id": slot["id"]}
            for slot in made["slots"]
            for room in made["rooms"]
        ]
        screens = [await house.open_socket() for _ in range(3)]
        starts = [await screen.join() for screen in screens]
        ann_drags, ben_drags = [
            Mover(person, await house.open_socket(person.token))
            for person in (ann, ben)
        ]
        for number in range(DRAGS):
            here, there = places[number % 8], places[-1 - number % 8]
            both = [ann_drags.drag(session_id, here), ben_drags.drag(session_id, there)]
            # At once, and in turn the first: else one of them never got through.
            await asyncio.gather(*(both if number % 2 else reversed(both)))
        moves = ann_drags.moved + ben_drags.moved
        assert min(ann_drags.moved, ben_drags.moved) > 0
        assert ann_drags.refused + ben_drags.refused > 0
        _, state, _ = await house.ask("GET", "/api/v1/meetings/moot/state")
        stands = state["state"]["sessions"][session_id]
        assert stands["version"] == 1 + moves
        orders = []
        for screen, start in zip(screens, starts, strict=True):
            await screen.wait_for("entry", moves)
            entries = [*start["entries"], *_entries(screen)]
            numbers = [entry["seq"] for entry in entries]
            assert numbers == list(range(1, state["seq"] + 1))
            orders.append([e["data"] for e in entries if e["kind"] == "SessionPlaced"])
            folded = fold(Play().snapshot("public"), entries)["sessions"][session_id]
            assert (folded["room_id"], folded["slot_id"], folded["version"]) == (
                stands["room_id"],
                stands["slot_id"],
                stands["version"],
            )
        assert orders[0] == orders[1] == orders[2]
        assert [move["version"] for move in orders[0]] == list(range(2, 2 + moves))


def _entries(screen: Socket) -> list[dict[str, Any]]:
    return [e for e in screen.told["entry"] if e["feed"] == "public"]
