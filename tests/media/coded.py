"""Films whose frames say their own number, and an eye that reads all that is public.

Twelve columns, black or white, are the bits of the frame's number; they outlive
scaling and encoding. The eye asks for every address that it ever saw, for the
neighbours that it can guess, and decodes what it gets.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from folkmoot.media.encode.process import Program
from folkmoot.tasks import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

FPS = 30
_BITS = 12
_CODE = f"geq=lum='if(mod(floor(N/pow(2,floor(X*{_BITS}/W))),2),235,16)':cb=128:cr=128"
_GUESSED = 4


async def make_coded_film(
    ffmpeg: str, path: Path, *, seconds: float, b_frames: int = 0
) -> Path:
    """A film of numbered frames, 30 a second, with a key frame each second.

    FLV or MP4, as the path's name ends.
    """
    profile = "main" if b_frames else "baseline"
    program = await Program.start(
        [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error",
         "-f", "lavfi", "-i", f"color=black:s=192x108:r={FPS},format=yuv420p,{_CODE}",
         "-f", "lavfi", "-i", "sine=440:r=48000",
         "-t", f"{seconds:g}", "-c:v", "libx264", "-preset", "ultrafast",
         "-profile:v", profile, "-bf", str(b_frames), "-g", str(FPS), "-sc_threshold", "0",
         "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", str(path)],
        name="coded",
    )  # fmt: skip
    assert await program.wait() == 0, program.tail
    await program.stop()
    return path


async def read_numbers(
    ffmpeg: str, data: bytes, *, crop: tuple[int, int, int, int] | None = None
) -> list[int]:
    """The numbers of all frames that can be seen in these bytes, in order.

    `crop` is what of each picture to look at: left, top, width and height.
    """
    cut = ""
    if crop is not None:
        left, top, width, height = crop
        cut = f"crop={width}:{height}:{left}:{top},"
    program = await Program.start(
        [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "quiet",
         "-i", "pipe:0", "-map", "0:v:0", "-fps_mode", "passthrough",
         "-vf", f"{cut}scale={_BITS}:1:flags=area,format=gray",
         "-f", "rawvideo", "pipe:1"],
        name="decode", capture=True,
    )  # fmt: skip
    owner = TaskOwner()
    owner.start(_feed(program, data), name="decode.feed")
    try:
        raw = await program.output.read()
        await program.wait()
    finally:
        await owner.aclose()
        await program.stop()
    rows = [raw[at : at + _BITS] for at in range(0, len(raw) - _BITS + 1, _BITS)]
    return [sum((value > 125) << bit for bit, value in enumerate(row)) for row in rows]


async def _feed(program: Program, data: bytes) -> None:
    try:
        await program.write(data)
    except Exception:  # noqa: BLE001 (what can't be decoded shows nothing)
        return
    await program.close_input()


class Eye:
    """Somebody outside, who forgets no address."""

    def __init__(
        self, ffmpeg: str, get: Callable[[str], Awaitable[tuple[int, bytes]]]
    ) -> None:
        self._ffmpeg = ffmpeg
        self._get = get
        self.files: dict[tuple[str, str], set[str]] = {}
        self.inits: dict[tuple[str, str], bytes] = {}

    async def look(self) -> None:
        """Learn the addresses that stand in the playlists now."""
        status, master = await self._get("master.m3u8")
        if status != 200:
            return
        names = re.findall(r"^([a-z0-9]+)\.m3u8", master.decode(), re.MULTILINE)
        for name in names:
            for query in ("", "?recording=1", "?from=2000-01-01T00:00:00Z"):
                status, text = await self._get(f"{name}.m3u8{query}")
                if status == 200:
                    self._learn(text.decode())
        for take_id, rendition in self.files:
            if (take_id, rendition) not in self.inits:
                _, data = await self._get(f"{take_id}/{rendition}/init.mp4")
                self.inits[take_id, rendition] = data

    def _learn(self, text: str) -> None:
        for take_id, rendition, file in re.findall(
            r"(x_\w+)/(\w+)/((?:p\d+|\d+)\.m4s)", text
        ):
            self.files.setdefault((take_id, rendition), set()).add(file)

    async def look_between(self, from_at: str, to_at: str) -> None:
        """Ask for these seconds by their times."""
        for name in {rendition for _, rendition in self.files}:
            query = f"?from={from_at}&to={to_at}"
            status, text = await self._get(f"{name}.m3u8{query}")
            if status == 200:
                self._learn(text.decode())

    async def see_stills(self) -> set[int]:
        """Every frame that posters, thumbnails and the storyboard show now."""
        numbers: set[int] = set()
        for name in ("poster.jpg", "thumbnail.jpg"):
            status, data = await self._get(name)
            if status == 200:
                numbers.update(await read_numbers(self._ffmpeg, data))
        status, text = await self._get("storyboard.vtt")
        found = re.findall(r"(x_\S+\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)", text.decode())
        for sheet, *place in found:
            status, data = await self._get(sheet)
            if status == 200:
                left, top, width, height = map(int, place)
                crop = (left, top, width, height)
                numbers.update(await read_numbers(self._ffmpeg, data, crop=crop))
        return numbers

    async def see(self) -> dict[str, set[int]]:
        """Every frame that can be had now, by rendition."""
        await self.look()
        seen: dict[str, set[int]] = {}
        takes = {take_id for take_id, _ in self.files}
        for take_id in takes:
            for rendition in {name for _, name in self.files}:
                data = b""
                for file in self._guess(take_id, rendition):
                    status, body = await self._get(f"{take_id}/{rendition}/{file}")
                    if status == 200:
                        data += body
                init = self.inits.get((take_id, rendition), b"")
                if data and rendition != "audio":
                    numbers = await read_numbers(self._ffmpeg, init + data)
                    seen.setdefault(rendition, set()).update(numbers)
        return seen

    def _guess(self, take_id: str, rendition: str) -> list[str]:
        """What is known of a take, and its neighbours."""
        known = {f for files in self.files.values() for f in files}
        parts = [int(f[1:-4]) for f in known if f.startswith("p")]
        segments = [int(f[:-4]) for f in known if not f.startswith("p")]
        files = []
        if segments:
            last = max(segments) + _GUESSED
            files += [f"{number:05d}.m4s" for number in range(1, last)]
        if parts:
            first = max(1, min(parts) - _GUESSED)
            files += [f"p{number}.m4s" for number in range(first, max(parts) + 3)]
        return files


async def until(check: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something to be so."""
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.02)
