"""Live connections: join, catch up, act, and be sent away."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
import socketio.exceptions

from tests.gateway.house import House, open_house


async def test_two_people_see_each_others_commands(house: House) -> None:
    await house.make()
    ann, ben = await house.join(name="Ann"), await house.join(name="Ben")
    one, two = await house.open_socket(ann.token), await house.open_socket(ben.token)
    joined = await one.join()
    assert joined["ok"] and joined["entries"][0]["kind"] == "MeetingCreated"
    await two.join(after=joined["seq"], epoch=joined["epoch"])
    request = {"meeting": "moot", **ann.request("contribution.post", text="Hello")}
    answer = await one.call("command", request)
    assert answer["ok"] and answer["feed"] == "public"
    for socket in (one, two):
        (entry,) = await socket.wait_for("entry")
        assert entry["seq"] == answer["seq"] == joined["seq"] + 1
        assert entry["kind"] == "ContributionPosted"
        assert entry["data"]["content"]["text"] == "Hello"
        assert entry["data"]["contribution_id"] == answer["data"]["contribution_id"]
        assert (entry["meeting"], entry["feed"]) == ("moot", "public")
        assert entry["epoch"] == joined["epoch"]
