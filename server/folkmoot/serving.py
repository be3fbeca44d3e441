"""Run the application: bind, say where it is, serve, end in time.

Ends on SIGTERM or SIGINT within ten seconds with nothing lost: the door closes
first, then channels end their takes, then the journal and the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from folkmoot.app import build_app
from folkmoot.keys import IDENTITY, RTMP_URL
from folkmoot.media.deliver.ahead import Ahead
from folkmoot.media.deliver.express import ExpressSite
from folkmoot.media.deliver.routes import DELIVERY
from folkmoot.media.encode.process import Program
from folkmoot.reach import PrivateService
from folkmoot.settings import SettingsError
from folkmoot.tasks import TaskOwner
from folkmoot.telemetry import set_up_logging

if TYPE_CHECKING:
    from folkmoot.datadir import DataDir
    from folkmoot.settings import Settings

logger = logging.getLogger(__name__)

# aiohttp waits this long for handlers (blocked playlists, long polls) to end.
SHUTDOWN_SECONDS = 3.0

# A store thread that has read a row waits at most so long for the loop to let go
# of the interpreter. Python's 5 ms, once a statement, are half of a busy commit.
SWITCH_SECONDS = 0.001

# Objects made between two looks for cycles, and how many looks until older ones.
GC_THRESHOLDS = (20_000, 20, 20)

# glibc's: at most so many heaps, and what is larger gets pages of its own, which go
# back at once. Left alone, it keeps a heap for each thread and never gives back what
# large bodies (a meeting's state as JSON) leave between small ones: 160 of 340 MB.
MALLOC_TRIM_THRESHOLD, MALLOC_MMAP_THRESHOLD, MALLOC_ARENA_MAX = -1, -3, -8
ALLOCATOR = {
    MALLOC_ARENA_MAX: 2,
    MALLOC_MMAP_THRESHOLD: 256 * 1024,
    MALLOC_TRIM_THRESHOLD: 1024 * 1024,
}

Say = Callable[[str], None]


def serve_until_stopped(
    settings: Settings, data: DataDir, *, say: Say, demo: bool = False
) -> None:
    """Serve until SIGTERM or SIGINT. Raises `DataDirInUse`."""
    data.make()
    data.claim()
    set_up_logging(settings.log)
    _allow_many_files()
    _give_memory_back()
    try:
        _run(_serve(settings, data, say=say, demo=demo))
    finally:
        data.release()


def _allow_many_files() -> None:
    """Take as many sockets as the system lets us: each viewer has two."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 (not on every platform)

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _give_memory_back() -> None:
    """Have what large texts took given back: a long day must not cost ever more."""
    mallopt = (
        getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    )
    if mallopt is None:  # another library's allocator, with other faults
        return
    for name, value in ALLOCATOR.items():
        mallopt(name, value)


def _run(work: object) -> None:
    try:
        import uvloop  # noqa: PLC0415 (not on every platform)
    except ImportError:
        asyncio.run(work)  # type: ignore[arg-type]
    else:
        uvloop.run(work)  # type: ignore[arg-type]


async def _serve(settings: Settings, data: DataDir, *, say: Say, demo: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with _site(settings, data) as (app, local_url, public_url):
        _calm_collector()
        sys.setswitchinterval(SWITCH_SECONDS)
        data.note_running(local_url)
        say(f"Folkmoot is at {public_url}/")
        link = await app[IDENTITY].make_sign_in_link(public_url)
        if (rtmp_url := app.get(RTMP_URL)) is not None:
            say(f"Encoders publish to {rtmp_url} with a room's stream key.")
        say(f"Sign in as staff (once, within 24 hours): {link}")
        async with contextlib.AsyncExitStack() as stack:
            if demo:
                say("A demonstration is being prepared; it is on air in a minute.")
                await stack.enter_async_context(_demonstration(local_url, data))
            await stopped.wait()
        say("Ending …")


def _calm_collector() -> None:
    """Let the collector pass over what stays for good.

    A look at 140,000 objects of the imports alone stops every viewer for 80 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


@contextlib.asynccontextmanager
async def _site(
    settings: Settings, data: DataDir, *, private: bool = False
) -> AsyncIterator[tuple[web.Application, str, str]]:
    """Yield the running application, its address here and its public address."""
    context = None if private else _tls(settings)
    sock = _bind(
        "127.0.0.1" if private else settings.server.host,
        0 if private else settings.server.port,
    )
    scheme = "https" if context else "http"
    host, port = sock.getsockname()[:2]
    local_url = f"{scheme}://127.0.0.1:{port}"
    public_url = settings.server.public_url.rstrip("/") or (
        f"{scheme}://{_shown(host)}:{port}"
    )
    try:
        app = await build_app(settings, data, public_url=public_url, private=private)
    except BaseException:
        sock.close()
        raise
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=SHUTDOWN_SECONDS,
        # A viewer who leaves ends its blocked playlist or long poll.
        handler_cancellation=True,
    )
    await runner.setup()
    try:
        edge = settings.media.edge_url
        site = ExpressSite(
            runner,
            sock,
            delivery=app[DELIVERY],
            ahead=Ahead(edge) if edge and not private else None,
            ssl_context=context,
        )
        await site.start()
        yield app, local_url, public_url
    finally:
        await runner.cleanup()


async def start_private(settings: Settings, data: DataDir) -> PrivateService:
    """Serve on loopback for one command: no RTMP, no sign-in link."""
    data.make()
    data.claim()
    stack = contextlib.AsyncExitStack()
    stack.callback(data.release)
    try:
        _, url, _ = await stack.enter_async_context(_site(settings, data, private=True))
    except BaseException:
        await stack.aclose()
        raise
    return PrivateService(url, stack.aclose)


@contextlib.asynccontextmanager
async def _demonstration(local_url: str, data: DataDir) -> AsyncIterator[None]:
    """Run the demonstration's process beside this one."""
    os.environ["DEMO_TOKEN"] = data.admin_token()
    os.environ["DEMO_FOLDER"] = str(data.path / "demo")
    program = await Program.start(
        [sys.executable, "-m", "folkmoot.demo", local_url], name="demo"
    )
    tasks = TaskOwner()
    _ = tasks.start(_watch(program), name="demo.watch")
    try:
        yield
    finally:
        await tasks.aclose()
        await program.stop()


async def _watch(program: Program) -> None:
    """Say why the demonstration has ended, if it does before we do."""
    code = await program.wait()
    logger.error("the demonstration has ended with %d", code)
    for line in program.tail:
        logger.error("%s", line)


def _bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises `SettingsError` with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise SettingsError(
            f"Port {port} on {host} can't be had ({error.strerror}). "
            "Choose another with --port."
        ) from error
    sock.setblocking(False)
    return sock


def _shown(host: str) -> str:
    return "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host  # noqa: S104


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.server.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.server.tls_cert, settings.server.tls_key)
    except OSError as error:  # SSLError is one too
        raise SettingsError(
            f"The certificate {settings.server.tls_cert} or its key "
            f"can't be used ({error.strerror})."
        ) from error
    return context
