"""Private database and cache servers for tests, on free loopback ports."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import psycopg
import redis

START_SECONDS = 60.0
STOP_SECONDS = 15.0


class ServerFailed(RuntimeError):
    """A server that did not start; the message holds its last words."""


def free_port() -> int:
    """Return a loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Server:
    """One process with its own directory; `start` and `stop` may repeat."""

    def __init__(self, name: str) -> None:
        # Not pytest's tmp_path: another user must be able to enter it, and a
        # socket's path may not be longer than 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix=f"folkmoot-{name}-", dir="/tmp"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start and wait until it answers; raises `ServerFailed`."""
        log = self.home / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self._argv(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.home,
                **self._identity(),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ServerFailed(log.read_text(errors="replace")[-2000:])
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End it, gently first; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(self._stop_signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def remove(self) -> None:
        """Stop it and delete its directory."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    _stop_signal = 15

    def _argv(self) -> list[str]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError

    def _identity(self) -> dict[str, object]:
        return {}


class RedisServer(_Server):
    """A Redis that remembers nothing."""

    def __init__(self, program: str) -> None:
        super().__init__("redis")
        self._program = program

    @property
    def url(self) -> str:
        """Its address, the same after every restart."""
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Forget everything."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def _argv(self) -> list[str]:
        listen = ["--bind", "127.0.0.1", "--port", str(self.port)]
        return [self._program, *listen, "--save", "", "--appendonly", "no"]

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


class PostgresServer(_Server):
    """A PostgreSQL cluster without fsync, run by a user that isn't root."""

    _stop_signal = 2  # "fast": ends open connections

    def __init__(self, programs: Path) -> None:
        super().__init__("postgres")
        self._user = _unprivileged_user() if os.geteuid() == 0 else None
        self._programs = self._readable(programs)
        self._data = self.home / "data"
        if self._user is not None:
            os.chown(self.home, self._user.pw_uid, self._user.pw_gid)
        self._create_cluster()

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction in the maintenance database."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _create_cluster(self) -> None:
        argv = [str(self._programs / "initdb"), "-D", str(self._data)]
        argv += ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self.home,
            check=False,
            **self._identity(),
        )
        if done.returncode:
            raise ServerFailed((done.stdout + done.stderr).decode(errors="replace"))

    def _argv(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.home),
            "fsync": "off",
            "max_connections": "200",
        }
        argv = [str(self._programs / "postgres"), "-D", str(self._data)]
        argv += ["-p", str(self.port)]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        return argv

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _identity(self) -> dict[str, object]:
        if self._user is None:
            return {}
        return {
            "user": self._user.pw_uid,
            "group": self._user.pw_gid,
            "extra_groups": [],
            "env": {**os.environ, "HOME": str(self.home)},
        }

    def _readable(self, programs: Path) -> Path:
        """`programs`, or a copy where the other user can't reach them."""
        if self._user is None or str(programs).startswith("/usr/"):
            return programs
        # The programs look for their libraries beside the package, so the copy
        # has the same shape: package/pginstall/bin and package.libs.
        package = programs.parents[1]
        copy = self.home / "site"
        install = programs.relative_to(package.parent).parent
        shutil.copytree(package.parent / install, copy / install, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        return copy / install / programs.name


def _unprivileged_user() -> pwd.struct_passwd:
    """Return the user to run PostgreSQL as: initdb refuses root."""
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
