"""Hostile words in every field, forms of other sites, uploads that lie: nothing comes of it.

The payloads are well-known ones, by the classes that the OWASP cheat sheets on
cross-site scripting and its filters name: elements, handlers, addresses, broken
and nested markup, attributes that end early, encodings, templates, Markdown.
"""

from __future__ import annotations

import asyncio
import io
import re
from html.parser import HTMLParser
from typing import Any, get_args

import msgspec
import pytest
from PIL import Image

from folkmoot.core import commands as cmd
from folkmoot.core.talk.cards import card_code
from tests import test_secrecy
from tests.crawl import addresses, known_parts
from tests.test_secrecy import Town

town = test_secrecy.town
pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(240)]

SLUG = "hostile"
LONG_AGO = "2026-05-04T09:00:00.00Z"
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<ScRiPt/src=//evil.example/x.js>",
    '<img src=x onerror="alert(1)">',
    "<img src=x onerror=alert(1)//",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "<svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    '<iframe srcdoc="<script>alert(1)</script>">',
    '<a href="javascript:alert(1)">x</a>',
    "<object data=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==>",
    '<base href="//evil.example/">',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    '<link rel=stylesheet href="//evil.example/x.css">',
    "<style>@import '//evil.example/x.css';</style>",
    '<form action="//evil.example"><button>x</button></form>',
    '<input type=image src=x onerror="alert(1)">',
    "<video><source onerror=alert(1)></video>",
    "<marquee onstart=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    '![x](x"onerror="alert(1))',
    "<javascript:alert(1)>",
    'http://a.example/"onmouseover="alert(1)',
    "{{7*7}}${7*7}<%= 7*7 %>",
    "{{constructor.constructor('alert(1)')()}}",
    "\u202e<script>alert(1)</script>\u2066",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\\u003cscript\\u003ealert(1)",
    "]]><script>alert(1)</script><![CDATA[",
    "<!--><img src=x onerror=alert(1)>-->",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "\u2028\u2029alert(1)//",
)
ALL = "\n\n".join(PAYLOADS)
# What another command's test or page covers, or what has no words in it.
NO_WORDS = {
    "room_id",
    "session_id",
    "slot_id",
    "contribution_id",
    "reply_to",
    "thread",
    "card",
    "slug",
    "duty",
    "type",
}

EXCUSED: set[str] = set()


class _Live(HTMLParser):
    """Collects what a browser would run, load from elsewhere or lead astray to."""

    BAD = re.compile(r"\s*(javascript|data|vbscript)\s*:", re.IGNORECASE)
    ALIEN = frozenset({"base", "object", "embed", "applet", "marquee", "math"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self.ALIEN or (tag == "style"):
            self.found.append(tag)
        data = given.get("type") in {"application/json", "application/ld+json"}
        if tag == "script" and "src" not in given and not data:
            self.found.append("inline script")
        for name, value in given.items():
            address = name in {"href", "src", "action", "formaction", "data", "srcset"}
            if name.startswith("on") or name in {"srcdoc", "style"}:
                self.found.append(f"{tag} {name}={value}")
            if address and value and self.BAD.match(value) and tag != "img":
                self.found.append(f"{tag} {name}={value}")
            if address and value and "evil.example" in value and tag != "a":
                self.found.append(f"{tag} {name}={value}")


def live_markup(html: str) -> list[str]:
    """Return what of a page would run or load."""
    live = _Live()
    live.feed(html)
    return live.found


def test_each_payload_of_markup_would_be_found() -> None:
    found = [payload for payload in PAYLOADS if live_markup(payload)]
    assert len(found) >= 24, found
    assert (
        live_markup('<p title="&lt;script&gt;">x</p><script src="/a.js"></script>')
        == []
    )


def _words_of(command: type[cmd.Command]) -> dict[str, int]:
    """Return a command's fields that hold words, with their greatest length."""
    found = {}
    for field in msgspec.structs.fields(command):
        hint = field.type
        for part in (hint, *get_args(hint)):
            metas = [m for m in get_args(part) if isinstance(m, msgspec.Meta)]
            base = get_args(part)[0] if get_args(part) else part
            named = field.name.endswith("_id") or field.name in NO_WORDS
            if base is str and metas and not named:
                longest = metas[0].max_length or 10_000
                found[field.name] = longest
    return found


def _fit(longest: int, number: int) -> str:
    """Return as many payloads as go into a field, another one first each time."""
    turned = [*PAYLOADS[number % len(PAYLOADS) :], *PAYLOADS[: number % len(PAYLOADS)]]
    text = turned[0]
    for payload in turned[1:]:
        if len(text) + len(payload) + 2 > longest:
            break
        text += f"\n\n{payload}"
    return text[:longest]


class Stage:
    """A meeting in which every field of every command is filled with payloads."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.number = 0
        self.filled: set[str] = set()
        self.refused: list[str] = []

    async def give(
        self, command: str, token: str | None = None, **ids: Any
    ) -> dict[str, Any]:
        """Give a command with payloads in all its words."""
        words = {}
        for name, longest in _words_of(cmd.TYPES[command]).items():
            if name in ids:
                continue
            self.number += 1
            words[name] = _fit(longest, self.number)
        self.number += 1
        body = {
            "client_id": f"x{self.number}",
            "client_seq": 1,
            "type": command,
            "data": {**words, **ids},
        }
        path = f"/api/v1/meetings/{SLUG}/commands"
        status, answer = await self.town.ask(
            "POST", path, body, token or self.town.admin
        )
        assert status == 200, (command, answer)
        self.filled.add(command)
        if not answer["ok"]:
            self.refused.append(f"{command} {answer['code']}")
        return dict(answer.get("data") or {})


async def _fill(town: Town) -> tuple[Stage, dict[str, list[str]]]:
    stage = Stage(town)
    rooms = [{"name": payload[:120]} for payload in PAYLOADS[:8]]
    made = await town.make(
        SLUG,
        title=PAYLOADS[2][:200],
        purpose=ALL[:9_000],
        scope=ALL[:9_000],
        rooms=[{"name": "Hall"}, *rooms],
    )
    cues = "".join(
        f"\n00:{n:02d}.000 --> 00:{n:02d}.900\n<v {p[:40]}>{p}\n"
        for n, p in enumerate(PAYLOADS)
    )
    path = f"/api/v1/meetings/{SLUG}/rooms/hall/transcript"
    # Markup that is none of WebVTT's may refuse the file as a whole.
    status, _ = await town.ask("PUT", path, f"WEBVTT\n{cues}", town.admin)
    assert status in {200, 422}
    plain = "".join(
        f"\n00:{n:02d}.000 --> 00:{n:02d}.900\n{p.replace('-->', '')}\n"
        for n, p in enumerate(PAYLOADS)
        if "\n" not in p
    )
    await town.ask("PUT", path, f"WEBVTT\n{plain}", town.admin)
    people = [await town.join(SLUG, name=payload[:120]) for payload in PAYLOADS[:12]]
    room_id = made["rooms"][0]["id"]
    slot = {"starts_at": "2026-11-22T10:00:00Z", "ends_at": "2026-11-22T11:00:00Z"}
    slot_id = (await stage.give("slot.add", **slot))["slot_ids"][0]
    sessions, posts, notes = [], [], []
    for person in people:
        token = person["token"]
        done = await stage.give("session.propose", token, tags=[PAYLOADS[7][:40]])
        sessions.append(done["session_id"])
        done = await stage.give("contribution.post", token, label="pseudonym")
        posts.append(done["contribution_id"])
        if done["waiting"]:
            # To us they all say the same.
            which = {"contribution_id": done["contribution_id"]}
            await stage.give("contribution.publish", **which)
    first = {"session_id": sessions[0]}
    await stage.give("session.edit", people[0]["token"], **first)
    place = {**first, "room_id": room_id, "slot_id": slot_id}
    await stage.give("session.place", people[0]["token"], **place)
    await stage.give("session.split", people[0]["token"], **first)
    done = await stage.give("note.add", people[0]["token"], **first, kind="action")
    notes.append(done["note_id"])
    await stage.give("note.edit", people[0]["token"], note_id=notes[0])
    await stage.give("contribution.edit", people[0]["token"], contribution_id=posts[0])
    for kind in ("contribution.answer", "contribution.flag"):
        await stage.give(kind, contribution_id=posts[1])
    await stage.give("contribution.hide", contribution_id=posts[2])
    await stage.give(
        "contribution.appeal", people[2]["token"], contribution_id=posts[2]
    )
    await stage.give("appeal.answer", contribution_id=posts[2], granted=False)
    seal = await stage.give("contribution.seal", contribution_id=posts[3])
    if seal:
        await stage.give("seal.pass_on", seal_id=seal["seal_id"])
    await stage.give("member.mute", contribution_id=posts[4], member_id=None)
    await stage.give("rules.set")
    await stage.give("room.edit", room_id=room_id)
    await stage.give("marker.add", room_id=room_id, kind="agenda")
    for kind in ("invite.make", "signal.send", "card.issue"):
        more = {"invite.make": {"duty": "moderate"}, "card.issue": {"count": 1}}
        extra = more.get(kind, {"signal": "help"})
        await stage.give(kind, **extra)
    await stage.give("report.post")
    await stage.give("meeting.edit")
    held = {"type": "contribution.post", "data": {"text": ALL}, "when": "by_hand"}
    done = await stage.give("embargo.hold", **held)
    later = {"embargo_id": done["embargo_id"], "when": "by_hand"}
    await stage.give("embargo.change", **later)
    await _fill_the_rest(stage, people[0]["token"], made, slot_id, posts, notes)
    return stage, {"session": sessions[:2], "contribution": posts[:4]}


async def _fill_the_rest(
    stage: Stage,
    token: str,
    made: dict[str, Any],
    slot_id: str,
    posts: list[str],
    notes: list[str],
) -> None:
    """Answers, actions, outcomes, live updates, paper, the room and its broadcast."""
    room_id, spare_id = (room["id"] for room in made["rooms"][:2])
    moment = {"room_id": room_id, "from_at": LONG_AGO, "to_at": "2026-05-04T09:00:07Z"}
    await stage.give("room.add", features=["quiet"])
    await stage.give("room.close", room_id=spare_id)
    await stage.give("slot.edit", slot_id=slot_id)
    await stage.give("channel.hold", room_id=room_id)
    cut = await stage.give("cut.request", token, **moment)
    await stage.give("cut.decline", cut_id=cut.get("cut_id", "none"))
    marker = await stage.give("marker.add", room_id=room_id, kind="speaker")
    await stage.give("marker.edit", marker_id=marker["marker_id"])
    both = [(await stage.give("session.propose", token))["session_id"] for _ in "ab"]
    await stage.give("session.merge", token, session_id=both[0], other_id=both[1])
    await stage.give("response.promise")
    await stage.give("answer.withdraw", contribution_id=posts[1])
    await stage.give("contribution.answer", contribution_id=posts[5])
    # Of a voice note that isn't there; those that are stand in test_voice_notes.py.
    await stage.give(
        "contribution.caption", contribution_id=posts[5], attachment_id="a_none"
    )
    action = await stage.give("action.add")
    await stage.give(
        "action.move", note_id=action.get("note_id", notes[0]), status="doing"
    )
    await stage.give("outcome.write")
    await stage.give("question.prepare", options=[p[:60] for p in PAYLOADS[:6]])
    draft = await stage.give("report.draft")
    update = {"update_id": draft.get("update_id", "none")}
    await stage.give("report.edit", **update)
    await stage.give("report.publish", **update)
    await stage.give("report.correct", **update)
    said = [{"text": ALL[:9_000]}]
    await stage.give("card.redeem", card=card_code(1), contributions=said)


async def test_hostile_words_are_words_on_every_page(town: Town) -> None:
    stage, ids = await _fill(town)
    wordy = {kind for kind, one in cmd.TYPES.items() if _words_of(one)}
    assert wordy - stage.filled == EXCUSED, "fill it here, or say why not"
    hard = [line for line in stage.refused if not line.endswith("_refused")]
    assert len(hard) <= 3, hard
    known = known_parts(SLUG, **ids)
    paths = addresses(town.app, known)
    paths += [f"/search?q={word}" for word in ("alert", "%3Cscript%3Ealert(1)")]
    pages = 0
    for token in (None, town.admin):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for path in paths:
            async with town.http.get(
                town.url + path, headers=headers, allow_redirects=False
            ) as answer:
                body = await answer.read()
                if answer.content_type != "text/html" or not body:
                    # Never a type that a browser would take for a page.
                    assert answer.headers.get(
                        "X-Content-Type-Options"
                    ) == "nosniff" or (
                        answer.content_type not in {"text/plain", "image/svg+xml"}
                    ), path
                    continue
                pages += 1
                assert live_markup(body.decode()) == [], path
                _check_policy(path, answer.headers)
    assert pages > 40


def _check_policy(path: str, headers: Any) -> None:
    """A page runs our files and nothing else, wherever it comes from."""
    policy = {
        name: set(values)
        for name, *values in (
            part.split() for part in headers["Content-Security-Policy"].split(";")
        )
    }
    assert policy["script-src"] == {"'self'"}, path
    assert policy["style-src"] == {"'self'"}, path
    assert policy.get("base-uri") in ({"'none'"}, {"'self'"}), path
    assert policy.get("form-action", {"'self'"}) == {"'self'"}, path
    assert policy.get("object-src", policy["default-src"]) == {"'none'"} or (
        policy["default-src"] <= {"'none'", "'self'"}
    ), path
    everything = {value for values in policy.values() for value in values}
    assert not everything & {"'unsafe-inline'", "'unsafe-eval'", "*"} or (
        path.startswith("/embed/") and everything & {"*"}
    ), path


# --- forms of other sites -----------------------------------------------------

# What stands there is public or its own secret is in its address.
OPEN_FORMS = {
    "/theme": "colours of a device; borrows nobody's authority",
    "/stub/do": "without an open stub it leads to where one is opened",
}
_FORM_PATHS = ("/api/", "/push/", "/socket.io/")


def _form_addresses(town: Town) -> list[str]:
    known = known_parts(SLUG)
    return [
        path
        for path in addresses(town.app, known, "POST")
        if not path.startswith(_FORM_PATHS)
    ]


async def test_no_form_works_from_another_site_or_without_its_token(town: Town) -> None:
    """Found by the routes: a new form that forgets its check fails here."""
    await town.make(SLUG)
    paths = _form_addresses(town)
    assert len(paths) > 20
    cookies = {"Cookie": f"folkmoot={town.admin}"}
    before = await town.ask(
        "GET", f"/api/v1/meetings/{SLUG}/state?feed=staff", token=town.admin
    )
    fields = {
        "_type": "contribution.post",
        "_client_id": "forged",
        "_client_seq": "1",
        "text": "forged",
        "name": "forged",
        "title": "forged",
        "duty": "organise",
        "rooms": "forged",
    }
    for path in paths:
        if path in OPEN_FORMS:
            continue
        for headers in (
            {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
            {"Origin": town.url, "Sec-Fetch-Site": "same-origin"},
        ):
            async with town.http.post(
                town.url + path,
                data=fields,
                headers={**cookies, **headers},
                allow_redirects=False,
            ) as answer:
                assert answer.status in {403, 404, 409, 410, 422}, (
                    path,
                    headers["Origin"],
                    answer.status,
                )
                assert "Set-Cookie" not in answer.headers or "folkmoot=" not in str(
                    answer.headers.getall("Set-Cookie")
                ), path
    after = await town.ask(
        "GET", f"/api/v1/meetings/{SLUG}/state?feed=staff", token=town.admin
    )
    assert before == after


async def test_every_form_on_every_page_carries_its_token(town: Town) -> None:
    stage, ids = await _fill(town)
    del stage
    bare = []
    for path in addresses(town.app, known_parts(SLUG, **ids)):
        status, body = await town.ask("GET", path, token=town.admin)
        if status != 200 or not isinstance(body, str) or "<form" not in body:
            continue
        for form in re.findall(r"<form\b[^>]*>.*?</form>", body, re.DOTALL):
            head = form[: form.index(">")]
            action = re.search(r'action="([^"#?]*)', head)
            if 'method="post"' not in head or (action and action[1] in OPEN_FORMS):
                continue
            if 'name="_csrf"' not in form:
                bare.append((path, head))
    assert bare == []


# --- files that lie -------------------------------------------------------------


def _bomb() -> bytes:
    """Return forty million points in a few kilobytes."""
    out = io.BytesIO()
    Image.new("1", (8_000, 5_000)).save(out, "PNG", optimize=True)
    return out.getvalue()


LIES = {
    "page.png": b"<!doctype html><script>alert(1)</script>",
    "drawing.png": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "program.jpg": b"MZ\x90\x00" + bytes(500),
    "cut.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(30),
    "empty.jpg": b"",
    "zip.webp": b"PK\x03\x04" + bytes(200),
}


async def _attach(town: Town, token: str, name: str, data: bytes, kind: str) -> int:
    headers = {
        "Authorization": f"Bearer {token}",
        "Upload-Id": f"upload-{name}-{kind}"[:60].replace(".", "-"),
        "Content-Type": "image/png",
    }
    path = f"{town.url}/api/v1/meetings/{SLUG}/attachments?kind={kind}"
    async with town.http.post(path, data=data, headers=headers) as answer:
        await answer.read()
        return answer.status


async def test_files_that_lie_are_refused_and_a_bomb_is_harmless(town: Town) -> None:
    await town.make(SLUG)
    ann = await town.join(SLUG, name="Ann")
    for name, data in LIES.items():
        for kind in ("image", "voice"):
            status = await _attach(town, ann["token"], name, data, kind)
            assert 400 <= status < 500, (name, kind, status)
    bomb = _bomb()
    assert len(bomb) < 100_000
    async with asyncio.timeout(60):
        assert await _attach(town, ann["token"], "bomb.png", bomb, "image") < 500
    status, _ = await town.ask("GET", "/healthz")
    assert status == 200


async def test_a_word_of_a_megabyte_is_refused_and_a_long_one_is_kept(
    town: Town,
) -> None:
    await town.make(SLUG)
    ann = await town.join(SLUG, name="Ann")
    path = f"/api/v1/meetings/{SLUG}/commands"
    body: dict[str, Any] = {"client_id": "w", "client_seq": 1}
    body |= {"type": "contribution.post", "data": {"text": "x" * 1_000_000}}
    status, _ = await town.ask("POST", path, body, ann["token"])
    assert status in {413, 422}
    form = {"_type": "contribution.post", "text": "x" * 1_000_000, "_client_id": "w"}
    cookies = {"Cookie": f"folkmoot={ann['token']}"}
    async with town.http.post(
        f"{town.url}/m/{SLUG}/do", data=form, headers=cookies, allow_redirects=False
    ) as answer:
        assert answer.status in {403, 409, 413, 422}
    async with town.http.get(f"{town.url}/m/{'x' * 8_000}") as answer:
        assert answer.status in {400, 404, 414}
    body["data"] = {"text": "x" * 10_000}
    _, answer = await town.ask("POST", path, body, ann["token"])
    assert answer["ok"]
    status, page = await town.ask("GET", f"/m/{SLUG}")
    assert (status, "x" * 10_000 in page) == (200, True)
