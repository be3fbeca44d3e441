"""Films that flash and beep at once each second, and where both are in a recording."""

from __future__ import annotations

import array
import re
import subprocess
from pathlib import Path

_LOUD = 3_000
_BRIGHT = 128
_RATE = 8_000
_WINDOW = 8  # samples: 1 ms
_BEEP_WINDOWS = 50
_APART_SECONDS = 0.4

# A camera and microphone whose picture and sound are made by one clock. Chromium's
# own beep by a clock of another process than the one that paints its picture.
CAMERA = """
(() => {
  const context = new AudioContext();
  const sound = context.createMediaStreamDestination();
  const canvas = document.createElement("canvas");
  canvas.width = 640; canvas.height = 360;
  const brush = canvas.getContext("2d");
  // All at once: a node made while the machine is busy may sound at once.
  const tone = context.createOscillator();
  const gate = context.createGain();
  tone.frequency.value = 1000;
  gate.gain.value = 0;
  tone.connect(gate).connect(sound);
  for (let at = 1; at < 300; at++) {
    gate.gain.setValueAtTime(1, at);
    gate.gain.setValueAtTime(0, at + 0.1);
  }
  tone.start();
  let count = 0;
  setInterval(() => {
    void context.resume();
    const now = context.currentTime;
    brush.fillStyle = now >= 1 && now % 1 < 0.1 ? "#fff" : "#000";
    brush.fillRect(0, 0, 640, 360);
    brush.fillStyle = "#444";
    brush.fillRect((count++ * 4) % 640, 340, 20, 20);
  }, 8);
  const picture = canvas.captureStream(30);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    await context.resume();
    return new MediaStream([
      ...(wanted.video ? picture.clone().getVideoTracks() : []),
      ...(wanted.audio ? sound.stream.clone().getAudioTracks() : []),
    ]);
  };
})();
"""


def make_flashes(ffmpeg: str, path: Path, *, seconds: int = 20) -> Path:
    """Make a film that flashes and beeps in the first tenth of each second."""
    lit = "lt(mod(t,1),0.1)"
    subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-y",
            "-f", "lavfi", "-i",
            f"color=black:s=640x360:r=30,drawbox=t=fill:c=white:enable='{lit}'",
            "-f", "lavfi", "-i",
            f"aevalsrc='if({lit},0.6*sin(2*PI*1000*t),0)':s=48000",
            "-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", "-g", "60", "-bf", "0", "-c:a", "aac",
            "-b:a", "64k", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path


def find_flashes(ffmpeg: str, source: str | Path) -> tuple[list[float], list[float]]:
    """Return when the picture turns bright and when sound sets in, in seconds."""
    pictures = subprocess.run(
        [
            ffmpeg, "-hide_banner", "-nostdin", "-i", str(source), "-map", "0:v:0",
            "-vf", "crop=iw/4:ih/4,format=gray,scale=1:1:flags=area,showinfo",
            "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1",
        ],
        capture_output=True,
        check=True,
    )  # fmt: skip
    told = re.findall(
        r"pts_time:\s*([\d.]+)", pictures.stderr.decode("utf-8", "replace")
    )
    bright = [
        float(at)
        for at, value in zip(told, pictures.stdout, strict=False)
        if value > _BRIGHT
    ]
    sounds = subprocess.run(
        [
            ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
            "-i", str(source), "-map", "0:a:0",
            "-af", f"aresample={_RATE}:async=1:first_pts=0", "-ac", "1",
            "-f", "s16le", "pipe:1",
        ],
        capture_output=True,
        check=True,
    )  # fmt: skip
    samples = array.array("h", sounds.stdout)
    is_loud = [
        max(map(abs, samples[at : at + _WINDOW])) > _LOUD
        for at in range(0, len(samples) - _WINDOW, _WINDOW)
    ]
    # A click is loud for a moment; a beep for a tenth of a second.
    loud = [
        at * _WINDOW / _RATE
        for at, each in enumerate(is_loud)
        if each and sum(is_loud[at : at + _BEEP_WINDOWS]) > _BEEP_WINDOWS * 0.8
    ]
    return _onsets(bright), _onsets(loud)


def _onsets(moments: list[float]) -> list[float]:
    found: list[float] = []
    last = -1.0
    for at in moments:
        if at - last > _APART_SECONDS:
            found.append(at)
        last = at
    return found


def gaps_between(flashes: list[float], beeps: list[float]) -> list[float]:
    """Return for each flash by how many seconds its beep is late."""
    return [
        min((beep - flash for beep in beeps), key=abs)
        for flash in flashes
        # What was cut in its middle, at either end, has no onset, or no beep.
        if beeps and 0.2 < flash < beeps[-1] + 0.5
    ]
