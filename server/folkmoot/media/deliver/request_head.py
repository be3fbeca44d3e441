"""The head of a request, read without a parser where it is as plain as can be.

Browsers send the same header fields with each request of a kind, so what they mean
is found out once. Whatever isn't plain (a body, an odd line end, a field said
twice that may not be) is for a real parser: only what two readers could not
understand differently is read here.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

MAX_HEAD_BYTES = 4096
_FIELDS = re.compile(
    rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)+\r\n"
)
_LINE = re.compile(rb"(?:GET|HEAD) /[\x21-\x7e]* HTTP/1\.1\r\n")
# What may bring a body or another protocol: then bytes follow that are no request.
_NOT_PLAIN = frozenset(
    {
        b"content-length",
        b"expect",
        b"http2-settings",
        b"sec-websocket-key",
        b"transfer-encoding",
        b"upgrade",
    }
)
# What changes the answer in ways that only the ordinary handlers know.
_NOT_QUICK = frozenset({b"range", b"if-range", b"te", b"trailer"})


class Profile(msgspec.Struct, frozen=True):
    """What header fields say; `quick` if they ask for nothing out of the ordinary."""

    quick: bool
    gzip: bool
    agent: str
    forwarded_for: str


class Head(msgspec.Struct, frozen=True):
    """A plain request without a body: its first line, and what its fields say."""

    line: bytes
    profile: Profile


def read_head(data: bytes) -> Head | None:
    """Read `data` if it is exactly one plain request, whole and without a body."""
    if len(data) > MAX_HEAD_BYTES or not data.endswith(b"\r\n\r\n"):
        return None
    end = data.find(b"\r\n") + 2
    line = data[:end]
    if _LINE.fullmatch(line) is None:
        return None
    profile = _read_fields(data[end:])
    return Head(line, profile) if profile is not None else None


@lru_cache(maxsize=4096)
def _read_fields(fields: bytes) -> Profile | None:
    # The pattern has no empty line but the last: one head, nothing after it.
    if _FIELDS.fullmatch(fields) is None:
        return None
    found: dict[bytes, bytes] = {}
    for each in fields[:-4].split(b"\r\n"):
        name, _, value = each.partition(b":")
        name = name.lower()
        if name in found and name in {b"host", b"connection"}:
            return None
        found.setdefault(name, value.strip())
    if b"host" not in found or _NOT_PLAIN & found.keys():
        return None
    connection = found.get(b"connection", b"").lower()
    return Profile(
        quick=connection in {b"", b"keep-alive"} and not _NOT_QUICK & found.keys(),
        gzip=b"gzip" in found.get(b"accept-encoding", b""),
        agent=found.get(b"user-agent", b"").decode("utf-8", "surrogateescape"),
        forwarded_for=found.get(b"x-forwarded-for", b"").decode("latin-1"),
    )
