"""What an outsider gets from every address of the whole service: nothing secret."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from folkmoot.app import build_app
from folkmoot.datadir import DataDir
from folkmoot.keys import DATABASE, IDENTITY
from folkmoot.settings import load_settings
from folkmoot.store import cues

VTT = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Pike>{} was said aloud.\n"


class Town:
    """The whole service on a port."""

    def __init__(self, app: web.Application, url: str, http: aiohttp.ClientSession):
        self.app = app
        self.url = url
        self.http = http
        self.admin = ""
        self.key = ""

    async def ask(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> tuple[int, Any]:
        """Return status and JSON or text; redirects are not followed."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        given = {"data": body} if isinstance(body, str) else {"json": body}
        if body is None:
            given = {}
        if isinstance(body, str):
            headers["Content-Type"] = "text/vtt"
        async with self.http.request(
            method, self.url + path, headers=headers, allow_redirects=False, **given
        ) as answer:
            if answer.content_type in ("application/json", "application/problem+json"):
                return answer.status, await answer.json(content_type=None)
            return answer.status, (await answer.read()).decode("utf-8", "replace")

    async def make(self, slug: str, **given: Any) -> dict[str, Any]:
        """Make a meeting with a room and a transcript that names its own word."""
        body = {"title": f"Titled{slug}", "slug": slug, "rooms": [{"name": "Hall"}]}
        path = "/api/v1/meetings"
        status, made = await self.ask("POST", path, body | given, self.admin)
        assert status == 201, made
        self.key = made["rooms"][0]["ingest"]["stream_key"]
        path = f"{path}/{slug}/rooms/hall/transcript"
        status, said = await self.ask("PUT", path, VTT.format(slug), self.admin)
        assert status == 200, said
        return dict(made)

    async def export(self, slug: str) -> str:
        """Return all text of a meeting's export."""
        async with self.http.get(
            f"{self.url}/api/v1/meetings/{slug}/export.zip",
            headers={"Authorization": f"Bearer {self.admin}"},
        ) as answer:
            data = await answer.read()
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return "".join(
                packed.read(name).decode("utf-8", "replace")
                for name in packed.namelist()
            )

    async def join(self, slug: str, **given: Any) -> dict[str, Any]:
        """Join a meeting."""
        path = f"/api/v1/meetings/{slug}/join"
        status, joined = await self.ask("POST", path, given)
        assert status == 200, joined
        return dict(joined)

    async def do(self, slug: str, token: str, kind: str, **data: Any) -> dict[str, Any]:
        """Give a command that is accepted."""
        body = {"client_id": f"c{kind}", "client_seq": 1, "type": kind, "data": data}
        body["client_id"] += str(abs(hash(str(data))))
        path = f"/api/v1/meetings/{slug}/commands"
        _, answer = await self.ask("POST", path, body, token)
        assert answer["ok"], answer
        return dict(answer["data"] or {})

    def addresses(self, slug: str, **known: str) -> list[str]:
        """Return every address that answers GET, for a meeting."""
        found = set()
        for route in self.app.router.routes():
            if route.method != "GET" or route.resource is None:
                continue
            path = route.resource.canonical
            given = {"slug": slug, "room": "hall", "code": slug, **known}
            for name, value in given.items():
                path = path.replace("{" + name + "}", value)
            for kind in ("vtt", "srt", "txt", "json"):
                if "{format}" in path:
                    found.add(path.replace("{format}", kind))
            if "{" not in path and path not in ("/static", "/socket.io/"):
                found.add(path)
        more = [f"/api/v1/search?q={slug}", f"/search?q={slug}"]
        more += [f"{path}&meeting={slug}" for path in more]
        more += [f"/api/v1/meetings/{slug}/state?feed=staff"]
        return sorted(found) + more

    async def everything(self, slug: str, **known: str) -> dict[str, str]:
        """Return what an outsider gets from each address."""
        answers = {}
        for path in self.addresses(slug, **known):
            status, body = await self.ask("GET", path)
            assert status < 500 or path == "/readyz", (path, status, body)
            answers[path] = f"{status} {body}"
        return answers

    async def rewrite(self, slug: str, before: str, after: str, *, waits: str) -> str:
        """Say a word and correct it; another waits for a person. The line's id."""
        room = f"/api/v1/meetings/{slug}/rooms/hall/transcript"
        _, answer = await self.ask("GET", f"{room}/cues", token=self.admin)
        cue = answer["cues"][0]
        for revision, text in enumerate((before, after), start=cue["revision"]):
            act = {"do": "change", "cue_id": cue["cue_id"], "text": text}
            edit = {
                "edit_id": f"edit-of-{text}",
                "acts": [act | {"revision": revision}],
            }
            status, _ = await self.ask("POST", f"{room}/edits", edit, self.admin)
            assert status == 200

        def wait(connection: Any) -> None:
            [row] = cues.pick_cues(connection, *place, cue_ids=[cue["cue_id"]]).values()
            draft = msgspec.structs.replace(
                row, cue_id="q_draft", text=waits, draft=True, provenance="machine"
            )
            cues.add_cues(connection, [draft])

        _, meeting = await self.ask("GET", f"/api/v1/meetings/{slug}")
        found = await self.app[IDENTITY].find_place(slug)
        place = (found.meeting_id, meeting["rooms"][0]["id"])
        await self.app[DATABASE].run(wait)
        return str(cue["cue_id"])

    async def indexed(self, word: str, slug: str) -> None:
        """Wait until the organiser finds a word in a meeting."""
        path = f"/api/v1/search?q={word}&meeting={slug}"
        async with asyncio.timeout(45):
            while True:
                _, answer = await self.ask("GET", path, token=self.admin)
                if answer.get("total"):
                    return
                await asyncio.sleep(0.1)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Run the whole service."""
    data = DataDir(tmp_path)
    await asyncio.to_thread(data.make)
    settings = load_settings(None, overrides={"media.rtmp_port": 0})
    app = await build_app(settings, data, public_url="http://meet.example")
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        town = Town(app, url, http)
        town.admin = await asyncio.to_thread(data.admin_token)
        yield town
    await runner.cleanup()


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("ffmpeg_path")
async def test_a_private_meeting_is_nowhere_for_outsiders(town: Town) -> None:
    made = await town.make("mulberry", visibility="private")
    await town.indexed("mulberry", "mulberry")
    room = made["rooms"][0]
    media = room["playback_url"].split("/media/")[1].split("/")[0]
    secrets = ["titledmulberry", "said aloud", media, room["id"], made["join_code"]]
    secrets += [room["ingest"]["stream_key"], made["meeting_id"]]
    for path, answer in (await town.everything("mulberry")).items():
        for secret in secrets:
            assert secret.lower() not in answer.lower(), path
        # One script, the same under every name, also of meetings that don't exist.
        same = path.endswith("-worker.js")
        if "/mulberry" in path and "/join" not in path and not same:
            assert answer[:3] in ("303", "401", "403", "404"), (path, answer[:200])


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("ffmpeg_path")
async def test_an_unlisted_meeting_is_found_only_by_its_address(town: Town) -> None:
    await town.make("mulberry", visibility="unlisted", series="hedges")
    await town.indexed("mulberry", "mulberry")
    _, hits = await town.ask("GET", "/api/v1/search?q=mulberry&series=hedges")
    assert hits["total"] == 0
    for path, answer in (await town.everything("mulberry")).items():
        if "mulberry" not in path.split("?q=mulberry")[0] and "meeting=" not in path:
            assert "titledmulberry" not in answer.lower(), path
            assert "said aloud" not in answer.lower(), path


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("ffmpeg_path")
async def test_what_waits_is_hidden_or_withdrawn_is_in_nothing_public(
    town: Town,
) -> None:
    await town.make("later", moderation="before")
    await town.make("elder", series="trees")
    ann = await town.join("elder", name="Ann")
    kinds = {}
    for word in ("quince", "medlar", "rowan"):
        made = await town.do("elder", ann["token"], "contribution.post", text=word)
        kinds[word] = made["contribution_id"]
    for word in kinds:
        await town.indexed(word, "elder")
    await town.do(
        "elder",
        town.admin,
        "contribution.hide",
        contribution_id=kinds["quince"],
        reason="sloeberry",
    )
    await town.do(
        "elder",
        ann["token"],
        "contribution.withdraw",
        contribution_id=kinds["medlar"],
    )
    ben = await town.join("later", name="Ben")
    waiting = await town.do("later", ben["token"], "contribution.post", text="damson")
    async with asyncio.timeout(45):
        while "quince" in str(await town.ask("GET", "/api/v1/search?q=rowan+quince")):
            await asyncio.sleep(0.1)
    for again in range(2):
        for slug, ids in (("elder", list(kinds.values())), ("later", [])):
            for one in [*ids, waiting["contribution_id"]]:
                found = await town.everything(slug, contribution=one)
                for path, answer in found.items():
                    plain = answer.replace(f"q={slug}", "")
                    for word in ("quince", "medlar", "damson", "sloeberry"):
                        assert word not in plain, path
        for word in ("quince", "medlar", "damson", "sloeberry"):
            _, hits = await town.ask("GET", f"/api/v1/search?q={word}")
            assert hits["total"] == 0
        if not again:
            await town.ask("POST", "/api/v1/operations/reindex", {}, town.admin)
    # The same addresses do show what is public.
    for series, total in (("trees", 1), ("hedges", 0)):
        path = f"/api/v1/search?q=rowan&series={series}&kind=contribution"
        found = (await town.ask("GET", path))[1]
        assert found["total"] == total
        assert found["facets"]["series"] == ({"trees": 1} if total else {})
    state = (await town.everything("elder"))["/api/v1/meetings/elder/state"]
    assert "rowan" in state
    packed = await town.export("elder")
    assert "rowan" in packed
    for word in ("quince", "medlar", "damson", "sloeberry", town.key):
        assert word not in packed


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("ffmpeg_path")
async def test_what_is_being_written_prepared_or_taken_back_is_nowhere(
    town: Town,
) -> None:
    """Drafts, quick questions to come, who answered what, and what updates showed."""
    await town.make("elder")
    admin = town.admin
    ann = await town.join("elder", name="Ann")
    shown = await town.do("elder", ann["token"], "contribution.post", text="quince")
    key = shown["contribution_id"]
    await town.do("elder", admin, "report.draft", text="medlar")
    cue_id = await town.rewrite("elder", "whitebeam", "rowan rose", waits="chokeberry")
    embed = {"embed": "contribution", "embed_id": key}
    update = await town.do("elder", admin, "report.post", text="rowan", **embed)
    gone = await town.do("elder", admin, "report.post", text="damson")
    for word in ("quince", "rowan", "damson"):
        await town.indexed(word, "elder")
    given = {"options": ["Yes", "No"]}
    await town.do("elder", admin, "question.prepare", text="sloeberry", **given)
    asked = await town.do(
        "elder", admin, "question.prepare", text="hawthorn", ask=True, **given
    )
    await town.do("elder", ann["token"], "question.answer", choice=1, **asked)
    removed = await town.do(
        "elder", admin, "question.prepare", text="bilberry", ask=True, **given
    )
    await town.do("elder", admin, "question.remove", **removed)
    reason = {"contribution_id": key, "reason": "x"}
    await town.do("elder", admin, "contribution.hide", **reason)
    await town.do("elder", admin, "report.withdraw", update_id=gone["update_id"])
    async with asyncio.timeout(45):
        while "damson" in str(await town.ask("GET", "/api/v1/search?q=rowan+damson")):
            await asyncio.sleep(0.1)
    # What stood in the transcript before, and what waits for a person there.
    spoken = ("whitebeam", "chokeberry")
    secrets = ("quince", "medlar", "damson", "sloeberry", "bilberry", *spoken)
    for token in (None, ann["token"]):
        for update_id in (update["update_id"], gone["update_id"]):
            for path in town.addresses(
                "elder", contribution=key, update=update_id, cue=cue_id
            ):
                if "feed=staff" in path:
                    continue
                _, answer = await town.ask("GET", path, token=token)
                for word in secrets:
                    # The author of what is hidden still reads it.
                    if token is None or word != "quince":
                        assert word not in str(answer), path
        feeds = ("reporters", "ballots", "staff")
        for path in (f"state?feed={feed}" for feed in feeds):
            status, answer = await town.ask(
                "GET", f"/api/v1/meetings/elder/{path}", token=token
            )
            assert status in (401, 403, 404), (path, answer)
    # Who answered stands in its own feed alone; what is public does show.
    found = await town.everything("elder", update=update["update_id"])
    assert "rowan" in found["/m/elder/live"]
    assert "hawthorn" in found["/m/elder/questions"]
    assert all('"choice":' not in answer for answer in found.values())
    packed = await town.export("elder")
    assert "rowan" in packed
    for word in secrets:
        assert word not in packed


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("ffmpeg_path")
async def test_an_anonymous_post_names_nobody(town: Town) -> None:
    await town.make("elder")
    zed = await town.join("elder", name="Zedekiah")
    made = await town.do(
        "elder",
        zed["token"],
        "contribution.post",
        text="rowan",
        label="anonymous",
    )
    await town.indexed("rowan", "elder")
    found = await town.everything("elder", contribution=made["contribution_id"])
    found |= {"hits": str(await town.ask("GET", "/api/v1/search?q=rowan"))}
    for path, answer in found.items():
        assert "zedekiah" not in answer.lower(), path
        assert zed["member_id"] not in answer, path
    assert re.search("rowan", found["/m/elder"])
    assert "rowan" in found["hits"]
