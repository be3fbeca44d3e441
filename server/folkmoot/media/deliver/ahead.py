"""Has an edge fetch a part before its viewers hear of it.

An edge such as nginx lets one request for a part through and has all others wait for
it, and those look again only after a fixed time (`proxy_cache_lock_timeout`). When a
part is whole, a thousand viewers ask for it within some 30 ms, most of them before
the first was answered: they lose 100 ms each, and where the edge is too busy to have
the part by then, all of them ask us. So we ask the edge first, as a viewer would.
"""

from __future__ import annotations

import asyncio
import logging
import re
from urllib.parse import urlsplit

from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 0.05
"""How long viewers may have to wait for the edge to have a part."""
REST_SECONDS = 5.0
"""How long an edge is left alone that didn't answer."""
_GIVE_UP_SECONDS = 2.0
_MOST_AT_ONCE = 8
_LIMIT = 1 << 20  # of what a stream reader holds, in bytes: a part in one go
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]{1,9})\r\n")

_Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Ahead:
    """Asks the edge at `url`, such as `http://127.0.0.1:8079`, for parts."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url = url
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._name = parts.netloc
        self._idle: list[_Line] = []
        self._tasks = TaskOwner()
        self._asking = 0
        self._rests_until = 0.0

    async def bring(self, path: str) -> None:
        """Return when the edge has what is at `path`, or it takes too long."""
        now = asyncio.get_running_loop().time()
        if now < self._rests_until or self._asking >= _MOST_AT_ONCE:
            return
        # It goes on where it takes longer: the edge may still have it in time.
        asking = self._tasks.start(self._ask(path), name="edge.ahead")
        await asyncio.wait({asking}, timeout=LONGEST_SECONDS)

    async def aclose(self) -> None:
        """Ask no more, and close the connections."""
        await self._tasks.aclose()
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _ask(self, path: str) -> None:
        self._asking += 1
        try:
            async with asyncio.timeout(_GIVE_UP_SECONDS):
                await self._fetch(path)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            loop = asyncio.get_running_loop()
            self._rests_until = loop.time() + REST_SECONDS
            logger.warning(
                "edge=%s did not fetch a part ahead: %s; see [media] edge_url",
                self._url,
                str(error) or type(error).__name__,
            )
        finally:
            self._asking -= 1

    async def _fetch(self, path: str) -> None:
        line = self._take_idle() or await self._connect()
        reader, writer = line
        try:
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {self._name}\r\n"
                "User-Agent: folkmoot\r\n\r\n".encode()
            )
            head = await _read_answer(reader)
        except BaseException:
            writer.close()
            raise
        if b"\r\nconnection: close\r\n" in head.lower():
            writer.close()
        else:
            self._idle.append(line)

    def _take_idle(self) -> _Line | None:
        """A kept connection that the edge hasn't closed."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None

    async def _connect(self) -> _Line:
        reader, writer = await asyncio.open_connection(
            self._host, self._port, limit=_LIMIT
        )
        return reader, writer


async def _read_answer(reader: asyncio.StreamReader) -> bytes:
    """Read a whole answer; return its head. Raises `ValueError` if it isn't 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if length is None or not head.startswith(b"HTTP/1.1 200 "):
        raise ValueError(head.partition(b"\r\n")[0].decode("ascii", "replace"))
    await reader.readexactly(int(length[1]))
    return head
