"""The check's second run of tests that failed: what it forgives, names and does not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.check import BROWSER, MOST_AGAIN, ROOT, run_tests

FIRST_TIME_ONLY = """
from pathlib import Path

def test_late():
    seen = Path(__file__).with_name("seen")
    if not seen.exists():
        seen.touch()
        raise AssertionError("late")
"""
ALWAYS = "def test_broken(): assert False\n"
GOOD = """
from pathlib import Path

def test_good():
    with Path(__file__).with_name("runs").open("a") as runs:
        runs.write("x")
"""


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run pytest without plugins: it starts in half the time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def _run(folder: Path, **tests: str) -> tuple[int, list[str]]:
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    for name, text in tests.items():
        (folder / f"test_{name}.py").write_text(text, "utf-8")
    return run_tests([sys.executable, "-m", "pytest", "-q"], folder)


def test_what_fails_once_passes_and_is_named_as_unsteady(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, unsteady = _run(tmp_path, late=FIRST_TIME_ONLY, good=GOOD)
    assert (code, unsteady) == (0, ["test_late.py::test_late"])
    assert (
        "UNSTEADY, failed first and passed alone: test_late" in capfd.readouterr().out
    )
    # Alone: what passed is not run again.
    assert (tmp_path / "runs").read_text() == "x"


def test_what_fails_twice_fails_the_check(tmp_path: Path) -> None:
    code, unsteady = _run(tmp_path, late=FIRST_TIME_ONLY, broken=ALWAYS)
    assert (code, unsteady) == (1, ["test_late.py::test_late"])


def test_many_failures_and_broken_tests_are_not_run_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    many = "".join(f"def test_{n}(): assert 0\n" for n in range(MOST_AGAIN + 1))
    assert _run(tmp_path, many=many) == (1, [])
    (tmp_path / "test_many.py").unlink()
    code, _ = _run(tmp_path, unreadable="def test_(:")
    assert code not in {0, 1}
    assert "once more" not in capfd.readouterr().out


def test_no_browser_test_is_left_out() -> None:
    places = [ROOT / place for place in BROWSER]
    marked = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != Path(__file__) and "mark.browser" in path.read_text("utf-8")
    ]
    assert len(marked) > 20
    for path in marked:
        assert any(path.is_relative_to(place) for place in places), path
