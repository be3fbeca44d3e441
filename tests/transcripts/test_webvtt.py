"""WebVTT by the W3C rules, and what is refused."""

from __future__ import annotations

import pytest

from folkmoot.transcripts import webvtt
from folkmoot.transcripts.cues import Cue, CueError


def cue(start: float, end: float, text: str, **fields: str | None) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, **fields)  # type: ignore[arg-type]


HEAD = "WEBVTT\n\n00:01.000 --> 00:02.000\n"


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("WEBVTT", []),
        ("\ufeffWEBVTT - with a title\n\n", []),
        (HEAD + "Hello", [cue(1, 2, "Hello")]),
        (HEAD.replace("\n", "\r\n") + "Hello\r\nyou\r\n", [cue(1, 2, "Hello you")]),
        (HEAD.replace("\n", "\r") + "Hello", [cue(1, 2, "Hello")]),
        ("WEBVTT\n00:01.000 --> 00:02.000\nHi", [cue(1, 2, "Hi")]),
        (
            "WEBVTT\nKind: captions\nLanguage: fr\n\n00:01.000 --> 00:02.000\nOui",
            [cue(1, 2, "Oui", language="fr")],
        ),
        (
            (
                "WEBVTT\n\nNOTE a --\nlong\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\n"
                "an id --\n123:00:01.000 --> 123:00:02.500 align:left position:10%\nHi"
            ),
            [cue(442801, 442802.5, "Hi")],
        ),
        (
            "WEBVTT\n\n1\n00:01.000-->00:02.000\nA\n00:02.000 --> 00:03.000\nB",
            [cue(1, 2, "A"), cue(2, 3, "B")],
        ),
        (
            "WEBVTT\n\n00:02.000 --> 00:03.000\nB\n\n00:01.000 --> 00:02.000\nA",
            [cue(1, 2, "A"), cue(2, 3, "B")],
        ),
        (HEAD + "<v Ann Lee>Hi", [cue(1, 2, "Hi", speaker="Ann Lee")]),
        (
            HEAD + "<v.first.loud Ann &amp; Bob>Hi</v>",
            [cue(1, 2, "Hi", speaker="Ann & Bob")],
        ),
        (
            HEAD + "Oh <v Ann>one</v> <v Bob>two <i>three</i>",
            [
                cue(1, 2, "Oh"),
                cue(1, 2, "one", speaker="Ann"),
                cue(1, 2, "two three", speaker="Bob"),
            ],
        ),
        (
            HEAD + "<c.red><b>a</b> &lt;b&gt; &amp;amp;</c> <00:01.500>c&nbsp;d <",
            [cue(1, 2, "a <b> &amp; c d")],
        ),
        (HEAD + "<lang en-GB>Hi</lang>", [cue(1, 2, "Hi", language="en-GB")]),
        (HEAD + "\n\n00:03.000 --> 00:04.000\n<b></b>\n", []),
        (HEAD + "a\0b", [cue(1, 2, "a\ufffdb")]),
        (HEAD + "one\u2028two", [cue(1, 2, "one two")]),
        ("WEBVTT\n\n47:60.000 --> 48:01.000\nHi", [cue(2880, 2881, "Hi")]),
    ],
)
def test_parse_reads(text: str, cues: list[Cue]) -> None:
    assert webvtt.parse(text.encode()) == cues


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "starts with the word WEBVTT"),
        ("WEBVTTX", 1, "starts with the word WEBVTT"),
        ("Hello", 1, "starts with the word WEBVTT"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nHi", 3, "before it starts"),
        ("WEBVTT\n\n-0:01.000 --> 00:01.000\nHi", 3, "is not a time"),
        ("WEBVTT\n\n00:01,000 --> 00:02,000\nHi", 3, "is not a time"),
        ("WEBVTT\n\n00:01.000 --> \nHi", 3, "a start and an end"),
        ("WEBVTT\n\n00:01.000 --> soon\nHi", 3, "'soon' is not a time"),
        ("WEBVTT\n\n00:61.000 --> 01:62.000\nHi", 3, "more than 59"),
        ("WEBVTT\n\n00:01.00 --> 00:02.000\nHi", 3, "is not a time"),
        ("WEBVTT\n\n00:01.000 -> 00:02.000\nHi", 3, "before no cue timing"),
        (HEAD + "Hi\n\nlost words\n", 6, "before no cue timing"),
        (HEAD + "Hi\n\n00:03.000 --> x\nHi", 6, "is not a time"),
    ],
)
def test_parse_refuses_with_the_line(text: str, line: int, says: str) -> None:
    with pytest.raises(CueError, match=says) as refused:
        webvtt.parse(text.encode())
    assert refused.value.line == line


def test_render_writes_voices_and_escapes() -> None:
    cues = [
        cue(3661.5, 3662, "a < b --> c & d", speaker="Ann <X> & Co"),
        cue(3662, 3663, "oui", language="fr"),
    ]
    assert webvtt.render(cues).decode() == (
        "WEBVTT\n"
        "\n01:01:01.500 --> 01:01:02.000\n"
        "<v Ann &lt;X&gt; &amp; Co>a &lt; b --&gt; c &amp; d\n"
        "\n01:01:02.000 --> 01:01:03.000\n"
        "<lang fr>oui</lang>\n"
    )
    assert webvtt.parse(webvtt.render(cues)) == cues
