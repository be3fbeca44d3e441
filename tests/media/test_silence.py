from __future__ import annotations

from folkmoot.media.ingest.flv import (
    AUDIO,
    VIDEO,
    FlvReader,
    FlvTag,
    write_header,
    write_tag,
)
from folkmoot.media.ingest.silence import SilenceFiller
from tests.media.publishing import AVC_SETTINGS, picture


def fill(tags: list[FlvTag]) -> list[FlvTag]:
    data = write_header(audio=False) + b"".join(map(write_tag, tags))
    return FlvReader().feed(SilenceFiller().fill(data))


def test_silence_follows_the_pictures() -> None:
    pictures = [picture(at_ms, key=at_ms == 0) for at_ms in range(0, 2001, 40)]
    filled = fill([FlvTag(VIDEO, 0, AVC_SETTINGS), *pictures])
    sounds = [tag for tag in filled if tag.kind == AUDIO]
    assert sounds[0].is_sequence_header
    frames = sounds[1:]
    assert frames[0].timestamp_ms == 0
    assert frames[-1].timestamp_ms == 1984  # 93 frames of 1024/48000 s
    assert len(frames) == 94
    assert [tag for tag in filled if tag.kind == VIDEO][1:] == pictures


def test_silence_jumps_with_the_pictures() -> None:
    filled = fill([picture(0, key=True), picture(3_600_000)])
    frames = [tag.timestamp_ms for tag in filled if tag.kind == AUDIO][1:]
    assert frames == [0, 3_600_000]


def test_silence_replaces_a_sound_track_without_settings() -> None:
    filled = fill([FlvTag(AUDIO, 0, b"\x2f\x01"), picture(0, key=True)])
    assert [tag.payload[0] for tag in filled if tag.kind == AUDIO] == [0xAF, 0xAF]
