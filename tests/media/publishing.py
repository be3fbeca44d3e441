"""Publishers and desks for tests: RTMP bytes by hand, media by ffmpeg."""

from __future__ import annotations

import asyncio
import os
import select
from pathlib import Path
from typing import TYPE_CHECKING

from folkmoot.media.encode.process import Program
from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvTag
from folkmoot.media.ingest.rtmp import amf0, chunks
from folkmoot.media.ingest.rtmp.chunks import Message, write_message
from folkmoot.media.ingest.source import (
    PublicationClosed,
    StreamKeyInUse,
    UnknownStreamKey,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

AVC_RECORD = bytes.fromhex(
    "0164001fffe1001b6764001facd9405005bb016a02020280000003008000001e478c18cb01000568ebecb22cfdf8f800"
)
AVC_SETTINGS = b"\x17\x00\x00\x00\x00" + AVC_RECORD
AAC_SETTINGS = bytes.fromhex("af001190")
HANDSHAKE = b"\x03" + bytes(1536) + bytes(1536)


def picture(at_ms: int, *, key: bool = False, size: int = 40) -> FlvTag:
    head = b"\x17\x01\x00\x00\x00" if key else b"\x27\x01\x00\x00\x00"
    return FlvTag(VIDEO, at_ms, head + bytes(size))


def sound(at_ms: int) -> FlvTag:
    return FlvTag(AUDIO, at_ms, bytes.fromhex("af01211004608c1c"))


def some_tags(seconds: float = 3.0, *, gop_ms: int = 1000) -> list[FlvTag]:
    tags = [FlvTag(VIDEO, 0, AVC_SETTINGS), FlvTag(AUDIO, 0, AAC_SETTINGS)]
    for at_ms in range(0, int(seconds * 1000), 40):
        tags += [picture(at_ms, key=at_ms % gop_ms == 0), sound(at_ms)]
    return tags


def command(*values: amf0.Value, stream_id: int = 0) -> bytes:
    message = Message(chunks.COMMAND, 0, amf0.encode(values), stream_id)
    return write_message(message, chunk_stream=3, chunk_bytes=128)


def publish_commands(key: str = "KEY", app: str = "live") -> bytes:
    return (
        command("connect", 1.0, {"app": app, "tcUrl": f"rtmp://host/{app}"})
        + command("releaseStream", 2.0, None, key)
        + command("FCPublish", 3.0, None, key)
        + command("createStream", 4.0, None)
        + command("publish", 5.0, None, key, "live", stream_id=1)
    )


def media_messages(tags: Iterable[FlvTag]) -> bytes:
    return b"".join(
        write_message(
            Message(tag.kind, tag.timestamp_ms, tag.payload, 1),
            chunk_stream=4 if tag.kind == AUDIO else 6,
            chunk_bytes=128,
        )
        for tag in tags
    )


def goodbye(key: str = "KEY") -> bytes:
    return command("FCUnpublish", 6.0, None, key) + command(
        "deleteStream", 7.0, None, 1
    )


class FakePublication:
    """Keeps what is written; `revoked` makes it refuse more."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.reasons: list[str] = []
        self.revoked: str | None = None
        self.closed = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, tag_bytes: bytes) -> None:
        await self.open.wait()
        if self.revoked is not None:
            raise PublicationClosed(self.revoked)
        self.data += tag_bytes

    async def close(self, reason: str) -> None:
        self.reasons.append(reason)
        self.closed.set()


class FakeDesk:
    """Knows the key KEY."""

    def __init__(self) -> None:
        self.publications: list[FakePublication] = []
        self.containers: list[str] = []
        self.opened = asyncio.Event()

    @property
    def last(self) -> FakePublication:
        return self.publications[-1]

    async def open_publication(
        self, stream_key: str, *, container: str, peer: str, queued: bool = False
    ) -> FakePublication:
        assert peer
        if stream_key != "KEY":
            raise UnknownStreamKey
        if any(not publication.reasons for publication in self.publications):
            raise StreamKeyInUse
        self.publications.append(FakePublication())
        self.containers.append(container)
        self.opened.set()
        return self.last


async def run(*argv: str | Path) -> tuple[int, bytes, tuple[str, ...]]:
    """Run a program to its end: exit code, output, last words."""
    program = await Program.start(
        [str(word) for word in argv], name="test", capture=True
    )
    await program.close_input()
    try:
        async with asyncio.timeout(40):
            output = await program.output.read()
            return await program.wait(), output, program.tail
    finally:
        await program.stop()


PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30")
SOUND = ("-f", "lavfi", "-i", "sine=440:sample_rate=44100")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30")
AAC = ("-c:a", "aac", "-b:a", "64k")


async def make_media(
    ffmpeg: str, path: Path, *options: str, seconds: float = 3
) -> Path:
    """Encode a test picture and tone to `path`; `options` name the output."""
    code, _, tail = await run(
        ffmpeg,
        "-v",
        "error",
        *PICTURE,
        *SOUND,
        "-t",
        str(seconds),
        *options,
        "-y",
        path,
    )
    assert code == 0, tail
    return path


async def make_flv(ffmpeg: str, path: Path, *options: str, seconds: float = 3) -> Path:
    """A small H.264/AAC file with key frames each second."""
    return await make_media(
        ffmpeg, path, *H264, *AAC, *options, "-f", "flv", seconds=seconds
    )


async def until_gone(pid: int) -> None:
    """Wait for the end of a process that is not our child, ten seconds at most."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = await asyncio.to_thread(select.select, [process], [], [], 10)
    os.close(process)
    assert ended
