"""Reads what a codec's settings say: H.264 and AAC, from their own headers.

After ISO/IEC 14496-15 (AVCDecoderConfigurationRecord), ITU-T H.264 (7.3.2.1.1
and E.1.1) and ISO/IEC 14496-3 (AudioSpecificConfig).
"""

from __future__ import annotations

import msgspec

_EXTENDED_PROFILES = frozenset(
    {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134}
)
_SAMPLE_RATES = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000,
    22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
)  # fmt: skip
_EXTENDED_SAR = 255
_LONGEST_CODE = 32


class SettingsError(Exception):
    """These bytes are no codec settings that we can read."""


class AvcSettings(msgspec.Struct, frozen=True):
    """An H.264 stream: `codec` as in RFC 6381; `fps` where the stream tells it."""

    codec: str
    width: int
    height: int
    fps: float | None


class AacSettings(msgspec.Struct, frozen=True):
    """An AAC stream: `codec` as in RFC 6381."""

    codec: str
    sample_rate: int
    channels: int


def read_avc_settings(record: bytes) -> AvcSettings:
    """Read an AVCDecoderConfigurationRecord. Raises `SettingsError`."""
    if len(record) < 8 or record[0] != 1 or not record[5] & 0x1F:
        raise SettingsError("No AVCDecoderConfigurationRecord with a parameter set.")
    size = int.from_bytes(record[6:8], "big")
    unit = record[8 : 8 + size]
    if len(unit) != size or len(unit) < 4 or unit[0] & 0x1F != 7:
        raise SettingsError("The sequence parameter set is cut off.")
    width, height, fps = _read_parameter_set(_Bits(_unescape(unit[1:])))
    return AvcSettings(f"avc1.{record[1:4].hex()}", width, height, fps)


def read_aac_settings(config: bytes) -> AacSettings:
    """Read an AudioSpecificConfig. Raises `SettingsError`."""
    bits = _Bits(config)
    kind = bits.take(5)
    if kind == 31:  # an escape: the next six bits go on from 32
        kind = 32 + bits.take(6)
    index = bits.take(4)
    if index == 15:
        rate = bits.take(24)
    elif index < len(_SAMPLE_RATES):
        rate = _SAMPLE_RATES[index]
    else:
        raise SettingsError(f"The AAC sample rate index is {index}.")
    return AacSettings(f"mp4a.40.{kind}", rate, bits.take(4))


class _Bits:
    """Bits of a byte string, most significant first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def take(self, count: int) -> int:
        """The next bits as a number."""
        if count > self._left:
            raise SettingsError("The settings are cut off.")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit."""
        return self.take(1) == 1

    def ue(self) -> int:
        """The next unsigned Exp-Golomb code."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > _LONGEST_CODE:
                raise SettingsError("An Exp-Golomb code is too long.")
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        """The next signed Exp-Golomb code."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)


def _unescape(unit: bytes) -> bytes:
    """Drop emulation prevention: the 3 in 00 00 03."""
    out = bytearray()
    zeros = 0
    for byte in unit:
        if zeros >= 2 and byte == 3:
            zeros = 0
            continue
        zeros = zeros + 1 if byte == 0 else 0
        out.append(byte)
    return bytes(out)


def _read_parameter_set(bits: _Bits) -> tuple[int, int, float | None]:
    profile = bits.take(8)
    bits.take(16)  # constraint flags and level
    bits.ue()  # seq_parameter_set_id
    chroma = _read_chroma(bits) if profile in _EXTENDED_PROFILES else 1
    bits.ue()  # log2_max_frame_num_minus4
    _skip_order_count(bits)
    bits.ue()  # max_num_ref_frames
    bits.flag()  # gaps_in_frame_num_value_allowed_flag
    width, height = _read_size(bits, chroma)
    return width, height, _read_rate(bits) if bits.flag() else None


def _read_chroma(bits: _Bits) -> int:
    chroma = bits.ue()
    if chroma == 3:
        bits.flag()  # separate_colour_plane_flag
    bits.ue()  # bit_depth_luma_minus8
    bits.ue()  # bit_depth_chroma_minus8
    bits.flag()  # qpprime_y_zero_transform_bypass_flag
    if bits.flag():
        for index in range(8 if chroma != 3 else 12):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _skip_order_count(bits: _Bits) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.flag()
        bits.se()
        bits.se()
        for _ in range(min(bits.ue(), 255)):
            bits.se()


def _read_size(bits: _Bits, chroma: int) -> tuple[int, int]:
    width = (bits.ue() + 1) * 16
    units = bits.ue() + 1
    frames_only = bits.flag()
    height = units * 16 * (1 if frames_only else 2)
    if not frames_only:
        bits.flag()  # mb_adaptive_frame_field_flag
    bits.flag()  # direct_8x8_inference_flag
    if bits.flag():
        across = 2 if chroma in {1, 2} else 1
        down = (2 if chroma == 1 else 1) * (1 if frames_only else 2)
        width -= (bits.ue() + bits.ue()) * across
        height -= (bits.ue() + bits.ue()) * down
    if width <= 0 or height <= 0:
        raise SettingsError("The picture has no size.")
    return width, height


def _read_rate(bits: _Bits) -> float | None:
    """Frames a second out of the VUI, whose earlier fields are passed over."""
    if bits.flag() and bits.take(8) == _EXTENDED_SAR:
        bits.take(32)
    if bits.flag():
        bits.flag()  # overscan_appropriate_flag
    if bits.flag():
        bits.take(4)
        if bits.flag():
            bits.take(24)
    if bits.flag():
        bits.ue()
        bits.ue()
    if not bits.flag():
        return None
    tick, scale = bits.take(32), bits.take(32)
    return scale / (2 * tick) if tick and scale else None
