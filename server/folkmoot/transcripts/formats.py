"""The caption formats by media type and file name, behind two functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from folkmoot.transcripts import json_cues, plain, subrip, webvtt
from folkmoot.transcripts.cues import Cue, CueError

Format = Literal["vtt", "srt", "txt", "json"]

_PARSERS: dict[Format, Callable[[bytes], list[Cue]]] = {
    "vtt": webvtt.parse,
    "srt": subrip.parse,
    "txt": plain.parse,
    "json": json_cues.parse,
}
_RENDERERS: dict[Format, Callable[[Sequence[Cue]], bytes]] = {
    "vtt": webvtt.render,
    "srt": subrip.render,
    "txt": plain.render,
    "json": json_cues.render,
}
MEDIA_TYPES: dict[Format, str] = {
    "vtt": webvtt.MEDIA_TYPE,
    "srt": subrip.MEDIA_TYPE,
    "txt": plain.MEDIA_TYPE,
    "json": json_cues.MEDIA_TYPE,
}
_BY_TYPE: dict[str, Format] = {
    **{media_type: name for name, media_type in MEDIA_TYPES.items()},
    "application/srt": "srt",
    "text/srt": "srt",
    "text/x-srt": "srt",
}
_BY_ENDING: dict[str, Format] = {
    "vtt": "vtt",
    "webvtt": "vtt",
    "srt": "srt",
    "txt": "txt",
    "text": "txt",
    "json": "json",
}


def recognise(
    data: bytes, *, media_type: str | None = None, name: str | None = None
) -> Format:
    """The format by media type, else by the name's ending, else by the first bytes.

    text/plain and unknown types say nothing, since browsers send them for .srt.
    """
    stated = _BY_TYPE.get((media_type or "").split(";")[0].strip().lower())
    if stated is not None and stated != "txt":
        return stated
    ending = _BY_ENDING.get((name or "").rsplit(".", 1)[-1].lower())
    return ending or _sniff(data)


def _sniff(data: bytes) -> Format:
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"WEBVTT"):
        return "vtt"
    if head[:1] in {b"{", b"["} and not head[1:2].isdigit():
        return "json"
    if any(b"-->" in line for line in head.splitlines()[:2]):
        return "srt"
    return "txt"


def parse(
    data: bytes, *, media_type: str | None = None, name: str | None = None
) -> list[Cue]:
    """All cues of a file in order of time, or `CueError`: never a part of them."""
    cues = _PARSERS[recognise(data, media_type=media_type, name=name)](data)
    if not cues:
        raise CueError(1, "There is no cue in this file.")
    return cues


def render(cues: Sequence[Cue], fmt: Format) -> bytes:
    """A file of the cues in one of the formats, UTF-8."""
    return _RENDERERS[fmt](cues)
