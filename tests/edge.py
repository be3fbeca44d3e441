"""A real nginx with the configuration that we supply, on free ports of loopback."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tests import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Path(__file__).parents[1] / "config" / "nginx.conf"
START_SECONDS = 10.0


class Edge(msgspec.Struct, frozen=True):
    """Where it listens, and its main process."""

    http_port: int
    https_port: int
    rtmps_port: int
    pid: int
    home: Path

    @property
    def url(self) -> str:
        """Its address with TLS."""
        return f"https://127.0.0.1:{self.https_port}"


@contextmanager
def edge(
    home: Path,
    *,
    service_port: int,
    rtmp_port: int,
    ahead_port: int | None = None,
    plain: bool = False,
    memory: Path | None = None,
) -> Iterator[Edge]:
    """Run it in `home` before a service. `plain` serves without TLS, to measure.

    `ahead_port` is where the service, if it was told, asks for parts before viewers
    hear of them; `memory` is where it keeps parts, if that isn't to be `home`.
    """
    nginx = machine.find_nginx()
    assert nginx is not None
    home.mkdir(parents=True, exist_ok=True)
    _make_certificate(home)
    ports = free_ports(3)
    text = configure(
        CONFIG.read_text(),
        home,
        ports=ports,
        service_port=service_port,
        rtmp_port=rtmp_port,
        ahead_port=ahead_port or free_ports(1)[0],
        plain=plain,
        memory=memory,
    )
    (home / "nginx.conf").write_text(text)
    with (home / "nginx.log").open("w") as log:
        process = subprocess.Popen(
            [
                nginx,
                "-e",
                str(home / "error.log"),
                "-c",
                str(home / "nginx.conf"),
                "-g",
                "daemon off;",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        for port in ports:
            _await_port(port, process, home)
        yield Edge(*ports, process.pid, home)
    finally:
        process.terminate()
        process.wait(10)


def configure(
    text: str,
    home: Path,
    *,
    ports: tuple[int, ...],
    service_port: int,
    rtmp_port: int,
    ahead_port: int,
    plain: bool = False,
    memory: Path | None = None,
) -> str:
    """Return the supplied configuration with this machine's places and ports."""
    http, https, rtmps = ports
    changes = [
        # Only the listeners of IPv4, on loopback.
        (r"\n *listen \[::\]:[^\n]*", "", 3),
        (r"listen 80;", f"listen 127.0.0.1:{http};", 1),
        (r"listen 443 ssl http2", f"listen 127.0.0.1:{https}" + " ssl http2" * (not plain), 1),
        (r"listen 127\.0\.0\.1:8079;", f"listen 127.0.0.1:{ahead_port};", 1),
        (r"listen 1936 ssl;", f"listen 127.0.0.1:{rtmps} ssl;", 1),
        (r"server 127\.0\.0\.1:8080;", f"server 127.0.0.1:{service_port};", 2),
        (r"proxy_pass 127\.0\.0\.1:1935;", f"proxy_pass 127.0.0.1:{rtmp_port};", 1),
        (r"/etc/letsencrypt/live/meet\.example\.org", str(home), 4),
        (r"meet\.example\.org;", "localhost 127.0.0.1;", 2),
        (r"/var/cache/nginx", str(home), 1),
        (r"/dev/shm/folkmoot", str((memory or home) / "folkmoot"), 1),
        (r"/var/log/nginx/error\.log", str(home / "error.log"), 1),
        (r"/run/nginx\.pid", str(home / "nginx.pid"), 1),
        # Not as root; where it is root, its workers must reach `home`.
        (r"user www-data;", "user root;", 1),
    ]  # fmt: skip
    for pattern, new, times in changes:
        text, found = re.subn(pattern, new, text)
        assert found == times, f"{pattern} stands there {found} times"
    # nginx was built for directories that only root may write.
    own = "".join(
        f"    {kind}_temp_path {home / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return text.replace("http {\n", "http {\n" + own, 1)


def _make_certificate(home: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", str(home / "privkey.pem"), "-out", str(home / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip


def free_ports(count: int) -> tuple[int, ...]:
    """Ports that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return tuple(each.getsockname()[1] for each in sockets)
    finally:
        for each in sockets:
            each.close()


def _await_port(port: int, process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            ended = process.poll() is not None
            if ended or time.monotonic() > deadline:
                said = (home / "nginx.log").read_text()
                raise AssertionError(f"nginx did not start: {said}") from None
            time.sleep(0.05)
        else:
            return
