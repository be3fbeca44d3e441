"""Voice notes heard once they are kept, before or after their post."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from folkmoot.core import commands as cmd
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.attachments import Upload
from folkmoot.journal import Journal
from folkmoot.store import Database, attachments, captioning
from folkmoot.store.captioning import Captioning
from folkmoot.transcripts.cues import Cue
from folkmoot.transcripts.live import captioner as module
from folkmoot.transcripts.live.voice_notes import KIND, VoiceNotes, without_loop
from folkmoot.transcripts.recognition.models import Model, ModelMissing
from tests.journal.meeting import ANN, MOD, Meeting
from tests.transcripts.live.studio import START
from tests.transcripts.live.test_afterwards import Bench

NOTE = "a_note"


class Ear:
    """Hears what a test says, and keeps what it was asked with."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, dict[str, Any]]] = []
        self.cues = [
            Cue(start_seconds=0, end_seconds=1, text="We need"),
            Cue(start_seconds=1, end_seconds=2, text="a bench."),
        ]
        self.fails = False
        self.busy = 0
        self.most_busy = 0

    async def recognise_file(self, path: Path, **asked: Any) -> list[Cue]:
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        self.asked.append((await asyncio.to_thread(path.read_bytes), asked))
        self.busy -= 1
        self.path = path
        if self.fails:
            raise Refusal("recognition_failed", "It crashed.")
        return self.cues


class Notes:
    """A meeting with one voice note that was sent ahead."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.meeting = bench.meeting
        self.database = bench.database
        self.ear = Ear()
        self.notes = VoiceNotes(
            bench.afterwards._captioner,
            self.ear,  # type: ignore[arg-type]
            database=bench.database,
            journal=bench.meeting.journal,
            enqueue=bench.enqueue,
        )

    async def keep(self) -> None:
        upload = Upload(
            attachment_id=NOTE,
            member_id="b_ann",
            kind="voice",
            details={"attachment_id": NOTE, "seconds": 2.0},
        )
        body = {"m4a": b64encode(b"sound").decode()}
        meeting_id = self.meeting.meeting_id
        await self.database.run(
            lambda c: attachments.add(c, meeting_id, upload, body, at=START)
        )
        await self.notes.ask(meeting_id, NOTE)

    async def post(self) -> str:
        refs = [cmd.AttachmentRef(attachment_id=NOTE)]
        return await self.meeting.post("", attachments=refs)

    async def hear(self) -> None:
        ((kind, body),) = self.bench.jobs
        assert kind == KIND
        await self.notes.work(body)

    async def words(self, post: str, feed: str = "public") -> Any:
        found = (await self.meeting.state(feed))["contributions"][post]["content"]
        (note,) = found["attachments"]
        return note.get("text"), note.get("heard")

    async def choose(self, **chosen: Any) -> None:
        meeting_id = self.meeting.meeting_id
        await self.database.run(
            lambda c: captioning.set_captioning(c, meeting_id, Captioning(**chosen))
        )


@pytest.fixture
async def notes(
    meeting: Meeting,
    journal: Journal,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Notes]:
    def find(name: str, kept: object) -> Model:
        if name == "huge":
            raise ModelMissing("There is no huge.")
        return Model(name, f"/models/{name}")

    monkeypatch.setattr(module, "find_model", find)
    room_id = next(iter((await meeting.state())["rooms"]))
    bench = Bench(meeting, room_id, database)
    yield Notes(bench)
    await bench.tasks.aclose()


async def test_what_is_heard_in_time_comes_with_the_post(notes: Notes) -> None:
    await notes.choose(language="fi", glossary="Kallio")
    await notes.keep()
    await notes.hear()
    ((data, asked),) = notes.ear.asked
    assert not await asyncio.to_thread(notes.ear.path.exists)
    assert data == b"sound"
    assert (asked["language"], asked["model"]) == ("fi", "tiny.en")
    assert asked["glossary"].startswith("Kallio")
    post = await notes.post()
    assert await notes.words(post) == ("We need a bench.", "tiny.en")


async def test_what_is_heard_later_is_written_into_the_post(notes: Notes) -> None:
    await notes.keep()
    post = await notes.post()
    assert await notes.words(post) == (None, None)
    await notes.hear()
    assert await notes.words(post) == ("We need a bench.", "tiny.en")
    kinds = [entry["kind"] for entry in await notes.meeting.feed()]
    assert kinds[-1] == "ContributionCaptioned"


async def test_what_was_taken_back_or_hidden_meanwhile_is_let_go(
    notes: Notes,
) -> None:
    await notes.keep()
    post = await notes.post()
    hide = cmd.HideContribution(contribution_id=post, reason="x")
    await notes.meeting.do(hide, MOD)
    await notes.hear()
    assert "bench" not in str(await notes.meeting.state("staff"))
    await notes.meeting.do(cmd.WithdrawContribution(contribution_id=post), ANN)
    await notes.hear()
    assert len(notes.ear.asked) == 1


async def test_who_waits_for_its_turn_holds_no_sound(notes: Notes) -> None:
    """Many notes at once must not lie unpacked in memory and on the disk."""
    await notes.keep()
    ((_, body),) = notes.bench.jobs
    await asyncio.gather(*(notes.notes.work(body) for _ in range(5)))
    assert (len(notes.ear.asked), notes.ear.most_busy) == (5, 1)


async def test_silence_says_nothing(notes: Notes) -> None:
    notes.ear.cues = []
    await notes.keep()
    post = await notes.post()
    await notes.hear()
    assert await notes.words(post) == (None, None)


@pytest.mark.parametrize("chosen", [{"when": "never"}, {"model": "huge"}])
async def test_where_nothing_is_recognised_a_note_is_kept_all_the_same(
    notes: Notes, chosen: dict[str, Any]
) -> None:
    await notes.choose(**chosen)
    await notes.keep()
    assert notes.bench.jobs == []
    assert await notes.words(await notes.post()) == (None, None)


async def test_a_failure_leaves_the_note_as_it_is(notes: Notes) -> None:
    notes.ear.fails = True
    await notes.keep()
    post = await notes.post()
    with pytest.raises(Refusal, match="crashed"):
        await notes.hear()
    assert await notes.words(post) == (None, None)


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        # What tiny.en heard in a synthesised voice and the silence after it.
        ("At the school. " + "I'm sorry, " * 4, "At the school."),
        ("Thank you. " * 5, ""),
        ("No, no, no, no, no.", "No, no, no, no, no."),
        ("We need a bench, we need a bench.", "We need a bench, we need a bench."),
        ("I'm sorry, " * 4 + "but no.", "I'm sorry, " * 4 + "but no."),
    ],
)
def test_a_phrase_that_goes_round_at_the_end_is_no_words(heard: str, kept: str) -> None:
    assert without_loop(heard.strip()) == kept
    assert without_loop("ha " * 3_000).count("ha") in {0, 3_000}
