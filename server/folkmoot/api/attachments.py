"""Pictures and voice notes sent ahead of a text, at once or in pieces."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from folkmoot.api.bodies import json_response, read_query
from folkmoot.api.parts import PARTS, enter
from folkmoot.api.problems import Problem
from folkmoot.api.recordings import SHELF, uploads
from folkmoot.api.uploads import (
    kept_bytes,
    read_piece,
    read_upload_id,
    receive_piece,
)
from folkmoot.core.ids import random_text
from folkmoot.core.refusals import Refusal
from folkmoot.core.talk.attachments import AttachmentKind, Upload
from folkmoot.keys import ATTACHMENTS, GATEWAY, IDENTITY
from folkmoot.received.attachments import LIMITS

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.gateway.principals import Access


class AttachmentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What it is."""

    kind: AttachmentKind = "image"


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An upload: `receiving` as long as bytes are missing, then what it became.

    `width` and `height` in pixels; `seconds`, and `peaks` from 0 to 100.
    """

    offset: int
    state: str = "receiving"
    attachment_id: str | None = None
    kind: AttachmentKind | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    peaks: list[int] | None = None


async def post_attachment(request: web.Request) -> web.Response:
    """Take a picture or voice note; with `Content-Range` it may come in pieces."""
    access = await _enter(request)
    kind = read_query(request, AttachmentQuery).kind
    upload_id, member_id = _need_upload_id(request), str(access.actor.member_id)
    attachments = request.app[ATTACHMENTS]
    piece = read_piece(request)
    if piece.total > LIMITS[kind]:
        most = LIMITS[kind] // 1_000_000
        raise Problem(413, "too_large", f"It may have {most} MB at most.")
    known = await attachments.find(access.meeting_id, member_id, upload_id)
    if known is not None:
        return _tell(_view(known, piece.total), 201)
    if not access.principal.admin:
        limits = request.app[GATEWAY].limits
        await limits.check("command", access.principal.person_id)
    target = uploads(request.app[PARTS].data_dir) / f"{random_text(12)}.part"
    with request.app[SHELF].use(
        access.meeting_id, f"attachments/{member_id}", upload_id
    ) as upload:
        whole = await receive_piece(request, upload, piece, target)
        if whole is None:
            return _tell(AttachmentView(offset=piece.end), 202)
        try:
            async with upload.lock:
                kept = await attachments.keep(
                    access.meeting_id, member_id, kind, whole, upload_id=upload_id
                )
        finally:
            await asyncio.shield(asyncio.to_thread(_delete, whole))
    return _tell(_view(kept, piece.total), 201)


async def show_attachment_upload(request: web.Request) -> web.Response:
    """Say how much of the upload named by `Upload-Id` is here, and what it became."""
    access = await _enter(request)
    upload_id, member_id = _need_upload_id(request), str(access.actor.member_id)
    attachments = request.app[ATTACHMENTS]
    with request.app[SHELF].use(
        access.meeting_id, f"attachments/{member_id}", upload_id
    ) as upload:
        # Whoever asks while it is being made plain hears what came of it.
        async with upload.lock:
            known = await attachments.find(access.meeting_id, member_id, upload_id)
            offset = await asyncio.to_thread(kept_bytes, upload)
    if known is not None:
        return _tell(_view(known, offset), 200)
    return _tell(AttachmentView(offset=offset), 200)


async def _enter(request: web.Request) -> Access:
    access = await request.app[IDENTITY].ensure_member(await enter(request))
    if access.actor.member_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    return access


def _need_upload_id(request: web.Request) -> str:
    if (upload_id := read_upload_id(request)) is None:
        raise Problem(422, "bad_upload_id", "Upload-Id is missing.")
    return upload_id


def _view(upload: Upload, offset: int) -> AttachmentView:
    given = {"offset": offset, "state": "ready", "kind": upload.kind}
    return msgspec.convert({**given, **upload.details}, AttachmentView)


def _tell(view: AttachmentView, status: int) -> web.Response:
    response = json_response(view, status=status)
    response.headers["Upload-Offset"] = str(view.offset)
    return response


def _delete(file: Path) -> None:
    with suppress(OSError):
        file.unlink()
