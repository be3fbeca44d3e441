"""A cue: a timed piece of what was said, and what is wrong with a caption file."""

from __future__ import annotations

import msgspec


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """What one person said between two moments of a recording.

    Times are seconds from the start of the file's own clock. `estimated` says
    that the file had no times and these were reckoned from the words.
    """

    start_seconds: float
    end_seconds: float
    text: str
    speaker: str | None = None
    language: str | None = None
    estimated: bool = False


class CueError(ValueError):
    """A caption file that can't be read; `line` counts from 1, 0 is the whole."""

    code = "bad_transcript"

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}" if line else message)
        self.line = line
        self.message = message


class TranscriptTooLarge(CueError):
    """A caption file past the limit of bytes or cues."""

    code = "transcript_too_large"
