"""Builds the wheel, installs it where nothing else is, and uses it as a visitor.

What reaches users only through the wheel (front end, templates, migrations) works in
a checkout even when the wheel forgets it; this is what notices.
"""

from __future__ import annotations

import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 10.0
ADDRESS = re.compile(r"https?://[^\s/]*:\d+")
SCRIPT = re.compile(r"""<script[^>]*\bsrc=["']([^"']+)["']""")


class SmokeFailed(Exception):
    """What a user of the wheel would have met."""


def main() -> int:
    """Run the whole story; 1 with a sentence where it breaks off."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-wheel-") as name:
        home = Path(name)
        try:
            wheel = build_wheel(home)
            check_contents(wheel)
            visit(install(wheel, home), home)
        except SmokeFailed as error:
            print(f"wheel: {error}")
            return 1
    print("wheel: built, installed, started, visited, stopped")
    return 0


def build_wheel(home: Path) -> Path:
    """Build from the sources alone, in this environment's build tools."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q"]
    run([*pip, "--no-deps", "--no-build-isolation", "-w", str(home), str(ROOT)])
    return next(home.glob("folkmoot-*.whl"))


def check_contents(wheel: Path) -> None:
    """Every file that must come along does."""
    names = zipfile.ZipFile(wheel).namelist()
    for place in ("web/dist", "web/templates", "web/docs", "config/folkmoot.toml"):
        wanted = (ROOT / place).exists()
        if wanted and not any(name.startswith(f"folkmoot/{place}") for name in names):
            raise SmokeFailed(f"{place} is not in {wheel.name}")
    migrations = ROOT / "server/folkmoot/store/migrations"
    for path in migrations.rglob("*.py"):
        name = str(path.relative_to(ROOT / "server"))
        if name not in names:
            raise SmokeFailed(f"{name} is not in {wheel.name}")


def install(wheel: Path, home: Path) -> Path:
    """Install into a new environment; returns its `folkmoot`."""
    run([sys.executable, "-m", "venv", str(home / "venv")])
    pip = [str(home / "venv/bin/python"), "-m", "pip", "install", "-q"]
    run([*pip, "--disable-pip-version-check", "-r", str(ROOT / "requirements.lock")])
    run([*pip, "--disable-pip-version-check", "--no-deps", str(wheel)])
    return home / "venv/bin/folkmoot"


def visit(program: Path, home: Path) -> None:
    """Start it, look at the first page and its script, and end it."""
    argv = [str(program), "serve", "--port", "0", "--rtmp-port", "0"]
    log = (home / "stderr").open("w+")
    process = subprocess.Popen(
        [*argv, "--data", str(home / "data")],
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        address = read_address(process)
        get(f"{address}/healthz")
        page = get(f"{address}/")
        script = SCRIPT.search(page)
        if script is not None:
            get(urllib.parse.urljoin(f"{address}/", script.group(1)))
        elif (ROOT / "web/package.json").exists():
            raise SmokeFailed("the first page names no script")
        stop(process)
    except SmokeFailed:
        log.seek(0)
        print(log.read()[-4000:])
        raise
    finally:
        process.kill()
        process.wait()
        log.close()


def read_address(process: subprocess.Popen[str]) -> str:
    """Return the public address that `serve` prints."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(deadline - time.monotonic()):
            line = process.stdout.readline()
            if match := ADDRESS.search(line):
                return match.group()
            if not line:
                break
    raise SmokeFailed(f"serve printed no address (exit code {process.poll()})")


def get(url: str) -> str:
    """Return the body of a page that answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())
    except OSError as error:
        raise SmokeFailed(f"GET {url}: {error}") from error


def stop(process: subprocess.Popen[str]) -> None:
    """SIGTERM must end it in time and without an error."""
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise SmokeFailed(f"still there {STOP_SECONDS} s after SIGTERM") from None
    if code != 0:
        raise SmokeFailed(f"SIGTERM ended it with exit code {code}")


def run(argv: list[str]) -> None:
    """Run a program that must work."""
    print(f"==> {' '.join(argv)}", flush=True)
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SmokeFailed(f"{argv[0]} ended with exit code {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
