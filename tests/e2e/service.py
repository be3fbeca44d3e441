"""A real Folkmoot process, its organiser and its encoders, for whole-service tests."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# A tone has no words, and a speech model takes seconds to load.
USUAL = {
    "FOLKMOOT_CAPTIONS_WHEN": "never",
    # Compiled once, not at each of a hundred starts.
    "PYTHONDONTWRITEBYTECODE": "",
}
# A machine that does much else takes its time.
START_SECONDS = 180.0
STOP_SECONDS = 12.0


class Service:
    """`folkmoot serve` on a data directory; survives being killed and started."""

    def __init__(self, data: Path, *, env: dict[str, str] | None = None) -> None:
        self.data = data
        self.url = ""
        self.port = 0
        self.rtmp_port = 0
        self.sign_in = ""
        self._env = env or {}
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.lines: list[str] = []

    def start(self) -> Service:
        """Start and wait until it has said where it is; ports stay the same."""
        argv = [sys.executable, "-m", "folkmoot", "serve", "--data", str(self.data)]
        argv += ["--port", str(self.port), "--rtmp-port", str(self.rtmp_port)]
        with (self.data.parent / f"{self.data.name}.log").open("a") as log:
            self._process = subprocess.Popen(
                argv,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **USUAL, **self._env},
            )
        said: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(
            target=_pump, args=(self._process, said), daemon=True, name="e2e-stdout"
        )
        self._reader.start()
        deadline = time.monotonic() + START_SECONDS
        self.sign_in = ""
        while not self.sign_in:
            try:
                line = said.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                self.kill()  # nobody else would: no fixture has it yet
                raise AssertionError(f"no address; said {self.lines}") from None
            self.lines.append(line)
            self._note(line)
        return self

    def _note(self, line: str) -> None:
        if found := re.search(r"is at (http://\S+?)/\s*$", line):
            self.url = found[1].replace("localhost", "127.0.0.1")
            self.port = int(self.url.rsplit(":", 1)[1])
        if found := re.search(r"rtmp://[^:\s]+:(\d+)", line):
            self.rtmp_port = int(found[1])
        if found := re.search(r"(http://\S+/sign-in/\S+)", line):
            self.sign_in = found[1].replace("localhost", "127.0.0.1")

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """`kill -9`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._let_go()

    def stop(self) -> float:
        """SIGTERM; return the seconds until it had ended."""
        if self._process is None or self._process.poll() is not None:
            return 0.0
        began = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._let_go()
        return time.monotonic() - began

    def _let_go(self) -> None:
        """Close the pipe and its reader."""
        if self._reader is not None:
            self._reader.join(5)
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def admin_token(self) -> str:
        """The organiser's token."""
        return (self.data / "admin-token").read_text().strip()

    # --- the outside contract ---------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = "",
        media_type: str = "application/json",
        timeout: float = 30.0,
    ) -> tuple[int, Any]:
        """Return status and JSON (or bytes); `token` "" is the admin's."""
        data = (
            body
            if body is None or isinstance(body, bytes)
            else json.dumps(body).encode()
        )
        headers = {"Content-Type": media_type} if data is not None else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.admin_token}"
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, _parse(answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _parse(error.read(), error.headers)

    def make_meeting(self, slug: str, **given: Any) -> dict[str, Any]:
        """Make a meeting that opens at once, with one room unless given."""
        body = {"title": f"Meeting {slug}", "slug": slug} | given
        body.setdefault("rooms", [{"name": "Hall"}])
        status, made = self.ask("POST", "/api/v1/meetings", body)
        assert status == 201, made
        return made

    def join(self, slug: str, name: str, **given: Any) -> str:
        """Join, as a participant unless an invitation is given; return the token."""
        status, joined = self.ask(
            "POST", f"/api/v1/meetings/{slug}/join", {"name": name} | given, token=None
        )
        assert status == 200, joined
        return str(joined["token"])

    def join_team(self, slug: str, name: str, duty: str) -> str:
        """Invite somebody to a duty and join as them; return the token."""
        status, made = self.ask(
            "POST", f"/api/v1/meetings/{slug}/invites", {"duty": duty}
        )
        assert status == 201, made
        return self.join(slug, name, invite=made["url"].rsplit("/", 1)[1])

    def command(
        self,
        slug: str,
        kind: str,
        data: dict[str, Any] | None = None,
        *,
        token: str = "",
        client: tuple[str, int] | None = None,
        expect: int | None = None,
    ) -> dict[str, Any]:
        """Give a command and return its answer."""
        client_id, client_seq = client or (os.urandom(6).hex(), 1)
        body = {
            "client_id": client_id,
            "client_seq": client_seq,
            "type": kind,
            "data": data or {},
        }
        if expect is not None:
            body["expect"] = expect
        _, answer = self.ask(
            "POST", f"/api/v1/meetings/{slug}/commands", body, token=token
        )
        return dict(answer)


class Publisher:
    """An ffmpeg that publishes a test film in real time."""

    def __init__(self, ffmpeg: str, film: Path, target: str) -> None:
        self.process = subprocess.Popen(
            [
                ffmpeg, "-hide_banner", "-loglevel", "error", "-re",
                "-stream_loop", "-1", "-i", str(film), "-c", "copy",
                "-f", "flv", target,
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self) -> None:
        """End it at once."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def make_film(
    ffmpeg: str,
    path: Path,
    *,
    seconds: int = 20,
    fps: int = 30,
    kbits: int = 800,
) -> Path:
    """Make a film with a moving picture and a tone, keyframes each 2 s."""
    subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-y",
            "-f", "lavfi", "-i", f"testsrc2=size=640x360:rate={fps}",
            "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
            "-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", "-g", str(2 * fps), "-bf", "0",
            "-b:v", f"{kbits}k", "-minrate", f"{kbits}k", "-maxrate", f"{kbits}k",
            "-bufsize", f"{kbits}k", "-nal-hrd", "cbr",
            "-c:a", "aac", "-b:a", "64k", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path


def plan_hours(count: int, *, ahead_minutes: int = 60) -> list[dict[str, str]]:
    """Return so many slots of 45 minutes, one each hour, the first so far ahead."""
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=ahead_minutes)
    return [
        {
            "starts_at": (first + timedelta(hours=n)).isoformat(),
            "ends_at": (first + timedelta(hours=n, minutes=45)).isoformat(),
        }
        for n in range(count)
    ]


def publish_target(made: dict[str, Any], room: int = 0) -> str:
    """Return the address that an encoder publishes to."""
    ingest = made["rooms"][room]["ingest"]
    url = ingest["rtmp_url"].replace("localhost", "127.0.0.1").rstrip("/")
    return f"{url}/{ingest['stream_key']}"


def wait_until(check: Any, *, seconds: float, every: float = 0.1) -> Any:
    """Return the first true value of `check`, or fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        if value := check():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {check}")
        time.sleep(every)


def _pump(process: subprocess.Popen[str], said: queue.Queue[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        said.put(line)


def _parse(body: bytes, headers: Any) -> Any:
    if "json" in (headers.get("Content-Type") or ""):
        return json.loads(body)
    return body
