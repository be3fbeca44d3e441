"""The clients of this process: who is behind a connection, and what it follows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from folkmoot.gateway.lines import Line
    from folkmoot.gateway.principals import Principal


class Client:
    """One connection: a principal, its line, and the feeds it follows."""

    def __init__(self, sid: str, line: Line, principal: Principal) -> None:
        self.sid = sid
        self.line = line
        self.principal = principal
        self.follows: set[tuple[str, str]] = set()
        # Meetings that are followed by one of their members, with which member.
        self.member_of: dict[str, str] = {}
        # Meetings that it shows on a big screen.
        self.screens: set[str] = set()
        self.waiting_commands = 0
        # Commands of one client are decided in the order in which it sent them.
        self.order = asyncio.Lock()

    @property
    def who(self) -> str:
        """The person, or the connection of a visitor."""
        return self.principal.person_id or self.sid

    def meetings(self) -> set[str]:
        """Return the ids of the meetings that are followed."""
        return {meeting_id for meeting_id, _ in self.follows}


class Clients:
    """All connections of this process by Socket.IO's session id."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._clients.values()))

    def add(self, client: Client) -> None:
        """Add a connection."""
        self._clients[client.sid] = client

    def find(self, sid: str) -> Client | None:
        """Return a connection, if it still is one."""
        return self._clients.get(sid)

    def remove(self, sid: str) -> Client | None:
        """Remove a connection and return it."""
        return self._clients.pop(sid, None)

    def token_hashes(self) -> set[str]:
        """Return the tokens by which somebody is connected."""
        return {
            client.principal.token_hash
            for client in self._clients.values()
            if client.principal.token_hash is not None
        }
