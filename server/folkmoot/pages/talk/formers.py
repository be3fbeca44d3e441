"""What a contribution said before: its former texts with their times."""

from __future__ import annotations

from datetime import datetime

import msgspec
from aiohttp import web
from markupsafe import Markup

from folkmoot.core.feeds import PARTICIPANTS, PUBLIC
from folkmoot.core.refusals import Refusal
from folkmoot.pages.frame.ports import PORTS
from folkmoot.pages.frame.rendering import RENDERER
from folkmoot.pages.frame.visits import MeetingBase, open_visit
from folkmoot.pages.talk.thread import PostView, view_post
from folkmoot.pages.wording.moments import read_moment
from folkmoot.pages.wording.prose import render_prose
from folkmoot.store import contents


class Version(msgspec.Struct, frozen=True):
    """A text as it once stood, and when it was written."""

    written_at: datetime
    html: Markup


class FormersPage(MeetingBase, frozen=True, kw_only=True):
    """A contribution with its former texts, the newest first."""

    post: PostView
    edited_at: datetime | None
    versions: tuple[Version, ...]


async def show_formers(request: web.Request) -> web.Response:
    """Answer `/m/{slug}/c/{contribution}/history`.

    What was hidden or taken back since is not in it: texts are read with its
    readers' grants, at every request.
    """
    visit = await open_visit(request)
    contribution_id = request.match_info["contribution"]
    item = visit.known("contributions").get(contribution_id)
    post = view_post(visit.reading, contribution_id)
    if item is None or post is None or post.state != "shown":
        raise Refusal("no_such_contribution", "There is no such contribution.")
    formers = item["formers"]
    ids = [former["content_id"] for former in formers]
    feed = PARTICIPANTS if post.participants_only else PUBLIC
    texts = await request.app[PORTS].database.read(
        lambda c: contents.texts_for(c, feed, ids)
    )
    versions = [
        Version(read_moment(former["written_at"]), render_prose(found.get("text", "")))
        for former in reversed(formers)
        if isinstance(found := texts[former["content_id"]], dict)
    ]
    page = FormersPage(
        **visit.base("contribution-history", contribution=contribution_id),
        post=post,
        edited_at=read_moment(item["edited_at"]) if item["edited_at"] else None,
        versions=tuple(versions),
    )
    return request.app[RENDERER].respond("contribution_history.html", page)
