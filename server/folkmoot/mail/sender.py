"""Hands letters to a mail server, at a pace that it bears."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import time
from email.message import EmailMessage
from typing import Literal

import msgspec

Security = Literal["starttls", "tls", "none"]
_TIMEOUT_SECONDS = 30
# "No such mailbox" and its like; other refusals may be about us and not the reader.
_NOBODY = frozenset({550, 551, 552, 553, 554})


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
            codes = [code for code, _ in error.recipients.values()]
            if all(code in _NOBODY for code in codes):
                raise Bounced from error
            # Codes alone: a server's words may tell the address.
            raise Unreachable(f"answered {codes}") from error
        except smtplib.SMTPDataError as error:
            if error.smtp_code in _NOBODY:
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
