"""Captions: large on a screen, typed at a keyboard, and how the team sets them up."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.timetable import RoomView
from folkmoot.pages.frame.forms import Form, take_form
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.ports import PORTS, Ports
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import Caller, MeetingBase, Visit, open_visit
from folkmoot.pages.watching.transcript import TurnView, read_last_turns
from folkmoot.store import captioning, cues
from folkmoot.store.captioning import Captioning
from folkmoot.store.cues import CueRow
from folkmoot.transcripts.live.afterwards import Afterwards, Work
from folkmoot.transcripts.live.captioner import Captioner
from folkmoot.transcripts.live.keyboard import TypedLine
from folkmoot.transcripts.live.status import Status
from folkmoot.transcripts.live.typing import Hand, Typist
from folkmoot.transcripts.recognition.models import ModelMissing

_MOST_GLOSSARY = 4000
_MOST_NAME = 200
MOST_AGO_SECONDS = 600
WHEN_WORDS: Mapping[str, str] = {
    "": "As this server is set up",
    "live": "While people speak",
    "after": "When the meeting has ended",
    "never": "Not by machine",
}
DONE_WORDS: Mapping[str, str] = {
    "kept": "Kept. It holds from the next time that a room goes on air.",
    "begun": "The recording is being heard anew. Its words wait here for you.",
    "published": "Everyone reads these words now.",
    "discarded": "These words are gone.",
    "nothing": "Nothing waited.",
}
STATUS_WORDS: Mapping[str, str] = {
    "off": "No captions now: the room is not on air, or nobody wants them.",
    "starting": "The speech model is loading.",
    "machine": "The machine writes.",
    "behind": "The machine writes and catches up.",
    "slow": "This machine is too slow for it: captions come after the meeting.",
    "after": "Captions come after the meeting.",
    "person": "A person writes.",
    "trouble": "No captions.",
}


class CaptionsPage(MeetingBase, frozen=True, kw_only=True):
    """What is said in a room, large."""

    room: RoomView
    turns: tuple[TurnView, ...]


class WritePage(MeetingBase, frozen=True, kw_only=True):
    """Where captions are typed."""

    room: RoomView
    do: str
    hand: Hand
    mine: bool
    lines: tuple[CueRow, ...]
    status: str


class RoomCaptions(msgspec.Struct, frozen=True, kw_only=True):
    """A room's captions at the desk."""

    room: RoomView
    status: Status
    words: str
    waiting: tuple[CueRow, ...]
    waiting_count: int
    work: Work | None
    recorded: bool


class CaptionsDeskPage(MeetingBase, frozen=True, kw_only=True):
    """How a meeting is captioned."""

    do: str
    chosen: Captioning
    usual_model: str
    usual_when: str
    missing: str
    done: str
    when_words: Mapping[str, str]
    room_captions: tuple[RoomCaptions, ...]


async def show_captions(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/captions?room=`: for the screen of a room."""
    visit = await open_visit(request)
    room = _find_room(visit, visit.query.get("room"))
    ports = request.app[PORTS]
    page = CaptionsPage(
        **visit.base("captions", room=room.room_id),
        room=room,
        turns=await read_last_turns(
            ports, visit.row.meeting_id, room.room_id, now=ports.clock()
        ),
    )
    return request.app[RENDERER].respond("captions.html", page)


async def show_write(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/captions/write?room=`: the keyboard page."""
    return await _answer_write(request, await open_visit(request))


async def post_write(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/captions/write`: take, type, finish, correct, leave."""
    path = f"/m/{request.match_info['slug']}/captions/write"

    async def do(
        request: web.Request, form: Form, caller: Caller
    ) -> web.StreamResponse:
        visit = await open_visit(request, path=path, caller=caller)
        room = _find_room(visit, form.fields.get("room"))
        await _do(request, visit, room, form.fields)
        if _is_by_script(request):
            return await _answer_json(request, visit, room)
        where = f"{path}?{urlencode({'room': room.slug})}"
        return web.Response(status=303, headers={"Location": where})

    return await take_form(request, path, do, _answer_write)


async def show_desk(request: web.Request) -> web.Response:
    """Answer `/desk/{slug}/captions`."""
    return await _answer_desk(request, await open_visit(request))


async def post_desk(request: web.Request) -> web.StreamResponse:
    """Answer `POST /desk/{slug}/captions`."""
    path = f"/desk/{request.match_info['slug']}/captions"

    async def do(
        request: web.Request, form: Form, caller: Caller
    ) -> web.StreamResponse:
        visit = await open_visit(request, path=path, caller=caller)
        _need_team(visit)
        done = await _change(request, visit, form.fields)
        return web.Response(status=303, headers={"Location": f"{path}?done={done}"})

    return await take_form(request, path, do, _answer_desk)


async def _do(
    request: web.Request, visit: Visit, room: RoomView, fields: Mapping[str, str]
) -> None:
    keyboard = _captioner(request.app[PORTS]).keyboard
    who = _typist(visit, room)
    place = (visit.row.meeting_id, room.room_id)
    text = fields.get("text", "")
    typed = TypedLine(
        text=text,
        line_id=fields.get("line_id", ""),
        begun_ago=_read_ago(fields, "begun_ago"),
        ended_ago=_read_ago(fields, "ended_ago"),
    )
    match fields.get("do", ""):
        case "take":
            keyboard.take(place, who)
        case "leave":
            keyboard.leave(place, who)
        case "type":
            await keyboard.type(place, who, typed)
        case "finish":
            await keyboard.finish(place, who, typed)
        case "correct":
            await keyboard.correct(place, who, fields.get("cue_id", ""), text)
        case "look":
            pass
        case other:
            raise Refusal("bad_form", f"{other!r} is nothing that can be done here.")


def _read_ago(fields: Mapping[str, str], name: str) -> float:
    """Read how many seconds ago something was, up to ten minutes."""
    try:
        seconds = float(fields.get(name) or 0)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MOST_AGO_SECONDS:
        raise Refusal("bad_form", "A line is typed within ten minutes of being said.")
    return seconds


async def _answer_json(
    request: web.Request,
    visit: Visit,
    room: RoomView,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    keyboard = _captioner(request.app[PORTS]).keyboard
    place = (visit.row.meeting_id, room.room_id)
    who, hand = _typist(visit, room), keyboard.hand(place)
    body = {
        "mine": hand.holder is not None and hand.holder.member_id == who.member_id,
        "holder": hand.holder.name if hand.holder else None,
        "asks": hand.asks.name if hand.asks else None,
        "status": _say_status(request.app[PORTS], place),
        "lines": [
            {"cue_id": row.cue_id, "text": row.text, "by": row.provenance}
            for row in await keyboard.last_lines(place)
        ],
        "code": attempt.code if attempt else None,
        "message": attempt.message if attempt else None,
    }
    return web.json_response(body, status=status)


def _is_by_script(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


async def _answer_write(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    asked = attempt.values if attempt else visit.query
    room = _find_room(visit, asked.get("room"))
    who = _typist(visit, room)
    if attempt is not None and _is_by_script(request):
        return await _answer_json(request, visit, room, attempt, status)
    keyboard = _captioner(request.app[PORTS]).keyboard
    place = (visit.row.meeting_id, room.room_id)
    hand = keyboard.hand(place)
    page = WritePage(
        **visit.base("captions-write", attempt=attempt, room=room.room_id),
        room=room,
        do=f"/m/{visit.head.slug}/captions/write",
        hand=hand,
        mine=hand.holder is not None and hand.holder.member_id == who.member_id,
        lines=tuple(await keyboard.last_lines(place)),
        status=_say_status(request.app[PORTS], place),
    )
    return request.app[RENDERER].respond("captions_write.html", page, status=status)


async def _change(request: web.Request, visit: Visit, fields: Mapping[str, str]) -> str:
    """Do what a form of the desk's page asks; the name of what was done."""
    ports, meeting_id = request.app[PORTS], visit.row.meeting_id
    captioner, afterwards = _captioner(ports), _afterwards(ports)
    what = fields.get("do", "")
    if what == "choose":
        chosen = _read_choice(fields)
        if chosen.model:
            try:
                await captioner.find_model(chosen.model)
            except ModelMissing as missing:
                raise Refusal("no_speech_model", str(missing)) from None
        await ports.database.run(
            lambda c: captioning.set_captioning(c, meeting_id, chosen)
        )
        return "kept"
    room = _find_room(visit, fields.get("room"))
    if what == "recognise":
        model = fields.get("model", "").strip()[:_MOST_NAME]
        await afterwards.ask(meeting_id, room.room_id, model=model)
        return "begun"
    if what == "publish":
        done = await captioner.publish(meeting_id, room.room_id)
        return "published" if done else "nothing"
    if what == "discard":
        done = await captioner.discard(meeting_id, room.room_id)
        return "discarded" if done else "nothing"
    raise Refusal("bad_form", f"{what!r} is nothing that can be done here.")


def _read_choice(fields: Mapping[str, str]) -> Captioning:
    when = fields.get("when", "")
    language = fields.get("language", "").strip().lower()
    if when not in WHEN_WORDS:
        raise Refusal("bad_form", "Choose when captions are made.")
    if language and not (language.isalpha() and len(language) in {2, 3}):
        raise Refusal("bad_form", "A language is two letters such as en or fi.")
    try:
        seconds = float(fields.get("hand_over_seconds") or 20)
    except ValueError:
        seconds = -1.0
    if not 3 <= seconds <= 600:
        raise Refusal("bad_form", "The machine steps in after 3 to 600 seconds.")
    return Captioning(
        when=when or None,  # type: ignore[arg-type]
        model=fields.get("model", "").strip()[:_MOST_NAME],
        language=language,
        glossary=fields.get("glossary", "").strip()[:_MOST_GLOSSARY],
        by_hand=fields.get("by_hand") == "yes",
        hand_over_seconds=seconds,
    )


async def _answer_desk(
    request: web.Request,
    visit: Visit,
    attempt: Attempt | None = None,
    status: int = 200,
) -> web.Response:
    _need_team(visit)
    ports, meeting_id = request.app[PORTS], visit.row.meeting_id
    captioner = _captioner(ports)
    chosen = await ports.database.read(
        lambda c: captioning.captioning_of(c, meeting_id)
    )
    if attempt is not None and attempt.type == "captions.choose":
        chosen = msgspec.structs.replace(
            chosen,
            model=attempt.values.get("model", ""),
            language=attempt.values.get("language", ""),
            glossary=attempt.values.get("glossary", ""),
        )
    page = CaptionsDeskPage(
        **visit.base("desk", attempt=attempt, path=f"/desk/{visit.head.slug}/captions"),
        do=f"/desk/{visit.head.slug}/captions",
        chosen=chosen,
        usual_model=captioner.settings.model,
        usual_when=WHEN_WORDS[captioner.settings.when],
        missing=await say_missing(captioner, chosen),
        done=DONE_WORDS.get(visit.query.get("done", ""), "") if not attempt else "",
        when_words=WHEN_WORDS,
        room_captions=tuple(
            [await _view_room(ports, visit, room) for room in visit.rooms]
        ),
    )
    return request.app[RENDERER].respond("captions_desk.html", page, status=status)


async def _view_room(ports: Ports, visit: Visit, room: RoomView) -> RoomCaptions:
    place = (visit.row.meeting_id, room.room_id)
    waiting = await ports.database.read(lambda c: cues.cues_of(c, *place, drafts=True))
    afterwards = _afterwards(ports)
    return RoomCaptions(
        room=room,
        status=_captioner(ports).status(*place),
        words=_say_status(ports, place),
        waiting=tuple(waiting[:40]),
        waiting_count=len(waiting),
        work=afterwards.progress(*place),
        recorded=afterwards.has_recording(*place),
    )


async def say_missing(captioner: Captioner, chosen: Captioning) -> str:
    """How to get the model that is wanted; empty where it is there or not wanted."""
    if (chosen.when or captioner.settings.when) == "never":
        return ""
    try:
        await captioner.find_model(chosen.model or captioner.settings.model)
    except ModelMissing as missing:
        return str(missing)
    return ""


def _say_status(ports: Ports, place: tuple[str, str]) -> str:
    status = _captioner(ports).status(*place)
    words = STATUS_WORDS[status.kind]
    if status.kind == "person" and status.sentence:
        return f"{status.sentence} writes."
    if status.kind == "trouble":
        return f"{words} {status.sentence}"
    if status.kind in {"machine", "behind"}:
        return (
            f"{words} {status.model}, {status.lag_seconds:.0f} s behind, "
            f"{status.busy_share:.0%} of a core."
        )
    return words


def _typist(visit: Visit, room: RoomView) -> Typist:
    me = visit.me
    duties = me.duties if me is not None else ()
    may = me is not None and (me.facilitates or f"caption:{room.room_id}" in duties)
    if me is None or not may:
        raise Refusal("not_allowed", "This page is for who captions this room.")
    # Staff who never joined have a name and no member.
    return Typist(me.member_id or f"staff:{me.name}", me.name or "Somebody")


def _need_team(visit: Visit) -> None:
    if visit.me is None or not visit.me.facilitates:
        raise Refusal("not_allowed", "This page is for who runs the broadcast.")


def _find_room(visit: Visit, wanted: str | None) -> RoomView:
    if not wanted and visit.rooms:
        return visit.rooms[0]
    room = next((r for r in visit.rooms if wanted in {r.slug, r.room_id}), None)
    if room is None:
        raise Refusal("no_such_room", "There is no such room in this meeting.")
    return room


def _captioner(ports: Ports) -> Captioner:
    if ports.captioner is None:
        raise Refusal("no_captions", "This server makes no captions.")
    return ports.captioner


def _afterwards(ports: Ports) -> Afterwards:
    if ports.afterwards is None:
        raise Refusal("no_captions", "This server makes no captions.")
    return ports.afterwards
