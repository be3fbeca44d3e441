"""Index and query times of both engines, over the same made-up meetings.

Words are invented and drawn as often as words of a language are (Zipf's law), so
that the run needs no data and is the same everywhere. Queries go through the whole
search as the API asks it: plan, engine, ranking, snippets; only HTTP is left out.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from folkmoot.search.corpus import Change, RoomContext, TranscriptCue
from folkmoot.search.engines import EngineName, opener
from folkmoot.search.generations import Generations
from folkmoot.search.indexer import Indexer
from folkmoot.search.readers import Readers
from folkmoot.search.service import Query, SearchService
from folkmoot.search.text import Analyzer
from tests.bench.report import Figure, Say, absent, spread
from tests.search.corpora import MemoryCorpus

AREA = "search"
ENGINES: tuple[EngineName, ...] = ("tantivy", "whoosh")
SIZES = {False: (24, 600), True: (6, 200)}  # meetings, cues in each
QUERIES = {False: 200, True: 40}
CUE_WORDS = 25
CUE_SECONDS = 9
VOCABULARY = 9_000
SPEAKERS = 12
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Speech:
    """Made-up words; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        heads, tails = (
            ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v"],
            ["a", "e", "i", "o", "u"],
        )
        syllables = [a + b for a, b in itertools.product(heads, tails)]
        self.words = sorted(
            {
                "".join(self.chance.choices(syllables, k=self.chance.randint(1, 4)))
                for _ in range(2 * VOCABULARY)
            }
        )[:VOCABULARY]
        self.chance.shuffle(self.words)
        weights = (1 / rank for rank in range(1, len(self.words) + 1))
        self._weights = list(itertools.accumulate(weights))

    def say(self, count: int) -> str:
        """Return so many words."""
        return " ".join(
            self.chance.choices(self.words, cum_weights=self._weights, k=count)
        )

    def ask(self) -> str:
        """Return a query: mostly words, sometimes a phrase, a speaker or a part."""
        words = self.chance.choices(self.words[30:3000], k=self.chance.randint(2, 5))
        kind = self.chance.random()
        if kind < 0.7:
            return " ".join(words)
        if kind < 0.8:
            return f'"{self.say(2)}" {words[0]}'
        if kind < 0.9:
            return f"{words[0]} speaker:{self.speaker()}"
        return f"{words[0][:4]}* {words[1]}"

    def speaker(self) -> str:
        """Return one of the speakers."""
        return f"speaker{self.chance.randrange(SPEAKERS)}"


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return the figures of both engines; Whoosh's as the rival."""
    meetings, cues = SIZES[quick]
    figures: list[Figure] = []
    medians: dict[str, list[float]] = {}
    for name in ENGINES:
        say(f"search: {name}, {meetings * cues:,} cues")
        with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
            try:
                found = asyncio.run(
                    _measure_engine(name, Path(folder), meetings, cues, QUERIES[quick])
                )
            except ModuleNotFoundError as error:
                figures.append(
                    absent(AREA, f"{name} as a whole", f"needs {error.name}")
                )
                continue
        medians[name] = [each.median or 0.0 for each in found]
        figures += found
    if len(medians) < len(ENGINES):
        return figures
    ours, theirs = (medians[name] for name in ENGINES)
    return [
        *figures,
        *(
            Figure(
                area=AREA,
                what=f"Tantivy is faster than Whoosh at {what}",
                ratio=theirs[place] / ours[place],
            )
            for place, what in enumerate(("building", "following", "querying"))
        ),
    ]


async def _measure_engine(
    name: EngineName, folder: Path, meetings: int, cues: int, queries: int
) -> list[Figure]:
    speech = Speech(1)
    corpus = _make_corpus(speech, meetings, cues)
    analyzer = Analyzer()
    generations = Generations(
        folder, engine=name, opener=opener(name), analyzer=analyzer
    )
    indexer = Indexer(generations=generations, corpus=corpus)
    began = time.perf_counter()
    await indexer.open()
    built = time.perf_counter() - began
    readers = Readers(generations)
    service = SearchService(readers=readers, analyzer=analyzer, offset_of=_nowhere)
    try:
        followed = [
            await _correct(indexer, corpus, n) for n in range(min(10, meetings))
        ]
        asked = await _ask(service, [speech.ask() for _ in range(queries)])
    finally:
        await asyncio.to_thread(readers.close)
        await indexer.aclose()
    total = meetings * cues
    return [
        Figure(
            area=AREA,
            what=f"building the index, {name}",
            unit="s",
            median=built,
            note=f"{total:,} cues of {CUE_WORDS} words, {total / built:,.0f} cues a second",
        ),
        spread(AREA, f"a corrected cue to the index, {name}", followed, unit="ms"),
        spread(AREA, f"a query to its answer, {name}", asked, unit="ms"),
    ]


def _make_corpus(speech: Speech, meetings: int, cues: int) -> MemoryCorpus:
    corpus = MemoryCorpus()
    for number in range(meetings):
        meeting_id, room_id = f"m_{number}", f"r_{number}"
        corpus.rooms[room_id] = RoomContext(
            meeting_id=meeting_id,
            meeting_slug=f"meeting-{number}",
            meeting_title=f"Meeting {number}",
            room_id=room_id,
            room_slug="hall",
            room_name="Hall",
        )
        first = START + timedelta(days=number)
        corpus.transcripts[room_id] = [
            _make_cue(speech, f"c_{number}_{place}", first, place)
            for place in range(cues)
        ]
        corpus.say(meeting_id, Change(rooms=(room_id,)))
    return corpus


def _make_cue(
    speech: Speech, cue_id: str, first: datetime, place: int
) -> TranscriptCue:
    start_at = first + timedelta(seconds=place * CUE_SECONDS)
    return TranscriptCue(
        cue_id=cue_id,
        start_at=start_at,
        end_at=start_at + timedelta(seconds=CUE_SECONDS),
        text=speech.say(CUE_WORDS),
        speaker=speech.speaker(),
        agenda_item=f"item {place // 50}",
    )


async def _correct(indexer: Indexer, corpus: MemoryCorpus, number: int) -> float:
    """Change one cue; return the milliseconds until the index has it."""
    meeting_id, room_id = f"m_{number}", f"r_{number}"
    cues = list(corpus.transcripts[room_id])
    cues[7] = TranscriptCue(
        cue_id=cues[7].cue_id,
        start_at=cues[7].start_at,
        end_at=cues[7].end_at,
        text=f"{cues[7].text} corrected",
    )
    corpus.transcripts[room_id] = cues
    corpus.say(meeting_id, Change(rooms=(room_id,)))
    began = time.perf_counter()
    await indexer.follow(meeting_id)
    return 1000 * (time.perf_counter() - began)


async def _ask(service: SearchService, queries: Sequence[str]) -> list[float]:
    await service.search(Query(text=queries[0]))  # opens the readers
    took = []
    for text in queries:
        began = time.perf_counter()
        await service.search(Query(text=text, limit=10))
        took.append(1000 * (time.perf_counter() - began))
    return took


async def _nowhere(_meeting_id: str, _room_id: str, _at: datetime) -> float | None:
    return None
