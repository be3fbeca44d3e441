"""Forms that give commands, without script: one address, one answer.

A form that worked leads on (303); one that was refused shows its page again
with the reason in its place and everything typed still in it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from folkmoot.core.commands import BadCommand
from folkmoot.core.feeds import PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.pages.board.notes import add_photo, answer_notes, read_upload
from folkmoot.pages.board.sheet import answer_board, answer_mine, answer_session
from folkmoot.pages.follow_up.outcomes import answer_follow_up
from folkmoot.pages.frame.csrf import is_csrf
from folkmoot.pages.frame.flash import put_flash
from folkmoot.pages.frame.middlewares import status_of
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.parcels import SentFile, brings_files, open_parcel
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.visits import Caller, Visit, identify, open_visit
from folkmoot.pages.live.questions import answer_questions
from folkmoot.pages.live.reading import answer_live, answer_update
from folkmoot.pages.talk.consents import answer_consents
from folkmoot.pages.talk.files import attach_files
from folkmoot.pages.watching.meeting import (
    answer_contribution,
    answer_meeting,
    answer_text,
)
from folkmoot.pages.watching.screen import answer_screen
from folkmoot.pages.wording.moments import wire_moment
from folkmoot.pages.wording.spans import FIELDS as SPAN_FIELDS
from folkmoot.pages.wording.spans import read_span

NUMBERS = frozenset(
    {
        "version",
        "rules",
        "slow_seconds",
        "alarm_minutes",
        "level",
        "capacity",
        "dump_seconds",
        "minutes",
        "seconds",
        "choice",
    }
)
# Empty is an answer here: it clears what stood.
CLEARABLE = frozenset(
    {"purpose", "scope", "pitch", "wants", "reason", "said", "did", "cannot"}
)
# Boxes and lines that make one list: a field for each thing, or words with commas.
LISTS = frozenset(
    {
        "hold_words",
        "refuse_words",
        "needs",
        "purposes",
        "wished",
        "tags",
        "contribution_ids",
        "options",
    }
)
# Of these each line is one, with the commas in it.
LINES = frozenset({"options"})
BOOLS = frozenset(
    {
        "on",
        "granted",
        "hosting",
        "pinned",
        "end",
        "called",
        "erase",
        "partly",
        "queue",
        "next",
        "ask",
        "by_audience",
    }
)
# Moments as people type them: a day and a time in the meeting's zone.
LOCAL = frozenset({"until", "at"})
# What a choice among these says that takes it off; elsewhere it is a word.
NONE = "none"
LABELS = frozenset({"scope", "choice"})
# Nobody should have to think of a name to raise a hand.
_NAMELESS = frozenset({"session.interest", "contribution.support", "question.answer"})
# A day stands there for when a consent is over.
_AGREEING = frozenset({"consent.release", "consent.renew"})
# Fields that together are the terms of a contribution (core: consent).
_TERMS = ("audience", "purposes", "until", "way", "by")
_FIELD = re.compile(r"\$\.(\w+)")
_NAMED = re.compile(r"field `(\w+)`")
_WORDS = {
    "text": "the text",
    "title": "the title",
    "name": "the name",
    "reason": "the reason",
    "room_id": "the room",
    "slot_id": "the time",
    "capacity": "the number of seats",
    "pitch": "what it is about",
    "wants": "who or what would help",
    "tags": "the tags",
    "needs": "what the room needs",
    "wished": "the times that would suit",
    "other_id": "the other session",
    "purpose": "what it is for",
    "scope": "what people can influence",
    "note": "what was wrong",
    "options": "the answers to choose from",
    "choice": "your answer",
    "quote": "the quotation",
    "speaker": "who said it",
    "alt": "what the picture shows",
    "due": "the day",
    "who": "who does it",
    "until": "until when",
    "at": "when it was",
    "by": "who answers",
    "theme": "what it is about",
    "purposes": "what may be done with it",
    "audience": "who may read it",
    "pseudonym": "the name to show",
    "speaks_for": "whom you speak for",
    "stake": "your interest in the matter",
    "on_behalf_of": "for whom you write this down",
}


Fields = MultiDict[str] | MultiDictProxy[Any]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was sent: the command it gives, and what was typed."""

    type: str
    fields: dict[str, str]
    next_path: str
    files: tuple[SentFile, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """What was typed or chosen, without what only the service needs."""
        kept = {k: v for k, v in self.fields.items() if not k.startswith("_")}
        if name := self.fields.get("_name"):
            kept["_name"] = name
        return kept

    def attempt(self, error: Refusal) -> Attempt:
        """Return the form as it is shown again."""
        return Attempt(
            type=self.type,
            code=error.code,
            message=error.message,
            values=self.values,
            retry_after=error.retry_after,
        )


async def post_command(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/do`."""
    home = f"/m/{request.match_info['slug']}"
    async with receive_form(request, home) as (form, unkept):
        return await _answer_form(request, form, unkept)


@asynccontextmanager
async def receive_form(
    request: web.Request, home: str
) -> AsyncIterator[tuple[Form, Refusal | None]]:
    """Give a form with its files, and why they were not taken, if they were not."""
    if not brings_files(request):
        yield await read_form(request, home), None
        return

    async def admit(fields: MultiDict[str]) -> None:
        caller = await check_form(request, make_form(fields, home))
        ports = request.app[PORTS]
        _ = await ports.identity.enter(caller.principal, request.match_info["slug"])
        if ports.limits is not None:
            await ports.limits.check("command", caller.principal.person_id)

    async with open_parcel(request, admit) as parcel:
        form = make_form(parcel.fields, home)
        yield (
            msgspec.structs.replace(form, files=tuple(parcel.files)),
            parcel.refusal,
        )


async def _answer_form(
    request: web.Request, form: Form, unkept: Refusal | None = None
) -> web.StreamResponse:
    caller: Caller | None = None
    joined = None
    try:
        caller = await check_form(request, form)
        if unkept is not None:
            raise unkept
        caller, joined = await join_by_form(request, form, caller)
        answer = await give_command(request, form, caller)
    except Refusal as refusal:
        response = await show_again(request, form, refusal, caller)
    else:
        response = lead_on(form.next_path, done_word(form.type, answer))
    if joined is not None:
        request.app[PORTS].credentials.remember(response, joined)
    return response


async def post_photo(request: web.Request) -> web.StreamResponse:
    """Answer `POST /m/{slug}/s/{session}/photo`: a picture for the notes."""
    slug, session_id = request.match_info["slug"], request.match_info["session"]
    home = f"/m/{slug}/s/{session_id}"
    form = Form(type="photo.add", fields={}, next_path=home)
    caller: Caller | None = None
    joined = None
    try:
        fields, data = await read_upload(request)
        path = safe_path(fields.get("_next", ""), home)
        form = Form(type="photo.add", fields=fields, next_path=path)
        caller = await check_form(request, form)
        caller, joined = await join_by_form(request, form, caller)
        ports = request.app[PORTS]
        if ports.limits is not None:
            await ports.limits.check("command", caller.principal.person_id)
        access = await ports.identity.enter(caller.principal, slug)
        await add_photo(request, session_id, data, fields.get("text", ""), access)
    except Refusal as refusal:
        response = await show_again(request, form, refusal, caller)
    else:
        response = lead_on(f"{form.next_path.partition('#')[0]}#notes", "photo.add")
    if joined is not None:
        request.app[PORTS].credentials.remember(response, joined)
    return response


async def read_form(request: web.Request, home: str) -> Form:
    """Read a form; `home` is where it leads unless it says where."""
    sent = await request.post()
    return make_form(sent, home)


def make_form(sent: Fields, home: str) -> Form:
    """Return a form of what was sent; of a list all that was ticked."""
    fields = {
        name: value.replace("\r\n", "\n")
        for name, value in sent.items()
        if isinstance(value, str)
    }
    # A list in whose boxes nothing is ticked is sent as nothing; the form names it.
    for name in (LISTS | {"_keep"}) & {*fields, *fields.get("_lists", "").split()}:
        fields[name] = "\n".join(str(value) for value in sent.getall(name, ()))
    return Form(
        type=fields.get("_type", ""),
        fields=fields,
        next_path=safe_path(fields.get("_next", ""), home),
    )


async def check_form(request: web.Request, form: Form) -> Caller:
    """Return who sends a form; raise `Refusal` unless a page of ours made it."""
    caller = await identify(request)
    credentials = request.app[PORTS].credentials
    if not credentials.is_own_page(request.headers, host=request.host):
        raise Refusal("cross_site", "This was asked for by another site's page.")
    if not is_csrf(caller.token, form.fields.get("_csrf", "")):
        raise Refusal(
            "old_form",
            "This form was made before you joined or signed in. Please send it again.",
        )
    return caller


async def join_by_form(
    request: web.Request, form: Form, caller: Caller
) -> tuple[Caller, str | None]:
    """Let somebody in who acts before joining; return a new token, if made."""
    ports = request.app[PORTS]
    slug = request.match_info["slug"]
    access = await ports.identity.enter(caller.principal, slug)
    name = form.fields.get("_name", "").strip()
    if access.may_take_part or access.place.visibility != "public":
        return caller, None
    if not name and form.type not in _NAMELESS:
        raise Refusal("name_missing", "Please give a name or a pseudonym.")
    if ports.limits is not None:
        person = caller.principal.person_id
        await ports.limits.check("join", person, crowd=slug)
    joined = await ports.door.join(
        caller.principal, slug, token=caller.token, name=name or None
    )
    return Caller(joined.principal, joined.token), joined.token


def _day_end(day: str) -> str:
    return f"{day}T23:59"


def _read_terms(data: dict[str, Any]) -> None:
    """Put the terms together; none where they are what holds without a word."""
    given = {name: data.pop(name) for name in _TERMS if name in data}
    standing = {"audience": "public", "purposes": ["meeting"], "way": "self"}
    if any(given[name] != standing.get(name) for name in given):
        data["consent"] = {"audience": "public", **given}


def _read_end(data: dict[str, Any]) -> None:
    """Make a day the last moment of it; no day means without an end."""
    if day := data.pop("until", None):
        data["until"] = _day_end(day)
    else:
        data["no_end"] = True


async def _make_data(
    request: web.Request, form: Form, caller: Caller
) -> dict[str, Any]:
    """Return the data of a form's command."""
    data = {**read_data(form.values), **read_span(form.fields)}
    if form.type == "note.edit":
        # An empty field takes off what stood there.
        data.setdefault("who", "")
        data["due_clear"] = not form.values.get("due", "").strip()
    if form.type in _AGREEING:
        _read_end(data)
    elif form.type == "contribution.post" and "until" in data:
        data["until"] = _day_end(data["until"])
    if LOCAL & data.keys():
        data |= await _read_moments(request, caller, data)
    if form.type == "contribution.post":
        _read_terms(data)
    if form.files or "_attached" in form.fields:
        data["attachments"] = await attach_files(
            request, caller.principal, form.fields, form.files
        )
    if form.type == "rules.set":
        # No text is an answer: nothing is asked of anybody.
        data.setdefault("text", "")
    return data


async def give_command(
    request: web.Request, form: Form, caller: Caller, *, seq: int = 1
) -> Mapping[str, Any]:
    """Give the form's command; return the answer's data, or raise `Refusal`.

    `seq` counts where one form gives several commands.
    """
    data = await _make_data(request, form, caller)
    wanted = {
        "client_id": form.fields.get("_client_id", ""),
        "client_seq": seq,
        "type": form.type,
        "data": data,
    }
    if (expect := form.fields.get("_expect", "")).isdigit():
        wanted["expect"] = int(expect)
    commands = request.app[PORTS].commands
    try:
        answer = await commands.run(
            caller.principal, request.match_info["slug"], wanted
        )
    except BadCommand as error:
        raise Refusal("bad_form", explain(str(error))) from error
    if not answer["ok"]:
        raise Refusal(
            answer["code"],
            answer["message"],
            retry_after=answer.get("retry_after"),
            data=answer.get("data"),
        )
    made: Mapping[str, Any] = answer.get("data", {})
    return made


async def _read_moments(
    request: web.Request, caller: Caller, data: Mapping[str, Any]
) -> dict[str, str]:
    """Return the moments that were typed without a zone: they are the meeting's."""
    ports = request.app[PORTS]
    access = await ports.identity.enter(caller.principal, request.match_info["slug"])
    snapshot = await ports.journal.snapshot(access.meeting_id, PUBLIC)
    zone = ZoneInfo(snapshot.state["timezone"])
    read = {}
    for name in LOCAL & data.keys():
        try:
            at = datetime.fromisoformat(data[name])
        except ValueError:
            raise Refusal("bad_form", f"Please look again at {_WORDS[name]}.") from None
        if at.tzinfo is None:
            read[name] = wire_moment(at.replace(tzinfo=zone))
    return read


def read_data(values: Mapping[str, str]) -> dict[str, Any]:
    """Return a command's data: numbers as numbers, nothing for empty fields."""
    data: dict[str, Any] = {}
    for name, value in values.items():
        empty = not value.strip()
        if name.startswith("_") or name in SPAN_FIELDS:
            continue
        if empty and name not in CLEARABLE | LISTS:
            continue
        if name in LABELS and value == NONE:
            data[name] = None
        elif name in NUMBERS:
            data[name] = int(value) if value.strip().isdigit() else value
        elif name in LISTS:
            data[name] = split_list(value, "\n" if name in LINES else "\n,")
        elif name in BOOLS:
            data[name] = value == "true"
        else:
            data[name] = value
    return data


def split_list(text: str, between: str = "\n,") -> list[str]:
    """Return the parts of a list, without repeats: one a line, or between commas."""
    parts = (part.strip() for part in re.split(f"[{between}]", text))
    return list(dict.fromkeys(part for part in parts if part))


def explain(error: str) -> str:
    """Say in a sentence what of a form can't be used."""
    found = _FIELD.search(error) or _NAMED.search(error)
    if found is None:
        return "Something in this form can't be used."
    what = _WORDS.get(found[1], found[1])
    if "missing" in error or "length >= 1" in error:
        return f"Please fill in {what}."
    if "length <=" in error:
        return f"Please make {what} shorter."
    return f"Please look again at {what}."


def done_word(kind: str, data: Mapping[str, Any]) -> str:
    """Return the code of the message that says what was done."""
    return "contribution.waiting" if data.get("waiting") else kind


def lead_on(path: str, done: str) -> web.Response:
    """Lead to the next page, which says what was done."""
    response = web.Response(status=303, headers={"Location": path})
    put_flash(response, done)
    return response


def safe_path(path: str, home: str) -> str:
    """Return a path on this site; anything else becomes `home`."""
    parts = urlsplit(path)
    local = path.startswith("/") and not path.startswith(("//", "/\\"))
    if not local or parts.scheme or parts.netloc or not path.isprintable():
        return home
    return path


async def show_again(
    request: web.Request, form: Form, refusal: Refusal, caller: Caller | None
) -> web.StreamResponse:
    """Show the page on which a refused form stood, with what was typed."""
    # A page of another site gets nothing of this person's own shown.
    if refusal.code == "cross_site":
        raise refusal
    visit = await open_visit(request, path=form.next_path, caller=caller)
    return await answer_page(
        request, visit, form.attempt(refusal), form_status(refusal.code)
    )


def form_status(code: str) -> int:
    """Return the status of a form that is shown again."""
    return 422 if code in {"bad_form", "name_missing"} else status_of(code)


async def answer_page(  # noqa: C901 (one flat table of pages)
    request: web.Request, visit: Visit, attempt: Attempt, status: int
) -> web.StreamResponse:
    """Show the page on which a form stood; the meeting's own if it is gone."""
    parts = urlsplit(visit.path).path.split("/")[3:]
    try:
        match parts:
            case ["questions"]:
                return await answer_questions(request, visit, attempt, status)
            case ["live"]:
                return await answer_live(request, visit, attempt, status)
            case ["live", update_id] if update_id != "write":
                return await answer_update(request, visit, update_id, attempt, status)
            case ["board"]:
                return await answer_board(request, visit, attempt, status)
            case ["follow-up"]:
                return await answer_follow_up(request, visit, attempt, status)
            case ["text"]:
                return await answer_text(request, visit, attempt, status)
            case ["mine", "consents"]:
                return await answer_consents(request, visit, attempt, status)
            case ["mine"]:
                return await answer_mine(request, visit, attempt, status)
            case ["s", session_id]:
                return await answer_session(request, visit, session_id, attempt, status)
            case ["s", session_id, "notes"]:
                return answer_notes(request, visit, session_id, attempt, status)
            case ["rooms", room, "screen"]:
                return answer_screen(request, visit, room, attempt, status)
            case ["c", contribution_id]:
                return await answer_contribution(
                    request, visit, contribution_id, attempt, status
                )
            case _:
                pass
    except Refusal:
        # What the form was about was taken back while somebody typed.
        pass
    return await answer_meeting(request, visit, attempt, status)
