"""Pictures and voice notes that come with a form, and those that an edit keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiohttp import web

from folkmoot.core.feeds import member_feed
from folkmoot.core.refusals import Refusal
from folkmoot.keys import ATTACHMENTS
from folkmoot.pages.frame.parcels import SentFile
from folkmoot.pages.frame.ports import PORTS

# What is said of a file, and the form's field that says it of all of a kind.
_SAID = {"image": ("alt", "_alt"), "voice": ("text", "_said")}


async def attach_files(
    request: web.Request,
    principal: Any,
    fields: Mapping[str, str],
    files: Sequence[SentFile],
) -> list[dict[str, str]]:
    """Keep a form's files and return all that its text has attached from now on.

    The same form sent twice names the same files: its idempotency key is theirs.
    """
    ports = request.app[PORTS]
    access = await ports.identity.enter(principal, request.match_info["slug"])
    access = await ports.identity.ensure_member(access)
    if access.actor.member_id is None:
        raise Refusal("not_a_member", "Join the meeting first.")
    member_id = str(access.actor.member_id)
    refs = [*await _kept(request, access.meeting_id, member_id, fields)]
    for number, file in enumerate(files):
        if ports.limits is not None and not principal.admin:
            await ports.limits.check("command", principal.person_id)
        upload = await request.app[ATTACHMENTS].keep(
            access.meeting_id,
            member_id,
            file.kind,
            file.path,
            upload_id=f"form:{fields.get('_client_id', '')}:{number}",
        )
        name, field = _SAID[file.kind]
        said = fields.get(field, "").strip()
        ref = {"attachment_id": upload.attachment_id}
        refs.append(ref | ({name: said} if said else {}))
    return refs


async def _kept(
    request: web.Request, meeting_id: str, member_id: str, fields: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Return what an edit leaves attached, with what is said of it by now."""
    keep = fields.get("_keep", "").split()
    key = fields.get("contribution_id", "")
    if not keep:
        return iter(())
    feed = member_feed(member_id)
    own = (await request.app[PORTS].journal.snapshot(meeting_id, feed)).state
    content = (own["authored"].get(key) or {}).get("content") or {}
    return (
        {
            name: str(one[name])
            for name in ("attachment_id", "alt", "text")
            if one.get(name)
        }
        for one in content.get("attachments") or ()
        if one["attachment_id"] in keep
    )
