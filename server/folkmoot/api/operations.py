"""Every operation of the API: one table for the router, the document and its test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from folkmoot.api import (
    attachments,
    clips,
    feeds,
    fills,
    films,
    health,
    meetings,
    plans,
    recordings,
    rehearsals,
    searches,
    series,
    transcript_edits,
    transcripts,
    views,
    watching,
)
from folkmoot.gateway.commands import CommandRequest
from folkmoot.gateway.planner import HeldCosts, SuggestedTimetable
from folkmoot.search.finding import Places
from folkmoot.search.service import SearchAnswer
from folkmoot.transcripts.editing import acts

API = "/api/v1"
MEETING = f"{API}/meetings/{{slug}}"
ROOM = f"{MEETING}/rooms/{{room}}"
ORGANISERS = f"{API}/series/{{slug}}/organisers"

CAPTION_TYPES = ("text/vtt", "application/x-subrip", "application/json", "text/plain")
ATTACHMENT_TYPES = ("image/jpeg", "image/png", "image/webp", "audio/webm", "audio/mp4")
FILM_TYPES = ("video/mp4", "video/x-matroska", "video/webm", "video/mp2t")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method on one address."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    answer: Any = None
    status: int = 200
    query: Any = None
    body: Any = None
    takes: tuple[str, ...] = ("application/json",)
    gives: str = "application/json"

    @property
    def name(self) -> str:
        """The operation's name: that of its handler."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]


OPERATIONS = (
    Operation(
        method="POST",
        path=f"{API}/meetings",
        handler=meetings.create_meeting,
        body=meetings.NewMeeting,
        answer=views.CreatedView,
        status=201,
    ),
    Operation(
        method="GET",
        path=f"{API}/meetings",
        handler=meetings.list_meetings,
        answer=views.MeetingList,
    ),
    Operation(
        method="GET",
        path=MEETING,
        handler=meetings.show_meeting,
        answer=views.MeetingView,
    ),
    Operation(
        method="POST",
        path=f"{MEETING}/copy",
        handler=meetings.copy_meeting,
        body=meetings.MeetingCopy,
        answer=views.CreatedView,
        status=201,
    ),
    Operation(
        method="POST",
        path=f"{MEETING}/rehearsal",
        handler=rehearsals.begin_rehearsal,
        body=rehearsals.NewRehearsal,
        answer=rehearsals.RehearsalView,
        status=201,
    ),
    Operation(
        method="DELETE",
        path=f"{MEETING}/rehearsal",
        handler=rehearsals.end_rehearsal,
        status=204,
    ),
    Operation(
        method="GET",
        path=f"{MEETING}/keys",
        handler=meetings.show_keys,
        answer=views.CreatedView,
    ),
    Operation(
        method="POST",
        path=f"{MEETING}/join",
        handler=meetings.join_meeting,
        body=meetings.JoinMeeting,
        answer=meetings.JoinedView,
    ),
    Operation(
        method="POST",
        path=f"{MEETING}/invites",
        handler=meetings.make_invite,
        body=meetings.NewInvite,
        answer=meetings.InviteView,
        status=201,
    ),
    Operation(
        method="DELETE",
        path=f"{MEETING}/invites/{{invite_id}}",
        handler=meetings.revoke_invite,
        answer=feeds.AnswerView,
    ),
    Operation(
        method="GET",
        path=f"{MEETING}/state",
        handler=feeds.show_state,
        query=feeds.StateQuery,
        answer=feeds.StateView,
    ),
    Operation(
        method="GET",
        path=f"{MEETING}/entries",
        handler=feeds.list_entries,
        query=feeds.EntriesQuery,
        answer=feeds.EntriesView,
    ),
    Operation(
        method="POST",
        path=f"{MEETING}/commands",
        handler=feeds.post_command,
        body=CommandRequest,
        answer=feeds.AnswerView,
    ),
    Operation(
        method="GET",
        path=f"{MEETING}/plan/costs",
        handler=plans.show_costs,
        query=plans.CostsQuery,
        answer=HeldCosts,
    ),
    Operation(
        method="GET",
        path=f"{MEETING}/plan/suggestion",
        handler=plans.show_suggestion,
        query=plans.SuggestionQuery,
        answer=SuggestedTimetable,
    ),
    Operation(
        method="POST",
        path=f"{API}/series",
        handler=series.create_series,
        body=series.NewSeries,
        answer=series.SeriesView,
        status=201,
    ),
    Operation(
        method="GET",
        path=f"{API}/series",
        handler=series.list_series,
        answer=series.SeriesList,
    ),
    Operation(
        method="GET",
        path=ORGANISERS,
        handler=series.list_organisers,
        answer=series.OrganiserList,
    ),
    Operation(
        method="POST",
        path=ORGANISERS,
        handler=series.add_organiser,
        body=series.NewOrganiser,
        answer=series.OrganiserView,
        status=201,
    ),
    Operation(
        method="DELETE",
        path=f"{ORGANISERS}/{{person_id}}",
        handler=series.remove_organiser,
        status=204,
    ),
    Operation(
        method="PUT",
        path=f"{ROOM}/transcript",
        handler=transcripts.put_transcript,
        query=transcripts.TranscriptQuery,
        body=bytes,
        takes=CAPTION_TYPES,
        answer=transcripts.TranscriptView,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/transcript.{{format:vtt|srt|ttml|txt|json}}",
        handler=transcripts.get_transcript,
        query=transcripts.SpanQuery,
        answer=bytes,
        gives="text/vtt",
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/transcript/cues",
        handler=transcript_edits.show_cues,
        query=transcripts.SpanQuery,
        answer=transcript_edits.EditableTranscript,
    ),
    Operation(
        method="POST",
        path=f"{ROOM}/transcript/edits",
        handler=transcript_edits.post_edit,
        body=acts.Edit,
        answer=transcript_edits.EditView,
    ),
    Operation(
        method="POST",
        path=f"{ROOM}/transcript/look",
        handler=transcript_edits.post_look,
        body=transcript_edits.Look,
        answer=transcript_edits.NewsView,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/transcript/cues/{{cue}}/history",
        handler=transcript_edits.show_cue_history,
        answer=transcript_edits.CueHistory,
    ),
    Operation(
        method="PUT",
        path=f"{ROOM}/recording",
        handler=recordings.put_recording,
        query=recordings.RecordingQuery,
        body=bytes,
        takes=FILM_TYPES,
        answer=recordings.RecordingView,
        status=202,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/recording",
        handler=watching.show_recording,
        answer=watching.RecordingStatus,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/chapters.{{format:vtt|json}}",
        handler=watching.show_chapters,
        answer=watching.ChapterList,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/clip.{{format:mp4|m4a}}",
        handler=clips.get_clip,
        query=clips.ClipQuery,
        answer=bytes,
        gives="video/mp4",
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/recording/upload",
        handler=recordings.show_upload,
        answer=recordings.UploadView,
    ),
    Operation(
        method="POST",
        path=f"{MEETING}/attachments",
        handler=attachments.post_attachment,
        query=attachments.AttachmentQuery,
        body=bytes,
        takes=ATTACHMENT_TYPES,
        answer=attachments.AttachmentView,
        status=201,
    ),
    Operation(
        method="GET",
        path=f"{MEETING}/attachments/upload",
        handler=attachments.show_attachment_upload,
        answer=attachments.AttachmentView,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/recording/gaps",
        handler=recordings.list_gaps,
        answer=recordings.GapList,
    ),
    Operation(
        method="DELETE",
        path=f"{ROOM}/recording/fills/{{take_id}}",
        handler=recordings.undo_fill,
        status=204,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/recording/fill",
        handler=fills.show_fill,
        answer=fills.FillStatus,
    ),
    Operation(
        method="POST",
        path=f"{ROOM}/recording/fill",
        handler=fills.accept_fill,
        status=202,
    ),
    Operation(
        method="DELETE",
        path=f"{ROOM}/recording/fill",
        handler=fills.discard_fill,
        status=204,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/films",
        handler=films.list_films,
        answer=films.FilmListView,
    ),
    Operation(
        method="PUT",
        path=f"{ROOM}/films",
        handler=films.put_film,
        query=films.FilmQuery,
        body=bytes,
        takes=FILM_TYPES,
        answer=films.FilmListView,
        status=201,
    ),
    Operation(
        method="GET",
        path=f"{ROOM}/films/upload",
        handler=films.show_film_upload,
        answer=recordings.UploadView,
    ),
    Operation(
        method="PUT",
        path=f"{ROOM}/films/order",
        handler=films.put_order,
        body=films.FilmOrder,
        answer=films.FilmListView,
    ),
    Operation(
        method="POST",
        path=f"{ROOM}/films/start",
        handler=films.post_start,
        body=films.FilmStart,
        answer=films.FilmListView,
    ),
    Operation(
        method="POST",
        path=f"{ROOM}/films/stop",
        handler=films.post_stop,
        answer=films.FilmListView,
    ),
    Operation(
        method="DELETE",
        path=f"{ROOM}/films/{{film}}",
        handler=films.delete_film,
        status=204,
    ),
    Operation(
        method="GET",
        path=f"{API}/search",
        handler=searches.search,
        query=searches.SearchQuery,
        answer=SearchAnswer,
    ),
    Operation(
        method="GET",
        path=f"{MEETING}/places",
        handler=searches.list_places,
        query=searches.PlacesQuery,
        answer=Places,
    ),
    Operation(method="GET", path="/healthz", handler=health.show_health, answer=dict),
    Operation(method="GET", path="/readyz", handler=health.show_ready, answer=dict),
    Operation(
        method="GET",
        path="/metrics",
        handler=health.show_metrics,
        answer=bytes,
        gives="text/plain",
    ),
)
