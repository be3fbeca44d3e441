"""A thin line that breaks: so many bits a second upwards, and cut when asked to."""

from __future__ import annotations

import asyncio

_STEP_SECONDS = 0.05


class SlowLine:
    """Stands before a server; all connections share the line's rate upwards."""

    def __init__(self, port: int, *, kbits: int) -> None:
        self.url = ""
        self.sent_bytes = 0
        self.cuts = 0
        self._port = port
        self._bytes_per_step = int(kbits * 1_000 / 8 * _STEP_SECONDS)
        self._turn = asyncio.Lock()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take connections on a free port."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """End every connection."""
        self.cut()
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection without a farewell."""
        self.cuts += 1
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, forth}
        self._open |= ends
        try:
            ways = [
                asyncio.ensure_future(self._up(reader, forth)),
                asyncio.ensure_future(_pass(back, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            # Broken lines are what this is for.
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(self._bytes_per_step):
            async with self._turn:
                await asyncio.sleep(_STEP_SECONDS * len(data) / self._bytes_per_step)
            self.sent_bytes += len(data)
            writer.write(data)
            await writer.drain()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
