"""Names on the organisers' list: who may write under them, and who may not.

A name is put on the list by an invitation with the duty `name` whose label it is;
who takes that link up is confirmed under this name, until the link is made void.
Names are compared as people read them (see `screening.words_of`): "CLLR. Smith",
with a Cyrillic letter in it, or "Cllr Smith (official)" is the same name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor, Shelf
from folkmoot.core.moderation.screening import as_read, words_of
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState

NAME_DUTY = "name"
# What shows the name of who acts.
_SHOWN = (
    cmd.ProposeSession
    | cmd.TakeUpSession
    | cmd.CohostSession
    | cmd.SplitSession
    | cmd.AddNote
    | cmd.EditNote
    | cmd.AddPhoto
    | cmd.RaiseHand
)


def check_names(
    state: MeetingState, shelf: Shelf, actor: Actor, command: cmd.Command
) -> None:
    """Refuse what would stand under a name on the list that is another person's."""
    for name in _names_in(actor, command):
        for invite_id, listed in listed_names(state, shelf):
            if is_same(listed, name) and not _holds(state, actor, invite_id):
                raise name_listed(listed)


def name_listed(listed: str) -> Refusal:
    """Return the refusal of a name that is another person's."""
    return Refusal(
        "name_listed",
        f"The organisers keep the name “{listed}” for its owner. Use the personal "
        "link that belongs to it, or take another name.",
    )


def confirmed_name(state: MeetingState, shelf: Shelf, actor: Actor) -> str | None:
    """Return the name on the list that is the actor's own."""
    for invite_id, listed in listed_names(state, shelf):
        if _holds(state, actor, invite_id):
            return listed
    return None


def listed_names(state: MeetingState, shelf: Shelf) -> Iterator[tuple[str, str]]:
    """Yield the names on the list with their invitations."""
    for invite in state.invites.values():
        if invite.duty != NAME_DUTY or invite.revoked:
            continue
        if name := str(shelf.text(invite.content_id).get("label", "")).strip():
            yield invite.invite_id, name


def is_same(listed: str, given: str) -> bool:
    """Whether a name reads like a listed one.

    A listed name of several words may also stand inside the given one; a single
    word has to be all of it, or every Smith would be the listed one.
    """
    wanted, words = _read(listed), _read(given)
    if words == wanted or "".join(words) == "".join(wanted):
        return True
    span = len(wanted)
    if span < 2:
        return False
    return any(
        words[at : at + span] == wanted for at in range(len(words) - span + 1)
    ) or sorted(words) == sorted(wanted)


def _read(name: str) -> list[str]:
    return [as_read(word) for word in words_of(name)]


def _holds(state: MeetingState, actor: Actor, invite_id: str) -> bool:
    if actor.member_id is None:
        return actor.organises
    return state.duties.get(actor.member_id, {}).get(NAME_DUTY) == invite_id


def _names_in(actor: Actor, command: cmd.Command) -> Sequence[str]:
    """Return the names under which a command would show something."""
    if isinstance(command, cmd.PostContribution):
        author = {"name": actor.name, "pseudonym": command.pseudonym}
        given = [author.get(command.label, "")]
        # Who takes something down at a table knows from whom.
        if command.on_behalf_of and not actor.takes_down:
            given.append(command.on_behalf_of)
        return [name for name in given if name]
    return [actor.name] if actor.name and isinstance(command, _SHOWN) else []
