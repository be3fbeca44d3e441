from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.media.ingest.flv import (
    AUDIO,
    SCRIPT,
    VIDEO,
    FlvError,
    FlvReader,
    FlvTag,
    FlvWriter,
    write_header,
    write_tag,
)
from tests.media.publishing import AVC_SETTINGS, picture, some_tags, sound

TAGS = st.builds(
    FlvTag,
    st.sampled_from([AUDIO, VIDEO, SCRIPT]),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=60),
)


def test_tag_is_written_as_the_specification_says() -> None:
    tag = FlvTag(VIDEO, 0x01020304, b"\x17\x00")
    assert write_tag(tag) == bytes.fromhex("09 000002 020304 01 000000 1700 0000000d")
    assert write_header() == b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"
    assert write_header(audio=False)[4] == 1


@settings(max_examples=60)
@given(st.lists(TAGS, max_size=6), st.lists(st.integers(0, 400), max_size=5))
def test_reader_gives_the_same_tags_for_any_pieces(
    tags: list[FlvTag], cuts: list[int]
) -> None:
    data = write_header() + b"".join(map(write_tag, tags))
    reader = FlvReader()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    assert [tag for piece in pieces for tag in reader.feed(piece)] == tags


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_reader_refuses_or_waits_on_any_bytes(data: bytes) -> None:
    reader = FlvReader()
    try:
        reader.feed(data)
    except FlvError:
        return
    reader.feed(data)


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF",
        b"FLV\x01\x05\x00\x00\x01\x09\x00\x00\x00\x00",
        write_header() + b"\x09\xff\xff\xff" + bytes(7),
    ],
)
def test_reader_refuses_what_is_no_flv(data: bytes) -> None:
    with pytest.raises(FlvError):
        FlvReader().feed(data)


def test_tags_know_what_they_hold() -> None:
    assert FlvTag(VIDEO, 0, AVC_SETTINGS).is_sequence_header
    assert not FlvTag(VIDEO, 0, AVC_SETTINGS).is_keyframe
    assert picture(0, key=True).is_keyframe
    assert not picture(0).is_keyframe
    assert not sound(0).is_sequence_header
    assert not FlvTag(VIDEO, 0, b"").is_keyframe
    assert not FlvTag(VIDEO, 0, b"\x17\x02\x00\x00\x00").is_keyframe  # the end
    assert FlvTag(VIDEO, 0, b"\x14\x00").is_keyframe  # VP6


def test_writer_begins_its_time_at_zero() -> None:
    start = 2**32 - 20
    tags = [
        FlvTag(VIDEO, start, AVC_SETTINGS),
        picture(start, key=True),
        sound(start - 5),
        picture((start + 40) % 2**32),
        FlvTag(SCRIPT, start + 9, b"\x02"),
    ]
    written = FlvReader().feed(FlvWriter().write(tags))
    assert [tag.timestamp_ms for tag in written] == [0, 0, 0, 40, 0]
    assert [tag.payload for tag in written] == [tag.payload for tag in tags]


def test_writer_writes_one_header() -> None:
    writer = FlvWriter()
    tags = some_tags(0.2)
    data = b"".join(writer.write([tag]) for tag in tags)
    assert FlvReader().feed(data) == tags
