"""The TypeScript types of what goes over the wire, made from the Python structs.

`python -m tests.web.wire_types` writes `web/src/feed/types.ts`; a test holds that it
is current.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from folkmoot.core import commands, events, state
from folkmoot.core.item import Item

TARGET = Path(__file__).parents[2] / "web" / "src" / "feed" / "types.ts"

# The texts that a reader gets beside an id, by struct and name.
TEXTS: dict[str, tuple[str, ...]] = {
    "MeetingText": ("title", "purpose", "scope", "scope_items+"),
    "ScopeItemText": ("label", "text", "holder"),
    "OriginText": ("session_id", "title", "host"),
    "NameText": ("name",),
    "PaperText": ("way", "table"),
    "CardText": ("name", "reply_to?"),
    "RoomText": ("name", "camera_free?"),
    "SlotText": ("label",),
    "MarkerText": ("label",),
    "PreparedText": ("kind", "label"),
    "AgendaText": ("labels*",),
    "PreparationText": ("items+",),
    "InviteText": ("label",),
    "ReasonText": ("reason",),
    "CutText": ("reason", "name"),
    "DeclinedText": ("note",),
    "SessionText": (
        "title",
        "pitch",
        "wants",
        "host",
        "asker?",
        "cohosts*",
        "tags*",
        "origins+",
        "origin~",
    ),
    "ConsentText": ("by",),
    "SignalText": ("name", "text"),
    "NoteText": ("text", "who", "author"),
    "AttachmentText": (
        "attachment_id",
        "kind",
        "alt?",
        "text?",
        "heard?",
        "width#",
        "height#",
        "seconds#",
        "peaks##",
    ),
    "ContributionText": (
        "text",
        "author?",
        "on_behalf_of?",
        "speaks_for~",
        "stake~",
        "origin~",
        "attachments+",
    ),
    "ProgressText": ("text", "author"),
    "ResponseText": ("text",),
    "AnswerText": ("text", "by"),
    "OutcomeText": ("theme", "said", "did", "cannot"),
    "QuestionText": ("text", "options*", "low", "high"),
    "UpdateText": ("text", "quote", "speaker", "alt", "author", "corrections+"),
    "CorrectionText": ("at", "note", "author"),
    "RulesText": ("text",),
    "ScreeningText": ("hold*", "refuse*"),
    "FlagText": ("note",),
    "AppealText": ("text",),
    "SealText": ("reason", "kind", "thread", "posted_at", "texts+"),
    "PassedText": ("to",),
    "EmbargoText": ("name", "label", "data~"),
}
# Lists of other texts.
_OTHERS = {
    "data~": "Record<string, unknown>",
    "origin~": "PaperText",
    "speaks_for~": "string",
    "stake~": "string",
}
_LISTS = {
    "scope_items+": "ScopeItemText",
    "origins+": "OriginText",
    "items+": "PreparedText",
    "attachments+": "AttachmentText",
    "corrections+": "CorrectionText",
    "texts+": "ContributionText",
}
_TEXT_OF = {
    "Meeting": "MeetingText",
    "Cohost": "NameText",
    "SignalSeen": "NameText",
    "Signal": "SignalText",
    "RoomClosed": "ReasonText",
    "Room": "RoomText",
    "Slot": "SlotText",
    "Marker": "MarkerText",
    "Preparation": "PreparationText",
    "MarkersPrepared": "PreparationText",
    "Agenda": "AgendaText",
    "Invite": "InviteText",
    "CardsIssued": "InviteText",
    "CardSeries": "InviteText",
    "CardRe": "CardText",
    "PaperCard": "CardText",
    "Channel": "ReasonText",
    "CutRequest": "CutText",
    "CutDeclined": "DeclinedText",
    "Session": "SessionText",
    "Hand": "NameText",
    "Note": "NoteText",
    "ActionTaken": "NoteText",
    "ActionMoved": "ProgressText",
    "Response": "ResponseText",
    "Answer": "AnswerText",
    "Outcome": "OutcomeText",
    "Update": "UpdateText",
    "Question": "QuestionText",
    "GroundRules": "RulesText",
    "Screening": "ScreeningText",
    "MemberMuted": "ReasonText",
    "Mute": "ReasonText",
    "ContributionFlagged": "FlagText",
    "Flag": "FlagText",
    "Appeal": "AppealText",
    "ContributionSealed": "SealText",
    "Seal": "SealText",
    "SealPassedOn": "PassedText",
    "Embargo": "EmbargoText",
    "EmbargoFailed": "ReasonText",
    "Contribution": "ContributionText",
    "OwnContribution": "ContributionText",
    "Consent": "ConsentText",
}
_SCALARS = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    datetime: "string",
    date: "string",
    type(None): "null",
    Any: "unknown",
}


def render_types() -> str:
    """Return the whole text of `web/src/feed/types.ts`."""
    return "\n".join([*_head(), *_texts(), *_states(), *_events(), *_commands(), ""])


def _head() -> Iterator[str]:
    yield "// Made by `python -m tests.web.wire_types` from server/folkmoot/core."
    yield "// Change the structs there, then run it again."
    yield ""
    yield 'export type Gone = "hidden" | "withdrawn";'


def _texts() -> Iterator[str]:
    for name, fields in TEXTS.items():
        yield f"\nexport interface {name} {{"
        for field in fields:
            yield f"  {_text_field(field)};"
        yield "}"


def _text_field(field: str) -> str:
    if field in _LISTS:
        return f"{field[:-1]}?: {_LISTS[field]}[]"
    if field in _OTHERS:
        return f"{field[:-1]}?: {_OTHERS[field]}"
    if field.endswith("#"):
        return f"{field.rstrip('#')}?: number{'[]' * (field.count('#') - 1)}"
    if field.endswith("*"):
        return f"{field[:-1]}?: string[]"
    return f"{field}: string{' | null' if field.endswith('?') else ''}"


def _states() -> Iterator[str]:
    for name, struct in _structs(state, Item):
        yield from _interface(f"Wire{name.removesuffix('State')}", struct, "Wire")


def _events() -> Iterator[str]:
    yield from _interface("Move", events.Move, "")
    for name, struct in events.KINDS.items():
        yield from _interface(name, struct, "")
    yield "\nexport interface Events {"
    for name in events.KINDS:
        yield f"  {name}: {name};"
    yield "}\n"
    yield "export type Kind = keyof Events;"


def _commands() -> Iterator[str]:
    for struct in (
        commands.ScopeItem,
        commands.ArrangeMove,
        commands.PreparedMarker,
        commands.CardProposal,
        commands.CardContribution,
        commands.AttachmentRef,
        commands.ConsentTerms,
    ):
        yield f"\nexport interface {struct.__name__} {{"
        yield from _fields(struct)
        yield "}"
    yield "\nexport interface Commands {"
    for outside, struct in commands.TYPES.items():
        yield f'  "{outside}": {{'
        yield from (f"  {line}" for line in _fields(struct))
        yield "  };"
    yield "}"


def _fields(struct: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        mark = "" if field.required else "?"
        yield f"  {field.name}{mark}: {_spell(field.type, '')};"


def _interface(name: str, struct: type[msgspec.Struct], prefix: str) -> Iterator[str]:
    yield f"\nexport interface {name} {{"
    fields = msgspec.structs.fields(struct)
    for field in fields:
        yield f"  {field.name}: {_spell(field.type, prefix)};"
    contents: dict[str, str] = getattr(struct, "CONTENTS", {})
    for reader_name in contents.values():
        yield f"  {reader_name}: {_text_type(name, reader_name)} | null;"
    if contents:
        yield "  gone?: Gone;"
    yield "}"


def _text_type(name: str, reader_name: str) -> str:
    if reader_name in {"reason", "closed_reason"}:
        return "ReasonText"
    if reader_name == "progress":
        return "ProgressText"
    if reader_name == "response":
        return "ResponseText"
    if reader_name == "failed":
        return "ReasonText"
    if reader_name == "answer":
        return "AppealText"
    if reader_name == "declined":
        return "DeclinedText"
    if reader_name == "text":
        return "ContributionText"
    if reader_name == "seen":
        return "NameText"
    bare = name.removeprefix("Wire")
    best = max((key for key in _TEXT_OF if bare.startswith(key)), key=len)
    return _TEXT_OF[best]


def _spell(annotation: Any, prefix: str) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if origin is Literal:
        return " | ".join(msgspec.json.encode(item).decode() for item in arguments)
    if origin is typing.Annotated:
        return _spell(arguments[0], prefix)
    if origin in {typing.Union, types.UnionType}:
        return " | ".join(_spell(item, prefix) for item in arguments)
    if origin in {list, tuple}:
        return f"{_spell(arguments[0], prefix)}[]"
    if origin is dict:
        return f"Record<string, {_spell(arguments[1], prefix)}>"
    return f"{prefix}{annotation.__name__}"


def _structs(module: types.ModuleType, base: type) -> Iterator[tuple[str, type]]:
    for name, value in vars(module).items():
        if isinstance(value, type) and issubclass(value, base) and value is not base:
            yield name, value


if __name__ == "__main__":
    TARGET.write_text(render_types())
    sys.stdout.write(f"{TARGET}\n")
