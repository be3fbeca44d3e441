"""WebVTT segments for HLS."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from folkmoot.transcripts import webvtt
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.segments import render_segment


def test_times_are_those_of_the_media() -> None:
    cue = Cue(start_seconds=12.5, end_seconds=14.25, text="a < b", speaker="Ann")
    assert render_segment([cue]) == (
        b"WEBVTT\n"
        b"X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"
        b"\n"
        b"00:00:12.500 --> 00:00:14.250\n"
        b"<v Ann>a &lt; b\n"
    )


def test_a_segment_without_words_is_a_file_all_the_same() -> None:
    text = render_segment([])
    assert text == b"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n"


cues = st.lists(
    st.builds(
        Cue,
        start_seconds=st.integers(0, 9_000_000).map(lambda ms: ms / 1000),
        end_seconds=st.just(10_000.0),
        text=st.text(min_size=1).filter(lambda text: text.strip() != ""),
    ),
    min_size=1,
    max_size=8,
)


@given(cues)
def test_a_reader_gets_the_same_cues(wanted: list[Cue]) -> None:
    wanted = [cue for cue in wanted if " ".join(cue.text.split())]
    kept = webvtt.parse(webvtt.render(wanted)) if wanted else []
    data = render_segment(wanted)
    # Our parser takes the map for a header's line, as the standard says.
    assert (webvtt.parse(data) if kept else []) == kept
