"""Forms that give commands, without script: one address, one answer.

A form that worked leads on (303); one that was refused shows its page again
with the reason in its place and everything typed still in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
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
from folkmoot.pages.frame.csrf import is_csrf
from folkmoot.pages.frame.flash import put_flash
from folkmoot.pages.frame.form_data import (
    LISTS,
    LOCAL,
    WORDS,
    day_end,
    explain,
    read_data,
    read_end,
    read_number,
    read_terms,
)
from folkmoot.pages.frame.middlewares import status_of
from folkmoot.pages.frame.page import Attempt
from folkmoot.pages.frame.parcels import SentFile, brings_files, open_parcel
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.visits import Caller, Visit, identify, open_visit
from folkmoot.pages.talk.files import attach_files
from folkmoot.pages.wording.moments import wire_moment
from folkmoot.pages.wording.spans import read_span

# A day stands there for when a consent is over.
_AGREEING = frozenset({"consent.release", "consent.renew"})
# Nobody should have to think of a name to raise a hand.
_NAMELESS = frozenset({"session.interest", "contribution.support", "question.answer"})


# Something is missing in the form itself.
_TO_FILL_IN = frozenset({"bad_form", "name_missing", "not_confirmed"})

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


# What a form does once it is clear who sends it; and its page, shown with what was typed.
Do = Callable[[web.Request, Form, Caller], Awaitable[web.StreamResponse]]
Answer = Callable[[web.Request, Visit, Attempt, int], Awaitable[web.StreamResponse]]


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


async def take_form(
    request: web.Request, home: str, do: Do, answer: Answer
) -> web.StreamResponse:
    """Read a form and do what it asks; refused, its page is shown again by `answer`.

    `home` is the address of that page unless the form says where it stood.
    """
    return await carry_out(request, await read_form(request, home), do, answer)


async def carry_out(
    request: web.Request, form: Form, do: Do, answer: Answer
) -> web.StreamResponse:
    """Do what a form asks that was read before; as `take_form`."""
    caller: Caller | None = None
    try:
        caller = await check_form(request, form)
        return await do(request, form, caller)
    except Refusal as refusal:
        # A page of another site gets nothing of this person's own shown.
        if refusal.code == "cross_site":
            raise
        visit = await open_visit(request, path=form.next_path, caller=caller)
        return await answer(
            request, visit, form.attempt(refusal), form_status(refusal.code)
        )


async def give_and_lead_on(
    request: web.Request, form: Form, caller: Caller
) -> web.StreamResponse:
    """Give the command that a form names, and lead to where it stood."""
    data = await give_command(request, form, caller)
    return lead_on(form.next_path, done_word(form.type, data))


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
        read_end(data)
    elif form.type == "contribution.post" and "until" in data:
        data["until"] = day_end(data["until"])
    if LOCAL & data.keys():
        data |= await _read_moments(request, caller, data)
    if form.type == "contribution.post":
        read_terms(data)
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
    expect = form.fields.get("_expect", "")
    return await run_command(
        request,
        form,
        caller,
        data,
        seq=seq,
        expect=read_number(expect),
    )


async def run_command(
    request: web.Request,
    form: Form,
    caller: Caller,
    data: Mapping[str, Any],
    *,
    kind: str | None = None,
    seq: int = 1,
    expect: int | None = None,
) -> Mapping[str, Any]:
    """Give a command, the form's unless `kind` names one, with data made elsewhere.

    Returns the answer's data; raises `Refusal` in words for who filled the form in.
    """
    wanted = {
        "client_id": form.fields.get("_client_id", ""),
        "client_seq": seq,
        "type": kind or form.type,
        "data": data,
        "expect": expect,
    }
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
            raise Refusal("bad_form", f"Please look again at {WORDS[name]}.") from None
        if at.tzinfo is None:
            read[name] = wire_moment(at.replace(tzinfo=zone))
    return read


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


def form_status(code: str) -> int:
    """Return the status of a form that is shown again."""
    return 422 if code in _TO_FILL_IN else status_of(code)
