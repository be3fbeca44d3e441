"""The transcript editor by form: every act without script, for who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import FormData

from folkmoot.core.refusals import Refusal
from folkmoot.pages.desk.transcript import read_time, write_time
from folkmoot.pages.frame.csrf import make_csrf
from folkmoot.store import cues
from tests.pages.browsing import find_form
from tests.pages.test_captions import captioner_of, hall
from tests.pages.town import NOON, Town

SHEET = "/desk/river-quarter/transcript"


async def read(client: Any, path: str, token: str | None) -> tuple[int, str]:
    headers = {"Cookie": f"folkmoot={token}"} if token else {}
    answer = await client.get(path, headers=headers, allow_redirects=False)
    return answer.status, await answer.text()


async def fill(town: Town, forum: SimpleNamespace, *, draft: bool = False) -> str:
    """Put three lines and no others into the hall; return its id."""
    meeting_id, room_id = await hall(town, forum)
    rows = [
        cues.CueRow(
            cue_id=f"q_line{n}",
            meeting_id=meeting_id,
            room_id=room_id,
            start_at=NOON - timedelta(minutes=10) + timedelta(seconds=4 * n),
            end_at=NOON - timedelta(minutes=10) + timedelta(seconds=4 * n + 3),
            text=text,
            speaker="Speaker 1",
            provenance="machine",
            model="tiny",
            draft=draft,
        )
        for n, text in enumerate(("The brigde is", "closed <now>.", "Why?"))
    ]

    def store(connection: Any) -> None:
        cues.replace_cues(connection, meeting_id, room_id, rows)

    await town.database.run(store)
    return room_id


async def said(town: Town, forum: SimpleNamespace) -> list[cues.CueRow]:
    meeting_id, room_id = await hall(town, forum)
    return await town.database.read(lambda c: cues.cues_of(c, meeting_id, room_id))


class Desk:
    """Somebody at the desk with a browser that runs no script."""

    def __init__(self, client: Any, token: str) -> None:
        self.client = client
        self.token = token
        self.html = ""

    async def open(self, path: str) -> str:
        status, self.html = await read(self.client, path, self.token)
        assert status == 200, self.html
        return self.html

    async def send(self, form: str, **fields: str) -> int:
        """Send a form of the open page and follow where it leads."""
        _, given = find_form(self.html, f"transcript.{form}", do=form)
        headers = {"Cookie": f"folkmoot={self.token}", "Sec-Fetch-Site": "same-origin"}
        answer = await self.client.post(
            SHEET, data={**given, **fields}, headers=headers, allow_redirects=False
        )
        self.html = await answer.text()
        if answer.status == 303:
            await self.open(answer.headers["Location"])
        return int(answer.status)


async def test_a_line_is_edited_by_form_and_every_act_taken_back(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    await fill(town, forum)
    desk = Desk(visitor, town.admin_token)
    page = await desk.open(SHEET)
    assert "closed &lt;now&gt;." in page
    assert "0 of 3 lines checked" in page
    await desk.open(f"{SHEET}/q_line0")
    text = "The bridge is closed"
    assert await desk.send("change", text=text, speaker="Ann Lee") == 303
    assert "<ins>The bridge is closed</ins>" in desk.html
    assert await desk.send("split", text="The bridge | is closed") == 303
    assert [row.text for row in await said(town, forum)][:2] == [
        "The bridge",
        "is closed",
    ]
    assert await desk.send("undo") == 303
    await desk.open(f"{SHEET}/q_line0")
    assert await desk.send("merge") == 303
    assert "is closed closed" in desk.html
    assert await desk.send("undo") == 303
    await desk.open(f"{SHEET}/q_line2")
    assert await desk.send("delete") == 303
    assert len(await said(town, forum)) == 2
    assert await desk.send("undo") == 303
    await desk.open(f"{SHEET}/q_line0")
    assert await desk.send("check") == 303
    assert "1 of 3 lines checked" in await desk.open(SHEET)
    assert await desk.send("rename", speaker="Speaker 1", name="Ben Oduya") == 303
    rows = await said(town, forum)
    assert [row.speaker for row in rows] == ["Ann Lee", "Ben Oduya", "Ben Oduya"]
    assert [row.text for row in rows] == [text, "closed <now>.", "Why?"]


async def test_a_missing_line_is_added_by_form_and_taken_back(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    await fill(town, forum)
    desk = Desk(visitor, town.admin_token)
    await desk.open(f"{SHEET}/q_line2")
    # Its times are there already: after the line, as long as a sentence.
    assert await desk.send("add", text="Nobody knows.", speaker="Ben Oduya") == 303
    assert "Nobody knows.</textarea>" in desk.html
    rows = await said(town, forum)
    assert [(row.speaker, row.text) for row in rows][3:] == [
        ("Ben Oduya", "Nobody knows.")
    ]
    assert rows[3].start_at == rows[2].end_at
    assert rows[3].provenance == "typed"
    assert await desk.send("undo") == 303
    assert len(await said(town, forum)) == 3
    await desk.open(SHEET)
    sent = {"text": "Yes", "starts": "then", "ends": "later"}
    assert await desk.send("add", **sent) == 409
    assert "such as 10:03:12.500" in desk.html
    assert 'value="Yes"' in desk.html


async def test_who_was_too_late_sees_both_texts(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    room_id = await fill(town, forum)
    ann = Desk(visitor, town.admin_token)
    ben = Desk(visitor, await captioner_of(town, room_id, "Ben"))
    for one in (ann, ben):
        await one.open(f"{SHEET}/q_line0")
    assert await ann.send("change", text="Mine") == 303
    assert await ben.send("change", text="Theirs") == 409
    assert "It reads now: “Mine”" in ben.html
    assert ">Theirs</textarea>" in ben.html
    # What stands below is sent again, knowing what stands there.
    assert await ben.send("change", text="Both") == 303
    assert (await said(town, forum))[0].text == "Both"


@pytest.mark.parametrize(
    ("do", "fields", "words"),
    [
        ("change", {"text": " "}, "can't be empty"),
        ("change", {"starts": "noon"}, "such as 10:03:12.500"),
        ("change", {"near": "then"}, "not whole"),
        ("split", {"text": "no mark"}, "where it is to be divided"),
        ("change", {"do": "sing"}, "nothing that can be done"),
    ],
)
async def test_what_is_no_edit_is_refused_in_its_place(
    town: Town, forum: SimpleNamespace, visitor: Any, do: str, fields: Any, words: str
) -> None:
    await fill(town, forum)
    desk = Desk(visitor, town.admin_token)
    await desk.open(f"{SHEET}/q_line0")
    assert await desk.send(do, **fields) in {409, 422}
    assert words in desk.html.replace("&#39;", "'")
    assert (await said(town, forum))[0].revision == 1


async def test_what_waits_is_published_when_it_is_checked(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    await fill(town, forum, draft=True)
    desk = Desk(visitor, town.admin_token)
    assert "3 not public yet" in await desk.open(SHEET)
    await desk.open(f"{SHEET}/q_line1")
    assert await desk.send("check") == 303
    await desk.open(f"{SHEET}/q_line2")
    assert await desk.send("publish") == 303
    assert [row.text for row in await said(town, forum)] == ["closed <now>.", "Why?"]


async def test_only_who_may_opens_the_editor(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    room_id = await fill(town, forum)
    stranger = await town.join("river-quarter", "Eve")
    for token in (None, stranger.token):
        for path in (SHEET, f"{SHEET}/q_line0"):
            status, page = await read(visitor, path, token)
            assert status in {303, 401, 403}, path
            assert "brigde" not in page
    ben = Desk(visitor, await captioner_of(town, room_id, "Ben"))
    assert "brigde" in await ben.open(SHEET)
    assert (await read(visitor, f"{SHEET}/q_none", town.admin_token))[0] in {404, 422}
    assert (await read(visitor, f"{SHEET}?room=none", town.admin_token))[0] == 404


def test_a_time_of_day_means_the_nearest_day() -> None:
    zone = ZoneInfo("Europe/Helsinki")
    near = datetime(2026, 5, 4, 20, 59, 59, tzinfo=UTC)
    assert write_time(near, zone) == "23:59:59.000"
    after = read_time("00:00:01.5", near, zone)
    assert after == datetime(2026, 5, 4, 21, 0, 1, 500_000, tzinfo=UTC)
    for text in ("24:00:00", "10:60:00", "10:03", ""):
        with pytest.raises(Refusal):
            read_time(text, near, zone)


async def bring(desk: Desk, data: bytes, name: str, **fields: str) -> int:
    """Send a file with the form of the open page and follow where it leads."""
    action, given = find_form(desk.html, "transcript.file")
    parcel = FormData()
    for field, value in {**given, **fields}.items():
        if field != "file":
            parcel.add_field(field, value)
    parcel.add_field("file", data, filename=name)
    headers = {"Cookie": f"folkmoot={desk.token}", "Sec-Fetch-Site": "same-origin"}
    answer = await desk.client.post(
        action, data=parcel, headers=headers, allow_redirects=False
    )
    desk.html = await answer.text()
    if answer.status == 303:
        await desk.open(answer.headers["Location"])
    return int(answer.status)


async def test_a_file_is_brought_in_by_form_whole_or_not_at_all(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    room_id = await fill(town, forum)
    ben = Desk(visitor, await captioner_of(town, room_id, "Ben"))
    await ben.open(SHEET)
    # With the line that is wrong, and nothing of the others.
    wrong = b"WEBVTT\n\n00:01.000 --> 00:02.000\nGood\n\n00:09.000 --> 00:07.000\nBad\n"
    assert await bring(ben, wrong, "talk.vtt") == 409
    assert "Line 6: " in ben.html
    assert "Nothing of the file was brought in." in ben.html
    assert len(await said(town, forum)) == 3
    assert await bring(ben, b"", "talk.vtt") == 422
    assert "Please choose a file." in ben.html
    # Its second 0 is where the form says, in the meeting's time.
    srt = b"1\n00:00:02,500 --> 00:00:04,000\nAnn: The bridge is closed.\n"
    starts = (NOON - timedelta(hours=1)).astimezone(ZoneInfo("Europe/Berlin"))
    sent = {"starts": f"{starts:%Y-%m-%dT%H:%M:%S}", "language": "en"}
    assert await bring(ben, srt, "talk.srt", **sent) == 303
    assert "1 line was brought in." in ben.html
    (row,) = await said(town, forum)
    assert (row.text, row.language) == ("The bridge is closed.", "en")
    assert row.start_at == NOON - timedelta(hours=1) + timedelta(seconds=2.5)
    # What somebody corrected stays unless that is meant.
    await ben.open(f"{SHEET}/{row.cue_id}")
    assert await ben.send("change", text="The bridge is open.") == 303
    await ben.open(SHEET)
    assert await bring(ben, srt, "talk.srt", **sent) == 409
    assert "Somebody corrected this transcript" in ben.html
    assert (await said(town, forum))[0].text == "The bridge is open."
    assert await bring(ben, srt, "talk.srt", **sent, replace="all") == 303
    assert (await said(town, forum))[0].text == "The bridge is closed."


async def test_nobody_else_brings_a_file(
    town: Town, forum: SimpleNamespace, visitor: Any
) -> None:
    room_id = await fill(town, forum)
    ben = Desk(visitor, await captioner_of(town, room_id, "Ben"))
    await ben.open(SHEET)
    stranger = await town.join("river-quarter", "Eve")
    eve = Desk(visitor, stranger.token)
    mine = b"WEBVTT\n\n00:01.000 --> 00:02.000\nMine\n"
    for given, status in (({}, 409), ({"_csrf": make_csrf(stranger.token)}, 403)):
        eve.html = ben.html
        assert await bring(eve, mine, "a.vtt", **given) == status
    assert len(await said(town, forum)) == 3
