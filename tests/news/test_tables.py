"""Tables of a meeting: what stands in it, no text that can't be read, no formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from folkmoot.core import commands as cmd
from folkmoot.journal import Journal
from folkmoot.news.tables import write_tables
from folkmoot.store.database import Database
from tests.journal.meeting import MOD, ORG, Meeting, make_meeting


@pytest.fixture
async def meeting(tmp_path: Path) -> AsyncIterator[Meeting]:
    database = await Database.open(tmp_path / "folkmoot.db")
    journal = Journal(database)
    await journal.start()
    meeting = await make_meeting(journal)
    await meeting.do(cmd.OpenMeeting(), ORG)
    yield meeting
    await journal.aclose()
    await database.aclose()


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


async def test_tables_hold_what_stands_and_nothing_hidden(meeting: Meeting) -> None:
    assert write_tables(await meeting.state()) == {}
    asked = await meeting.post("=1+1, who pays?", kind="question")
    hidden = await meeting.post("Hidden words", kind="question")
    for post_id in (asked, hidden):
        await meeting.do(
            cmd.AnswerContribution(contribution_id=post_id, text=f"Told {post_id}"), MOD
        )
    await meeting.do(cmd.HideContribution(contribution_id=hidden, reason="Rude"), MOD)
    await meeting.do(cmd.WriteOutcome(theme="Bridges", did="We ordered planks."), ORG)
    await meeting.do(cmd.AddAction(text="Order planks", who="Cleo"), ORG)
    await meeting.do(cmd.PostUpdate(text="It begins."), ORG)
    tables = write_tables(await meeting.state())
    assert sorted(tables) == [
        "actions.csv",
        "answers.csv",
        "contributions.csv",
        "live-updates.csv",
        "outcomes.csv",
    ]
    assert [(r["id"], r["text"]) for r in rows(tables["contributions.csv"])] == [
        (asked, "'=1+1, who pays?")
    ]
    assert [(r["question"], r["text"]) for r in rows(tables["answers.csv"])] == [
        ("'=1+1, who pays?", f"Told {asked}")
    ]
    assert [(r["who"], r["status"]) for r in rows(tables["actions.csv"])] == [
        ("Cleo", "open")
    ]
    assert [r["did"] for r in rows(tables["outcomes.csv"])] == ["We ordered planks."]
    assert [r["text"] for r in rows(tables["live-updates.csv"])] == ["It begins."]
    assert b"Hidden words" not in b"".join(tables.values())
    assert hidden.encode() not in b"".join(tables.values())
