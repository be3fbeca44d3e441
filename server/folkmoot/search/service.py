"""Search as the API and the pages ask for it: a query in, hits with addresses out."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from folkmoot.search.corpus import Audience
from folkmoot.search.documents import Document
from folkmoot.search.engine import Counts, Engine, Facets, Frequencies
from folkmoot.search.finding import Places, find_places
from folkmoot.search.plan import Filters, Plan, make_plan
from folkmoot.search.query import QueryError
from folkmoot.search.ranking import Ranked, rank, weigh
from folkmoot.search.readers import Readers
from folkmoot.search.snippets import snippet_html
from folkmoot.search.spelling import suggest
from folkmoot.search.synonyms import NO_SYNONYMS, SynonymFile
from folkmoot.search.text import Analyzer

MAX_LIMIT = 100
MAX_OFFSET = 1000
# Ranking looks at this many of the engine's best.
_CANDIDATES = 110
# With more than these there is no need for another spelling.
_FEW = 3

# A plain word at the end of what is typed, of three letters or more.
_LAST_WORD = re.compile(r"(?:^|\s)\w{3,}$")

# (meeting id, room id, moment) to playable seconds; None where nothing plays.
OffsetOf = Callable[[str, str, datetime], Awaitable[float | None]]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, what the hits must belong to, and which page of them.

    `meeting` and `room` are ids or slugs, `session` is an id. `from_at` is included, `before_at` not.
    `meetings` bounds a restricted search to what this person may read. Without
    `facets` nothing is counted, which is most of the work of a broad query; with
    `days` the days on which it was said are counted too, as the facet `day`.
    """

    text: str
    meeting: str | None = None
    room: str | None = None
    speaker: str | None = None
    agenda: str | None = None
    kind: str | None = None
    session: str | None = None
    from_at: datetime | None = None
    before_at: datetime | None = None
    meetings: frozenset[str] | None = None
    limit: int = 20
    offset: int = 0
    facets: bool = True
    days: bool = False


class HitMeeting(msgspec.Struct, frozen=True):
    """The meeting of a hit."""

    slug: str
    title: str


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """One hit as the API shows it. `snippet_html` is safe to put into a page."""

    kind: str
    meeting: HitMeeting
    room: str | None
    room_name: str | None
    speaker: str | None
    agenda_item: str | None
    title: str
    at: str
    offset_seconds: float | None
    url: str
    snippet_html: str


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of hits. `total` counts what the engine matched, exact when small.

    `facets` is None where the engine can't count or nobody asked; not `facets_exact`,
    they are about right, told by a sample of very many documents. `suggestion` is
    the query with another spelling, where few were found and a word stands nowhere.
    `names` are what people call values that are ids: of `session` the titles.
    """

    total: int
    took_ms: float
    hits: tuple[SearchHit, ...]
    facets: Facets | None
    facets_exact: bool = True
    suggestion: str | None = None
    names: Mapping[str, Mapping[str, str]] = {}


class SearchService:
    """Answers queries; never blocks the loop.

    `offset_of` resolves a moment to playable seconds of a room's recording.
    Queries are read in every language that a text of the index is in.
    """

    def __init__(
        self,
        *,
        readers: Readers,
        analyzer: Analyzer,
        offset_of: OffsetOf,
        synonyms: SynonymFile | None = None,
    ) -> None:
        self._readers = readers
        self._analyzer = analyzer
        self._offset_of = offset_of
        self._synonyms = synonyms

    async def search(self, query: Query, audience: Audience = "public") -> SearchAnswer:
        """Hits of a query; `QueryError` says in plain words what can't be read.

        A restricted search sees public things too. `NoIndex` before the first
        index is built.
        """
        started = time.perf_counter()
        _check_page(query)
        counts = None
        if query.facets:
            plan, engines = await asyncio.to_thread(self._prepare, query, audience)
            # Beside each other: the engine counts without the interpreter.
            found, counts = await asyncio.gather(
                asyncio.to_thread(self._answer, plan, engines, query),
                asyncio.to_thread(_count, plan, engines, days=query.days),
            )
        else:
            found = await asyncio.to_thread(self._find_answer, query, audience)
        hits = tuple([await self._hit(shown) for shown in found.hits])
        return SearchAnswer(
            total=found.total,
            took_ms=round((time.perf_counter() - started) * 1000, 1),
            hits=hits,
            facets=counts.counts.fields if counts else None,
            facets_exact=counts is None or counts.counts.exact,
            suggestion=found.suggestion,
            names={"session": counts.titles} if counts and counts.titles else {},
        )

    async def find(self, query: Query, audience: Audience = "public") -> Places:
        """Every place in a meeting where something was said, in order of time.

        While a word is being typed, what begins with it counts. Raises as `search`.
        """
        spoken = msgspec.structs.replace(query, kind="speech")
        found = await asyncio.to_thread(self._find_places, spoken, audience)
        if found.total or not (begun := _begun(query.text)):
            return found
        spoken = msgspec.structs.replace(spoken, text=begun)
        return await asyncio.to_thread(self._find_places, spoken, audience)

    def _find_places(self, query: Query, audience: Audience) -> Places:
        plan, engines = self._prepare(query, audience)
        return find_places(plan, engines, self._analyzer)

    def _prepare(
        self, query: Query, audience: Audience
    ) -> tuple[Plan, tuple[Engine, ...]]:
        opened = self._readers.engines()
        engines: tuple[Engine, ...] = (opened["public"],)
        if audience == "restricted":
            engines = (opened["public"], opened["restricted"])
        reading = self._analyzer.reading(
            name for engine in engines for name in engine.languages()
        )
        synonyms = self._synonyms.current() if self._synonyms else NO_SYNONYMS
        return make_plan(query.text, _filters(query), reading, synonyms), engines

    def _find_answer(self, query: Query, audience: Audience) -> _Answer:
        plan, engines = self._prepare(query, audience)
        return self._answer(plan, engines, query)

    def _answer(self, plan: Plan, engines: Sequence[Engine], query: Query) -> _Answer:
        """Hits with their snippets; blocks."""
        found = _find(plan, engines, query)
        return _Answer(
            total=found.total,
            hits=tuple(
                _Shown(
                    item.stored.document,
                    item.mark,
                    snippet_html(item.stored.document, item.mark, plan, self._analyzer),
                )
                for item in found.ranked
            ),
            suggestion=(
                None if found.total > _FEW else suggest(query.text, plan, engines)
            ),
        )

    async def _hit(self, shown: _Shown) -> SearchHit:
        document, mark = shown.document, shown.mark
        at = document.moment(mark)
        offset = None
        if document.room_id is not None:
            offset = await self._offset_of(document.meeting_id, document.room_id, at)
        stamp = _stamp(at)
        return SearchHit(
            kind=document.kind,
            meeting=HitMeeting(document.meeting_slug, document.meeting_title),
            room=document.room_slug,
            room_name=document.room_name,
            speaker=document.speaker(mark),
            agenda_item=document.agenda_item(mark),
            title=document.title,
            at=stamp,
            offset_seconds=offset,
            url=document.url
            or moment_url(document.meeting_slug, document.room_slug, stamp, offset),
            snippet_html=shown.snippet_html,
        )


class _Shown(NamedTuple):
    document: Document
    mark: int | None
    snippet_html: str


class _Answer(NamedTuple):
    total: int
    hits: tuple[_Shown, ...]
    suggestion: str | None


class _Counted(NamedTuple):
    counts: Counts
    # Of the sessions among them, by id; none of one that nobody may find.
    titles: dict[str, str]


class _Found(NamedTuple):
    ranked: tuple[Ranked, ...]
    total: int


def _find(plan: Plan, engines: Sequence[Engine], query: Query) -> _Found:
    end = query.offset + query.limit
    results = [engine.search(plan, _CANDIDATES + end) for engine in engines]
    candidates = [c for result in results for c in result.candidates]
    total = sum(result.total for result in results)
    # Overlapping passages are joined; with all of them here, count anew.
    whole = total == len(candidates)
    weights = weigh(plan, _frequencies(engines, plan))
    ranked = rank(plan, candidates, weights, None if whole else end)
    return _Found(tuple(ranked[query.offset : end]), len(ranked) if whole else total)


def _count(plan: Plan, engines: Sequence[Engine], *, days: bool) -> _Counted | None:
    counts = _sum_counts([engine.facets(plan, days=days) for engine in engines])
    if counts is None:
        return None
    session_ids = counts.fields.get("session", {})
    titles = {
        document.id: document.title
        for engine in engines
        for document in (engine.known(session_ids) if session_ids else {}).values()
    }
    return _Counted(counts, titles)


def moment_url(
    slug: str, room: str | None, at: str, offset_seconds: float | None
) -> str:
    """The address of a moment of a meeting, with its second where one can play it."""
    asked = urlencode({"room": room, "at": at} if room else {"at": at})
    playing = "" if offset_seconds is None else f"#t={offset_seconds:.3f}".rstrip("0")
    return f"/m/{slug}?{asked}{playing.rstrip('.')}"


def _stamp(at: datetime) -> str:
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _begun(text: str) -> str:
    """The query with its last word begun, where that is a plain one; else nothing."""
    found = _LAST_WORD.search(text)
    return f"{text}*" if found and text.count('"') % 2 == 0 else ""


def _check_page(query: Query) -> None:
    if not 1 <= query.limit <= MAX_LIMIT:
        raise QueryError(f"limit must be 1 to {MAX_LIMIT}.", 0)
    if not 0 <= query.offset <= MAX_OFFSET:
        raise QueryError(f"offset must be 0 to {MAX_OFFSET}.", 0)


def _filters(query: Query) -> Filters:
    return Filters(
        meeting=query.meeting,
        room=query.room,
        speaker=query.speaker,
        agenda=query.agenda,
        kind=query.kind,
        session=query.session,
        from_at=query.from_at,
        before_at=query.before_at,
        meetings=query.meetings,
    )


def _frequencies(engines: Sequence[Engine], plan: Plan) -> Frequencies:
    """Counts over all indexes searched, so that their hits can be compared."""
    stems = [stem for item in plan.asked for stem in item.stems]
    counted = [engine.frequencies(stems) for engine in engines]
    return Frequencies(
        sum(item.documents for item in counted),
        {stem: sum(item.with_stem[stem] for item in counted) for stem in stems},
    )


def _sum_counts(counted: Sequence[Counts | None]) -> Counts | None:
    sums: dict[str, dict[str, int]] = {}
    exact = True
    for counts in counted:
        if counts is None:
            return None
        exact = exact and counts.exact
        for name, values in counts.fields.items():
            inside = sums.setdefault(name, {})
            for value, count in values.items():
                inside[value] = inside.get(value, 0) + count
    return Counts(sums, exact)
