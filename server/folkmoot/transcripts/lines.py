"""The bytes of a caption file as numbered lines, within limits."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from folkmoot.transcripts.cues import Cue, CueError, TranscriptTooLarge

MAX_BYTES = 32 * 1024 * 1024
MAX_CUES = 200_000
MAX_CUE_CHARACTERS = 20_000
# Four lines a cue and a margin: lines cost much more memory than their bytes.
MAX_LINES = 5 * MAX_CUES
# 116 days; no meeting lasts as long, and dates end at some time.
MAX_SECONDS = 10_000_000

# The longer first: the mark of UTF-32 begins with that of UTF-16.
_OTHER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_END = re.compile("\r\n|\n|\r")

Line = tuple[int, str]


def check_size(data: bytes) -> None:
    """Refuse what is larger than `MAX_BYTES`; `TranscriptTooLarge`."""
    if len(data) > MAX_BYTES:
        raise TranscriptTooLarge(
            0, f"A transcript may hold at most {MAX_BYTES >> 20} MB."
        )


def decode_text(data: bytes) -> str:
    """The text of a file; `CueError` says where it is not UTF-8.

    A file that says by its first bytes that it is UTF-16 or UTF-32 is read as that.
    """
    check_size(data)
    for mark, name in _OTHER_MARKS:
        if data.startswith(mark):
            try:
                return _without_nul(data.decode(name))
            except UnicodeDecodeError as error:
                raise CueError(
                    1, f"The file says that it is {name.upper()}, but isn't."
                ) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(data[: error.start].decode("latin-1"))) + 1
        byte = data[error.start]
        raise CueError(
            line, f"Byte 0x{byte:02x} is not UTF-8; save the file as UTF-8."
        ) from error
    return _without_nul(text)


def _without_nul(text: str) -> str:
    # The W3C parser replaces NUL before anything else.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def split_lines(text: str) -> list[str]:
    """Lines ended by CRLF, LF or CR and nothing else (not by U+2028 and the like).

    `TranscriptTooLarge` for more than `MAX_LINES`.
    """
    if text.count("\n") + text.count("\r") - text.count("\r\n") >= MAX_LINES:
        raise TranscriptTooLarge(
            MAX_LINES + 1, f"A transcript may hold at most {MAX_LINES} lines."
        )
    return _LINE_END.split(text)


def blocks(lines: list[str], *, spaces_are_blank: bool = True) -> Iterator[list[Line]]:
    """Runs of lines between blank lines, each line with its number from 1.

    In WebVTT a line of spaces is not blank; YouTube begins cues with one.
    """
    block: list[Line] = []
    for number, line in enumerate(lines, start=1):
        if line.strip() if spaces_are_blank else line:
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def bounded(cues: Iterable[tuple[int, Cue]]) -> list[Cue]:
    """The cues in order of time; refuses too many, too long and too late ones."""
    kept: list[Cue] = []
    for line, cue in cues:
        if len(cue.text) > MAX_CUE_CHARACTERS:
            raise TranscriptTooLarge(
                line, f"A cue may hold at most {MAX_CUE_CHARACTERS} characters."
            )
        if cue.end_seconds > MAX_SECONDS:
            raise CueError(line, f"A cue may end at {MAX_SECONDS} seconds at most.")
        if len(kept) == MAX_CUES:
            raise TranscriptTooLarge(
                line, f"A transcript may hold at most {MAX_CUES} cues."
            )
        kept.append(cue)
    return sorted(kept, key=lambda cue: cue.start_seconds)
