"""Planning over HTTP: who may ask, what is told, and that nobody is found out."""

from __future__ import annotations

from typing import Any

import pytest

from folkmoot.api.operations import MEETING
from tests.gateway.house import House, Person

PLAN = MEETING.format(slug="moot") + "/plan"


class Planned:
    """A board with two rooms, two times, three sessions and a crowd."""

    def __init__(self, house: House, made: dict[str, Any]) -> None:
        self.house = house
        self.rooms = [room["id"] for room in made["rooms"]]
        self.slots = [slot["id"] for slot in made["slots"]]
        self.host: Person
        self.facilitator: Person
        self.crowd: list[Person]
        self.sessions: list[str]

    async def join_as(self, duty: str, name: str) -> Person:
        invite = await self.house.invite(duty)
        secret = invite["url"].rsplit("/", 1)[1]
        return await self.house.join(name=name, invite=secret)

    async def costs(self, session_id: str, person: Person | None) -> tuple[int, Any]:
        token = person.token if person else None
        path = f"{PLAN}/costs?session={session_id}"
        status, answer, _ = await self.house.ask("GET", path, token=token)
        return status, answer

    async def suggest(
        self, person: Person | None, keep: str = "all"
    ) -> tuple[int, Any]:
        token = person.token if person else None
        path = f"{PLAN}/suggestion?keep={keep}"
        status, answer, _ = await self.house.ask("GET", path, token=token)
        return status, answer


@pytest.fixture
async def planned(house: House) -> Planned:
    made = await house.make("moot")
    planned = Planned(house, made)
    planned.facilitator = await planned.join_as("facilitate", "Fay")
    planned.host = await house.join(name="Hal")
    planned.crowd = [await house.join(name=f"P{n}") for n in range(4)]
    planned.sessions = []
    for title in ("Trees", "Trams", "Tea"):
        answer = await planned.host.give("session.propose", title=title)
        planned.sessions.append(answer["data"]["session_id"])
    for person in planned.crowd:
        for session_id in planned.sessions[:2]:
            await person.give("session.interest", session_id=session_id, level=1)
    placed = await planned.facilitator.give(
        "session.place",
        session_id=planned.sessions[0],
        room_id=planned.rooms[0],
        slot_id=planned.slots[0],
    )
    assert placed["ok"], placed
    return planned


async def test_facilitators_read_what_each_place_would_cost(planned: Planned) -> None:
    trees, trams, _ = planned.sessions
    status, told = await planned.costs(trams, planned.facilitator)
    assert status == 200
    assert (told["session_id"], told["expected"]) == (trams, 4)
    cells = {(c["room_id"], c["slot_id"]): c for c in told["cells"]}
    assert len(cells) == 4
    (hall, barn), (first, second) = planned.rooms, planned.slots
    taken = cells[hall, first]
    assert (taken["level"], taken["taken_by"], taken["lose"]) == ("no", trees, 4)
    beside = cells[barn, first]
    assert (beside["level"], beside["clashes"]) == ("bad", [trees])
    assert beside["words"] == (
        "A host is in “Trees” then. 4 people lose something here."
    )
    free = cells[barn, second]
    assert (free["level"], free["lose"], free["words"]) == (
        "good",
        None,
        "Nothing against it.",
    )


async def test_only_who_may_place_a_session_reads_its_costs(planned: Planned) -> None:
    session = planned.sessions[1]
    status, told = await planned.costs(session, planned.host)
    assert (status, told["expected"]) == (200, 4)
    for person in (planned.crowd[0], None):
        status, told = await planned.costs(session, person)
        assert (status, told["code"]) == (403, "not_allowed")
    rules = await planned.facilitator.give("board.rules", mode="facilitators")
    assert rules["ok"], rules
    status, told = await planned.costs(session, planned.host)
    assert (status, told["code"]) == (403, "not_allowed")
    status, told = await planned.costs("s_nowhere", planned.facilitator)
    assert (status, told["code"]) == (404, "no_such_session")


async def test_hidden_counts_are_not_told_to_hosts_in_another_form(
    planned: Planned,
) -> None:
    await planned.facilitator.give("board.rules", counts="hidden")
    _, told = await planned.costs(planned.sessions[1], planned.host)
    assert told["expected"] is None
    assert {cell["lose"] for cell in told["cells"]} == {None}
    assert {cell["outside"] for cell in told["cells"]} == {None}
    assert "people" not in " ".join(cell["words"] for cell in told["cells"])
    _, told = await planned.costs(planned.sessions[1], planned.facilitator)
    assert told["expected"] == 4


async def test_a_timetable_is_suggested_and_accepted(planned: Planned) -> None:
    status, told = await planned.suggest(planned.facilitator)
    assert status == 200, told
    assert (told["keep"], told["kept"], told["wishes"]) == ("all", 1, 8)
    ghosts = {ghost["session_id"]: ghost for ghost in told["ghosts"]}
    # All three have one host, so a third finds no time.
    assert set(ghosts) == {planned.sessions[1]}
    (over,) = told["left_over"]
    assert (over["session_id"], over["why"]) == (planned.sessions[2], "host_busy")
    ghost = ghosts[planned.sessions[1]]
    assert (ghost["slot_id"], ghost["why"]) == (planned.slots[1], "new")
    assert any("up to 4 people" in sentence for sentence in ghost["words"])
    move = {key: ghost[key] for key in ("session_id", "room_id", "slot_id")}
    answer = await planned.facilitator.give(
        "board.arrange", moves=[{**move, "expect": ghost["version"]}]
    )
    assert answer["ok"], answer
    _, told = await planned.suggest(planned.facilitator)
    assert (told["ghosts"], told["kept"]) == ([], 2)


async def test_a_closed_room_is_left_with_one_request(planned: Planned) -> None:
    warden = await planned.join_as("organise", "Wim")
    closed = await warden.give("room.close", room_id=planned.rooms[0], reason="Water")
    assert closed["ok"], closed
    _, told = await planned.suggest(planned.facilitator)
    moved = [g for g in told["ghosts"] if g["why"] == "room_closed"]
    assert [g["session_id"] for g in moved] == [planned.sessions[0]]
    assert moved[0]["room_id"] == planned.rooms[1]
    assert moved[0]["words"][0] == "Its place in Hall can’t be used any more."


async def test_only_facilitators_are_suggested_a_timetable(planned: Planned) -> None:
    for person in (planned.host, planned.crowd[0], None):
        status, told = await planned.suggest(person)
        assert (status, told["code"]) == (403, "not_allowed")
    status, told = await planned.suggest(planned.facilitator, keep="nothing")
    assert (status, told["code"]) == (422, "bad_query")


async def test_the_same_board_is_suggested_the_same_to_all(planned: Planned) -> None:
    second = await planned.join_as("facilitate", "Flo")
    for keep in ("all", "most", "none"):
        assert await planned.suggest(second, keep) == await planned.suggest(
            planned.facilitator, keep
        )


async def test_no_answer_names_a_voter(planned: Planned) -> None:
    told = str(await planned.suggest(planned.facilitator)) + str(
        await planned.costs(planned.sessions[0], planned.facilitator)
    )
    assert not [p.member_id for p in planned.crowd if p.member_id in told]
