"""How soon a move of a card stands on every screen while many act at once.

500 screens follow a meeting; 20 commands a second are sent at fixed times, whether
or not the ones before are answered: half of them moves of cards, half posts. A
delay is from the moment a command was due until a screen has its entry.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.bench.fanout_bench import (
    Organiser,
    allow_many_files,
    clients_argv,
    python_argv,
    running,
)
from tests.bench.report import Figure, Say, spread

SCREENS = 500
A_SECOND = 20
SECONDS = 20


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return how soon moves and posts are everywhere."""
    allow_many_files()
    seconds = 5 if quick else SECONDS
    say(f"board: {SCREENS} screens, {A_SECOND} commands a second for {seconds} s")
    delays = _delays(seconds * A_SECOND)
    return [
        spread(
            "board",
            f"{what}, to {SCREENS} screens",
            found,
            unit="ms",
            note=f"{A_SECOND} commands a second, from due until there",
        )
        for what, found in delays.items()
    ]


def _delays(count: int) -> dict[str, list[float]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(python_argv("fanout_service", folder)) as service,
    ):
        url = service.hear()
        token = Path(folder) / "admin-token"
        maker = Organiser(url, token)
        _, places = maker.make()
        # A card to each mover, so that each of its moves is one entry.
        movers = [Organiser(url, token, client_id=f"mover-{n}") for n in range(10)]
        cards = [
            maker.give("session.propose", {"title": f"Card {n}"})["data"]["session_id"]
            for n in range(2)
        ]
        head = maker.give("contribution.post", {"text": "last before"})["seq"]
        with running(clients_argv(url.rpartition(":")[2], SCREENS)) as clients:
            assert clients.hear() == "ready"
            clients.say(f"each {count}")
            assert clients.hear() == "counting"
            sent = _send(movers, cards, places, count)
            told = json.loads(clients.hear())
    assert told["lost"] == 0
    delays: dict[str, list[float]] = {"a moved card": [], "a contribution": []}
    for seq, (what, due) in sent.items():
        for arrivals in told["arrivals"]:
            delays[what].append((arrivals[seq - head - 1] - due) * 1000)
    return delays


def _send(
    movers: list[Organiser],
    cards: list[str],
    places: list[dict[str, str]],
    count: int,
) -> dict[int, tuple[str, float]]:
    """Send commands at their times; return what stands under each number, and when."""
    sent: dict[int, tuple[str, float]] = {}
    free = {mover: threading.Lock() for mover in movers}
    began = time.monotonic() + 0.5

    def act(number: int) -> None:
        due = began + number / A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        mover = movers[number % len(movers)]
        with free[mover]:
            what, answer = _act(mover, cards, places, number)
        sent[answer["seq"]] = (what, due)

    with ThreadPoolExecutor(A_SECOND) as pool:
        for future in [pool.submit(act, number) for number in range(count)]:
            future.result()
    assert len(sent) == count
    return sent


def _act(
    mover: Organiser, cards: list[str], places: list[dict[str, str]], number: int
) -> tuple[str, dict[str, Any]]:
    if number % 2:
        return "a contribution", mover.give("contribution.post", {"text": f"{number}"})
    # The two cards keep to places of their own, and none stays where it stands.
    turn = number // 2
    card, step = turn % 2, turn // 2
    place = places[card * 5 + step % 5]
    data = {"session_id": cards[card], **place}
    return "a moved card", mover.give("session.place", data)
