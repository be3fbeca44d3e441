from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from folkmoot.media.encode.process import Limits, Program, ProgramGone
from tests.media.publishing import run, until_gone

SERVER = Path(__file__).parents[2] / "server"


async def start(script: str, **options: object) -> Program:
    argv = [sys.executable, "-c", script]
    return await Program.start(argv, name="fake", **options)  # type: ignore[arg-type]


async def test_exit_code_and_last_words_are_kept() -> None:
    program = await start("import sys; sys.stderr.write('no disk\\n'); sys.exit(3)")
    assert await program.wait() == 3
    assert program.exit_code == 3
    assert program.tail == ("no disk",)


async def test_program_that_is_not_there_ends_with_127() -> None:
    code, _, tail = await run("/nowhere/ffmpeg")
    assert code == 127
    assert tail == ("/nowhere/ffmpeg: No such file or directory",)


async def test_only_the_last_lines_are_kept() -> None:
    program = await start(
        "import sys\nfor n in range(99): sys.stderr.write(f'line {n}\\n')\n"
        "sys.stderr.write('x' * 100_000)"
    )
    await program.wait()
    assert len(program.tail) == 50
    assert program.tail[0] == "line 50"
    assert len(program.tail[-1]) <= 4096


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("rtmp://host/live/SECRET", "rtmp://host/live/***"),
        ("http://me:SECRET@host/x", "http://***@host/x"),
        ("https://host/x?token=SECRET&y=1", "https://host/x?token=***&y=1"),
        ("https://host/push/SECRET", "https://host/push/***"),
        ("https://host/a/push/SECRET?x=1", "https://host/a/push/***?x=1"),
    ],
)
async def test_credentials_are_taken_out_of_last_words(word: str, kept: str) -> None:
    program = await start(f"import sys; sys.stderr.write('open {word}: failed')")
    await program.wait()
    assert program.tail[0].startswith(f"open {kept}")
    assert "SECRET" not in program.tail[0]


async def test_input_and_output_pass_through() -> None:
    program = await start(
        "import sys; sys.stdout.write(sys.stdin.read().upper())", capture=True
    )
    await program.write(b"hello")
    await program.close_input()
    assert await program.output.read() == b"HELLO"
    assert await program.wait() == 0


async def test_writing_to_an_ended_program_says_so() -> None:
    program = await start("import sys; sys.stderr.write('gone home'); sys.exit(1)")
    await program.wait()
    with pytest.raises(ProgramGone, match="gone home"):
        await write_much(program)


async def test_input_that_nobody_reads_ends_without_an_error() -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, each: told.append(each))
    program = await start("import time; time.sleep(60)")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await write_much(program)
    with suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await program.close_input()
    await program.stop()
    assert told == []


async def test_stopping_is_gentle_first() -> None:
    program = await start(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True); time.sleep(60)",
        capture=True,
    )
    await program.output.readline()
    assert await program.stop() == 7
    assert await program.stop() == 7


async def test_deaf_program_is_killed_with_its_children() -> None:
    program = await start(
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = os.fork()\n"
        "if child: print(child, flush=True)\n"
        "time.sleep(60)",
        capture=True,
    )
    child = int(await program.output.readline())
    assert await program.stop(gentle_seconds=0.05) == -signal.SIGKILL
    await until_gone(child)


async def test_limits_hold() -> None:
    program = await start(
        "import os, resource as r\n"
        "print(os.nice(0), r.getrlimit(r.RLIMIT_AS)[0], r.getrlimit(r.RLIMIT_CPU)[0])",
        capture=True,
        limits=Limits(niceness=3, memory_bytes=1 << 31, cpu_seconds=9),
    )
    niceness, memory, cpu = (await program.output.read()).split()
    await program.wait()
    assert int(niceness) == min(19, os.nice(0) + 3)
    assert (int(memory), int(cpu)) == (1 << 31, 9)


async def test_pipes_are_passed_on() -> None:
    reading, writing = os.pipe()
    program = await start(
        f"import os; os.write({writing}, b'through')", pass_fds=[writing]
    )
    os.close(writing)
    assert await program.wait() == 0
    assert await asyncio.to_thread(os.read, reading, 99) == b"through"
    os.close(reading)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux to send the signal")
async def test_program_dies_with_a_killed_server() -> None:
    server = await start(
        "import asyncio, sys\n"
        f"sys.path.insert(0, {str(SERVER)!r})\n"
        "from folkmoot.media.encode.process import Program\n"
        "async def main():\n"
        "    argv = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "    program = await Program.start(argv, name='child')\n"
        "    print(program.pid, flush=True)\n"
        "    await program.wait()\n"
        "asyncio.run(main())",
        capture=True,
    )
    child = int(await server.output.readline())
    os.kill(child, 0)  # it runs
    os.kill(server.pid, signal.SIGKILL)
    await server.wait()
    await until_gone(child)


async def write_much(program: Program) -> None:
    for _ in range(9):
        await program.write(bytes(1 << 16))
