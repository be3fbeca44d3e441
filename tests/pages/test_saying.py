"""All that was said on one page: under its items, with its files, no more than shown."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from folkmoot.pages.watching.chapters import ChapterView
from folkmoot.pages.watching.saying import divide
from folkmoot.pages.watching.transcript import CueView, TurnView
from tests.pages.test_transcript_desk import fill, read
from tests.pages.town import NOON, Town


def turn(speaker: str, *starts: int) -> TurnView:
    cues = tuple(
        CueView(
            at=NOON + timedelta(seconds=start),
            end_at=NOON + timedelta(seconds=start + 3),
            start_seconds=float(start),
            text=f"said {start}",
        )
        for start in starts
    )
    first = cues[0]
    return TurnView(
        speaker=speaker, at=first.at, start_seconds=first.start_seconds, cues=cues
    )


def item(label: str, second: int) -> ChapterView:
    at = NOON + timedelta(seconds=second)
    return ChapterView(marker_id=f"k_{second}", kind="agenda", label=label, at=at)


def test_what_was_said_stands_under_its_item_also_within_a_turn() -> None:
    turns = [turn("Ann", 0, 4), turn("Ben", 8, 12, 16)]
    items = [item("1 Bridge", 4), item("2 Nothing", 11), item("3 Ferry", 13)]
    found = [
        (one.label, [(t.speaker, [cue.text for cue in t.cues]) for t in one.turns])
        for one in divide(turns, items)
    ]
    assert found == [
        ("", [("Ann", ["said 0"])]),
        ("1 Bridge", [("Ann", ["said 4"]), ("Ben", ["said 8"])]),
        ("3 Ferry", [("Ben", ["said 12", "said 16"])]),
    ]
    assert [one.label for one in divide(turns, [])] == [""]
    assert list(divide([], items)) == []


async def test_all_of_it_is_read_printed_and_taken_away(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    await fill(town, forum)
    status, page = await read(visitor, "/m/river-quarter", None)
    assert status == 200
    assert "/m/river-quarter/transcript?room=" in page
    status, page = await read(visitor, "/m/river-quarter/transcript", None)
    assert status == 200
    assert "The brigde is closed &lt;now&gt;. Why?" in page
    for ending in ("vtt", "srt", "ttml", "txt", "json"):
        assert f"transcript.{ending}" in page
    assert (await read(visitor, "/m/river-quarter/transcript?room=x", None))[0] == 404


async def test_what_waits_for_a_person_is_not_on_it(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    await fill(town, forum, draft=True)
    status, page = await read(visitor, "/m/river-quarter/transcript", None)
    assert status == 200
    assert "brigde" not in page
    assert "What is said appears here" in page or "no transcript" in page
