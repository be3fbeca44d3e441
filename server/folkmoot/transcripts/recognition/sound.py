"""Sound out of pieces of fragmented MP4, as the recogniser wants it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from folkmoot.transcripts.recognition.window import RATE, Samples


class Decoder:
    """Decodes one take's sound, piece by piece: 16 kHz, one channel, -1 to 1.

    The codec's state goes on from piece to piece; a new one for each would begin
    with a click.
    """

    def __init__(self, init: bytes) -> None:
        self._init = init
        self._codec: Any = None
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)

    def decode(self, data: bytes) -> Samples:
        """The sound of a piece; empty where there is none in it."""
        found: list[Samples] = []
        try:
            with av.open(io.BytesIO(self._init + data), format="mp4") as container:
                if not container.streams.audio:
                    return np.zeros(0, np.float32)
                stream = container.streams.audio[0]
                if self._codec is None:
                    self._codec = av.CodecContext.create(stream.codec_context.name, "r")
                    self._codec.extradata = stream.codec_context.extradata
                    self._codec.sample_rate = stream.codec_context.sample_rate
                    self._codec.layout = stream.codec_context.layout
                for packet in container.demux(stream):
                    if packet.size:
                        found += self._take(packet)
        except FFmpegError:
            pass  # a torn piece: what came before it counts
        return np.concatenate(found) if found else np.zeros(0, np.float32)

    def _take(self, packet: Any) -> list[Samples]:
        return [
            piece.to_ndarray().reshape(-1)
            for frame in self._codec.decode(packet)
            for piece in self._resampler.resample(_untimed(frame))
        ]


def read_file(path: str) -> Iterator[Samples]:
    """The sound of a file of any kind, about a second at a time.

    Raises what PyAV does where it is none.
    """
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    waiting: list[Samples] = []
    with av.open(path, metadata_errors="ignore") as container:
        for frame in container.decode(audio=0):
            waiting += [
                piece.to_ndarray().reshape(-1)
                for piece in resampler.resample(_untimed(frame))
            ]
            if sum(map(len, waiting)) >= RATE:
                yield np.concatenate(waiting)
                waiting = []
    if waiting:
        yield np.concatenate(waiting)


def _untimed(frame: Any) -> Any:
    # The resampler fills jumps of time with silence; ours are told by the service.
    frame.pts = None
    return frame
