"""Following journals, rebuilding, and what is never found again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from folkmoot.search.corpus import Change, Changes
from folkmoot.search.engines import EngineName, opener
from folkmoot.search.generations import Generations
from folkmoot.search.indexer import IndexClosed, Indexer
from folkmoot.search.readers import NoIndex, Readers
from folkmoot.search.service import Query, SearchService
from folkmoot.search.text import Analyzer
from tests.search.corpora import ROOM, MemoryCorpus, cue, document

SPEECH = "We will build the new tram line next spring"

SECRET = "xylophone"


class Desk:
    """An indexer, and a reader as another process would have it."""

    def __init__(self, root: Path, name: EngineName) -> None:
        self.analyzer = Analyzer()
        self.root = root
        self.name = name
        self.corpus = MemoryCorpus()
        self.indexer = Indexer(generations=self.generations(), corpus=self.corpus)
        self.readers = Readers(self.generations())

    def generations(self) -> Generations:
        return Generations(
            self.root,
            engine=self.name,
            opener=opener(self.name),
            analyzer=self.analyzer,
        )

    async def found(
        self, text: str, audience: str = "public", **more: object
    ) -> set[str]:
        async def offset_of(*_: object) -> None:
            return None

        service = SearchService(
            readers=self.readers, analyzer=self.analyzer, offset_of=offset_of
        )
        answer = await service.search(Query(text=text, **more), audience)  # type: ignore[arg-type]
        assert answer.total == len(answer.hits)
        return {
            hit.snippet_html.replace("<mark>", "").replace("</mark>", "")
            for hit in answer.hits
        }


@pytest.fixture
async def desk(tmp_path: Path, engine_name: EngineName) -> AsyncIterator[Desk]:
    found = Desk(tmp_path / "index", engine_name)
    yield found
    await found.indexer.aclose()
    found.readers.close()


async def test_no_index_says_so(desk: Desk) -> None:
    with pytest.raises(NoIndex):
        await desk.found("bus")


async def test_changes_are_followed_from_the_cursor(desk: Desk) -> None:
    for number in range(5):
        text = f"bus {'abcde'[number]}"
        desk.corpus.say("m_one", Change(add=(document(f"c_{number}", text),)))
    await desk.indexer.open()
    assert await desk.found("bus") == {f"bus {letter}" for letter in "abcde"}
    desk.corpus.say("m_one", Change(remove=("c_0",)))
    desk.corpus.say("m_two", Change(add=(document("c_9", "bus z"),)))
    desk.corpus.asked.clear()
    await desk.indexer.catch_up()
    assert desk.corpus.asked == [("m_one", 5), ("m_two", 0)]
    assert await desk.found("bus") == {f"bus {letter}" for letter in "bcdez"}


async def test_cursor_survives_a_restart(desk: Desk) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    await desk.indexer.open()
    await desk.indexer.aclose()
    desk.indexer = Indexer(generations=desk.generations(), corpus=desk.corpus)
    desk.corpus.asked.clear()
    await desk.indexer.open()
    await desk.indexer.catch_up()
    assert desk.corpus.asked == []
    assert await desk.found("bus") == {"bus"}


async def test_restricted_is_no_public_hit_nor_count(desk: Desk) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", "bus open"),)))
    secret = document("c_2", "bus secret", meeting_id="m_two", meeting_slug="two")
    desk.corpus.say("m_two", Change(add=(secret,), audience="restricted"))
    await desk.indexer.open()
    assert await desk.found("bus") == {"bus open"}
    assert await desk.found("bus", "restricted") == {"bus open", "bus secret"}
    allowed = frozenset({"m_one"})
    assert await desk.found("bus", "restricted", meetings=allowed) == {"bus open"}


async def test_what_changes_sides_leaves_the_other_index(desk: Desk) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    await desk.indexer.open()
    desk.corpus.say(
        "m_one", Change(add=(document("c_1", "bus"),), audience="restricted")
    )
    await desk.indexer.follow("m_one")
    assert await desk.found("bus") == set()
    assert await desk.found("bus", "restricted") == {"bus"}


async def test_group_is_removed_from_both(desk: Desk) -> None:
    grouped = document("c_1", "bus", groups=("meeting:m_one",))
    desk.corpus.say("m_one", Change(add=(grouped,)))
    await desk.indexer.open()
    desk.corpus.say("m_one", Change(remove_groups=("meeting:m_one",)))
    await desk.indexer.follow("m_one")
    assert await desk.found("bus", "restricted") == set()


async def test_transcript_follows_its_corrections(desk: Desk) -> None:
    desk.corpus.rooms["r_hall"] = ROOM
    desk.corpus.transcripts["r_hall"] = [cue(0, SPEECH), cue(1, "Thank you")]
    desk.corpus.say("m_one", Change(rooms=("r_hall",)))
    await desk.indexer.open()
    assert await desk.found("tram") == {f"{SPEECH} Thank you"}
    desk.corpus.transcripts["r_hall"] = [cue(0, SPEECH.replace("tram", "train"))]
    desk.corpus.say("m_one", Change(rooms=("r_hall",)))
    await desk.indexer.follow("m_one")
    assert await desk.found("tram") == set()
    assert await desk.found("train") == {SPEECH.replace("tram", "train")}
    hidden = msgspec.structs.replace(ROOM, audience=None)
    desk.corpus.rooms["r_hall"] = hidden
    desk.corpus.say("m_one", Change(rooms=("r_hall",)))
    await desk.indexer.follow("m_one")
    assert await desk.found("train", "restricted") == set()


async def test_reindex_builds_anew_and_swaps(desk: Desk) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    await desk.indexer.open()
    assert await desk.found("bus") == {"bus"}
    desk.corpus.journals["m_one"] = [Change(add=(document("c_2", "tram"),))]
    await desk.indexer.reindex()
    assert await desk.found("bus tram") == {"tram"}
    assert [path.name for path in desk.root.glob("g*")] == ["g000002"]


async def test_failed_reindex_leaves_the_old_in_use(desk: Desk) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    await desk.indexer.open()
    desk.corpus.say("m_one", Change(rooms=("r_gone",)))
    with pytest.raises(KeyError):
        await desk.indexer.reindex()
    assert await desk.found("bus") == {"bus"}
    with pytest.raises(KeyError):
        await desk.indexer.catch_up()
    desk.corpus.journals["m_one"][1] = Change(add=(document("c_2", "tram"),))
    await desk.indexer.catch_up()
    assert await desk.found("bus tram") == {"bus", "tram"}


async def test_index_of_another_make_is_built_anew(desk: Desk) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    await desk.indexer.open()
    await desk.indexer.aclose()
    desk.analyzer = Analyzer(["french"])
    desk.indexer = Indexer(generations=desk.generations(), corpus=desk.corpus)
    await desk.indexer.open()
    name = await asyncio.to_thread(desk.generations().current)
    assert name == "g000002"


async def files_holding(desk: Desk, word: str) -> list[str]:
    def read() -> list[str]:
        files = (path for path in desk.root.rglob("*") if path.is_file())
        return [path.name for path in files if word.encode() in path.read_bytes()]

    return await asyncio.to_thread(read)


async def test_withdrawn_text_leaves_the_disk(desk: Desk) -> None:
    desk.corpus.say(
        "m_one", Change(add=(document("c_1", SECRET), document("c_2", "tram")))
    )
    await desk.indexer.open()
    assert not await desk.indexer.forget()
    desk.corpus.journals["m_one"] = [
        Change(add=(document("c_2", "tram"),)),
        Change(remove=("c_1",)),
    ]
    await desk.indexer.follow("m_one")
    assert await desk.found(SECRET) == set()
    assert await files_holding(desk, SECRET)  # else the rest proves nothing
    assert await desk.indexer.forget()
    assert await files_holding(desk, SECRET) == []
    assert await desk.found("tram") == {"tram"}
    assert not await desk.indexer.forget()


async def test_withdrawn_text_is_remembered_over_a_restart(desk: Desk) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", SECRET),)))
    await desk.indexer.open()
    desk.corpus.journals["m_one"] = [Change(), Change(remove=("c_1",))]
    await desk.indexer.follow("m_one")
    await desk.indexer.aclose()
    desk.indexer = Indexer(generations=desk.generations(), corpus=desk.corpus)
    await desk.indexer.open()
    assert await desk.indexer.forget()
    assert await files_holding(desk, SECRET) == []


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        (Change(remove=("c_9",)), False),
        (Change(remove=("c_1",)), True),
        (Change(remove_groups=("g_1",)), True),
        (Change(remove_groups=("g_9",)), False),
        (Change(add=(document("c_1", "bus", groups=("g_1",)),)), False),
        (Change(add=(document("c_1", "new"),)), True),
        (Change(add=(document("c_1", "bus"),), audience="restricted"), True),
        (Change(add=(document("c_3", "bus"),)), False),
    ],
)
async def test_only_lost_text_calls_for_a_rebuild(
    desk: Desk, change: Change, stale: bool
) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", "bus", groups=("g_1",)),)))
    await desk.indexer.open()
    desk.corpus.say("m_one", change)
    await desk.indexer.follow("m_one")
    assert await desk.indexer.forget() == stale


async def test_growing_transcript_calls_for_no_rebuild(desk: Desk) -> None:
    desk.corpus.rooms["r_hall"] = ROOM
    said = desk.corpus.transcripts["r_hall"] = []
    await desk.indexer.open()
    for number in range(40):
        said.append(cue(number, f"{SPEECH} {number}"))
        if number % 5 == 4:
            desk.corpus.say("m_one", Change(rooms=("r_hall",)))
            await desk.indexer.follow("m_one")
    assert not await desk.indexer.forget()
    said[20] = cue(20, "Corrected")
    desk.corpus.say("m_one", Change(rooms=("r_hall",)))
    await desk.indexer.follow("m_one")
    assert await desk.indexer.forget()
    desk.corpus.rooms["r_hall"] = msgspec.structs.replace(ROOM, audience=None)
    desk.corpus.say("m_one", Change(rooms=("r_hall",)))
    await desk.indexer.follow("m_one")
    assert await desk.indexer.forget()


async def test_changes_during_a_rebuild_are_in_both(desk: Desk) -> None:
    desk.corpus.say("m_one", Change(add=(document("c_1", "bus"),)))
    await desk.indexer.open()
    told = desk.corpus.changes
    late = Change(add=(document("c_2", "bus late"),))

    async def changes(meeting_id: str, after: int) -> Changes:
        found = await told(meeting_id, after)
        if after == 0 and len(desk.corpus.journals["m_one"]) == 1:
            desk.corpus.say("m_one", late)
            await desk.indexer.follow("m_one")
            assert await desk.found("bus") == {"bus", "bus late"}
        return found

    desk.corpus.changes = changes  # type: ignore[method-assign]
    await desk.indexer.reindex()
    assert await desk.found("bus") == {"bus", "bus late"}


async def test_a_rebuild_tells_its_progress_and_searches_go_on(desk: Desk) -> None:
    for number in range(4):
        desk.corpus.say(f"m_{number}", Change(add=(document(f"c_{number}", "bus"),)))
    await desk.indexer.open()
    told = desk.corpus.changes
    seen: list[float] = []

    async def changes(meeting_id: str, after: int) -> Changes:
        seen.append(desk.indexer.progress)
        assert await desk.found("bus") == {"bus"}
        return await told(meeting_id, after)

    desk.corpus.changes = changes  # type: ignore[method-assign]
    await desk.indexer.reindex()
    assert seen == [0, 0.25, 0.5, 0.75]
    assert desk.indexer.progress == 1


async def test_closing_ends_a_rebuild(desk: Desk) -> None:
    for number in range(3):
        desk.corpus.say(f"m_{number}", Change(add=(document("c_1", "bus"),)))
    await desk.indexer.open()
    desk.corpus.asked.clear()
    rebuilding = asyncio.create_task(desk.indexer.reindex())
    while not desk.corpus.asked:
        await asyncio.sleep(0)
    await desk.indexer.aclose()
    with pytest.raises(IndexClosed):
        await rebuilding
    assert len(desk.corpus.asked) < 3
    name = await asyncio.to_thread(desk.generations().current)
    assert name == "g000001"
