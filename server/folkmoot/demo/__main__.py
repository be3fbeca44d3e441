"""`python -m folkmoot.demo URL`: the demonstration's own process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

from folkmoot.demo.stage import run_demo


async def main() -> None:
    """Run until SIGTERM, SIGINT or the parent's end."""
    here = asyncio.current_task()
    if here is None:
        raise RuntimeError("main runs as a task")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, here.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await run_demo(
            sys.argv[1],
            os.environ["DEMO_TOKEN"],
            Path(os.environ["DEMO_FOLDER"]),
        )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="demo: %(message)s")
    asyncio.run(main())
