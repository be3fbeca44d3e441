"""The pages' pure parts: text, times, days, avatars, posts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from folkmoot.core.refusals import Refusal
from folkmoot.media.health.diagnosis import Problem
from folkmoot.media.health.meters import LoudnessFacts
from folkmoot.pages.arriving.joining import plain_code
from folkmoot.pages.desk.preview import PreviewKeys
from folkmoot.pages.desk.room_health import draw_line, view_health
from folkmoot.pages.frame.csrf import is_csrf, make_csrf
from folkmoot.pages.frame.form_data import explain, read_data, read_number
from folkmoot.pages.frame.forms import safe_path
from folkmoot.pages.wording.days import read_day, read_rooms
from folkmoot.pages.wording.moments import Moments, write_seconds
from folkmoot.pages.wording.people import draw_avatar
from folkmoot.pages.wording.prose import render_prose, shorten
from tests.pages.town import room_health, room_status

ROOT = Path(__file__).parents[2]
# The browser's renderer is held to the same file: web/tests/prose.test.ts.
CORPUS = json.loads((ROOT / "web" / "tests" / "prose.json").read_text("utf-8"))
LINK = '<a href="{0}" rel="nofollow noopener ugc">{1}</a>'


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("**b** *i* `c`", "<p><strong>b</strong> <em>i</em> <code>c</code></p>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("[a](javascript:x)", "<p>[a](javascript:x)</p>\n"),
        ("# no", "<p># no</p>\n"),
        ("[a](https://b.c)", f"<p>{LINK.format('https://b.c', 'a')}</p>\n"),
        (
            "so: https://b.c/d.",
            f"<p>so: {LINK.format('https://b.c/d', 'https://b.c/d')}.</p>\n",
        ),
        ("`https://b.c`", "<p><code>https://b.c</code></p>\n"),
        ("- x\n- y", "<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n"),
    ],
)
def test_prose(typed: str, html: str) -> None:
    assert render_prose(typed) == html


@pytest.mark.parametrize(("typed", "html"), CORPUS)
def test_prose_is_what_the_browser_makes_of_it(typed: str, html: str) -> None:
    assert render_prose(typed).replace("\n", "") == html


def test_shorten_ends_at_a_word() -> None:
    assert shorten("one two,\n three", 9) == "one two…"
    assert shorten("one two", 9) == "one two"


def test_moments_are_written_in_the_meeting_s_zone() -> None:
    moments = Moments(
        zone="Europe/Berlin", now=datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
    )
    at = datetime(2026, 5, 4, 21, 59, tzinfo=UTC)
    assert moments.clock(at) == "23:59"
    assert moments.day(at) == "Monday 4 May"
    assert not moments.is_today(at)
    assert moments.day(at.replace(year=2025)) == "Sunday 4 May 2025"


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.9, "0:07"), (61, "1:01"), (3723, "1:02:03")]
)
def test_write_seconds(seconds: float, text: str) -> None:
    assert write_seconds(seconds) == text


def test_avatar() -> None:
    avatar = draw_avatar("Mira von Brandt")
    assert (avatar.initials, avatar.hue) == (
        "MB",
        str(sum(map(ord, "Mira von Brandt")) % 8),
    )
    assert draw_avatar(None).hue == "none"


def test_day_is_laid_out_in_the_meeting_s_zone() -> None:
    day = {
        "day": "2026-05-04",
        "starts": "09:00",
        "ends": "11:00",
        "minutes": "45",
        "pause": "15",
    }
    times = read_day(day, "Europe/Berlin")
    assert [time.starts_at.astimezone(UTC).hour for time in times] == [7, 8]
    with pytest.raises(Refusal, match="Not one session fits"):
        read_day({**day, "ends": "09:30"}, "UTC")
    with pytest.raises(Refusal, match="time zone"):
        read_day(day, "Mars/Base")
    with pytest.raises(Refusal, match="whole numbers"):
        read_day({**day, "pause": "-5"}, "UTC")


def test_rooms_carry_their_seats() -> None:
    rooms = read_rooms("Hall (80)\n\n Library \nRoom (upstairs)")
    assert [(r.name, r.capacity) for r in rooms] == [
        ("Hall", 80),
        ("Library", None),
        ("Room (upstairs)", None),
    ]
    with pytest.raises(Refusal, match="at least one room"):
        read_rooms(" \n")


def test_form_data_holds_only_what_was_given() -> None:
    fields = {
        "_csrf": "x",
        "level": "1",
        "reply_to": "",
        "text": " a",
        "pitch": "",
        "capacity": "many",
    }
    assert read_data(fields) == {
        "level": 1,
        "text": " a",
        "pitch": "",
        "capacity": "many",
    }


@pytest.mark.parametrize("typed", ["\u00b2", "1" * 5000, "-1", "1.5", "", "one"])
def test_what_is_no_number_is_left_to_be_refused(typed: str) -> None:
    """A raised two is a digit to Python and no number: that was a fault of ours."""
    assert read_number(typed) is None
    assert read_data({"level": typed}) == ({"level": typed} if typed else {})


def test_numbers_are_read_as_people_type_them() -> None:
    assert [read_number(typed) for typed in ("7", " 40 ", "\u0663")] == [7, 40, 3]


def test_faults_of_a_form_are_said_in_words() -> None:
    missing = "contribution.post: Object missing required field `text`"
    assert explain(missing) == "Please fill in the text."
    long = "session.propose: Expected `str` of length <= 200 - at `$.title`"
    assert explain(long) == "Please make the title shorter."


def test_safe_path_stays_here() -> None:
    assert safe_path("/m/a?room=b#c", "/") == "/m/a?room=b#c"
    for path in ("", "m", "//x", "/\\x", "https://x", "/a\nb"):
        assert safe_path(path, "/home") == "/home"


def test_form_token_belongs_to_a_session() -> None:
    assert is_csrf("t", make_csrf("t"))
    assert not is_csrf("u", make_csrf("t"))
    assert make_csrf("t") != make_csrf("t")
    assert not is_csrf("t", "")
    assert not is_csrf("t", make_csrf("t")[:40])
    assert not is_csrf("t", "wrong")
    assert not is_csrf(None, make_csrf("t"))
    assert is_csrf(None, "")


def test_code_is_read_as_it_was_meant() -> None:
    assert plain_code(" AB-oI l2") == "ab0112"


def test_preview_opens_one_room() -> None:
    keys = PreviewKeys("key")
    token = keys.make_url("m_1", "r_1", "thumbnail.jpg").split("/")[2][1:]
    assert keys.check(token, "m_1", "r_1")
    assert not keys.check(token, "m_1", "r_2")
    assert not PreviewKeys("other").check(token, "m_1", "r_1")


def test_line_of_a_minute_ends_at_the_right() -> None:
    points = [
        tuple(map(float, point.split(",")))
        for point in draw_line([0.0] * 30 + [100.0] * 30, least=0.0, most=100.0).split()
    ]
    assert len(points) == 60
    assert (points[0], points[-1]) == ((1.0, 23.0), (119.0, 1.0))
    few = draw_line([5.0, 5.0], least=0.0).split()
    assert [float(point.split(",")[0]) for point in few] == [117.0, 119.0]
    assert draw_line([1.0], least=0.0) == ""


@pytest.mark.parametrize(
    ("momentary", "short", "silent", "state"),
    [
        (-20.0, -23.0, 0.0, "good"),
        (-8.0, -9.0, 0.0, "loud"),
        (-45.0, -40.0, 0.0, "quiet"),
        (-120.0, -70.0, 3.0, "silent"),
    ],
)
def test_sound_is_judged_in_a_word(
    momentary: float, short: float, silent: float, state: str
) -> None:
    loudness = LoudnessFacts(momentary=momentary, short=short, silent_seconds=silent)
    shown = view_health(
        room_status(health=room_health(loudness=loudness)), connected=True
    ).sound
    assert shown is not None
    assert shown.state == state
    assert 0 <= shown.width <= 100


def test_room_without_an_encoder_shows_problems_alone() -> None:
    gone = Problem(code="publisher_gone", level="warn", sentence="Gone.")
    shown = view_health(room_status(diagnosis=(gone,)), connected=False)
    assert [each.code for each in shown.problems] == ["publisher_gone"]
    assert (shown.figures, shown.sound, shown.renditions) == ((), None, ())
