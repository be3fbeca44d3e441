"""Every format by name, by type and by content; round trips; broken files."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from folkmoot.transcripts import lines
from folkmoot.transcripts.cues import Cue, CueError, TranscriptTooLarge
from folkmoot.transcripts.formats import Format, parse, recognise, render

VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n"
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHi\n"
WHOLE = {"vtt": VTT, "srt": SRT, "txt": b"[00:01] Hi"}

# Letters, marks, markup and line ends that a caption may hold.
PRINTABLE = st.text(
    st.sampled_from("ab Éß<>&;\"'-.,!\n\u2028日本\u0301")
    | st.characters(codec="utf-8"),
    max_size=40,
)
SAID = PRINTABLE.map(lambda text: " ".join(text.replace("\0", "").split()))
TIMES = st.tuples(st.integers(0, 400_000_000), st.integers(0, 100_000)).map(
    lambda pair: (pair[0] / 1000, (pair[0] + pair[1]) / 1000)
)


@st.composite
def cue_lists(draw: st.DrawFn) -> list[Cue]:
    cues = [
        Cue(
            start_seconds=start,
            end_seconds=end,
            text=draw(SAID.filter(bool)),
            speaker=draw(st.none() | SAID.filter(bool)),
            language=draw(st.sampled_from([None, "en", "fr-CA"])),
        )
        for start, end in draw(st.lists(TIMES, min_size=1, max_size=5))
    ]
    return sorted(cues, key=lambda cue: cue.start_seconds)


@given(cue_lists())
@settings(max_examples=60, deadline=None)
def test_vtt_and_json_come_back_whole(cues: list[Cue]) -> None:
    assert parse(render(cues, "vtt"), name="a.vtt") == cues
    assert parse(render(cues, "json"), name="a.json") == cues


@given(cue_lists())
@settings(max_examples=60, deadline=None)
def test_ttml_comes_back_whole(cues: list[Cue]) -> None:
    # XML has no place for most control characters; the writer leaves them out.
    assume(not any(sign < " " for c in cues for sign in f"{c.text}{c.speaker}"))
    assert parse(render(cues, "ttml"), name="a.ttml") == cues


@given(cue_lists())
@settings(max_examples=60, deadline=None)
def test_srt_keeps_times_and_number_of_cues(cues: list[Cue]) -> None:
    named = [
        Cue(start_seconds=c.start_seconds, end_seconds=c.end_seconds, text="so it is")
        for c in cues
    ]
    assert parse(render(named, "srt"), name="a.srt") == named


@given(
    st.binary(max_size=200),
    st.sampled_from(["vtt", "srt", "ttml", "sbv", "docx", "txt", "json"]),
)
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_cues_or_refused(data: bytes, ending: str) -> None:
    _cues_or_refused(data, ending)


@given(
    st.lists(
        st.sampled_from(
            ["WEBVTT", "NOTE", "", "1", "00:01.000 --> 00:02.000", "-->", "<v A>b", "a:",
             "[00:01] Ann: b", "00:00:01,000 --> 00:00:00,000", "STYLE", "&lt;", "\r"]
        ),
        max_size=12,
    ),
    st.sampled_from(["vtt", "srt", "txt"]),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_any_lines_are_cues_or_refused(rows: list[str], ending: str) -> None:
    _cues_or_refused("\n".join(["WEBVTT", *rows]).encode(), ending)


def _cues_or_refused(data: bytes, ending: str) -> None:
    try:
        cues = parse(data, name=f"a.{ending}")
    except CueError:
        return
    assert cues
    assert all(0 <= cue.start_seconds <= cue.end_seconds for cue in cues)
    assert all(cue.text for cue in cues)


@pytest.mark.parametrize(
    ("data", "media_type", "name", "found"),
    [
        (b"", "text/vtt; charset=utf-8", None, "vtt"),
        (b"", "application/x-subrip", "a.vtt", "srt"),
        (b"", "application/json", None, "json"),
        (SRT, "text/plain", "a.srt", "srt"),
        (SRT, "application/octet-stream", None, "srt"),
        (b"\xef\xbb\xbf" + VTT, "text/plain", "upload", "vtt"),
        (b'{"cues": []}', None, None, "json"),
        (b"[00:01] Ann: hi", None, None, "txt"),
        (b"Hello", "text/plain", None, "txt"),
        (b"Hello", None, "A.TXT", "txt"),
    ],
)
def test_recognise_takes_type_then_name_then_content(
    data: bytes, media_type: str | None, name: str | None, found: Format
) -> None:
    assert recognise(data, media_type=media_type, name=name) == found


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"WEBVTT\n\n\xe9t\xe9", "Line 3: Byte 0xe9 is not UTF-8"),
        (b"\xff\xfeW", "it is UTF-16, but isn't"),
        (b"\xff\xfe\0\0WEB", "it is UTF-32, but isn't"),
        (b"WEBVTT\n", "no cue in this file"),
    ],
)
def test_unreadable_file_says_why(data: bytes, says: str) -> None:
    with pytest.raises(CueError, match=says):
        parse(data, name="a.vtt")


def test_limits_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_BYTES", 10)
    with pytest.raises(TranscriptTooLarge):
        parse(VTT, name="a.vtt")
    monkeypatch.setattr(lines, "MAX_BYTES", 1000)
    monkeypatch.setattr(lines, "MAX_CUES", 1)
    with pytest.raises(TranscriptTooLarge, match="at most 1 cues"):
        parse(VTT + VTT[6:], name="a.vtt")
    monkeypatch.setattr(lines, "MAX_CUE_CHARACTERS", 1)
    with pytest.raises(TranscriptTooLarge, match="Line 3"):
        parse(VTT, name="a.vtt")


@pytest.mark.timeout(15)
@pytest.mark.parametrize(
    "payload", [b"<" * 4_000_000, b"<v " * 1_000_000, b"a: " * 1_000_000, b"&" * 4_000_000]
)  # fmt: skip
@pytest.mark.parametrize("ending", ["vtt", "srt", "txt"])
def test_hostile_payload_is_read_in_linear_time(payload: bytes, ending: str) -> None:
    with pytest.raises(CueError):
        parse(WHOLE[ending].replace(b"Hi", payload), name=f"a.{ending}")
