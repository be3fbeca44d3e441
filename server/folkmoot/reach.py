"""Reach the service from the command line: the running one, else one of our own.

Every command speaks the outside contract over HTTP. Where nobody serves the
data directory, a private service is started on loopback for the command's
length, so there is one code path and one set of rules.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from folkmoot.datadir import DataDir
    from folkmoot.settings import Settings

BLOCK_BYTES = 1 << 20


class ServiceSaidNo(Exception):
    """The service refused; the message is for the person at the keyboard."""


class Service:
    """The outside contract with the admin token."""

    def __init__(self, base_url: str, http: aiohttp.ClientSession) -> None:
        self.base_url = base_url
        self._http = http

    async def get(self, path: str, **query: str) -> Any:
        """GET JSON. Raises `ServiceSaidNo`."""
        async with self._http.get(self.base_url + path, params=query) as answer:
            return await _read(answer)

    async def delete(self, path: str) -> None:
        """DELETE. Raises `ServiceSaidNo`."""
        async with self._http.delete(self.base_url + path) as answer:
            if answer.status != 204:
                await _read(answer)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """POST JSON. Raises `ServiceSaidNo`."""
        async with self._http.post(self.base_url + path, json=body) as answer:
            return await _read(answer)

    async def press(self, path: str, **fields: str) -> None:
        """POST a form, as a mail program does for its reader. Raises `ServiceSaidNo`."""
        async with self._http.post(self.base_url + path, data=fields) as answer:
            if answer.status >= 400:
                raise ServiceSaidNo(f"{answer.reason} ({answer.status})")

    async def put_file(
        self,
        path: str,
        file: Path,
        *,
        media_type: str,
        query: dict[str, str],
        on_bytes: Callable[[int], None],
        start: int = 0,
        upload_id: str | None = None,
    ) -> Any:
        """PUT a file in blocks, telling `on_bytes` how many went. Raises.

        With `upload_id` the service keeps what came if the connection breaks, and
        `start` says with which byte to go on.
        """

        async def blocks() -> AsyncIterator[bytes]:
            with await asyncio.to_thread(file.open, "rb") as source:
                source.seek(start)
                while block := await asyncio.to_thread(source.read, BLOCK_BYTES):
                    yield block
                    on_bytes(len(block))

        size = (await asyncio.to_thread(file.stat)).st_size
        headers = {
            "Content-Type": media_type,
            "Content-Length": str(size - start),
            "X-File-Name": file.name.encode("ascii", "replace").decode(),
        }
        if upload_id is not None and size:
            headers["Upload-Id"] = upload_id
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        async with self._http.put(
            self.base_url + path, data=blocks(), params=query, headers=headers
        ) as answer:
            return await _read(answer)

    async def push(self, path: str, chunks: AsyncIterator[bytes]) -> None:
        """POST a stream without end. Raises `ServiceSaidNo`."""
        async with self._http.post(self.base_url + path, data=chunks) as answer:
            await _read(answer)

    async def kept_bytes(self, path: str, upload_id: str) -> int:
        """Return how much of an upload the service has. Raises."""
        headers = {"Upload-Id": upload_id}
        async with self._http.get(self.base_url + path, headers=headers) as answer:
            return int((await _read(answer))["offset"])

    async def follow(
        self, path: str, body: dict[str, Any]
    ) -> AsyncIterator[dict[str, Any]]:
        """POST and yield the lines of JSON as the work goes on. Raises."""
        async with self._http.post(self.base_url + path, json=body) as answer:
            if answer.status >= 400:
                await _read(answer)
            async for line in answer.content:
                yield json.loads(line)

    async def download(
        self, path: str, file: Path, on_bytes: Callable[[int], None]
    ) -> None:
        """GET into a file. Raises `ServiceSaidNo`."""
        async with self._http.get(self.base_url + path) as answer:
            if answer.status >= 400:
                await _read(answer)
            with file.open("wb") as out:
                async for block in answer.content.iter_chunked(BLOCK_BYTES):
                    out.write(block)
                    on_bytes(len(block))


@asynccontextmanager
async def reach_service(
    data: DataDir,
    settings: Settings,
    start_private: Callable[[Settings, DataDir], Awaitable[PrivateService]],
) -> AsyncIterator[Service]:
    """Yield the running service, or a private one for as long as needed."""
    running = data.running()
    private = None if running else await start_private(settings, data)
    base_url = running.url if running else private.url if private else ""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
    headers = {"Authorization": f"Bearer {data.admin_token()}"}
    try:
        async with aiohttp.ClientSession(
            headers=headers,
            timeout=timeout,
            # A certificate for the public name doesn't fit the loopback address.
            connector=aiohttp.TCPConnector(ssl=False),
        ) as http:
            yield Service(base_url, http)
    except aiohttp.ClientError as error:
        raise ServiceSaidNo(f"The service at {base_url} is gone: {error}") from error
    finally:
        if private is not None:
            await private.aclose()


class PrivateService:
    """A service on loopback for one command; made by `serving.start_private`."""

    def __init__(self, url: str, close: Callable[[], Awaitable[None]]) -> None:
        self.url = url
        self._close = close

    async def aclose(self) -> None:
        """End it."""
        await self._close()


async def _read(answer: aiohttp.ClientResponse) -> Any:
    text = await answer.text()
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        body = {"detail": text[:300]}
    if answer.status >= 400:
        said = body.get("detail") or body.get("title") or answer.reason
        raise ServiceSaidNo(f"{said} ({answer.status})")
    return body
