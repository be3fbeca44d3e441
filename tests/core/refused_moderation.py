"""One way into every refusal of moderation, by its code."""

from __future__ import annotations

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor
from tests.core.refused import STAFF_COMMANDS, Way, way
from tests.core.square import ANN, BEN, FACILITATOR, MODERATOR, ORGANISER, Square

MODERATORS_DO: tuple[cmd.Command, ...] = (
    cmd.ReturnContribution(contribution_id="c"),
    cmd.SettleFlags(contribution_id="c"),
    cmd.AnswerAppeal(contribution_id="c", granted=True, text="x"),
    cmd.SealContribution(contribution_id="c"),
    cmd.SetModeration(slow_seconds=5),
    cmd.SetCalm(on=True),
    cmd.SetWords(),
    cmd.MuteMember(member_id="b_ben"),
    cmd.EndMute(mute_id="x"),
    cmd.HoldEmbargo(type="contribution.post", data={"text": "x"}, when="by_hand"),
    cmd.ChangeEmbargo(embargo_id="e", when="by_hand"),
    cmd.ReleaseEmbargo(embargo_id="e"),
    cmd.DropEmbargo(embargo_id="e"),
)
OTHERS_DO = (
    (cmd.SetRules(text="x"), MODERATOR),
    (cmd.PassOnSeal(seal_id="z", to="x"), FACILITATOR),
    (cmd.ReleaseSeal(seal_id="z"), FACILITATOR),
)
EVERY_STAFF_COMMAND = (
    *STAFF_COMMANDS,
    *((command, ANN) for command in MODERATORS_DO),
    *OTHERS_DO,
)


def _give(command: cmd.Command, actor: object) -> Way:
    return lambda square: square.do(command, actor)  # type: ignore[arg-type]


for _command, _actor in EVERY_STAFF_COMMAND[len(STAFF_COMMANDS) :]:
    way("not_allowed")(_give(_command, _actor))


def hidden_post(square: Square) -> str:
    """Return a contribution of Ann's that the moderator has hidden."""
    post = square.post("x", ANN)
    square.do(cmd.HideContribution(contribution_id=post, reason="x"), MODERATOR)
    return post


def _taken_back(square: Square) -> str:
    post = square.post("x", ANN)
    square.do(cmd.WithdrawContribution(contribution_id=post), ANN)
    return post


@way("rules_first")
def _(square: Square) -> None:
    square.do(cmd.SetRules(text="Be kind."), ORGANISER)
    square.post("x")


@way("other_rules")
def _(square: Square) -> None:
    square.do(cmd.AcceptRules(version=3), ANN)


@way("muted")
def _(square: Square) -> None:
    square.do(cmd.MuteMember(member_id="b_ann", minutes=3), MODERATOR)
    square.propose("Trees", ANN)


@way("muted")
def _(square: Square) -> None:
    post = square.post("x", ANN, label="anonymous")
    square.do(cmd.MuteMember(contribution_id=post), MODERATOR)
    square.post("y", ANN)


@way("slow_mode")
def _(square: Square) -> None:
    square.do(cmd.SetModeration(slow_seconds=60), MODERATOR)
    square.post("x")
    square.post("y")


@way("word_refused")
def _(square: Square) -> None:
    square.do(cmd.SetWords(refuse_words=["darn"]), MODERATOR)
    square.post("D4RN it")


@way("word_refused")
def _(square: Square) -> None:
    square.do(cmd.SetWords(hold_words=["darn"]), MODERATOR)
    square.propose("Darn socks")


@way("name_refused")
def _(square: Square) -> None:
    square.do(cmd.SetWords(hold_words=["ann"]), MODERATOR)
    square.propose("Socks")


@way("word_held")
def _(square: Square) -> None:
    square.do(cmd.SetWords(hold_words=["darn"]), MODERATOR)
    square.do(cmd.PostUpdate(text="Darn"), Actor("b_ria", "Ria", frozenset({"report"})))


@way("one_thread")
def _(square: Square) -> None:
    square.do(cmd.SetModeration(mode="before"), MODERATOR)


@way("no_such_thread")
def _(square: Square) -> None:
    square.do(cmd.SetModeration(thread="none", mode="before"), MODERATOR)


@way("nobody_meant")
def _(square: Square) -> None:
    square.do(cmd.MuteMember(), MODERATOR)


@way("yourself")
def _(square: Square) -> None:
    square.do(cmd.MuteMember(member_id="b_mod"), MODERATOR)


@way("no_such_mute")
def _(square: Square) -> None:
    square.do(cmd.EndMute(mute_id="x_none"), MODERATOR)


@way("withdrawn")
def _(square: Square) -> None:
    square.do(cmd.ReturnContribution(contribution_id=_taken_back(square)), MODERATOR)


@way("withdrawn")
def _(square: Square) -> None:
    square.do(cmd.SealContribution(contribution_id=_taken_back(square)), MODERATOR)


@way("no_such_contribution")
def _(square: Square) -> None:
    square.do(cmd.FlagContribution(contribution_id=hidden_post(square)), BEN)


@way("no_such_contribution")
def _(square: Square) -> None:
    square.do(cmd.Appeal(contribution_id=hidden_post(square), text="x"), BEN)


@way("not_hidden")
def _(square: Square) -> None:
    square.do(cmd.Appeal(contribution_id=square.post("x"), text="x"), ANN)


@way("appealed_already")
def _(square: Square) -> None:
    post = hidden_post(square)
    for _ in range(2):
        square.do(cmd.Appeal(contribution_id=post, text="x"), ANN)


@way("no_such_appeal")
def _(square: Square) -> None:
    answer = cmd.AnswerAppeal(contribution_id="c", granted=True, text="x")
    square.do(answer, MODERATOR)


@way("another_moderator")
def _(square: Square) -> None:
    for member_id in ("b_mod", "b_two"):
        square.do(cmd.GrantDuty(member_id=member_id, duty="moderate"), ORGANISER)
    post = hidden_post(square)
    square.do(cmd.Appeal(contribution_id=post, text="x"), ANN)
    answer = cmd.AnswerAppeal(contribution_id=post, granted=True, text="x")
    square.do(answer, MODERATOR)


@way("no_such_seal")
def _(square: Square) -> None:
    square.do(cmd.ReleaseSeal(seal_id="z_none"), ORGANISER)


def _held(kind: str = "contribution.post", **more: object) -> cmd.HoldEmbargo:
    given: dict[str, object] = {"data": {"text": "x"}, "when": "by_hand"}
    return cmd.HoldEmbargo(type=kind, **(given | more))  # type: ignore[arg-type]


@way("not_holdable")
def _(square: Square) -> None:
    square.do(_held("meeting.end"), ORGANISER)


@way("bad_item")
def _(square: Square) -> None:
    square.do(_held(data={"words": "x"}), ORGANISER)


@way("no_moment")
def _(square: Square) -> None:
    square.do(_held(when="time"), ORGANISER)


@way("not_held")
def _(square: Square) -> None:
    square.do(cmd.ReleaseEmbargo(embargo_id="e_none"), ORGANISER)


@way("too_much_held")
def _(square: Square) -> None:
    for _ in range(201):
        square.do(_held(), ORGANISER)
