"""The service's doors on a fresh SQLite: `python -m tests.bench.fanout_service DIR`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from tests.gateway.house import open_house


async def serve(data_dir: Path) -> None:
    async with open_house(data_dir) as house:
        print(house.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1])))
