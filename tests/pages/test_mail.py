"""Letters over a real mail server: asked for twice, gathered, ended in one click."""

from __future__ import annotations

import asyncio
import email
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import Message
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import UnthreadedController

from folkmoot.core.refusals import Refusal
from folkmoot.due.jobs import Jobs
from folkmoot.mail import service
from folkmoot.mail.letters import Letter, read_address, write_message
from folkmoot.mail.returned import find_stop_token
from folkmoot.mail.sender import Sender, Server
from folkmoot.mail.service import Mail
from folkmoot.pages.follow_up.news import tell_meeting
from folkmoot.store import subscriptions
from folkmoot.tasks import TaskOwner
from tests.pages.browsing import send
from tests.pages.test_forms import enter
from tests.pages.town import Town

M = "/m/river-quarter"
BASE = "https://moot.example.org"


class PostOffice:
    """A mail server that keeps what it gets, and answers as a test wants."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.answer = self.at_data = "250 OK"
        self.came = asyncio.Event()

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        self.came.set()
        return self.answer

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        if self.at_data.startswith("250"):
            self.letters.append(email.message_from_bytes(envelope.content))
        self.came.set()
        return self.at_data

    async def wait(self, count: int) -> Message:
        async with asyncio.timeout(45):
            while len(self.letters) < count:
                self.came.clear()
                await self.came.wait()
        return self.letters[count - 1]

    def text(self, letter: Message, subtype: str = "plain") -> str:
        part = next(
            one for one in letter.walk() if one.get_content_subtype() == subtype
        )
        return part.get_payload(decode=True).decode()  # type: ignore[union-attr]


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    controller = UnthreadedController(
        office, hostname="127.0.0.1", port=0, loop=asyncio.get_running_loop()
    )
    office.server = await asyncio.get_running_loop().create_server(  # type: ignore[attr-defined]
        controller.factory, "127.0.0.1", 0
    )
    yield office
    office.server.close()  # type: ignore[attr-defined]
    await office.server.wait_closed()  # type: ignore[attr-defined]


@pytest.fixture
async def mail(
    town: Town,
    forum: SimpleNamespace,
    office: PostOffice,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Mail]:
    monkeypatch.setattr(service, "GATHER_SECONDS", 0.01)
    tasks = TaskOwner()
    jobs = Jobs(town.database, tasks, clock=town.clock)
    port = office.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    sender = Sender(
        Server(host="127.0.0.1", port=port, security="none"), per_minute=6_000
    )
    mail = Mail(
        database=town.database,
        journal=town.journal,
        jobs=jobs,
        tasks=tasks,
        sender=sender,
        sender_address="Folkmoot <moot@example.org>",
        public_url=BASE,
        key="key",
        clock=town.clock,
        teller_of=lambda meeting_id, state: tell_meeting(
            meeting_id, state, base_url=BASE, now=town.clock()
        ),
        make_sign_in=town.identity.tokens.make_sign_in,
        digest_minutes=60,
    )
    town.mail = mail
    await mail.start()
    jobs.start()
    yield mail
    await tasks.aclose()


async def _subscribers(town: Town, meeting_id: str) -> int:
    found = await town.database.read(lambda c: subscriptions.confirmed(c, meeting_id))
    return len(found)


def _path(text: str, start: str) -> str:
    found = re.search(rf"{BASE}({start}\S+)", text)
    assert found is not None, text
    return found[1]


async def _confirm(office: PostOffice, visitor: Any, number: int = 1) -> None:
    letter = await office.wait(number)
    path = _path(office.text(letter), "/mail/confirm/")
    # A program that fetches ahead confirms nothing.
    assert "Do you want to hear" in await (await visitor.get(path)).text()
    answer = await visitor.post(path)
    assert "Thank you" in await answer.text()


async def test_asked_for_twice_then_gathered_then_ended_in_one_click(
    town: Town, forum: SimpleNamespace, mail: Mail, office: PostOffice, visitor: Any
) -> None:
    page = f"{M}/follow-up"
    answer = await send(visitor, page, f"{M}/follow", address="Ann@Example.ORG ")
    assert answer.status == 303
    assert await _subscribers(town, forum.meeting_id) == 0
    await _confirm(office, visitor)
    assert await _subscribers(town, forum.meeting_id) == 1
    town.clock.advance(60)
    for text in ("It stays open.", "It stays open <until> midnight."):
        about = {"contribution_id": forum.posts[0], "text": text}
        await town.do(forum.meeting_id, "contribution.answer", **about)
    await asyncio.sleep(0.2)
    assert len(office.letters) == 1  # gathered, not told one by one
    town.clock.advance(3_700)
    digest = await office.wait(2)
    assert digest["To"] == "Ann@example.org"
    assert "until> midnight" in office.text(digest)
    assert "until&gt; midnight" in office.text(digest, "html")
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = digest["List-Unsubscribe"].strip("<>").removeprefix(BASE)
    assert "No more letters?" in await (await visitor.get(stop)).text()
    returned = find_stop_token(_report(digest, "5.1.1", whole=False))
    assert stop == f"/mail/stop/{returned}"
    one_click = {"List-Unsubscribe": "One-Click"}
    assert (await visitor.post(stop, data=one_click)).status == 200
    assert await _subscribers(town, forum.meeting_id) == 0
    assert (await visitor.post(stop, data=one_click)).status == 200


def _report(letter: Message, status: str, *, whole: bool) -> bytes:
    """Return a delivery report as mail servers write it (RFC 3464)."""
    returned = letter.as_string() if whole else letter.as_string().partition("\n\n")[0]
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return (
        "From: MAILER-DAEMON@example.org\nTo: moot@example.org\n"
        "Subject: Undelivered Mail\nMIME-Version: 1.0\nContent-Type: multipart/report;"
        ' report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; a@example.org\n"
        f"Action: failed\nStatus: {status}\n\n"
        f"--b\nContent-Type: {kind}\n\n{returned}\n\n--b--\n"
    ).encode()


@pytest.mark.parametrize("whole", [True, False])
def test_a_report_ends_the_subscription_of_the_letter_in_it(whole: bool) -> None:
    letter = write_message(
        Letter(
            to="a@example.org",
            subject="News",
            text="/mail/stop/not-this",
            html="",
            stop_url="https://moot.example/mail/stop/InVfMSI.abc-_D",
        ),
        sender="Moot <moot@example.org>",
        at=0,
    )
    gone = _report(letter, "5.1.1", whole=whole)
    assert find_stop_token(gone) == "InVfMSI.abc-_D"
    for passing in ("5.2.2", "5.7.1", "4.1.1", "4.4.7"):
        assert find_stop_token(_report(letter, passing, whole=whole)) is None
    assert find_stop_token(letter.as_bytes()) is None
    assert find_stop_token(b"\xff\x00 no mail at all") is None


async def test_letter_holds_nothing_that_was_hidden_in_the_meantime(
    town: Town, forum: SimpleNamespace, mail: Mail, office: PostOffice, visitor: Any
) -> None:
    await mail.subscribe(forum.meeting_id, "ann@example.org")
    await _confirm(office, visitor)
    town.clock.advance(60)
    about = {"contribution_id": forum.posts[0]}
    await town.do(forum.meeting_id, "contribution.answer", **about, text="Marked")
    await town.do(forum.meeting_id, "contribution.hide", **about, reason="x")
    about = {"contribution_id": forum.posts[2]}
    await town.do(forum.meeting_id, "contribution.answer", **about, text="Open")
    await asyncio.sleep(0.2)
    town.clock.advance(3_700)
    digest = await office.wait(2)
    for text in (office.text(digest), office.text(digest, "html"), str(digest)):
        assert "Marked" not in text
        assert "along the river" not in text


async def test_follower_of_one_contribution_hears_of_that_alone(
    town: Town, forum: SimpleNamespace, mail: Mail, office: PostOffice, visitor: Any
) -> None:
    one, other = forum.posts[0], forum.posts[2]
    await mail.subscribe(forum.meeting_id, "ann@example.org", contribution_id=one)
    await _confirm(office, visitor)
    town.clock.advance(60)
    for key, text in ((other, "Not this"), (one, "But this")):
        about = {"contribution_id": key, "text": text}
        await town.do(forum.meeting_id, "contribution.answer", **about)
    await asyncio.sleep(0.2)
    town.clock.advance(3_700)
    text = office.text(await office.wait(2))
    assert "But this" in text
    assert "Not this" not in text


@pytest.mark.parametrize(
    "answer",
    ["550 No such mailbox", "550 5.1.1 Unknown", "554 5.2.1 Disabled", "553 No"],
)
async def test_address_that_takes_no_mail_is_deleted(
    town: Town, forum: SimpleNamespace, mail: Mail, office: PostOffice, answer: str
) -> None:
    office.answer = answer
    await mail.subscribe(forum.meeting_id, "nobody@example.org")
    async with asyncio.timeout(45):
        while await town.database.read(
            lambda c: subscriptions.count_asked(c, since=town.clock() - timedelta(1))
        ):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("answer", "at_data"),
    [
        ("550 5.7.1 You are on a block list", False),
        ("552 5.2.2 Mailbox full", False),
        ("554 Transaction failed", False),
        ("554 5.7.1 Looks like spam", True),
        ("550 Rejected", True),
    ],
)
async def test_what_is_about_us_or_passes_ends_nobodys_subscription(
    town: Town,
    forum: SimpleNamespace,
    mail: Mail,
    office: PostOffice,
    answer: str,
    at_data: bool,
) -> None:
    if at_data:
        office.at_data = answer
    else:
        office.answer = answer
    await mail.subscribe(forum.meeting_id, "ann@example.org")
    async with asyncio.timeout(45):
        await office.came.wait()
    office.answer = office.at_data = "250 OK"
    await asyncio.sleep(0.2)
    town.clock.advance(61)
    assert (await office.wait(1))["To"] == "ann@example.org"


async def test_address_that_is_none_is_asked_for_again_where_it_stood(
    forum: SimpleNamespace, mail: Mail, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    for page, action in (
        (f"{M}/follow-up", f"{M}/follow"),
        (f"{M}/c/{forum.posts[0]}", f"{M}/follow"),
        (f"{M}/mine", f"{M}/mine/mail"),
    ):
        answer = await send(visitor, page, action, address="ann@<example")
        html = await answer.text()
        assert answer.status == 409, html
        assert "like name@example.org" in html
        assert 'value="ann@&lt;example"' in html
        assert 'aria-invalid="true"' in html


async def test_server_that_is_busy_is_asked_again_later(
    town: Town, forum: SimpleNamespace, mail: Mail, office: PostOffice
) -> None:
    office.answer = "451 Come back later"
    await mail.subscribe(forum.meeting_id, "ann@example.org")
    async with asyncio.timeout(45):
        await office.came.wait()
    office.answer = "250 OK"
    await asyncio.sleep(0.2)
    assert office.letters == []
    town.clock.advance(61)
    letter = await office.wait(1)
    assert letter["To"] == "ann@example.org"


async def test_own_link_comes_by_mail_and_the_address_goes(
    town: Town, forum: SimpleNamespace, mail: Mail, office: PostOffice, visitor: Any
) -> None:
    enter(visitor, forum.people[0].token)
    answer = await send(visitor, f"{M}/mine", f"{M}/mine/mail", address="m@example.org")
    assert answer.status == 303
    path = _path(office.text(await office.wait(1)), "/sign-in/")
    visitor.session.cookie_jar.clear()
    answer = await visitor.get(path, allow_redirects=False)
    assert answer.headers["Location"] == M
    assert "Mira Brandt" in await (await visitor.get(M)).text()
    async with asyncio.timeout(45):
        while await town.database.read(
            lambda c: subscriptions.count_asked(c, since=town.clock() - timedelta(1))
        ):
            await asyncio.sleep(0.02)


async def test_address_that_nobody_confirms_is_deleted_after_a_week(
    town: Town, forum: SimpleNamespace, mail: Mail, office: PostOffice
) -> None:
    await mail.subscribe(forum.meeting_id, "ann@example.org")
    await office.wait(1)
    since = town.clock() - timedelta(days=1)
    town.clock.advance(8 * 86_400)
    async with asyncio.timeout(45):
        while await town.database.read(
            lambda c: subscriptions.count_asked(c, since=since)
        ):
            await asyncio.sleep(0.02)


async def test_nothing_is_offered_where_no_mail_is_set_up(
    forum: SimpleNamespace, visitor: Any
) -> None:
    html = await (await visitor.get(f"{M}/follow-up")).text()
    assert 'name="address"' not in html
    assert (await visitor.get("/mail/stop/x")).status == 404


@pytest.mark.parametrize(
    "text", ["", "ann", "ann@", "@example.org", "a b@example.org", "a@localhost",
             "a@example.org\nBcc: b@example.org", "ä@example.org", f"{'a' * 250}@b.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_address(text)
    assert caught.value.code == "bad_address"
