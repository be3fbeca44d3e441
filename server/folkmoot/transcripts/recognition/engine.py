"""faster-whisper, as one function: sound in, words out.

Whisper looks at 30 s, however little there is; the rest is filled with nothing and
costs as much as speech does. Half of it does for windows of 13 s and takes half the
time, without loss of words (less than half does lose them).

faster-whisper goes on behind the last timestamp that the model wrote, which reads a
recording to its end. A live window is heard again anyhow, and what lies behind its last
timestamp is silence or half a word: there the model is asked for no timestamps and
listens once, which takes half the time again. Words have their times from its
attention either way.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.vad import VadOptions, get_speech_timestamps

from folkmoot.transcripts.recognition.messages import Begin
from folkmoot.transcripts.recognition.window import MAX_MS, QUIET_MS, RATE, Samples
from folkmoot.transcripts.recognition.words import Word

_CONTEXT_FRAMES = (MAX_MS + 2_000) // 10
# Whisper's own limits for what is noise and what goes in circles.
_NO_SPEECH = 0.6
_LEAST_LOGPROB = -1.0
_MOST_COMPRESSION = 2.4
_TOKENS_A_SECOND = 9
_SURE_OF_LANGUAGE = 0.6
_LANGUAGE_MS = 4_000
_MOST_GLOSSARY = 600
_VAD = VadOptions(
    threshold=0.45,
    min_speech_duration_ms=120,
    min_silence_duration_ms=QUIET_MS // 2,
    speech_pad_ms=80,
)


class _HeardAll(Exception):
    """The model would listen to the rest of a window again."""


class _HalfWhisper(WhisperModel):  # type: ignore[misc]
    """A model that encodes half of Whisper's window; `once` and no more of it."""

    once = False
    _generated = False

    def begin(self) -> None:
        """A new window begins."""
        self._generated = False

    def encode(self, features: Any) -> Any:
        if self.once and self._generated:
            raise _HeardAll
        if features.shape[-1] > _CONTEXT_FRAMES:
            features = np.ascontiguousarray(features[..., :_CONTEXT_FRAMES])
        return super().encode(features)

    def generate_with_fallback(self, *arguments: Any, **named: Any) -> Any:
        self._generated = True
        return super().generate_with_fallback(*arguments, **named)


class Engine:
    """A loaded model. Raises what faster-whisper does if it can't be."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._model = _HalfWhisper(
            begin.model,
            device="auto",
            compute_type="auto" if _has_cuda() else "int8",
            cpu_threads=begin.threads,
            local_files_only=True,
        )
        self._model.once = begin.step_ms > 0
        self.language = begin.language
        self.glossary = ""

    def hear(self, samples: Samples, before: str) -> list[Word]:
        """The words of a piece of sound, with times from its beginning."""
        seconds = len(samples) / RATE
        self._model.begin()
        segments, info = self._model.transcribe(
            samples,
            language=self.language,
            beam_size=self._begin.beam,
            temperature=0.0,
            condition_on_previous_text=False,
            initial_prompt=before or None,
            hotwords=self.glossary[:_MOST_GLOSSARY] or None,
            word_timestamps=True,
            without_timestamps=self._model.once,
            max_new_tokens=20 + int(seconds * _TOKENS_A_SECOND),
        )
        words: list[Word] = []
        with suppress(_HeardAll):
            for segment in segments:
                words += _words_of(segment)
        self._learn_language(info, seconds)
        return words

    def find_speech(self, samples: Samples) -> list[tuple[int, int]]:
        """Where somebody speaks, in milliseconds."""
        spans = get_speech_timestamps(samples, _VAD)
        return [
            (span["start"] * 1000 // RATE, span["end"] * 1000 // RATE) for span in spans
        ]

    def _learn_language(self, info: Any, seconds: float) -> None:
        """Ask no more which language it is, once that is clear."""
        sure = info.language_probability >= _SURE_OF_LANGUAGE
        if self.language is None and sure and seconds * 1000 >= _LANGUAGE_MS:
            self.language = info.language


def _words_of(segment: Any) -> list[Word]:
    noise = segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _LEAST_LOGPROB
    if noise or segment.compression_ratio > _MOST_COMPRESSION:
        return []
    return [
        Word(
            text=word.word.strip(),
            start_ms=round(float(word.start) * 1000),
            end_ms=round(float(word.end) * 1000),
            confidence=round(float(word.probability), 3),
            joined=not word.word.startswith(" "),
        )
        for word in segment.words or ()
        if word.word.strip()
    ]


def _has_cuda() -> bool:
    import ctranslate2  # noqa: PLC0415 (comes with faster-whisper)

    return bool(ctranslate2.get_cuda_device_count())
