"""Pictures and voice notes as plain files of a form: once, for their readers, by no name."""

from __future__ import annotations

import io
import re

import pytest

from folkmoot.received.attachments import LIMITS
from tests import test_secrecy
from tests.api.test_attachments import picture, sound
from tests.pages.browsing import find_form
from tests.test_secrecy import Town

town = test_secrecy.town
pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(240)]

SLUG = "plain"
EDGE = "----folkmoot-test"
File = tuple[str, str, bytes]
# Path parts, another order of letters, very long, a byte that ends names, markup,
# a header of its own, names that some systems keep for themselves.
HOSTILE_NAMES = (
    "../../../../etc/passwd",
    "..\\..\\..\\windows\\system32\\x.png",
    "/etc/shadow",
    "picture\u202egnp.exe",
    "x" * 6_000 + ".png",
    "nothing\x00.png",
    "<script>alert(1)</script>.png",
    '"><img src=x onerror=alert(1)>.png',
    "x%0d%0aX-Injected: yes.png",
    "CON",
    ".htaccess",
    "file0",
    "",
)


def _body(fields: dict[str, str], files: list[File]) -> bytes:
    """Return a form as a browser sends it; names of files as they are."""
    parts = []
    for name, value in fields.items():
        head = f'Content-Disposition: form-data; name="{name}"'
        parts.append(f"{head}\r\n\r\n{value}".encode())
    for name, called, data in files:
        told = called.replace('"', "%22")
        head = f'Content-Disposition: form-data; name="{name}"; filename="{told}"'
        head += "\r\nContent-Type: application/x-what-it-says"
        parts.append(f"{head}\r\n\r\n".encode() + data)
    edge = EDGE.encode()
    joined = b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts)
    return joined + b"--" + edge + b"--\r\n"


class Browser:
    """Somebody without script."""

    def __init__(self, town: Town, token: str = "") -> None:
        self.town = town
        self.headers = {"Cookie": f"folkmoot={token}"} if token else {}

    async def read(self, path: str = f"/m/{SLUG}") -> str:
        url = self.town.url + path
        async with self.town.http.get(url, headers=self.headers) as answer:
            return await answer.text()

    async def status(self, path: str) -> int:
        url = self.town.url + path
        async with self.town.http.get(url, headers=self.headers) as answer:
            return answer.status

    async def send(
        self,
        kind: str,
        files: list[File],
        match: dict[str, str] | None = None,
        **typed: str,
    ) -> tuple[int, str, dict[str, str]]:
        """Fill the page's form in; return status, page, and what was sent."""
        action, fields = find_form(await self.read(), kind, **(match or {}))
        fields = {k: v for k, v in fields.items() if k not in {"_picture", "_voice"}}
        return *await self.post(action, fields | typed, files), fields | typed

    async def post(
        self, action: str, fields: dict[str, str], files: list[File]
    ) -> tuple[int, str]:
        kind = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
        async with self.town.http.post(
            self.town.url + action,
            data=io.BytesIO(_body(fields, files)),
            headers=self.headers | kind,
            allow_redirects=False,
        ) as answer:
            for cookie in answer.cookies.values():
                if cookie.key == "folkmoot":
                    self.headers = {"Cookie": f"folkmoot={cookie.value}"}
            return answer.status, await answer.text()


def _attached(page: str, file: str) -> list[str]:
    return sorted(set(re.findall(rf"/m/{SLUG}/attachments/(\w+)/{file}", page)))


async def test_a_form_brings_a_picture_and_a_voice_and_an_edit_keeps_them(
    town: Town,
) -> None:
    await town.make(SLUG)
    ann = Browser(town)
    files = [("_picture", "bench.png", picture()), ("_voice", "note.wav", sound())]
    said = {"_alt": "A bench", "_said": "I sat here", "_name": "Ann"}
    status, _, sent = await ann.send("contribution.post", files, **said)
    assert status == 303
    page = await ann.read()
    (image,), (voice,) = _attached(page, "small"), _attached(page, "voice")
    assert 'alt="A bench"' in page
    assert "I sat here" in page
    # How it sounds shows before it plays, and without script.
    assert page.count('<rect class="bar"') == 100
    # "Mine" shows both, with what was agreed to.
    mine = await ann.read(f"/m/{SLUG}/mine/consents")
    assert _attached(mine, "small") == [image]
    assert _attached(mine, "voice") == [voice]
    assert mine.count('<rect class="bar"') == 100
    assert "Everyone can read it." in mine
    # Also a picture of which nothing is said, and for participants alone.
    files_only = [("_picture", "x.png", picture())]
    terms = {"text": "", "audience": "participants"}
    other = Browser(town, (await town.join(SLUG, name="Ben"))["token"])
    status, _, _ = await other.send("contribution.post", files_only, **terms)
    assert status == 303
    mine = await other.read(f"/m/{SLUG}/mine/consents")
    assert "Participants who have joined can read it." in mine
    assert 'alt="Your picture"' in mine
    # Sent again it is the same: one post, the same files.
    action = f"/m/{SLUG}/do"
    _, fields = find_form(page, "contribution.post")
    sent |= {"_csrf": fields["_csrf"]}
    for _ in range(2):
        again, _ = await ann.post(action, sent, files)
        assert again == 303
    page = await ann.read()
    assert page.count('class="post"') == 2
    assert image in _attached(page, "small")
    # An edit keeps what is ticked, adds what is chosen and deletes the rest.
    key = re.findall(r'data-contribution="(\w+)"[^>]* data-mine', page)[0]
    match = {"contribution_id": key}
    more = [("_picture", "second.png", picture())]
    edit = {"_keep": image, "text": "With two", "_alt": "A tree"}
    status, _, _ = await ann.send("contribution.edit", more, match, **edit)
    assert status == 303
    page = await Browser(town).read()
    assert len(_attached(page, "small")) == 2
    assert "A bench" in page
    assert "A tree" in page
    assert await ann.status(f"/m/{SLUG}/attachments/{voice}/voice") == 404
    # Nothing ticked and nothing chosen: nothing is attached any more.
    edit = {"_keep": "", "text": "With none"}
    status, _, _ = await ann.send("contribution.edit", [], match, **edit)
    assert status == 303
    assert _attached(await Browser(town).read(), "small") == []


async def test_what_cannot_be_kept_is_said_where_it_was_chosen(town: Town) -> None:
    await town.make(SLUG)
    token = (await town.join(SLUG, name="Ann"))["token"]
    ann = Browser(town, token)
    large = b"\xff\xd8" + bytes(LIMITS["image"])
    for files, words in (
        ([("_picture", "x.png", b"no picture")], "picture"),
        ([("_picture", "x.png", large)], "MB at most"),
        ([("_picture", "x.png", picture())] * 9, "At most 8"),
        ([("_voice", "x.mp3", b"no sound")], "no sound"),
    ):
        typed = {"text": "My words stay"}
        status, page, _ = await ann.send("contribution.post", files, **typed)
        assert status in {409, 422}, (status, words)
        assert words in page
        assert "My words stay" in page
    _, fields = find_form(await ann.read(), "contribution.post")
    fields = {**fields, "_csrf": "0" * 64, "text": "Forged"}
    del fields["_picture"], fields["_voice"]
    files = [("_picture", "x.png", picture())]
    status, _ = await ann.post(f"/m/{SLUG}/do", fields, files)
    assert status in {403, 409}
    assert "Forged" not in await Browser(town).read()
    status, _ = await ann.post(f"/m/{SLUG}/do", {}, [("_picture", "x", b"x")])
    assert status in {403, 409}


async def test_what_a_file_is_called_is_read_by_nobody(town: Town) -> None:
    await town.make(SLUG)
    token = (await town.join(SLUG, name="Ann"))["token"]
    ann = Browser(town, token)
    for called in HOSTILE_NAMES:
        files = [("_picture", called, picture()), ("_voice", called, sound(0.5))]
        status, page, _ = await ann.send("contribution.post", files)
        assert status in {303, 400}, (called[:40], status, page[-400:])
    page = await ann.read()
    images, voices = _attached(page, "small"), _attached(page, "voice")
    assert len(images) == len(voices) >= len(HOSTILE_NAMES) - 2
    for word in ("passwd", "system32", "gnp", "\u202e", "alert(1)", "htaccess"):
        assert word not in page
    # What is sent back names no file, and is of the one kind that it is.
    for key, file, kind in (
        (images[0], "large", "image/jpeg"),
        (images[0], "small", "image/jpeg"),
        (voices[0], "voice", "audio/mp4"),
    ):
        url = f"{town.url}/m/{SLUG}/attachments/{key}/{file}"
        async with town.http.get(url) as answer:
            assert answer.headers["Content-Type"] == kind
            assert answer.headers["Content-Disposition"] == "inline"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_held_back_carries_a_picture_for_the_team(town: Town) -> None:
    await town.make(SLUG)
    team, held = Browser(town, town.admin), f"/desk/{SLUG}/held"
    files = [("_picture", "map.png", picture())]
    action, fields = find_form(await team.read(held), "embargo.hold")
    del fields["_picture"], fields["_voice"]
    fields |= {"text": "The new map", "when": "by_hand", "_alt": "A map"}
    status, page = await team.post(action, fields, files)
    assert status == 303, page
    page = await team.read(held)
    (image,) = _attached(page, "small")
    path = f"/m/{SLUG}/attachments/{image}/small"
    assert await team.status(path) == 200
    assert await Browser(town).status(path) == 404
    action, fields = find_form(page, "embargo.release")
    status, _ = await team.post(action, fields, [])
    assert status == 303
    assert await Browser(town).status(path) == 200
    assert "The new map" in await Browser(town).read()
