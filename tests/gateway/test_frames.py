"""Frames: byte for byte what aiohttp and Socket.IO would send."""

from __future__ import annotations

import json

import pytest
from aiohttp import WSMsgType
from aiohttp.http_websocket import WebSocketWriter
from socketio.packet import EVENT, Packet

from folkmoot.gateway.frames import event_frame, text_frame


class Recorder:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
async def test_a_frame_is_what_aiohttp_would_write(size: int) -> None:
    payload = b"x" * size
    recorder = Recorder()
    writer = WebSocketWriter(None, recorder)
    writer._write_websocket_frame(payload, WSMsgType.TEXT, 0)
    assert text_frame(payload) == recorder.data


def test_an_event_is_what_socketio_would_send() -> None:
    data = {"feed": "public", "seq": 3, "data": {"text": 'é "quoted" \u2028'}}
    packet = Packet(EVENT, data=["entry", data], namespace="/").encode()
    frame = event_frame("entry", data)
    text = frame[frame.index(b"42[") :].decode()
    # engine.io puts its own `4`, a message, before the packet.
    assert text[0] == "4"
    assert text[1] == packet[0] == "2"
    assert json.loads(text[2:]) == json.loads(packet[1:]) == ["entry", data]
