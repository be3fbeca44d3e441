"""Uploaded films: kept as jobs, told as they go, let go of in the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from folkmoot.core.refusals import Refusal
from folkmoot.media.archive import imports as module
from folkmoot.media.archive.filling import Found
from folkmoot.media.archive.importer import Imported
from folkmoot.media.archive.imports import KIND, Imports, ImportStatus

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
PLACE = ("m_1", "r_1")


class Channels:
    """Stands in for the webcast: only its progress is asked for."""

    def __init__(self) -> None:
        self.import_progress: dict[tuple[str, str], float] = {}


class Shelf:
    """Imports with a queue that a test reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs: list[tuple[str, dict[str, Any], str]] = []
        self.told: list[tuple[str, str]] = []
        self.channels = Channels()

        async def enqueue(kind: str, body: dict[str, Any], job_id: str) -> None:
            self.jobs.append((kind, body, job_id))

        async def on_recording(meeting_id: str, room_id: str) -> None:
            self.told.append((meeting_id, room_id))

        self.imports = Imports(
            self.channels,  # type: ignore[arg-type]
            folder / "imports",
            enqueue=enqueue,
            on_recording=on_recording,
        )

    async def take(self) -> dict[str, Any]:
        """Hand a film over; return the job's body."""
        film = self.folder / "upload"
        film.write_bytes(b"film")
        await self.imports.take(*PLACE, film, starts_at=AT, name="film.mp4")
        kind, body, _ = self.jobs[-1]
        assert kind == KIND
        assert not film.exists()
        return body

    def kept(self) -> list[Path]:
        """Return the files that are still kept."""
        return list((self.folder / "imports").iterdir())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A shelf without films."""
    return Shelf(tmp_path)


def package(monkeypatch: pytest.MonkeyPatch, outcome: Imported | Exception) -> None:
    """Let packaging come to this."""

    async def import_video(*given: Any) -> Imported:
        assert given[1:3] == PLACE
        assert given[4] == AT
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(module, "import_video", import_video)


async def test_a_film_is_packaged_told_and_let_go_of(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shelf.imports.status(*PLACE) == ImportStatus()
    body = await shelf.take()
    assert shelf.imports.status(*PLACE) == ImportStatus("running")
    shelf.channels.import_progress[PLACE] = 0.4
    assert shelf.imports.status(*PLACE) == ImportStatus("running", 0.4)
    shelf.channels.import_progress.clear()
    package(monkeypatch, Imported("x_1", 4.0))
    await shelf.imports.work(body)
    assert shelf.imports.status(*PLACE) == ImportStatus("done", 1.0)
    assert shelf.told == [PLACE]
    assert shelf.kept() == []


async def test_a_film_that_was_there_already_changes_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = await shelf.take()
    package(monkeypatch, Imported("x_1", 4.0, known=True))
    await shelf.imports.work(body)
    assert (shelf.told, shelf.kept()) == ([], [])


async def test_a_refused_film_says_why_and_is_let_go_of(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = await shelf.take()
    package(monkeypatch, Refusal("video_unreadable", "No film is in it."))
    with pytest.raises(Refusal):
        await shelf.imports.work(body)
    said = ImportStatus("failed", message="No film is in it.")
    assert shelf.imports.status(*PLACE) == said
    assert shelf.kept() == []


async def test_a_film_is_kept_while_it_may_be_tried_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = await shelf.take()
    package(monkeypatch, OSError("the disk is away"))
    with pytest.raises(OSError, match="away"):
        await shelf.imports.work(body)
    assert shelf.imports.status(*PLACE).state == "running"
    assert len(shelf.kept()) == 1
    await shelf.imports.give_up(body, "the disk is away")
    said = ImportStatus("failed", message="the disk is away")
    assert shelf.imports.status(*PLACE) == said
    assert shelf.kept() == []


async def test_a_film_that_was_let_go_of_before_a_kill_is_no_failure(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = await shelf.take()
    package(monkeypatch, Imported("x_1", 4.0))
    await shelf.imports.work(body)
    # Killed before the job was struck out: it comes again, without its file.
    package(monkeypatch, FileNotFoundError("no such film"))
    await shelf.imports.work(body)
    assert shelf.imports.status(*PLACE) == ImportStatus("done", 1.0)


async def test_what_was_found_waits_for_a_decision(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Found(
        start_at=AT,
        end_at=AT + timedelta(seconds=12),
        offset_seconds=3.5,
        confidence=21.0,
        drift=0.0,
    )

    async def find(*_: Any) -> list[Found]:
        return [found]

    monkeypatch.setattr("folkmoot.media.archive.imports.find_fills", find)

    async def take() -> None:
        film = shelf.folder / "upload"
        film.write_bytes(b"film")
        await shelf.imports.take(
            *PLACE, film, starts_at=AT, name="local.mp4", fill=True, look=True
        )
        await shelf.imports.work(shelf.jobs[-1][1])

    with pytest.raises(Refusal):
        await shelf.imports.accept(*PLACE)
    await take()
    assert shelf.imports.status(*PLACE).state == "found"
    assert shelf.told == []  # nothing has changed
    look = await shelf.imports.look_at(*PLACE)
    assert look is not None
    assert (look.name, look.found) == ("local.mp4", [found])
    assert await shelf.imports.look_at("m_other", PLACE[1]) is None
    # Another film takes its place; letting go leaves nothing.
    await take()
    assert len(shelf.kept()) == 2
    await shelf.imports.discard(*PLACE)
    assert shelf.kept() == []
    assert await shelf.imports.look_at(*PLACE) is None
    # Who accepts has it filled by a job, from the same file.
    await take()
    await shelf.imports.accept(*PLACE)
    body = shelf.jobs[-1][1]
    assert body["fill"]
    assert not body.get("look")
    assert [path.name for path in shelf.kept()] == [body["file"]]
    assert await shelf.imports.look_at(*PLACE) is None
