"""Enhanced RTMP: what names its codec by four letters, made plain or refused; pure.

After Veovera's "Enhanced RTMP", version 2. H.264 and AAC in the new packaging hold
the same bytes as in FLV's own, so they are packed as those; other codecs no browser
and none of our rungs need, and the encoder is told what to set.
"""

from __future__ import annotations

from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvTag

_VIDEO_BIT, _AUDIO_FORMAT = 0x80, 9
_SEQUENCE_START, _CODED, _SEQUENCE_END, _CODED_NO_OFFSET = 0, 1, 2, 3
_METADATA, _MULTITRACK, _MULTITRACK_AUDIO = 4, 6, 5
_AVC, _AAC_HEAD = 7, 0xAF
_FOUR_LETTERS = 5
_NAMES = {
    "hvc1": "HEVC (H.265)",
    "av01": "AV1",
    "vp09": "VP9",
    "vp08": "VP8",
    "Opus": "Opus",
    "fLaC": "FLAC",
    "ac-3": "AC-3",
    "ec-3": "E-AC-3",
    ".mp3": "MP3",
}


def is_enhanced(tag: FlvTag) -> bool:
    """Whether a tag is in the new packaging."""
    first = tag.payload[0] if tag.payload else 0
    if tag.kind == VIDEO:
        return bool(first & _VIDEO_BIT)
    return tag.kind == AUDIO and first >> 4 == _AUDIO_FORMAT


def name_codec(tag: FlvTag) -> str | None:
    """The codec of an enhanced tag that we can't take; None where we can."""
    kind, letters = tag.payload[0] & 0x0F, tag.payload[1:_FOUR_LETTERS]
    multitrack = _MULTITRACK if tag.kind == VIDEO else _MULTITRACK_AUDIO
    if kind == multitrack:
        return "several tracks"
    if letters == (b"avc1" if tag.kind == VIDEO else b"mp4a"):
        return None
    text = letters.decode("ascii", "replace")
    return _NAMES.get(text, repr(text))


def make_plain(tag: FlvTag) -> FlvTag | None:
    """An enhanced tag of H.264 or AAC as FLV's own; None: it says nothing we need."""
    first, body = tag.payload[0], tag.payload[_FOUR_LETTERS:]
    kind = first & 0x0F
    if tag.kind == AUDIO:
        if kind not in {_SEQUENCE_START, _CODED}:
            return None
        return FlvTag(AUDIO, tag.timestamp_ms, bytes((_AAC_HEAD, kind)) + body)
    frame = first & 0x70 | _AVC
    if kind == _SEQUENCE_START:
        plain = bytes((frame, 0, 0, 0, 0)) + body
    elif kind == _CODED and len(body) >= 3:
        plain = bytes((frame, 1)) + body  # the offset stands in front of it
    elif kind == _CODED_NO_OFFSET:
        plain = bytes((frame, 1, 0, 0, 0)) + body
    elif kind == _SEQUENCE_END:
        plain = bytes((frame, 2, 0, 0, 0))
    else:
        return None
    return FlvTag(VIDEO, tag.timestamp_ms, plain)
