"""Becomes another program after limiting it; run as a script, never imported.

Why a program of its own: `preexec_fn` runs Python between fork and exec, which
can deadlock in a process with threads. Standard library only, started with
`-I -S`, so that it costs some 15 ms.
"""

from __future__ import annotations

import os
import resource
import signal
import sys


def _die_with(parent: int) -> None:
    """Ask Linux to kill us when the server dies, even by `kill -9`.

    The trap: the signal comes when the *thread* that started us ends, so
    programs are started from the event loop's thread and from no other.
    """
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - not everywhere there is a libc to ask

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def _limit(kind: int, value: int) -> None:
    if value:
        resource.setrlimit(kind, (value, value))


def _become(arguments: list[str]) -> None:
    """Arguments: parent's pid, niceness, bytes of memory, CPU seconds, argv."""
    parent, niceness, memory_bytes, cpu_seconds = map(int, arguments[:4])
    _die_with(parent)
    os.nice(niceness)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    os.execvp(arguments[4], arguments[4:])  # noqa: S606 - this is its purpose


if __name__ == "__main__":
    try:
        _become(sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"{sys.argv[5]}: {error.strerror}\n")
        sys.exit(127)
