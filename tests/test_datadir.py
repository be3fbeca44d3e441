"""The data directory: one process serves it, the others find that one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from folkmoot.datadir import DataDir, DataDirInUse, DataDirUnusable, Running

HOLD = """
import sys, time
from pathlib import Path
from folkmoot.datadir import DataDir
data = DataDir(Path(sys.argv[1]))
data.make()
data.claim()
data.note_running("http://127.0.0.1:9")
print("held", flush=True)
time.sleep(60)
"""


def test_one_process_serves_and_the_others_find_it(tmp_path: Path) -> None:
    data, other = DataDir(tmp_path), DataDir(tmp_path)
    data.make()
    assert data.running() is None
    data.claim()
    data.note_running("http://127.0.0.1:1")
    assert other.running() == Running(pid=os.getpid(), url="http://127.0.0.1:1")
    with pytest.raises(DataDirInUse, match=r"at http://127\.0\.0\.1:1"):
        other.claim()
    data.release()
    data.release()
    assert other.running() is None
    other.claim()
    other.release()


def test_a_killed_process_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        data = DataDir(tmp_path)
        running = data.running()
        assert running is not None
        assert running.pid == holder.pid
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    data.claim()
    # Not the killed one's address, though nobody has noted another yet.
    assert DataDir(tmp_path).running() is None
    data.release()


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "new")
    data.make()
    token = data.admin_token()
    assert len(token) > 30
    assert data.admin_token() == token
    mode = stat.S_IMODE((data.path / "admin-token").stat().st_mode)
    assert mode == 0o600
    assert stat.S_IMODE(data.private.stat().st_mode) == 0o700


def test_a_place_that_can_not_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(DataDirUnusable, match="Not a directory"):
        DataDir(tmp_path / "file" / "data").make()
