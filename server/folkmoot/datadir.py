"""The data directory: where things lie, whose it is now, how to reach its owner."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO

import msgspec

ADMIN_FILE = "admin-token"


class Running(msgspec.Struct, frozen=True):
    """The process that serves a data directory and its address on this machine."""

    pid: int
    url: str


class DataDirInUse(Exception):
    """Another process serves this data directory."""


class DataDirUnusable(Exception):
    """The data directory can't be made, read or written; the argument says why."""


class DataDir:
    """A data directory: `folkmoot.db`, `index/`, `media/`, `private/`, `models/`, `admin-token`.

    One process serves it at a time; the others reach that one at `running`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "folkmoot.db"
        self.index = path / "index"
        self.media = path / "media"
        self.private = path / "private"
        self.contents = path / "contents"
        self.models = path / "models"
        self._note = path / "running.json"
        self._lock: IO[str] | None = None

    def make(self) -> None:
        """Make the directories that are not there yet; raises `DataDirUnusable`."""
        try:
            for folder in (self.media, self.private, self.contents, self.index):
                folder.mkdir(parents=True, exist_ok=True)
            self.private.chmod(0o700)
        except OSError as error:
            raise self._unusable(error) from error

    def claim(self) -> None:
        """Become the process that serves this directory, until this one ends.

        Raises `DataDirInUse` and `DataDirUnusable`. The lock is the kernel's: it
        falls with the process, so a killed one leaves nothing to clear.
        """
        try:
            lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            running = self.running()
            where = f" at {running.url}" if running else ""
            raise DataDirInUse(
                f"Another Folkmoot already serves {self.path}{where}."
            ) from error
        self._lock = lock
        # A killed process's note must not lead the command line astray.
        self._note.unlink(missing_ok=True)

    def note_running(self, url: str) -> None:
        """Leave word of this process's address for the command line."""
        note = Running(pid=os.getpid(), url=url)
        self._note.write_bytes(msgspec.json.encode(note))

    def release(self) -> None:
        """Give the directory up. Idempotent."""
        if self._lock is not None:
            self._note.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def running(self) -> Running | None:
        """Return who serves this directory, if somebody does."""
        if not self._locked():
            return None
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=Running)
        except (OSError, msgspec.DecodeError):
            return None

    def admin_token(self) -> str:
        """Return the admin token, made at the first call with mode 0600."""
        self.path.mkdir(parents=True, exist_ok=True)
        path = self.path / ADMIN_FILE
        try:
            # Open for nobody else from the first moment on, and made once even
            # when two processes start together.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if token := path.read_text("utf-8").strip():
                return token
            handle = os.open(path, os.O_WRONLY | os.O_TRUNC, 0o600)
        token = secrets.token_urlsafe(24)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(f"{token}\n")
        return token

    def _unusable(self, error: OSError) -> DataDirUnusable:
        return DataDirUnusable(
            f"The data directory {self.path} can't be used "
            f"({error.strerror}). Choose another with --data."
        )

    def _locked(self) -> bool:
        try:
            with (self.path / "lock").open("a+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False
