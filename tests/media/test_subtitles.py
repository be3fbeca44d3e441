"""The words as a rendition: a playlist that runs beside the picture's."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st

from folkmoot.media.deliver.routes import add_media_routes
from folkmoot.media.deliver.subtitles import (
    Span,
    offer_subtitles,
    read_span,
    render_subtitles,
)
from folkmoot.media.pack.packager import Segment
from tests.fakes import FakeClock
from tests.media.coded import make_coded_film, until
from tests.media.test_webcast import PLACE, open_house

if TYPE_CHECKING:
    from pathlib import Path

START = FakeClock()()


def segment(number: int, *, take: str = "x_1", gap: bool = False) -> Segment:
    return Segment(
        number, take, 10.0 + number, 1.0, START + timedelta(seconds=number), gap=gap
    )


def test_each_variant_names_the_words() -> None:
    master = (
        "#EXTM3U\n#EXT-X-VERSION:7\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="a"\nsource.m3u8?from=A\n'
    )
    text = offer_subtitles(master, "from=A")
    assert text.count('#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="words"') == 1
    assert 'URI="words.m3u8?from=A"' in text
    assert '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="a",SUBTITLES="words"\n' in text


def test_the_playlist_has_the_numbers_and_seams_of_the_picture() -> None:
    text = render_subtitles(
        [segment(4), segment(5, gap=True), segment(6, take="x_2")],
        target_duration=4,
        ended=False,
        live=True,
    )
    assert "#EXT-X-MEDIA-SEQUENCE:4\n" in text
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert text.count("#EXT-X-GAP\n") == 1
    assert "x_1/words/14000-1000.vtt\n" in text
    assert "x_2/words/16000-1000.vtt\n" in text
    assert "#EXT-X-ENDLIST" not in text


def test_an_ended_one_says_so() -> None:
    text = render_subtitles([segment(1)], target_duration=4, ended=True, live=False)
    assert text.endswith("#EXT-X-ENDLIST\n")
    assert "#EXT-X-PLAYLIST-TYPE:VOD\n" in text


@given(
    st.lists(st.integers(1, 6_000_000), min_size=1, max_size=60).map(sorted),
)
def test_spans_leave_no_moment_out(cuts: list[int]) -> None:
    """However segments are cut, their files' spans touch each other."""
    end = 0
    for cut in [*cuts, cuts[-1] + 1]:
        if cut * 1e-3 <= end * 1e-3:
            continue
        each = Segment(1, "x", end * 1e-3, (cut - end) * 1e-3, START)
        span = Span.of(each)
        assert span.start_ms == end
        assert span.start_ms + span.length_ms == cut
        end = cut


@pytest.mark.parametrize(("start", "length"), [("0", "0"), ("5", "9999999")])
def test_spans_that_are_none_are_refused(start: str, length: str) -> None:
    assert read_span(start, length) is None


class Speech:
    """Words that are settled up to a moment."""

    def __init__(self) -> None:
        self.until: datetime | None = None
        self.there = True
        self.asked: list[tuple[datetime, datetime, datetime]] = []

    async def offers(self, meeting_id: str, room_id: str) -> bool:
        return self.there and (meeting_id, room_id) == PLACE

    def settled_until(self, meeting_id: str, room_id: str) -> datetime | None:
        return self.until

    async def segment(
        self,
        meeting_id: str,
        room_id: str,
        *,
        from_at: datetime,
        to_at: datetime,
        zero_at: datetime,
    ) -> bytes:
        self.asked.append((from_at, to_at, zero_at))
        return b"WEBVTT\n"


@pytest.mark.ffmpeg
@pytest.mark.timeout(120)
async def test_players_find_the_words_beside_the_picture(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    path = await make_coded_film(ffmpeg_path, tmp_path / "film.flv", seconds=30)
    film = await asyncio.to_thread(path.read_bytes)
    async with open_house(tmp_path, ffmpeg_path) as house:
        speech, app = Speech(), web.Application()

        async def check(token: str, *_place: str) -> str | None:
            return token if token in {"watch", "preview"} else None

        add_media_routes(app, house.webcast, token_check=check, words=speech)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        public = f"http://{host}:{port}/media/path/plenary"

        async def get(path: str, base: str = public) -> tuple[int, str]:
            async with ClientSession() as http, http.get(base + path) as answer:
                return answer.status, await answer.text()

        try:
            house.publish(film)
            stream = house.webcast.channel(*PLACE).public
            await until(lambda: stream.last_sequence >= 2, 40)
            _, master = await get("/master.m3u8")
            assert 'URI="words.m3u8"' in master
            _, picture = await get("/source.m3u8")
            closed = stream.lanes["source"].closed
            # Only what is settled is listed.
            speech.until = closed[0].end_at
            _, words = await get("/words.m3u8")
            assert words.count("#EXTINF") == 1
            speech.until = None
            _, words = await get("/words.m3u8")
            assert words.count("#EXTINF") >= 2
            lines = [line for line in words.splitlines() if line.startswith("#EXTINF")]
            assert lines[0] in picture
            address = next(line for line in words.splitlines() if line.endswith(".vtt"))
            status, text = await get("/" + address)
            assert (status, text) == (200, "WEBVTT\n")
            from_at, to_at, zero_at = speech.asked[0]
            assert abs(from_at - closed[0].at) < timedelta(milliseconds=2)
            assert abs(to_at - closed[0].end_at) < timedelta(milliseconds=2)
            assert zero_at == stream.takes[closed[0].take_id].anchor_at
            assert (await get("/x_none/words/0-1000.vtt"))[0] == 404
            private = f"http://{host}:{port}/media/~watch/m_1/r_1"
            assert "words.m3u8" in (await get("/master.m3u8", private))[1]
            await house.webcast.set_state(*PLACE, "hold", reason="In private")
            await until(lambda: house.webcast.channel(*PLACE).preview.lanes, 20)
            # What staff see of a paused room has no words.
            staff = f"http://{host}:{port}/media/~preview/m_1/r_1"
            assert "words.m3u8" not in (await get("/master.m3u8", staff))[1]
            assert (await get("/words.m3u8", staff))[0] == 404
            speech.there = False
            assert "words.m3u8" not in (await get("/master.m3u8"))[1]
        finally:
            await runner.cleanup()
