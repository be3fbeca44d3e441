"""Reads mail that came back: whose subscription ends because a mailbox is gone.

A delivery report (RFC 3464) says why in its `Status`, and carries the letter or its
head, in which stands the one-click way out of just this subscription (RFC 8058). So
an address is never looked for, and nothing but our own signature ends anything.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.message import Message
from email.policy import compat32

from folkmoot.mail.sender import says_gone

_STOP = re.compile(r"/mail/stop/([A-Za-z0-9_.-]+)")


def find_stop_token(report: bytes) -> str | None:
    """Return what ends the subscription; None where a report says nothing of the kind.

    A full mailbox, a delay or a block list end nothing, and no letter but a report.
    """
    message = email.message_from_bytes(report, policy=compat32)
    if message.get_content_type() != "multipart/report":
        return None
    parts = list(message.walk())
    statuses = [str(one["Status"]) for one in parts if one["Status"]]
    if not statuses or not all(says_gone(status) for status in statuses):
        return None
    for head in _letters(parts):
        if found := _STOP.search(str(head.get("List-Unsubscribe", ""))):
            return found[1]
    return None


def _letters(parts: list[Message]) -> Iterator[Message]:
    """Yield what was sent: whole, or its head alone."""
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            yield email.message_from_string(str(part.get_payload()))
        else:
            yield part
