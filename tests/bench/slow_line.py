"""A line between a viewer and the server: each request comes later.

Passes bytes on as they are, in both directions and in order; what a client sends is
held back by 20 to 120 ms, and three of a hundred requests by 600 ms. A client sends
its next request on a connection only after the last answer, so to hold back what it
sends is to delay the answers, one by one.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

USUAL_SECONDS = (0.020, 0.120)
SLOW_SECONDS = 0.600
SLOW_SHARE = 0.03
_CHUNK = 65_536


@asynccontextmanager
async def slow_line(port: int, *, seed: int = 1) -> AsyncIterator[int]:
    """Stand before the server at `port`; give the port to use instead."""
    chance = random.Random(seed)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass(reader, up_writer, chance))
                group.create_task(_pass(up_reader, writer, None))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _pass(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    chance: random.Random | None,
) -> None:
    try:
        while data := await reader.read(_CHUNK):
            if chance is not None:
                await asyncio.sleep(draw_delay(chance))
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # one side went away
    finally:
        writer.close()


def draw_delay(chance: random.Random) -> float:
    """Return how long the next request waits, in seconds."""
    if chance.random() < SLOW_SHARE:
        return SLOW_SECONDS
    return chance.uniform(*USUAL_SECONDS)
