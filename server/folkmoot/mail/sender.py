"""Hands letters to a mail server, at a pace that it bears."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
import time
from email.message import EmailMessage
from typing import Literal

import msgspec

Security = Literal["starttls", "tls", "none"]
_TIMEOUT_SECONDS = 30
# What is wrong with an address for good, by RFC 3463: no such mailbox or system, moved,
# disabled. Of all else (5.7.1, a block list; 5.2.2, a full mailbox) nobody's
# subscription may end: it is about us, or passes.
_GONE = re.compile(r"5\.(?:1\.(?:0|1|2|3|4|6|10)|2\.1)(?!\d)")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)")
# RFC 5321, 4.2.2, where a server says no more than its number of a recipient.
_NOBODY = frozenset({550, 551, 553})


class Bounced(Exception):
    """The address takes no mail, for good."""


class Unreachable(Exception):
    """The letter can't be handed over now; later it may."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where letters are handed over, and as whom."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = ""


class Sender:
    """Hands over one letter after the other, so many a minute."""

    def __init__(self, server: Server, *, per_minute: int) -> None:
        self._server = server
        self._pause_seconds = 60 / per_minute
        self._turn = asyncio.Lock()
        self._next_at = 0.0

    async def send(self, message: EmailMessage) -> None:
        """Hand a letter over; raises `Bounced` or `Unreachable`."""
        async with self._turn:
            if (wait := self._next_at - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self._next_at = time.monotonic() + self._pause_seconds
        # The standard library's client blocks, so it has a thread.
        await asyncio.to_thread(self._deliver, message)

    def _deliver(self, message: EmailMessage) -> None:
        try:
            with self._connect() as connection:
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            answers = list(error.recipients.values())
            if all(_is_gone(code, said, code in _NOBODY) for code, said in answers):
                raise Bounced from error
            # Codes alone: a server's words may tell the address.
            raise Unreachable(f"answered {[code for code, _ in answers]}") from error
        except smtplib.SMTPDataError as error:
            # A bare number at this point judges the letter, not the address.
            if _is_gone(error.smtp_code, error.smtp_error, bare=False):
                raise Bounced from error
            raise Unreachable(f"answered {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(
                server.host, server.port, timeout=_TIMEOUT_SECONDS
            )
        try:
            if server.security == "starttls":
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


def says_gone(status: str) -> bool:
    """Whether an enhanced status code (RFC 3463) says that an address is gone."""
    return _GONE.match(status.strip()) is not None


def _is_gone(code: int, said: bytes | str, bare: bool) -> bool:  # noqa: FBT001
    """Whether an answer says that an address is gone; `bare`: of a number alone."""
    if code < 500:
        return False
    words = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    found = _ENHANCED.match(words.strip())
    return bare if found is None else says_gone(found[0])
