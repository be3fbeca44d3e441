"""Stills of the timeline: chosen from what is public, named by what they show."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from folkmoot.core.wire import moment
from folkmoot.media.deliver import storyboard
from folkmoot.media.deliver.storyboard import lay_out, render_stills
from folkmoot.media.pack.packager import Part, Segment
from tests.media.packaging import ANCHOR
from tests.media.test_webcast import PLACE, film, film_path, follow, open_house

__all__ = ["film", "film_path"]  # fixtures


def make_segments(
    count: int, *, take_id: str = "x_one", first: int = 1
) -> list[Segment]:
    return [
        Segment(
            sequence=first + number,
            take_id=take_id,
            start_seconds=10.0 + 4 * number,
            duration_seconds=4.0,
            at=ANCHOR + timedelta(seconds=4 * number),
            parts=(Part(8 * number + 1, 0, 1000, 10.0 + 4 * number, 0.5, True),),
        )
        for number in range(count)
    ]


def gap(segment: Segment) -> Segment:
    return msgspec.structs.replace(segment, gap=True, parts=())


def test_a_still_stands_each_ten_seconds_or_more():
    sheets = lay_out(make_segments(9))
    stills = [(s.start_seconds, s.end_seconds) for s in sheets[0].stills]
    assert stills == [(0, 12), (12, 24), (24, 36)]
    assert render_stills(sheets).startswith(
        "WEBVTT\n\n00:00:00.000 --> 00:00:12.000\n"
        f"x_one/stills/{sheets[0].name}.jpg#xywh=0,0,160,90\n"
    )


def test_a_sheet_holds_twenty_five_stills_of_one_take():
    segments = make_segments(90) + make_segments(3, take_id="x_two", first=91)
    sheets = lay_out(segments)
    assert [(s.take_id, len(s.stills)) for s in sheets] == [
        ("x_one", 25),
        ("x_one", 5),
        ("x_two", 1),
    ]
    assert sheets[-1].stills[0].start_seconds == 360
    assert "#xywh=640,360,160,90" in render_stills(sheets)


def test_what_is_cut_is_on_no_sheet_and_changes_its_name():
    segments = make_segments(9)
    before = lay_out(segments)[0]
    segments[3] = gap(segments[3])
    after = lay_out(segments)[0]
    assert [s.segment.sequence for s in before.stills] == [1, 4, 7]
    assert [s.segment.sequence for s in after.stills] == [1, 5, 8]
    assert after.name != before.name
    # Seconds stay what they are on the timeline.
    assert [s.start_seconds for s in after.stills] == [0, 16, 28]


def test_nothing_has_no_sheets():
    assert lay_out([]) == []
    assert lay_out([gap(each) for each in make_segments(3)]) == []


@pytest.mark.ffmpeg
async def test_sheets_are_served_as_long_as_their_seconds_are_public(
    tmp_path: Path, ffmpeg_path: str, film: bytes, monkeypatch: pytest.MonkeyPatch
):
    async with open_house(tmp_path, ffmpeg_path) as house:
        assert (await house.get("/storyboard.vtt"))[0] == 404
        stream = house.webcast.channel(*PLACE).public
        assert (await house.get("/poster.jpg"))[0] == 404
        house.publish(film)
        # Who asks before there is a picture gets the first one.
        async with asyncio.timeout(20):
            while not stream.expecting:
                await asyncio.sleep(0.01)
        assert (await house.get("/poster.jpg"))[0] == 200
        await follow(house, "source", 14)
        status, text, headers = await house.get("/storyboard.vtt")
        assert (status, headers["Content-Type"]) == (200, "text/vtt; charset=utf-8")
        address = re.findall(r"\n(\S+\.jpg)#xywh=0,0,160,90\n", text.decode())[-1]
        status, data, headers = await house.get(f"/{address}")
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
        assert jpeg_size(data) == (5 * 160, 5 * 90)
        assert (await house.get(f"/{address}"))[1] == data
        wrong = re.sub(r"[0-9a-f]{16}", "0" * 16, address)
        assert (await house.get(f"/{wrong}"))[0] == 404
        # One moment alone, larger: beside search hits and citations.
        segment = stream.recorded("360p")[0]
        at = moment(segment.at + timedelta(seconds=1))
        status, data, headers = await house.get(f"/still.jpg?at={at}")
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
        assert jpeg_size(data)[0] == 320
        for query in (f"at={moment(segment.at - timedelta(hours=1))}", ""):
            assert (await house.get(f"/still.jpg?{query}"))[0] == 404
        assert (await house.get("/still.jpg?at=noon"))[0] == 400
        # Anybody may name any moment; past a number of them there is no queue.
        with monkeypatch.context() as patch:
            patch.setattr(storyboard, "_MOST_WAITING", 0)
            status, _, headers = await house.get(f"/still.jpg?at={at}")
        assert (status, headers["Retry-After"]) == (503, "1")
        for lane in stream.lanes.values():
            lane.closed[:] = [gap(each) for each in lane.closed]
        assert (await house.get(f"/{address}"))[0] == 404
        assert (await house.get("/storyboard.vtt"))[0] == 404
        assert (await house.get(f"/still.jpg?at={at}"))[0] == 404
        # Nothing was left on the disk that could be forgotten there.
        assert list(tmp_path.rglob("*.jpg")) == []


def jpeg_size(data: bytes) -> tuple[int, int]:
    start = data.index(b"\xff\xc0")
    height, width = data[start + 5 : start + 7], data[start + 7 : start + 9]
    return int.from_bytes(width, "big"), int.from_bytes(height, "big")
