"""Subscriptions and letters: asked for twice, gathered, tried again, and forgotten.

An address stands in one table alone and goes with the subscription; jobs name the
subscription, and what a letter says is read when it is sent, so that nothing that
was hidden or taken back in the meantime is in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from folkmoot.core.feeds import PUBLIC
from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.due.jobs import Jobs
from folkmoot.journal import Change, Journal, NoSuchMeeting
from folkmoot.mail.letters import (
    Letter,
    read_address,
    write_confirm,
    write_digest,
    write_link,
    write_message,
)
from folkmoot.mail.sender import Bounced, Sender, Unreachable
from folkmoot.news.items import NewsItem, newest
from folkmoot.news.telling import Teller
from folkmoot.store import jobs as job_rows
from folkmoot.store import subscriptions as rows
from folkmoot.store.database import Database
from folkmoot.store.jobs import Job
from folkmoot.store.subscriptions import Subscription
from folkmoot.tasks import TaskOwner

logger = logging.getLogger(__name__)

SEND = "mail.send"
DIGEST = "mail.digest"
FORGET = "mail.forget"
CONFIRM_DAYS = 7
GATHER_SECONDS = 5.0
# Greylisting wants a quarter of an hour; a server that is away, a night.
RETRIES = tuple(timedelta(minutes=m) for m in (1, 5, 20, 60, 240, 720))
# So many unconfirmed addresses an hour: whoever gives more of them means no good.
MOST_ASKED = 200

TellerOf = Callable[[str, Mapping[str, Any]], Teller]


class Mail:
    """Keeps subscriptions and writes the letters for them."""

    def __init__(
        self,
        *,
        database: Database,
        journal: Journal,
        jobs: Jobs,
        tasks: TaskOwner,
        sender: Sender,
        sender_address: str,
        public_url: str,
        key: str,
        clock: Callable[[], datetime],
        teller_of: TellerOf,
        make_sign_in: Callable[[str], Awaitable[str]],
        digest_minutes: int,
    ) -> None:
        self._database = database
        self._journal = journal
        self._jobs = jobs
        self._tasks = tasks
        self._sender = sender
        self._sender_address = sender_address
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._teller_of = teller_of
        self._make_sign_in = make_sign_in
        self._digest_seconds = digest_minutes * 60
        self._confirming = URLSafeTimedSerializer(key, salt="mail.confirm")
        self._stopping = URLSafeSerializer(key, salt="mail.stop")
        self._waiting: dict[str, None] = {}
        self._news = asyncio.Event()
        jobs.handle(SEND, self._send)
        jobs.handle(DIGEST, self._gather)
        jobs.handle(FORGET, self._forget)

    async def start(self) -> None:
        """Follow the journal; what happened while nobody did is looked at first."""
        self._journal.follow(self._hear)
        for meeting_id in await self._database.read(rows.meetings):
            self._waiting[meeting_id] = None
            self._news.set()
        self._tasks.start(self._run(), name="mail.follower")

    async def subscribe(
        self, meeting_id: str, address: str, *, contribution_id: str = ""
    ) -> None:
        """Ask an address whether it wants to hear; the answer is the same for all.

        Whether an address is known here is nobody's business.
        """
        subscription = await self._keep(
            meeting_id,
            address,
            "contribution" if contribution_id else "meeting",
            contribution_id,
        )
        if subscription.confirmed_at is None:
            # The same minute asks once, however often somebody presses.
            minute = int(self._clock().timestamp() // 600)
            await self._queue(subscription, "confirm", mark=str(minute))
            await self._jobs.add(
                FORGET,
                {"subscription_id": subscription.subscription_id},
                job_id=f"forget:{subscription.subscription_id}",
                run_at=self._clock() + timedelta(days=CONFIRM_DAYS),
            )

    async def send_link(
        self, meeting_id: str, address: str, *, person_id: str, path: str
    ) -> None:
        """Send somebody its own link once; the address is deleted afterwards."""
        subscription = await self._keep(
            meeting_id, address, "link", f"{person_id}:{random_text(6)}"
        )
        await self._queue(subscription, "link", person_id=person_id, path=path)

    async def find(self, token: str, *, confirming: bool) -> Subscription | None:
        """Return whose link this is; None for one that is not ours or too old."""
        subscription_id = self._read(token, confirming=confirming)
        if subscription_id is None:
            return None
        return await self._database.read(lambda c: rows.find(c, subscription_id))

    async def confirm(self, token: str) -> bool:
        """Begin to send."""
        if (found := await self.find(token, confirming=True)) is None:
            return False
        if found.confirmed_at is not None:
            return True
        now = self._clock()
        return await self._database.run(
            lambda c: rows.confirm(c, found.subscription_id, now=now)
        )

    async def stop(self, token: str) -> bool:
        """End a subscription and delete its address; true also where it is gone."""
        subscription_id = self._read(token, confirming=False)
        if subscription_id is None:
            return False
        await self._database.run(lambda c: rows.erase(c, subscription_id))
        return True

    def stop_url(self, subscription_id: str) -> str:
        """Return the address that ends a subscription."""
        token = self._stopping.dumps(subscription_id)
        return f"{self._public_url}/mail/stop/{token}"

    def _read(self, token: str, *, confirming: bool) -> str | None:
        try:
            if confirming:
                days = timedelta(days=CONFIRM_DAYS).total_seconds()
                return str(self._confirming.loads(token, max_age=int(days)))
            return str(self._stopping.loads(token))
        except BadSignature:
            return None

    async def _keep(
        self,
        meeting_id: str,
        address: str,
        subject: rows.Subject,
        contribution_id: str,
    ) -> Subscription:
        now = self._clock()
        wanted = Subscription(
            subscription_id=f"u_{random_text(16)}",
            meeting_id=meeting_id,
            subject=subject,
            contribution_id=contribution_id,
            address=read_address(address),
            created_at=now,
            told_at=now,
        )
        asked = await self._database.read(
            lambda c: rows.count_asked(c, since=now - timedelta(hours=1))
        )
        if asked >= MOST_ASKED:
            raise Refusal(
                "slow_down", "Very many ask for mail just now.", retry_after=600.0
            )
        return await self._database.run(lambda c: rows.add(c, wanted))

    async def _queue(
        self, subscription: Subscription, letter: str, *, mark: str = "", **more: str
    ) -> None:
        body = {"subscription_id": subscription.subscription_id, "letter": letter}
        await self._jobs.add(
            SEND,
            {**body, **more},
            job_id=f"{letter}:{subscription.subscription_id}:{mark}",
        )

    # --- what is new ---------------------------------------------------------

    def _hear(self, change: Change) -> None:
        if PUBLIC in change.feeds:
            self._waiting[change.meeting_id] = None
            self._news.set()

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._news.clear()
            waiting, self._waiting = self._waiting, {}
            for meeting_id in waiting:
                try:
                    await self._look(meeting_id)
                except Exception:  # the next change looks again
                    logger.exception("meeting=%s mail can't be looked up", meeting_id)

    async def _look(self, meeting_id: str) -> None:
        """Have a digest written when the current stretch of time is over."""
        if not await self._database.read(lambda c: rows.has_confirmed(c, meeting_id)):
            return
        stretch = int(self._clock().timestamp() // self._digest_seconds)
        ends_at = datetime.fromtimestamp(
            (stretch + 1) * self._digest_seconds, tz=self._clock().tzinfo
        )
        await self._jobs.add(
            DIGEST,
            {"meeting_id": meeting_id},
            job_id=f"digest:{meeting_id}:{stretch}",
            run_at=ends_at,
        )

    async def _gather(self, body: Mapping[str, Any]) -> None:
        """Queue a letter for everybody to whom something is new."""
        meeting_id = str(body["meeting_id"])
        now = self._clock()
        for one in await self._database.read(lambda c: rows.confirmed(c, meeting_id)):
            if not await self._items(one, one.told_at):
                continue
            job = Job(
                job_id=f"digest:{one.subscription_id}:{one.told_at.timestamp()}",
                kind=SEND,
                run_at=now,
                body={
                    "subscription_id": one.subscription_id,
                    "letter": "digest",
                    "since": one.told_at.isoformat(),
                },
            )

            # Both or none: a kill between them would tell twice or never.
            def work(
                connection: Any, job: Job = job, key: str = one.subscription_id
            ) -> None:
                job_rows.enqueue(connection, job)
                rows.note_told(connection, key, now)

            await self._database.run(work)

    async def _items(
        self, subscription: Subscription, since: datetime
    ) -> tuple[NewsItem, ...]:
        try:
            state = (
                await self._journal.snapshot(subscription.meeting_id, PUBLIC)
            ).state
        except NoSuchMeeting:
            return ()
        if state["visibility"] == "private":
            return ()  # it was not when they asked, and nobody knows who they are
        teller = self._teller_of(subscription.meeting_id, state)
        only = subscription.contribution_id or None
        told = teller.tell_follow_up(only)
        return newest(item for item in told if item.newest_at > since)

    # --- letters -------------------------------------------------------------

    async def _send(self, body: Mapping[str, Any]) -> None:
        key = str(body["subscription_id"])
        subscription = await self._database.read(lambda c: rows.find(c, key))
        if subscription is None:
            return  # ended in the meantime
        letter = await self._write(subscription, body)
        if letter is None:
            return
        message = write_message(
            letter, sender=self._sender_address, at=self._clock().timestamp()
        )
        try:
            await self._sender.send(message)
        except Bounced:
            logger.info("subscription=%s takes no mail and is deleted", key)
            await self._database.run(lambda c: rows.erase(c, key))
        except Unreachable as error:
            await self._later(body, str(error))
        else:
            if subscription.subject == "link":
                await self._database.run(lambda c: rows.erase(c, key))

    async def _write(
        self, subscription: Subscription, body: Mapping[str, Any]
    ) -> Letter | None:
        state = (await self._journal.snapshot(subscription.meeting_id, PUBLIC)).state
        title = str((state["content"] or {}).get("title") or "Meeting")
        base = self._public_url
        to = subscription.address
        if body["letter"] == "confirm":
            token = self._confirming.dumps(subscription.subscription_id)
            url = f"{base}/mail/confirm/{token}"
            return write_confirm(to=to, title=title, url=url, days=CONFIRM_DAYS)
        if body["letter"] == "link":
            secret = await self._make_sign_in(str(body["person_id"]))
            url = f"{base}/sign-in/{secret}?to={body['path']}"
            return write_link(to=to, title=title, url=url)
        since = datetime.fromisoformat(str(body["since"]))
        items = await self._items(subscription, since)
        if not items:
            return None  # what was new is gone again
        return write_digest(
            items,
            to=to,
            title=title,
            page_url=f"{base}/m/{state['slug']}/follow-up",
            stop_url=self.stop_url(subscription.subscription_id),
        )

    async def _later(self, body: Mapping[str, Any], error: str) -> None:
        """Try again with growing pauses; then give up, a link's address with it."""
        tries = int(body.get("tries", 0))
        key = str(body["subscription_id"])
        logger.warning("subscription=%s mail not sent (%s)", key, error)
        if tries >= len(RETRIES):
            if body["letter"] == "link":
                await self._database.run(lambda c: rows.erase(c, key))
            return
        await self._jobs.add(
            SEND,
            {**body, "tries": tries + 1},
            job_id=f"{body['letter']}:{key}:{body.get('since', '')}:try{tries + 1}",
            run_at=self._clock() + RETRIES[tries],
        )

    async def _forget(self, body: Mapping[str, Any]) -> None:
        """Delete an address that nobody confirmed."""
        key = str(body["subscription_id"])
        found = await self._database.read(lambda c: rows.find(c, key))
        if found is not None and found.confirmed_at is None:
            await self._database.run(lambda c: rows.erase(c, key))
