"""A local recording finds its gap by its sound, fills it, and can be taken out."""

from __future__ import annotations

import asyncio
import shutil
import wave
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from folkmoot.core.refusals import Refusal
from folkmoot.media.archive.alignment import Sound, find_offset
from folkmoot.media.archive.cuts import Cut
from folkmoot.media.archive.filling import _listen, fill_gaps, find_fills
from folkmoot.media.archive.importer import import_video
from folkmoot.media.archive.imports import Imports
from folkmoot.media.archive.match import SAMPLE_RATE
from folkmoot.media.pack.stored_stream import Gap
from tests.media.publishing import run
from tests.media.test_alignment import noisy, part, speak
from tests.media.test_importer import PLACE, STARTS_AT, open_webcast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from folkmoot.media.webcast import Webcast

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(180)]

BEFORE, GAP, AFTER = 30.0, 20.0, 30.0
HEARD = speak(120)


async def film(ffmpeg: str, path: Path, sound: Sound, *, faster: float = 1.0) -> Path:
    """Make a film of a sound; `faster`: by how much its recorder's clock ran ahead."""

    def write() -> None:
        count = int(len(sound) * faster)
        stretched = np.interp(np.arange(count) / faster, np.arange(len(sound)), sound)
        with wave.open(str(path.with_suffix(".wav")), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(SAMPLE_RATE)
            out.writeframes((np.clip(stretched, -1, 1) * 32767).astype("<i2").tobytes())

    await asyncio.to_thread(write)
    code, _, tail = await run(
        ffmpeg, "-v", "error", "-y", "-i", path.with_suffix(".wav"),
        "-f", "lavfi", "-i", "testsrc2=size=96x54:rate=25", "-shortest",
        "-map", "1:v", "-map", "0:a", "-c:v", "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac", "-ar", "48000", path,
    )  # fmt: skip
    assert code == 0, tail
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what takes long to make is kept for all tests here."""
    return tmp_path_factory.mktemp("filling")


@pytest.fixture
async def local(kept: Path, ffmpeg_path: str) -> Path:
    """A local recording of everything."""
    path = kept / "local.mp4"
    if not await asyncio.to_thread(path.exists):
        await film(ffmpeg_path, path, HEARD)
    return path


@pytest.fixture
async def torn(kept: Path, tmp_path: Path, ffmpeg_path: str) -> AsyncIterator[Webcast]:
    """A recording that lacks 20 s in its middle, for a signal that was lost."""
    if not await asyncio.to_thread((kept / "media").exists):
        async with open_webcast(kept / "making", ffmpeg_path) as made:
            await _tear(made, kept, ffmpeg_path)
        await asyncio.to_thread(shutil.move, kept / "making" / "media", kept / "media")
    await asyncio.to_thread(shutil.copytree, kept / "media", tmp_path / "media")
    async with open_webcast(tmp_path, ffmpeg_path) as opened:
        yield opened


async def _tear(webcast: Webcast, folder: Path, ffmpeg: str) -> None:
    first = await film(ffmpeg, folder / "a.mp4", part(HEARD, 10, BEFORE))
    second = await film(ffmpeg, folder / "b.mp4", part(HEARD, 10 + BEFORE + GAP, AFTER))
    await import_video(webcast, *PLACE, first, STARTS_AT)
    channel = webcast.channel(*PLACE)
    again = STARTS_AT + timedelta(seconds=BEFORE + GAP)
    await import_video(webcast, *PLACE, second, again)
    gap = Gap(
        channel.recorded_spans()[0][1],
        channel.recorded_spans()[1][0],
        "The signal from the room was lost",
        lost=True,
    )
    channel.public.kept.gaps.append(gap)
    await channel.public.save()


async def heard_at(
    webcast: Webcast, seconds: float, ffmpeg: str, folder: Path
) -> float:
    """How far the recording's sound lies from the room's, from a second on."""
    channel = webcast.channel(*PLACE)
    public = channel.public
    fill = public.kept.fills[0]
    segments = [
        each for each in public.recorded("audio") if each.take_id == fill.take_id
    ]
    rendition = public.directory / fill.take_id / "audio"
    joined = folder / "joined.mp4"

    def join() -> None:
        files = [rendition / "init.mp4", *sorted(rendition.glob("*.m4s"))]
        joined.write_bytes(b"".join(each.read_bytes() for each in files))

    await asyncio.to_thread(join)
    sound = await _listen(ffmpeg, joined)
    began = (segments[0].at - STARTS_AT).total_seconds() + 10
    match = find_offset(part(sound, seconds, 8), HEARD)
    assert match is not None
    assert match.sure
    return match.offset_seconds - began - seconds


@pytest.mark.parametrize(
    ("volume", "noise", "faster"), [(0.2, 0.004, 1.0), (1.5, 0.01, 1.0002)]
)
async def test_a_local_recording_fills_the_gap_in_step(
    torn: Webcast,
    tmp_path: Path,
    ffmpeg_path: str,
    volume: float,
    noise: float,
    faster: float,
) -> None:
    sound = noisy(part(HEARD, 0, 115), volume, noise)
    local = await film(ffmpeg_path, tmp_path / "local.mp4", sound, faster=faster)
    shares: list[float] = []
    (fill,) = await fill_gaps(torn, *PLACE, local, progress=shares.append)
    assert shares == sorted(shares)
    channel = torn.channel(*PLACE)
    assert channel.gaps == []
    assert channel.public.kept.fills == [fill]
    assert fill.drift == pytest.approx(faster - 1, abs=0.0002)
    spans = channel.recorded_spans()
    whole = BEFORE + GAP + AFTER
    assert channel.recorded_seconds == pytest.approx(whole, abs=0.7)
    assert (spans[-1][1] - spans[0][0]).total_seconds() == pytest.approx(whole, abs=0.3)
    for seconds in (0.0, 11.0):
        late = await heard_at(torn, seconds, ffmpeg_path, tmp_path)
        assert abs(late) <= 0.040, late
    middle = STARTS_AT + timedelta(seconds=BEFORE + GAP / 2)
    assert channel.offset_seconds_at(middle) == pytest.approx(BEFORE + GAP / 2, abs=0.4)


async def test_a_fill_can_be_taken_out(torn: Webcast, local: Path) -> None:
    channel = torn.channel(*PLACE)
    gaps, spans = channel.gaps, channel.recorded_spans()
    (found,) = await find_fills(torn, *PLACE, local)
    assert torn.channel(*PLACE).public.kept.fills == []  # said, and nothing done
    (fill,) = await fill_gaps(torn, *PLACE, local)
    assert (found.start_at, found.confidence) == (fill.start_at, fill.confidence)
    assert abs((found.end_at - fill.end_at).total_seconds()) < 0.2
    assert await channel.undo_fill(fill.take_id)
    assert (channel.gaps, channel.recorded_spans()) == (gaps, spans)
    assert not await channel.undo_fill(fill.take_id)
    assert not (channel.public.directory / fill.take_id).exists()
    assert len(await fill_gaps(torn, *PLACE, local)) == 1


async def test_what_ends_within_a_gap_leaves_its_rest(
    torn: Webcast, tmp_path: Path, ffmpeg_path: str
) -> None:
    short = part(HEARD, 5, 5 + BEFORE + 8)
    local = await film(ffmpeg_path, tmp_path / "local.mp4", short)
    (fill,) = await fill_gaps(torn, *PLACE, local)
    (rest,) = torn.channel(*PLACE).gaps
    assert (fill.end_at - fill.start_at).total_seconds() == pytest.approx(8, abs=0.3)
    assert (rest.end_at - rest.start_at).total_seconds() == pytest.approx(12, abs=0.3)
    assert rest.lost


async def refused(webcast: Webcast, file: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        await fill_gaps(webcast, *PLACE, file)
    return refusal.value.code


async def test_what_does_not_fit_is_refused(
    torn: Webcast, tmp_path: Path, ffmpeg_path: str
) -> None:
    channel = torn.channel(*PLACE)
    other = await film(ffmpeg_path, tmp_path / "other.mp4", speak(60, seed=9))
    assert await refused(torn, other) == "sound_differs"
    spliced = np.concatenate([part(HEARD, 0, 45), part(HEARD, 52, 40)])
    cut = await film(ffmpeg_path, tmp_path / "cut.mp4", spliced)
    assert await refused(torn, cut) == "clocks_differ"
    outside = await film(ffmpeg_path, tmp_path / "out.mp4", part(HEARD, 0, 39.5))
    assert await refused(torn, outside) == "gap_not_covered"
    mute = tmp_path / "mute.mp4"
    await run(ffmpeg_path, "-v", "error", "-i", other, "-an", "-c", "copy", mute)
    assert await refused(torn, mute) == "no_sound"
    assert len(channel.recorded_spans()) == 2


async def test_what_was_paused_is_never_filled(torn: Webcast, local: Path) -> None:
    kept = torn.channel(*PLACE).public.kept
    gap = kept.gaps.pop()
    kept.gaps.append(Gap(gap.start_at, gap.end_at, "Confidential item"))
    assert await refused(torn, local) == "no_gap"
    kept.gaps[-1] = gap
    cut = Cut(cut_id="c", from_at=STARTS_AT, to_at=gap.start_at + timedelta(seconds=1))
    kept.cuts.append(cut)
    assert await refused(torn, local) == "no_gap"


async def test_a_fill_is_a_job_that_says_what_it_did(
    torn: Webcast, local: Path, tmp_path: Path
) -> None:
    told: list[tuple[str, str]] = []
    jobs: list[dict[str, Any]] = []

    async def enqueue(_kind: str, body: dict[str, Any], _job_id: str) -> None:
        jobs.append(body)

    async def tell(*room: str) -> None:
        told.append((room[0], room[1]))

    imports = Imports(torn, tmp_path / "imports", enqueue=enqueue, on_recording=tell)
    await imports.take(*PLACE, local, starts_at=STARTS_AT, name="local", fill=True)
    await imports.work(jobs[0])
    status = imports.status(*PLACE)
    assert status.state == "done"
    assert status.message.startswith("Filled 20 s from 19:00:30 UTC")
    assert told == [PLACE]
