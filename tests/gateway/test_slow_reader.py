"""A client that doesn't read may not cost the others anything."""

from __future__ import annotations

import asyncio
import socket as sockets
from pathlib import Path

from folkmoot.gateway.fanout import Fanout
from folkmoot.keys import GATEWAY
from tests.gateway.house import House, open_house


async def test_a_slow_reader_is_cut_off_and_others_are_not(house: House) -> None:
    await house.make()
    fanout: Fanout = house.app[GATEWAY].fanout
    fanout._max_waiting_bytes = 64 * 1024
    ann = await house.join()
    quick = await house.open_socket(ann.token)
    joined = await quick.join()
    reader, writer = await _join_raw(house)
    meeting_id = next(fanout.audiences()).meeting_id
    assert len(fanout.meeting_lines(meeting_id)) == 2
    writer.transport.pause_reading()
    count = 0
    while len(fanout.meeting_lines(meeting_id)) == 2:
        # Each another one: copies wait for a moderator and are told to nobody.
        words = " ".join(f"w{count}x{number}" for number in range(900))
        answer = await ann.give("contribution.post", text=words)
        assert answer["ok"]
        count += 1
        assert count < 3000
    entries = await quick.wait_for("entry", count)
    seqs = [entry["seq"] for entry in entries]
    assert seqs == list(range(joined["seq"] + 1, joined["seq"] + 1 + count))
    writer.close()
    del reader


async def _join_raw(
    house: House,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a joined WebSocket with a small receive buffer, read by nobody."""
    host, port = house.url.removeprefix("http://").split(":")
    sock = sockets.socket()
    sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
    writer.write(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_masked(b"40"))
    await reader.readuntil(b"40{")
    writer.write(_masked(b'420["join",{"meeting":"moot","after":0}]'))
    await reader.readuntil(b'430[{"ok":true')
    return reader, writer


def _masked(text: bytes) -> bytes:
    """Return a client's text frame; a mask of zeros changes nothing."""
    assert len(text) < 126
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


async def test_a_line_is_dropped_at_garbage(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.make()
        for garbage in (b'42["join"', b"4" + b"[" * 100, b"42" + b"[" * 90, b"9"):
            reader, writer = await _join_raw(house)
            writer.write(_masked(garbage))
            async with asyncio.timeout(45):
                if garbage != b"9":
                    try:
                        while await reader.read(4096):
                            pass
                    except ConnectionError:
                        pass
            writer.close()
        assert (await house.ask("GET", "/healthz"))[0] == 200
