"""Nothing of what is held back, waits, is hidden or was withdrawn gets out anywhere.

Every address is asked as an outsider and as a participant, and a participant's
live connection is written down from the first word to the last.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
import socketio

from tests import test_secrecy
from tests.api.test_attachments import picture
from tests.crawl import addresses, ask_all, known_parts
from tests.test_secrecy import Town

town = test_secrecy.town

SLUG = "elder"
# Stands in every text, so that a search for it finds whatever there is to find.
COMMON = "lantern"
PUBLIC_WORD = "rowan"
EMBARGOED = ("damson", "bullace")
WAITING = ("quince", "greengage")
HIDDEN = ("medlar", "sloeberry", "cornel", "whitebeam", "hawthorn")
WITHDRAWN = ("mirabelle",)
STAFF_ONLY = ("blackthorn", "spindle")
SECRETS = (*EMBARGOED, *WAITING, *HIDDEN, *WITHDRAWN, *STAFF_ONLY)

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(240)]


class Ear:
    """A participant's live connection, and everything that it heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("*", self._hear)

    async def _hear(self, event: str, *data: Any) -> None:
        self.heard.append(f"{event} {json.dumps(data, default=str)}")

    async def follow(self, town: Town, person: dict[str, Any], *feeds: str) -> None:
        """Connect as a person and ask for feeds, also for those of others."""
        await self.client.connect(
            town.url, auth={"token": person["token"]}, transports=["websocket"]
        )
        for feed in feeds:
            answer = await self.client.call("join", {"meeting": SLUG, "feed": feed})
            self.heard.append(json.dumps(answer, default=str))


async def _post(town: Town, token: str, word: str, **more: Any) -> str:
    text = f"The {COMMON} and the {word} of {len(more)}"
    made = await town.do(SLUG, token, "contribution.post", text=text, **more)
    return str(made["contribution_id"])


async def _hold(town: Town, kind: str, data: dict[str, Any], **moment: Any) -> str:
    held = {"type": kind, "data": data, **moment}
    made = await town.do(SLUG, town.admin, "embargo.hold", **held)
    return str(made["embargo_id"])


async def _set_the_stage(town: Town) -> dict[str, Any]:
    """Bring about everything that is not public, beside one thing that is."""
    await town.make(SLUG)
    people = {name: await town.join(SLUG, name=name) for name in ("Ann", "Ben")}
    ann, ben = people["Ann"]["token"], people["Ben"]["token"]
    ids = {PUBLIC_WORD: await _post(town, ann, PUBLIC_WORD)}
    session = await town.do(SLUG, ann, "session.propose", title=f"A {COMMON} session")
    session_id = session["session_id"]
    # Held back.
    said = {"text": f"The {COMMON} and the damson"}
    embargo = await _hold(town, "contribution.post", said, when="by_hand")
    note = {"session_id": session_id, "kind": "discussed", "text": "The bullace plan"}
    await _hold(town, "note.add", note, when="session", session_id=session_id)
    # Words, an invitation, prepared items: the team's own.
    await town.do(SLUG, town.admin, "words.set", hold_words=["blackthorn", "quince"])
    await town.do(SLUG, town.admin, "invite.make", duty="moderate", label="spindle")
    # Waits: for a word, and because the thread is read first.
    ids["quince"] = await _post(town, ben, "quince")
    await town.do(
        SLUG,
        town.admin,
        "moderation.set",
        thread=f"session:{session_id}",
        mode="before",
    )
    thread = f"session:{session_id}"
    ids["greengage"] = await _post(town, ben, "greengage", thread=thread)
    # Hidden, flagged, appealed, the author muted; with all that was said about it.
    ids["medlar"] = await _post(town, ben, "medlar")
    await town.indexed("medlar", SLUG)
    await town.do(
        SLUG,
        ann,
        "contribution.flag",
        contribution_id=ids["medlar"],
        note="sloeberry",
    )
    which = {"contribution_id": ids["medlar"]}
    await town.do(SLUG, town.admin, "contribution.hide", **which, reason="cornel")
    await town.do(SLUG, ben, "contribution.appeal", **which, text="whitebeam")
    mute = {"minutes": 10, "reason": "hawthorn"}
    await town.do(SLUG, town.admin, "member.mute", **which, **mute)
    # Withdrawn.
    ids["mirabelle"] = await _post(town, ann, "mirabelle")
    await town.indexed("mirabelle", SLUG)
    which = {"contribution_id": ids["mirabelle"]}
    await town.do(SLUG, ann, "contribution.withdraw", **which)
    return {"people": people, "ids": ids, "session": session_id, "embargo": embargo}


async def _wait_for_the_index(town: Town) -> None:
    """Wait until what was hidden and withdrawn is out of the index."""
    async with asyncio.timeout(20):
        while True:
            _, hits = await town.ask(
                "GET", f"/api/v1/search?q={COMMON}", token=town.admin
            )
            if not any(word in str(hits) for word in ("medlar", "mirabelle")):
                return
            await asyncio.sleep(0.1)


async def test_no_secret_word_is_anywhere(town: Town) -> None:
    ear = Ear()
    stage = asyncio.create_task(_set_the_stage(town))
    async with asyncio.timeout(60):
        made = await stage
    await _wait_for_the_index(town)
    cat = await town.join(SLUG, name="Cat")
    members = [f"member:{p['member_id']}" for p in made["people"].values()]
    await ear.follow(town, cat, "public", "staff", "ballots", *members)
    known = known_parts(
        SLUG,
        contribution=[*made["ids"].values(), made["embargo"]],
        session=[made["session"]],
    )
    paths = addresses(town.app, known)
    paths += [f"/api/v1/search?q={COMMON}", f"/search?q={COMMON}"]
    paths += [f"{path}&meeting={SLUG}" for path in paths[-2:]]
    paths += [
        f"/api/v1/meetings/{SLUG}/{what}?feed={feed}"
        for what in ("state", "entries")
        for feed in ("public", "staff", "ballots", *members)
    ]
    for again in range(2):
        for token in (None, cat["token"]):
            for path, answer in (await ask_all(town, paths, token)).items():
                for word in SECRETS:
                    assert word not in answer.lower(), (path, word, bool(token))
        for word in SECRETS:
            _, hits = await town.ask("GET", f"/api/v1/search?q={word}")
            assert hits["total"] == 0, word
        if not again:
            await town.ask("POST", "/api/v1/operations/reindex", {}, town.admin)
    packed = await town.export(SLUG)
    for word in SECRETS:
        assert word not in packed, word
    # The crawl does find what is public, and what was held back once it is out.
    found = await ask_all(town, paths, cat["token"])
    assert PUBLIC_WORD in found[f"/m/{SLUG}"]
    assert PUBLIC_WORD in found[f"/api/v1/search?q={COMMON}"]
    assert PUBLIC_WORD in packed
    await town.do(SLUG, town.admin, "embargo.release", embargo_id=made["embargo"])
    async with asyncio.timeout(45):
        while "damson" not in "".join(ear.heard):
            await asyncio.sleep(0.05)
    heard = "".join(ear.heard).replace("damson", "")
    for word in SECRETS:
        assert word not in heard, word
    with suppress(Exception):
        await ear.client.disconnect()


async def test_author_without_a_name_is_told_by_nothing(town: Town) -> None:
    """Two people do the same; nothing public tells which of them wrote it."""
    await town.make(SLUG)
    ear = Ear()
    reader = await town.join(SLUG, name="Reader")
    await ear.follow(town, reader, "public")
    people = [await town.join(SLUG, name=name) for name in ("Zedekiah", "Yolanda")]
    zed, yolanda = people
    label = {"label": "anonymous"}
    ids = [
        await _post(town, person["token"], word, **label)
        for person, word in ((zed, "rowan"), (yolanda, "whitebeam"))
    ]
    # The author edits, supports and is answered; others support as well.
    await town.do(
        SLUG,
        zed["token"],
        "contribution.edit",
        contribution_id=ids[0],
        text=f"The {COMMON} and the rowan, edited",
    )
    for person in people:
        for contribution_id in ids:
            await town.do(
                SLUG,
                person["token"],
                "contribution.support",
                contribution_id=contribution_id,
                level=1,
            )
    await town.indexed("rowan", SLUG)
    known = known_parts(SLUG, contribution=ids)
    paths = [*addresses(town.app, known), f"/api/v1/search?q={COMMON}"]
    paths += [f"/api/v1/meetings/{SLUG}/{what}" for what in ("state", "entries")]
    secrets = [word for p in people for word in (p["member_id"], p["token"])]
    secrets += ["zedekiah", "yolanda", "ccontribution.post"]
    for token in (None, reader["token"]):
        for path, answer in (await ask_all(town, paths, token)).items():
            for secret in secrets:
                assert secret.lower() not in answer.lower(), (path, secret)
    _, answer = await town.ask("GET", f"/api/v1/meetings/{SLUG}/state")
    shown = [answer["state"]["contributions"][key] for key in ids]
    # Only what was said, when, and their own ids tell the two apart.
    differing = {"contribution_id", "content_id", "content", "posted_at"}
    differing |= {"about_at", "edited", "edited_at", "formers"}
    alike = [{k: v for k, v in one.items() if k not in differing} for one in shown]
    assert alike[0] == alike[1]
    assert alike[0]["author_id"] is None
    assert alike[0]["support"] in {0, 2}
    assert answer["state"]["support_votes"] == {}
    assert answer["state"]["authored"] == {}
    # Ids are drawn by chance: none holds a part of a person's.
    for person in people:
        for key in ids:
            assert person["member_id"].partition("_")[2][:6] not in key
    heard = "".join(ear.heard).lower()
    for secret in secrets:
        assert secret.lower() not in heard, secret
    await ear.client.disconnect()


async def _send_picture(town: Town, token: str) -> str:
    async with town.http.post(
        f"{town.url}/api/v1/meetings/{SLUG}/attachments?kind=image",
        data=picture(),
        headers={"Authorization": f"Bearer {token}", "Upload-Id": "heard-of-it"},
    ) as answer:
        return str((await answer.json())["attachment_id"])


async def test_what_is_for_participants_reaches_nobody_else(town: Town) -> None:
    """No address, index, export or connection tells of it to who has not joined."""
    await town.make(SLUG)
    ann = await town.join(SLUG, name="Ann")
    ben = await town.join(SLUG, name="Ben")
    await town.make("elsewhere")
    stranger = (await town.join("elsewhere", name="Eve"))["token"]
    ear = Ear()
    await ear.follow(town, {"token": stranger}, "public", "participants")
    open_word = await _post(town, ann["token"], PUBLIC_WORD)
    image = await _send_picture(town, ann["token"])
    shown = {"attachment_id": image, "alt": f"The {COMMON} by the otter"}
    among = {"consent": {"audience": "participants"}}
    post = await _post(town, ann["token"], "kestrel", **among, attachments=[shown])
    reply = await _post(town, ben["token"], "jackdaw", reply_to=post)
    which = {"contribution_id": post}
    await town.do(SLUG, ben["token"], "contribution.support", **which, level=1)
    await town.do(
        SLUG, town.admin, "contribution.answer", **which, text=f"The {COMMON} dunlin"
    )
    await town.indexed(PUBLIC_WORD, SLUG)
    words = ("kestrel", "jackdaw", "dunlin", "otter", post, reply, image)
    known = known_parts(SLUG, contribution=[open_word, post, reply], attachment=[image])
    paths = addresses(town.app, known)
    paths += [f"/api/v1/search?q={COMMON}", f"/search?q={COMMON}"]
    paths += [
        f"/api/v1/meetings/{SLUG}/{what}?feed={feed}"
        for what in ("state", "entries")
        for feed in ("public", "participants")
    ]
    for token in (None, stranger):
        for path, answer in (await ask_all(town, paths, token)).items():
            # An address that was asked for may be named in the answer to it.
            told = answer.replace(path, "")
            for word in words:
                assert word not in told.lower(), (path, word)
            if any(key in path for key in (post, reply, image)):
                assert answer.startswith("404"), (path, answer[:200])
    packed = await town.export(SLUG)
    heard = "".join(ear.heard)
    for word in words:
        assert word not in packed, word
        assert word not in heard, word
    # Those who have joined read all of it.
    found = await ask_all(town, paths, ben["token"])
    for word in ("kestrel", "jackdaw", "dunlin"):
        assert word in found[f"/m/{SLUG}"]
    assert found[f"/m/{SLUG}/attachments/{image}/small"].startswith("200")
    # Who is sent away reads it no longer.
    await ear.client.disconnect()
    await town.do(SLUG, town.admin, "member.remove", member_id=ben["member_id"])
    for path, answer in (await ask_all(town, paths, ben["token"])).items():
        assert "kestrel" not in answer, path
