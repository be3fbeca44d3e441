"""Heads that are read without a parser: only those that nobody reads otherwise."""

from __future__ import annotations

import pytest

from folkmoot.media.deliver.request_head import MAX_HEAD_BYTES, Profile, read_head

LINE = b"GET /media/a/b/source.m3u8?_HLS_msn=4&_HLS_part=1 HTTP/1.1\r\n"
HOST = b"Host: meet.example.org\r\n"


def test_a_browsers_request_is_read() -> None:
    head = read_head(
        LINE + HOST + b"Connection: keep-alive\r\nUser-Agent: Moz/5.0 (X)\r\n"
        b"ACCEPT-ENCODING: gzip, deflate, br\r\nx-forwarded-for:192.0.2.7\r\n\r\n"
    )
    assert head is not None
    assert head.line == LINE
    assert head.profile == Profile(
        quick=True, gzip=True, agent="Moz/5.0 (X)", forwarded_for="192.0.2.7"
    )


@pytest.mark.parametrize(
    "field",
    [b"Range: bytes=0-1", b"Connection: close", b"If-Range: x", b"TE: trailers"],
)
def test_what_changes_the_answer_is_not_quick(field: bytes) -> None:
    head = read_head(LINE + HOST + field + b"\r\n\r\n")
    assert head is not None
    assert not head.profile.quick


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LINE,
        LINE + HOST,
        LINE + b"\r\n",
        LINE + b"Accept: */*\r\n\r\n",  # no Host
        LINE + HOST + HOST + b"\r\n",
        LINE + HOST + b"\r\n" + LINE + HOST + b"\r\n",  # two requests
        LINE + HOST + b"\r\nGET",
        LINE + HOST + b"Content-Length: 0\r\n\r\n",
        LINE + HOST + b"cOnTeNt-LeNgTh : 5\r\n\r\n",
        LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n",
        LINE + HOST + b"Upgrade: websocket\r\n\r\n",
        LINE + HOST + b"Expect: 100-continue\r\n\r\n",
        LINE + HOST + b"X: a\nTransfer-Encoding: chunked\r\n\r\n",  # a bare LF
        LINE + HOST + b"X: a\rTransfer-Encoding: chunked\r\n\r\n",  # a bare CR
        LINE + HOST + b"X: a\r\n Transfer-Encoding: chunked\r\n\r\n",  # folded
        LINE + HOST + b"X: \x00\r\n\r\n",
        b"POST /media HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /media HTTP/1.0\r\n" + HOST + b"\r\n",
        b"GET  /media HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET http://x/media HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /m\x80 HTTP/1.1\r\n" + HOST + b"\r\n",
        LINE + HOST + b"X: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n",
    ],
)
def test_what_is_not_plain_is_left_to_a_parser(data: bytes) -> None:
    assert read_head(data) is None
