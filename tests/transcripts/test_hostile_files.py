"""Every importer against files that are broken, huge or made to hurt.

Read whole or refused with a line; never another error, never much time or memory.
"""

from __future__ import annotations

import io
import random
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.transcripts import json_cues, lines, office, ttml, xml_text
from folkmoot.transcripts.cues import Cue, CueError, TranscriptTooLarge
from folkmoot.transcripts.formats import parse, render

CUES = [
    Cue(start_seconds=1, end_seconds=2.5, text="We meet & talk <now>.", speaker="Ann Lee"),
    Cue(start_seconds=2.5, end_seconds=4, text="Élan, 日本: yes!", speaker="Bob"),
    Cue(start_seconds=3700, end_seconds=3701, text="The end.", language="fr-CA"),
]  # fmt: skip
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCX = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>'
ODT = '<d xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><text:p>%s</text:p></d>'


def packed(part: str, inside: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, inside)
    return file.getvalue()


FILES: Mapping[str, bytes] = {
    "a.vtt": render(CUES, "vtt"),
    "youtube.vtt": b"WEBVTT\nKind: captions\nLanguage: en\n\n00:00:00.000 --> 00:00:02.000 "
    b"align:start position:0%\n \nso<00:00:00.500><c> we</c><00:00:01.000><c> meet</c>\n\n"
    b"00:00:02.000 --> 00:00:02.010\nso we meet\n \n",
    "zoom.vtt": b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nAnn Lee: Hi\n\n"
    b"2\n00:00:02.000 --> 00:00:03.000\nBob Ray: Hello\n",
    "a.srt": render(CUES, "srt"),
    "a.ttml": render(CUES, "ttml"),
    "a.sbv": b"0:00:01.000,0:00:02.000\n>> Hi\nthere\n\n0:00:02.000,0:00:03.000\nBye\n",
    "a.json": render(CUES, "json"),
    "youtube.json": b'{"events":[{"tStartMs":0,"dDurationMs":900,"segs":[{"utf8":"Hi"}]}]}',
    "a.txt": render(CUES, "txt"),
    "teams.txt": b"Ann Lee  0:03\nHi there\n\nBob Ray  0:09\nBye\n",
    "zoom.txt": b"[Ann Lee] 10:02:03\nHi\n\n[Bob Ray] 10:02:09\nBye\n",
    "a.docx": packed("word/document.xml", (DOCX % "[00:01] Ann: Hi").encode()),
    "a.odt": packed("content.xml", (ODT % "Words alone.").encode()),
}
# What breaks readers: markup, numbers, line ends, surrogates, marks of encodings.
BITS = [
    b"-->", b"<v ", b"</", b"<", b">", b"&#", b"&#x110000;", b"&amp", b"\r", b"\n\n",
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"99999999999", b"-1", b"NaN",
    b"1e999", b":", b",", b'"', b"{", b"[", b"]]", b"<!DOCTYPE a>", b"begin=", b"PK\x03\x04",
    b"NOTE", b"WEBVTT", "\u2028".encode(), b"00:00:60.000", b"\\ud800",
]  # fmt: skip


def read(data: bytes, name: str) -> None:
    """Read or refused; what is read is whole and sound."""
    try:
        cues = parse(data, name=name)
    except CueError:
        return
    assert cues
    for cue in cues:
        assert 0 <= cue.start_seconds <= cue.end_seconds <= lines.MAX_SECONDS
        assert cue.text
        assert len(cue.text) <= lines.MAX_CUE_CHARACTERS


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randint(0, len(changed))
        match chance.randrange(5):
            case 0:
                changed[place:place] = chance.choice(BITS)
            case 1:
                del changed[place : place + chance.randint(1, 30)]
            case 2:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 3:
                changed[place:place] = changed[place : place + chance.randint(1, 60)]
            case _:
                del changed[place:]
    return bytes(changed)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_read_or_refused(name: str) -> None:
    chance = random.Random(name)
    read(FILES[name], name)
    for _ in range(150):
        read(mutated(FILES[name], chance), name)


@pytest.mark.parametrize("name", ["a.docx", "a.odt"])
def test_a_damaged_document_inside_a_whole_zip(name: str) -> None:
    chance = random.Random(name)
    part, inside = (
        ("word/document.xml", DOCX) if name == "a.docx" else ("content.xml", ODT)
    )
    whole = (inside % "[00:01] Ann: Hi").encode()
    for _ in range(80):
        read(packed(part, mutated(whole, chance)), name)


@given(
    st.sampled_from(sorted(FILES)),
    st.binary(max_size=200) | st.text(max_size=100).map(str.encode),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_under_any_name(name: str, data: bytes) -> None:
    read(data, name)
    read(FILES[name][:40] + data, name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n&#" + b"9" * 5000 + b"; <v &#9999999999;>x"),
        ("a.json", b'[{"start":' + b"1" * 5000 + b',"end":2,"text":"x"}]'),
        ("a.json", b'[{"start":0,"end":1e300,"text":"x"}]'),
        ("a.json", b"[" * 100_000),
        ("a.ttml", b'<tt><body><p begin="' + b"9" * 5000 + b's" dur="1s">x</p></body></tt>'),
        ("a.ttml", b'<tt><body><p begin="' + b"9" * 25 + b's" dur="1s">x</p></body></tt>'),
        ("a.srt", b"1\n999999:00:00,000 --> 999999:00:01,000\nx\n"),
        ("a.txt", b"[999999:00:00] x"),
        ("a.ttml", b"<tt><body>" + b"<div>" * 50_000),
        (
            "a.ttml",
            (b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            b"<tt><body><p begin='0s' dur='1s'>&b;</p></body></tt>"),
        ),
    ],
)  # fmt: skip
def test_numbers_and_entities_without_end(name: str, data: bytes) -> None:
    read(data, name)


@pytest.mark.parametrize(
    "name", ["a.vtt", "a.srt", "a.sbv", "a.txt", "a.ttml", "a.json"]
)
def test_what_is_too_large_is_refused_before_it_is_read(name: str) -> None:
    with pytest.raises(TranscriptTooLarge, match="at most 32 MB"):
        parse(bytes(lines.MAX_BYTES + 1), name=name)


@pytest.mark.parametrize(
    ("module", "limit", "name", "data"),
    [
        (xml_text, "MAX_ELEMENTS", "a.ttml", b"<tt><body>" + b"<p/>" * 20 + b"</body></tt>"),
        (json_cues, "MAX_PARTS", "a.json", b"[" + b"{}," * 20 + b"{}]"),
        (lines, "MAX_LINES", "a.txt", b"a\r\n" * 20),
        (lines, "MAX_LINES", "a.vtt", b"WEBVTT\n" + b"\r" * 20),
    ],
)  # fmt: skip
def test_many_small_parts_are_refused(
    module: object, limit: str, name: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, 10)
    with pytest.raises(TranscriptTooLarge):
        parse(data, name=name)


def bomb(part: str) -> bytes:
    """A zip of some 40 kB that holds 40 MB."""
    return packed(part, b"<d>" + b" " * 40_000_000)


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "bomb.docx": lambda: bomb("word/document.xml"),
    "bomb.odt": lambda: bomb("content.xml"),
    "spaces.txt": lambda: b"x" + b" " * 1_000_000 + b"y",
    "turns.txt": lambda: b"Ann 0:01\n" + b"Ann" + b" \t" * 1_000_000 + b"0:02\n",
    "tags.srt": lambda: b"1\n00:00:01,000 --> 00:00:02,000\n" + b"<b " * 1_000_000,
    "tags.vtt": lambda: b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * 1_000_000,
    "lines.vtt": lambda: b"WEBVTT\n" + b"ab\n" * 1_100_000,
    "lists.json": lambda: b"[" + b"[]," * 1_100_000 + b"[]]",
    "paragraphs.ttml": lambda: b"<tt><body>" + b"<p/>" * 1_100_000 + b"</body></tt>",
}
MEMORY_MB = 700


@pytest.mark.timeout(120)
def test_bombs_cost_neither_memory_nor_time(tmp_path: Path) -> None:
    """Each is read or refused; all of them in one process that may not grow past a limit."""
    for name, make in BOMBS.items():
        (tmp_path / name).write_bytes(make())
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from folkmoot.transcripts.cues import CueError\n"
        "from folkmoot.transcripts.formats import parse\n"
        "for path in map(Path, sys.argv[1:]):\n"
        "    try: parse(path.read_bytes(), name=path.name)\n"
        "    except CueError as error: print(path.name, error)\n"
        "    else: print(path.name, 'read')\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MB << 20, MEMORY_MB << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    done = subprocess.run(
        [sys.executable, "-c", program, *(str(tmp_path / name) for name in BOMBS)],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert set(told) == set(BOMBS)
    read = {name for name, outcome in told.items() if outcome == "read"}
    assert read == {"spaces.txt", "turns.txt"}  # one line of two words each


def test_a_zip_that_lies_about_its_size_is_read_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "MAX_BYTES", 1000)
    monkeypatch.setattr(office, "MAX_BYTES", 1000)
    with pytest.raises(TranscriptTooLarge):
        parse(packed("content.xml", (ODT % ("a" * 2000)).encode()), name="a.odt")
    assert ttml.parse(FILES["a.ttml"])
