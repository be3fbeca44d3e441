"""SubRip, plain text and JSON: what they mean and what is refused."""

from __future__ import annotations

import pytest

from folkmoot.transcripts.cues import Cue, CueError
from folkmoot.transcripts.formats import parse, render
from folkmoot.transcripts.names import split_speaker


def cue(start: float, end: float, text: str, speaker: str | None = None) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, speaker=speaker)


def reckoned(start: float, end: float, text: str, speaker: str | None = None) -> Cue:
    return Cue(
        start_seconds=start,
        end_seconds=end,
        text=text,
        speaker=speaker,
        estimated=True,
    )


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        (
            (
                "\ufeff1\r\n00:00:01,000 --> 00:00:02,500 X1:1\r\n<i>Ann Lee:</i> {\\an8}Hi"
                "\r\nyou\r\n\r\n2\r\n00:00:02.500 --> 00:00:03.000\r\nNo <tag> here\r\n"
            ),
            [cue(1, 2.5, "Hi you", "Ann Lee"), cue(2.5, 3, "No <tag> here")],
        ),
        ("00:00:01,000 --> 00:00:02,000\nHi", [cue(1, 2, "Hi")]),
        ("1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:02,000 --> 00:00:03,000\nHi",
         [cue(2, 3, "Hi")]),
    ],
)  # fmt: skip
def test_srt_reads(text: str, cues: list[Cue]) -> None:
    assert parse(text.encode(), name="a.srt") == cues


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1\n00:00:02,000 --> 00:00:01,000\nHi", 2),
        ("1\n00:00:01 --> 00:00:02\nHi", 2),
        ("x\n00:00:01,000 --> 00:00:02,000\nHi", 1),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi\n2\n00:00:02,000 --> 00:00:03,000\nB", 5),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi\n\nlost", 5),
        ("", 1),
    ],
)  # fmt: skip
def test_srt_refuses_with_the_line(text: str, line: int) -> None:
    with pytest.raises(CueError) as refused:
        parse(text.encode(), name="a.srt")
    assert refused.value.line == line


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        (
            "[00:01] Ann Lee: one two\nthree\n\n[00:04.5] four five\n",
            [cue(1, 4.5, "one two three", "Ann Lee"), cue(4.5, 5.3, "four five")],
        ),
        ("00:00:01 one\n1:00:00 two", [cue(1, 3600, "one"), cue(3600, 3600.4, "two")]),
        (
            "Ann Lee: One two. Three four!\nfive",
            [
                reckoned(0, 0.8, "One two.", "Ann Lee"),
                reckoned(0.8, 1.6, "Three four!", "Ann Lee"),
                reckoned(1.6, 2.0, "five", "Ann Lee"),
            ],
        ),
    ],
)
def test_text_reads(text: str, cues: list[Cue]) -> None:
    assert parse(text.encode(), name="a.txt") == cues


@pytest.mark.parametrize(
    ("text", "line"), [("[00:05] a\nb\n[00:04] c", 3), (" \n ", 1), ("[00:99] a", 1)]
)
def test_text_refuses_with_the_line(text: str, line: int) -> None:
    with pytest.raises(CueError) as refused:
        parse(text.encode(), name="a.txt")
    assert refused.value.line == line


def test_text_is_written_by_turns() -> None:
    cues = [cue(1, 2, "one", "Ann"), cue(2, 3, "two", "Ann"), cue(3, 4, "three")]
    assert render(cues, "txt").decode() == (
        "[00:00:01.000] Ann: one two\n\n[00:00:03.000] three\n"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ann Lee: hi", ("Ann Lee", "hi")),
        ("MR. O'BRIEN: hi", ("MR. O'BRIEN", "hi")),
        ("Cllr Ann van der Berg (Ward): hi", ("Cllr Ann van der Berg (Ward)", "hi")),
        ("so here is what I mean: hi", (None, "so here is what I mean: hi")),
        ("The point that matters: hi", (None, "The point that matters: hi")),
        ("at 10:30 we start", (None, "at 10:30 we start")),
        ("Ann Lee:", (None, "Ann Lee:")),
    ],
)
def test_speaker_is_told_from_a_sentence(
    text: str, found: tuple[str | None, str]
) -> None:
    assert split_speaker(text) == found


def test_json_reads_both_shapes() -> None:
    ours = b'[{"start_seconds": 1, "end_seconds": 2, "text": " a  b ", "speaker": "A"}]'
    assert parse(ours, name="a.json") == [cue(1, 2, "a b", "A")]
    theirs = b'{"language": "fr", "segments": [{"id": 0, "start": 1.5, "end": 2, "text": "a"}]}'
    assert parse(theirs, name="a.json") == [
        Cue(start_seconds=1.5, end_seconds=2, text="a", language="fr")
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Line 1: This is not JSON"),
        ("[" * 100_000, "Line 1: This"),
        ("[[[1], 2], 3", "Line 1: This is not JSON"),
        ("{}", 'Expected {"cues"'),
        ("[1]", "Cue 1 is not an object"),
        ('[{"text": "a"}]', "Cue 1 has no start_seconds"),
        ('[{"start": 2, "end": 1, "text": "a"}]', "Cue 1 ends before it starts"),
        ('[{"start": -1, "end": 1, "text": "a"}]', "must be 0 or more"),
        ('[{"start": NaN, "end": 1, "text": "a"}]', "must be 0 or more"),
        ('[{"start": 0, "end": 1}]', "Cue 1: text must be text"),
        ('[{"start": 0, "end": 1, "text": "a", "speaker": 3}]', "speaker must be text"),
    ],
)
def test_json_refuses_and_says_which(text: str, says: str) -> None:
    with pytest.raises(CueError) as refused:
        parse(text.encode(), name="a.json")
    assert says in str(refused.value)
