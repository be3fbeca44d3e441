"""The service as an outsider reaches it: JSON over HTTP, commands in order."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Any, Self

import aiohttp

from folkmoot.core.ids import random_text


class DoorError(Exception):
    """The service said no; the message is what it said."""


class Door:
    """One person (or the organiser) at the service's outside contract."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._base_url = base_url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = aiohttp.ClientSession(headers=headers)
        self._client_id = f"demo-{random_text(8)}"
        self._sent: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._http.close()

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """GET a JSON answer. Raises `DoorError`."""
        async with self._http.get(self._base_url + path, params=query) as answer:
            return await _read(answer)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST JSON. Raises `DoorError`."""
        async with self._http.post(self._base_url + path, json=body) as answer:
            return await _read(answer)

    async def put(
        self, path: str, body: bytes, *, media_type: str, **query: str
    ) -> dict[str, Any]:
        """PUT bytes. Raises `DoorError`."""
        async with self._http.put(
            self._base_url + path,
            data=body,
            params=query,
            headers={"Content-Type": media_type},
        ) as answer:
            return await _read(answer)

    async def command(
        self, slug: str, kind: str, /, *, expect: int | None = None, **data: Any
    ) -> dict[str, Any]:
        """Give a command; return what was made. Raises `DoorError` if refused."""
        self._sent[slug] += 1
        body: dict[str, Any] = {
            "client_id": self._client_id,
            "client_seq": self._sent[slug],
            "type": kind,
            "data": data,
        }
        if expect is not None:
            body["expect"] = expect
        answer = await self.post(f"/api/v1/meetings/{slug}/commands", body)
        if not answer.get("ok"):
            if answer.get("retry_after"):
                self._sent[slug] -= 1  # such an answer doesn't use the number up
            raise DoorError(str(answer.get("message", answer)))
        made: dict[str, Any] = answer.get("data") or {}
        return made


async def _read(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    body: dict[str, Any] = await answer.json(content_type=None)
    if answer.status >= 400:
        raise DoorError(f"{answer.status}: {body.get('detail') or body}")
    return body
