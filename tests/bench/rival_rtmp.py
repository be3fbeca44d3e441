"""nginx-rtmp's HLS beside ours: Debian's package, started for one measurement."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.bootstrap import RTMP_MODULE

HLS_JS = Path(__file__).parents[2] / "web/node_modules/hls.js/dist/hls.min.js"
FRAGMENT_SECONDS = 2

_CONFIGURATION = """\
load_module {module};
daemon off;
master_process off;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 64; }}
rtmp {{ server {{
  listen 127.0.0.1:{rtmp_port};
  application live {{
    live on;
    hls on;
    hls_path {home}/www/hls;
    hls_fragment {fragment}s;
    hls_playlist_length 60s;
  }}
}} }}
http {{
  access_log off;
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2;
  fastcgi_temp_path {home}/t3; uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
  types {{ text/html html; text/javascript js; application/vnd.apple.mpegurl m3u8;
          video/mp2t ts; }}
  server {{
    listen 127.0.0.1:{port};
    root {home}/www;
    location /hls {{ add_header Cache-Control no-cache; }}
  }}
}}
"""

# hls.js as it comes, muted so that the browser lets it play.
_PAGE = """\
<!doctype html><title>rival</title><video muted autoplay playsinline></video>
<script src="hls.js"></script>
<script>
const video = document.querySelector("video");
const hls = new Hls();
hls.loadSource("hls/clock.m3u8");
hls.attachMedia(video);
hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
</script>
"""


class Rival(msgspec.Struct, frozen=True):
    """Where to publish to, the page to open, the playlist to wait for."""

    target: str
    page: str
    playlist: Path


def find_rival() -> str | None:
    """Return nginx, if its RTMP module is there too."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    return nginx if nginx and RTMP_MODULE.exists() and HLS_JS.exists() else None


@contextmanager
def run_rival(nginx: str, home: Path) -> Iterator[Rival]:
    """Run it until left; `home` takes its files."""
    (home / "www/hls").mkdir(parents=True)
    (home / "www/index.html").write_text(_PAGE)
    shutil.copy(HLS_JS, home / "www/hls.js")
    port, rtmp_port = _free_port(), _free_port()
    configuration = home / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            module=RTMP_MODULE,
            home=home,
            port=port,
            rtmp_port=rtmp_port,
            fragment=FRAGMENT_SECONDS,
        )
    )
    process = subprocess.Popen(
        [nginx, "-c", str(configuration), "-p", str(home)], stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        _wait_for(rtmp_port)
        yield Rival(
            target=f"rtmp://127.0.0.1:{rtmp_port}/live/clock",
            page=f"http://127.0.0.1:{port}/index.html",
            playlist=home / "www/hls/clock.m3u8",
        )
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
