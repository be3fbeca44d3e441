"""Films as people have them: turned, uneven, with a cover, cut off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from folkmoot.core.refusals import Refusal
from folkmoot.media.archive.importer import import_video
from folkmoot.media.ingest.reading import FilmUnreadable, look_at
from tests.media.publishing import AAC, H264, make_media, run
from tests.media.test_importer import PLACE, STARTS_AT, webcast

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.webcast import Webcast

__all__ = ["webcast"]

pytestmark = pytest.mark.ffmpeg


async def make(ffmpeg: str, *arguments: str | Path) -> None:
    code, _, tail = await run(ffmpeg, "-v", "error", "-y", *arguments)
    assert code == 0, tail


async def cut_off(path: Path, share: float = 0.6) -> Path:
    """Leave the first part of a file, as a killed recorder does."""

    def cut() -> Path:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        return path

    return await asyncio.to_thread(cut)


async def imported_size(webcast: Webcast, path: Path) -> tuple[int, int, float]:
    """Import a film; return its picture's size and its length."""
    done = await import_video(webcast, *PLACE, path, STARTS_AT)
    top = webcast.channel(*PLACE).public.variants[0]
    return top.width or 0, top.height or 0, done.seconds


async def test_a_phones_turned_film_stands_upright(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
) -> None:
    plain = await make_media(ffmpeg_path, tmp_path / "a.mp4", *H264, *AAC, seconds=4)
    turned = tmp_path / "turned.mov"
    if (await run(ffmpeg_path, "-h", "full"))[1].find(b"-display_rotation") >= 0:
        how = ["-display_rotation", "90", "-i", plain]
        await make(ffmpeg_path, *how, "-c", "copy", turned)
    else:
        how = ["-i", plain, "-c", "copy", "-metadata:s:v:0", "rotate=90"]
        await make(ffmpeg_path, *how, turned)
    film = await look_at(ffmpeg_path, turned)
    assert (film.source.upright, film.container) == (False, "mp4")
    assert (film.source.width, film.source.height) == (240, 320)
    width, height, seconds = await imported_size(webcast, turned)
    assert (width, height) == (240, 320)
    assert seconds == pytest.approx(4, abs=0.3)
    assert not webcast.channel(*PLACE).public.variants[0].codecs.startswith("avc1.4200")


async def test_an_uneven_film_gets_a_constant_rate(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
) -> None:
    path = tmp_path / "uneven.webm"
    await make(
        ffmpeg_path, "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30",
        "-f", "lavfi", "-i", "sine=440", "-t", "5",
        "-vf", "select='not(eq(mod(n,7),3)+eq(mod(n,5),1))'", "-fps_mode", "vfr",
        "-c:v", "libvpx", "-deadline", "realtime", "-b:v", "500k",
        "-c:a", "libopus", path,
    )  # fmt: skip
    film = await look_at(ffmpeg_path, path)
    assert (film.source.even, film.container) == (False, "matroska")
    _, _, seconds = await imported_size(webcast, path)
    assert seconds == pytest.approx(5, abs=0.3)
    rate = webcast.channel(*PLACE).public.variants[0].frame_rate
    assert rate in {20.0, 24.0, 25.0}


async def test_sound_with_a_cover_is_sound(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
) -> None:
    path = tmp_path / "talk.m4a"
    await make(
        ffmpeg_path, "-f", "lavfi", "-i", "sine=440", "-f", "lavfi", "-i",
        "color=red:s=300x300", "-map", "0:a", "-map", "1:v", "-t", "4",
        "-frames:v", "1", "-c:a", "aac", "-c:v", "mjpeg",
        "-disposition:v:0", "attached_pic", path,
    )  # fmt: skip
    film = await look_at(ffmpeg_path, path)
    assert (film.source.has_video, film.source.has_audio) == (False, True)
    done = await import_video(webcast, *PLACE, path, STARTS_AT)
    assert done.seconds == pytest.approx(4, abs=0.3)
    assert set(webcast.channel(*PLACE).public.lanes) == {"audio"}


async def test_a_recording_that_was_cut_off_is_kept_as_far_as_it_goes(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
) -> None:
    path = tmp_path / "obs.mkv"
    await make_media(
        ffmpeg_path, path, *H264, *AAC, "-f", "matroska", "-live", "1", seconds=8
    )
    film = await look_at(ffmpeg_path, await cut_off(path))
    assert 4 < film.seconds < 6
    _, _, seconds = await imported_size(webcast, path)
    assert seconds == pytest.approx(film.seconds, abs=0.6)


async def test_a_film_without_its_index_is_explained(
    webcast: Webcast, tmp_path: Path, ffmpeg_path: str
) -> None:
    path = await make_media(ffmpeg_path, tmp_path / "a.mp4", *H264, *AAC, seconds=4)
    await cut_off(path)
    with pytest.raises(Refusal, match="cut off before its index") as refused:
        await import_video(webcast, *PLACE, path, STARTS_AT)
    assert refused.value.code == "video_unreadable"
    with pytest.raises(FilmUnreadable):
        await look_at(ffmpeg_path, path)
