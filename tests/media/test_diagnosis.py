from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from folkmoot.media.health.clockwatch import ClockWatch
from folkmoot.media.health.diagnosis import News, RoomFacts, diagnose
from folkmoot.media.health.meters import LoudnessFacts, PictureFacts
from folkmoot.media.health.storage import Disk, judge_disk
from folkmoot.media.pack.recorder import Room

GOOD = {
    "connected": True,
    "picture": PictureFacts(
        fps=30.0,
        bits_per_second=2.5e6,
        keyframe_interval_seconds=2.0,
        longest_interval_seconds=2.0,
        picture_age_seconds=0.0,
        sound_age_seconds=0.0,
    ),
    "loudness": LoudnessFacts(momentary=-20.0, short=-22.0, integrated=-23.0),
    "most_bits_per_second": 20e6,
    "disk": Disk(level="fine", free_bytes=1 << 40),
}


def facts(**changed: object) -> RoomFacts:
    return RoomFacts(**{**GOOD, **changed})  # type: ignore[arg-type]


def picture(**changed: object) -> PictureFacts:
    kept = {
        name: getattr(GOOD["picture"], name) for name in PictureFacts.__struct_fields__
    }
    return PictureFacts(**{**kept, **changed})


def sound(short: float, silent: float = 0.0) -> LoudnessFacts:
    return LoudnessFacts(momentary=short, short=short, silent_seconds=silent)


@pytest.mark.parametrize(
    ("found", "code", "level", "words"),
    [
        (
            facts(obstacle="The video codec is hevc, not H.264.", copied=False),
            "not_copied", "warn", "Set the encoder to H.264",
        ),
        (
            facts(
                obstacle="The key frames are 8.0 s apart; set the encoder's key frame"
                " interval to 2 s.", copied=False,
            ),
            "not_copied", "warn", "key frame interval to 2 s",
        ),
        (
            facts(picture=picture(longest_interval_seconds=6.0)),
            "keyframes_far", "warn", "Set the keyframe interval in OBS to 2 s.",
        ),
        (facts(picture=picture(uneven=True)), "rate_varies", "warn", "constant"),
        (facts(picture=picture(fps=9.0)), "rate_low", "warn", "Only 9 pictures"),
        (facts(picture=picture(dropped=40)), "pictures_dropped", "warn", "left out 40"),
        (
            facts(picture=picture(late_seconds=5.0)),
            "upload_slow", "bad", "too slow. Lower the bitrate",
        ),
        (
            facts(picture=picture(bits_per_second=45e6)),
            "bitrate_high", "bad", "sends 45 Mbit/s; at most 20",
        ),
        (
            facts(picture=picture(picture_age_seconds=12.0)),
            "picture_stopped", "bad", "No picture has come for 12 s",
        ),
        (
            facts(picture=picture(sound_age_seconds=12.0)),
            "sound_stopped", "bad", "No sound has come for 12 s",
        ),
        (facts(has_video=False), "no_video", "note", "no picture"),
        (facts(has_audio=False), "no_audio", "bad", "Add the microphone"),
        (
            facts(loudness=sound(-120.0, 20.0)),
            "silence", "bad", "No sound for 20 s. Check that the microphone",
        ),
        (facts(loudness=sound(-5.0)), "too_loud", "warn", "Turn the microphone down"),
        (facts(loudness=sound(-41.0)), "too_quiet", "warn", "Turn the microphone up"),
        (facts(still_seconds=33.0), "picture_still", "note", "not changed for 33 s"),
        (
            facts(leading_behind_seconds=4.0, copied=False),
            "encoder_behind", "bad", "costs the server nothing",
        ),
        (
            facts(dropped=("360p", "audio")),
            "rungs_dropped", "warn", "the 360p picture and the sound-only version",
        ),
        (
            facts(restarted=News("source", 70.0)),
            "encoder_restarted", "note", "1 min ago",
        ),
        (facts(stopped="Only 2 MB are left."), "disk_full", "bad", "Only 2 MB"),
        (
            facts(disk=Disk(level="full", free_bytes=0)),
            "disk_full", "bad", "Make room",
        ),
        (
            facts(disk=Disk(level="low", free_bytes=1, hours_left=7.0)),
            "disk_low", "note", "full in about 7 hours",
        ),
        (
            facts(disk=Disk(level="short", free_bytes=1, hours_left=1.2)),
            "disk_low", "warn", "about 1 hour.",
        ),
        (
            facts(disk=Disk(level="last", free_bytes=1, hours_left=0.5)),
            "disk_low", "bad", "about 30 minutes",
        ),
        (
            facts(clock_set=News("forward by 60 s", 5.0)),
            "clock_set", "warn", "was set forward by 60 s",
        ),
        (
            RoomFacts(last_words=News("The connection was lost.", 90.0)),
            "publisher_gone", "warn", "went 2 min ago: The connection was lost.",
        ),
    ],
)  # fmt: skip
def test_each_trouble_has_its_words(
    found: RoomFacts, code: str, level: str, words: str
) -> None:
    problems = diagnose(found)
    assert [(problem.code, problem.level) for problem in problems] == [(code, level)]
    assert words in problems[0].text


@pytest.mark.parametrize(
    "found",
    [
        facts(),
        RoomFacts(),
        facts(loudness=None),
        facts(loudness=sound(-120.0, 19.0)),  # a pause in speech
        facts(loudness=sound(-70.0)),
        facts(picture=picture(dropped=29, late_seconds=1.9)),
        facts(restarted=News("source", 301.0), clock_set=News("back by 5 s", 301.0)),
        RoomFacts(last_words=News("The encoder has stopped.", 901.0)),
    ],
)
def test_nothing_is_said_of_what_is_well(found: RoomFacts) -> None:
    assert diagnose(found) == ()


def test_the_worst_comes_first() -> None:
    found = facts(still_seconds=30.0, has_audio=False, picture=picture(uneven=True))
    assert [problem.level for problem in diagnose(found)] == ["bad", "warn", "note"]


@pytest.mark.parametrize(
    ("free_gb", "level", "hours"),
    [
        (100.5, "fine", 74.1),
        (16.5, "low", 11.9),
        (5.5, "short", 3.7),
        (1.5, "last", 0.74),
        (0.5, "full", 0.0),
    ],
)
def test_disk_has_three_warnings_before_it_is_full(
    free_gb: float, level: str, hours: float
) -> None:
    room = Room(free_bytes=int(free_gb * 1e9), reserve_bytes=500_000_000)
    found = judge_disk(room, bits_per_second=3e6)
    assert found.level == level
    assert found.hours_left == pytest.approx(hours, rel=0.02)


def test_disk_that_nobody_writes_lasts() -> None:
    found = judge_disk(Room(10**9, 5 * 10**8), bits_per_second=0)
    assert (found.level, found.hours_left) == ("fine", None)


def test_clock_steps_are_seen_and_drift_is_not() -> None:
    wall, watch = datetime(2026, 5, 4, 9, tzinfo=UTC), ClockWatch()
    found = []
    for second, moved in enumerate((0.0, 0.0, 0.0005, 3600.0, 3600.0, 0.0)):
        at = wall + timedelta(seconds=second + moved)
        found.append(watch.look(at, 50.0 + second))
    assert found[:3] == [None, None, None]
    assert found[3] == pytest.approx(3600.0, abs=0.01)
    assert found[4] is None
    assert found[5] == pytest.approx(-3600.0, abs=0.01)
