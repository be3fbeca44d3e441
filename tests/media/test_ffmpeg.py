from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from folkmoot.media.encode.ffmpeg import (
    FfmpegMissing,
    find_ffmpeg,
    read_duration_seconds,
    read_version,
)
from tests.media.publishing import make_flv

if TYPE_CHECKING:
    from pathlib import Path


def test_configured_ffmpeg_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("FOLKMOOT_FFMPEG", str(tmp_path / "b"))
    assert find_ffmpeg(str(tmp_path / "a")) == str(tmp_path / "a")
    assert find_ffmpeg() == str(tmp_path / "b")


def test_ffmpeg_on_the_path_comes_before_the_bundled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FOLKMOOT_FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "imageio_ffmpeg" in find_ffmpeg()
    (tmp_path / "ffmpeg").touch(mode=0o755)
    assert find_ffmpeg() == str(tmp_path / "ffmpeg")


def test_configured_ffmpeg_that_is_missing_is_told() -> None:
    with pytest.raises(FfmpegMissing, match="/nowhere/ffmpeg"):
        find_ffmpeg("/nowhere/ffmpeg")


async def test_version_of_what_is_no_ffmpeg_is_told() -> None:
    for path in ("/nowhere/ffmpeg", "/bin/true"):
        with pytest.raises(FfmpegMissing):
            await read_version(path)


@pytest.mark.ffmpeg
async def test_version_and_duration_are_read(each_ffmpeg: str, tmp_path: Path) -> None:
    assert int((await read_version(each_ffmpeg)).split(".")[0]) >= 5
    path = await make_flv(each_ffmpeg, tmp_path / "a b.flv", seconds=2)
    assert await read_duration_seconds(each_ffmpeg, path) == pytest.approx(2, abs=0.1)
    (tmp_path / "none").touch()
    assert await read_duration_seconds(each_ffmpeg, tmp_path / "none") is None
