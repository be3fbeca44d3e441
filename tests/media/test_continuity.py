from __future__ import annotations

import pytest

from folkmoot.media.ingest.continuity import Continuity, Discontinuity
from folkmoot.media.ingest.flv import AUDIO, SCRIPT, VIDEO, FlvTag
from tests.media.publishing import AAC_SETTINGS, AVC_SETTINGS, picture, some_tags, sound


def check(*tags: FlvTag) -> None:
    continuity = Continuity()
    for tag in tags:
        continuity.check(tag)


def test_even_stream_passes() -> None:
    check(*some_tags(3), FlvTag(VIDEO, 0, AVC_SETTINGS), FlvTag(SCRIPT, 0, b"\x02"))


@pytest.mark.parametrize(
    ("times", "passes"),
    [
        ((5_000_000, 5_000_040), True),  # any beginning
        ((0, 10_000), True),
        ((0, 10_001), False),
        ((9_000, 7_000, 9_000), True),
        ((9_000, 6_999), False),
        ((0, 9_000, 18_000, 8_500), False),
    ],
)
def test_clock_may_not_jump(times: tuple[int, ...], *, passes: bool) -> None:
    tags = [picture(at_ms) if at_ms % 80 else sound(at_ms) for at_ms in times]
    if passes:
        check(*tags)
    else:
        with pytest.raises(Discontinuity, match="clock jumped"):
            check(*tags)


@pytest.mark.parametrize("kind", [VIDEO, AUDIO])
def test_settings_may_not_change(kind: int) -> None:
    payload = AVC_SETTINGS if kind == VIDEO else AAC_SETTINGS
    other = FlvTag(kind, 0, payload[:-1] + b"\x07")
    with pytest.raises(Discontinuity, match="settings"):
        check(FlvTag(kind, 0, payload), FlvTag(kind, 0, payload), other)
