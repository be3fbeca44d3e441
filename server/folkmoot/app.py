"""The composition root: every part of the service is made and joined here.

Parts are made from the ground up and closed in reverse: first what speaks
(sockets, encoders), last what remembers (journal, store).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from folkmoot import keys
from folkmoot.api.parts import PlayableSeconds, RecordingClock, RecordingStart
from folkmoot.api.routes import add_api_routes
from folkmoot.doctor import examine
from folkmoot.due.consents import ConsentKeeper
from folkmoot.due.embargoes import Embargoes
from folkmoot.due.jobs import Handler, Jobs
from folkmoot.due.rehearsals import Rehearsals
from folkmoot.due.timekeeper import Timekeeper
from folkmoot.gateway.attach import attach_gateway
from folkmoot.gateway.camera_access import CameraDoor
from folkmoot.gateway.cameras import Cameras
from folkmoot.gateway.lookouts import Lookouts
from folkmoot.gateway.playback import Playback, read_media_key
from folkmoot.gateway.socket import Gateway
from folkmoot.gateway.stubs import Stubs
from folkmoot.journal import Doorbell, Journal, LocalDoorbell
from folkmoot.mail.sender import Sender, Server
from folkmoot.mail.service import Mail
from folkmoot.media.archive.imports import KIND as IMPORT
from folkmoot.media.archive.imports import Imports
from folkmoot.media.clips.sending import Clips
from folkmoot.media.deliver.opening import make_opening
from folkmoot.media.deliver.routes import add_media_routes
from folkmoot.media.director import Director
from folkmoot.media.encode.ffmpeg import FfmpegMissing, find_ffmpeg
from folkmoot.media.encode.process import Limits, Program
from folkmoot.media.ingest.films import Films
from folkmoot.media.ingest.push import PUSH_PATH, push_handler
from folkmoot.media.ingest.server import RtmpServer
from folkmoot.media.listening import PublicSound
from folkmoot.media.webcast import SourceChange, Webcast
from folkmoot.operations import add_operation_routes
from folkmoot.pages import add_page_routes
from folkmoot.pages.desk.preview import PreviewKeys
from folkmoot.pages.follow_up.news import tell_meeting
from folkmoot.pages.frame.ports import Ports
from folkmoot.received.attachments import Attachments
from folkmoot.search.engines import opener
from folkmoot.search.follower import Follower
from folkmoot.search.generations import Generations
from folkmoot.search.indexer import Indexer
from folkmoot.search.library import Library
from folkmoot.search.readers import Readers
from folkmoot.search.service import OffsetOf, SearchService
from folkmoot.search.synonyms import SynonymFile
from folkmoot.search.text import Analyzer
from folkmoot.settings import SettingsError
from folkmoot.store import cues
from folkmoot.store.database import Database
from folkmoot.store.migration import SchemaUnknown
from folkmoot.tasks import TaskOwner
from folkmoot.transcripts.editing.editor import TranscriptEditor
from folkmoot.transcripts.editing.people import People
from folkmoot.transcripts.importing import transcript_start
from folkmoot.transcripts.live.afterwards import KIND as RECOGNITION
from folkmoot.transcripts.live.afterwards import Afterwards
from folkmoot.transcripts.live.captioner import Captioner
from folkmoot.transcripts.live.subtitles import SpokenWords
from folkmoot.transcripts.live.voice_notes import KIND as VOICE_RECOGNITION
from folkmoot.transcripts.live.voice_notes import VoiceNotes

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from folkmoot.datadir import DataDir
    from folkmoot.settings import Settings

logger = logging.getLogger(__name__)

# Encoders have 5 and 10.
_HELPER_NICENESS = 12
IMPORTS_FOLDER = "imports"
FILMS_FOLDER = "films"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What everything else stands on."""

    settings: Settings
    data: DataDir
    tasks: TaskOwner
    stack: AsyncExitStack
    database: Database
    journal: Journal
    redis: Redis | None


async def build_app(
    settings: Settings, data: DataDir, *, public_url: str, private: bool = False
) -> web.Application:
    """Make the whole service; `runner.cleanup()` closes it again.

    `private` leaves out what only the world outside needs: the RTMP port.
    Raises what keeps it from starting (no ffmpeg, no database, port taken).
    """
    app = web.Application(client_max_size=settings.limits.max_body_kb * 1024)
    stack = AsyncExitStack()
    try:
        ground = await _lay_ground(settings, data, stack)
        app[keys.SETTINGS] = settings
        app[keys.PUBLIC_URL] = public_url
        app[keys.TASKS] = ground.tasks
        app[keys.DATABASE] = ground.database
        app[keys.JOURNAL] = ground.journal
        webcast = await _add_media(app, ground, private=private)
        offset_of = _offset_of(webcast, app[keys.DIRECTOR], ground.database)
        await _add_search(app, ground, offset_of)
        attachments = Attachments(ground.database, ffmpeg=webcast.ffmpeg, clock=_now)
        attachments.when_voice = app[keys.VOICE_NOTES].ask
        attachments.start(ground.tasks)
        app[keys.ATTACHMENTS] = attachments
        gateway = _add_gateway(app, ground, public_url=public_url)
        camera_door = _add_cameras(app, ground, gateway, webcast)
        await _add_rehearsals(app, ground, gateway)
        key = await read_media_key(ground.data.private)
        app[keys.PLAYBACK] = Playback(app[keys.IDENTITY], key)
        mail = await _add_mail(app, ground, public_url=public_url)
        add_page_routes(
            app,
            Ports(
                mail=mail,
                journal=ground.journal,
                database=ground.database,
                identity=app[keys.IDENTITY],
                credentials=gateway.credentials,
                door=gateway.door,
                commands=gateway.commands,
                limits=gateway.limits,
                lookouts=Lookouts(ground.redis),
                search=app[keys.SEARCH],
                webcast=webcast,
                captioner=app[keys.CAPTIONER],
                editor=app[keys.EDITOR],
                afterwards=app[keys.AFTERWARDS],
                preview=app[keys.PREVIEW],
                playback=app[keys.PLAYBACK],
                planner=app[keys.PLANNER],
                cameras=camera_door,
                stubs=Stubs(
                    ground.database,
                    ground.journal,
                    app[keys.IDENTITY],
                    gateway.commands,
                    gateway.limits,
                ),
                rehearsals=app[keys.REHEARSALS],
                imports=app[keys.IMPORTS],
                films=app[keys.FILMS],
                note_recording=app[keys.DIRECTOR].note_recording,
                offset_of=offset_of,
                clock=_now,
                public_url=lambda: public_url,
                rtmp_url=lambda: app.get(keys.RTMP_URL, ""),
                present=app[keys.PRESENCE].here,
                screens=app[keys.PRESENCE].screens,
                online=app[keys.PRESENCE].online,
                examine=lambda: examine(settings, data),
                taken_away_days=settings.media.taken_away_days,
                default_visibility=settings.meeting.visibility,
                default_moderation=settings.meeting.moderation,
            ),
        )
    except BaseException:
        await stack.aclose()
        raise

    async def close(_app: web.Application) -> None:
        await stack.aclose()

    app.on_cleanup.append(close)
    return app


async def _lay_ground(
    settings: Settings, data: DataDir, stack: AsyncExitStack
) -> _Ground:
    database = await _open_database(settings.store.url or data.database)
    stack.push_async_callback(database.aclose)
    doorbell: Doorbell = LocalDoorbell()
    redis: Redis | None = None
    if settings.redis.url:
        # A twentieth of a start, for which who runs one process need not wait.
        from redis.asyncio import Redis  # noqa: PLC0415

        from folkmoot.journal.redis_doorbell import RedisDoorbell  # noqa: PLC0415

        redis = Redis.from_url(settings.redis.url, socket_timeout=2)
        stack.push_async_callback(redis.aclose)
        doorbell = RedisDoorbell(settings.redis.url)
    journal = Journal(database, doorbell=doorbell)
    stack.push_async_callback(journal.aclose)
    await journal.start()
    tasks = TaskOwner()
    stack.push_async_callback(tasks.aclose)
    return _Ground(
        settings=settings,
        data=data,
        tasks=tasks,
        stack=stack,
        database=database,
        journal=journal,
        redis=redis,
    )


async def _open_database(url: str | Path) -> Database:
    """Open the store. Raises `SettingsError` with what is wrong, in one line."""
    try:
        return await Database.open(url)
    except (SQLAlchemyError, SchemaUnknown, ImportError) as error:
        cause = getattr(error, "orig", None) or error
        said = str(cause).strip().partition("\n")[0]
        # The message may not tell the password that stands in an address.
        shown = url if isinstance(url, Path) else "of [store] url"
        raise SettingsError(f"The database {shown} can't be used: {said}") from error


def _find_ffmpeg(configured: str) -> str:
    try:
        return find_ffmpeg(configured or None)
    except FfmpegMissing as error:
        raise SettingsError(f"There is no ffmpeg to be had. {error}") from error


async def _add_media(
    app: web.Application, ground: _Ground, *, private: bool
) -> Webcast:
    media = ground.settings.media

    async def note_source(change: SourceChange) -> None:
        await director.note_source(change)

    webcast = Webcast(
        media_root=ground.data.media,
        private_root=ground.data.private,
        settings=media,
        tasks=ground.tasks,
        clock=_now,
        on_source=note_source,
        ffmpeg=_find_ffmpeg(media.ffmpeg),
    )
    director = Director(
        journal=ground.journal,
        database=ground.database,
        webcast=webcast,
        tasks=ground.tasks,
    )
    jobs = Jobs(ground.database, ground.tasks)
    imports = Imports(
        webcast,
        ground.data.private / IMPORTS_FOLDER,
        enqueue=lambda kind, body, job_id: jobs.add(kind, body, job_id=job_id),
        on_recording=director.note_recording,
    )
    films = Films(
        webcast,
        ground.data.private / FILMS_FOLDER,
        ffmpeg=webcast.ffmpeg,
        tasks=ground.tasks,
    )
    app[keys.FILMS] = films
    app.middlewares.append(make_opening(director, ground.database))
    jobs.handle(IMPORT, _when_open(director, imports.work), give_up=imports.give_up)
    timekeeper = Timekeeper(ground.journal, ground.database, jobs, ground.tasks)
    await timekeeper.start()
    embargoes = Embargoes(
        ground.journal, ground.database, jobs, ground.tasks, clock=_now
    )
    await embargoes.start()
    consents = ConsentKeeper(ground.journal, ground.database, jobs, ground.tasks)
    await consents.start()
    app[keys.IMPORTS] = imports
    ground.stack.push_async_callback(webcast.aclose)
    ground.stack.push_async_callback(director.aclose)
    ground.stack.push_async_callback(films.aclose)
    await webcast.start()
    await director.start()
    await films.resume()
    jobs.start()
    app[keys.JOBS] = jobs
    app[keys.WEBCAST] = webcast
    app[keys.CLIPS] = Clips()
    app[keys.DIRECTOR] = director
    preview = PreviewKeys()
    app[keys.PREVIEW] = preview

    async def check_token(
        token: str, *place: str
    ) -> Literal["watch", "preview"] | None:
        if preview.check(token, *place):
            return "preview"
        return "watch" if await app[keys.PLAYBACK].check(token, *place) else None

    words = _add_captions(app, ground, webcast)
    add_media_routes(app, webcast, token_check=check_token, words=words)
    max_bits = media.max_bitrate_kbits * 1000
    app.router.add_post(PUSH_PATH, push_handler(webcast, max_bits_per_second=max_bits))
    if not private:
        await _open_rtmp(app, ground, webcast, max_bits)
    return webcast


async def _open_rtmp(
    app: web.Application, ground: _Ground, webcast: Webcast, max_bits: int
) -> None:
    settings = ground.settings
    server = RtmpServer(
        webcast,
        host=settings.media.rtmp_host or settings.server.host,
        port=settings.media.rtmp_port,
        max_bits_per_second=max_bits,
    )
    try:
        await server.start()
    except OSError as error:
        raise SettingsError(
            f"RTMP port {settings.media.rtmp_port} can't be had ({error.strerror}). "
            "Choose another with --rtmp-port."
        ) from error
    ground.stack.push_async_callback(server.aclose)
    host = urlsplit(app[keys.PUBLIC_URL]).hostname or "localhost"
    app[keys.RTMP_URL] = f"rtmp://{host}:{server.port}/live"


async def _add_search(
    app: web.Application, ground: _Ground, offset_of: OffsetOf
) -> None:
    search = ground.settings.search
    try:
        analyzer = Analyzer([search.language])
    except ValueError as error:
        raise SettingsError(f"search.language: {error}") from error
    generations = Generations(
        ground.data.index,
        engine=search.engine,
        opener=opener(search.engine),
        analyzer=analyzer,
    )
    indexer = Indexer(
        generations=generations, corpus=Library(ground.journal, ground.database)
    )
    ground.stack.push_async_callback(indexer.aclose)
    await Follower(indexer, ground.journal, ground.tasks).start()
    readers = Readers(generations)

    async def close_readers() -> None:
        await asyncio.to_thread(readers.close)

    ground.stack.push_async_callback(close_readers)
    app[keys.INDEXER] = indexer
    app[keys.SEARCH] = SearchService(
        readers=readers,
        analyzer=analyzer,
        offset_of=offset_of,
        synonyms=await asyncio.to_thread(_read_synonyms, search.synonyms),
    )


def _read_synonyms(path: str) -> SynonymFile | None:
    if not path:
        return None
    try:
        return SynonymFile(Path(path))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"search.synonyms: {path} can't be read: {error}"
        ) from error


def _add_gateway(app: web.Application, ground: _Ground, *, public_url: str) -> Gateway:
    gateway = attach_gateway(
        app,
        journal=ground.journal,
        database=ground.database,
        settings=ground.settings,
        tasks=ground.tasks,
        clock=_now,
        data_dir=ground.data.path,
        public_url=public_url,
        redis=ground.redis,
    )
    add_api_routes(
        app,
        data_dir=ground.data.path,
        clock=_now,
        import_recording=app[keys.IMPORTS].take,
        recording_start=_recording_start(app[keys.WEBCAST]),
        recording_clock=_recording_clock(app[keys.WEBCAST]),
        disk_reserve_mb=ground.settings.media.disk_reserve_mb,
    )
    add_operation_routes(app)
    return gateway


def _add_captions(
    app: web.Application, ground: _Ground, webcast: Webcast
) -> SpokenWords:
    def show(meeting_id: str, caption: dict[str, Any]) -> None:
        app[keys.GATEWAY].send_caption(meeting_id, caption)

    rooms = PublicSound(webcast)
    captioner = Captioner(
        settings=ground.settings.captions,
        journal=ground.journal,
        database=ground.database,
        rooms=rooms,
        launch=_launch,
        show=show,
        tasks=ground.tasks,
        clock=_now,
        models=ground.data.models,
    )
    ground.stack.push_async_callback(captioner.aclose)
    jobs = app[keys.JOBS]
    afterwards = Afterwards(
        captioner,
        database=ground.database,
        rooms=rooms,
        launch=_launch,
        enqueue=lambda kind, body, job_id: jobs.add(kind, body, job_id=job_id),
    )
    director = app[keys.DIRECTOR]
    jobs.handle(
        RECOGNITION,
        _when_open(director, afterwards.work),
        give_up=afterwards.give_up,
    )

    async def when_ended(
        meeting_id: str,
        room_id: str,
        by_hand: bool,  # noqa: FBT001 (a callback)
        since: datetime,
    ) -> None:
        # What an earlier process left to do: closed rooms seem to have no recording.
        await director.await_open(meeting_id)
        await afterwards.ask_for(meeting_id, room_id, by_hand, since)

    captioner.when_ended = when_ended
    captioner.start()
    app[keys.CAPTIONER] = captioner
    app[keys.EDITOR] = TranscriptEditor(
        journal=ground.journal,
        database=ground.database,
        clock=_now,
        people=People(_now, ground.redis),
    )
    app[keys.AFTERWARDS] = afterwards
    voice_notes = VoiceNotes(
        captioner,
        afterwards,
        database=ground.database,
        journal=ground.journal,
        enqueue=lambda kind, body, job_id: jobs.add(kind, body, job_id=job_id),
    )
    jobs.handle(VOICE_RECOGNITION, voice_notes.work)
    app[keys.VOICE_NOTES] = voice_notes
    return SpokenWords(
        captioner, journal=ground.journal, database=ground.database, clock=_now
    )


async def _launch(argv: Sequence[str], name: str) -> Program:
    """Start a helper below the server and all that makes pictures."""
    limits = Limits(niceness=_HELPER_NICENESS)
    return await Program.start(argv, name=name, limits=limits, capture=True)


def _add_cameras(
    app: web.Application, ground: _Ground, gateway: Gateway, webcast: Webcast
) -> CameraDoor:
    door = CameraDoor(ground.database, app[keys.IDENTITY], gateway.credentials)
    Cameras(
        door=door,
        credentials=gateway.credentials,
        limits=gateway.limits,
        journal=ground.journal,
        webcast=webcast,
        tasks=ground.tasks,
        max_bits_per_second=ground.settings.media.max_bitrate_kbits * 1000,
    ).attach(app)
    return door


async def _add_rehearsals(
    app: web.Application, ground: _Ground, gateway: Gateway
) -> None:
    rehearsals = Rehearsals(
        journal=ground.journal,
        database=ground.database,
        identity=app[keys.IDENTITY],
        gateway=gateway,
        webcast=app[keys.WEBCAST],
        director=app[keys.DIRECTOR],
        imports=ground.data.private / IMPORTS_FOLDER,
        films=app[keys.FILMS],
        tasks=ground.tasks,
        clock=_now,
    )
    await rehearsals.start()
    app[keys.REHEARSALS] = rehearsals


async def _add_mail(
    app: web.Application, ground: _Ground, *, public_url: str
) -> Mail | None:
    """Return who writes letters; None where no mail server is named."""
    settings = ground.settings.mail
    if not settings.host:
        return None
    server = Server(
        host=settings.host,
        port=settings.port,
        security=settings.security,
        user=settings.user,
        password=settings.password,
    )
    mail = Mail(
        database=ground.database,
        journal=ground.journal,
        jobs=app[keys.JOBS],
        tasks=ground.tasks,
        sender=Sender(server, per_minute=settings.per_minute),
        sender_address=settings.sender,
        public_url=public_url,
        key=await read_media_key(ground.data.private),
        clock=_now,
        teller_of=lambda meeting_id, state: tell_meeting(
            meeting_id, state, base_url=public_url, now=_now()
        ),
        make_sign_in=app[keys.IDENTITY].tokens.make_sign_in,
        digest_minutes=settings.digest_minutes,
    )
    await mail.start()
    return mail


def _recording_start(webcast: Webcast) -> RecordingStart:
    async def recording_start(meeting_id: str, room_id: str) -> datetime | None:
        try:
            return webcast.channel(meeting_id, room_id).timeline.start_at
        except KeyError:
            return None

    return recording_start


def _recording_clock(webcast: Webcast) -> RecordingClock:
    def recording_clock(meeting_id: str, room_id: str) -> PlayableSeconds | None:
        try:
            timeline = webcast.channel(meeting_id, room_id).timeline
        except KeyError:
            return None
        return timeline.offset_at if timeline.segments else None

    return recording_clock


def _when_open(director: Director, work: Handler) -> Handler:
    """Let a job of a meeting that ended wait until its rooms are open."""

    async def run(body: Mapping[str, Any]) -> None:
        await director.await_open(str(body["meeting_id"]))
        await work(body)

    return run


def _offset_of(webcast: Webcast, director: Director, database: Database) -> OffsetOf:
    """Resolve a moment to playable seconds of a room.

    Of its recording as it is now; where there is none, from the start of its
    transcript.
    """

    async def offset_of(meeting_id: str, room_id: str, at: datetime) -> float | None:
        await director.await_open(meeting_id)
        try:
            channel = webcast.channel(meeting_id, room_id)
        except KeyError:
            return None
        if channel.recorded_seconds > 0:
            return channel.offset_seconds_at(at)
        first = await database.read(
            lambda connection: cues.cues_of(connection, meeting_id, room_id, limit=1)
        )
        start_at = transcript_start(first)
        if start_at is None:
            return None
        return max(0.0, (at - start_at).total_seconds())

    return offset_of
