"""For those who watch over the service: alive, ready, figures."""

from __future__ import annotations

import asyncio
import logging

import sqlalchemy as sa
from aiohttp import web

from folkmoot.api.bodies import json_response
from folkmoot.keys import DATABASE
from folkmoot.telemetry import render_metrics

logger = logging.getLogger(__name__)


async def show_health(_request: web.Request) -> web.Response:
    """Say that the process answers."""
    return json_response({"ok": True})


async def show_ready(request: web.Request) -> web.Response:
    """Say whether the service can do its work: its database answers."""
    try:
        await request.app[DATABASE].read(lambda c: c.execute(sa.text("SELECT 1")))
    except Exception:
        # Whatever it is, the answer is the same and the log has the reason.
        logger.exception("not ready")
        return json_response({"ok": False, "database": False}, status=503)
    return json_response({"ok": True, "database": True})


async def show_metrics(_request: web.Request) -> web.Response:
    """Return the figures for Prometheus."""
    # It reads from /proc.
    body, media_type = await asyncio.to_thread(render_metrics)
    return web.Response(body=body, headers={"Content-Type": media_type})
