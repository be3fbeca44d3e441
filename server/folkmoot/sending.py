"""Send a film to the service, going on where the connection broke."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import aiohttp

from folkmoot.media.encode.process import Program
from folkmoot.media.ingest.reading import plan_reading

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.ingest.reading import Film
    from folkmoot.reach import Service

RESUMES = 5
FIRST_PAUSE_SECONDS = 1.0
_READ_BYTES = 1 << 16


async def send_film(
    service: Service,
    path: str,
    file: Path,
    *,
    query: dict[str, str],
    on_bytes: Callable[[int], None],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Any:
    """PUT a film; after a break go on, at most `RESUMES` times.

    The same file given again within a day goes on as well. `on_bytes` is told how
    many more bytes the service has, less than none where some were lost. Raises
    `ServiceSaidNo`, and the last `aiohttp.ClientError` where nothing helped.
    """
    size, upload_id = await asyncio.to_thread(_name, file)
    told = 0

    def tell(count: int) -> None:
        nonlocal told
        told += count
        on_bytes(count)

    for resumed in range(RESUMES + 1):
        try:
            kept = await service.kept_bytes(f"{path}/upload", upload_id)
            # One byte at least has to go, for the answer that all are there.
            start = max(0, min(kept, size - 1))
            tell(start - told)
            return await service.put_file(
                path,
                file,
                media_type="video/mp4",
                query=query,
                on_bytes=tell,
                start=start,
                upload_id=upload_id,
            )
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
            if resumed == RESUMES:
                raise
            await pause(FIRST_PAUSE_SECONDS * 2**resumed)
    raise AssertionError("unreachable")


async def publish_films(
    service: Service,
    path: str,
    films: Sequence[Film],
    *,
    ffmpeg: str,
    loop: bool = False,
) -> None:
    """Push films in real time, one after the other; each is a publication.

    A single film that loops goes on as one. Raises `ServiceSaidNo`.
    """
    endless = loop and len(films) == 1
    while True:
        for film in films:
            argv = plan_reading(ffmpeg, film, real_time=True, endless=endless)
            reading = await Program.start(argv, name="publish.read", capture=True)
            try:
                await reading.close_input()
                await service.push(path, _read_all(reading))
            finally:
                await reading.stop()
        if not loop:
            return


async def _read_all(reading: Program) -> AsyncIterator[bytes]:
    while data := await reading.output.read(_READ_BYTES):
        yield data


def _name(file: Path) -> tuple[int, str]:
    """Return a file's size and a name for its upload; a changed file has another."""
    told = file.stat()
    named = f"{file.resolve()}\n{told.st_size}\n{told.st_mtime_ns}"
    return told.st_size, hashlib.sha256(named.encode()).hexdigest()[:40]
