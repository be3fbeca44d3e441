"""What no test may do: leave something running, block the loop, leave the machine.

Autouse fixtures, imported by `conftest.py`.
"""

from __future__ import annotations

import asyncio
import inspect
import ipaddress
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from blockbuster import blockbuster_ctx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# engine.io starts its ping task outside any owner and never waits for it.
LASTING_TASKS = ("_send_ping",)
THREAD_END_SECONDS = 5.0


class NetworkForbidden(RuntimeError):
    """A test tried to reach something that isn't this machine."""


def _refuse_foreign_hosts(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple):
            _check_host(str(address[0]))
    elif event == "socket.getaddrinfo" and arguments[0] is not None:
        host = arguments[0]
        _check_host(host.decode() if isinstance(host, bytes) else str(host))


def _check_host(host: str) -> None:
    if host in {"", "localhost", "localhost.localdomain", "0.0.0.0", "::"}:
        return
    try:
        loopback = ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NetworkForbidden(f"Tests may not reach {host}.")


def install_network_guard() -> None:
    """Refuse every connection of this process but to loopback, for good."""
    # An audit hook, not a monkeypatch: it also sees libraries that kept their own
    # reference to `socket.connect`.
    sys.addaudithook(_refuse_foreign_hosts)


def is_async(request: pytest.FixtureRequest) -> bool:
    """Whether the test runs on an event loop."""
    function = getattr(request.node, "obj", None)
    # Hypothesis wraps the coroutine function in one that isn't.
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return inspect.iscoroutinefunction(inner)


@pytest.fixture(autouse=True)
def guard_threads() -> Iterator[None]:
    """Fail a test that leaves a thread."""
    before = set(threading.enumerate())
    yield
    left = [
        thread
        for thread in threading.enumerate()
        # AnyIO, execnet and Playwright keep workers of their own for the session.
        if thread not in before and not isinstance(thread, threading._DummyThread)
    ]
    for thread in left:
        thread.join(THREAD_END_SECONDS)
    names = [thread.name for thread in left if thread.is_alive()]
    if names:
        pytest.fail(f"Threads left over: {names}", pytrace=False)


@pytest.fixture(autouse=True)
def guard_tasks(guard_threads: None, request: pytest.FixtureRequest) -> None:
    """Watch the loop of tests that have one; see `watched_loop`."""
    if is_async(request):
        request.getfixturevalue("watched_loop")


@pytest.fixture
async def watched_loop() -> AsyncIterator[None]:
    """Fail a test that leaves a task or an error nobody awaited."""
    loop = asyncio.get_running_loop()
    problems: list[str] = []
    loop.set_exception_handler(
        lambda _, context: problems.append(
            f"{context['message']}: {context.get('exception')!r}"
        )
    )
    before = asyncio.all_tasks()
    yield
    left = await _tasks_after(before)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    problems += [f"task left over: {task!r}" for task in left]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


async def _tasks_after(before: set[asyncio.Task[Any]]) -> list[asyncio.Task[Any]]:
    """Tasks that are still there after those already ending had their turns."""
    for _ in range(20):
        left = [task for task in asyncio.all_tasks() - before if not _may_last(task)]
        left = [task for task in left if task is not asyncio.current_task()]
        if not left:
            break
        await asyncio.sleep(0)
    return left


def _may_last(task: asyncio.Task[Any]) -> bool:
    name = getattr(task.get_coro(), "__qualname__", "")
    return name.rpartition(".")[2] in LASTING_TASKS


@pytest.fixture(autouse=True)
def guard_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which our code blocks its event loop."""
    if not is_async(request):
        yield
        return
    with blockbuster_ctx("folkmoot") as blockbuster:
        for function in blockbuster.functions.values():
            # Start-up may read files: nobody is connected yet.
            function.can_block_in("folkmoot/app.py", {"build_app"})
        yield
