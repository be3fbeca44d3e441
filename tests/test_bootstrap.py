"""What brings the tests' programs: asks apt once, and says plainly what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import bootstrap, machine

APT = """#!/bin/sh
echo "$@ $DEBIAN_FRONTEND" >> {log}
test $(grep -c update {log}) -gt {failures}
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return what a stand-in for apt-get was asked, on a machine with nothing."""
    log = tmp_path / "log"
    apt = tmp_path / "apt-get"
    apt.write_text(APT.format(log=log, failures=1))
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr(bootstrap, "_is_there", lambda name: name == "ffmpeg")
    monkeypatch.setattr(machine, "find_tool", lambda name: None)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap.time, "sleep", lambda seconds: None)
    monkeypatch.delenv("CI", raising=False)
    return log


def test_root_installs_what_is_missing_after_a_retry(log: Path) -> None:
    bootstrap.main()
    options = "-o DPkg::Lock::Timeout=120 -o Acquire::Retries=3"
    install = (
        "install -q -y --no-install-recommends chromium nginx-core"
        " libnginx-mod-stream openssl redis-server espeak-ng"
    )
    assert log.read_text().splitlines() == [
        f"{options} update -q noninteractive",
        f"{options} update -q noninteractive",
        f"{options} {install} noninteractive",
    ]


def test_others_are_told_how_to_get_it(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    assert bootstrap.main() == 0
    assert not log.exists()
    said = capsys.readouterr().out
    assert "missing: ffmpeg, postgres, redis, browser, nginx, speech" in said
    assert "sudo apt-get install chromium ffmpeg redis-server nginx-core" in said


def test_ci_ends_where_something_stays_missing(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert bootstrap.main() == 1


def test_complete_machine_installs_nothing(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_is_there", lambda name: True)
    monkeypatch.setattr(machine, "find_tool", lambda name: f"/bin/{name}")
    monkeypatch.setenv("CI", "true")
    assert bootstrap.main() == 0
    assert not log.exists()
