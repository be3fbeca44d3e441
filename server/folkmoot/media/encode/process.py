"""Outside programs: limited, in their own process group, never left over."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

_CONFINE = str(Path(__file__).with_name("confine.py"))
_KEPT_LINES = 50
_LINE_BYTES = 4096
_LAST_WORDS_SECONDS = 1.0
_CREDENTIALS = (
    (re.compile(r"(\w+://)[^/\s@]+@"), r"\1***@"),
    (re.compile(r"(rtmps?://[^/\s]+/[^/\s]+/)[^\s'\"]+"), r"\1***"),
    (re.compile(r"(https?://[^\s'\"]+/push/)[^\s'\"?:]+"), r"\1***"),
    (re.compile(r"([?&](?:token|key|secret|password)=)[^&\s'\"]+"), r"\1***"),
)


class ProgramGone(Exception):
    """The program ended while we still had something for it."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a program may take; 0 means no limit."""

    niceness: int = 0
    memory_bytes: int = 0
    cpu_seconds: int = 0


class Program:
    """One running program; make it with `Program.start`.

    Its standard input takes `write`; `output` reads its standard output where
    that was asked for. The last 50 lines of its standard error are kept, with
    credentials removed.
    """

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self.name = name
        self._process = process
        self._tail: deque[str] = deque(maxlen=_KEPT_LINES)
        self._tasks = TaskOwner()
        self._reader = self._tasks.start(self._keep_stderr(), name=f"{name}.stderr")
        self._stopped = False

    @classmethod
    async def start(
        cls,
        argv: Sequence[str],
        *,
        name: str,
        limits: Limits | None = None,
        pass_fds: Sequence[int] = (),
        capture: bool = False,
    ) -> Program:
        """Start `argv`; call it from the event loop's thread.

        `pass_fds` are inherited under the same numbers; with `capture` the
        standard output can be read. A program that can't be started ends with
        exit code 127 and says why in its tail.
        """
        process = await asyncio.create_subprocess_exec(
            *_confined(argv, limits or Limits()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE if capture else asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
        logger.debug("program=%s pid=%d started", name, process.pid)
        return cls(process, name)

    @property
    def pid(self) -> int:
        """The program's process and process group id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs, negative after a signal."""
        return self._process.returncode

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines of its standard error, oldest first."""
        return tuple(self._tail)

    @property
    def output(self) -> asyncio.StreamReader:
        """Its standard output, if it was started with `capture`."""
        if self._process.stdout is None:
            raise ValueError(f"The output of {self.name} is not captured.")
        return self._process.stdout

    async def write(self, data: bytes) -> None:
        """Give it bytes; wait while it is slow. Raises `ProgramGone`."""
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            raise ProgramGone(self._epitaph())
        try:
            stdin.write(data)
            await stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise ProgramGone(self._epitaph()) from None

    async def close_input(self) -> None:
        """Let it read the end of its input. Idempotent.

        What it has not read yet still reaches it; `wait` says when it has ended.
        """
        # Not waited for: a `wait_closed` that a timeout cuts off makes asyncio fail
        # when the pipe does close.
        if self._process.stdin is not None:
            self._process.stdin.close()
            await asyncio.sleep(0)

    async def wait(self) -> int:
        """Its exit code as soon as it has ended and its tail is whole."""
        code = await self._process.wait()
        # A grandchild may hold the pipe open: its words are not worth the wait.
        await asyncio.wait((self._reader,), timeout=_LAST_WORDS_SECONDS)
        await self._tasks.aclose()
        return code

    async def stop(self, *, gentle_seconds: float = 2.0) -> int:
        """End it: terminate, then kill the whole group. Idempotent."""
        if self._stopped:
            return await self.wait()
        self._stopped = True
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(gentle_seconds):
                code = await self._process.wait()
                logger.debug("program=%s ended with %d", self.name, code)
        except TimeoutError:
            logger.warning("program=%s pid=%d killed", self.name, self.pid)
        finally:
            self._signal(signal.SIGKILL)  # children that outlived it, too
        if self._process.stdin is not None:
            self._process.stdin.close()
        return await self.wait()

    def kill(self) -> None:
        """Kill it and its children at once; `wait` and `stop` work as ever."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    async def _keep_stderr(self) -> None:
        stderr = self._process.stderr
        if stderr is None:
            return
        rest = b""
        while chunk := await stderr.read(_LINE_BYTES):
            *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
            self._tail.extend(_clean(line) for line in lines if line.strip())
            rest = rest[-_LINE_BYTES:]
        if rest.strip():
            self._tail.append(_clean(rest))

    def _epitaph(self) -> str:
        last = self._tail[-1] if self._tail else "no word"
        return f"{self.name} ended ({self.exit_code}): {last}"


def _confined(argv: Sequence[str], limits: Limits) -> list[str]:
    numbers = (os.getpid(), limits.niceness, limits.memory_bytes, limits.cpu_seconds)
    return [sys.executable, "-I", "-S", _CONFINE, *map(str, numbers), *argv]


def _clean(line: bytes) -> str:
    """One line fit for a log: no passwords, keys or tokens in it."""
    text = line.decode("utf-8", "replace").rstrip()
    for pattern, replacement in _CREDENTIALS:
        text = pattern.sub(replacement, text)
    return text
