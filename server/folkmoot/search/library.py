"""The corpus over journal and store: what of each meeting is to be found.

Reads only the public feed and its snapshot, so nothing else can reach the
index: text that waits, is hidden or withdrawn is not in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from folkmoot.core.broadcast.airtime import shown_until
from folkmoot.core.feeds import PUBLIC
from folkmoot.journal import Journal
from folkmoot.news.telling import is_readable, shorten
from folkmoot.search.corpus import (
    Audience,
    Change,
    Changes,
    RoomContext,
    TranscriptCue,
)
from folkmoot.search.documents import Document
from folkmoot.store import captioning, cues, entries, rehearsals
from folkmoot.store.database import Database

if TYPE_CHECKING:
    import sqlalchemy as sa

PAGE = 1000
# An answer is found by itself, beside the contribution whose id it is told by.
_ANSWER = "answer:"
# What an entry may be about, by the name of the id in it.
_ITEMS = ("session_id", "contribution_id", "update_id", "note_id", "outcome_id")
# Entries that change what a room's passages say of their meeting.
_ROOM_KINDS = frozenset(
    {
        "RoomAdded",
        "RoomEdited",
        "TranscriptChanged",
        "MarkerAdded",
        "MarkerEdited",
        "MarkerRemoved",
    }
)
# Entries that change in which session something was said.
_SESSION_KINDS = frozenset(
    {
        "SessionPlaced",
        "SessionUnplaced",
        "BoardArranged",
        "SessionsMerged",
        "SessionStarted",
        "SessionFinished",
        "SessionExtended",
        "SessionWithdrawn",
        "SlotEdited",
        "SlotRemoved",
    }
)
# Entries after which a session's thread is another one's, or no session's.
_THREAD_KINDS = frozenset({"SessionsMerged", "SessionWithdrawn"})
_SESSION_THREAD = "session:"

Wire = Mapping[str, Any]


class Library:
    """`Corpus` over the journal's public feeds and the store's cues."""

    def __init__(self, journal: Journal, database: Database) -> None:
        self._journal = journal
        self._database = database

    async def heads(self) -> Mapping[str, int]:
        """Return every meeting's public head by meeting id; not of rehearsals."""

        def read(connection: sa.Connection) -> Mapping[str, int]:
            heads = dict(entries.last_numbers(connection, PUBLIC))
            for rehearsal in rehearsals.list_rehearsals(connection):
                heads.pop(rehearsal.meeting_id, None)
            return heads

        return await self._database.read(read)

    async def changes(self, meeting_id: str, after: int) -> Changes:
        """Return what entries after a number do to the index.

        Entries say which items changed; what they are now, the snapshot says.
        """
        if await self._database.read(
            lambda connection: rehearsals.rehearsal_by_id(connection, meeting_id)
        ):
            return Changes(seq=after)  # it leaves no trace, so it is nowhere
        page = await self._journal.entries(meeting_id, PUBLIC, after=after, limit=PAGE)
        if not page.entries:
            return Changes(seq=after)
        state = (await self._journal.snapshot(meeting_id, PUBLIC)).state
        context = _Context(meeting_id, state, await self._language(meeting_id))
        touched = dict.fromkeys(
            item_id for entry in page.entries for item_id in context.touched(entry)
        )
        if any(map(_changes_sides, page.entries)):
            touched |= dict.fromkeys(context.everything())
        documents = [
            document
            for item_id in touched
            if (document := context.document(item_id)) is not None
        ]
        change = Change(
            add=tuple(documents),
            remove=tuple(touched.keys() - {document.id for document in documents}),
            # Each once, however many entries tell of it: a room is read whole.
            rooms=tuple(dict.fromkeys(_rooms(page.entries, state))),
            audience=context.audience,
        )
        return Changes(seq=page.entries[-1]["seq"], changes=(change,), more=page.more)

    async def _language(self, meeting_id: str) -> str | None:
        """Return what is spoken in a meeting, where its team has said so."""
        chosen = await self._database.read(
            lambda connection: captioning.captioning_of(connection, meeting_id)
        )
        return chosen.language or None

    async def room(self, meeting_id: str, room_id: str) -> RoomContext:
        """Return the room as it is now."""
        state = (await self._journal.snapshot(meeting_id, PUBLIC)).state
        room = state["rooms"][room_id]
        return RoomContext(
            meeting_id=meeting_id,
            meeting_slug=state["slug"],
            meeting_title=_text(state, "title"),
            room_id=room_id,
            room_slug=room["slug"],
            room_name=_text(room, "name"),
            audience=_audience(state),
        )

    async def cues(self, meeting_id: str, room_id: str) -> Sequence[TranscriptCue]:
        """Return the room's cues with the agenda item that they fall under."""
        state = (await self._journal.snapshot(meeting_id, PUBLIC)).state
        until = shown_until(state["rooms"][room_id], datetime.now(UTC))

        def read(connection: sa.Connection) -> tuple[str, list[cues.SpokenRow]]:
            language = captioning.captioning_of(connection, meeting_id).language
            return language, cues.spoken_of(
                connection, meeting_id, room_id, until=until
            )

        language, rows = await self._database.read(read)
        items = _agenda(state, room_id)
        sessions = _sessions(state, room_id)
        return [
            TranscriptCue(
                cue_id=row.cue_id,
                start_at=row.start_at,
                end_at=row.end_at,
                text=row.text,
                speaker=row.speaker,
                language=row.language or language or None,
                agenda_item=_item_at(items, row.start_at),
                session=_session_at(sessions, row.start_at),
            )
            for row in rows
        ]


class _Context:
    """A meeting's public state, to make documents from."""

    def __init__(self, meeting_id: str, state: Wire, language: str | None) -> None:
        self._meeting_id = meeting_id
        self._state = state
        self._language = language
        self.audience = _audience(state)

    def touched(self, entry: Wire) -> Iterator[str]:
        """Yield the ids of the items that an entry changes."""
        data = entry["data"]
        for name in _ITEMS:
            # Null where an entry is about none: nobody presents, nothing is shown.
            if (item_id := data.get(name)) is not None:
                yield item_id
        # What belongs to an item can be read no longer than the item itself.
        post_id, session_id = data.get("contribution_id"), data.get("session_id")
        if post_id is not None and entry["kind"] != "ContributionPosted":
            yield f"{_ANSWER}{post_id}"
        if session_id is not None and "note_id" not in data:
            for note in self._state["notes"].values():
                if note["session_id"] == session_id:
                    yield note["note_id"]
        if entry["kind"] in _THREAD_KINDS:
            thread = f"{_SESSION_THREAD}{session_id}"
            for post in self._state["contributions"].values():
                if post["thread"] == thread:
                    yield post["contribution_id"]
                    yield f"{_ANSWER}{post['contribution_id']}"

    def everything(self) -> Iterator[str]:
        """Yield the ids of all items that can be documents, apart from rooms."""
        for items in ("sessions", "contributions", "updates", "notes", "outcomes"):
            yield from self._state[items]
        for post_id in self._state["answers"]:
            yield f"{_ANSWER}{post_id}"

    def document(self, item_id: str) -> Document | None:
        """Return what an item is to be found as; None if it is not to be found."""
        if item_id.startswith(_ANSWER):
            return self._answer(item_id.removeprefix(_ANSWER))
        if (note := self._state["notes"].get(item_id)) is not None:
            return self._note(note)
        if (outcome := self._state["outcomes"].get(item_id)) is not None:
            return self._outcome(outcome)
        if (session := self._state["sessions"].get(item_id)) is not None:
            return self._session(session)
        if (post := self._state["contributions"].get(item_id)) is not None:
            return self._contribution(post)
        if (update := self._state["updates"].get(item_id)) is not None:
            return self._update(update)
        return None

    def _session(self, session: Wire) -> Document | None:
        content = session["content"]
        if content is None:
            return None
        room = self._state["rooms"].get(session["room_id"] or "")
        return self._make(
            session["session_id"],
            "session",
            at=session["proposed_at"],
            title=content["title"],
            text="\n".join(
                part for part in (content["title"], content["pitch"]) if part
            ),
            author=content.get("host"),
            room=room,
            url=f"/m/{self._state['slug']}/s/{session['session_id']}",
            session_id=session["session_id"],
        )

    def _contribution(self, post: Wire) -> Document | None:
        content = post["content"]
        if content is None or not is_readable(post):
            return None
        # What pictures show and voice notes say is found with the post.
        attached = (
            one.get("text") or one.get("alt")
            for one in content.get("attachments") or ()
        )
        return self._make(
            post["contribution_id"],
            "contribution",
            at=post["posted_at"],
            title="",
            text="\n".join(part for part in (content["text"], *attached) if part),
            author=content.get("author"),
            room=None,
            url=f"/m/{self._state['slug']}/c/{post['contribution_id']}",
            session_id=_thread_session(post),
            also=(post["kind"],),
        )

    def _answer(self, post_id: str) -> Document | None:
        post = self._state["contributions"].get(post_id)
        answer = self._state["answers"].get(post_id)
        if post is None or answer is None or not is_readable(post):
            return None
        content, asked = answer["content"], post["content"]
        if content is None or asked is None or answer["way"] == "withdrawn":
            return None
        if not content["text"]:
            return None  # given in the room: what was said is found there
        return self._make(
            f"{_ANSWER}{post_id}",
            "answer",
            at=answer["spoken_at"] or answer["given_at"],
            title=shorten(asked["text"]),
            text=content["text"],
            author=content["by"],
            room=self._state["rooms"].get(answer["room_id"] or ""),
            url=f"/m/{self._state['slug']}/c/{post_id}",
            session_id=_thread_session(post),
        )

    def _outcome(self, outcome: Wire) -> Document | None:
        content = outcome["content"]
        if content is None:
            return None
        parts = (content.get(name) for name in ("theme", "said", "did", "cannot"))
        return self._make(
            outcome["outcome_id"],
            "outcome",
            at=outcome["written_at"],
            title=content["theme"],
            text="\n".join(part for part in parts if part),
            author=None,
            room=None,
            url=f"/m/{self._state['slug']}/follow-up#{outcome['outcome_id']}",
        )

    def _note(self, note: Wire) -> Document | None:
        """A line of a session's notes, or an action with how it goes."""
        content = note["content"]
        session = self._state["sessions"].get(note["session_id"] or "")
        if content is None or note["removed"]:
            return None
        if note["session_id"] and (session is None or session["content"] is None):
            return None
        action = note["kind"] == "action"
        progress = (note["progress"] or {}).get("text")
        parts = (content["text"], progress if action else None)
        base = f"/m/{self._state['slug']}"
        where = f"s/{note['session_id']}/notes" if session else "follow-up"
        return self._make(
            note["note_id"],
            "action" if action else "note",
            at=note["added_at"],
            title="",
            text="\n".join(part for part in parts if part),
            author=content.get("who") if action else None,
            room=self._state["rooms"].get(note["room_id"] or ""),
            url=f"{base}/follow-up#{note['note_id']}" if action else f"{base}/{where}",
            session_id=note["session_id"],
            also=(note["kind"],),
        )

    def _update(self, update: Wire) -> Document | None:
        content = update["content"]
        if content is None or update["withdrawn"]:
            return None
        # What an update shows of others is found where it stands itself.
        parts = (content["text"], content["quote"], content["alt"])
        corrections = (one["note"] for one in content.get("corrections", ()))
        return self._make(
            update["update_id"],
            "report",
            at=update["about_at"] or update["posted_at"],
            title="",
            text="\n".join(part for part in (*parts, *corrections) if part),
            author=content["speaker"] or content["author"],
            room=self._state["rooms"].get(update["room_id"] or ""),
            url=f"/m/{self._state['slug']}/live/{update['update_id']}",
        )

    def _make(
        self,
        item_id: str,
        kind: Any,
        *,
        at: str,
        title: str,
        text: str,
        author: str | None,
        room: Wire | None,
        url: str,
        session_id: str | None = None,
        also: tuple[str, ...] = (),
    ) -> Document:
        session = self._state["sessions"].get(session_id or "")
        known = session is not None and session["content"] is not None
        return Document(
            id=item_id,
            kind=kind,
            meeting_id=self._meeting_id,
            meeting_slug=self._state["slug"],
            meeting_title=_text(self._state, "title"),
            at=datetime.fromisoformat(at),
            text=text,
            title=title,
            room_id=room["room_id"] if room else None,
            room_slug=room["slug"] if room else None,
            room_name=_text(room, "name") if room else None,
            speakers=(author,) if author else (),
            sessions=(session_id,) if session_id and known else (),
            language=self._language,
            url=url,
            also=also,
        )


def _changes_sides(entry: Wire) -> bool:
    """Whether from here on others find a meeting; all of it moves then."""
    return entry["kind"] == "MeetingEdited" and entry["data"]["visibility"] is not None


def _rooms(told: Sequence[Wire], state: Wire) -> Iterator[str]:
    for entry in told:
        if entry["kind"] in ("MeetingEdited", "MeetingCreated"):
            yield from state["rooms"]
        elif entry["kind"] in _SESSION_KINDS:
            # Where it stood before, an entry does not say.
            yield from state["rooms"]
        elif entry["kind"] in _ROOM_KINDS:
            room_id = entry["data"].get("room_id")
            if room_id in state["rooms"]:
                yield room_id
            elif room_id is None:  # a marker that is no longer there
                yield from state["rooms"]


def _agenda(state: Wire, room_id: str) -> list[tuple[datetime, str]]:
    return sorted(
        (datetime.fromisoformat(marker["marked_at"]), _text(marker, "label"))
        for marker in state["markers"].values()
        if marker["room_id"] == room_id and marker["kind"] == "agenda"
    )


def _item_at(items: Sequence[tuple[datetime, str]], at: datetime) -> str | None:
    found = None
    for marked_at, label in items:
        if marked_at > at:
            break
        found = label
    return found


def _thread_session(post: Wire) -> str | None:
    """The id of the session in whose thread a post stands."""
    thread = str(post["thread"])
    found = thread.startswith(_SESSION_THREAD)
    return thread.removeprefix(_SESSION_THREAD) if found else None


class _Stretch(NamedTuple):
    """When a session is in a room; without an end it goes on."""

    # After the times that were planned, so that the last of equals counts.
    real: bool
    from_at: datetime
    to_at: datetime | None
    session_id: str


def _sessions(state: Wire, room_id: str) -> list[_Stretch]:
    """When sessions are in a room: as they really were, else as their time says."""
    found = []
    for session in state["sessions"].values():
        if session["content"] is None:
            continue
        session_id = session["session_id"]
        for span in session["spans"]:
            if span["room_id"] == room_id:
                to_at = _moment(span["to_at"])
                began = datetime.fromisoformat(span["from_at"])
                found.append(_Stretch(True, began, to_at, session_id))
        slot = state["slots"].get(session["slot_id"] or "")
        if slot is not None and session["room_id"] == room_id and not session["spans"]:
            planned = datetime.fromisoformat(slot["starts_at"])
            to_at = _moment(session["until_at"] or slot["ends_at"])
            found.append(_Stretch(False, planned, to_at, session_id))
    return sorted(found, key=lambda one: one[:2])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _session_at(stretches: Sequence[_Stretch], at: datetime) -> str | None:
    found = None
    for one in stretches:
        if one.from_at <= at and (one.to_at is None or at < one.to_at):
            found = one.session_id
    return found


def _audience(state: Wire) -> Audience:
    return "public" if state["visibility"] == "public" else "restricted"


def _text(item: Wire, name: str) -> str:
    content = item["content"]
    return "" if content is None else str(content[name])
