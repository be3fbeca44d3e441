from __future__ import annotations

import pytest

from folkmoot.media.health.meters import LoudnessMeter, PictureMeter, StillnessMeter
from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvTag
from tests.media.publishing import AVC_SETTINGS, picture, some_tags, sound


def metered(tags: list[FlvTag], *, delay: float = 0.0) -> tuple[PictureMeter, float]:
    """A meter that heard tags when they were due, and the moment of the last."""
    meter, now = PictureMeter(), 100.0
    for tag in tags:
        now = 100.0 + tag.timestamp_ms / 1000 + delay
        meter.add([tag], now)
    return meter, now


def test_rate_bits_and_key_frames_of_a_steady_stream() -> None:
    meter, now = metered(some_tags(20, gop_ms=2000))
    found = meter.read(now)
    assert found.fps == pytest.approx(25, abs=0.3)
    assert found.bits_per_second == pytest.approx((45 + 8) * 8 * 25, rel=0.05)
    assert found.keyframe_interval_seconds == found.longest_interval_seconds == 2.0
    assert (found.dropped, found.uneven) == (0, False)
    assert found.late_seconds < 0.05
    assert (found.picture_age_seconds, found.sound_age_seconds) == (0.0, 0.0)


def test_key_frames_that_come_apart_are_seen_in_mid_take() -> None:
    tags = some_tags(6, gop_ms=2000)
    tags += [picture(at, key=at == 12_000) for at in range(6_000, 13_000, 40)]
    meter, now = metered(tags)
    found = meter.read(now)
    assert found.longest_interval_seconds == 8.0
    assert meter.since_key_seconds == pytest.approx(0.96)


def test_pictures_that_the_encoder_left_out_are_counted_for_a_minute() -> None:
    times = [at for at in range(0, 10_000, 40) if not 5_000 <= at < 5_400]
    meter, now = metered([picture(at) for at in times])
    assert meter.read(now).dropped == 10
    assert meter.read(now + 61).dropped == 0


def test_uneven_rates_are_no_dropped_pictures() -> None:
    at, times = 0, []
    for index in range(200):
        at += (20, 90, 33, 61)[index % 4]
        times.append(at)
    meter, now = metered([picture(at) for at in times])
    found = meter.read(now)
    assert found.uneven
    assert found.dropped == 0


def test_a_slow_line_shows_as_lateness() -> None:
    tags = some_tags(20)
    meter = PictureMeter()
    for tag in tags:  # each second takes 1.2 s to arrive
        meter.add([tag], 50.0 + 1.2 * tag.timestamp_ms / 1000)
    assert meter.read(50.0 + 24).late_seconds > 2.0


def test_what_stopped_grows_old() -> None:
    meter, now = metered(some_tags(3))
    meter.add([sound(3_040)], now + 4.0)
    found = meter.read(now + 5.0)
    assert found.picture_age_seconds == pytest.approx(5.0)
    assert found.sound_age_seconds == pytest.approx(1.0)


def test_settings_are_no_pictures() -> None:
    meter, now = metered([FlvTag(VIDEO, 0, AVC_SETTINGS), FlvTag(AUDIO, 0, b"\xaf\0")])
    assert meter.read(now).picture_age_seconds is None


def test_bytes_of_other_containers_are_counted() -> None:
    meter = PictureMeter()
    for second in range(10):
        meter.add_bytes(125_000, float(second))
    assert meter.read(9.0).bits_per_second == pytest.approx(1_000_000, rel=0.25)
    assert meter.read(9.0).fps is None


WORDS = b"""frame:3    pts:14400   pts_time:0.3
lavfi.r128.M=-21.3
lavfi.r128.S=-23.1
lavfi.r128.I=-24.0
"""


def test_loudness_is_read_from_pieces() -> None:
    meter = LoudnessMeter()
    assert meter.read(0.0) is None
    for at in range(0, len(WORDS), 7):
        meter.feed(WORDS[at : at + 7], 10.0)
    found = meter.read(10.1)
    assert found is not None
    assert (found.momentary, found.short, found.integrated) == (-21.3, -23.1, -24.0)
    assert found.silent_seconds == 0.0
    assert meter.read(13.0) is None


@pytest.mark.parametrize("word", [b"-120.691", b"-inf", b"nan"])
def test_silence_lasts_until_the_next_sound(word: bytes) -> None:
    meter = LoudnessMeter()
    for second in range(31):
        meter.feed(b"lavfi.r128.M=" + word + b"\n", float(second))
    found = meter.read(30.0)
    assert found is not None
    assert found.silent_seconds == 30.0
    meter.feed(b"lavfi.r128.M=-30.0\n", 31.0)
    again = meter.read(31.0)
    assert again is not None
    assert again.silent_seconds == 0.0


def test_endless_lines_are_not_kept() -> None:
    meter = LoudnessMeter()
    for _ in range(100):
        meter.feed(b"x" * 10_000, 0.0)
    assert len(meter._rest) <= 20_000


def test_stillness_begins_and_ends() -> None:
    meter = StillnessMeter()
    meter.feed(b"lavfi.freezedetect.freeze_start=12.4\n", 50.0, after_seconds=20.0)
    assert meter.read(55.0) == 25.0
    meter.feed(b"lavfi.freezedetect.freeze_end=40.1\n", 60.0, after_seconds=20.0)
    assert meter.read(61.0) == 0.0
