"""What a command is answered, and who sent it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from folkmoot.core.refusals import Refusal
from folkmoot.core.wire import moment


class ClientStamp(msgspec.Struct, frozen=True):
    """Which command of which client this is.

    `member_id` is a member's id, `admin` or `job:<id>`; a client id belongs to
    it. `client_seq` counts from 1, one by one.
    """

    member_id: str
    client_id: str
    client_seq: int


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag="accepted"):
    """Written; `feed` and `seq` name the entry in which the actor finds it."""

    feed: str
    seq: int
    at: datetime
    data: dict[str, Any] = {}

    def to_wire(self) -> dict[str, Any]:
        return {
            "ok": True,
            "feed": self.feed,
            "seq": self.seq,
            "at": moment(self.at),
            "data": self.data,
        }


class Duplicate(msgspec.Struct, frozen=True, tag="duplicate"):
    """Was answered before a later command of this client."""

    def to_wire(self) -> dict[str, Any]:
        return {"ok": True, "duplicate": True}


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """Not allowed. With `retry_after` (seconds) it was not counted and may come again.

    `data` says how things stand where the sender saw them otherwise.
    """

    code: str
    message: str
    retry_after: float | None = None
    data: dict[str, Any] = {}

    @classmethod
    def of(cls, refusal: Refusal) -> Refused:
        """Return the answer that tells of a refusal."""
        return cls(
            code=refusal.code,
            message=refusal.message,
            retry_after=refusal.retry_after,
            data=refusal.data,
        )

    @property
    def refusal(self) -> Refusal:
        """The refusal that this answer tells of."""
        return Refusal(
            self.code, self.message, retry_after=self.retry_after, data=self.data
        )

    def to_wire(self) -> dict[str, Any]:
        wire: dict[str, Any] = {
            "ok": False,
            "code": self.code,
            "message": self.message,
        }
        if self.data:
            wire["data"] = self.data
        if self.retry_after is not None:
            wire["retry_after"] = self.retry_after
        return wire


class Resend(msgspec.Struct, frozen=True, tag="resend"):
    """Commands before this one are missing: send again from this number on."""

    resend_from: int

    def to_wire(self) -> dict[str, Any]:
        return {
            "ok": False,
            "code": "gap",
            "message": "Earlier actions of this device have not arrived.",
            "resend_from": self.resend_from,
        }


Answer = Accepted | Duplicate | Refused | Resend
_DECODER: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


def encode_answer(answer: Answer) -> str:
    return msgspec.json.encode(answer).decode()


def decode_answer(body: str) -> Answer:
    return _DECODER.decode(body)
