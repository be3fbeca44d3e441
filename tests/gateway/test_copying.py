"""A meeting as a template: its frame goes along, its people and words stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from folkmoot.core import commands as cmd
from folkmoot.core.feeds import PUBLIC
from folkmoot.gateway.copying import copy_meeting
from tests.core.play import Play
from tests.core.square import ANN, FACILITATOR, ORGANISER, Square

VIENNA = "Europe/Vienna"


def _template() -> Square:
    square = Square(timezone=VIENNA, moderation="before", visibility="unlisted")
    scope = [cmd.ScopeItem(label="outside", text="Rents", holder="The county")]
    square.do(cmd.EditMeeting(purpose="Trees", scope_items=scope), ORGANISER)
    features = cmd.EditRoom(room_id=square.rooms[0], capacity=80, features=["quiet"])
    square.do(features, ORGANISER)
    square.do(
        cmd.EditSlot(slot_id=square.slots[1], label="Lunch", kind="break"), FACILITATOR
    )
    square.do(
        cmd.BoardRules(mode="vote", counts="hidden", voting="closed"), FACILITATOR
    )
    square.place(square.propose("Not copied", ANN))
    square.post("Not copied either", ANN)
    return square


def _copy(starts_at: datetime | None) -> Play:
    copy = Play()
    command = copy_meeting(
        _template().snapshot(PUBLIC), slug="copy", title="Again", starts_at=starts_at
    )
    copy.do(command)
    return copy


def test_frame_goes_along_and_what_people_did_stays() -> None:
    shown = _copy(None).snapshot(PUBLIC)
    assert shown["content"] == {
        "title": "Again",
        "purpose": "Trees",
        "scope": "",
        "scope_items": [{"label": "outside", "text": "Rents", "holder": "The county"}],
    }
    rooms = [
        (r["content"]["name"], r["capacity"], r["features"])
        for r in shown["rooms"].values()
    ]
    assert rooms == [("Plenary", 80, ["quiet"]), ("Small", None, [])]
    times = [(s["content"]["label"], s["kind"]) for s in shown["slots"].values()]
    assert times == [("", "session"), ("Lunch", "break")]
    assert (shown["board_mode"], shown["counts"]) == ("vote", "hidden")
    # Open again, whatever the template has closed by now.
    assert (shown["proposals"], shown["voting"]) == ("open", "open")
    assert (shown["moderation"], shown["visibility"]) == ("before", "unlisted")
    assert (shown["sessions"], shown["contributions"]) == ({}, {})


def test_times_keep_their_hour_across_summer_time() -> None:
    copy = _copy(datetime(2026, 12, 7, 8, tzinfo=UTC))
    first = next(iter(copy.full.slots.values()))
    # 10:00 UTC in May is noon in Vienna, and noon in December is 11:00 UTC.
    assert first.starts_at == datetime(2026, 12, 7, 11, tzinfo=UTC)
    assert first.ends_at - first.starts_at == timedelta(hours=1)
