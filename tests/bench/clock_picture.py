"""A moving picture with the time in it: `python -m tests.bench.clock_picture`.

Writes raw 4:2:0 frames to standard output, each at its time, with the moment of its
writing (ms since 1970) in the top rows: black and white blocks, two to find the
strip, 32 of the number, 8 of a check. A page reads them back from its video element
with `READ_CLOCK` and so knows how old the picture is that it shows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from typing import BinaryIO

NUMBER_BITS = 32
BLOCKS = 2 + NUMBER_BITS + 8
STRIP_ROWS = 48
_WHITE, _BLACK = b"\xeb", b"\x10"


def main() -> int:
    """Write frames until the reader goes away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ffmpeg", default="ffmpeg")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--fps", type=float, default=30)
    options = parser.parse_args()
    frames = draw_backgrounds(
        options.ffmpeg, options.width, options.height, count=round(options.fps)
    )
    try:
        write_frames(sys.stdout.buffer, frames, width=options.width, fps=options.fps)
    except BrokenPipeError:
        return 0


def write_frames(
    out: BinaryIO, frames: list[bytearray], *, width: int, fps: float
) -> None:
    """Write a frame each 1/fps s; one that is late does not move the others."""
    began, number = time.monotonic(), 0
    while True:
        wait = began + number / fps - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        frame = frames[number % len(frames)]
        strip = draw_strip(round(time.time() * 1000), width) * STRIP_ROWS
        frame[: len(strip)] = strip
        out.write(frame)
        out.flush()
        number += 1


def draw_strip(moment_ms: int, width: int) -> bytes:
    """Return one row of luma: the blocks, and black to the right of them."""
    block = width // BLOCKS
    row = b"".join(
        (_WHITE if bit == "1" else _BLACK) * block for bit in code(moment_ms)
    )
    return row + _BLACK * (width - len(row))


def code(moment_ms: int) -> str:
    """Return the blocks of a moment, white as 1: `10`, its low 32 bits, their sum."""
    number = moment_ms % 2**NUMBER_BITS
    check = sum(number.to_bytes(4, "big")) % 256
    return f"10{number:032b}{check:08b}"


def draw_backgrounds(
    ffmpeg: str, width: int, height: int, *, count: int
) -> list[bytearray]:
    """Return frames of a test picture, grey where the strip goes."""
    done = subprocess.run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error",
            "-f", "lavfi", "-i", f"testsrc2=size={width}x{height}:rate=30",
            "-vf", f"drawbox=0:0:iw:{STRIP_ROWS}:gray:fill,format=yuv420p",
            "-frames:v", str(count), "-f", "rawvideo", "pipe:1",
        ],
        stdout=subprocess.PIPE,
        check=True,
    )  # fmt: skip
    size = width * height * 3 // 2
    return [bytearray(done.stdout[n * size : (n + 1) * size]) for n in range(count)]


READ_CLOCK = """
(wanted) => {
  const video = document.querySelector(wanted.video);
  const canvas = document.createElement("canvas");
  const [blocks, number] = [wanted.blocks, wanted.bits];
  canvas.width = blocks;
  canvas.height = 1;
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const seen = window.seenClock = {
    lags: [], unread: 0, stalls: 0, longestMs: 0, rates: [], frames: 0,
  };
  let last = 0;
  const look = (now) => {
    seen.frames += 1;
    if (last) seen.longestMs = Math.max(seen.longestMs, now - last);
    last = now;
    if (seen.frames % 3 === 0) read(performance.timeOrigin + now);
    video.requestVideoFrameCallback(look);
  };
  const read = (nowMs) => {
    // One pixel a block, taken from the middle of each.
    const block = Math.floor(wanted.width / blocks) / wanted.width * video.videoWidth;
    const row = 24 / wanted.height * video.videoHeight;
    for (let n = 0; n < blocks; n += 1) {
      pen.drawImage(video, (n + 0.5) * block - 1, row - 1, 2, 2, n, 0, 1, 1);
    }
    const {data} = pen.getImageData(0, 0, blocks, 1);
    const bits = Array.from({length: blocks}, (_, n) => data[4 * n] > 127 ? 1 : 0);
    const value = (from, to) => bits.slice(from, to).reduce((all, b) => all * 2 + b, 0);
    const moment = value(2, 2 + number), check = value(2 + number, blocks);
    const sum = [24, 16, 8, 0].reduce((all, n) => all + ((moment >>> n) & 255), 0) % 256;
    if (bits[0] !== 1 || bits[1] !== 0 || sum !== check) { seen.unread += 1; return; }
    seen.lags.push(Math.round(nowMs) % 2 ** number - moment);
    seen.rates.push(video.playbackRate);
  };
  video.addEventListener("waiting", () => { if (seen.lags.length) seen.stalls += 1; });
  video.requestVideoFrameCallback(look);
}
"""
"""JavaScript: read the clock of each third frame into `window.seenClock`."""


if __name__ == "__main__":
    sys.exit(main())
