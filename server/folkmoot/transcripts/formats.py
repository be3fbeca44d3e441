"""The caption formats by media type and file name, behind two functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from folkmoot.transcripts import (
    json_cues,
    office,
    plain,
    sbv,
    subrip,
    ttml,
    webvtt,
)
from folkmoot.transcripts.cues import Cue, CueError

Format = Literal["vtt", "srt", "ttml", "txt", "json"]
# What can be read, but isn't written.
Foreign = Literal["sbv", "office"]

_PARSERS: dict[Format | Foreign, Callable[[bytes], list[Cue]]] = {
    "vtt": webvtt.parse,
    "srt": subrip.parse,
    "ttml": ttml.parse,
    "txt": plain.parse,
    "json": json_cues.parse,
    "sbv": sbv.parse,
    "office": office.parse,
}
_RENDERERS: dict[Format, Callable[[Sequence[Cue]], bytes]] = {
    "vtt": webvtt.render,
    "srt": subrip.render,
    "ttml": ttml.render,
    "txt": plain.render,
    "json": json_cues.render,
}
MEDIA_TYPES: dict[Format, str] = {
    "vtt": webvtt.MEDIA_TYPE,
    "srt": subrip.MEDIA_TYPE,
    "ttml": ttml.MEDIA_TYPE,
    "txt": plain.MEDIA_TYPE,
    "json": json_cues.MEDIA_TYPE,
}
_BY_TYPE: dict[str, Format | Foreign] = {
    **{media_type: name for name, media_type in MEDIA_TYPES.items()},
    "application/srt": "srt",
    "text/srt": "srt",
    "text/x-srt": "srt",
    "application/ttaf+xml": "ttml",
    office.DOCX_TYPE: "office",
    office.ODT_TYPE: "office",
}
_BY_ENDING: dict[str, Format | Foreign] = {
    "vtt": "vtt",
    "webvtt": "vtt",
    "srt": "srt",
    "ttml": "ttml",
    "dfxp": "ttml",
    "sbv": "sbv",
    "docx": "office",
    "odt": "office",
    "txt": "txt",
    "text": "txt",
    "json": "json",
}


def recognise(
    data: bytes, *, media_type: str | None = None, name: str | None = None
) -> Format | Foreign:
    """The format by media type, else by the name's ending, else by the first bytes.

    text/plain and unknown types say nothing, since browsers send them for .srt.
    """
    stated = _BY_TYPE.get((media_type or "").split(";")[0].strip().lower())
    if stated is not None and stated != "txt":
        return stated
    ending = _BY_ENDING.get((name or "").rsplit(".", 1)[-1].lower())
    return ending or _sniff(data)


def _sniff(data: bytes) -> Format | Foreign:
    if data.startswith(b"PK\x03\x04"):
        return "office"
    head = _head(data)
    if head.startswith(b"WEBVTT"):
        return "vtt"
    if head[:1] in {b"{", b"["} and not head[1:2].isdigit():
        return "json"
    first = head.splitlines()[:2]
    if any(b"-->" in line for line in first):
        return "srt"
    if head.startswith((b"<?xml", b"<tt ", b"<tt>")) or b"<tt:tt" in head:
        return "ttml"
    if first and sbv.TIMING.fullmatch(first[0].decode("latin-1")):
        return "sbv"
    return "txt"


def _head(data: bytes) -> bytes:
    """The first bytes as UTF-8, whatever the file says that it is."""
    head = data[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        wide = b"\xff\xfe\0\0", b"\0\0\xfe\xff"
        encoding = "utf-32" if head.startswith(wide) else "utf-16"
        head = head.decode(encoding, errors="ignore").encode()
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


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
