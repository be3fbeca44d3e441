"""Search in many meetings: a folder of transcripts copied to 1.2 million cues.

    python -m tests.bench --only corpus --transcripts FOLDER [--indexes FOLDER]

The folder holds WebVTT files, one a meeting, and may hold `queries.json`:
`{meeting: {"queries": [{"query": …, "spans": [[from, to], …]}]}}`, spans in seconds
of that meeting. Then the first copy also says how often an answer is found. Without
a folder the words are made up, and nothing is said of quality. Indexes are built in
`--indexes` and asked there again by the next run, which then takes a tenth of the time.

Each engine is built and asked in a process of its own, so that its memory can be
told from that of the others. Times are of the clock and of the processor: on a busy
machine the second is nearer to what an idle one would show.
"""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import msgspec

from folkmoot.search.corpus import Change, Changes, RoomContext, TranscriptCue
from folkmoot.search.engines import EngineName, opener
from folkmoot.search.follower import GATHER_SECONDS
from folkmoot.search.generations import Generations
from folkmoot.search.indexer import Indexer
from folkmoot.search.readers import Readers
from folkmoot.search.service import Query, SearchHit, SearchService
from folkmoot.search.text import Analyzer
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.formats import parse
from tests.bench import corpus_store
from tests.bench.report import Figure, Say, absent, spread
from tests.bench.search_bench import CUE_SECONDS, CUE_WORDS, Speech
from tests.e2e.service import Service

AREA = "corpus"
CUES: dict[EngineName, dict[bool, int]] = {
    "tantivy": {False: 1_200_000, True: 50_000},
    "whoosh": {False: 100_000, True: 10_000},
}
QUESTIONS = {False: 300, True: 60}
# Whoosh takes a tenth of a second each.
WHOOSH_QUESTIONS = {False: 100, True: 20}
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
# What an operator may wait for after a restart.
START_SECONDS = 60.0
HITS = 10
T = TypeVar("T")


class Question(msgspec.Struct, frozen=True):
    """What is asked, and where it is answered: seconds of a meeting."""

    text: str
    meeting: str = ""
    spans: tuple[tuple[float, float], ...] = ()


class Material(msgspec.Struct, frozen=True):
    """Transcripts by the name of their meeting, and questions about them."""

    transcripts: Mapping[str, Sequence[Cue]]
    questions: Sequence[Question]

    @property
    def size(self) -> int:
        """How many cues there are."""
        return sum(map(len, self.transcripts.values()))


class Copies:
    """A corpus in which every transcript stands so many times under other names."""

    def __init__(self, material: Material, cues: int) -> None:
        self._transcripts = material.transcripts
        self.names = list(material.transcripts)
        copies = max(1, round(cues / material.size))
        self.cues_held = copies * material.size
        self._meetings = {
            f"m_{copy}_{number}": (copy, name)
            for copy in range(copies)
            for number, name in enumerate(self.names)
        }
        self._heads = dict.fromkeys(self._meetings, 1)
        self._added: dict[str, str] = {}
        self._days = {key: day for day, key in enumerate(self._meetings)}

    @property
    def meeting_ids(self) -> list[str]:
        """All meetings, in the order of their days."""
        return list(self._meetings)

    def start_of(self, meeting_id: str) -> datetime:
        """Return when a meeting began; one a day."""
        return START + timedelta(days=self._days[meeting_id])

    def correct(self, meeting_id: str, word: str) -> None:
        """Add a word to a cue in the middle of a meeting."""
        self._added[meeting_id] = word
        # Past what an index that was kept has read.
        self._heads[meeting_id] = time.time_ns()

    async def heads(self) -> Mapping[str, int]:
        return self._heads

    async def changes(self, meeting_id: str, after: int) -> Changes:
        head = self._heads[meeting_id]
        told = (Change(rooms=(f"r{meeting_id}",)),) if after < head else ()
        return Changes(seq=head, changes=told)

    async def room(self, meeting_id: str, room_id: str) -> RoomContext:
        copy, name = self._meetings[meeting_id]
        return RoomContext(
            meeting_id=meeting_id,
            meeting_slug=f"{name}-{copy}",
            meeting_title=f"{name} {copy}",
            room_id=room_id,
            room_slug="hall",
            room_name="Hall",
        )

    async def cues(self, meeting_id: str, room_id: str) -> Sequence[TranscriptCue]:
        first = self.start_of(meeting_id)
        said = self._transcripts[self._meetings[meeting_id][1]]
        added = self._added.get(meeting_id)
        return [
            TranscriptCue(
                cue_id=f"{room_id}_{number}",
                start_at=first + timedelta(seconds=cue.start_seconds),
                end_at=first + timedelta(seconds=cue.end_seconds),
                text=f"{cue.text} {added}"
                if added and number == len(said) // 2
                else cue.text,
                speaker=cue.speaker,
            )
            for number, cue in enumerate(said)
        ]


class Built(msgspec.Struct, frozen=True):
    """How building an index went; times in seconds, sizes in megabytes."""

    cues: int
    wall: float
    cpu: float
    memory: float
    disk: float


class Asked(msgspec.Struct, frozen=True):
    """Milliseconds of each question, by the clock and the processor; hits; memory."""

    plain: tuple[float, ...]
    plain_cpu: tuple[float, ...]
    facets: tuple[float, ...]
    facets_cpu: tuple[float, ...]
    places: tuple[int, ...]
    found_after: tuple[float, ...]
    memory: float


def measure(
    *,
    quick: bool,
    say: Say,
    transcripts: Path | None = None,
    kept: Path | None = None,
) -> list[Figure]:
    """Return the figures of both engines and of a server that starts.

    In `kept` the indexes stay; where they are there already, they are not built.
    """
    figures: list[Figure] = []
    for engine, sizes in CUES.items():
        say(f"corpus: {engine}, {sizes[quick]:,} cues")
        with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
            data = Path(folder) if kept is None else kept / f"{engine}-{sizes[quick]}"
            index = data / "index"
            there = index.exists()
            try:
                built = (
                    _apart(_held, transcripts, sizes[quick])
                    if there
                    else _apart(_build, engine, transcripts, index, sizes[quick])
                )
                say(f"corpus: {engine}, questions")
                asked = _apart(_ask, engine, transcripts, index, sizes[quick], quick)
            except ModuleNotFoundError as error:
                figures.append(absent(AREA, engine, f"needs {error.name}"))
                continue
            found = _tell(engine, built, asked)
            if engine == "tantivy":
                found += _start(data / "service", transcripts, sizes[quick], say)
            for one in found:  # the next engine may take long
                say(f"corpus: {one.what}: {one.median} {one.unit}, p95 {one.p95}")
            figures += found
    return figures


def _held(transcripts: Path | None, cues: int) -> Built:
    """What is known of an index that was built before."""
    held = Copies(_read(transcripts), cues).cues_held
    return Built(cues=held, wall=0, cpu=0, memory=0, disk=0)


def _apart(work: Callable[..., T], *given: object) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def _tell(engine: str, built: Built, asked: Asked) -> list[Figure]:
    note = f"{built.cues:,} cues"
    figures = [
        _tell_building(engine, built, note),
        spread(AREA, f"plain question, {engine}", asked.plain, unit="ms", note=note),
        spread(
            AREA,
            f"plain question, {engine}, processor",
            asked.plain_cpu,
            unit="ms",
            note=f"{asked.memory:.0f} MB of memory",
        ),
    ]
    if engine == "tantivy":
        figures += [
            spread(AREA, f"with facets, {engine}", asked.facets, unit="ms", note=note),
            spread(
                AREA,
                f"with facets, {engine}, processor",
                asked.facets_cpu,
                unit="ms",
            ),
        ]
    figures.append(
        spread(
            AREA,
            f"a corrected cue until it is found, {engine}",
            asked.found_after,
            unit="ms",
        )
    )
    if asked.places:
        figures += _tell_quality(engine, asked.places)
    return figures


def _tell_building(engine: str, built: Built, note: str) -> Figure:
    what = f"indexing, {engine}"
    if not built.wall:
        return absent(AREA, what, f"{note}, built before")
    return Figure(
        area=AREA,
        what=what,
        unit="cues/s",
        median=round(built.cues / built.wall),
        note=f"{note}; {built.cues / built.cpu:,.0f} a second of processor time; "
        f"{built.memory:.0f} MB of memory, {built.disk:.0f} MB on disk",
    )


def _tell_quality(engine: str, places: Sequence[int]) -> list[Figure]:
    count = len(places)
    note = f"{count} questions on one copy"
    return [
        *(
            Figure(
                area=AREA,
                what=f"answered by the first {most}, {engine}",
                median=sum(0 < place <= most for place in places) / count,
                note=note,
            )
            for most in (1, 5, HITS)
        ),
        Figure(
            area=AREA,
            what=f"mean reciprocal rank, {engine}",
            median=statistics.mean(1 / place if place else 0 for place in places),
            note=note,
        ),
    ]


def _read(folder: Path | None) -> Material:
    if folder is None:
        return _make_up()
    found = {
        path.stem: parse(path.read_bytes(), name=path.name)
        for path in sorted(folder.glob("*.vtt"))
    }
    asked = folder / "queries.json"
    if not asked.exists():
        return Material(found, _excerpts(found))
    told = msgspec.json.decode(asked.read_bytes())
    return Material(
        found,
        [
            Question(each["query"], meeting, tuple(map(tuple, each["spans"])))
            for meeting, queries in told.items()
            for each in queries["queries"]
        ],
    )


def _make_up() -> Material:
    speech = Speech(1)
    found = {
        f"meeting-{number}": [
            Cue(
                start_seconds=place * CUE_SECONDS,
                end_seconds=(place + 1) * CUE_SECONDS,
                text=speech.say(CUE_WORDS),
                speaker=speech.speaker(),
            )
            for place in range(1000)
        ]
        for number in range(24)
    }
    return Material(found, _excerpts(found))


def _excerpts(transcripts: Mapping[str, Sequence[Cue]]) -> list[Question]:
    """Some words of a cue, as a question would hold them."""
    chance = random.Random(1)
    cues = [cue for cues in transcripts.values() for cue in cues]
    return [
        Question(" ".join(chance.sample(words, min(len(words), chance.randint(3, 9)))))
        for cue in chance.sample(cues, min(len(cues), max(QUESTIONS.values())))
        if (words := cue.text.split())
    ]


def _build(engine: EngineName, folder: Path | None, index: Path, cues: int) -> Built:
    corpus = Copies(_read(folder), cues)
    index.parent.mkdir(parents=True, exist_ok=True)
    indexer = Indexer(generations=_generations(engine, index), corpus=corpus)

    async def build() -> None:
        await indexer.open()
        await indexer.aclose()

    wall, cpu = time.perf_counter(), _processor_seconds()
    asyncio.run(build())
    return Built(
        cues=corpus.cues_held,
        wall=time.perf_counter() - wall,
        cpu=_processor_seconds() - cpu,
        memory=_memory(),
        disk=sum(p.stat().st_size for p in index.rglob("*") if p.is_file()) / 1e6,
    )


def _generations(engine: EngineName, index: Path) -> Generations:
    return Generations(index, engine=engine, opener=opener(engine), analyzer=Analyzer())


def _processor_seconds() -> float:
    """Of this process and of its helpers, once they have ended."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ask(
    engine: EngineName,
    folder: Path | None,
    index: Path,
    cues: int,
    quick: bool,
) -> Asked:
    material = _read(folder)
    generations = _generations(engine, index)
    service = SearchService(
        readers=Readers(generations), analyzer=Analyzer(), offset_of=_seconds_of
    )
    most = (QUESTIONS if engine == "tantivy" else WHOOSH_QUESTIONS)[quick]

    async def ask() -> Asked:
        asked = await _ask_all(engine, service, material, material.questions[:most])
        corpus = Copies(material, cues)
        indexer = Indexer(generations=generations, corpus=corpus)
        await indexer.open()
        try:
            after = [await _correct(service, indexer, corpus, n) for n in range(10)]
        finally:
            await indexer.aclose()
        return msgspec.structs.replace(asked, found_after=tuple(after))

    return asyncio.run(ask())


async def _correct(
    service: SearchService, indexer: Indexer, corpus: Copies, number: int
) -> float:
    """Correct a cue; return the milliseconds until a question finds it.

    The time in which the service gathers changes is slept through.
    """
    meeting_id, word = f"m_0_{number}", f"zzyzx{time.time_ns()}"
    corpus.correct(meeting_id, word)
    began = time.perf_counter()
    await asyncio.sleep(GATHER_SECONDS)
    await indexer.follow(meeting_id)
    while not (await service.search(Query(text=word, facets=False))).total:
        await asyncio.sleep(0.01)
    return 1000 * (time.perf_counter() - began)


async def _ask_all(
    engine: EngineName,
    service: SearchService,
    material: Material,
    questions: Sequence[Question],
) -> Asked:
    await service.search(Query(text=questions[0].text))  # opens the index
    times: dict[bool, tuple[list[float], list[float]]] = {}
    for facets in (False, True):
        wall, cpu = times[facets] = [], []
        for question in questions:
            query = Query(text=question.text, limit=HITS, facets=facets)
            began, worked = time.perf_counter(), time.process_time()
            await service.search(query)
            wall.append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (time.process_time() - worked))
    return Asked(
        plain=tuple(times[False][0]),
        plain_cpu=tuple(times[False][1]),
        facets=tuple(times[True][0]),
        facets_cpu=tuple(times[True][1]),
        places=tuple(await _places(engine, material)),
        found_after=(),
        memory=_memory(),
    )


async def _places(engine: EngineName, material: Material) -> list[int]:
    """At which place each answered question's answer stands among one copy's hits."""
    answered = [question for question in material.questions if question.spans]
    if not answered:
        return []
    corpus = Copies(material, material.size)
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder:
        generations = _generations(engine, Path(folder))
        indexer = Indexer(generations=generations, corpus=corpus)
        await indexer.open()
        await indexer.aclose()
        service = SearchService(
            readers=Readers(generations), analyzer=Analyzer(), offset_of=_seconds_of
        )
        return [
            next(
                (
                    place
                    for place, hit in enumerate(found.hits, start=1)
                    if _answers(hit, question, corpus)
                ),
                0,
            )
            for question in answered
            for found in [
                await service.search(
                    Query(text=question.text, limit=HITS, facets=False)
                )
            ]
        ]


def _answers(hit: SearchHit, question: Question, corpus: Copies) -> bool:
    if hit.meeting.slug != f"{question.meeting}-0":
        return False
    number = corpus.names.index(question.meeting)
    began = corpus.start_of(f"m_0_{number}")
    seconds = (datetime.fromisoformat(hit.at) - began).total_seconds()
    return any(start <= seconds <= end for start, end in question.spans)


async def _seconds_of(_meeting_id: str, _room_id: str, _at: datetime) -> float | None:
    return None


def _start(data: Path, transcripts: Path | None, cues: int, say: Say) -> list[Figure]:
    """A server that starts with all of it in its database: to its first answers.

    Files are warm. A data directory that was kept is used again.
    """
    corpus = Copies(_read(transcripts), cues)
    figures = []
    service = Service(data)
    note = f"{corpus.cues_held:,} cues in {len(corpus.meeting_ids):,} meetings"
    if not (data / corpus_store.INDEX / "current").exists():
        say("corpus: making the meetings of a data directory")
        service.start()  # makes the database
        service.stop()
        asyncio.run(corpus_store.fill(data, corpus, corpus.meeting_ids))
        shutil.rmtree(data / corpus_store.INDEX, ignore_errors=True)
        seconds = _apart(corpus_store.build_index, data)
        figures.append(
            Figure(
                area=AREA,
                what="indexing what is in a database, tantivy",
                unit="cues/s",
                median=round(corpus.cues_held / seconds),
                note=note,
            )
        )
    return [*figures, *_watch_start(service, note)]


def _watch_start(service: Service, note: str) -> list[Figure]:
    began = time.perf_counter()
    try:
        service.start()
        _get(f"{service.url}/")
        shown = time.perf_counter() - began
        found = _get(f"{service.url}/api/v1/search?q=money&limit={HITS}")
        answered = time.perf_counter() - began
        memory = _resident(service.pid)
    finally:
        service.stop()
    total = msgspec.json.decode(found)["total"]
    return [
        Figure(area=AREA, what="start to a page", unit="s", median=shown, note=note),
        Figure(
            area=AREA,
            what="start to the first search's answer",
            unit="s",
            median=answered,
            note=f"{note}; {total:,} found; {memory:.0f} MB of memory",
        ),
    ]


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=START_SECONDS) as answer:
        body: bytes = answer.read()
    return body


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = next(ln for ln in status.splitlines() if ln.startswith("VmRSS:"))
    return int(kilobytes.split()[1]) / 1024
