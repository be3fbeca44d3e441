"""Footage for the demonstration: slides and voices made into H.264 and AAC.

Pictures are drawn with Pillow's built-in font; voices come from ffmpeg's flite
where it has it, else a soft tone stands for each line.
"""

from __future__ import annotations

import asyncio
import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PIL import Image, ImageDraw, ImageFont

from folkmoot.media.encode.process import Program

if TYPE_CHECKING:
    from folkmoot.demo.programme import DemoRoom, Line

WIDTH, HEIGHT, FPS = 1280, 720, 25
PAUSE_SECONDS = 0.8
RATE = 16_000
VOICES = ("slt", "rms", "awb", "kal16")


class Spoken(msgspec.Struct, frozen=True):
    """A line and when it is said, in seconds from the footage's start."""

    start_seconds: float
    end_seconds: float
    speaker: str
    text: str


class Footage(msgspec.Struct, frozen=True):
    """A room's film, its length and what is said in it."""

    path: str
    seconds: float
    lines: list[Spoken]


async def make_footage(room: DemoRoom, folder: Path, *, ffmpeg: str) -> Footage:
    """Return the room's film, made once and then kept in `folder`."""
    note = folder / "footage.json"
    if note.exists():
        return msgspec.json.decode(note.read_bytes(), type=Footage)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    spoken: list[Spoken] = []
    at = 0.0
    sound = bytearray()
    script = io.StringIO()
    for number, line in enumerate(room.lines):
        samples = await _voice(line, number, folder, ffmpeg=ffmpeg)
        seconds = _to_frame(len(samples) / 2 / RATE + PAUSE_SECONDS)
        sound += samples.ljust(int(seconds * RATE) * 2, b"\0")
        await asyncio.to_thread(_draw, room, line, folder / f"{number}.png")
        script.write(f"file '{number}.png'\nduration {seconds}\n")
        spoken.append(Spoken(at, at + seconds - 0.2, line.speaker, line.text))
        at += seconds
    script.write(f"file '{len(room.lines) - 1}.png'\n")
    (folder / "pictures.txt").write_text(script.getvalue())
    await asyncio.to_thread(_write_wave, folder / "sound.wav", bytes(sound))
    await _encode(folder, at, ffmpeg=ffmpeg)
    footage = Footage(str(folder / "film.mp4"), at, spoken)
    note.write_bytes(msgspec.json.encode(footage))
    return footage


def _to_frame(seconds: float) -> float:
    """Round up to whole key-frame intervals, so that films loop without a jump."""
    interval = 2.0
    return -(-seconds // interval) * interval


async def _voice(line: Line, number: int, folder: Path, *, ffmpeg: str) -> bytes:
    words = folder / f"{number}.txt"
    await asyncio.to_thread(words.write_text, line.text)
    voice = VOICES[sum(map(ord, line.speaker)) % len(VOICES)]
    code, samples = await _run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-f", "lavfi",
            "-i", f"flite=textfile={words}:voice={voice}",
            "-ar", str(RATE), "-ac", "1", "-f", "s16le", "pipe:1",
        ]
    )  # fmt: skip
    if code == 0 and samples:
        return samples
    seconds = 1.0 + len(line.text) / 14
    _, samples = await _run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-f", "lavfi",
            "-i", f"sine=frequency={180 + 40 * (number % 4)}:duration={seconds}",
            "-af", "volume=0.05", "-ar", str(RATE), "-ac", "1",
            "-f", "s16le", "pipe:1",
        ]
    )  # fmt: skip
    return samples


async def _encode(folder: Path, seconds: float, *, ffmpeg: str) -> None:
    code, _ = await _run(
        [
            ffmpeg, "-hide_banner", "-loglevel", "error", "-y",
            "-f", "concat", "-safe", "0", "-i", str(folder / "pictures.txt"),
            "-i", str(folder / "sound.wav"),
            "-vf", f"fps={FPS},format=yuv420p", "-t", str(seconds),
            "-c:v", "libx264", "-preset", "veryfast", "-tune", "stillimage",
            "-b:v", "900k", "-maxrate", "1200k", "-bufsize", "1200k",
            "-g", str(2 * FPS), "-keyint_min", str(2 * FPS), "-sc_threshold", "0",
            "-bf", "0", "-c:a", "aac", "-b:a", "64k", "-ar", "48000",
            "-movflags", "+faststart", str(folder / "film.mp4"),
        ]
    )  # fmt: skip
    if code:
        raise RuntimeError(f"ffmpeg could not make the film in {folder}.")


async def _run(argv: list[str]) -> tuple[int, bytes]:
    """Run a program to its end; return its exit code and standard output."""
    program = await Program.start(argv, name="footage", capture=True)
    await program.close_input()
    output = await program.output.read()
    return await program.wait(), output


def _write_wave(path: Path, samples: bytes) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples)


def _draw(room: DemoRoom, line: Line, path: Path) -> None:
    image = Image.new("RGB", (WIDTH, HEIGHT), room.colour)
    draw = ImageDraw.Draw(image)
    for step in range(HEIGHT):  # a quiet shade towards the floor
        shade = step / HEIGHT * 0.45
        draw.line([(0, step), (WIDTH, step)], fill=_darker(room.colour, shade))
    draw.ellipse((880, -220, 1480, 380), fill=_darker(room.colour, -0.08))
    draw.ellipse((1040, 60, 1180, 200), fill=_darker(room.colour, -0.22))
    draw.text((80, 70), room.name.upper(), font=_font(26), fill="#ffffffb0")
    top = 190
    for row in _wrap(draw, line.slide or room.name, 72, 1000):
        draw.text((80, top), row, font=_font(72), fill="white")
        top += 88
    draw.rectangle((0, 560, WIDTH, HEIGHT), fill=_darker(room.colour, 0.62))
    draw.rectangle((0, 560, 12, HEIGHT), fill="#f2b441")
    draw.text((60, 582), line.speaker, font=_font(34), fill="#f2b441")
    top = 630
    for row in _wrap(draw, line.text, 26, WIDTH - 130)[:2]:
        draw.text((60, top), row, font=_font(26), fill="white")
        top += 36
    image.save(path)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _wrap(draw: ImageDraw.ImageDraw, text: str, size: int, width: int) -> list[str]:
    rows: list[str] = []
    for word in text.split():
        grown = f"{rows[-1]} {word}" if rows else word
        if rows and draw.textlength(grown, font=_font(size)) <= width:
            rows[-1] = grown
        else:
            rows.append(word)
    return rows


def _darker(colour: str, amount: float) -> tuple[int, int, int]:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    red, green, blue = (
        max(0, min(255, int(p * (1 - amount) + (8 if amount > 0 else 0))))
        for p in parts
    )
    return red, green, blue
