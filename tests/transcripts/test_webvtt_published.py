"""The published test cases for WebVTT, as a table of our own: source, file, outcome.

Sources: `wpt` is web-platform-tests, folder webvtt/parsing (file-parsing and
cue-text-parsing); `vtt.js` is mozilla/vtt.js, folder tests. The cases of signatures,
headers and style sheets are after their names there and the standard. Left out are their cases
of settings, regions and style sheets, which say where a cue is drawn: those lines are
read past. Where a browser drops something in silence we refuse the file and name the
line, because a public record may not lose words; DIFFERS lists what differs and why.
"""

from __future__ import annotations

import pytest

from folkmoot.transcripts import webvtt
from folkmoot.transcripts.cues import CueError

A_CUE = "00:00.000 --> 00:02.000\n"
HEAD = f"WEBVTT\n\n{A_CUE}"

# What is said in one cue. Source, markup, words.
TEXTS = [
    ("wpt entities", "&", "&"),
    ("wpt entities", "&amp;", "&"),
    ("wpt entities", "&AMP;", "&"),
    ("wpt entities", "&lt;", "<"),
    ("wpt entities", "&gt;", ">"),
    ("wpt entities", "a&lrm;b", "a\u200eb"),
    ("wpt entities", "a&rlm;b", "a\u200fb"),
    ("wpt entities", "&&", "&&"),
    ("wpt entities", "&1", "&1"),
    ("wpt entities", "&1;", "&1;"),
    ("wpt entities", "&<", "&"),
    ("wpt entities", "&<c", "&"),
    ("wpt entities", "&;", "&;"),
    ("wpt tree-building", "test", "test"),
    ("wpt tree-building", "<ruby>one<rt>two", "onetwo"),
    ("wpt tree-building", "<ruby>one<rt>two</rt>three", "onetwothree"),
    ("wpt tree-building", "<ruby>a<rt>b</rt></ruby>c", "abc"),
    ("wpt tree-building", "<ruby>a<rt><b>b</rt></ruby>c", "abc"),
    ("wpt tree-building", "<ruby>a<rt><b>b</rt></ruby></b>c", "abc"),
    ("wpt tree-building", "<ruby>a<rt><b>b</rt></b>c</ruby>d", "abcd"),
    ("vtt.js bold/not-closed", "<b>A tree", "A tree"),
    ("vtt.js bold/with-annotation", "<b Mary>No", "No"),
    ("vtt.js bold/with-closing-span", "<b>Yes</b> and", "Yes and"),
    ("vtt.js class/with-subclass", "<c.first>Yes</c>", "Yes"),
    ("vtt.js class/with-two-subclasses", "<c.first.loud>Yes</c>", "Yes"),
    ("vtt.js class/with-annotation", "<c Mary>No</c>", "No"),
    ("vtt.js escape-characters/amp", "this &amp; that", "this & that"),
    ("vtt.js escape-characters/nbsp", "a&nbsp;b", "a b"),
    ("vtt.js escape-characters/incorrect", "&l &g; &am; &nbs;", "&l &g; &am; &nbs;"),
    ("vtt.js escape-characters/together", "&lt;&amp;&gt; &am&lt;", "<&> &am<"),
    ("vtt.js format/line-breaks", "- one\n- two", "- one - two"),
    ("vtt.js italic/not-closed", "<i>A tree", "A tree"),
    ("vtt.js underline/with-subclass", "<u.first>Yes</u>", "Yes"),
    ("vtt.js ruby/basic", "<ruby>A <rt>tree</rt></ruby>", "A tree"),
    ("vtt.js ruby/rt-no-ruby-tag", "<rt>Yes</rt>", "Yes"),
    ("vtt.js ruby/with-annotation", "<ruby x>A <rt y>b</rt></ruby>", "A b"),
    ("vtt.js tag-format/bogus-span-name", "<bad>Yes</bad>", "Yes"),
    ("vtt.js tag-format/incorrect-close-tag-order", "<i>Yes</b> and", "Yes and"),
    ("vtt.js tag-format/no-start-tag", "No </b> way", "No way"),
    ("vtt.js timestamp/basic", "<00:01.000>A tree", "A tree"),
    ("vtt.js timestamp/nested", "<00:01.000>A<00:01.500> b", "A b"),
    ("vtt.js timestamp/non-digit", "<a0:01.000>A", "A"),
    ("vtt.js timestamp/out-of-cue-range", "<00:03.000>A", "A"),
    ("vtt.js timestamp/space-after-lt", "< 00:01.000>A", "A"),
    ("vtt.js timestamp/space-before-gt", "<00:01.000 >A", "A"),
]

# Files of which all cues are read. Source, file, start, end and words of each.
FILES = [
    ("wpt signature-bom", "\ufeff" + HEAD + "a", [(0, 2, "a")]),
    ("wpt signature-no-newline", "WEBVTT", []),
    ("wpt signature-space", "WEBVTT \n\n" + A_CUE + "a", [(0, 2, "a")]),
    ("wpt signature-space-no-newline", "WEBVTT ", []),
    ("wpt signature-tab", "WEBVTT\t\n\n" + A_CUE + "a", [(0, 2, "a")]),
    ("wpt signature-tab-no-newline", "WEBVTT\t", []),
    ("wpt header-space", "WEBVTT text\n\n" + A_CUE + "a", [(0, 2, "a")]),
    ("wpt header-tab", "WEBVTT\ttext\n\n" + A_CUE + "a", [(0, 2, "a")]),
    ("wpt header-garbage", "WEBVTT\nany: text\n\n" + A_CUE + "a", [(0, 2, "a")]),
    ("wpt header-timings", "WEBVTT\n" + A_CUE + "a", [(0, 2, "a")]),
    (
        "wpt ids",
        f"WEBVTT\n\n a\n{A_CUE}1\n\nb \n{A_CUE}2\n\n-- >\n{A_CUE}3\n\n \n{A_CUE}4",
        [(0, 2, "1"), (0, 2, "2"), (0, 2, "3"), (0, 2, "4")],
    ),
    (
        "wpt newlines",
        f"WEBVTT\r\r{A_CUE}1\r\n\r\n{A_CUE}2\n\r{A_CUE}3",
        [(0, 2, "1"), (0, 2, "2"), (0, 2, "3")],
    ),
    ("wpt nulls", HEAD + "\0a\0", [(0, 2, "\ufffda\ufffd")]),
    (
        "wpt timings-omitted-hours",
        "WEBVTT\n\n00:00.000 --> 00:00:01.000\na\n\n00:00:00.000 --> 00:01.000\nb",
        [(0, 1, "a"), (0, 1, "b")],
    ),
    (
        "wpt timings-too-long",
        "WEBVTT\n\n000:00:00.000 --> 000:00:01.000\na",
        [(0, 1, "a")],
    ),
    (
        "wpt timings-too-short",
        "WEBVTT\n\n0:00:00.000 --> 0:00:01.000\na",
        [(0, 1, "a")],
    ),
    (
        "wpt whitespace-chars",
        "WEBVTT\n\na\n  00:00.000   -->  00:01.000 \n  1\n\nb\n\t00:00.000\t-->\t00:01.000\t\n2\n\n00:00.000\f-->\f00:01.000\n3",
        [(0, 1, "1"), (0, 1, "2"), (0, 1, "3")],
    ),
    ("wpt stylesheets", f"WEBVTT\n\nSTYLE\n::cue {{}}\n\n{A_CUE}a", [(0, 2, "a")]),
    (
        "wpt settings-line",
        "WEBVTT\n\n00:00.000 --> 00:01.000 line:-1%\na",
        [(0, 1, "a")],
    ),
    (
        "vtt.js cue-times/fractions",
        "WEBVTT\n\n00:00.999 --> 00:02.000\na",
        [(0.999, 2, "a")],
    ),
    (
        "vtt.js cue-times/max-time-spots",
        "WEBVTT\n\n02:00:00.000 --> 02:00:01.000\na",
        [(7200, 7201, "a")],
    ),
    (
        "vtt.js cue-times/missing-spaces-between-separator",
        "WEBVTT\n\n00:25.000-->00:27.000\na",
        [(25, 27, "a")],
    ),
    (
        "vtt.js cue-times/separator-tab",
        "WEBVTT\n\n00:25.000\t\t-->\t\t00:27.000\na",
        [(25, 27, "a")],
    ),
    (
        "vtt.js file-layout/cue-spacing",
        f"{HEAD}a\n00:02.000 --> 00:04.000\nb",
        [(0, 2, "a"), (2, 4, "b")],
    ),
    (
        "vtt.js file-layout/many-comments",
        f"WEBVTT\n\nNOTE x\n\nNOTE\ny\n\n{A_CUE}a",
        [(0, 2, "a")],
    ),
    (
        "vtt.js cuetext/languages",
        f"WEBVTT\n\n\u4ece\u5927\u6d77\n{A_CUE}\u6d77",
        [(0, 2, "\u6d77")],
    ),
]

# Times that no parser reads: a browser drops the cue, we name the line.
NO_TIMES = [
    "0000:00.000",
    "00:0000.000",
    "00:00:0.000",
    "00:00:00000",
    "00:00:00.00",
    "00:00:00.0",
    "00:00:00.",
    "00:00:00",
    "00:00:0",
    "00:00:",
    "00:00",
    "00:0",
    "00:",
    "00",
    "0",
    "0000.000",
    "00:0.000",
    "00:00000",
    "00:00.00",
    "00:00.",
    ":00.",
    "00.",
    ".",
    "00::00:00.000",
    "00:000:00.000",
    "00:00::00.000",
    "00:00:000.000",
    "00:00:00..000",
    "00:00:00.0000",
    "000:00.000",
    "00.00.000",
    "00:60:00.000",
    "60:00.000",
    "-00:00.000",
    "00:00.000a",
]

# What differs from the published outcome. Why, source, file, ours: cues or the line.
DIFFERS = [
    ("nothing is dropped in silence", "wpt arrows", f"WEBVTT\n\n-->\n{A_CUE}a", 3),
    ("nothing is dropped in silence", "wpt arrows", f"WEBVTT\n\nfoo-->\n{A_CUE}a", 3),
    ("nothing is dropped in silence", "wpt ids; vtt.js integration/id", f"{HEAD}a\n\n-->\n{A_CUE}b", 6),
    ("nothing is dropped in silence", "vtt.js format/double-line-break", f"{HEAD}a\n\nb", 6),
    ("nothing is dropped in silence", "vtt.js cue-times/missing-separator", "WEBVTT\n\n00:00.000 00:00.001\n", 3),
    ("a cue that ends before it starts is a mistake", "wpt timings-negative", "WEBVTT\n\n00:01.000 --> 00:00.999\na", 3),
    ("written by programs that round", "wpt timings-60", "WEBVTT\n\n00:00:60.000 --> 00:01:01.000\na", [(60, 61, "a")]),
    ("one digit can be meant in one way only", "wpt timings-too-short", "WEBVTT\n\n0:00.000 --> 0:01.000\na", [(0, 1, "a")]),
    ("one digit can be meant in one way only", "wpt timings-too-short", "WEBVTT\n\n00:0:00.000 --> 00:00:01.000\na", [(0, 1, "a")]),
    ("other white space parts words too", "wpt whitespace-chars", "WEBVTT\n\n00:00.000\v-->\v00:01.000\na", [(0, 1, "a")]),
    ("a cue without words is none", "wpt timings-eof", "WEBVTT\n\n00:00.000 --> 00:01.000", []),
    ("a cue without words is none", "vtt.js file-layout/cue-spacing", f"{HEAD}{A_CUE}a", [(0, 2, "a")]),
    ("words outlive a tag that never closes", "vtt.js tag-format/no-closing-gt", f"{HEAD}<c A tree", [(0, 2, "A tree")]),
    ("words outlive a tag that never closes", "vtt.js tag-format/start-tag-missing-gt", f"{HEAD}<c.x A tree</c>", [(0, 2, "A tree")]),
    ("words outlive a tag that never closes", "vtt.js tag-format/end-tag-no-gt", f"{HEAD}<c>A </c tree", [(0, 2, "A tree")]),
    ("words outlive a tag that never closes", "vtt.js timestamp/no-end-gt", f"{HEAD}<00:01.000 A tree", [(0, 2, "A tree")]),
    ("words outlive a tag that never closes", "vtt.js voice/no-end-gt", f"{HEAD}<v A tree", [(0, 2, "A tree")]),
    ("HTML's entities, as the standard has it now", "wpt entities", f"{HEAD}&copy; &quot; &#65; &amp", [(0, 2, '\u00a9 " A &')]),
]  # fmt: skip


def read(text: str) -> list[tuple[float, float, str]]:
    cues = webvtt.parse(text.encode())
    return [(cue.start_seconds, cue.end_seconds, cue.text) for cue in cues]


def ids(cases: list[tuple[str, ...]]) -> list[str]:
    return [case[0].replace(" ", "-") for case in cases]


@pytest.mark.parametrize(("source", "markup", "said"), TEXTS)
def test_words_of_a_cue(source: str, markup: str, said: str) -> None:
    assert read(HEAD + markup) == [(0, 2, said)], source


@pytest.mark.parametrize(("source", "text", "cues"), FILES)
def test_cues_of_a_file(
    source: str, text: str, cues: list[tuple[float, float, str]]
) -> None:
    assert read(text) == cues, source


@pytest.mark.parametrize("time", NO_TIMES)
def test_what_is_no_time_is_refused_with_its_line(time: str) -> None:
    for timing in (f"{time} --> 02:00:00.000", f"00:00.000 --> {time}"):
        with pytest.raises(CueError) as caught:
            read(f"{HEAD}a\n\n{timing}\nb")
        assert caught.value.line == 6


@pytest.mark.parametrize(
    "text",
    ["", "\ufeff", "WEBVTTa", "webvtt", "\nWEBVTT", "\tWEBVTT", "WEBV", "a\nWEBVTT"],
)
def test_no_file_without_its_signature(text: str) -> None:
    with pytest.raises(CueError) as caught:
        read(text)
    assert caught.value.line == 1


@pytest.mark.parametrize(("why", "source", "text", "ours"), DIFFERS)
def test_what_differs_on_purpose(
    why: str, source: str, text: str, ours: int | list[tuple[float, float, str]]
) -> None:
    if isinstance(ours, list):
        assert read(text) == ours, (why, source)
        return
    with pytest.raises(CueError) as caught:
        read(text)
    assert caught.value.line == ours, (why, source)


def test_voices_and_languages() -> None:
    """vtt.js cuetext/voice and cuetext/lang: who speaks, and in what."""
    cues = webvtt.parse(f"{HEAD}<v.loud Joe>A</v> b <lang fr>c</lang> d".encode())
    assert [(cue.speaker, cue.language, cue.text) for cue in cues] == [
        ("Joe", None, "A"),
        (None, None, "b"),
        (None, "fr", "c"),
        (None, None, "d"),
    ]
