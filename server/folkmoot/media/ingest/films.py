"""Films on the service's disk as a room's live source: for rehearsals and breaks.

A room has a list of uploaded films. While it plays they go, one after the other and
in real time, through the same door as an encoder's bytes, each as a publication that
begins where the one before it ended; one film that loops is one without end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from typing import TYPE_CHECKING, Protocol

import msgspec

from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.media.encode.process import Program
from folkmoot.media.ingest.film_pace import FilmPace
from folkmoot.media.ingest.reading import Film, FilmUnreadable, look_at, plan_reading
from folkmoot.media.ingest.source import (
    Publication,
    PublicationClosed,
    PublisherDesk,
    StreamKeyInUse,
    UnknownStreamKey,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

MOST_FILMS = 50
PEER = "films"
_BETWEEN = "Between two films"
_LIST = "list.json"
_READ_BYTES = 1 << 16
_TAKEN_SECONDS = 6.0
_AGAIN_SECONDS = 0.25


class Desk(PublisherDesk, Protocol):
    """Takes publications, and knows each room's key."""

    async def open_publication(
        self,
        stream_key: str,
        *,
        container: str,
        peer: str,
        queued: bool = False,
        gap_reason: str | None = None,
    ) -> Publication:
        """See `PublisherDesk`; `gap_reason` is what people read of what follows it."""
        ...

    def key_of(self, meeting_id: str, room_id: str) -> str:
        """The stream key of a room; raises `KeyError`."""
        ...


class ListedFilm(msgspec.Struct, frozen=True, kw_only=True):
    """One uploaded film; `name` is what its file was called."""

    film_id: str
    name: str
    film: Film


class FilmList(msgspec.Struct, frozen=True, kw_only=True):
    """A room's films in the order in which they play.

    `playing` is the film that plays or played when the service ended: nobody stopped
    it, so it plays again after the next start.
    """

    films: tuple[ListedFilm, ...] = ()
    loop: bool = True
    playing: str | None = None


class Playing(msgspec.Struct, kw_only=True):
    """What a room's list does: the film that plays, and why it stopped by itself."""

    film_id: str | None = None
    stopped: str = ""


class Films:
    """The lists of all rooms, and what plays of them."""

    def __init__(
        self, desk: Desk, folder: Path, *, ffmpeg: str, tasks: TaskOwner
    ) -> None:
        self._desk = desk
        self._folder = folder
        self._ffmpeg = ffmpeg
        self._tasks = tasks
        self._playing: dict[tuple[str, str], Playing] = {}
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()
        # Two who start at once would leave one task that nobody can stop.
        self._switching = asyncio.Lock()

    async def list(self, meeting_id: str, room_id: str) -> FilmList:
        """Return a room's films."""
        return await asyncio.to_thread(_read, self._folder / meeting_id / room_id)

    def playing(self, meeting_id: str, room_id: str) -> Playing:
        """Return what plays in a room now."""
        return self._playing.get((meeting_id, room_id), Playing())

    async def add(
        self, meeting_id: str, room_id: str, file: Path, *, name: str
    ) -> ListedFilm:
        """Put an uploaded film at the end; the file is ours from now on.

        Raises `Refusal` for one that can't be played or one too many.
        """
        try:
            film = await look_at(self._ffmpeg, file)
            async with self._turn:
                kept = await self.list(meeting_id, room_id)
                if len(kept.films) >= MOST_FILMS:
                    raise Refusal(
                        "too_many_films", f"A room has at most {MOST_FILMS} films."
                    )
                film_id = f"film_{random_text(12)}"
                target = self._folder / meeting_id / room_id / film_id
                await asyncio.to_thread(_take_over, file, target)
                listed = ListedFilm(
                    film_id=film_id,
                    name=name[:200],
                    film=msgspec.structs.replace(film, path=str(target)),
                )
                await self._keep(
                    meeting_id, room_id, [*kept.films, listed], loop=kept.loop
                )
        except FilmUnreadable as error:
            raise Refusal("film_unreadable", f"It can’t be played: {error}.") from None
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        return listed

    async def arrange(
        self, meeting_id: str, room_id: str, order: Sequence[str], *, loop: bool
    ) -> FilmList:
        """Set the order and whether it begins again; raises `Refusal`.

        It holds from the next film on.
        """
        async with self._turn:
            kept = await self.list(meeting_id, room_id)
            known = {each.film_id: each for each in kept.films}
            if sorted(order) != sorted(known):
                raise Refusal("outdated", "The list has changed; look at it again.")
            await self._keep(
                meeting_id, room_id, [known[film_id] for film_id in order], loop=loop
            )
        return await self.list(meeting_id, room_id)

    async def remove(self, meeting_id: str, room_id: str, film_id: str) -> None:
        """Delete a film, also while it plays: then the next one comes. Idempotent."""
        async with self._turn:
            kept = await self.list(meeting_id, room_id)
            left = [each for each in kept.films if each.film_id != film_id]
            if len(left) == len(kept.films):
                return
            await self._keep(meeting_id, room_id, left, loop=kept.loop)
            path = self._folder / meeting_id / room_id / film_id
            await asyncio.to_thread(path.unlink, missing_ok=True)
        if self.playing(meeting_id, room_id).film_id != film_id:
            return
        if left:
            await self.start(meeting_id, room_id)
        else:
            await self.stop(meeting_id, room_id)

    async def start(self, meeting_id: str, room_id: str, film_id: str = "") -> None:
        """Play from the first film, or from this one; raises `Refusal`."""
        place = (meeting_id, room_id)
        async with self._switching:
            await self._break_off(place)
            kept = await self.list(*place)
            if film_id and film_id not in {each.film_id for each in kept.films}:
                raise Refusal("no_such_film", "This film is not in the list any more.")
            if not kept.films:
                raise Refusal("no_films", "There is no film in the list yet.")
            first = film_id or kept.films[0].film_id
            await self._note(place, first)
            self._start(place, first)

    async def resume(self) -> None:
        """Play on, from the film's beginning, what played when the service ended."""
        played = await asyncio.to_thread(_find_played, self._folder)
        async with self._switching:
            for place, film_id in played.items():
                if place not in self._running:
                    logger.info("films of room=%s go on after a restart", place[1])
                    self._start(place, film_id)

    async def stop(self, meeting_id: str, room_id: str) -> None:
        """Play nothing more. Idempotent."""
        place = (meeting_id, room_id)
        async with self._switching:
            await self._break_off(place)
            await self._note(place, None)

    def _start(self, place: tuple[str, str], film_id: str) -> None:
        self._playing[place] = Playing(film_id=film_id)
        self._running[place] = self._tasks.start(
            self._play(place), name=f"films.{place[1]}"
        )

    async def _break_off(self, place: tuple[str, str]) -> None:
        task = self._running.pop(place, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._playing.pop(place, None)

    async def forget_meeting(self, meeting_id: str) -> None:
        """Delete all films of a meeting. Idempotent."""
        for place in [each for each in self._running if each[0] == meeting_id]:
            await self.stop(*place)
        await asyncio.to_thread(
            shutil.rmtree, self._folder / meeting_id, ignore_errors=True
        )

    async def aclose(self) -> None:
        """Stop all; what plays now is played again by `resume`. Idempotent."""
        for place in list(self._running):
            await self._break_off(place)

    async def _play(self, place: tuple[str, str]) -> None:
        """Play until the list ends or somebody else has the room."""
        playing = self._playing[place]
        after: float | None = None
        try:
            while (listed := await self._find(place, playing)) is not None:
                after = await self._send(place, listed, after=after)
                playing.film_id = await self._next(place, listed.film_id)
                await self._note(place, playing.film_id)
        except StreamKeyInUse:
            playing.stopped = "An encoder sends to this room."
        except UnknownStreamKey as error:
            playing.stopped = str(error)
        except PublicationClosed as closed:
            playing.stopped = str(closed)
        except Exception:
            playing.stopped = "The film could not be read."
            logger.exception("films of room=%s stopped", place[1])
        playing.film_id = None
        await self._note(place, None)
        logger.info("films of room=%s ended: %s", place[1], playing.stopped or "end")

    async def _find(
        self, place: tuple[str, str], playing: Playing
    ) -> ListedFilm | None:
        kept = await self.list(*place)
        return next((x for x in kept.films if x.film_id == playing.film_id), None)

    async def _next(self, place: tuple[str, str], film_id: str) -> str | None:
        """The film after this one, in the list as it is now."""
        kept = await self.list(*place)
        ids = [each.film_id for each in kept.films]
        index = ids.index(film_id) + 1 if film_id in ids else 0
        if index < len(ids):
            return ids[index]
        return ids[0] if ids and kept.loop else None

    async def _send(
        self, place: tuple[str, str], listed: ListedFilm, *, after: float | None
    ) -> float | None:
        """Send one film; an encoder of the room goes before it.

        `after` is the loop's time at which the film before it ended. Return that of
        this one, where the next can follow it without a gap.
        """
        kept = await self.list(*place)
        film = msgspec.structs.replace(
            listed.film, path=str(self._folder.joinpath(*place, listed.film_id))
        )
        is_flv = film.container == "flv"
        endless = kept.loop and len(kept.films) == 1
        argv = plan_reading(self._ffmpeg, film, real_time=not is_flv, endless=endless)
        follows = is_flv and after is not None
        publication = await self._open(place, film.container, follows=follows)
        reading = await Program.start(argv, name="films.read", capture=True)
        reason = "The films were stopped."
        try:
            await reading.close_input()
            if is_flv:
                pace = FilmPace(publication.write, after=after)
                while data := await reading.output.read(_READ_BYTES):
                    await pace.take(data)
                await pace.finish()
            else:
                while data := await reading.output.read(_READ_BYTES):
                    await publication.write(data)
            reason = "The film has ended."
            return asyncio.get_running_loop().time() if is_flv else None
        finally:
            await reading.stop()
            await publication.close(reason)

    async def _open(
        self, place: tuple[str, str], container: str, *, follows: bool
    ) -> Publication:
        """Open a publication; the one before may need a moment to end.

        `follows`: its first seconds are of the time before it opens.
        """
        deadline = asyncio.get_running_loop().time() + _TAKEN_SECONDS
        while True:
            try:
                key = self._desk.key_of(*place)
                return await self._desk.open_publication(
                    key,
                    container=container,
                    peer=PEER,
                    queued=follows,
                    gap_reason=_BETWEEN,
                )
            except KeyError:
                raise UnknownStreamKey("The room is gone.") from None
            except StreamKeyInUse:
                if asyncio.get_running_loop().time() >= deadline:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _keep(
        self, meeting_id: str, room_id: str, films: Sequence[ListedFilm], *, loop: bool
    ) -> None:
        kept = await self.list(meeting_id, room_id)
        kept = msgspec.structs.replace(kept, films=tuple(films), loop=loop)
        await asyncio.to_thread(_write, self._folder / meeting_id / room_id, kept)

    async def _note(self, place: tuple[str, str], film_id: str | None) -> None:
        """Remember over a restart what plays, or that nothing does."""
        async with self._turn:
            kept = await self.list(*place)
            if kept.playing != film_id:
                kept = msgspec.structs.replace(kept, playing=film_id)
                await asyncio.to_thread(_write, self._folder.joinpath(*place), kept)


def _take_over(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(file, target)


def _read(folder: Path) -> FilmList:
    try:
        return msgspec.json.decode((folder / _LIST).read_bytes(), type=FilmList)
    except FileNotFoundError:
        return FilmList()


def _find_played(folder: Path) -> dict[tuple[str, str], str]:
    """The film that each room played last, where nobody had stopped it."""
    found = {}
    for path in sorted(folder.glob(f"*/*/{_LIST}")):
        try:
            kept = _read(path.parent)
        except (OSError, msgspec.DecodeError):
            logger.exception("list of films unreadable: %s", path)
            continue
        if kept.playing is not None:
            found[path.parent.parent.name, path.parent.name] = kept.playing
    return found


def _write(folder: Path, kept: FilmList) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{_LIST}.new"
    with fresh.open("wb") as file:
        file.write(msgspec.json.encode(kept))
        file.flush()
        # Else a power cut leaves an empty list beside films that nobody finds.
        os.fsync(file.fileno())
    fresh.replace(folder / _LIST)
