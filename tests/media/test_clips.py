"""Clips show exactly their span, to the frame, and never what was taken away."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from folkmoot.media.archive.cuts import Cut
from folkmoot.media.archive.importer import import_video
from folkmoot.media.clips.clip import Clip, ClipKind, NoClip
from folkmoot.media.clips.sending import Clips, TakenAway
from folkmoot.media.encode.process import Program
from tests.media.coded import FPS, make_coded_film
from tests.media.test_importer import PLACE, STARTS_AT, webcast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from folkmoot.media.webcast import Webcast

__all__ = ["webcast"]  # fixture
pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(120)]

_BITS = 12


@pytest.fixture
async def begins_at(webcast: Webcast, tmp_path: Path, ffmpeg_path: str) -> datetime:
    """Twenty seconds of numbered frames, B-frames among them; when frame 0 was."""
    path = tmp_path / "coded.mp4"
    await make_coded_film(ffmpeg_path, path, seconds=20, b_frames=2)
    await import_video(webcast, *PLACE, path, STARTS_AT)
    started = webcast.channel(*PLACE).timeline.start_at
    assert started is not None
    return started


async def cut(
    webcast: Webcast,
    target: Path,
    from_at: datetime,
    to_at: datetime,
    kind: ClipKind = "video",
) -> Clip:
    """Write a clip to a file as a browser would keep it."""
    clips, stream = Clips(), webcast.channel(*PLACE).public
    told = [(b"\xa9nam", "Budget, 9 March")]
    clip = await clips.plan(stream, from_at, to_at, kind, told)
    data = b"".join([block async for block in clips.read(stream, clip)])
    assert len(data) == clip.size
    await asyncio.to_thread(target.write_bytes, data)
    return clip


async def run(argv: list[str]) -> tuple[bytes, str]:
    program = await Program.start(argv, name="look", capture=True)
    try:
        data = await program.output.read()
        code = await program.wait()
        assert code == 0, program.tail
        return data, "\n".join(program.tail)
    finally:
        await program.stop()


async def frames(ffmpeg: str, path: Path, *more: str) -> list[int]:
    """The numbers of the frames that a player shows."""
    raw, _ = await run(
        [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", *more,
         "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough",
         "-vf", f"scale={_BITS}:1:flags=area,format=gray", "-f", "rawvideo", "pipe:1"]
    )  # fmt: skip
    rows = [raw[at : at + _BITS] for at in range(0, len(raw), _BITS)]
    return [sum((value > 125) << bit for bit, value in enumerate(row)) for row in rows]


async def sound_seconds(ffmpeg: str, path: Path) -> float:
    raw, _ = await run(
        [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-i", str(path),
         "-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "pipe:1"]
    )  # fmt: skip
    return len(raw) / 2 / 8000


def after(begins_at: datetime, seconds: float) -> datetime:
    return begins_at + timedelta(seconds=seconds)


async def test_a_clip_plays_its_span_to_the_frame_without_encoding(
    webcast: Webcast, begins_at: datetime, tmp_path: Path, ffmpeg_path: str
):
    path = tmp_path / "clip.mp4"
    clip = await cut(webcast, path, after(begins_at, 3.3), after(begins_at, 7.7))
    assert await frames(ffmpeg_path, path) == list(range(99, 231))
    # Whoever heeds no edit list begins at the key frame; that is all there is more.
    assert (clip.start_at, clip.seconds) == (after(begins_at, 3.3), 4.4)
    assert clip.lead_seconds == pytest.approx(0.3, abs=0.01)
    whole = await frames(ffmpeg_path, path, "-ignore_editlist", "1")
    assert min(whole) == 90
    assert max(whole) <= 232
    assert await sound_seconds(ffmpeg_path, path) == pytest.approx(4.4, abs=0.06)
    # It starts fast: its index comes before its media; and it says what it is.
    assert clip.head.index(b"moov") < clip.head.rindex(b"mdat")
    assert b"Budget, 9 March" in clip.head
    # Not one frame was encoded: the bytes are those of the archive's own files.
    for piece in clip.slices:
        stored = await asyncio.to_thread(piece.path.read_bytes)
        assert stored[piece.offset : piece.offset + piece.size] in path.read_bytes()


async def test_sound_alone_starts_where_it_is_asked_to(
    webcast: Webcast, begins_at: datetime, tmp_path: Path, ffmpeg_path: str
):
    path = tmp_path / "clip.m4a"
    clip = await cut(
        webcast, path, after(begins_at, 5), after(begins_at, 12.25), "sound"
    )
    assert await sound_seconds(ffmpeg_path, path) == pytest.approx(7.25, abs=0.06)
    assert clip.lead_seconds < 0.05
    assert b"vide" not in clip.head


async def test_what_was_cut_is_in_no_clip_and_ends_one_on_its_way(
    webcast: Webcast, begins_at: datetime, tmp_path: Path, ffmpeg_path: str
):
    channel, clips = webcast.channel(*PLACE), Clips()
    span = after(begins_at, 1), after(begins_at, 15)
    early = await clips.plan(channel.public, *span, "video")
    sent = clips.read(channel.public, early)
    assert await anext(sent) == early.head
    await channel.apply_cuts(
        [
            Cut(
                cut_id="c_1",
                from_at=after(begins_at, 5.3),
                to_at=after(begins_at, 9.7),
            )
        ]
    )
    with pytest.raises(TakenAway):
        await asyncio.wait_for(_read_on(sent), 20)
    while await channel.encode_edges():
        pass
    path = tmp_path / "clip.mp4"
    clip = await cut(webcast, path, *span)
    seen = await frames(ffmpeg_path, path)
    taken = set(range(round(5.3 * FPS), round(9.7 * FPS)))
    assert not taken & set(await frames(ffmpeg_path, path, "-ignore_editlist", "1"))
    wanted = [n for n in range(FPS, 15 * FPS) if n not in taken]
    assert len(set(wanted) - set(seen)) <= 2  # a frame at each edge
    assert seen == sorted(seen)
    assert clip.joints == 1
    assert await sound_seconds(ffmpeg_path, path) == pytest.approx(9.6, abs=0.2)
    # Nothing of it lies in the cut: then there is no clip at all.
    with pytest.raises(NoClip):
        await clips.plan(
            channel.public, after(begins_at, 6), after(begins_at, 9), "video"
        )


async def _read_on(sent: AsyncIterator[bytes]) -> None:
    async for _ in sent:
        pass


async def test_beside_the_recording_there_is_no_clip(
    webcast: Webcast, begins_at: datetime
):
    clips, stream = Clips(), webcast.channel(*PLACE).public
    for span in ((-9, -1), (30, 40)):
        with pytest.raises(NoClip, match=re.escape("no recording of that time")):
            await clips.plan(
                stream, after(begins_at, span[0]), after(begins_at, span[1]), "video"
            )
    # Over its edges: what there is.
    clip = await clips.plan(stream, after(begins_at, -5), after(begins_at, 2), "video")
    assert (clip.start_at, clip.seconds) == (begins_at, 2.0)
