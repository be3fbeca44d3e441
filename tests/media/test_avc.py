from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.media.pack.avc import (
    AacSettings,
    AvcSettings,
    SettingsError,
    read_aac_settings,
    read_avc_settings,
)
from tests.media.publishing import AVC_RECORD


def test_picture_settings_are_read() -> None:
    assert read_avc_settings(AVC_RECORD) == AvcSettings("avc1.64001f", 1280, 720, 30.0)


@pytest.mark.parametrize(
    ("config", "settings"),
    [
        ("1190", AacSettings("mp4a.40.2", 48_000, 2)),
        ("1208", AacSettings("mp4a.40.2", 44_100, 1)),
        ("2b8a0800", AacSettings("mp4a.40.5", 22_050, 1)),
        ("17800bb810", AacSettings("mp4a.40.2", 6_000, 2)),
    ],
)
def test_sound_settings_are_read(config: str, settings: AacSettings) -> None:
    assert read_aac_settings(bytes.fromhex(config)) == settings


@pytest.mark.parametrize("size", [0, 5, 7, 12, 20])
def test_cut_off_picture_settings_are_refused(size: int) -> None:
    with pytest.raises(SettingsError):
        read_avc_settings(AVC_RECORD[:size])


def test_reserved_sample_rate_is_refused() -> None:
    with pytest.raises(SettingsError, match="13"):
        read_aac_settings(bytes.fromhex("1690"))


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    record = b"\x01\x64\x00\x1f\xff\xe1" + len(data).to_bytes(2, "big") + data
    for read in (read_avc_settings, read_aac_settings):
        try:
            read(record)
            read(data)
        except SettingsError:
            continue
