"""What is wrong with a room's broadcast and what to change; pure.

Facts in, problems out, the worst first. `code` never changes; sentences are for the
people at the desk, who know OBS better than H.264.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from folkmoot.media.health.meters import LoudnessFacts, PictureFacts
from folkmoot.media.health.storage import Disk
from folkmoot.media.ingest.source import FORCED_KEYFRAME_SECONDS, TARGET_SEGMENT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

Level = Literal["bad", "warn", "note"]

SILENT_SECONDS = 20.0
QUIET_LUFS, LOUD_LUFS = -35.0, -10.0
TARGET_LUFS = -23.0
"""EBU R128; the web is louder, but a council chamber is not a pop concert."""

STOPPED_SECONDS = 3.0
LATE_SECONDS = 2.0
BEHIND_SECONDS = 1.5
MANY_DROPPED = 30
LOW_FPS = 15.0
BAD_SOUND_SECONDS = 5.0
LAST_WORDS_SECONDS = 900.0
NEWS_SECONDS = 300.0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong: what, and how to mend it."""

    code: str
    level: Level
    sentence: str
    mend: str = ""

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.sentence} {self.mend}".strip()


class News(msgspec.Struct, frozen=True):
    """Something that happened `age_seconds` ago."""

    text: str
    age_seconds: float


class RoomFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a room; None: not known."""

    connected: bool = False
    has_video: bool = True
    has_audio: bool = True
    copied: bool = True
    obstacle: str | None = None
    picture: PictureFacts | None = None
    loudness: LoudnessFacts | None = None
    still_seconds: float = 0.0
    most_bits_per_second: float | None = None
    dropped: tuple[str, ...] = ()
    leading_behind_seconds: float = 0.0
    restarted: News | None = None
    stopped: str | None = None
    disk: Disk | None = None
    clock_set: News | None = None
    last_words: News | None = None
    recording_problem: str | None = None


def diagnose(facts: RoomFacts) -> tuple[Problem, ...]:
    """All that is wrong, the worst first."""
    found = [*_machine(facts)]
    if facts.connected:
        found += [*_arrival(facts), *_picture(facts), *_sound(facts), *_encoding(facts)]
    else:
        found += _goodbye(facts)
    order = {"bad": 0, "warn": 1, "note": 2}
    return tuple(sorted(found, key=lambda problem: order[problem.level]))


def _machine(facts: RoomFacts) -> Iterator[Problem]:
    disk = facts.disk
    if facts.stopped or facts.recording_problem or (disk and disk.level == "full"):
        yield Problem(
            code="disk_full",
            level="bad",
            sentence=facts.stopped
            or facts.recording_problem
            or "The server's disk is full.",
            mend="" if facts.stopped else "Make room on the server's disk.",
        )
    elif disk is not None and disk.level != "fine" and disk.hours_left is not None:
        yield Problem(
            code="disk_low",
            level="bad" if disk.level == "last" else _soft(disk.level == "short"),
            sentence=f"The disk is full in {_hours(disk.hours_left)}.",
            mend="Make room on the server's disk, or move old recordings.",
        )
    if facts.clock_set is not None and facts.clock_set.age_seconds < NEWS_SECONDS:
        yield Problem(
            code="clock_set",
            level="warn",
            sentence=f"The server's clock was set {facts.clock_set.text}.",
            mend="Times of the recording go on from where they were until the clock"
            " has caught up."
            if facts.clock_set.text.startswith("back")
            else "The recording goes on with the new time.",
        )


def _arrival(facts: RoomFacts) -> Iterator[Problem]:
    picture = facts.picture
    if picture is None:
        return
    age = picture.picture_age_seconds
    if facts.has_video and age is not None and age > STOPPED_SECONDS:
        yield Problem(
            code="picture_stopped",
            level="bad",
            sentence=f"No picture has come for {age:.0f} s.",
            mend="Check the camera's cable, and that the encoder is still running.",
        )
    if picture.late_seconds > LATE_SECONDS:
        yield Problem(
            code="upload_slow",
            level="bad",
            sentence=f"The picture arrives {picture.late_seconds:.0f} s late: the"
            " line from the room is too slow.",
            mend="Lower the bitrate in the encoder, or use a cable instead of Wi-Fi.",
        )
    if picture.dropped >= MANY_DROPPED:
        yield Problem(
            code="pictures_dropped",
            level="warn",
            sentence=f"The encoder left out {picture.dropped} pictures in the last"
            " minute.",
            mend="Lower the bitrate or the resolution in the encoder; close other"
            " programs on its computer.",
        )
    bits, most = picture.bits_per_second, facts.most_bits_per_second
    if bits is not None and most is not None and bits > most:
        yield Problem(
            code="bitrate_high",
            level="bad",
            sentence=f"The encoder sends {bits / 1e6:.0f} Mbit/s; at most"
            f" {most / 1e6:.0f} are taken.",
            mend="Set the bitrate in the encoder to 2500 kbit/s.",
        )


def _picture(facts: RoomFacts) -> Iterator[Problem]:
    picture = facts.picture
    if picture is None:
        return
    if not facts.has_video:
        yield Problem(
            code="no_video",
            level="note",
            sentence="There is sound but no picture in the stream.",
            mend="If there should be one, add a camera in the encoder.",
        )
        return
    if facts.obstacle is not None:
        yield Problem(
            code="not_copied",
            level="warn",
            sentence=f"{facts.obstacle} The server encodes it anew, which costs it"
            " much.",
            mend="" if "set the" in facts.obstacle else "Set the encoder to H.264.",
        )
    elif (picture.longest_interval_seconds or 0) > TARGET_SEGMENT_SECONDS:
        yield Problem(
            code="keyframes_far",
            level="warn",
            sentence="Key frames were up to"
            f" {picture.longest_interval_seconds:.0f} s apart.",
            mend="Set the keyframe interval in OBS to"
            f" {FORCED_KEYFRAME_SECONDS:.0f} s.",
        )
    if picture.uneven:
        yield Problem(
            code="rate_varies",
            level="warn",
            sentence="The pictures come at an uneven rate.",
            mend="Set the encoder to a constant frame rate of 25 or 30.",
        )
    elif picture.fps is not None and picture.fps < LOW_FPS:
        yield Problem(
            code="rate_low",
            level="warn",
            sentence=f"Only {picture.fps:.0f} pictures a second come.",
            mend="Close other programs on the encoder's computer, or lower its"
            " resolution.",
        )
    if facts.still_seconds > 0:
        yield Problem(
            code="picture_still",
            level="note",
            sentence=f"The picture has not changed for {facts.still_seconds:.0f} s.",
            mend="If it is not a slide, check the camera.",
        )


def _sound(facts: RoomFacts) -> Iterator[Problem]:
    sound = facts.loudness
    if not facts.has_audio:
        yield Problem(
            code="no_audio",
            level="bad",
            sentence="There is no sound in the stream.",
            mend="Add the microphone in the encoder and start it again.",
        )
        return
    age = facts.picture.sound_age_seconds if facts.picture else None
    if age is not None and age > BAD_SOUND_SECONDS:
        yield Problem(
            code="sound_stopped",
            level="bad",
            sentence=f"No sound has come for {age:.0f} s.",
            mend="Check the encoder's audio device.",
        )
    elif sound is not None and sound.silent_seconds >= SILENT_SECONDS:
        yield Problem(
            code="silence",
            level="bad",
            sentence=f"No sound for {sound.silent_seconds:.0f} s.",
            mend="Check that the microphone is on, plugged in and not muted in the"
            " encoder.",
        )
    elif sound is not None and sound.short is not None:
        yield from _loudness(sound.short, sound.silent_seconds)


def _loudness(short: float, silent_seconds: float) -> Iterator[Problem]:
    if short > LOUD_LUFS:
        yield Problem(
            code="too_loud",
            level="warn",
            sentence=f"The sound is too loud ({short:.0f} LUFS).",
            mend=f"Turn the microphone down to about {TARGET_LUFS:.0f} LUFS.",
        )
    elif -70.0 < short < QUIET_LUFS and not silent_seconds:
        yield Problem(
            code="too_quiet",
            level="warn",
            sentence=f"The sound is very quiet ({short:.0f} LUFS).",
            mend="Turn the microphone up, or bring it nearer.",
        )


def _encoding(facts: RoomFacts) -> Iterator[Problem]:
    if facts.leading_behind_seconds > BEHIND_SECONDS:
        yield Problem(
            code="encoder_behind",
            level="bad",
            sentence="The server is too slow for this picture"
            f" ({facts.leading_behind_seconds:.0f} s behind).",
            mend=""
            if facts.copied
            else "Set the encoder to H.264 with a keyframe interval of 2 s: such a"
            " picture costs the server nothing.",
        )
    if facts.dropped:
        names = " and ".join(map(_name_rung, facts.dropped))
        yield Problem(
            code="rungs_dropped",
            level="warn",
            sentence=f"The server is busy and leaves out {names} for now.",
            mend="The full picture is not touched. It comes back by itself when"
            " there is room.",
        )
    if facts.restarted is not None and facts.restarted.age_seconds < NEWS_SECONDS:
        yield Problem(
            code="encoder_restarted",
            level="note",
            sentence=f"The server restarted its encoder ({facts.restarted.text})"
            f" {_ago(facts.restarted.age_seconds)}.",
            mend="The broadcast goes on.",
        )


def _goodbye(facts: RoomFacts) -> Iterator[Problem]:
    words = facts.last_words
    if words is None or words.age_seconds > LAST_WORDS_SECONDS:
        return
    yield Problem(
        code="publisher_gone",
        level="warn",
        sentence=f"The picture went {_ago(words.age_seconds)}: {words.text}",
        mend="" if "start again" in words.text else "Start the encoder again.",
    )


def _soft(serious: bool) -> Level:  # noqa: FBT001 - one word, used here
    return "warn" if serious else "note"


def _hours(hours: float) -> str:
    if hours >= 1:
        return f"about {hours:.0f} hour{'s' if round(hours) != 1 else ''}"
    return f"about {max(1, round(hours * 60))} minutes"


def _ago(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, seconds):.0f} s ago"
    return f"{seconds / 60:.0f} min ago"


def _name_rung(name: str) -> str:
    return "the sound-only version" if name == "audio" else f"the {name} picture"
