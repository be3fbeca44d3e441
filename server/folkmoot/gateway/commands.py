"""Commands: one way in for the socket, the API and the pages' forms.

The answer comes after the commit and is the same everywhere. An answer
`{ok: false}` without `retry_after` has used the client's number up. A command
that could not be read has not: it may be put right and sent again under its
number, or be passed over, so that a bad one never blocks those behind it.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from folkmoot.core.commands import BadCommand, Command, EditMeeting, read_command
from folkmoot.core.refusals import Refusal
from folkmoot.gateway import metrics
from folkmoot.gateway.memory import Memory
from folkmoot.journal import (
    Accepted,
    Answer,
    ClientStamp,
    Duplicate,
    Refused,
    Resend,
    SubmitFailed,
)

if TYPE_CHECKING:
    from folkmoot.gateway.identity import Identity
    from folkmoot.gateway.limits import Limits
    from folkmoot.gateway.principals import Access, Principal
    from folkmoot.journal import Journal

logger = logging.getLogger(__name__)

FAULT_RETRY_SECONDS = 2.0

ClientId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
ClientSeq = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class CommandRequest(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A command as clients send it.

    `client_id` is random per device or tab, `client_seq` counts its commands
    from 1. `expect` is the version of the session that the sender saw.
    """

    client_id: ClientId
    client_seq: ClientSeq
    type: Annotated[str, msgspec.Meta(max_length=64)]
    data: dict[str, Any] = {}
    expect: int | None = None
    meeting: str | None = None


class _Stamped(msgspec.Struct, frozen=True):
    """What of a request that can't be read still says which one it is."""

    client_id: ClientId
    client_seq: ClientSeq


class _Unreadable(Command, frozen=True, kw_only=True):
    """Stands for a command that can't be read; the rules know no such command."""


class Commands:
    """Gives commands to the journal for those who may."""

    def __init__(self, journal: Journal, identity: Identity, limits: Limits) -> None:
        self._journal = journal
        self._identity = identity
        self._limits = limits
        self._unread: Memory[tuple[str, str, int], bool] = Memory()

    async def run(
        self, principal: Principal, meeting: str, request: Any
    ) -> dict[str, Any]:
        """Give a command and return its answer as clients get it.

        `request` is what the client sent, as plain values. Raises `BadCommand`
        for a request or command that can't be read, `Refusal` for a meeting
        that isn't there. Any other refusal is an answer.
        """
        started_at = time.perf_counter()
        access = await self._identity.enter(principal, meeting)
        try:
            answer = await self._answer(access, request)
        except Refusal as refusal:
            answer = Refused.of(refusal)
        metrics.COMMANDS.labels(_word(answer)).inc()
        metrics.COMMAND_SECONDS.observe(time.perf_counter() - started_at)
        return answer.to_wire()

    async def _answer(self, access: Access, request: Any) -> Answer:
        access = await self._identity.ensure_member(access)
        if access.actor.member_id is None:
            raise Refusal("not_a_member", "Join the meeting first.")
        if not access.principal.admin:
            await self._limits.check("command", access.principal.person_id)
        try:
            wanted = _read_request(request)
            command = _read_command(wanted)
            _keep_rehearsal_private(access, command)
        except (BadCommand, Refusal):
            self._note_unread(access.actor.member_id, request)
            raise
        member_id, client_id = access.actor.member_id, wanted.client_id
        stamp = ClientStamp(member_id, client_id, wanted.client_seq)
        answer = await self._submit(access, command, stamp, wanted.expect)
        while isinstance(answer, Resend) and self._unread.get(
            (member_id, client_id, answer.resend_from)
        ):
            await self._pass_over(access, client_id, answer.resend_from)
            answer = await self._submit(access, command, stamp, wanted.expect)
        return answer

    def _note_unread(self, member_id: str, request: Any) -> None:
        """Remember that a number was seen, though not what was meant by it."""
        try:
            stamped = msgspec.convert(request, _Stamped)
        except msgspec.ValidationError:
            return
        self._unread.put((member_id, stamped.client_id, stamped.client_seq), True)

    async def _pass_over(self, access: Access, client_id: str, number: int) -> None:
        """Use up the number of a command that its sender has given up."""
        member_id = access.actor.member_id or ""
        self._unread.forget((member_id, client_id, number))
        stamp = ClientStamp(member_id, client_id, number)
        await self._submit(access, _Unreadable(), stamp, None)

    async def _submit(
        self,
        access: Access,
        command: Command,
        stamp: ClientStamp,
        expect: int | None,
    ) -> Answer:
        try:
            return await self._journal.submit(
                access.meeting_id,
                command,
                actor=access.actor,
                client=stamp,
                expect=expect,
            )
        except SubmitFailed:
            logger.exception("meeting=%s command not written", access.meeting_id)
            return Refused(
                code="fault",
                message="This could not be saved. It will be tried again.",
                retry_after=FAULT_RETRY_SECONDS,
            )


def _keep_rehearsal_private(access: Access, command: Command) -> None:
    """Nobody outside the team finds a rehearsal; what stood once stays in caches."""
    if (
        access.place.is_rehearsal
        and isinstance(command, EditMeeting)
        and command.visibility not in {None, "private"}
    ):
        raise Refusal("is_rehearsal", "A rehearsal stays with who has its code.")


def _read_request(request: Any) -> CommandRequest:
    try:
        return msgspec.convert(request, CommandRequest)
    except msgspec.ValidationError as error:
        raise BadCommand(str(error)) from error


def _read_command(wanted: CommandRequest) -> Command:
    try:
        return read_command(wanted.type, wanted.data)
    except Refusal as error:
        raise BadCommand(f"type: {error.message}") from error


def _word(answer: Answer) -> str:
    match answer:
        case Accepted():
            return "accepted"
        case Duplicate():
            return "duplicate"
        case Refused():
            return answer.code
        case Resend():
            return "gap"
