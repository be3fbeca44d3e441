"""What other programs write: TTML, SBV, word processors, meeting services, YouTube."""

from __future__ import annotations

import io
import zipfile

import pytest

from folkmoot.transcripts.cues import Cue, CueError
from folkmoot.transcripts.formats import parse, recognise


def cue(start: float, end: float, text: str, speaker: str | None = None) -> Cue:
    return Cue(start_seconds=start, end_seconds=end, text=text, speaker=speaker)


def tt(body: str, *, head: str = "", root: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'
        f' xmlns:ttp="http://www.w3.org/ns/ttml#parameter" {root}>'
        f"<head>{head}</head><body>{body}</body></tt>"
    ).encode()


AGENTS = (
    '<metadata><ttm:agent xml:id="a" type="person"><ttm:name type="full">Ann '
    "Lee</ttm:name></ttm:agent></metadata>"
)


@pytest.mark.parametrize(
    ("body", "root", "cues"),
    [
        ('<div><p begin="00:00:01.5" end="00:00:02">Hi<br/>you</p></div>', "",
         [cue(1.5, 2, "Hi you")]),
        ('<div begin="10s"><p begin="1s" dur="2s" ttm:agent="a"><span>Hi</span> you</p></div>',
         "", [cue(11, 13, "Hi you", "Ann Lee")]),
        ('<div><p><span begin="1s" end="2s">a</span><span dur="1s" begin="2s">b</span></p></div>',
         "", [cue(1, 2, "a"), cue(2, 3, "b")]),
        ('<div><p begin="00:00:01:15" end="75f">Hi</p></div>', 'ttp:frameRate="25"',
         [cue(1.6, 3, "Hi")]),
        ('<div><p begin="30t" end="500ms">late</p></div>', 'ttp:tickRate="100"',
         [cue(0.3, 0.5, "late")]),
        ('<div timeContainer="seq"><p dur="1s">a</p><p dur="2s">b</p></div>', "",
         [cue(0, 1, "a"), cue(1, 3, "b")]),
        ('<div xml:lang="cy"><p begin="1s" end="2s">Helo</p></div>', "",
         [Cue(start_seconds=1, end_seconds=2, text="Helo", language="cy")]),
        ('<div end="5s"><p begin="1s">as long as the div</p></div>', "",
         [cue(1, 5, "as long as the div")]),
    ],
)  # fmt: skip
def test_ttml_reads(body: str, root: str, cues: list[Cue]) -> None:
    assert parse(tt(body, head=AGENTS, root=root), name="a.ttml") == cues


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (tt('<div><p begin="1s">x</p></div>'), "neither end nor dur"),
        (tt('<div><p begin="2s" end="1s">x</p></div>'), "ends before"),
        (tt('<div><p begin="soon" end="1s">x</p></div>'), "not a time"),
        (tt('<div><p begin="00:61:00" end="99:00:00">x</p></div>'), "59 minutes"),
        (tt("<div></div>"), "no cue"),
        (b"<tt><body>", "not XML"),
        (b"<html><body/></html>", "element tt"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE tt [<!ENTITY a "aaa">]><tt>&a;</tt>',
         "Line 2: This document has a DOCTYPE"),
        (b"<tt>" + b"<div>" * 200, "nested"),
    ],
)  # fmt: skip
def test_ttml_refuses(data: bytes, says: str) -> None:
    with pytest.raises(CueError, match=says):
        parse(data, name="a.ttml")


def test_sbv_reads() -> None:
    data = b"0:00:01.000,0:00:02.500\n>> Ann Lee: one\ntwo\n\n1:00:00.000,1:00:01.000\nthree\n"
    assert recognise(data) == "sbv"
    assert parse(data) == [cue(1, 2.5, "one two", "Ann Lee"), cue(3600, 3601, "three")]
    with pytest.raises(CueError, match="Line 4"):
        parse(b"0:00:01.000,0:00:02.500\none\n\nlost\n", name="a.sbv")


def test_captions_that_roll_up_are_read_once() -> None:
    data = b"""WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
 \nhello<00:00:00.480><c> dear</c><00:00:01.000><c> neighbours</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
hello dear neighbours
 \n
00:00:02.010 --> 00:00:04.000 align:start position:0%
hello dear neighbours
welcome<00:00:02.500><c> all</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
welcome all
 \n
00:00:04.010 --> 00:00:05.000 align:start position:0%
welcome all
yes
"""
    language = "en"
    assert parse(data.replace(b"\\n", b"\n")) == [
        Cue(start_seconds=start, end_seconds=end, text=text, language=language)
        for start, end, text in [
            (0, 2, "hello dear neighbours"),
            (2.01, 4, "welcome all"),
            (4.01, 5, "yes"),
        ]
    ]


def test_words_that_are_said_twice_stay() -> None:
    data = b"WEBVTT\n\n" + b"".join(
        f"00:0{n}.000 --> 00:0{n}.900\n{text}\n\n".encode()
        for n, text in enumerate(["Order.", "Order.", "Thank you.", "We begin.", "So."])
    )
    assert [each.text for each in parse(data)] == [
        "Order.", "Order.", "Thank you.", "We begin.", "So.",
    ]  # fmt: skip


def test_names_before_the_words_speak_in_zooms_webvtt() -> None:
    said = ["Ann Lee: Good morning.", "Bo: Hello.", "Ann Lee: My point: we wait."]
    data = b"WEBVTT\r\n" + b"".join(
        f"\r\n{n}\r\n00:00:0{n}.000 --> 00:00:0{n}.500\r\n{text}\r\n".encode()
        for n, text in enumerate(said)
    )
    assert parse(data) == [
        cue(0, 0.5, "Good morning.", "Ann Lee"),
        cue(1, 1.5, "Hello.", "Bo"),
        cue(2, 2.5, "My point: we wait.", "Ann Lee"),
    ]


def test_voices_and_numbered_ids_of_teams() -> None:
    data = (
        b"WEBVTT\n\n5c1d2b9e-1/12-0\n00:00:01.000 --> 00:00:02.000\n<v Ann Lee>Hi</v>\n"
    )
    assert parse(data) == [cue(1, 2, "Hi", "Ann Lee")]


def test_saved_captions_of_zoom() -> None:
    text = b"[Ann Lee] 10:02:03\nGood morning\nall\n\n[Bo] 10:02:13\nHello you two\n"
    assert parse(text, name="captions.txt") == [
        cue(0, 10, "Good morning all", "Ann Lee"),
        cue(10, 11.2, "Hello you two", "Bo"),
    ]


TEAMS = ["Budget meeting", "Ann Lee   0:03", "Good morning.", "We meet at 10:30",
         "Bo Ek   1:00:04", "Hello."]  # fmt: skip
WORDS = [
    cue(3, 3, "Budget meeting"),
    cue(3, 3604, "Good morning. We meet at 10:30", "Ann Lee"),
    cue(3604, 3604.4, "Hello.", "Bo Ek"),
]


def docx(*paragraphs: str, part: str = "word/document.xml") -> bytes:
    runs = "".join(
        f"<w:p>\n  <w:r><w:t>{text[:3]}</w:t></w:r><w:r><w:t>{text[3:]}</w:t></w:r>"
        "<w:del><w:r><w:delText>not this</w:delText></w:r></w:del></w:p>"
        for text in paragraphs
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'<w:document xmlns:w="{space}"><w:body>{runs}</w:body></w:document>'
    return zipped(part, xml.encode())


def odt(*paragraphs: str) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    words = "".join(f"<text:p>{text}</text:p>" for text in paragraphs)
    xml = (
        f'<office:document-content xmlns:office="{space}office:1.0" '
        f'xmlns:text="{space}text:1.0"><office:body><office:text>{words}'
        "</office:text></office:body></office:document-content>"
    )
    return zipped("content.xml", xml.encode())


def zipped(name: str, data: bytes) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return told.getvalue()


@pytest.mark.parametrize(
    ("data", "name"), [(docx(*TEAMS), "a.docx"), (odt(*TEAMS), "a.odt")]
)
def test_documents_are_read_as_their_text(data: bytes, name: str) -> None:
    assert parse(data, name=name) == WORDS
    assert parse(data) == WORDS


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04 nothing", "damaged or locked"),
        (zipped("mimetype", b"x"), "neither a DOCX nor an ODT"),
        (zipped("word/document.xml", b"<p>"), "not XML"),
        (zipped("word/document.xml", b" " * (33 << 20)), "at most 32 MB"),
    ],
)
def test_documents_that_are_none_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(CueError, match=says):
        parse(data, name="a.docx")


def test_youtubes_json() -> None:
    data = (
        b'{"wireMagic": "pb3", "events": [{"tStartMs": 0, "dDurationMs": 9000, "id": 1},'
        b'{"tStartMs": 80, "dDurationMs": 2000, "segs": [{"utf8": "good"}, {"utf8": " morning"}]},'
        b'{"tStartMs": 2080, "aAppend": 1, "segs": [{"utf8": "\\n"}]}]}'
    )
    assert parse(data) == [cue(0.08, 2.08, "good morning")]
    for bad in (b'{"events": [{"segs": [{"utf8": "x"}]}]}', b'{"events": [7]}'):
        with pytest.raises(CueError, match="Event 1"):
            parse(bad)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_marked_encodings_are_read(encoding: str) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nZażółć\n"
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    assert parse((mark + text).encode(encoding)) == [cue(1, 2, "Zażółć")]
