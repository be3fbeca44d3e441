"""What is attached to a text: pictures and voice notes that were sent ahead of it.

An attachment comes first, as an upload that nobody but its owner knows. The text
that is given later names it and so adopts it; from then on its bytes belong to the
same item as the text, and whoever may read the text may have them. Hiding and
withdrawing reach both, since both are contents of the one item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from folkmoot.core import events as ev
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.refusals import Refusal

AttachmentKind = Literal["image", "voice"]
MOST = 8
"""Attachments of one text at most."""
HELD = "e_"
"""What ids of things that are held back begin with."""

# Facts that bring a text, which may have attachments, to a feed's readers.
_BRINGING = (
    ev.ContributionPosted,
    ev.ContributionAuthored,
    ev.ContributionEdited,
    ev.ContributionHidden,
)


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent ahead. `details` says what readers need to show it.

    `item_id` is what adopted it, None as long as nothing has.
    """

    attachment_id: str
    member_id: str
    kind: AttachmentKind
    details: dict[str, Any]
    item_id: str | None = None


def adopt(
    draft: Decision,
    actor: Actor,
    shelf: Shelf,
    item_id: str,
    wanted: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Give one's own uploads to an item; return what its text says of them.

    `wanted` are `attachment_id` and what its author says of each (`alt`, `text`).
    """
    described: list[dict[str, Any]] = []
    for one in wanted:
        upload = shelf.upload(str(one["attachment_id"]))
        # The same words for what was never there: ids of others can't be tried.
        if (
            upload is None
            or upload.member_id != actor.member_id
            or not _is_free(upload, item_id)
            or upload.attachment_id in {d["attachment_id"] for d in described}
        ):
            raise Refusal(
                "no_such_attachment",
                "A picture or voice note of this is not here any more. "
                "Add it again; your words are kept.",
            )
        draft.adopted[upload.attachment_id] = item_id
        said = {name: text for name, text in one.items() if text}
        known = dict(upload.details)
        if "text" in said and said["text"] != known.get("text"):
            known.pop("heard", None)  # a person wrote it down
        described.append({"kind": upload.kind, **known, **said})
    return described


def _is_free(upload: Upload, item_id: str) -> bool:
    """Whether an upload is nobody else's: what is held back is still to be given."""
    held = upload.item_id is not None and upload.item_id.startswith(HELD)
    return upload.item_id in (None, item_id) or held


def attached_ids(text: Mapping[str, Any]) -> Iterable[str]:
    """Yield the ids of what a text has attached."""
    for one in text.get("attachments") or ():
        yield str(one["attachment_id"])


def grant_with_texts(draft: Decision, shelf: Shelf) -> None:
    """Let the readers of each text that was granted have what is attached to it."""
    bringing = {
        content_id
        for fact in draft.facts
        if isinstance(fact.event, _BRINGING)
        for content_id in ev.content_ids(fact.event).values()
    }
    for content_id, feed in tuple(draft.grants):
        if content_id not in bringing:
            continue
        written = draft.contents.get(content_id)
        text = shelf.text(content_id) if written is None else written.text
        draft.grants.extend((one, feed) for one in attached_ids(text))
