"""Decide a batch of commands in order and write what follows, in one transaction.

Runs on a store thread. Each command is accepted or refused by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from folkmoot.core import commands as cmd
from folkmoot.core import events as ev
from folkmoot.core.deciding import decide
from folkmoot.core.decision import Actor, Decision
from folkmoot.core.feeds import BALLOTS, PARTICIPANTS, PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.journal.answers import (
    Accepted,
    Answer,
    ClientStamp,
    Duplicate,
    Refused,
    Resend,
    decode_answer,
    encode_answer,
)
from folkmoot.journal.projection import project
from folkmoot.store import attachments, clients, contents, entries

if TYPE_CHECKING:
    import sqlalchemy as sa

    from folkmoot.core.ids import IdSource
    from folkmoot.core.talk.attachments import Upload
    from folkmoot.journal.folded import Folded
    from folkmoot.journal.views import Standing

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
TALLIES_APART = timedelta(milliseconds=250)
# After these other counts hold, or others may read them, though nobody voted.
_COUNTED = ev.SessionsMerged | ev.SessionSplit | ev.BoardRulesChanged


@dataclass(frozen=True)
class Item:
    """One command as it was submitted."""

    command: cmd.Command
    actor: Actor
    stamp: ClientStamp | None
    expect: int | None


@dataclass(frozen=True)
class Outcome:
    """What a batch came to; an exception is a fault of the server."""

    answers: tuple[Answer | Exception, ...]
    standing: Standing
    seq: int
    tallies_due: bool
    erased: bool


def write_batch(
    connection: sa.Connection,
    folded: Folded,
    items: Sequence[Item],
    *,
    clock: Clock,
    ids: IdSource,
) -> Outcome:
    """Lock the head, catch up, decide `items` in order and write everything."""
    head = entries.lock_head(connection, folded.meeting_id)
    first = not folded.loaded
    folded.refresh(connection, head)
    batch = _Batch(connection, folded, clock, ids)
    batch.remember(items)
    answers = tuple(batch.answer(item) for item in items)
    batch.write()
    return Outcome(
        answers=answers,
        standing=folded.standing(),
        seq=folded.seq,
        tallies_due=batch.voted or (first and has_stale_tallies(folded, ids)),
        erased=bool(batch.erased),
    )


def catch_up(connection: sa.Connection, folded: Folded, *, ids: IdSource) -> Outcome:
    """Fold what other processes wrote."""
    first = not folded.loaded
    folded.refresh(connection, entries.read_head(connection, folded.meeting_id))
    return Outcome(
        answers=(),
        standing=folded.standing(),
        seq=folded.seq,
        tallies_due=first and has_stale_tallies(folded, ids),
        erased=False,
    )


def has_stale_tallies(folded: Folded, ids: IdSource) -> bool:
    """Say whether votes were written whose counts the public hasn't got."""
    draft = decide(
        folded.full,
        cmd.PublishTallies(),
        actor=Actor(member_id=None, system=True),
        expect=None,
        shelf=_Nothing(),
        now=folded.at,
        ids=ids,
    )
    return bool(draft.facts)


class _Nothing:
    def text(self, content_id: str) -> dict[str, Any]:
        del content_id
        return {}

    def read_texts(self, content_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        del content_ids
        return {}

    def written(self, item_id: str) -> list[str]:
        del item_id
        return []

    def upload(self, attachment_id: str) -> Upload | None:
        del attachment_id
        return None


class _Batch:
    """Rows to write, and the texts as they stand after the commands so far."""

    def __init__(
        self,
        connection: sa.Connection,
        folded: Folded,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._connection = connection
        self._folded = folded
        self._clock = clock
        self._ids = ids
        self._last: dict[clients.Key, tuple[int, str]] = {}
        self._kept: dict[clients.Key, tuple[int, str]] = {}
        self._rows: list[entries.EntryRow] = []
        self._events: list[ev.AnyEvent] = []
        self._contents: dict[str, dict[str, Any]] = {}
        self._grants: dict[tuple[str, str], bool] = {}
        self._adopted: dict[str, str] = {}
        self.erased: set[str] = set()
        self.voted = False

    # A shelf, for decisions.

    def text(self, content_id: str) -> dict[str, Any]:
        return self.read_texts([content_id]).get(content_id, {})

    def read_texts(self, content_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        wanted = [one for one in content_ids if one not in self.erased]
        stored = [one for one in wanted if one not in self._contents]
        found = contents.read_texts(self._connection, stored) if stored else {}
        for content_id in wanted:
            if (row := self._contents.get(content_id)) is not None:
                body = msgspec.json.decode(row["body"], type=dict[str, Any])
                found[content_id] = body
        return found

    def written(self, item_id: str) -> list[str]:
        meeting_id = self._folded.meeting_id
        stored = contents.written_for(self._connection, meeting_id, item_id)
        here = [k for k, row in self._contents.items() if row["item_id"] == item_id]
        here += [k for k, item in self._adopted.items() if item == item_id]
        return [k for k in dict.fromkeys((*stored, *here)) if k not in self.erased]

    def upload(self, attachment_id: str) -> Upload | None:
        meeting_id = self._folded.meeting_id
        if attachment_id in self.erased:
            return None
        found = attachments.find(self._connection, meeting_id, attachment_id)
        if found is None or (item_id := self._adopted.get(attachment_id)) is None:
            return found
        return msgspec.structs.replace(found, item_id=item_id)

    # Deciding.

    def remember(self, items: Sequence[Item]) -> None:
        """Read the last answers of the clients that sent these commands."""
        keys = {_key(item.stamp) for item in items if item.stamp is not None}
        meeting_id = self._folded.meeting_id
        self._last = clients.last_answers(self._connection, meeting_id, keys)

    def answer(self, item: Item) -> Answer | Exception:
        """Decide one command and fold what follows from it."""
        if (known := self._known(item.stamp)) is not None:
            return known
        try:
            answer = self._accept(item)
        except Refusal as refusal:
            answer = Refused.of(refusal)
            if refusal.retry_after is not None:
                return answer
        except Exception as error:
            # Nothing was folded: only this command fails, the others go on.
            logger.exception(
                "meeting=%s command=%s failed",
                self._folded.meeting_id,
                type(item.command).__name__,
            )
            return error
        self._keep(item.stamp, answer)
        return answer

    def _known(self, stamp: ClientStamp | None) -> Answer | None:
        if stamp is None:
            return None
        last_seq, last_answer = self._last.get(_key(stamp), (0, ""))
        if stamp.client_seq == last_seq + 1:
            return None
        if stamp.client_seq == last_seq and last_answer:
            return decode_answer(last_answer)
        if stamp.client_seq <= last_seq:
            return Duplicate()
        return Resend(last_seq + 1)

    def _keep(self, stamp: ClientStamp | None, answer: Answer) -> None:
        if stamp is not None:
            kept = (stamp.client_seq, encode_answer(answer))
            self._last[_key(stamp)] = self._kept[_key(stamp)] = kept

    def _accept(self, item: Item) -> Answer:
        folded = self._folded
        now = _whole_milliseconds(self._clock())
        now = max(now, folded.at)
        if isinstance(item.command, cmd.PublishTallies):
            _check_pace(folded.tallies_at, now)
        draft = decide(
            folded.full,
            item.command,
            actor=item.actor,
            expect=item.expect,
            shelf=self,
            now=now,
            ids=self._ids,
        )
        # Encoding first: what can't be written must not be folded either.
        bodies = [ev.encode_event(fact.event).decode() for fact in draft.facts]
        written = self._encode_contents(draft)
        self._take_texts(draft, written)
        seqs = self._take_facts(draft, bodies)
        feed, seq = self._where(seqs, item.actor)
        return Accepted(feed=feed, seq=seq, at=now, data=draft.data)

    def _encode_contents(self, draft: Decision) -> dict[str, dict[str, Any]]:
        return {
            content_id: {
                "content_id": content_id,
                "meeting_id": self._folded.meeting_id,
                "item_id": written.item_id,
                "body": msgspec.json.encode(written.text).decode(),
            }
            for content_id, written in draft.contents.items()
        }

    def _take_texts(self, draft: Decision, written: dict[str, dict[str, Any]]) -> None:
        self._contents |= written
        self._grants |= dict.fromkeys(draft.grants, True)
        self._grants |= dict.fromkeys(draft.revoked, False)
        self._adopted |= draft.adopted
        self.erased.update(draft.erased)

    def _take_facts(self, draft: Decision, bodies: list[str]) -> dict[str, int]:
        folded, seqs = self._folded, {}
        for fact, body in zip(draft.facts, bodies, strict=True):
            feed_seq = seqs[fact.feed] = folded.heads.get(fact.feed, 0) + 1
            seq = folded.seq + 1
            kind = ev.kind_of(fact.event)
            self._rows.append(
                entries.EntryRow(seq, fact.feed, feed_seq, kind, draft.now, body)
            )
            self._events.append(fact.event)
            folded.take(seq, fact.feed, feed_seq, fact.event, draft.now)
        counted = any(isinstance(fact.event, _COUNTED) for fact in draft.facts)
        self.voted = self.voted or counted or BALLOTS in seqs
        return seqs

    def _where(self, seqs: dict[str, int], actor: Actor) -> tuple[str, int]:
        """Return the feed and number in which the actor finds what it did."""
        own = member_feed(actor.member_id) if actor.member_id else PUBLIC
        for feed in (PUBLIC, PARTICIPANTS, own, STAFF):
            if feed in seqs:
                return feed, seqs[feed]
        return PUBLIC, self._folded.heads.get(PUBLIC, 0)

    # Writing.

    def write(self) -> None:
        """Write entries, texts, grants, answers and the catalogue's columns."""
        connection, folded = self._connection, self._folded
        standing = [r for k, r in self._contents.items() if k not in self.erased]
        contents.add_contents(connection, standing)
        attachments.adopt(connection, self._adopted)
        contents.set_grants(
            connection,
            {key: to for key, to in self._grants.items() if key[0] not in self.erased},
        )
        contents.erase(connection, self.erased - self._contents.keys())
        attachments.forget(connection, self.erased)
        if self._rows:
            entries.add_entries(connection, folded.meeting_id, self._rows)
            entries.move_head(
                connection, folded.meeting_id, seq=folded.seq, at=folded.at
            )
            project(connection, folded, self._events, self)
        clients.keep_answers(
            connection,
            folded.meeting_id,
            self._kept,
            at=_whole_milliseconds(self._clock()),
        )


def _key(stamp: ClientStamp) -> clients.Key:
    return stamp.member_id, stamp.client_id


def _whole_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _check_pace(last: datetime | None, now: datetime) -> None:
    if last is not None and now - last < TALLIES_APART:
        wait = (last + TALLIES_APART - now).total_seconds()
        raise Refusal("too_soon", "Counts were just published.", retry_after=wait)
