"""What the server says to a publisher, as AMF0 values (RTMP 1.0, 7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from folkmoot.media.ingest.rtmp.amf0 import Value

_SERVER = "FMS/3,0,1,123"  # encoders look for a name that they know


def connected(transaction: float) -> list[Value]:
    """The answer to `connect`."""
    return [
        "_result",
        transaction,
        {"fmsVer": _SERVER, "capabilities": 31.0},
        {
            "level": "status",
            "code": "NetConnection.Connect.Success",
            "description": "Connected.",
            "objectEncoding": 0.0,
        },
    ]


def result(transaction: float, value: Value) -> list[Value]:
    """The answer to a call that yields one value."""
    return ["_result", transaction, None, value]


def on_fc_publish(name: str) -> list[Value]:
    """The answer to `FCPublish`, for which some encoders wait."""
    about: dict[str, Value] = {
        "code": "NetStream.Publish.Start",
        "description": name,
    }
    return ["onFCPublish", 0.0, None, about]


def status(level: str, code: str, description: str) -> list[Value]:
    """A word on the stream's state: `level` is "status" or "error"."""
    about: dict[str, Value] = {
        "level": level,
        "code": code,
        "description": description,
    }
    return ["onStatus", 0.0, None, about]
