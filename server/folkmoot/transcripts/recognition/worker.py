"""A recogniser's process: `python -m folkmoot.transcripts.recognition.worker`.

Orders come on its standard input, reports go to its standard output. One process
serves one room: a model that crashes takes nobody's captions but that room's, and
nothing of the service.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from typing import BinaryIO

from folkmoot.transcripts.recognition.messages import (
    Begin,
    Failed,
    File,
    Glossary,
    Heard,
    Order,
    OrderReader,
    Pause,
    Ready,
    Report,
    Sound,
    pack,
)

_CHUNK = 1 << 16
# So much sound is taken in at once; the rest waits, and the service sees it wait.
_MOST_WAITING_MS = 30_000


def main() -> None:
    """Serve until the input ends."""
    # Libraries print what they like: only we write to the pipe.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    try:
        _serve(sys.stdin.buffer, out)
    except Exception as error:  # noqa: BLE001 (the service says it to people)
        out.write(pack(Failed(f"{type(error).__name__}: {error}")))


def _serve(source: BinaryIO, out: BinaryIO) -> None:
    orders: queue.Queue[Order | None] = queue.Queue()
    threading.Thread(target=_read, args=(source, orders), daemon=True).start()
    begin = orders.get()
    if not isinstance(begin, Begin):
        return
    began = time.monotonic()
    # Only here: importing it takes a second and hundreds of megabytes.
    from folkmoot.transcripts.recognition.engine import Engine  # noqa: PLC0415

    engine = Engine(begin)
    seconds = round(time.monotonic() - began, 2)
    out.write(pack(Ready(begin.model, seconds)))
    _Worker(engine, begin, orders, out).run()


def _read(source: BinaryIO, orders: queue.Queue[Order | None]) -> None:
    reader = OrderReader()
    while data := os.read(source.fileno(), _CHUNK):
        for order in reader.feed(data):
            orders.put(order)
    orders.put(None)


class _Worker:
    def __init__(
        self,
        engine: object,
        begin: Begin,
        orders: queue.Queue[Order | None],
        out: BinaryIO,
    ) -> None:
        from folkmoot.transcripts.recognition.engine import Engine  # noqa: PLC0415
        from folkmoot.transcripts.recognition.window import Window  # noqa: PLC0415

        assert isinstance(engine, Engine)
        self._engine = engine
        self._orders = orders
        self._out = out
        self._window = Window(engine.hear, engine.find_speech, step_ms=begin.step_ms)
        self._decoder: object = None

    def run(self) -> None:
        """Work until the input ends, and settle what was heard by then."""
        while True:
            waits = self._orders.empty()
            if waits and (heard := self._window.work()) is not None:
                self._say(heard)
                continue
            order = self._orders.get()
            if order is None:
                break
            self._take(order)
            # What waits is taken in together, so that one hearing does for it.
            taken = 0
            while not self._orders.empty() and taken < _MOST_WAITING_MS:
                more = self._orders.get()
                if more is None:
                    self._orders.put(None)
                    break
                self._take(more)
                taken += more.duration_ms if isinstance(more, Sound) else 0
            if taken >= _MOST_WAITING_MS:
                self._work_off()
        self._settle()

    def _work_off(self) -> None:
        while (heard := self._window.work()) is not None:
            self._say(heard)

    def _take(self, order: Order) -> None:
        match order:
            case Glossary():
                self._engine.glossary = order.words
            case Pause():
                self._settle()
            case Sound():
                self._hear(order)
            case File():
                self._read(order)
            case Begin():
                raise ValueError("It has begun.")

    def _hear(self, sound: Sound) -> None:
        from folkmoot.transcripts.recognition.sound import Decoder  # noqa: PLC0415

        if sound.init is not None:
            self._decoder = Decoder(sound.init)
        if not isinstance(self._decoder, Decoder):
            return
        samples = self._decoder.decode(sound.data)
        if not self._window.fits(samples, sound.at_ms):
            self._settle()
        if len(samples):
            self._window.add(samples, sound.at_ms)

    def _read(self, file: File) -> None:
        from folkmoot.transcripts.recognition.sound import read_file  # noqa: PLC0415
        from folkmoot.transcripts.recognition.window import RATE  # noqa: PLC0415

        count = 0
        for samples in read_file(file.path):
            self._window.add(samples, file.at_ms + count * 1000 // RATE)
            count += len(samples)
            self._work_off()
        self._settle()

    def _settle(self) -> None:
        for heard in self._window.pause():
            self._say(heard)

    def _say(self, report: Report) -> None:
        if isinstance(report, Heard):
            report.language = self._engine.language
        self._out.write(pack(report))


if __name__ == "__main__":
    main()
