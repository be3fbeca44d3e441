"""The API joined to the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from folkmoot.api import feeds
from folkmoot.api.openapi import build_document
from folkmoot.api.operations import API, OPERATIONS, ROOM
from folkmoot.api.parts import (
    PARTS,
    ImportRecording,
    Parts,
    RecordingClock,
    RecordingStart,
)
from folkmoot.api.problems import answer_problems
from folkmoot.api.recordings import SHELF, clear_uploads, show_upload, uploads
from folkmoot.api.uploads import UploadShelf

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

DOCUMENT_PATH = f"{API}/openapi.json"
MB = 1024 * 1024


def add_api_routes(
    app: web.Application,
    *,
    data_dir: Path,
    clock: Callable[[], datetime],
    import_recording: ImportRecording | None = None,
    recording_start: RecordingStart | None = None,
    recording_clock: RecordingClock | None = None,
    disk_reserve_mb: int = 0,
) -> None:
    """Add the API. Needs the keys JOURNAL, DATABASE, SETTINGS, IDENTITY, GATEWAY.

    SEARCH, PUBLIC_URL and RTMP_URL are used where they are set by the time of a
    request. Uploads lie in `data_dir/private/uploads` until they are whole.
    """
    app[PARTS] = Parts(
        data_dir=data_dir,
        clock=clock,
        import_recording=import_recording,
        recording_start=recording_start,
        recording_clock=recording_clock,
        disk_reserve_bytes=disk_reserve_mb * MB,
    )
    app[SHELF] = UploadShelf(uploads(data_dir))
    feeds.prepare(app)
    app.middlewares.append(answer_problems)
    app.cleanup_ctx.append(clear_uploads)
    for operation in OPERATIONS:
        app.router.add_route(
            operation.method,
            operation.path,
            operation.handler,
            name=f"api.{operation.name}",
        )
    app.router.add_route("HEAD", f"{ROOM}/recording/upload", show_upload)
    document = msgspec.json.encode(build_document(OPERATIONS))

    async def show_document(_request: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    app.router.add_get(DOCUMENT_PATH, show_document, name="api.document")
