"""Names of codecs (RFC 6381) out of sample descriptions."""

from __future__ import annotations

from folkmoot.media.pack.boxes import Fmp4Error, find_box, iterate_boxes, read_numbers

_VISUAL_ENTRY_BYTES = 78  # fields of a VisualSampleEntry before its boxes
_AUDIO_ENTRY_BYTES = 28
_STSD_BYTES = 8
_DESCRIPTOR_ES, _DESCRIPTOR_CONFIG, _DESCRIPTOR_SPECIFIC = 3, 4, 5
_ES_FIELDS, _CONFIG_FIELDS = 3, 13
_MPEG4_AUDIO = 0x40
_ESCAPE_TYPE = 31


def read_codec(stsd: memoryview) -> str:
    """The codec of the first sample description, such as "avc1.64001f"."""
    for kind, body in iterate_boxes(stsd[_STSD_BYTES:]):
        if kind in {b"avc1", b"avc3"}:
            return f"{kind.decode()}.{_read_avc(body)}"
        if kind == b"mp4a":
            return f"mp4a.{_read_esds(body)}"
        return kind.decode("latin-1").strip()
    raise Fmp4Error("A track without a sample description.")


def _read_avc(entry: memoryview) -> str:
    """Profile, constraints and level: bytes 1 to 3 of the avcC box."""
    avcc = find_box(entry[_VISUAL_ENTRY_BYTES:], b"avcC")
    if avcc is None:
        raise Fmp4Error("H.264 without an avcC box.")
    return bytes(read_numbers(">BBB", avcc, 1)).hex()


def _read_esds(entry: memoryview) -> str:
    """Object type and, for MPEG-4 audio, audio object type (ISO/IEC 14496-1)."""
    esds = find_box(entry[_AUDIO_ENTRY_BYTES:], b"esds")
    if esds is None:
        raise Fmp4Error("MPEG-4 audio without an esds box.")
    data = _descend(esds[4:], _DESCRIPTOR_ES)
    (flags,) = read_numbers(">B", data, 2)
    if flags & 0xE0:
        raise Fmp4Error("An elementary stream descriptor that depends on another.")
    config = _descend(data[_ES_FIELDS:], _DESCRIPTOR_CONFIG)
    (kind,) = read_numbers(">B", config)
    if kind != _MPEG4_AUDIO:
        return f"{kind:02x}"
    first, second = read_numbers(
        ">BB", _descend(config[_CONFIG_FIELDS:], _DESCRIPTOR_SPECIFIC)
    )
    audio_type = first >> 3
    if audio_type == _ESCAPE_TYPE:
        audio_type = 32 + ((first & 7) << 3 | second >> 5)
    return f"40.{audio_type}"


def _descend(data: memoryview, wanted: int) -> memoryview:
    """The body of the descriptor that `data` begins with, if it is the wanted."""
    (tag,) = read_numbers(">B", data)
    size, at = 0, 1
    for _ in range(4):
        (byte,) = read_numbers(">B", data, at)
        at += 1
        size = size << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    if tag != wanted or at + size > len(data):
        raise Fmp4Error("A torn elementary stream descriptor.")
    return data[at : at + size]
