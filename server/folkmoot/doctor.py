"""What is missing on this machine, what that costs, and how to get it."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from folkmoot.media.encode.ffmpeg import FfmpegMissing, find_ffmpeg
from folkmoot.pages.frame.assets import find_assets, find_web
from folkmoot.transcripts.recognition.models import ModelMissing, find_model

if TYPE_CHECKING:
    from folkmoot.datadir import DataDir
    from folkmoot.settings import Settings

Level = Literal["ok", "warn", "missing"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, worth knowing, or missing."""

    level: Level
    text: str

    def to_dict(self) -> dict[str, str]:
        """Return the finding as JSON values."""
        return asdict(self)


async def examine(settings: Settings, data: DataDir) -> list[Finding]:
    """Look at everything that the service needs; starts nothing."""
    here = await asyncio.to_thread(_look_here, settings, data)
    return [*here, await _look_for_redis(settings)]


def _look_here(settings: Settings, data: DataDir) -> list[Finding]:
    """Look at this machine: its disk is asked, so not on the event loop."""
    return [
        _look_for_ffmpeg(settings),
        _look_at_disk(settings, data),
        _look_for_front_end(),
        _look_at_address(settings),
        _look_for_captions(settings, data),
        _look_at_engine(settings),
    ]


def _look_for_ffmpeg(settings: Settings) -> Finding:
    try:
        return Finding("ok", f"ffmpeg: {find_ffmpeg(settings.media.ffmpeg or None)}")
    except FfmpegMissing as error:
        return Finding("missing", f"ffmpeg: {error} Install the package `ffmpeg`.")


def _look_at_disk(settings: Settings, data: DataDir) -> Finding:
    free_mb = shutil.disk_usage(data.path).free // 1_000_000
    hours = free_mb / 1500  # a 2.5 Mbit/s room with its rungs takes 1.5 GB an hour
    if free_mb < 2 * settings.media.disk_reserve_mb:
        return Finding(
            "missing",
            f"disk: only {free_mb} MB free under {data.path}; recording stops at "
            f"{settings.media.disk_reserve_mb} MB. Free some, or move the data "
            "directory with --data.",
        )
    return Finding("ok", f"disk: {free_mb} MB free, about {hours:.0f} h of one room")


def _look_for_front_end() -> Finding:
    if not find_assets(find_web()).scripts:
        return Finding(
            "warn",
            "front end: not built, so pages work but are not live. "
            "`make run` builds it; a wheel brings it along.",
        )
    return Finding("ok", "front end: built")


def _look_at_address(settings: Settings) -> Finding:
    server = settings.server
    secure = bool(server.tls_cert) or server.public_url.startswith("https:")
    if secure or server.host in {"127.0.0.1", "localhost", "::1"}:
        return Finding("ok", "address: a secure context for browsers")
    return Finding(
        "warn",
        "address: plain HTTP on a network. Browsers then give no camera, no offline "
        "pages and no shared queue between tabs. Put an edge with TLS in front "
        "(config/nginx.conf) or use --tls-cert and --tls-key.",
    )


def _look_for_captions(settings: Settings, data: DataDir) -> Finding:
    wanted = settings.captions
    if wanted.when == "never":
        return Finding("ok", "captions: none by machine; transcripts are imported")
    try:
        model = find_model(wanted.model, kept=data.models)
    except ModelMissing as missing:
        return Finding("warn", f"captions: none by machine. {missing}")
    return Finding("ok", f"captions: {model.name}, by faster-whisper")


def _look_at_engine(settings: Settings) -> Finding:
    wanted = settings.search.engine
    if wanted == "tantivy" and importlib.util.find_spec("tantivy") is None:
        return Finding(
            "missing",
            'search: tantivy is not installed. Set [search] engine = "whoosh", '
            "which needs no compiled code.",
        )
    return Finding("ok", f"search: {wanted}")


async def _look_for_redis(settings: Settings) -> Finding:
    if not settings.redis.url:
        return Finding("ok", "redis: not used; one process serves everything")
    from redis.asyncio import Redis  # noqa: PLC0415 (only where it is used)
    from redis.exceptions import RedisError  # noqa: PLC0415

    client = Redis.from_url(settings.redis.url)
    try:
        async with asyncio.timeout(3):
            await client.ping()
    except (RedisError, OSError, TimeoutError) as error:
        return Finding(
            "warn",
            f"redis: no answer ({error}). Nothing is lost, but several processes "
            "learn of each other's changes only after seconds.",
        )
    finally:
        await client.aclose()
    return Finding("ok", "redis: answers")
