"""One person under another name in each meeting: nothing public connects the two."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gateway.house import House


async def test_one_may_be_somebody_else_in_another_meeting_of_a_series(
    house: House,
) -> None:
    await house.make("first", series="square")
    await house.make("second", series="square")
    tokens, members = set(), set()
    token = None
    for slug, name in (("first", "Ann Becker"), ("second", "Night Owl")):
        api = f"/api/v1/meetings/{slug}"
        status, joined, _ = await house.ask(
            "POST", f"{api}/join", {"name": name}, token=token
        )
        assert status == 200, joined
        # On the same device one needs no second key; told only once.
        token = token or joined["token"]
        tokens.add(token)
        members.add(joined["member_id"])
        command = {
            "client_id": f"device-{slug}",
            "client_seq": 1,
            "type": "contribution.post",
            "data": {"text": f"Said in {slug}."},
        }
        _, answer, _ = await house.ask("POST", f"{api}/commands", command, token=token)
        assert answer["ok"], answer
    assert (len(tokens), len(members)) == (1, 2)
    seen = {}
    for slug in ("first", "second"):
        path = f"/api/v1/meetings/{slug}/state?feed=public"
        _, public, _ = await house.ask("GET", path)
        seen[slug] = json.dumps(public["state"])
    assert "Ann Becker" in seen["first"]
    assert "Night Owl" in seen["second"]
    assert "Night Owl" not in seen["first"]
    assert "Ann Becker" not in seen["second"]
    for member in members:
        assert sum(member in state for state in seen.values()) == 1
