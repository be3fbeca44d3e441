"""The live door put together: made from the parts of the service, told to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from folkmoot.core.ids import random_text
from folkmoot.gateway.commands import Commands
from folkmoot.gateway.credentials import Credentials
from folkmoot.gateway.fanout import Fanout
from folkmoot.gateway.identity import Identity
from folkmoot.gateway.joining import Door
from folkmoot.gateway.limits import Buckets, Limits, LocalBuckets, RedisBuckets
from folkmoot.gateway.planner import Planner
from folkmoot.gateway.presence import Presence, SharedPresence
from folkmoot.gateway.pulse import Pulse
from folkmoot.gateway.relay import Relay
from folkmoot.gateway.socket import Gateway
from folkmoot.keys import GATEWAY, IDENTITY, PLANNER, PRESENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from aiohttp import web

    from folkmoot.core.ids import IdSource
    from folkmoot.journal import Journal
    from folkmoot.settings import Settings
    from folkmoot.store.database import Database
    from folkmoot.tasks import TaskOwner


def attach_gateway(
    app: web.Application,
    *,
    journal: Journal,
    database: Database,
    settings: Settings,
    tasks: TaskOwner,
    clock: Callable[[], datetime],
    data_dir: Path,
    public_url: str = "",
    redis: Any = None,
    ids: IdSource | None = None,
    **paces: float,
) -> Gateway:
    """Add identity, presence, Socket.IO and fan-out to an application.

    `redis` is an asyncio client where several processes serve; `paces` are
    those of `Pulse`. Starts and ends with the application: the journal has to
    be open before and closed after.
    """
    identity = Identity(database, journal, clock=clock, ids=ids)
    limits = build_limits(settings, redis)
    presence = Presence()
    gateway = Gateway(
        journal=journal,
        identity=identity,
        credentials=Credentials(
            identity, public_url=public_url or settings.server.public_url
        ),
        door=Door(identity, journal, database),
        commands=Commands(journal, identity, limits),
        limits=limits,
        presence=presence,
        fanout=Fanout(journal, tasks=tasks),
        max_message_bytes=settings.limits.max_body_kb * 1024,
    )
    shared = None
    if redis is not None:
        process_id = random_text(8)
        shared = SharedPresence(presence, redis, process_id=process_id)
        gateway.relay = Relay(redis, process_id=process_id, show=gateway.show_caption)
    pulse = Pulse(
        journal=journal,
        gateway=gateway,
        presence=presence,
        tasks=tasks,
        shared=shared,
        **paces,
    )

    async def run(_app: web.Application) -> AsyncIterator[None]:
        await identity.open(data_dir)
        gateway.fanout.start()
        pulse.start()
        if gateway.relay is not None:
            gateway.relay.start(tasks)
        yield
        await pulse.stop()
        gateway.fanout.close()
        await gateway.close()

    async def cut_lines(_app: web.Application) -> None:
        # Before the server waits for its handlers: a WebSocket's never ends
        # by itself.
        await gateway.close()

    app[IDENTITY] = identity
    app[GATEWAY] = gateway
    app[PRESENCE] = presence
    app[PLANNER] = Planner(journal, clock=clock)
    app.cleanup_ctx.append(run)
    app.on_shutdown.append(cut_lines)
    gateway.attach(app)
    return gateway


def build_limits(settings: Settings, redis: Any = None) -> Limits:
    """Return the limits of the settings, shared by all processes through Redis."""
    buckets: Buckets = LocalBuckets() if redis is None else RedisBuckets(redis)
    return Limits(
        buckets,
        commands_per_minute=settings.limits.commands_per_minute,
        joins_per_minute=settings.limits.joins_per_minute,
        searches_per_minute=settings.limits.searches_per_minute,
        clips_per_minute=settings.limits.clips_per_minute,
    )
