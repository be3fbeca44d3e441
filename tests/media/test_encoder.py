from __future__ import annotations

import asyncio
import itertools
import os
import signal
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from folkmoot.media.encode.encoder import (
    NICENESS,
    Encoder,
    EncoderGone,
    Errand,
    SourceSniffer,
)
from folkmoot.media.encode.process import Program
from folkmoot.media.health.meters import LoudnessMeter
from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvReader, FlvWriter, write_header
from folkmoot.media.ingest.source import SourceInfo, copy_obstacle, plan_renditions
from folkmoot.media.pack.fmp4 import Fmp4Reader, Fragment, Init
from tests.media.publishing import (
    AAC,
    H264,
    make_flv,
    make_media,
    run,
    until_gone,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from folkmoot.media.ingest.source import RenditionPlan

SERVER = Path(__file__).parents[2] / "server"
SOURCE = SourceInfo(
    has_video=True,
    has_audio=True,
    width=320,
    height=240,
    fps=30.0,
    video_codec="avc1.64001f",
    audio_codec="mp4a.40.2",
    keyframe_interval_seconds=1.0,
)


async def sniff(ffmpeg: str, path: Path, container: str) -> tuple[SourceInfo, bytes]:
    """The source and all bytes of a file, as a publication would give them."""
    data = await asyncio.to_thread(path.read_bytes)
    sniffer = SourceSniffer(container, ffmpeg=ffmpeg)
    for at in range(0, len(data), 20_000):
        if (source := await sniffer.feed(data[at : at + 20_000])) is not None:
            return source, data
    source = await sniffer.conclude()
    assert source is not None
    return source, data


async def collect(encoder: Encoder, name: str) -> tuple[Init, list[Fragment]]:
    reader = Fmp4Reader()
    found = [
        item async for data in encoder.fragments(name) for item in reader.feed(data)
    ]
    init = found[0]
    assert isinstance(init, Init)
    return init, [item for item in found[1:] if isinstance(item, Fragment)]


async def encode(
    ffmpeg: str,
    source: SourceInfo,
    data: bytes,
    *,
    plans: Sequence[RenditionPlan] | None = None,
    input_format: str = "flv",
) -> dict[str, tuple[Init, list[Fragment]]]:
    plans = plans or plan_renditions(source)
    encoder = Encoder(
        ffmpeg=ffmpeg,
        source=source,
        renditions=plans,
        part_seconds=0.5,
        input_format=input_format,
    )
    await encoder.start()
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {p.name: group.create_task(collect(encoder, p.name)) for p in plans}
            for at in range(0, len(data), 50_000):
                await encoder.write(data[at : at + 50_000])
            await encoder.finish(30)
    finally:
        await encoder.aclose()
    return {name: task.result() for name, task in tasks.items()}


def key_times(fragments: list[Fragment]) -> list[float]:
    return [round(part.start_seconds, 3) for part in fragments if part.independent]


def end(fragments: list[Fragment]) -> float:
    return max(part.end_seconds for part in fragments)


@pytest.mark.ffmpeg
@pytest.mark.parametrize("b_frames", ["0", "2"])
async def test_copied_source_and_its_rungs_share_one_timeline(
    each_ffmpeg: str, tmp_path: Path, b_frames: str
) -> None:
    path = await make_flv(
        each_ffmpeg, tmp_path / "in.flv", "-preset", "veryfast", "-bf", b_frames,
        "-force_key_frames", "0,0.7,1.9",
    )  # fmt: skip
    source, data = await sniff(each_ffmpeg, path, "flv")
    assert copy_obstacle(source) is None
    made = await encode(each_ffmpeg, source, data)

    tags = FlvReader().feed(data)
    frames = [tag for tag in tags if tag.kind in {AUDIO, VIDEO}]
    frames = [tag for tag in frames if not tag.is_sequence_header]
    origin = min(tag.timestamp_ms for tag in frames if tag.kind == AUDIO)
    keys = [
        tag.timestamp_ms + int.from_bytes(tag.payload[2:5], "big")
        for tag in frames
        if tag.is_keyframe
    ]
    expected = [round(10 + (at_ms - origin) / 1000, 3) for at_ms in keys]
    assert key_times(made["source"][1]) == expected
    assert key_times(made["360p"][1]) == expected
    assert made["source"][0].codecs == plan_renditions(source)[0].codecs
    assert made["360p"][0].codecs == plan_renditions(source)[1].codecs
    assert made["audio"][0].codecs == "mp4a.40.2"
    for name in ("source", "360p", "audio"):
        assert end(made[name][1]) == pytest.approx(13.0, abs=0.15)


@pytest.mark.ffmpeg
async def test_parts_are_no_longer_than_asked(ffmpeg_path: str, tmp_path: Path) -> None:
    path = await make_flv(ffmpeg_path, tmp_path / "in.flv", "-bf", "0")
    source, data = await sniff(ffmpeg_path, path, "flv")
    made = await encode(ffmpeg_path, source, data)
    for name, (_, parts) in made.items():
        longest = max(part.duration_seconds for part in parts)
        assert longest <= 0.5 + 0.025, name


@pytest.mark.ffmpeg
async def test_source_without_sound_gets_silence(
    each_ffmpeg: str, tmp_path: Path
) -> None:
    path = await make_flv(each_ffmpeg, tmp_path / "in.flv", "-an", "-bf", "0")
    source, data = await sniff(each_ffmpeg, path, "flv")
    assert not source.has_audio
    made = await encode(each_ffmpeg, source, data)
    assert [track.video for track in made["source"][0].tracks] == [True, False]
    assert key_times(made["source"][1]) == key_times(made["360p"][1])
    assert end(made["audio"][1]) == pytest.approx(13.0, abs=0.15)


@pytest.mark.ffmpeg
async def test_source_without_picture_yields_audio(
    ffmpeg_path: str, tmp_path: Path
) -> None:
    path = await make_flv(ffmpeg_path, tmp_path / "in.flv", "-vn")
    source, data = await sniff(ffmpeg_path, path, "flv")
    assert not source.has_video
    made = await encode(ffmpeg_path, source, data)
    assert list(made) == ["audio"]
    assert end(made["audio"][1]) == pytest.approx(13.0, abs=0.15)


@pytest.mark.ffmpeg
async def test_far_key_frames_are_replaced(each_ffmpeg: str, tmp_path: Path) -> None:
    path = await make_flv(
        each_ffmpeg, tmp_path / "in.flv", "-g", "999", "-bf", "2", seconds=5
    )
    source, data = await sniff(each_ffmpeg, path, "flv")
    assert source.keyframe_interval_seconds is None
    made = await encode(each_ffmpeg, source, data)
    times = key_times(made["source"][1])
    assert len(times) == 3
    assert [round(b - a, 2) for a, b in itertools.pairwise(times)] == [2, 2]
    assert key_times(made["360p"][1]) == times
    assert made["source"][0].codecs == plan_renditions(source)[0].codecs


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("container", "options"),
    [
        ("mpegts", (*H264, *AAC, "-f", "mpegts")),
        ("mp4", (*H264, *AAC, "-movflags", "+empty_moov+frag_keyframe", "-f", "mp4")),
        ("matroska", ("-c:v", "libvpx", "-cpu-used", "8", "-deadline", "realtime",
                      "-c:a", "libopus", "-f", "webm")),
    ],
)  # fmt: skip
async def test_other_containers_are_taken(
    each_ffmpeg: str, tmp_path: Path, container: str, options: tuple[str, ...]
) -> None:
    path = await make_media(each_ffmpeg, tmp_path / "in", *options, seconds=2)
    source, data = await sniff(each_ffmpeg, path, container)
    assert (source.width, source.height, source.fps) == (320, 240, 30.0)
    assert (copy_obstacle(source) is None) is (container != "matroska")
    made = await encode(each_ffmpeg, source, data, input_format=container)
    assert key_times(made["source"][1]) == key_times(made["360p"][1])
    assert end(made["source"][1]) == pytest.approx(12.0, abs=0.2)


@pytest.mark.ffmpeg
async def test_silent_transport_stream_ends(each_ffmpeg: str, tmp_path: Path) -> None:
    path = await make_media(
        each_ffmpeg, tmp_path / "in", *H264, "-an", "-f", "mpegts", seconds=2
    )
    source, data = await sniff(each_ffmpeg, path, "mpegts")
    assert not source.has_audio
    made = await encode(each_ffmpeg, source, data, input_format="mpegts")
    assert [track.video for track in made["source"][0].tracks] == [True, False]
    assert key_times(made["source"][1]) == key_times(made["360p"][1])


@pytest.mark.ffmpeg
async def test_other_sound_is_encoded_beside_the_copied_picture(
    ffmpeg_path: str, tmp_path: Path
) -> None:
    path = await make_flv(
        ffmpeg_path, tmp_path / "in.flv", "-c:a", "libmp3lame", "-ar", "44100"
    )
    source, data = await sniff(ffmpeg_path, path, "flv")
    assert (source.audio_codec, copy_obstacle(source)) == ("mp3", None)
    made = await encode(ffmpeg_path, source, data)
    assert made["source"][0].codecs == plan_renditions(source)[0].codecs


@pytest.mark.ffmpeg
async def test_part_is_out_soon_after_its_last_picture(
    ffmpeg_path: str, tmp_path: Path
) -> None:
    """Nothing in the encoder waits for more than the next frames."""
    path = await make_flv(ffmpeg_path, tmp_path / "in.flv", "-bf", "0")
    source, data = await sniff(ffmpeg_path, path, "flv")
    tags = FlvReader().feed(data)
    enough = [tag for tag in tags if tag.timestamp_ms <= 1700]
    plans = plan_renditions(source)
    encoder = Encoder(
        ffmpeg=ffmpeg_path, source=source, renditions=plans, part_seconds=0.5
    )
    await encoder.start()
    try:
        await encoder.write(FlvWriter().write(enough))  # the input stays open
        for plan in plans:
            async with asyncio.timeout(20):
                assert await count_parts(encoder, plan.name, 3) == 3
    finally:
        await encoder.aclose()


async def count_parts(encoder: Encoder, name: str, wanted: int) -> int:
    reader = Fmp4Reader()
    count = 0
    async for data in encoder.fragments(name):
        count += sum(isinstance(item, Fragment) for item in reader.feed(data))
        if count >= wanted:
            break
    return count


@pytest.mark.ffmpeg
async def test_broken_input_ends_with_ffmpegs_last_word(ffmpeg_path: str) -> None:
    encoder = Encoder(
        ffmpeg=ffmpeg_path,
        source=SOURCE,
        renditions=plan_renditions(SOURCE),
        part_seconds=0.5,
    )
    await encoder.start()
    try:
        with pytest.raises(EncoderGone):
            await write_noise(encoder)
        assert encoder.tail
    finally:
        await encoder.aclose()


async def write_noise(encoder: Encoder) -> None:
    for _ in range(40):
        await encoder.write(bytes(range(256)) * 256)
    await encoder.finish(10)


SERVER_THAT_ENCODES = """
import asyncio, sys
sys.path.insert(0, {server!r})
from folkmoot.media.encode.encoder import Encoder, SourceInfo, plan_renditions
async def main():
    source = SourceInfo(has_video=False, has_audio=True)
    encoder = Encoder(ffmpeg={ffmpeg!r}, source=source, part_seconds=0.5,
                      renditions=plan_renditions(source))
    await encoder.start()
    await encoder.write({head!r})
    print(encoder._program.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.ffmpeg
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux to send the signal")
async def test_ffmpeg_dies_with_a_killed_server(each_ffmpeg: str) -> None:
    script = SERVER_THAT_ENCODES.format(
        server=str(SERVER), ffmpeg=each_ffmpeg, head=write_header()
    )
    server = await Program.start([sys.executable, "-c", script], name="s", capture=True)
    ffmpeg = int(await server.output.readline())
    os.kill(server.pid, signal.SIGKILL)
    await server.wait()
    await until_gone(ffmpeg)


@pytest.fixture
def fake_ffmpeg(tmp_path: Path) -> FakeFfmpeg:
    return FakeFfmpeg(tmp_path)


class FakeFfmpeg:
    """Makes little programs that stand in for ffmpeg."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def program(self, body: str) -> str:
        path = self._directory / "ffmpeg"
        pipes = "pipes = [int(a[5:]) for a in sys.argv if a.startswith('pipe:')][1:]"
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{pipes}\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)


def fake_encoder(program: str) -> Encoder:
    return Encoder(
        ffmpeg=program,
        source=SOURCE,
        renditions=plan_renditions(SOURCE),
        part_seconds=0.5,
    )


async def test_failing_exit_code_is_not_lost(fake_ffmpeg: FakeFfmpeg) -> None:
    program = fake_ffmpeg.program(
        "sys.stdin.buffer.read(); sys.stderr.write('no codec'); sys.exit(69)"
    )
    encoder = fake_encoder(program)
    await encoder.start()
    await encoder.write(b"FLV")
    with pytest.raises(EncoderGone, match="69: no codec"):
        await encoder.finish(10)
    await encoder.aclose()
    await encoder.aclose()


async def test_program_that_never_ends_is_reported_and_killed(
    fake_ffmpeg: FakeFfmpeg,
) -> None:
    encoder = fake_encoder(fake_ffmpeg.program("time.sleep(99)"))
    await encoder.start()
    with pytest.raises(EncoderGone, match="did not end"):
        await encoder.finish(0.05)
    await encoder.aclose()


async def test_renditions_come_through_their_own_pipes(
    fake_ffmpeg: FakeFfmpeg,
) -> None:
    program = fake_ffmpeg.program(
        "for n, fd in enumerate(pipes): os.write(fd, b'rendition %d' % n)"
    )
    encoder = fake_encoder(program)
    await encoder.start()
    heard = {
        name: b"".join([data async for data in encoder.fragments(name)])
        for name in ("source", "360p", "audio")
    }
    await encoder.finish(10)
    await encoder.aclose()
    assert heard == {
        "source": b"rendition 0",
        "360p": b"rendition 1",
        "audio": b"rendition 2",
    }


async def test_missing_ffmpeg_is_told() -> None:
    encoder = fake_encoder("/nowhere/ffmpeg")
    await encoder.start()
    with pytest.raises(EncoderGone, match="No such file"):
        await encoder.finish(10)
    await encoder.aclose()


async def test_no_pipe_is_left_open(fake_ffmpeg: FakeFfmpeg) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        encoder = fake_encoder(fake_ffmpeg.program("pass"))
        await encoder.start()
        await encoder.aclose()
        await asyncio.sleep(0)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


def peak_bits(fragments: list[Fragment], *, least: float, most: float) -> float:
    """The highest rate over neighbouring parts of `least` to `most` seconds."""
    rates = [0.0]
    for first in range(len(fragments)):
        seconds, size = 0.0, 0
        for part in fragments[first:]:
            seconds += part.duration_seconds
            size += len(part.data)
            if seconds > most:
                break
            if seconds >= least - 0.05:
                rates.append(size * 8 / seconds)
    return max(rates)


@pytest.mark.ffmpeg
async def test_rungs_keep_to_their_peaks_with_the_worst_picture(
    each_ffmpeg: str, tmp_path: Path
) -> None:
    """RFC 8216 bis, 4.4.6.2: peak over 0.5 to 1.5 target durations."""
    path = tmp_path / "noise.flv"
    code, _, tail = await run(
        each_ffmpeg, "-v", "error",
        "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30,noise=alls=60:allf=t",
        "-f", "lavfi", "-i", "anoisesrc=a=0.8:r=48000",
        "-t", "9", *H264, "-g", "60", "-b:v", "6M", *AAC, "-f", "flv", "-y", path,
    )  # fmt: skip
    assert code == 0, tail
    source, data = await sniff(each_ffmpeg, path, "flv")
    made = await encode(each_ffmpeg, source, data, plans=plan_renditions(source)[1:])
    assert peak_bits(made["360p"][1], least=2, most=6) <= 500_000
    assert peak_bits(made["audio"][1], least=2, most=6) <= 48_000


@pytest.mark.ffmpeg
async def test_encoders_stand_behind_the_server(
    ffmpeg_path: str, tmp_path: Path
) -> None:
    path = await make_flv(ffmpeg_path, tmp_path / "in.flv", "-bf", "0")
    source, data = await sniff(ffmpeg_path, path, "flv")
    plans = plan_renditions(source)
    encoder = Encoder(
        ffmpeg=ffmpeg_path, source=source, renditions=plans, part_seconds=0.5
    )
    await encoder.start()
    try:
        await encoder.write(data)
        assert await count_parts(encoder, "source", 1) >= 1
        assert encoder.pid is not None
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, encoder.pid) == own + NICENESS
    finally:
        await encoder.aclose()


@pytest.mark.ffmpeg
async def test_taps_tell_loudness_and_stillness_and_relay_the_picture(
    each_ffmpeg: str, tmp_path: Path
) -> None:
    """A source that is encoded anew: its relay begins where its rendition does."""
    path = await make_flv(each_ffmpeg, tmp_path / "in.flv", "-g", "999", seconds=5)
    source, data = await sniff(each_ffmpeg, path, "flv")
    taps = ("relay", "loudness")
    encoder = Encoder(
        ffmpeg=each_ffmpeg, source=source, renditions=plan_renditions(source)[:1],
        part_seconds=0.5, errand=Errand(absolute=True), taps=taps,
    )  # fmt: skip
    await encoder.start()
    heard: dict[str, bytearray] = {tap: bytearray() for tap in taps}

    async def hear(tap: str) -> None:
        async for chunk in encoder.fragments(tap):
            heard[tap] += chunk

    try:
        async with asyncio.TaskGroup() as group:
            made = group.create_task(collect(encoder, "source"))
            for tap in taps:
                group.create_task(hear(tap))
            await encoder.write(data)
            await encoder.finish(30)
    finally:
        await encoder.aclose()
    meter = LoudnessMeter()
    meter.feed(bytes(heard["loudness"]), 0.0)
    loudness = meter.read(0.0)
    assert loudness is not None
    assert loudness.integrated == pytest.approx(-21.0, abs=1.0)  # of the sine
    keys = [tag for tag in FlvReader().feed(bytes(heard["relay"])) if tag.is_keyframe]
    assert [tag.timestamp_ms / 1000 for tag in keys] == pytest.approx(
        key_times(made.result()[1]), abs=0.1
    )
