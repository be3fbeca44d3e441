"""WebVTT, read and written by the W3C rules (https://www.w3.org/TR/webvtt1/).

One difference on purpose: the W3C parser drops what it does not understand; a
public record may not lose words in silence. So a block that is neither a cue nor
NOTE, STYLE or REGION is refused with its line, and a tag that is never closed takes
no words with it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from folkmoot.transcripts.cues import Cue, CueError, TranscriptTooLarge
from folkmoot.transcripts.lines import (
    MAX_CUE_CHARACTERS,
    Line,
    blocks,
    bounded,
    decode_text,
    split_lines,
)
from folkmoot.transcripts.names import split_speakers
from folkmoot.transcripts.timing import ARROW, read_timing, write_clock

MEDIA_TYPE = "text/vtt"
# 4.1: the signature, then nothing or a space or tab and any text.
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_ASIDE = re.compile(r"(?:NOTE(?:[ \t].*)?|STYLE[ \t]*|REGION[ \t]*)")
# 6.4: a tag runs from "<" to ">"; one that isn't closed, to the next or the end.
_TAG = re.compile(r"<([^<>]*)(>?)")
# Where captions roll up, this share of cues repeats a line of the one before.
_ROLLING_SHARE = 0.3
_SPACE = re.compile(r"\s+")
# Karaoke tags each word with its time and class, some thirty characters.
_MAX_PAYLOAD = 20 * MAX_CUE_CHARACTERS
_LONG_NUMBER = re.compile(r"&#x?[0-9A-Fa-f]{9,};?")
# Text, speaker, language.
Voice = tuple[str, str | None, str | None]
_HEADER_LANGUAGE = re.compile(r"(?i)language:\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*")


def parse(data: bytes) -> list[Cue]:
    """The cues of a WebVTT file in order of time; `CueError` names the line.

    A cue in which several people speak becomes one cue for each, all with the
    times of the whole. Where nobody is named by a voice but most cues begin with
    a name (Zoom), those speak. Captions that roll up (YouTube) show each line
    twice or more; it is read once.
    """
    lines = split_lines(decode_text(data))
    if not _SIGNATURE.fullmatch(lines[0]):
        raise CueError(1, "A WebVTT file starts with the word WEBVTT.")
    return split_speakers(bounded(_cues(lines)))


def _cues(lines: list[str]) -> Iterator[tuple[int, Cue]]:
    language: str | None = None
    roll = _Roll(lines)
    for block in blocks(lines, spaces_are_blank=False):
        rest = block
        if block[0][0] == 1:
            language, rest = _after_header(block)
        while rest:
            if _ASIDE.fullmatch(rest[0][1]) and not _is_timing(rest[0]):
                break
            rest, cues = _read_cue(rest, language, roll)
            yield from cues


def _after_header(block: list[Line]) -> tuple[str | None, list[Line]]:
    """The header's language and what follows when a cue has no blank line before."""
    language = None
    for index, line in enumerate(block):
        if _is_timing(line):
            return language, block[index:]
        if match := _HEADER_LANGUAGE.fullmatch(line[1]):
            language = match[1]
    return language, []


class _Roll:
    """What is new in each cue of captions that roll up, as YouTube writes them.

    There a cue shows the line before once more above its own, and another of
    10 ms only holds the screen; read plainly, all would be said three times.
    """

    def __init__(self, lines: list[str]) -> None:
        pairs = repeats = 0
        shown: list[str] = []
        for block in blocks(lines, spaces_are_blank=False):
            body = _bare(
                text for line in block if not _is_timing(line) for text in line[1:]
            )
            pairs += 1
            # Two lines: what is said twice ("Order. Order.") stands in two cues.
            repeats += bool(shown and len(body) > 1 and body[0] == shown[-1])
            shown = body
        self._rolling = repeats > _ROLLING_SHARE * pairs
        self._shown: list[str] = []

    def new_lines(self, lines: list[str]) -> list[str]:
        """Return the lines of the next cue that the one before didn't show."""
        if not self._rolling:
            return lines
        before, self._shown = self._shown, _bare(lines)
        return [line for line in lines if _plain(line) not in before]


def _bare(lines: Iterable[str]) -> list[str]:
    return [text for line in lines if (text := _plain(line))]


def _plain(line: str) -> str:
    return _tidy(_TAG.sub("", line))


def _is_timing(line: Line) -> bool:
    return ARROW in line[1]


def _read_cue(
    block: list[Line], language: str | None, roll: _Roll
) -> tuple[list[Line], list[tuple[int, Cue]]]:
    """The first cue of a block, and the rest of it where another timing follows."""
    timing = 0 if _is_timing(block[0]) else 1
    if timing >= len(block) or not _is_timing(block[timing]):
        number, text = block[0]
        raise CueError(number, f"{text.strip()[:40]!r} stands before no cue timing.")
    number, text = block[timing]
    start, end = read_timing(text, number, decimal=".")
    body = block[timing + 1 :]
    following = next((i for i, line in enumerate(body) if _is_timing(line)), len(body))
    payload = "\n".join(roll.new_lines([line for _, line in body[:following]]))
    if len(payload) > _MAX_PAYLOAD:
        raise TranscriptTooLarge(
            number, f"A cue may hold at most {_MAX_PAYLOAD} characters with its tags."
        )
    cues = [
        (
            number,
            Cue(
                start_seconds=start,
                end_seconds=end,
                text=words,
                speaker=who,
                language=tongue,
            ),
        )
        for words, who, tongue in _voices(payload, language)
    ]
    return body[following:], cues


def _voices(payload: str, language: str | None) -> Iterator[Voice]:
    """Text, speaker and language of each run of one voice, tags taken out."""
    speaker: str | None = None
    spoken: list[str] = []
    tongues = [language]  # the innermost last
    position = 0
    for match in _TAG.finditer(payload):
        spoken.append(payload[position : match.start()])
        position = match.end()
        if not match[2]:
            spoken.append(_words_of_unclosed(match))
            continue
        name, annotation = _tag(match[1])
        if name == "lang":
            tongues.append(annotation or tongues[-1])
        elif name == "/lang" and len(tongues) > 1:
            tongues.pop()
        if name in {"v", "/v", "lang", "/lang"}:
            yield from _voice(spoken, speaker, language)
            spoken = []
            language = tongues[-1]
        if name in {"v", "/v"}:
            speaker = annotation or None if name == "v" else None
    spoken.append(payload[position:])
    yield from _voice(spoken, speaker, language)


def _words_of_unclosed(tag: re.Match[str]) -> str:
    """What is kept of `<c It is late`, and of `5 < 6`, where there is no tag."""
    name, _, words = tag[1].partition(" ")
    if not words.strip():
        return ""
    is_tag = name[:1].isalpha() or name[:1] == "/" or ":" in name
    return f" {words}" if is_tag else tag[0]


def _tag(inside: str) -> tuple[str, str]:
    """A tag's name without classes, and its annotation: `v.loud Ann` is v, Ann."""
    head, _, annotation = inside.replace("\n", " ").replace("\t", " ").partition(" ")
    return head.split(".", 1)[0], _tidy(_unescape(annotation))


def _voice(
    spoken: Iterable[str], speaker: str | None, language: str | None
) -> Iterator[Voice]:
    text = _tidy(_unescape("".join(spoken)))
    if text:
        yield text, speaker, language


def _unescape(text: str) -> str:
    # A number of thousands of digits is no character, and Python reads none such.
    return html.unescape(_LONG_NUMBER.sub("\N{REPLACEMENT CHARACTER}", text))


def _tidy(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def render(cues: Sequence[Cue]) -> bytes:
    """A WebVTT file of the cues, speakers as voices."""
    parts = ["WEBVTT\n"]
    parts.extend(
        f"\n{write_clock(cue.start_seconds)} {ARROW} {write_clock(cue.end_seconds)}"
        f"\n{_payload(cue)}\n"
        for cue in cues
    )
    return "".join(parts).encode()


def _payload(cue: Cue) -> str:
    text = _escape(_tidy(cue.text))
    if cue.language:
        text = f"<lang {_escape(_tidy(cue.language))}>{text}</lang>"
    if cue.speaker:
        text = f"<v {_escape(_tidy(cue.speaker))}>{text}"
    return text


def _escape(text: str) -> str:
    # ">" too: an annotation ends at it, and "-->" may not stand in a cue.
    return html.escape(text, quote=False)
