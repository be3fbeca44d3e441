"""The parts of a running Folkmoot, as typed keys of the aiohttp application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from folkmoot.due.jobs import Jobs
    from folkmoot.due.rehearsals import Rehearsals
    from folkmoot.gateway.identity import Identity
    from folkmoot.gateway.planner import Planner
    from folkmoot.gateway.playback import Playback
    from folkmoot.gateway.presence import Presence
    from folkmoot.gateway.socket import Gateway
    from folkmoot.journal import Journal
    from folkmoot.media.archive.imports import Imports
    from folkmoot.media.clips.sending import Clips
    from folkmoot.media.director import Director
    from folkmoot.media.ingest.films import Films
    from folkmoot.media.webcast import Webcast
    from folkmoot.pages.desk.preview import PreviewKeys
    from folkmoot.received.attachments import Attachments
    from folkmoot.search.indexer import Indexer
    from folkmoot.search.service import SearchService
    from folkmoot.settings import Settings
    from folkmoot.store.database import Database
    from folkmoot.tasks import TaskOwner
    from folkmoot.transcripts.editing.editor import TranscriptEditor
    from folkmoot.transcripts.live.afterwards import Afterwards
    from folkmoot.transcripts.live.captioner import Captioner
    from folkmoot.transcripts.live.voice_notes import VoiceNotes

SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
TASKS: web.AppKey[TaskOwner] = web.AppKey("tasks")
DATABASE: web.AppKey[Database] = web.AppKey("database")
JOURNAL: web.AppKey[Journal] = web.AppKey("journal")
JOBS: web.AppKey[Jobs] = web.AppKey("jobs")
ATTACHMENTS: web.AppKey[Attachments] = web.AppKey("attachments")
IDENTITY: web.AppKey[Identity] = web.AppKey("identity")
GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway")
PLANNER: web.AppKey[Planner] = web.AppKey("planner")
PRESENCE: web.AppKey[Presence] = web.AppKey("presence")
PLAYBACK: web.AppKey[Playback] = web.AppKey("playback")
WEBCAST: web.AppKey[Webcast] = web.AppKey("webcast")
CLIPS: web.AppKey[Clips] = web.AppKey("clips")
SEARCH: web.AppKey[SearchService] = web.AppKey("search")
INDEXER: web.AppKey[Indexer] = web.AppKey("indexer")
AFTERWARDS: web.AppKey[Afterwards] = web.AppKey("afterwards")
VOICE_NOTES: web.AppKey[VoiceNotes] = web.AppKey("voice-notes")
CAPTIONER: web.AppKey[Captioner] = web.AppKey("captioner")
EDITOR: web.AppKey[TranscriptEditor] = web.AppKey("editor")
FILMS: web.AppKey[Films] = web.AppKey("films")
IMPORTS: web.AppKey[Imports] = web.AppKey("imports")
DIRECTOR: web.AppKey[Director] = web.AppKey("director")
REHEARSALS: web.AppKey[Rehearsals] = web.AppKey("rehearsals")
PREVIEW: web.AppKey[PreviewKeys] = web.AppKey("preview")
RTMP_URL: web.AppKey[str] = web.AppKey("rtmp_url", str)
PUBLIC_URL: web.AppKey[str] = web.AppKey("public_url", str)
