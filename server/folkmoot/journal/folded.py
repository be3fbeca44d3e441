"""A meeting in memory: the folds of its journal and feeds, kept up to the head.

Belongs to the store threads: `with folded:` around a whole transaction keeps
the others out until the commit, and a transaction that fails leaves it
`broken`, to be loaded anew.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from folkmoot.core import events as ev
from folkmoot.core.broadcast import markers
from folkmoot.core.feeds import PARTICIPANTS, PUBLIC, STAFF
from folkmoot.core.folding import apply
from folkmoot.core.live import questions, report
from folkmoot.core.state import MeetingState, decode_state, encode_state
from folkmoot.core.talk.consent import next_due
from folkmoot.core.wire import moment, state_content_ids, state_to_wire
from folkmoot.journal.failures import NoSuchMeeting
from folkmoot.journal.views import RoomStanding, Snapshot, Standing
from folkmoot.store import contents, entries, snapshots

if TYPE_CHECKING:
    import sqlalchemy as sa

# Raise it when a fold's meaning or a state's shape changes: stored folds of
# another version are passed over.
FOLD_VERSION = 6
SNAPSHOT_EVERY = 500
MEMBER_FEEDS_KEPT = 64
_WHOLE = ""
_ALWAYS = (PUBLIC, PARTICIPANTS, STAFF)
# After these a text that could be read may be gone, in any feed.
_TAKE_BACK = (
    ev.ContributionHidden,
    ev.ContributionWithdrawn,
    ev.SessionWithdrawn,
    ev.CardReplied,
    ev.UpdateWithdrawn,
    ev.QuestionRemoved,
)


# Of these at most four a second are told.
_TALLIES = ev.TalliesChanged | ev.HiddenTalliesCounted | ev.QuestionCounted


def _next_due_at(state: MeetingState) -> datetime | None:
    """When the public sees the next moment that something waits for."""
    parts = (markers, questions, report)
    due = (part.next_due_at(state) for part in parts)
    return min((at for at in due if at is not None), default=None)


@dataclass
class _View:
    """A feed's fold, the texts it was last shown with, and that snapshot."""

    state: MeetingState = field(default_factory=MeetingState)
    texts: dict[str, dict[str, Any] | str] = field(default_factory=dict)
    snapshot: Snapshot | None = None


class Folded:
    """The folds of one meeting."""

    def __init__(self, meeting_id: str) -> None:
        self.meeting_id = meeting_id
        self.loaded = False
        self.broken = False
        self.epoch = ""
        self.seq = 0
        self.at = datetime(1970, 1, 1, tzinfo=UTC)
        self.tallies_at: datetime | None = None
        self.heads: dict[str, int] = {}
        self.full = MeetingState()
        self._views = {feed: _View() for feed in _ALWAYS}
        self._stored_seq = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._lock.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.broken = True
        self._lock.release()

    def refresh(self, connection: sa.Connection, head: entries.Head | None) -> None:
        """Fold what is new up to `head`, from the last stored folds at first.

        Raises `NoSuchMeeting` without a head.
        """
        if head is None:
            raise NoSuchMeeting(self.meeting_id)
        self.epoch = head.epoch
        if not self.loaded:
            self._load(connection)
        if self.seq < head.seq:
            for row in entries.entries_after(connection, self.meeting_id, self.seq):
                event = ev.decode_event(row.kind, row.body)
                self.take(row.seq, row.feed, row.feed_seq, event, row.at)
        self.loaded = True

    def take(
        self, seq: int, feed: str, feed_seq: int, event: ev.AnyEvent, at: datetime
    ) -> None:
        """Fold one entry."""
        apply(self.full, event, at)
        if (view := self._views.get(feed)) is not None:
            apply(view.state, event, at)
        self.seq, self.at = seq, at
        self.heads[feed] = feed_seq
        if isinstance(event, _TALLIES):
            self.tallies_at = at
        self._forget_texts(event)

    def snapshot(self, connection: sa.Connection, feed: str) -> Snapshot:
        """Return a feed's state as its readers get it now."""
        view = self._view(connection, feed)
        seq = self.heads.get(feed, 0)
        kept = view.snapshot
        if kept is None or (kept.seq, kept.epoch) != (seq, self.epoch):
            kept = view.snapshot = self._show(connection, feed, seq, view)
        return kept

    def standing(self) -> Standing:
        """Return what gateways need in memory; nothing in it changes later."""
        state = self.full
        return Standing(
            meeting_id=self.meeting_id,
            epoch=self.epoch,
            slug=state.slug,
            phase=state.phase,
            visibility=state.visibility,
            series_id=state.series_id,
            heads=dict(self.heads),
            duties={
                member_id: frozenset(duties)
                for member_id, duties in state.duties.items()
            },
            rooms=tuple(
                RoomStanding(
                    room_id=room.room_id,
                    slug=room.slug,
                    channel=room.channel,
                    connected=room.connected,
                    delay_seconds=room.delay_seconds,
                    cuts=frozenset(
                        (cut_id, moment(cut.from_at), moment(cut.to_at))
                        for cut_id, cut in room.cuts.items()
                    ),
                )
                for room in state.rooms.values()
            ),
            removed=frozenset(state.removed),
            marker_due_at=_next_due_at(state),
            consent_due=next_due(state),
            marker_version=hash(
                tuple(
                    (each.content_id, each.marked_at, each.waiting)
                    for each in state.markers.values()
                )
            ),
        )

    @property
    def wants_storing(self) -> bool:
        """Whether so much is new that a start would replay it for long."""
        return self.seq - self._stored_seq >= SNAPSHOT_EVERY

    def store(self, connection: sa.Connection) -> None:
        """Keep the folds, so that a start goes on from here."""
        bodies = {_WHOLE: encode_state(self.full).decode()}
        for feed in _ALWAYS:
            bodies[feed] = encode_state(self._views[feed].state).decode()
        snapshots.keep_snapshots(
            connection,
            self.meeting_id,
            seq=self.seq,
            fold_version=FOLD_VERSION,
            bodies=bodies,
        )
        self._stored_seq = self.seq

    def _load(self, connection: sa.Connection) -> None:
        seq, bodies = snapshots.read_snapshots(
            connection, self.meeting_id, fold_version=FOLD_VERSION
        )
        if not {_WHOLE, *_ALWAYS} <= bodies.keys():
            return
        self.full = decode_state(bodies[_WHOLE])
        for feed in _ALWAYS:
            self._views[feed] = _View(decode_state(bodies[feed]))
        self.seq = self._stored_seq = seq
        self.heads = entries.feed_heads(connection, self.meeting_id, up_to=seq)
        last = entries.entry_at(connection, self.meeting_id, seq)
        self.at = self.at if last is None else last

    def _view(self, connection: sa.Connection, feed: str) -> _View:
        if (view := self._views.get(feed)) is not None:
            return view
        view = _View()
        for row in entries.entries_after(connection, self.meeting_id, 0, feed=feed):
            if row.seq <= self.seq:
                apply(view.state, ev.decode_event(row.kind, row.body), row.at)
        if len(self._views) >= MEMBER_FEEDS_KEPT + len(_ALWAYS):
            # The one that was asked for first; it is folded again when needed.
            oldest = next(name for name in self._views if name not in _ALWAYS)
            del self._views[oldest]
        self._views[feed] = view
        return view

    def _show(
        self, connection: sa.Connection, feed: str, seq: int, view: _View
    ) -> Snapshot:
        wanted = set(state_content_ids(view.state))
        if missing := wanted - view.texts.keys():
            view.texts |= contents.texts_for(connection, feed, missing)
        for content_id in view.texts.keys() - wanted:
            del view.texts[content_id]
        state = state_to_wire(view.state, view.texts)
        body = msgspec.json.encode(
            {"epoch": self.epoch, "feed": feed, "seq": seq, "state": state}
        )
        return Snapshot(epoch=self.epoch, feed=feed, seq=seq, state=state, body=body)

    def _forget_texts(self, event: ev.AnyEvent) -> None:
        if isinstance(event, _TAKE_BACK):
            for view in self._views.values():
                view.texts.clear()
                view.snapshot = None
            return
        for content_id in ev.content_ids(event).values():
            for view in self._views.values():
                view.texts.pop(content_id, None)
