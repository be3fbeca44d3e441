"""The fold over wire states and wire entries, as a browser does it.

The reference for `web/src/feed/fold.ts`: written from the protocol alone, without
the server's fold, so that the two check each other.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
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
    state["visibility"] = data["visibility"] or state["visibility"]
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
        was = room["channel"]
        room |= {"channel": "off", "reason_id": None, "reason": None}
        room["held_from"] = None
        _end_pause(room, at)
        if was != "off":
            _note_airing(room, at)
    for session in state["sessions"].values():
        _end_span(session, at)
    state["hands"] = {}


@_on("RoomAdded")
def _(state: Wire, data: Wire, at: str) -> None:
    room = _fields(data, "room_id", "slug", "capacity", "features") | {
        "closed": False,
        "closed_at": None,
        "closed_reason_id": None,
        "closed_reason": None,
        "channel": "off",
        "connected": False,
        "reason_id": None,
        "reason": None,
        "channel_changed_at": None,
        "ever_on_air": False,
        "held_from": None,
        "delay_seconds": 0.0,
        "airings": [],
        "pauses": [],
        "cuts": {},
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
        _change_where(state, "room_id", data["room_id"], at)


@_on("RoomClosed")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= {
            "closed": True,
            "closed_at": at,
            "closed_reason_id": data["content_id"],
            "closed_reason": data["content"],
        }


@_on("RoomReopened")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= {
            "closed": False,
            "closed_at": None,
            "closed_reason_id": None,
            "closed_reason": None,
        }


@_on("RoomRemoved")
def _(state: Wire, data: Wire, at: str) -> None:
    state["rooms"].pop(data["room_id"], None)
    state["here"].pop(data["room_id"], None)
    places = state["places"].items()
    state["places"] = {who: where for who, where in places if where != data["room_id"]}


@_on("SlotAdded")
def _(state: Wire, data: Wire, at: str) -> None:
    slot = _fields(data, "slot_id", "starts_at", "ends_at", "kind")
    _content(slot, data)
    state["slots"][data["slot_id"]] = slot


@_on("SlotEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if slot := state["slots"].get(data["slot_id"]):
        slot |= _fields(data, "starts_at", "ends_at", "kind")
        _content(slot, data)
        _change_where(state, "slot_id", data["slot_id"], at)
        for session in state["sessions"].values():
            if session["slot_id"] == data["slot_id"]:
                session["until_at"] = None


@_on("SlotRemoved")
def _(state: Wire, data: Wire, at: str) -> None:
    state["slots"].pop(data["slot_id"], None)


def _end_pause(room: Wire, at: str) -> None:
    if room["pauses"] and room["pauses"][-1]["to_at"] is None:
        room["pauses"] = [*room["pauses"][:-1], room["pauses"][-1] | {"to_at": at}]


def _note_airing(room: Wire, at: str) -> None:
    def age(airing: Wire) -> float:
        then, now = (datetime.fromisoformat(one) for one in (airing["at"], at))
        return (now - then).total_seconds()

    old = [each for each in room["airings"] if age(each) > 120]
    now = {"at": at, "channel": room["channel"], "connected": room["connected"]}
    room["airings"] = [*old[-1:], *room["airings"][len(old) :], now][-16:]


@_on("ChannelStarted", "ChannelReleased")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= {
            "channel": "on",
            "connected": data["connected"],
            "reason_id": None,
            "reason": None,
            "held_from": None,
            "channel_changed_at": at,
            "ever_on_air": True,
        }
        _end_pause(room, at)
        _note_airing(room, at)


@_on("ChannelHeld")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= {
            "channel": "hold",
            "reason_id": data["content_id"],
            "reason": data["content"],
            "held_from": data["from_at"],
            "channel_changed_at": at,
        }
        _end_pause(room, at)
        room["pauses"] = [*room["pauses"], {"from_at": at, "to_at": None}]
        _note_airing(room, at)
        if data["cut_id"] is not None:
            span = {"from_at": data["from_at"], "to_at": at, "category": "hold"}
            room["cuts"][data["cut_id"]] = {**span, "made_at": at}


@_on("ChannelStopped")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room |= {
            "channel": "off",
            "reason_id": None,
            "reason": None,
            "held_from": None,
            "channel_changed_at": at,
        }
        _end_pause(room, at)
        _note_airing(room, at)


@_on("ChannelDelayed")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room["delay_seconds"] = data["seconds"]


@_on("CutRequested")
def _(state: Wire, data: Wire, at: str) -> None:
    request = _fields(data, "cut_id", "room_id", "from_at", "to_at", "member_id")
    request |= {"asked_at": at, "declined_id": None, "declined": None}
    _content(request, data)
    state["cut_requests"][data["cut_id"]] = request


@_on("CutDeclined")
def _(state: Wire, data: Wire, at: str) -> None:
    if request := state["cut_requests"].get(data["cut_id"]):
        request |= {"declined_id": data["content_id"], "declined": data["content"]}


@_on("RecordingCut")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        span = _fields(data, "from_at", "to_at", "category")
        room["cuts"][data["cut_id"]] = {**span, "made_at": at}


@_on("RecordingRestored")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room["cuts"].pop(data["cut_id"], None)


@_on("SourceChanged")
def _(state: Wire, data: Wire, at: str) -> None:
    if room := state["rooms"].get(data["room_id"]):
        room["connected"] = data["connected"]
        _note_airing(room, at)


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
    marker = _fields(data, "marker_id", "room_id", "kind", "marked_at", "waiting")
    _content(marker, data)
    state["markers"][data["marker_id"]] = marker


@_on("MarkerEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if marker := state["markers"].get(data["marker_id"]):
        marker["marked_at"] = data["marked_at"]
        _content(marker, data)


@_on("MarkersPrepared")
def _(state: Wire, data: Wire, at: str) -> None:
    prepared = _fields(data, "room_id")
    _content(prepared, data)
    state["prepared"][data["room_id"]] = prepared


@_on("AgendaPublished")
def _(state: Wire, data: Wire, at: str) -> None:
    state["agenda"].pop(data["room_id"], None)
    if data["item_ids"]:
        agenda = _fields(data, "room_id", "item_ids")
        _content(agenda, data)
        state["agenda"][data["room_id"]] = agenda


@_on("MarkerRemoved", "MarkerReleased")
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


@_on("MemberRemoved")
def _(state: Wire, data: Wire, at: str) -> None:
    state["removed"][data["member_id"]] = at
    state["duties"].pop(data["member_id"], None)


@_on("MemberReadmitted")
def _(state: Wire, data: Wire, at: str) -> None:
    state["removed"].pop(data["member_id"], None)


@_on("AttendanceCounted")
def _(state: Wire, data: Wire, at: str) -> None:
    state["attendance"] = data["counts"]


@_on("CardsIssued")
def _(state: Wire, data: Wire, at: str) -> None:
    series = _fields(data, "series_id", "kind", "first", "count") | {"issued_at": at}
    _content(series, data)
    state["card_series"][data["series_id"]] = series
    state["next_card"] = data["first"] + data["count"]


@_on("CardRedeemed")
def _(state: Wire, data: Wire, at: str) -> None:
    told = {k: v for k, v in data.items() if k not in {"content", "gone"}}
    card = told | {"redeemed_at": at, "replied": False, "served": 0}
    _content(card, data)
    state["cards"][str(data["number"])] = card


@_on("CardServed")
def _(state: Wire, data: Wire, at: str) -> None:
    if card := state["cards"].get(str(data["number"])):
        card["served"] += 1


@_on("CardReplied")
def _(state: Wire, data: Wire, at: str) -> None:
    if card := state["cards"].get(str(data["number"])):
        card["replied"] = True
        _content(card, data)


@_on("BoardRulesChanged")
def _(state: Wire, data: Wire, at: str) -> None:
    state |= _fields(data, "counts", "proposals", "voting")
    state["board_mode"] = data["mode"]
    if data["counts"] == "hidden":
        for session in state["sessions"].values():
            session["interest"] = 0
    if data["mode"] != "queue":
        state |= {"pitch_queue": [], "pitching": None}


@_on("SessionProposed")
def _(state: Wire, data: Wire, at: str) -> None:
    session = _new_session(state, data, at)
    session |= _fields(data, "asked_by", "needs", "wished", "scope")
    state["sessions"][data["session_id"]] = session


def _new_session(state: Wire, data: Wire, at: str) -> Wire:
    state["sessions_ever"] += 1
    session = _fields(data, "session_id", "host_id", "ask") | {
        "number": state["sessions_ever"],
        "cohost_ids": [],
        "asked_by": None,
        "needs": [],
        "wished": [],
        "scope": None,
        "pinned": False,
        "split_from": None,
        "merged_ids": [],
        "proposed_at": at,
        "room_id": None,
        "slot_id": None,
        "version": 1,
        "interest": 0,
        "sequence": 0,
        "changed_at": at,
        "stood_from": None,
        "stood_to": None,
        "spans": [],
        "until_at": None,
    }
    _content(session, data)
    return session


def _change(state: Wire, session: Wire, at: str) -> None:
    session |= {"sequence": session["sequence"] + 1, "changed_at": at}
    if slot := state["slots"].get(session["slot_id"]):
        session |= {"stood_from": slot["starts_at"], "stood_to": slot["ends_at"]}


def _change_where(state: Wire, field: str, value: str, at: str) -> None:
    for session in state["sessions"].values():
        if session["slot_id"] is not None and session[field] == value:
            _change(state, session, at)


@_on("SessionEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        session["version"] = data["version"]
        for name in ("needs", "wished"):
            if data[name] is not None:
                session[name] = data[name]
        _content(session, data)
        _change(state, session, at)


@_on("SessionHostsChanged")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        session |= _fields(data, "host_id", "cohost_ids", "ask", "version")
        _content(session, data)
        _change(state, session, at)


@_on("SessionPlaced", "SessionUnplaced")
def _(state: Wire, data: Wire, at: str) -> None:
    _put(state, {"room_id": None, "slot_id": None, **data}, at)


@_on("BoardArranged")
def _(state: Wire, data: Wire, at: str) -> None:
    for move in data["moves"]:
        _put(state, move, at)


def _put(state: Wire, move: Wire, at: str) -> None:
    if session := state["sessions"].get(move["session_id"]):
        if session["slot_id"] != move["slot_id"]:
            session["until_at"] = None
        session |= _fields(move, "room_id", "slot_id", "version")
        _follow(session, at)
        _change(state, session, at)


@_on("SessionsMerged")
def _(state: Wire, data: Wire, at: str) -> None:
    kept_id, gone_id = data["session_id"], data["merged_id"]
    state["merged"][gone_id] = kept_id
    _move_thread(state, gone_id, kept_id)
    for votes in (state["interest_votes"], state["stars"]):
        for member_id in votes.pop(gone_id, {}):
            votes.setdefault(kept_id, {})[member_id] = 1
    state["hidden_interest"].pop(gone_id, None)
    _forget(state, gone_id)
    for item in (*state["notes"].values(), *state["hands"].values()):
        if item["session_id"] == gone_id:
            item["session_id"] = kept_id
    gone = state["sessions"].pop(gone_id, None)
    kept = state["sessions"].get(kept_id)
    if gone is None or kept is None:
        return
    kept |= _fields(
        data, "host_id", "cohost_ids", "ask", "room_id", "slot_id", "version"
    )
    kept["asked_by"] = kept["asked_by"] or gone["asked_by"]
    kept["merged_ids"] += [gone_id, *gone["merged_ids"]]
    for name in ("needs", "wished"):
        kept[name] += [one for one in gone[name] if one not in kept[name]]
    _content(kept, data)
    _end_span(gone, at)
    spans = [*gone["spans"], *kept["spans"]]
    spans.sort(key=lambda span: (span["to_at"] is None, span["from_at"]))
    kept["spans"] = spans
    _follow(kept, at)
    _change(state, kept, at)
    _cancel(state, gone, at)


@_on("SessionSplit")
def _(state: Wire, data: Wire, at: str) -> None:
    session = _new_session(state, data, at) | {"split_from": data["from_id"]}
    if origin := state["sessions"].get(data["from_id"]):
        session |= {"needs": [*origin["needs"]], "scope": origin["scope"]}
    state["sessions"][data["session_id"]] = session
    if data["copied"]:
        for member_id in state["interest_votes"].get(data["from_id"], {}):
            votes = state["interest_votes"].setdefault(data["session_id"], {})
            votes[member_id] = 1


@_on("SessionLabelled")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        session["scope"] = data["scope"]


@_on("SessionPinned")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        session["pinned"] = data["pinned"]


@_on("SessionWithdrawn")
def _(state: Wire, data: Wire, at: str) -> None:
    session = state["sessions"].pop(data["session_id"], None)
    state["interest_votes"].pop(data["session_id"], None)
    state["stars"].pop(data["session_id"], None)
    if session is not None:
        _cancel(state, session, at)
        _forget(state, data["session_id"])
        _drop(state, "hands", data["session_id"])
        _drop(state, "notes", data["session_id"])


def _drop(state: Wire, name: str, session_id: str) -> None:
    items = state[name].items()
    state[name] = {key: it for key, it in items if it["session_id"] != session_id}


@_on("SessionStarted")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        span = {"room_id": data["room_id"], "from_at": at, "to_at": None}
        session["spans"].append(span)


@_on("SessionFinished")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        _end_span(session, at)
        _drop(state, "hands", data["session_id"])


def _end_span(session: Wire, at: str) -> None:
    for span in session["spans"]:
        span["to_at"] = span["to_at"] or at


def _follow(session: Wire, at: str) -> None:
    """A session that is on goes on in its new room, or ends."""
    running = [span for span in session["spans"] if span["to_at"] is None]
    if running and running[-1]["room_id"] != session["room_id"]:
        _end_span(session, at)
        if session["room_id"] is not None:
            room_id = session["room_id"]
            span = {"room_id": room_id, "from_at": at, "to_at": None}
            session["spans"].append(span)


@_on("SessionExtended")
def _(state: Wire, data: Wire, at: str) -> None:
    if session := state["sessions"].get(data["session_id"]):
        session["until_at"] = data["until_at"]


@_on("HandRaised")
def _(state: Wire, data: Wire, at: str) -> None:
    hand = _fields(data, "hand_id", "session_id", "member_id") | {"raised_at": at}
    _content(hand, data)
    state["hands"][data["hand_id"]] = hand


@_on("HandLowered")
def _(state: Wire, data: Wire, at: str) -> None:
    state["hands"].pop(data["hand_id"], None)


@_on("NoteAdded")
def _(state: Wire, data: Wire, at: str) -> None:
    note = {key: data[key] for key in data if key not in {"content", "gone"}} | {
        "added_at": at,
        "edited_at": None,
        "version": 1,
        "removed": False,
        "owner_id": None,
        "status": "open",
        "progress_id": None,
        "progress": None,
        "moved_at": None,
    }
    _content(note, data)
    state["notes"][data["note_id"]] = note


@_on("NoteEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if note := state["notes"].get(data["note_id"]):
        note |= _fields(data, "version", "kind", "due")
        note |= {"edited_at": at, "removed": False}
        _content(note, data)


@_on("NoteRemoved")
def _(state: Wire, data: Wire, at: str) -> None:
    if data["erased"]:
        state["notes"].pop(data["note_id"], None)
    elif note := state["notes"].get(data["note_id"]):
        note |= {"version": data["version"], "edited_at": at, "removed": True}


@_on("ActionTaken")
def _(state: Wire, data: Wire, at: str) -> None:
    if note := state["notes"].get(data["note_id"]):
        note |= _fields(data, "version", "owner_id") | {"edited_at": at}
        _content(note, data)


@_on("ActionMoved")
def _(state: Wire, data: Wire, at: str) -> None:
    if note := state["notes"].get(data["note_id"]):
        note |= _fields(data, "version", "status") | {"moved_at": at}
        note["progress_id"], note["progress"] = data["content_id"], data["content"]


@_on("ResponsePromised")
def _(state: Wire, data: Wire, at: str) -> None:
    state["response_until"] = data["until"]
    state["response_id"], state["response"] = data["content_id"], data["content"]


@_on("AnswerGiven")
def _(state: Wire, data: Wire, at: str) -> None:
    contribution_id = data["contribution_id"]
    before = state["answers"].get(contribution_id)
    if before and before["version"] < data["version"]:
        key = f"{contribution_id}/{before['version']}"
        state["former_answers"][key] = before
    if data["erased"]:
        _drop_former(state, contribution_id)
    answer = {
        key: data[key] for key in data if key not in {"content", "gone", "erased"}
    }
    _content(answer, data)
    state["answers"][contribution_id] = answer


def _answers(state: Wire, contribution_id: str) -> list[Wire]:
    both = (*state["answers"].values(), *state["former_answers"].values())
    return [one for one in both if one["contribution_id"] == contribution_id]


def _drop_former(state: Wire, contribution_id: str) -> None:
    state["former_answers"] = {
        key: answer
        for key, answer in state["former_answers"].items()
        if answer["contribution_id"] != contribution_id
    }


def _end_spotlights(state: Wire, contribution_id: str) -> None:
    state["spotlights"] = {
        room: one
        for room, one in state["spotlights"].items()
        if one["contribution_id"] != contribution_id
    }


@_on("ContributionSpotlit")
def _(state: Wire, data: Wire, at: str) -> None:
    room = data["room_id"] or ""
    state["spotlights"].pop(room, None)
    if data["contribution_id"] is not None:
        state["spotlights"][room] = _fields(data, "contribution_id") | {"at": at}


@_on("SpotlightQueued")
def _(state: Wire, data: Wire, at: str) -> None:
    queue = [i for i in state["spotlight_queue"] if i != data["contribution_id"]]
    state["spotlight_queue"] = [*queue, *[data["contribution_id"]] * data["queued"]]


@_on("OutcomeWritten")
def _(state: Wire, data: Wire, at: str) -> None:
    outcome = _fields(data, "outcome_id", "version", "scope", "contribution_ids")
    outcome["written_at"] = at
    _content(outcome, data)
    state["outcomes"][data["outcome_id"]] = outcome


@_on("OutcomeRemoved")
def _(state: Wire, data: Wire, at: str) -> None:
    state["outcomes"].pop(data["outcome_id"], None)


@_on("HereSet")
def _(state: Wire, data: Wire, at: str) -> None:
    state["places"].pop(data["member_id"], None)
    if data["room_id"] is not None:
        state["places"][data["member_id"]] = data["room_id"]


@_on("ContributionReadAloud")
def _(state: Wire, data: Wire, at: str) -> None:
    if contribution := state["contributions"].get(data["contribution_id"]):
        contribution["read_aloud_at"] = at


def _cancel(state: Wire, session: Wire, at: str) -> None:
    if session["stood_from"] is not None:
        state["cancelled"][session["session_id"]] = {
            "session_id": session["session_id"],
            "starts_at": session["stood_from"],
            "ends_at": session["stood_to"],
            "sequence": session["sequence"] + 1,
            "at": at,
        }


def _forget(state: Wire, session_id: str) -> None:
    state["pitch_queue"] = [one for one in state["pitch_queue"] if one != session_id]
    if state["pitching"] == session_id:
        state["pitching"] = None
    for name in ("merge_asks", "cohost_asks"):
        state[name] = {
            key: ask
            for key, ask in state[name].items()
            if session_id not in {ask["session_id"], ask.get("other_id")}
        }


def _move_thread(state: Wire, gone_id: str, kept_id: str) -> None:
    for items in (state["contributions"], state["authored"]):
        for item in items.values():
            if item["thread"] == f"session:{gone_id}":
                item["thread"] = f"session:{kept_id}"


@_on("PitchQueued")
def _(state: Wire, data: Wire, at: str) -> None:
    if data["session_id"] not in state["pitch_queue"]:
        state["pitch_queue"].append(data["session_id"])


@_on("PitchUnqueued", "PitchCalled")
def _(state: Wire, data: Wire, at: str) -> None:
    if data["session_id"] in state["pitch_queue"]:
        state["pitch_queue"].remove(data["session_id"])


_unqueue = _FOLDERS["PitchCalled"]


@_on("PitchCalled")
def _(state: Wire, data: Wire, at: str) -> None:
    state["pitching"] = data["session_id"]
    _unqueue(state, data, at)


@_on("SignalSent")
def _(state: Wire, data: Wire, at: str) -> None:
    kept = state["signals"]
    for old in list(kept)[: max(0, len(kept) - 29)]:
        del kept[old]
    kept[data["signal_id"]] = data | {"at": at, "seen_id": None, "seen": None}


@_on("SignalSeen")
def _(state: Wire, data: Wire, at: str) -> None:
    if signal := state["signals"].get(data["signal_id"]):
        signal["seen_id"] = data["content_id"]
        signal["seen"] = data["content"]


def _question(data: Wire, at: str) -> Wire:
    names = ("question_id", "kind", "options", "results", "by_audience", "room_id")
    question = _fields(data, *names) | {
        "opened_at": at,
        "closed_at": None,
        "answers_until": None,
        "settles_at": None,
        "counted_at": None,
        "shares": {},
        "counts": {},
        "totals": {},
        "late": -1,
        "told": False,
        "settled": False,
    }
    _content(question, data)
    return question


@_on("QuestionPrepared")
def _(state: Wire, data: Wire, at: str) -> None:
    state["prepared_questions"][data["question_id"]] = _question(data, at)


@_on("QuestionOpened")
def _(state: Wire, data: Wire, at: str) -> None:
    state["questions"][data["question_id"]] = _question(data, at)


@_on("QuestionClosed")
def _(state: Wire, data: Wire, at: str) -> None:
    if question := state["questions"].get(data["question_id"]):
        question |= _fields(data, "answers_until", "settles_at") | {"closed_at": at}


@_on("QuestionRemoved")
def _(state: Wire, data: Wire, at: str) -> None:
    state["prepared_questions"].pop(data["question_id"], None)
    if not data["asked"]:
        state["questions"].pop(data["question_id"], None)
        state["question_ballots"].pop(data["question_id"], None)


@_on("QuestionAnswered")
def _(state: Wire, data: Wire, at: str) -> None:
    ballots = state["question_ballots"].setdefault(data["question_id"], {})
    ballot = _fields(data, "choice", "audience", "late") | {"at": at}
    ballots[data["member_id"]] = ballot


@_on("QuestionCounted")
def _(state: Wire, data: Wire, at: str) -> None:
    if question := state["questions"].get(data["question_id"]):
        question |= {"shares": data["shares"], "counted_at": at}
        question["told"] |= data["over"]


@_on("QuestionSettled")
def _(state: Wire, data: Wire, at: str) -> None:
    if question := state["questions"].get(data["question_id"]):
        question |= _fields(data, "counts", "totals", "late")
        question |= {"told": True, "settled": True}


_UPDATE = (
    "update_id",
    "version",
    "room_id",
    "about_at",
    "embed",
    "embed_id",
    "from_at",
    "to_at",
    "image_id",
    "width",
    "height",
)


def _update(data: Wire, at: str, **more: Any) -> Wire:
    update = _fields(data, *_UPDATE) | {
        "changed_at": at,
        "posted_at": None,
        "edited": False,
        "corrected": False,
        "pinned": False,
        "withdrawn": False,
        "waiting": False,
    }
    _content(update, data)
    return update | more


@_on("UpdateDrafted")
def _(state: Wire, data: Wire, at: str) -> None:
    state["drafts"][data["update_id"]] = _update(data, at, waiting=data["waiting"])


@_on("UpdateDiscarded")
def _(state: Wire, data: Wire, at: str) -> None:
    state["drafts"].pop(data["update_id"], None)


@_on("UpdatePosted")
def _(state: Wire, data: Wire, at: str) -> None:
    state["updates"][data["update_id"]] = _update(data, at, posted_at=at)


@_on("UpdateEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if update := state["updates"].get(data["update_id"]):
        update |= _fields(data, *_UPDATE) | {"changed_at": at, "edited": True}
        update["corrected"] |= data["corrected"]
        _content(update, data)


@_on("UpdatePinned")
def _(state: Wire, data: Wire, at: str) -> None:
    if update := state["updates"].get(data["update_id"]):
        update["pinned"] = data["pinned"]


@_on("UpdateWithdrawn")
def _(state: Wire, data: Wire, at: str) -> None:
    if update := state["updates"].get(data["update_id"]):
        update |= {"withdrawn": True, "pinned": False}
        update |= dict.fromkeys(("image_id", "embed", "embed_id"))
        _lose(update, "withdrawn")


@_on("MergeAsked")
def _(state: Wire, data: Wire, at: str) -> None:
    state["merge_asks"][f"{data['session_id']}/{data['other_id']}"] = data


@_on("MergeDeclined")
def _(state: Wire, data: Wire, at: str) -> None:
    state["merge_asks"].pop(f"{data['session_id']}/{data['other_id']}", None)


@_on("CohostAsked")
def _(state: Wire, data: Wire, at: str) -> None:
    state["cohost_asks"][f"{data['session_id']}/{data['member_id']}"] = data


@_on("CohostAskEnded")
def _(state: Wire, data: Wire, at: str) -> None:
    state["cohost_asks"].pop(f"{data['session_id']}/{data['member_id']}", None)


@_on("Noticed")
def _(state: Wire, data: Wire, at: str) -> None:
    member_id, other_id = data["member_id"], data["other_id"]
    names = (
        "kind",
        "session_id",
        "other_id",
        "room_id",
        "slot_id",
        "contribution_id",
    )
    mine = state["notices"].setdefault(member_id, {})
    about = data["contribution_id"] or data["session_id"]
    mine[about] = _fields(data, *names) | {"at": at}
    again = {"member_id": member_id, "level": 1}
    if data["kind"] == "merged" and other_id:
        mine.pop(other_id, None)
        _move_thread(state, other_id, data["session_id"])
        _forget(state, other_id)
        for votes in (state["interest_votes"], state["stars"]):
            if member_id in votes.get(other_id, {}):
                _vote(votes, other_id, {"member_id": member_id, "level": 0})
                _vote(votes, data["session_id"], again)
    if data["kind"] == "split" and member_id in state["interest_votes"].get(
        other_id, {}
    ):
        _vote(state["interest_votes"], data["session_id"], again)


@_on("NoticeDismissed")
def _(state: Wire, data: Wire, at: str) -> None:
    mine = state["notices"].get(data["member_id"], {})
    about = data["contribution_id"] or data["session_id"]
    mine.pop(about, None)
    if about is None or not mine:
        state["notices"].pop(data["member_id"], None)


@_on("StarSet")
def _(state: Wire, data: Wire, at: str) -> None:
    _vote(state["stars"], data["session_id"], data)


@_on("HiddenTalliesCounted")
def _(state: Wire, data: Wire, at: str) -> None:
    state["hidden_interest"] |= data["interest"]


@_on("ContributionLabelled")
def _(state: Wire, data: Wire, at: str) -> None:
    if contribution := state["contributions"].get(data["contribution_id"]):
        contribution["scope"] = data["scope"]


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
    state["here"] |= data["here"]


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
        "room_id",
        "about_at",
        "confirmed",
        "circle",
    ) | {
        "never_public": data["waiting"] and before.get("never_public", True),
        "held": data["held"],
        "hidden": False,
        "withdrawn": False,
        "edited": before.get("edited", False),
        "support": before.get("support", 0),
        "scope": before.get("scope"),
        "read_aloud_at": before.get("read_aloud_at"),
        "edited_at": before.get("edited_at"),
        "formers": [],
    }
    kind, _, session_id = contribution["thread"].partition(":")
    while session_id in state["merged"]:
        session_id = state["merged"][session_id]
        contribution["thread"] = f"{kind}:{session_id}"
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
        "room_id",
        "about_at",
        "held",
        "key",
    ) | {
        "hidden": False,
        "withdrawn": False,
    }
    _content(own, data)
    state["authored"][data["contribution_id"]] = own


@_on("ContributionEdited")
def _(state: Wire, data: Wire, at: str) -> None:
    if contribution := state["contributions"].get(data["contribution_id"]):
        written_at = contribution["edited_at"] or contribution["posted_at"]
        contribution["formers"] = [
            *contribution["formers"],
            {"content_id": contribution["content_id"], "written_at": written_at},
        ]
        contribution |= {"edited": True, "edited_at": at}
        _content(contribution, data)
    if own := state["authored"].get(data["contribution_id"]):
        _content(own, data)
    consent = state["consents"].get(data["contribution_id"])
    if consent and consent["released_at"] is None:
        consent["cleared_at"] = None


@_on("ContributionCaptioned")
def _(state: Wire, data: Wire, at: str) -> None:
    for stands_in in ("contributions", "authored"):
        if found := state[stands_in].get(data["contribution_id"]):
            _content(found, data)
    consent = state["consents"].get(data["contribution_id"])
    if consent and consent["released_at"] is None:
        consent["cleared_at"] = None


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
            for answer in _answers(state, contribution_id):
                _lose(answer, "hidden")
    if told:
        note = state["hidden_notes"].setdefault(
            contribution_id,
            {"contribution_id": contribution_id, "category": None, "by_id": None},
        )
        for name in ("category", "by_id"):
            note[name] = data[name] or note[name]
        for field, name in (("reason_id", "reason"), ("text_id", "text")):
            if data[field] is not None or field not in note:
                note[field], note[name] = data[field], data.get(name)
    if own := state["authored"].get(contribution_id):
        own |= {"hidden": True, "waiting": False}
    _end_spotlights(state, contribution_id)


@_on("ContributionWithdrawn")
def _(state: Wire, data: Wire, at: str) -> None:
    contribution_id = data["contribution_id"]
    for items in (state["contributions"], state["authored"]):
        if item := items.get(contribution_id):
            item |= {"withdrawn": True, "waiting": False}
            if "formers" in item:
                item["formers"] = []
            _lose(item, "withdrawn")
    for name in ("hidden_notes", "appeals", "support_votes", "answers"):
        state[name].pop(contribution_id, None)
    _drop_former(state, contribution_id)
    _end_spotlights(state, contribution_id)


@_on("ContributionReturned")
def _(state: Wire, data: Wire, at: str) -> None:
    state["hidden_notes"].pop(data["contribution_id"], None)
    if own := state["authored"].get(data["contribution_id"]):
        own |= {"waiting": True, "hidden": False}


@_on("GroundRulesSet")
def _(state: Wire, data: Wire, at: str) -> None:
    state["ground_rules"][str(data["version"])] = data


@_on("RulesAccepted")
def _(state: Wire, data: Wire, at: str) -> None:
    state["rules_accepted"][data["member_id"]] = data["version"]


@_on("ModerationSet", "CalmSet")
def _(state: Wire, data: Wire, at: str) -> None:
    state |= data


@_on("ScreeningSet")
def _(state: Wire, data: Wire, at: str) -> None:
    state["screening"]["meeting"] = data


@_on("MemberMuted")
def _(state: Wire, data: Wire, at: str) -> None:
    state["mutes"][data["mute_id"]] = data


@_on("MuteEnded")
def _(state: Wire, data: Wire, at: str) -> None:
    state["mutes"].pop(data["mute_id"], None)


@_on("ContributionFlagged")
def _(state: Wire, data: Wire, at: str) -> None:
    state["flags"][data["flag_id"]] = data | {"settled": False}


@_on("FlagsSettled")
def _(state: Wire, data: Wire, at: str) -> None:
    for flag in state["flags"].values():
        if flag["contribution_id"] == data["contribution_id"]:
            flag["settled"] = True


@_on("AppealMade")
def _(state: Wire, data: Wire, at: str) -> None:
    open_yet = {"answer_id": None, "answer": None, "granted": None, "by_id": None}
    state["appeals"][data["contribution_id"]] = data | open_yet


@_on("AppealAnswered")
def _(state: Wire, data: Wire, at: str) -> None:
    if appeal := state["appeals"].get(data["contribution_id"]):
        appeal |= {"granted": data["granted"], "answer_id": data["content_id"]}
        appeal["answer"] = data["content"]
        appeal["by_id"] = data["by_id"] or appeal["by_id"]


@_on("ContributionSealed")
def _(state: Wire, data: Wire, at: str) -> None:
    state["seals"][data["seal_id"]] = data | {"passed_on": 0}


@_on("SealPassedOn")
def _(state: Wire, data: Wire, at: str) -> None:
    if seal := state["seals"].get(data["seal_id"]):
        seal["passed_on"] += 1


@_on("SealReleased")
def _(state: Wire, data: Wire, at: str) -> None:
    state["seals"].pop(data["seal_id"], None)


@_on("Embargoed")
def _(state: Wire, data: Wire, at: str) -> None:
    state["embargoes"][data["embargo_id"]] = data | {"failed_id": None, "failed": None}


@_on("EmbargoFailed")
def _(state: Wire, data: Wire, at: str) -> None:
    if embargo := state["embargoes"].get(data["embargo_id"]):
        embargo |= {"failed_id": data["content_id"], "failed": data["content"]}


@_on("EmbargoEnded")
def _(state: Wire, data: Wire, at: str) -> None:
    state["embargoes"].pop(data["embargo_id"], None)


@_on("ConsentGiven")
def _(state: Wire, data: Wire, at: str) -> None:
    before = state["consents"].get(data["contribution_id"], {})
    consent = _fields(
        data,
        "contribution_id",
        "purposes",
        "audience",
        "until",
        "way",
        "two_stages",
    ) | {
        "given_at": at,
        "cleared_at": before.get("cleared_at"),
        "released_at": before.get("released_at"),
        "reminded": False,
        "ended_at": before.get("ended_at"),
        "expired": before.get("expired", False),
    }
    _content(consent, {"content": None, **data})
    state["consents"][data["contribution_id"]] = consent


@_on("ContributionCleared")
def _(state: Wire, data: Wire, at: str) -> None:
    contribution_id = data["contribution_id"]
    if consent := state["consents"].get(contribution_id):
        consent["cleared_at"] = at
    for items in (state["contributions"], state["authored"]):
        if (item := items.get(contribution_id)) and item["hidden"]:
            item |= {"hidden": False, "waiting": True}
    state["hidden_notes"].pop(contribution_id, None)


@_on("ConsentReleased")
def _(state: Wire, data: Wire, at: str) -> None:
    if consent := state["consents"].get(data["contribution_id"]):
        consent["released_at"] = at


@_on("ConsentEnding")
def _(state: Wire, data: Wire, at: str) -> None:
    if consent := state["consents"].get(data["contribution_id"]):
        consent["reminded"] = True


@_on("ConsentEnded")
def _(state: Wire, data: Wire, at: str) -> None:
    if consent := state["consents"].get(data["contribution_id"]):
        consent |= {"ended_at": at, "expired": data["expired"]}
        if consent["content_id"] is not None:
            _lose(consent, "withdrawn")
