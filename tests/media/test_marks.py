"""Markers as tags in playlists."""

from __future__ import annotations

from datetime import timedelta

from folkmoot.media.pack.marks import Mark, render_marks
from tests.media.packaging import ANCHOR


def mark(name: str, kind: str, second: float, label: str = "x") -> Mark:
    at = ANCHOR + timedelta(seconds=second)
    return Mark(mark_id=name, kind=kind, at=at, label=label)


def test_marks_say_when_what_and_until_the_next() -> None:
    text = render_marks(
        [mark("a_2", "agenda", 12, 'The "Green"\nbudget'), mark("a_9", "agenda", 31)],
        from_at=ANCHOR,
        until_at=ANCHOR + timedelta(seconds=30),
    )
    assert text == (
        '#EXT-X-DATERANGE:ID="a_2",CLASS="folkmoot.agenda",'
        'START-DATE="2026-03-14T09:00:12.000Z",END-ON-NEXT=YES,'
        'X-LABEL="The \u2019Green\u2019\u2019budget"\n'
    )


def test_what_goes_on_at_the_beginning_of_a_span_is_told() -> None:
    text = render_marks(
        [mark("a_1", "agenda", 1), mark("a_2", "agenda", 5), mark("s_1", "speaker", 2)],
        from_at=ANCHOR + timedelta(seconds=10),
        until_at=ANCHOR + timedelta(seconds=20),
    )
    assert [line.split('"')[1] for line in text.splitlines()] == ["a_2", "s_1"]


def test_nothing_is_told_of_what_has_no_picture_yet() -> None:
    assert render_marks([mark("a_1", "agenda", 1)], from_at=None, until_at=None) == ""
