"""The repository as a whole: what builds, installs and documents it agrees."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hatch_build
from folkmoot.settings import list_options

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAME = re.compile(r"[A-Za-z0-9_.-]+")


def _canonical(requirement: str) -> str:
    match = NAME.match(requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match.group()).lower()


def _locked(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    pins = [line.split()[0] for line in lines if NAME.match(line)]
    return dict(pin.split("==") for pin in pins)


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements.lock", ["captions"]),
        ("requirements-build.lock", ["build"]),
        ("requirements-dev.lock", ["captions", "build", "test", "dev"]),
    ],
)
def test_lock_file_holds_every_dependency(lock: str, extras: list[str]) -> None:
    groups = PROJECT["project"]["optional-dependencies"]
    wanted = [name for extra in extras for name in groups[extra]]
    if lock != "requirements-build.lock":
        wanted += PROJECT["project"]["dependencies"]
    names = {_canonical(name) for name in wanted}
    assert names - set(_locked(lock)) == set()


def test_lock_files_agree_on_versions() -> None:
    runtime = _locked("requirements.lock")
    for lock in ("requirements-build.lock", "requirements-dev.lock"):
        pins = _locked(lock)
        assert {n: v for n, v in pins.items() if runtime.get(n, v) != v} == {}


def test_what_operators_install_has_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"(?m)^\S+==.*$", text)
    assert [pin for pin in pins if not pin.endswith("\\")] == []
    assert text.count("--hash=sha256:") >= len(pins)


def test_dependencies_tell_their_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    unexplained, explained = [], False
    for line in block.splitlines():
        if line.strip().startswith('"'):
            if not explained:
                unexplained.append(line.strip())
        # A comment holds for the lines under it, up to the end of the list.
        elif line.strip() != "":
            explained = line.strip().startswith("#")
    assert unexplained == []


def test_ruff_ignores_tell_their_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    start = text.index("ignore = [", text.index("[tool.ruff.lint]"))
    lines = text[start : text.index("\n]", start)].splitlines()[1:]
    previous = ""
    for line in lines:
        if line.strip().startswith('"'):
            assert previous.strip().startswith(("#", '"')), line
        previous = line


@pytest.mark.parametrize(
    "call",
    [
        "import asyncio\nasyncio.create_task(None)\n",
        "import asyncio\nasyncio.ensure_future(None)\n",
        "import subprocess\nsubprocess.run([])\n",
        "from asyncio import create_subprocess_exec\n",
        "import os\nos.system('')\n",
    ],
)
def test_ruff_refuses_bare_calls_in_the_package(call: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "-q", "--select", "TID251"]

    def judge(path: str) -> bool:
        done = subprocess.run(
            [*command, "--stdin-filename", path, "-"],
            input=call,
            text=True,
            capture_output=True,
            cwd=ROOT,
            check=False,
        )
        assert done.stderr == ""
        return done.returncode == 0

    assert not judge("server/folkmoot/gateway/socket.py")
    assert judge("tests/test_project.py")


def test_examples_set_options_that_exist() -> None:
    variables = {option.variable for option in list_options()}
    for path in sorted((ROOT / "config").iterdir()):
        named = set(re.findall(r"\bFOLKMOOT_[A-Z]+_[A-Z_]+\b", path.read_text()))
        assert named - variables == set(), path.name


def test_make_help_lists_the_commands() -> None:
    # Inside `make check` another make would tell which directory it enters.
    done = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    wanted = "help setup run demo test check bench soak fmt lint types wheel lock"
    assert listed == wanted.split()


def test_ci_runs_what_make_check_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make check"


def test_changes_have_known_headings() -> None:
    text = (ROOT / "CHANGES.md").read_text()
    known = {"Security", "Removed", "Added", "Changed", "Fixed"}
    assert re.findall(r"(?m)^## (.+)$", text)[0] == "Unreleased"
    assert set(re.findall(r"(?m)^### (.+)$", text)) - known == set()


class RecordedFrontEnd(hatch_build.FrontEnd):
    """A front end whose npm only leaves what npm would leave."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.calls: list[str] = []

    def _npm(self, *arguments: str) -> None:
        self.calls.append(arguments[0])
        place = "node_modules" if arguments[0] == "ci" else "dist"
        (self.web / place).mkdir(exist_ok=True)
        (self.web / place / ".package-lock.json").touch()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name in ("package.json", "package-lock.json", "src/main.ts", "docs/a.md"):
        path = tmp_path / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        os.utime(path, (1, 1))
    return tmp_path


def _calls(root: Path) -> list[str]:
    front_end = RecordedFrontEnd(root)
    front_end.build()
    return front_end.calls


def test_front_end_is_built_once(sources: Path) -> None:
    assert _calls(sources) == ["ci", "run"]
    assert _calls(sources) == []


@pytest.mark.parametrize(
    ("changed", "calls"),
    [
        ("src/main.ts", ["run"]),
        ("package-lock.json", ["ci", "run"]),
        ("docs/a.md", []),
    ],
)
def test_front_end_follows_its_sources(
    sources: Path, changed: str, calls: list[str]
) -> None:
    _calls(sources)
    later = (sources / "web/dist/.built").stat().st_mtime + 5
    os.utime(sources / "web" / changed, (later, later))
    assert _calls(sources) == calls


def test_front_end_refuses_to_build_without_lock_file(sources: Path) -> None:
    (sources / "web/package-lock.json").unlink()
    with pytest.raises(FileNotFoundError, match="package-lock"):
        _calls(sources)


def test_front_end_removed_source_is_not_forgotten(sources: Path) -> None:
    _calls(sources)
    (sources / "web/src/main.ts").unlink()
    later = (sources / "web/dist/.built").stat().st_mtime + 5
    os.utime(sources / "web/src", (later, later))
    assert _calls(sources) == ["run"]
