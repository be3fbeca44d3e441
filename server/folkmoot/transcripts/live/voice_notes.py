"""What voice notes say, heard once they are kept.

Most notes are heard before their author posts them, so that the words come with the
post; others get them as a command of the service, decided like everybody's.
"""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folkmoot.core.commands import CaptionVoice
from folkmoot.core.decision import SYSTEM
from folkmoot.store import attachments, contents
from folkmoot.transcripts.recognition.models import ModelMissing

if TYPE_CHECKING:
    from folkmoot.journal import Journal
    from folkmoot.store.database import Database
    from folkmoot.transcripts.live.afterwards import Afterwards
    from folkmoot.transcripts.live.captioner import Captioner

logger = logging.getLogger(__name__)

KIND = "captions.voice"
_FIELD = "m4a"
_LOOP = re.compile(
    r"(?:(?<=\s)|^)(?P<phrase>\S+\s\S+(?:\s\S+){0,4}?)(?:\s(?P=phrase)){2,}"
    r"\s(?P=phrase)\W*$",
    re.IGNORECASE,
)


class VoiceNotes:
    """Has voice notes heard, where the meeting has machine captions."""

    def __init__(
        self,
        captioner: Captioner,
        afterwards: Afterwards,
        *,
        database: Database,
        journal: Journal,
        enqueue: Callable[[str, dict[str, Any], str], Awaitable[None]],
    ) -> None:
        self._captioner = captioner
        self._afterwards = afterwards
        self._database = database
        self._journal = journal
        self._enqueue = enqueue
        # Who waits for its turn holds no sound, neither in memory nor on the disk.
        self._turn = asyncio.Lock()

    async def ask(self, meeting_id: str, attachment_id: str) -> None:
        """Have a note heard soon; nothing happens where that can't be."""
        choice = await self._captioner.choice(meeting_id)
        if choice.when == "never":
            return
        try:
            await self._captioner.find_model(choice.model)
        except ModelMissing:
            return
        body = {"meeting_id": meeting_id, "attachment_id": attachment_id}
        await self._enqueue(KIND, body, f"{KIND}:{attachment_id}")

    async def work(self, body: Mapping[str, Any]) -> None:
        """Do the job `KIND`, one at a time. Raises `Refusal` where recognition fails."""
        async with self._turn:
            await self._hear(body)

    async def _hear(self, body: Mapping[str, Any]) -> None:
        meeting_id, attachment_id = str(body["meeting_id"]), str(body["attachment_id"])
        stored = await self._database.read(
            lambda c: contents.read_text(c, attachment_id)
        )
        if _FIELD not in stored:
            return  # taken back meanwhile
        choice = await self._captioner.choice(meeting_id)
        file = await asyncio.to_thread(_write, b64decode(stored[_FIELD]))
        try:
            cues = await self._afterwards.recognise_file(
                file,
                language=choice.language,
                model=choice.model,
                glossary=choice.glossary,
            )
        finally:
            await asyncio.shield(asyncio.to_thread(file.unlink))
        words = without_loop(" ".join(cue.text for cue in cues))
        if words:
            await self._keep(meeting_id, attachment_id, words, Path(choice.model).name)

    async def _keep(
        self, meeting_id: str, attachment_id: str, words: str, heard: str
    ) -> None:
        if await self._database.run(
            lambda c: attachments.caption(c, attachment_id, text=words, heard=heard)
        ):
            return
        upload = await self._database.read(
            lambda c: attachments.find(c, meeting_id, attachment_id)
        )
        if upload is None or upload.item_id is None:
            return
        command = CaptionVoice(
            contribution_id=upload.item_id,
            attachment_id=attachment_id,
            text=words,
            heard=heard,
        )
        answer = await self._journal.submit(meeting_id, command, actor=SYSTEM)
        # It was hidden, taken back or published meanwhile: then it stays as it is.
        logger.debug("voice note %s heard: %s", attachment_id, answer)


def without_loop(words: str) -> str:
    """Return words without a phrase of two or more that ends them four times in a row.

    So a model fills the breath after the last word; people hardly do.
    """
    return _LOOP.sub("", words).strip()


def _write(data: bytes) -> Path:
    """A file that nobody else may read."""
    with tempfile.NamedTemporaryFile(
        prefix="folkmoot-voice-", suffix=".m4a", delete=False
    ) as file:
        file.write(data)
    return Path(file.name)
