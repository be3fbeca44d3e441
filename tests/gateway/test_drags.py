"""Two facilitators drag the same card at once: nothing is lost, one order for all."""

from __future__ import annotations

import asyncio
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


async def _drag(
    person: Person, socket: Socket, session_id: str, places: list[dict[str, str]]
) -> tuple[int, int]:
    """Drag the card to place after place; return how often it moved, how often not.

    What is refused says how the card stands now, and that is what the next drag
    starts from: as a person does who is shown both versions.
    """
    version, moved, refused = 1, 0, 0
    for number in range(DRAGS):
        place = places[number % len(places)]
        data = {"session_id": session_id, **place}
        request = person.request("session.place", expect=version, **data)
        answer = await socket.call("command", {"meeting": "moot", **request})
        if answer["ok"]:
            moved += "version" in answer["data"]
            version = answer["data"].get("version", version)
        else:
            assert answer["code"] == "outdated"
            assert answer["data"]["seen"] == version < answer["data"]["version"]
            version = answer["data"]["version"]
            refused += 1
    return moved, refused


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
        movers = [await house.open_socket(person.token) for person in (ann, ben)]
        (one, two) = await asyncio.gather(
            _drag(ann, movers[0], session_id, places),
            _drag(ben, movers[1], session_id, list(reversed(places))),
        )
        moves = one[0] + two[0]
        # Both got through, and they met: else this would test nothing.
        assert min(one[0], two[0]) > 0
        assert one[1] + two[1] > 0
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
