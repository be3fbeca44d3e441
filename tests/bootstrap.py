"""Brings the programs that tests need: Chromium, espeak-ng, ffmpeg, nginx and so on.

Takes what the machine has. Installs the rest with apt-get where it may (as root),
and is content with what PyPI brings; otherwise says how to get it. With CI=true a
missing program ends the run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests import machine

# Debian's package of each; ffmpeg's also brings ffprobe, which PyPI's lacks.
PACKAGES = {
    "browser": "chromium",
    "ffmpeg": "ffmpeg",
    "nginx": "nginx-core libnginx-mod-stream openssl",
    "redis": "redis-server",
    "speech": "espeak-ng",
}
# What only `make bench` measures itself against; without it those lines say so.
RIVALS = ("nginx-core", "libnginx-mod-rtmp")
RTMP_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
ATTEMPTS = 4
HINTS = {
    "apt-get": "sudo apt-get install chromium ffmpeg redis-server nginx-core "
    "libnginx-mod-stream openssl espeak-ng",
    "dnf": "sudo dnf install chromium ffmpeg-free valkey nginx nginx-mod-stream "
    "espeak-ng",
    "pacman": "sudo pacman -S chromium ffmpeg valkey nginx-mainline espeak-ng",
    "brew": "brew install --cask chromium && brew install ffmpeg redis nginx espeak-ng",
}


def main() -> int:
    """Install what can be; 1 when CI would lack something."""
    wanted = [
        package
        for name, packages in PACKAGES.items()
        if not _is_there(name)
        for package in packages.split()
    ]
    if wanted and _may_install():
        _install(wanted)
    if "bench" in sys.argv[1:] and not RTMP_MODULE.exists() and _may_install():
        _install(list(RIVALS))
    missing = [name for name in machine.TOOLS if machine.find_tool(name) is None]
    for name in machine.TOOLS:
        _say(f"{name}: {machine.find_tool(name) or 'MISSING'}")
    if not missing:
        return 0
    hint = next((HINTS[tool] for tool in HINTS if shutil.which(tool)), None)
    _say(f"missing: {', '.join(missing)}. To get them: {hint or 'see README.md'}")
    if os.environ.get("CI") == "true":
        return 1
    _say("tests that need them will be skipped")
    return 0


def _is_there(name: str) -> bool:
    if name == "ffmpeg":
        return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))
    return machine.find_tool(name) is not None


def _may_install() -> bool:
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def _install(packages: list[str]) -> None:
    _say(f"installing {', '.join(packages)} with apt-get")
    # A stale list is the usual reason for a failing install, so it comes first.
    if _try(["apt-get", "update", "-q"]):
        _try(["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages])


def _try(argv: list[str]) -> bool:
    # RUNLEVEL=1 keeps packages from starting servers that no test asked for.
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    options = ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"]
    for attempt in range(1, ATTEMPTS + 1):
        done = subprocess.run(
            [argv[0], *options, *argv[1:]],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return True
        _say(f"{' '.join(argv[:2])} failed (attempt {attempt}):\n{done.stdout[-1500:]}")
        time.sleep(3 * attempt)
    return False


def _say(line: str) -> None:
    print(f"==> tests: {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
