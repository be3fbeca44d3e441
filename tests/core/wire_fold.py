"""The fold over wire states and wire entries, as a browser does it.

The reference for `web/src/fold.ts`: written from the protocol alone, without
the server's fold, so that the two check each other.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

Wire = dict[str, Any]
_FOLDERS: dict[str, Callable[[Wire, Wire, str], None]] = {}


def fold(state: Wire, entries: list[Wire]) -> Wire:
    """Return the state after the entries."""
    state = deepcopy(state)
    for entry in deepcopy(entries):
        _FOLDERS[entry["kind"]](state, entry["data"], entry["at"])
    return state


def _on(*kinds: str) -> Callable[[Any], Any]:
    def register(folder: Any) -> Any:
        _FOLDERS.update(dict.fromkeys(kinds, folder))
        return folder

    return register


def _content(item: Wire, data: Wire) -> None:
    """Take over the text, or why it is gone."""
    item["content_id"], item["content"] = data["content_id"], data["content"]
    item.pop("gone", None)
    if "gone" in data:
        item["gone"] = data["gone"]


def _lose(item: Wire, why: str) -> None:
    item["content"], item["gone"] = None, why


def _fields(data: Wire, *names: str) -> Wire:
    return {name: data[name] for name in names}


@_on("MeetingCreated")
def _(state: Wire, data: Wire, at: str) -> None:
    state |= _fields(
        data,
        "slug",
        "timezone",
        "visibility",
        "moderation",
        "on_air",
        "starts_at",
        "series_id",
        "demonstration",
    )
    state["phase"] = "upcoming"
    _content(state, data)


@_on("MeetingEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    state |= _fields(data, "moderation", "starts_at")
    _content(state, data)


@_on("MeetingOpened", "MeetingReopened")
def _(state: Wire, data: Wire, at: str) -> None:
    state["phase"] = "live"
    state["opened_at"] = state["opened_at"] or at
    state["ended_at"] = None


@_on("MeetingEnded")
def _(state: Wire, data: Wire, at: str) -> None:
    state |= {"phase": "ended", "ended_at": at}
    for room in state["rooms"].values():
        room |= {"channel": "off", "reason_id": None, "reason": None}


@_on("RoomAdded")
def _(state: Wire, data: Wire, at: str) -> None:
    room = _fields(data, "room_id", "slug", "capacity", "features") | {
        "channel": "off",
        "connected": False,
        "reason_id": None,
        "reason": None,
        "channel_changed_at": None,
        "ever_on_air": False,
        "recording_revision": 0,
        "transcript_revision": 0,
    }
    _content(room, data)
    state["rooms"][data["room_id"]] = room


@_on("RoomEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= _fields(data, "capacity", "features")
        _content(room, data)


@_on("SlotAdded")
def _(state: Wire, data: Wire, at: str) -> None:
    slot = _fields(data, "slot_id", "starts_at", "ends_at")
    _content(slot, data)
    state["slots"][data["slot_id"]] = slot


@_on("SlotRemoved")
def _(state: Wire, data: Wire, at: str) -> None:
    state["slots"].pop(data["slot_id"], None)


@_on("ChannelStarted", "ChannelReleased")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= {
            "channel": "on",
            "connected": data["connected"],
            "reason_id": None,
            "reason": None,
            "channel_changed_at": at,
            "ever_on_air": True,
        }


@_on("ChannelHeld")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= {
            "channel": "hold",
            "reason_id": data["content_id"],
            "reason": data["content"],
            "channel_changed_at": at,
        }


@_on("ChannelStopped")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= {
            "channel": "off",
            "reason_id": None,
            "reason": None,
            "channel_changed_at": at,
        }


@_on("SourceChanged")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room["connected"] = data["connected"]


@_on("RecordingChanged")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room["recording_revision"] += 1


@_on("TranscriptChanged")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room["transcript_revision"] = data["revision"]


@_on("MarkerAdded")
def _(state: Wire, data: Wire, at: str) -> None:
    marker = _fields(data, "marker_id", "room_id", "kind", "marked_at")
    _content(marker, data)
    state["markers"][data["marker_id"]] = marker


@_on("MarkerEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if marker := state["markers"].get(data["marker_id"]):
        marker["marked_at"] = data["marked_at"]
        _content(marker, data)


@_on("MarkerRemoved")
def _(state: Wire, data: Wire, at: str) -> None:
    state["markers"].pop(data["marker_id"], None)


@_on("InviteMade")
def _(state: Wire, data: Wire, at: str) -> None:
    invite = _fields(data, "invite_id", "duty") | {"revoked": False}
    _content(invite, data)
    state["invites"][data["invite_id"]] = invite


@_on("InviteRevoked")
def _(state: Wire, data: Wire, at: str) -> None:
    if invite := state["invites"].get(data["invite_id"]):
        invite["revoked"] = True
    kept = {
        member_id: {duty: by for duty, by in duties.items() if by != data["invite_id"]}
        for member_id, duties in state["duties"].items()
    }
    state["duties"] = {m: duties for m, duties in kept.items() if duties}


@_on("DutyGranted")
def _(state: Wire, data: Wire, at: str) -> None:
    duties = state["duties"].setdefault(data["member_id"], {})
    duties[data["duty"]] = data["invite_id"]


@_on("DutyRevoked")
def _(state: Wire, data: Wire, at: str) -> None:
    duties = state["duties"].get(data["member_id"], {})
    duties.pop(data["duty"], None)
    if not duties:
        state["duties"].pop(data["member_id"], None)


@_on("AttendanceCounted")
def _(state: Wire, data: Wire, at: str) -> None:
    state["attendance"] = data["counts"]


@_on("SessionProposed")
def _(state: Wire, data: Wire, at: str) -> None:
    session = _fields(data, "session_id", "host_id") | {
        "proposed_at": at,
        "room_id": None,
        "slot_id": None,
        "version": 1,
        "interest": 0,
    }
    _content(session, data)
    state["sessions"][data["session_id"]] = session


@_on("SessionEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        session["version"] = data["version"]
        _content(session, data)


@_on("SessionPlaced")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        session |= _fields(data, "room_id", "slot_id", "version")


@_on("SessionUnplaced")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        session |= {"room_id": None, "slot_id": None, "version": data["version"]}


@_on("SessionWithdrawn")
def _(state: Wire, data: Wire, at: str) -> None:
    state["sessions"].pop(data["session_id"], None)
    state["interest_votes"].pop(data["session_id"], None)


@_on("InterestSet")
def _(state: Wire, data: Wire, at: str) -> None:
    _vote(state["interest_votes"], data["session_id"], data)


@_on("SupportSet")
def _(state: Wire, data: Wire, at: str) -> None:
    _vote(state["support_votes"], data["contribution_id"], data)


def _vote(votes: Wire, item_id: str, data: Wire) -> None:
    ballot = votes.setdefault(item_id, {})
    ballot.pop(data["member_id"], None)
    if data["level"]:
        ballot[data["member_id"]] = data["level"]
    if not ballot:
        del votes[item_id]


@_on("TalliesChanged")
def _(state: Wire, data: Wire, at: str) -> None:
    for session_id, count in data["interest"].items():
        if session := state["sessions"].get(session_id):
            session["interest"] = count
    for contribution_id, count in data["support"].items():
        if contribution := state["contributions"].get(contribution_id):
            contribution["support"] = count


@_on("ContributionPosted")
def _(state: Wire, data: Wire, at: str) -> None:
    contribution_id = data["contribution_id"]
    before = state["contributions"].get(contribution_id, {})
    contribution = _fields(
        data,
        "contribution_id",
        "thread",
        "kind",
        "posted_at",
        "author_id",
        "reply_to",
        "waiting",
    ) | {
        "never_public": data["waiting"],
        "hidden": False,
        "withdrawn": False,
        "edited": before.get("edited", False),
        "support": before.get("support", 0),
    }
    _content(contribution, data)
    state["contributions"][contribution_id] = contribution
    state["hidden_notes"].pop(contribution_id, None)


@_on("ContributionAuthored")
def _(state: Wire, data: Wire, at: str) -> None:
    own = _fields(
        data,
        "contribution_id",
        "member_id",
        "thread",
        "kind",
        "posted_at",
        "reply_to",
        "waiting",
    ) | {
        "hidden": False,
        "withdrawn": False,
    }
    _content(own, data)
    state["authored"][data["contribution_id"]] = own


@_on("ContributionEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if contribution := state["contributions"].get(data["contribution_id"]):
        contribution["edited"] = True
        _content(contribution, data)
    if own := state["authored"].get(data["contribution_id"]):
        _content(own, data)


@_on("ContributionReleased")
def _(state: Wire, data: Wire, at: str) -> None:
    state["contributions"].pop(data["contribution_id"], None)
    state["hidden_notes"].pop(data["contribution_id"], None)
    if own := state["authored"].get(data["contribution_id"]):
        own |= {"waiting": False, "hidden": False}


@_on("ContributionHidden")
def _(state: Wire, data: Wire, at: str) -> None:
    contribution_id = data["contribution_id"]
    told = data["reason_id"] is not None or data["text_id"] is not None
    if contribution := state["contributions"].get(contribution_id):
        contribution |= {"hidden": True, "waiting": False}
        if not told:
            # Bare, so this reader loses the text; who is told why keeps it.
            _lose(contribution, "hidden")
    if told:
        note = state["hidden_notes"].setdefault(
            contribution_id, {"contribution_id": contribution_id}
        )
        for field, name in (("reason_id", "reason"), ("text_id", "text")):
            if data[field] is not None or field not in note:
                note[field], note[name] = data[field], data.get(name)
    if own := state["authored"].get(contribution_id):
        own |= {"hidden": True, "waiting": False}


@_on("ContributionWithdrawn")
def _(state: Wire, data: Wire, at: str) -> None:
    contribution_id = data["contribution_id"]
    for items in (state["contributions"], state["authored"]):
        if item := items.get(contribution_id):
            item |= {"withdrawn": True, "waiting": False}
            _lose(item, "withdrawn")
    state["hidden_notes"].pop(contribution_id, None)
    state["support_votes"].pop(contribution_id, None)
