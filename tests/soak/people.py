"""People at sockets who post and support, and remember what they were told."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from typing import Any

import socketio
from socketio.exceptions import SocketIOError

ANSWER_SECONDS = 10.0
PAUSE_SECONDS = 5.0
RETRY_SECONDS = (0.2, 1.0)
AGAIN = 0.05  # share of answered commands that are sent once more
POSTS = 0.3  # share of commands that post; the others support


class Ledger:
    """What all people were promised, for a later look at what was kept."""

    def __init__(self) -> None:
        self.posted: dict[str, tuple[str, int]] = {}
        self.contributions: list[str] = []
        self.support: dict[tuple[str, str], int] = {}
        self.answer_seconds: list[float] = []
        self.surprises: list[str] = []
        self.commands = 0
        self.resent = 0


class Person:
    """One socket, one outbox: a command at a time, sent until it is answered."""

    def __init__(
        self,
        number: int,
        *,
        url: str,
        slug: str,
        token: str,
        ledger: Ledger,
        chance: random.Random,
        stopping: Callable[[], bool],
    ) -> None:
        self.name = f"Person {number}"
        self.token = token
        self.entries: list[tuple[int, str]] = []
        self.gaps = 0
        self.connects = 0
        self._number = number
        self._url = url
        self._slug = slug
        self._ledger = ledger
        self._chance = chance
        self._stopping = stopping
        self._client_id = os.urandom(6).hex()
        self._client_seq = 0
        self._pending: dict[str, Any] | None = None
        self._early: dict[int, str] = {}
        self._joined = False
        self._epoch: str | None = None

    @property
    def have(self) -> int:
        """The last entry of the public feed that this person has."""
        return self.entries[-1][0] if self.entries else 0

    async def run(self) -> None:
        """Take part until told to stop and all that was said is answered."""
        while not self._stopping() or self._pending is not None:
            client = socketio.AsyncClient(reconnection=False)
            client.on("entry", self._hear)
            try:
                await client.connect(
                    self._url, auth={"token": self.token}, transports=["websocket"]
                )
                self.connects += 1
                await self._join(client)
                await self._act(client)
            except (TimeoutError, SocketIOError, OSError):
                await asyncio.sleep(self._chance.uniform(*RETRY_SECONDS))
            finally:
                self._joined = False
                await client.disconnect()

    async def catch_up(self) -> None:
        """Read to the feed's end on a fresh line."""
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(
            self._url, auth={"token": self.token}, transports=["websocket"]
        )
        await self._join(client)
        await client.disconnect()

    # --- following ----------------------------------------------------------

    def _hear(self, entry: dict[str, Any]) -> None:
        if entry["feed"] == "public":
            self._early[entry["seq"]] = entry["kind"]
            if self._joined:
                self._take_in()

    def _take_in(self) -> None:
        while (seq := self.have + 1) in self._early:
            self.entries.append((seq, self._early.pop(seq)))
        self._early = {seq: k for seq, k in self._early.items() if seq > self.have}

    async def _join(self, client: socketio.AsyncClient) -> None:
        more = True
        while more:
            request = {"meeting": self._slug, "feed": "public", "after": self.have}
            if self._epoch is not None:
                request["epoch"] = self._epoch
            answer = await client.call("join", request, timeout=ANSWER_SECONDS)
            if not answer.get("ok") or answer.get("resync"):
                self._surprise(f"join after {self.have} answered {answer}")
                return
            self._epoch = answer["epoch"]
            for entry in answer["entries"]:
                self._early[entry["seq"]] = entry["kind"]
            self._take_in()
            more = answer["more"]
        self._joined = True

    # --- acting -------------------------------------------------------------

    async def _act(self, client: socketio.AsyncClient) -> None:
        while client.connected:
            if self._early:
                self.gaps += 1
                await self._join(client)
            if self._pending is None:
                if self._stopping():
                    return
                await asyncio.sleep(self._chance.expovariate(1 / PAUSE_SECONDS))
                self._pending = self._choose()
            else:
                self._ledger.resent += 1
            if client.connected:
                await self._send(client, self._pending)

    async def _send(self, client: socketio.AsyncClient, command: Any) -> None:
        began = time.monotonic()
        answer = await client.call("command", command, timeout=ANSWER_SECONDS)
        if answer.get("retry_after") is not None:
            await asyncio.sleep(float(answer["retry_after"]))
            return
        self._ledger.answer_seconds.append(time.monotonic() - began)
        self._pending = None
        self._note(command, answer)
        if answer["ok"] and self._chance.random() < AGAIN:
            again = await client.call("command", command, timeout=ANSWER_SECONDS)
            if again != answer:
                self._surprise(f"{command} answered {answer}, then {again}")

    def _choose(self) -> dict[str, Any]:
        self._client_seq += 1
        known = self._ledger.contributions
        if not known or self._chance.random() < POSTS:
            text = f"{self.name} says thing {self._client_seq}."
            kind, data = "contribution.post", {"thread": "meeting", "text": text}
            data["kind"] = "idea"
        else:
            kind = "contribution.support"
            liked = self._chance.choice(known[-40:])
            level = int(self._chance.random() < 0.8)
            data = {"contribution_id": liked, "level": level}  # type: ignore[dict-item]
        return {
            "meeting": self._slug,
            "client_id": self._client_id,
            "client_seq": self._client_seq,
            "type": kind,
            "data": data,
        }

    def _note(self, command: dict[str, Any], answer: dict[str, Any]) -> None:
        self._ledger.commands += 1
        if not answer["ok"] or answer.get("duplicate"):
            self._surprise(f"{command} answered {answer}")
            return
        data = command["data"]
        if command["type"] == "contribution.post":
            self._ledger.posted[data["text"]] = (answer["feed"], answer["seq"])
            self._ledger.contributions.append(answer["data"]["contribution_id"])
        else:
            self._ledger.support[(data["contribution_id"], self.name)] = data["level"]

    def _surprise(self, what: str) -> None:
        self._ledger.surprises.append(f"{self.name}: {what}"[:400])
