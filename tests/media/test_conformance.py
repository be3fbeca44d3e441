"""Two thirds of a minute, and in the soak five, of low-latency HLS with a reconnect and a pause, against the rules.

Sections are those of draft-pantos-hls-rfc8216bis.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.media.packaging import merge_delta, split_segments
from tests.media.publishing import make_flv
from tests.media.test_webcast import (
    PLACE,
    House,
    check_rules,
    open_house,
    parts_of,
    tag,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(240)]

RENDITIONS = ("source", "360p", "audio")
FIXED = ("EXT-X-SERVER-CONTROL", "EXT-X-PART-INF", "EXT-X-TARGETDURATION")
FIVE_MINUTES = 300.0
HOLD_SECONDS = 6.0
SEGMENT_SECONDS = 4.0
DROPPED_SECONDS = 9.0
"""How long before the encoder is lost a rung is not made any more: over two segments."""
AAC_FRAME = 0.0214
"""Seconds; sound of a loop may be longer than its picture by so much."""

_DATE = re.compile(r"#EXT-X-PROGRAM-DATE-TIME:(\S+)")
_LENGTH = re.compile(r"#EXTINF:([\d.]+)")


def _segments(text: str) -> list[list[str]]:
    """The lines of each closed segment, its address last."""
    found: list[list[str]] = []
    lines: list[str] = []
    for line in text.splitlines():
        lines.append(line)
        if line and not line.startswith("#"):
            found.append(lines)
            lines = []
    return found


def _times(lines: list[str]) -> tuple[datetime, float]:
    """When a segment begins, and its seconds."""
    text = "\n".join(lines)
    at, seconds = _DATE.search(text), _LENGTH.search(text)
    assert at is not None
    assert seconds is not None
    return datetime.fromisoformat(at[1]), float(seconds[1])


class Follower:
    """Reloads one rendition as a low-latency player does, and keeps the books."""

    def __init__(self, house: House, rendition: str) -> None:
        self._house = house
        self.rendition = rendition
        self.text = ""
        self.hints_kept = 0
        self.deltas = 0
        self.unavailable = 0
        self.control: set[tuple[str, ...]] = set()
        self.parts: dict[str, float] = {}
        """Seconds of each part whose segment went on after it, by its address."""
        self.gaps: set[str] = set()
        """Addresses that a playlist marked as a gap."""
        self.whole: set[str] = set()
        """Addresses of the segments that it did not."""
        self.worst_step = 0.0

    def describe(self) -> str:
        """What it saw, in one line."""
        target = float(tag(self.text, "EXT-X-PART-INF").partition("PART-TARGET=")[2])
        shares = sorted(seconds / target for seconds in self.parts.values())
        return (
            f"{self.rendition}: {len(shares)} parts of {shares[0]:.1%} to "
            f"{shares[-1]:.1%} of {target} s, {self.hints_kept} hints kept, "
            f"{self.deltas} deltas, {self.unavailable} times 503, "
            f"{len(self.gaps)} gaps, dates {1000 * self.worst_step:.1f} ms off at most"
        )

    async def run(self, until: asyncio.Event) -> None:
        self.text = await self._house.until_playing(self.rendition)
        while not until.is_set():
            await self._reload()

    async def _reload(self) -> None:
        lane = self._house.webcast.channel(*PLACE).public.lanes[self.rendition]
        sequence, part = lane.last_part
        path = f"/{self.rendition}.m3u8?_HLS_msn={sequence}&_HLS_part={part + 1}"
        status, body, _ = await self._house.get(path)
        if status == 503:  # nothing comes now: 6.2.5.2
            self.unavailable += 1
            await asyncio.sleep(0.3)
            return
        assert status == 200, (status, body)
        text = body.decode()
        check_rules(text)
        for segment in re.split(r"#EXTINF:[^\n]*\n[^\n]*\n", text):
            for part_seconds, address, _ in parts_of(segment)[:-1]:
                self.parts[address] = part_seconds
        self.control.add(tuple(tag(text, name) for name in FIXED))
        self._check_hint(text)
        self._check_times(text)
        self._check_gaps(text)
        await self._check_delta()
        self.text = text

    def _check_hint(self, text: str) -> None:
        """What was hinted is the next part that comes (4.4.5.3)."""
        hinted = re.search(r'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="([^"]+)"', self.text)
        assert hinted is not None
        old = {address for _, address, _ in parts_of(self.text)}
        new = [address for _, address, _ in parts_of(text) if address not in old]
        if new:
            take = hinted[1].partition("/")[0]
            assert new[0] == hinted[1] or not new[0].startswith(take)
            self.hints_kept += new[0] == hinted[1]

    def _check_times(self, text: str) -> None:
        """Date-times go on by the durations between two discontinuities.

        A segment that broke off is as long as what there is of it, and only a gap
        may follow; which says itself when it begins.
        """
        for before, after in pairwise(_segments(text)):
            if "#EXT-X-DISCONTINUITY" in after:
                continue
            (at, seconds), (following, _) = _times(before), _times(after)
            step = (following - at).total_seconds() - seconds
            if "#EXT-X-GAP" in after and "#EXT-X-GAP" not in before:
                assert -AAC_FRAME < step < SEGMENT_SECONDS, (at, seconds, following)
            else:
                assert abs(step) < AAC_FRAME, (at, seconds, following)
                self.worst_step = max(self.worst_step, abs(step))

    def _check_gaps(self, text: str) -> None:
        """What misses says so, and nothing of it is offered (4.4.4.7)."""
        map_take = ""
        for lines in _segments(text):
            address = lines[-1]
            take = address.partition("/")[0]
            for line in lines:
                if line.startswith("#EXT-X-MAP:"):
                    map_take = line.split('"')[1].partition("/")[0]
            if "#EXT-X-GAP" in lines:
                self.gaps.add(address)
                assert not parts_of("\n".join(lines))
                assert any(line.startswith("#EXT-X-PROGRAM-DATE") for line in lines)
            else:
                self.whole.add(address)
                assert map_take == take, address  # what follows a gap says its map
        # What was a gap stays one, or a player would never come back for it.
        assert not self.gaps & self.whole

    async def _check_delta(self) -> None:
        """A delta and what one had before are the whole (6.2.5.1)."""
        path = f"/{self.rendition}.m3u8"
        full = await self._house.text(path)
        delta = await self._house.text(f"{path}?_HLS_skip=YES")
        if "#EXT-X-SKIP" not in delta:
            return
        merged, wanted = split_segments(merge_delta(full, delta)), split_segments(full)
        assert merged[: len(wanted)] == wanted[: len(merged)]
        self.deltas += 1


async def test_a_run_with_a_reconnect_and_a_pause_obeys_the_rules(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    await run_and_check(tmp_path, ffmpeg_path, 40.0)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_five_minutes_obey_the_rules(
    tmp_path: Path, each_ffmpeg: str, capsys: pytest.CaptureFixture[str]
) -> None:
    followers = await run_and_check(tmp_path, each_ffmpeg, FIVE_MINUTES)
    with capsys.disabled():
        print(f"\n{each_ffmpeg}, {FIVE_MINUTES:.0f} s")
        for each in followers:
            print(each.describe())


async def run_and_check(
    tmp_path: Path, ffmpeg_path: str, seconds: float
) -> list[Follower]:
    """Follow all renditions over a reconnect and a pause, and check as they come."""
    shown = seconds - HOLD_SECONDS
    first_seconds, then = shown * 30 / 46, shown * 8 / 46
    path = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=first_seconds)
    film = await asyncio.to_thread(path.read_bytes)
    async with open_house(tmp_path, ffmpeg_path) as house:
        channel = house.webcast.channel(*PLACE)
        followers = [Follower(house, name) for name in RENDITIONS]
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        drops_at = loop.time() + first_seconds - DROPPED_SECONDS
        first = house.publish(film)
        await house.until_playing("audio")
        running = [house.tasks.start(f.run(over), name="follow") for f in followers]
        await asyncio.sleep(max(0.0, drops_at - loop.time()))
        await house.webcast._publications[PLACE].drop_rung("360p")
        await first  # then the encoder is gone
        second = house.publish(film)
        await asyncio.sleep(then)
        await house.webcast.set_state(*PLACE, "hold", reason="A break")
        await asyncio.sleep(HOLD_SECONDS)
        await house.webcast.set_state(*PLACE, "on")
        await asyncio.sleep(then)
        over.set()
        await asyncio.gather(*running)
        await check_answers(house)
        second.cancel()
        # The same for all renditions, and from the beginning to the end (4.4.3.8).
        assert len({each for f in followers for each in f.control}) == 1
        for follower in followers:
            assert follower.hints_kept > 20
            assert follower.deltas > 5
        kinds = [take.kind for take in channel.public.takes.values()]
        assert kinds == ["live", "live", "slate", "live"]
        await check_gaps(house, followers)
        numbers = [each.sequence for each in channel.public.lanes["source"].closed]
        assert numbers == list(range(1, len(numbers) + 1))
        await house.webcast.set_state(*PLACE, "ended")
        text = await house.text("/source.m3u8?_HLS_msn=999&_HLS_part=7")
        assert text.endswith("#EXT-X-ENDLIST\n")  # directives mean nothing now
        assert "#EXT-X-PRELOAD-HINT" not in text
    return followers


async def check_gaps(house: House, followers: list[Follower]) -> None:
    """Only the rung that was not made has gaps, and all keep the same time."""
    texts = [await house.text(f"/{name}.m3u8") for name in RENDITIONS]
    listed = [_segments(text) for text in texts]
    target = float(tag(texts[0], "EXT-X-PART-INF").partition("PART-TARGET=")[2])
    # Segments have the same place in time in all renditions, gaps or not (6.2.4);
    # those of sound begin with a part of their own length.
    count = min(map(len, listed))
    for row in zip(*(segments[:count] for segments in listed), strict=True):
        begins = [_times(lines)[0] for lines in row]
        assert (max(begins) - min(begins)).total_seconds() < target
        assert len({"#EXT-X-DISCONTINUITY" in lines for lines in row}) == 1
    for follower, segments in zip(followers, listed, strict=True):
        for lines in segments:
            status, body, _ = await house.get(f"/{lines[-1]}")
            if "#EXT-X-GAP" in lines:
                assert status == 404  # nobody has to ask for it
            else:
                assert (status, body[4:8]) == (200, b"moof"), lines[-1]
        gaps = [lines[-1] for lines in segments if "#EXT-X-GAP" in lines]
        assert follower.gaps == set(gaps)
        # At a pause a rung may lack what it had not made by then: the take's last.
        takes = [lines[-1].partition("/")[0] for lines in segments]
        ends = {take: lines[-1] for take, lines in zip(takes, segments, strict=True)}
        if follower.rendition == "360p":
            assert gaps[0].startswith(takes[0])
            assert ends[takes[0]] in gaps
            gaps = [gap for gap in gaps if not gap.startswith(takes[0])]
            assert any(not each.startswith(takes[0]) for each in follower.whole)
        assert all(gap in ends.values() for gap in gaps)
        assert not gaps or follower.rendition != "source"


async def check_answers(house: House) -> None:
    """The table of answers to directives (6.2.5.2)."""
    lane = house.webcast.channel(*PLACE).public.lanes["source"]
    last = lane.last_sequence
    for query, wanted in (
        ("_HLS_part=1", 400),
        ("_HLS_msn=x", 400),
        (f"_HLS_msn={last + 5}", 400),
        (f"_HLS_msn={last + 1}&_HLS_part=60", 400),
        ("_HLS_msn=1", 200),  # stale: the playlist as it is
        ("_HLS_msn=1&_HLS_part=0", 200),
    ):
        status, body, _ = await house.get(f"/source.m3u8?{query}")
        assert status == wanted, query
        if wanted == 200:
            assert "#EXT-X-PART-INF" in body.decode()
    take_id = next(reversed(house.webcast.channel(*PLACE).public.takes))
    for file in (f"p{lane.next_part + 40}.m4s", "p0.m4s", "99999.m4s"):
        assert (await house.get(f"/{take_id}/source/{file}"))[0] == 404
