"""The list of films and who may switch it, without a film that is really sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from folkmoot.core.refusals import Refusal
from folkmoot.media.ingest.films import FilmList, Films, ListedFilm
from folkmoot.media.ingest.reading import Film
from folkmoot.media.ingest.source import SourceInfo
from folkmoot.tasks import TaskOwner

PLACE = ("m_moot", "r_hall")


class BusyDesk:
    """Takes a publication and never ends it; knows how many are open."""

    def __init__(self) -> None:
        self.open = 0

    def key_of(self, _meeting_id: str, _room_id: str) -> str:
        return "key"

    async def open_publication(self, _key: str, **_: Any) -> Any:
        self.open += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.open -= 1


class Projector:
    """Films over a desk that is busy for ever."""

    def __init__(self, folder: Path, tasks: TaskOwner) -> None:
        self.desk = BusyDesk()
        self.films = Films(
            self.desk,  # type: ignore[arg-type]
            folder,
            ffmpeg="ffmpeg",
            tasks=tasks,
        )

    async def until_open(self, wanted: int) -> None:
        async with asyncio.timeout(45):
            while self.desk.open != wanted:
                await asyncio.sleep(0.01)


@pytest.fixture
async def projector(tmp_path: Path) -> AsyncIterator[Projector]:
    folder = tmp_path.joinpath(*PLACE)
    folder.mkdir(parents=True)
    film = Film(
        path="", seconds=60.0, source=SourceInfo(has_video=True, has_audio=False)
    )
    kept = FilmList(films=(ListedFilm(film_id="film_one", name="One", film=film),))
    (folder / "list.json").write_bytes(msgspec.json.encode(kept))
    tasks = TaskOwner()
    yield Projector(tmp_path, tasks)
    await tasks.aclose()


async def test_two_who_start_at_once_start_one_that_can_be_stopped(
    projector: Projector,
) -> None:
    await asyncio.gather(*(projector.films.start(*PLACE) for _ in range(3)))
    await projector.until_open(1)
    await asyncio.sleep(0.05)
    assert projector.desk.open == 1
    await projector.films.stop(*PLACE)
    await projector.until_open(0)
    assert projector.films.playing(*PLACE).film_id is None


async def test_the_last_film_can_be_taken_out_while_it_plays(
    projector: Projector,
) -> None:
    await projector.films.start(*PLACE)
    await projector.until_open(1)
    await projector.films.remove(*PLACE, "film_one")
    await projector.until_open(0)
    assert projector.films.playing(*PLACE).film_id is None
    with pytest.raises(Refusal) as refused:
        await projector.films.start(*PLACE)
    assert refused.value.code == "no_films"
