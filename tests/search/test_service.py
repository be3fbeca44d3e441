"""Answers as the API gives them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from folkmoot.search.corpus import Change
from folkmoot.search.engines import EngineName, opener
from folkmoot.search.generations import Generations
from folkmoot.search.indexer import Indexer
from folkmoot.search.query import QueryError
from folkmoot.search.readers import Readers
from folkmoot.search.service import Query, SearchService, moment_url
from folkmoot.search.text import Analyzer
from tests.search.corpora import ROOM, START, MemoryCorpus, at, cue, document

CUES = [
    cue(0, "Good morning and welcome to the hall."),
    cue(
        1,
        "The <b>night bus</b> will run again.",
        speaker="Ann Lee",
        agenda_item="Roads",
    ),
    cue(2, "Thank you.", speaker="Bob"),
]


async def offset_of(meeting_id: str, room_id: str, moment: datetime) -> float | None:
    assert (meeting_id, room_id) == ("m_one", "r_hall")
    return (moment - START).total_seconds() + 0.5


@pytest.fixture
async def service(
    tmp_path: Path, engine_name: EngineName, analyzer: Analyzer
) -> AsyncIterator[SearchService]:
    corpus = MemoryCorpus()
    corpus.rooms["r_hall"] = ROOM
    corpus.transcripts["r_hall"] = CUES
    idea = document("c_1", "A bus at night, please", url="/m/spring/c/c_1", at=at(100))
    corpus.say("m_one", Change(rooms=("r_hall",), add=(idea,)))
    corpus.say(
        "m_one", Change(add=tuple(document(f"c_{n}", f"tree {n}") for n in range(5, 9)))
    )
    ferry = (
        document("s_1", "ferry", kind="session", title="Ferry", sessions=("s_1",)),
        document("f_1", "a ferry", sessions=("s_1",)),
        document("f_2", "the ferry", sessions=("s_gone",)),
        document("f_3", "no ferry"),
    )
    corpus.say("m_one", Change(add=ferry))
    generations = Generations(
        tmp_path, engine=engine_name, opener=opener(engine_name), analyzer=analyzer
    )
    indexer = Indexer(generations=generations, corpus=corpus)
    await indexer.open()
    readers = Readers(generations)
    yield SearchService(readers=readers, analyzer=analyzer, offset_of=offset_of)
    readers.close()
    await indexer.aclose()


async def test_hit_opens_the_best_cue(
    service: SearchService, engine_name: EngineName
) -> None:
    answer = await service.search(Query(text="night bus", kind="speech"))
    found = msgspec.to_builtins(answer)
    assert found.pop("took_ms") >= 0
    facets = found.pop("facets")
    found["hits"] = list(found["hits"])
    assert found == {
        "total": 1,
        "facets_exact": True,
        "suggestion": None,
        "names": {},
        "hits": [
            {
                "kind": "speech",
                "meeting": {"slug": "spring", "title": "Spring forum"},
                "room": "hall",
                "room_name": "Great Hall",
                "speaker": "Ann Lee",
                "agenda_item": "Roads",
                "title": "",
                "at": "2026-03-02T09:00:06.000Z",
                "offset_seconds": 6.5,
                "url": "/m/spring?room=hall&at=2026-03-02T09%3A00%3A06.000Z#t=6.5",
                "snippet_html": "Good morning and welcome to the hall. The &lt;b&gt;"
                "<mark>night bus</mark>&lt;/b&gt; will run again. Thank you.",
            }
        ],
    }
    if engine_name == "tantivy":
        assert facets["speaker"] == {"Ann Lee": 1, "Bob": 1}


async def test_speaker_asked_for_opens_their_words(service: SearchService) -> None:
    (hit,) = (await service.search(Query(text="night bus speaker:bob"))).hits
    assert (hit.speaker, hit.agenda_item) == ("Bob", None)
    assert hit.at == "2026-03-02T09:00:12.000Z"


async def test_phrase_opens_where_it_is_said(service: SearchService) -> None:
    (hit,) = (await service.search(Query(text='"will run again" welcome hall'))).hits
    assert hit.at == "2026-03-02T09:00:06.000Z"


async def test_written_hit_has_its_own_page(service: SearchService) -> None:
    answer = await service.search(Query(text="night bus", kind="contribution"))
    (hit,) = answer.hits
    assert (hit.url, hit.offset_seconds, hit.room) == ("/m/spring/c/c_1", None, None)


async def test_pages_of_hits_follow_each_other(service: SearchService) -> None:
    whole = await service.search(Query(text="tree"))
    pages = [
        await service.search(Query(text="tree", limit=2, offset=n)) for n in (0, 2)
    ]
    assert whole.total == 4
    assert [page.total for page in pages] == [4, 4]
    assert [hit for page in pages for hit in page.hits] == list(whole.hits)
    assert (await service.search(Query(text="tree", offset=4))).hits == ()


@pytest.mark.parametrize(
    "query",
    [
        Query(text='a "b'),
        Query(text="a", limit=0),
        Query(text="a", limit=101),
        Query(text="a", offset=-1),
        Query(text="a", offset=1001),
    ],
)
async def test_bad_query_is_refused(service: SearchService, query: Query) -> None:
    with pytest.raises(QueryError):
        await service.search(query)


def test_moment_url_names_room_time_and_second() -> None:
    at_text = "2026-03-02T09:00:00.000Z"
    coded = "2026-03-02T09%3A00%3A00.000Z"
    assert moment_url("s", None, at_text, None) == f"/m/s?at={coded}"
    assert moment_url("s", "a b", at_text, 60.0) == f"/m/s?room=a+b&at={coded}#t=60"


async def test_sessions_are_counted_and_called_by_their_titles(
    service: SearchService, engine_name: EngineName
) -> None:
    answer = await service.search(Query(text="ferry"))
    assert answer.total == 4
    if engine_name == "tantivy":
        assert (answer.facets or {})["session"] == {"s_1": 2, "s_gone": 1}
        assert answer.names == {"session": {"s_1": "Ferry"}}
    else:
        assert (answer.facets, answer.names) == (None, {})
    assert (await service.search(Query(text="ferry", session="s_1"))).total == 2


async def test_days_are_counted_for_who_asks(
    service: SearchService, engine_name: EngineName
) -> None:
    answer = await service.search(Query(text="night bus", days=True))
    if engine_name == "whoosh":
        assert answer.facets is None
        return
    assert answer.facets is not None
    assert answer.facets["day"] == {"2026-03-02": 2}
    plain = await service.search(Query(text="night bus"))
    assert "day" not in (plain.facets or {})
