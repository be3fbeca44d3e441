"""Pictures and voice notes as they come in: made plain, and kept until a text names them."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from folkmoot.core.feeds import PARTICIPANTS, PUBLIC, STAFF, member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.attachments import AttachmentKind, Upload
from folkmoot.received.images import MAX_BYTES as MAX_PICTURE_BYTES
from folkmoot.received.images import BadPicture, read_picture
from folkmoot.received.voices import MAX_BYTES as MAX_VOICE_BYTES
from folkmoot.received.voices import BadVoice, Booth
from folkmoot.store import attachments as rows
from folkmoot.store import contents
from folkmoot.store.database import Database
from folkmoot.tasks import TaskOwner

MOST_UNUSED = 24
"""Uploads of one member that belong to nothing yet, at most."""
KEPT_FOR = timedelta(days=2)
SWEEP_SECONDS = 3600.0
LIMITS: dict[AttachmentKind, int] = {
    "image": MAX_PICTURE_BYTES,
    "voice": MAX_VOICE_BYTES,
}
FILES = {
    "large": ("jpeg", "image/jpeg"),
    "small": ("small", "image/jpeg"),
    "voice": ("m4a", "audio/mp4"),
}


class Attachments:
    """Keeps what is sent ahead of a text, and gives its bytes to whoever may read."""

    def __init__(
        self, database: Database, *, ffmpeg: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._clock = clock
        self._booth = Booth(ffmpeg)
        self._darkroom = asyncio.Lock()
        self.when_voice: Callable[[str, str], Awaitable[None]] | None = None
        """Told of each voice note that is kept: meeting and attachment."""

    def start(self, tasks: TaskOwner) -> None:
        """Delete, now and each hour, what was sent and never used."""
        _ = tasks.start(self._sweep(), name="attachments.sweep")

    async def find(
        self, meeting_id: str, member_id: str, upload_id: str
    ) -> Upload | None:
        """Return what a member has sent whole under its own name for it."""
        attachment_id = _id_of(meeting_id, member_id, upload_id)
        return await self._database.read(
            lambda c: rows.find(c, meeting_id, attachment_id)
        )

    async def keep(
        self,
        meeting_id: str,
        member_id: str,
        kind: AttachmentKind,
        file: Path,
        *,
        upload_id: str,
    ) -> Upload:
        """Make a file plain and keep it; raises `Refusal`. The same twice is one."""
        if (known := await self.find(meeting_id, member_id, upload_id)) is not None:
            return known
        waiting = await self._database.read(
            lambda c: rows.count_unused(c, meeting_id, member_id)
        )
        if waiting >= MOST_UNUSED:
            raise Refusal(
                "too_many_uploads", "Post or discard what you have added so far first."
            )
        attachment_id = _id_of(meeting_id, member_id, upload_id)
        body, details = await self._make_plain(kind, file)
        upload = Upload(
            attachment_id=attachment_id,
            member_id=member_id,
            kind=kind,
            details={"attachment_id": attachment_id, **details},
        )
        now = self._clock()
        await self._database.run(
            lambda c: rows.add(c, meeting_id, upload, body, at=now)
        )
        if kind == "voice" and self.when_voice is not None:
            await self.when_voice(meeting_id, attachment_id)
        return upload

    async def read(
        self,
        meeting_id: str,
        attachment_id: str,
        name: str,
        *,
        member_id: str | None,
        staff: bool,
    ) -> tuple[bytes, str] | None:
        """Return a file's bytes and type; None unless a feed of this reader has it.

        Asked of the store at every request: what is hidden or taken back is gone
        with the transaction that says so.
        """
        field, media_type = FILES[name]
        feeds = [PUBLIC]
        feeds += [PARTICIPANTS] if staff or member_id else []
        feeds += [STAFF] if staff else []
        feeds += [member_feed(member_id)] if member_id else []

        def look(connection: Any) -> dict[str, Any] | None:
            if rows.find(connection, meeting_id, attachment_id) is None:
                return None
            for feed in feeds:
                text = contents.texts_for(connection, feed, [attachment_id])
                if isinstance(found := text[attachment_id], dict):
                    return found
            return None

        found = await self._database.read(look)
        if found is None or field not in found:
            return None
        return b64decode(found[field]), media_type

    async def sweep(self) -> None:
        """Delete what was sent and then never used."""
        before = self._clock() - KEPT_FOR
        if await self._database.run(lambda c: rows.sweep(c, before=before)):
            await self._database.forget_erased()

    async def _make_plain(
        self, kind: AttachmentKind, file: Path
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the bytes to keep and what readers need to know of them."""
        if kind == "voice":
            try:
                voice = await self._booth.read(file)
            except BadVoice as error:
                raise Refusal("bad_voice", str(error)) from error
            details = {"seconds": voice.seconds, "peaks": list(voice.peaks)}
            return {"m4a": b64encode(voice.m4a).decode()}, details
        async with self._darkroom:
            try:
                data = await asyncio.to_thread(file.read_bytes)
                picture = await asyncio.to_thread(read_picture, data)
            except BadPicture as error:
                raise Refusal("bad_picture", str(error)) from error
        body = {
            "jpeg": b64encode(picture.jpeg).decode(),
            "small": b64encode(picture.small).decode(),
        }
        return body, {"width": picture.width, "height": picture.height}

    async def _sweep(self) -> None:
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_SECONDS)


def _id_of(meeting_id: str, member_id: str, upload_id: str) -> str:
    """Return the id of an upload: the same for the same, not to be guessed by others."""
    named = f"{meeting_id}/{member_id}/{upload_id}".encode()
    return f"a_{hashlib.sha256(named).hexdigest()[:32]}"
