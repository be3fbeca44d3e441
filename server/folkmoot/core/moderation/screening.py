"""What is looked at before something is written: who may write, and what waits.

Words are compared as people read them: without case, accents and invisible
signs, with digits and letters of other alphabets for those they look like
(Unicode TS 39 calls them confusable), and only as whole words, so that nobody
from Scunthorpe is kept out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import structs

from folkmoot.core import commands as cmd
from folkmoot.core.decision import Actor, Shelf
from folkmoot.core.events import HeldWhy, Moderation
from folkmoot.core.moderation.folding import ONLY
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import GroundRules, MeetingState, Mute

ANY_THREAD = "all"
# Shorter texts are often the same: "Yes, please", "I agree with that".
COPY_WORDS = 5
# From here on a copy with a word or two changed is still a copy.
NEAR_WORDS = 10
NEAR_SHARE = 0.9
COPIES_LOOKED_AT = 30

# What shows the name of who gives it.
_NAMED = (
    cmd.ProposeSession
    | cmd.SplitSession
    | cmd.TakeUpSession
    | cmd.CohostSession
    | cmd.AddNote
    | cmd.EditNote
    | cmd.AddPhoto
    | cmd.RaiseHand
    | cmd.AddAction
    | cmd.TakeAction
    | cmd.MoveAction
    | cmd.AnswerContribution
    | cmd.WithdrawAnswer
    | cmd.PostUpdate
    | cmd.DraftUpdate
    | cmd.CorrectUpdate
)
_WRITES = (
    cmd.PostContribution
    | cmd.EditContribution
    | cmd.CaptionVoice
    | cmd.EditSession
    | cmd.MergeSessions
    | cmd.EditUpdate
    | cmd.PublishUpdate
    | cmd.RedeemCard
    | _NAMED
)
_READ = (
    "title",
    "pitch",
    "wants",
    "text",
    "who",
    "on_behalf_of",
    "pseudonym",
    "speaks_for",
    "stake",
    "name",
    "by",
    "reason",
    "note",
    "quote",
    "speaker",
    "alt",
)
# Parts of a command that have words of their own.
_PARTS = ("attachments", "proposals", "contributions")
_TOKEN = re.compile(r"[^\W_]+")
_LOOK_ALIKE = str.maketrans("0134578@$", "oieastbas")
_OTHER_SCRIPTS = str.maketrans("аеорсухіѕјνορτκ", "aeopcyxisjvoptk")


# --- words -------------------------------------------------------------------


@lru_cache(maxsize=512)
def words_of(text: str) -> tuple[str, ...]:
    """Return a text's words as they are compared.

    Kept, because each new contribution is compared with the last ones.
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        letter
        for letter in plain
        if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf"
    )
    kept = kept.replace("@", "a").replace("$", "s")
    return tuple(_spelled_out(_TOKEN.findall(kept)))


def find_word(blocked: Iterable[str], text: str) -> str | None:
    """Return the first blocked word or phrase that a text holds.

    Each text is cut once for all entries of a length: lists are long, and whoever
    writes waits for it.
    """
    said = [as_read(word) for word in words_of(text)]
    runs: dict[int, set[tuple[str, ...]]] = {}
    for entry in blocked:
        wanted = _entry_words(entry)
        if not (span := len(wanted)):
            continue
        if span not in runs:
            runs[span] = set(zip(*(said[at:] for at in range(span)), strict=False))
        if wanted in runs[span]:
            return entry
    return None


@lru_cache(maxsize=8192)
def _entry_words(entry: str) -> tuple[str, ...]:
    """A blocked word or phrase as it is compared."""
    return tuple(as_read(word) for word in words_of(entry))


def _spelled_out(tokens: list[str]) -> Iterator[str]:
    """Yield words; letters that stand alone, three or more, make one."""
    alone: list[str] = []
    for token in [*tokens, ""]:
        if len(token) == 1 and token.isalpha():
            alone.append(token)
            continue
        if len(alone) > 2:
            yield "".join(alone)
        else:
            yield from alone
        alone = []
        if token:
            yield token


def as_read(word: str) -> str:
    """Return a word with letters for the signs that look like them."""
    if word.isdigit():
        return word
    return word.translate(_LOOK_ALIKE).translate(_OTHER_SCRIPTS)


# --- who may write -----------------------------------------------------------


def check(
    state: MeetingState, shelf: Shelf, actor: Actor, command: cmd.Command, now: datetime
) -> None:
    """Refuse what nobody may write now, or this person may not."""
    if actor.moderates or not isinstance(command, _WRITES):
        return
    _check_mute(state, actor, now)
    if isinstance(command, cmd.PostContribution):
        _check_rules(state, actor, command.rules)
        parent = state.contributions.get(command.reply_to or "")
        _check_pace(state, actor, parent.thread if parent else command.thread, now)
    _check_words(state, shelf, actor, command)


def hold(
    state: MeetingState,
    shelf: Shelf,
    actor: Actor,
    thread: str,
    command: cmd.PostContribution,
) -> HeldWhy | None:
    """Return why a contribution has to be read first; None if it hasn't."""
    if actor.moderates:
        return None
    said = f"{_name_in(actor, command)}\n{_said(command)}"
    if find_word(words_that(state, shelf, "hold"), said):
        return "words"
    if mode_of(state, thread) == "before":
        return "mode"
    # What comes from paper was read by whoever took it down.
    if actor.table is None:
        if state.calm and not _is_known(state, actor):
            return "newcomer"
        if _is_copy(state, shelf, actor, command.text):
            return "copy"
    return None


def mode_of(state: MeetingState, thread: str) -> Moderation:
    """Return whether a thread's contributions are read before they appear."""
    return state.thread_modes.get(thread, state.moderation)


def standing_rules(state: MeetingState) -> GroundRules | None:
    """Return the ground rules as they stand; None if there never were any."""
    return next(reversed(state.ground_rules.values()), None)


def words_that(state: MeetingState, shelf: Shelf, effect: str) -> Sequence[str]:
    """Return the words that `hold` or `refuse` here."""
    screening = state.screening.get(ONLY)
    if screening is None:
        return ()
    found: Sequence[str] = shelf.text(screening.content_id).get(effect, ())
    return found


def refuse_words(blocked: Mapping[str, Sequence[str]], text: str) -> None:
    """Refuse a name or title that holds a blocked word: nothing of it can wait."""
    for words in blocked.values():
        if word := find_word(words, text):
            raise Refusal(
                "word_refused",
                f"The word “{word}” isn't used here. Please say it in other words.",
            )


def mute_of(state: MeetingState, member_id: str | None, now: datetime) -> Mute | None:
    """Return what keeps a member from writing now."""
    for mute in state.mutes.values():
        if mute.member_id == member_id and (
            mute.until_at is None or mute.until_at > now
        ):
            return mute
    return None


def _check_mute(state: MeetingState, actor: Actor, now: datetime) -> None:
    if actor.member_id is None or not state.mutes:
        return
    if (mute := mute_of(state, actor.member_id, now)) is None:
        return
    if mute.until_at is None:
        until = "until the team lets you write again"
    else:
        at = mute.until_at.astimezone(ZoneInfo(state.timezone))
        until = f"until {at:%H:%M}"
    raise Refusal(
        "muted",
        f"The team has asked you to pause: you can't write here {until}. "
        "You can go on reading, supporting and taking back what is yours.",
        data={"mute_id": mute.mute_id},
    )


def _check_rules(state: MeetingState, actor: Actor, accepts: int | None) -> None:
    rules = standing_rules(state)
    if rules is None or actor.member_id is None or actor.table is not None:
        return
    accepted = max(state.rules_accepted.get(actor.member_id, 0), accepts or 0)
    if accepted < rules.version:
        raise Refusal(
            "rules_first",
            "Please read the ground rules of this meeting and say that you keep them.",
            data={"version": rules.version},
        )


def _check_pace(state: MeetingState, actor: Actor, thread: str, now: datetime) -> None:
    apart = max(state.slow.get(thread, 0), state.slow.get(ANY_THREAD, 0))
    if not apart:
        return
    for own in reversed(state.authored.values()):
        if own.posted_at is None or own.posted_at <= now - timedelta(seconds=apart):
            break
        counts = thread == own.thread or state.slow.get(ANY_THREAD)
        if own.member_id == actor.member_id and counts:
            wait = (own.posted_at + timedelta(seconds=apart) - now).total_seconds()
            raise Refusal(
                "slow_mode",
                f"Here everyone writes once in {apart} s. "
                f"Please wait another {max(1, round(wait))} s.",
                retry_after=max(1.0, wait),
            )


def _check_words(
    state: MeetingState, shelf: Shelf, actor: Actor, command: cmd.Command
) -> None:
    """Refuse what holds a blocked word and can't wait until somebody has read it.

    Contributions can wait, live updates as drafts; all else, and a name, can't.
    """
    refused = {"refuse": words_that(state, shelf, "refuse")}
    held = words_that(state, shelf, "hold")
    waits = isinstance(command, cmd.PostContribution)
    blocked = refused["refuse"] if waits else (*refused["refuse"], *held)
    if word := find_word(blocked, _name_in(actor, command)):
        raise Refusal(
            "name_refused",
            f"The word “{word}” in your name isn't used here. Please take another one.",
        )
    said = _said(command)
    if isinstance(command, cmd.PublishUpdate) and (
        update := state.drafts.get(command.update_id)
    ):
        said = "\n".join(_texts_in(shelf.text(update.content_id)))
    refuse_words(refused, said)
    match command:
        case cmd.PostContribution() | cmd.DraftUpdate():
            return
        case cmd.EditUpdate() if command.update_id in state.drafts:
            return
        case cmd.RedeemCard():
            # What is contributed waits like everything else that is.
            said = _said(structs.replace(command, contributions=[]))
        case cmd.PostUpdate() | cmd.PublishUpdate():
            if word := find_word(held, said):
                raise Refusal(
                    "word_held",
                    f"A moderator reads the word “{word}” before it appears. Keep this "
                    "as a draft: moderators see it and can publish it.",
                )
        case _:
            pass
    refuse_words({"hold": held}, said)


def _name_in(actor: Actor, command: cmd.Command) -> str:
    """Return the name of who acts if a command shows it; else nothing."""
    if isinstance(command, cmd.PostContribution):
        return actor.name if command.label == "name" else ""
    return actor.name if isinstance(command, _NAMED) else ""


def _said(command: cmd.Command) -> str:
    """Return every word of a command that others will read, also of its parts."""
    said = [
        value
        for name in _READ
        if isinstance(value := getattr(command, name, None), str)
    ]
    for name in _PARTS:
        said.extend(_said(part) for part in getattr(command, name, None) or ())
    return "\n".join(said)


def _texts_in(text: Mapping[str, Any]) -> Iterator[str]:
    return (value for value in text.values() if isinstance(value, str))


# --- newcomers and copies ----------------------------------------------------


def _is_known(state: MeetingState, actor: Actor) -> bool:
    """Whether something of a member has stood in public, so that it was read."""
    return any(
        own.member_id == actor.member_id
        and not (own.waiting or own.hidden or own.withdrawn)
        for own in state.authored.values()
    )


def _is_copy(state: MeetingState, shelf: Shelf, actor: Actor, text: str) -> bool:
    """Whether the same was said before, by this person or by others in public.

    What others wrote that isn't public is not looked at: that it waits or was
    hidden could be found out by trying.
    """
    words = words_of(text)
    if len(words) < COPY_WORDS:
        return False
    earlier = (
        contribution.content_id
        for contribution in reversed(state.contributions.values())
        if not contribution.withdrawn
        and (
            not (contribution.waiting or contribution.hidden)
            or _wrote(state, actor, contribution.contribution_id)
        )
    )
    # At once: every question to the store keeps all who write waiting.
    texts = shelf.read_texts(list(islice(earlier, COPIES_LOOKED_AT)))
    return any(
        is_near(words, words_of(str(text.get("text", "")))) for text in texts.values()
    )


def _wrote(state: MeetingState, actor: Actor, contribution_id: str) -> bool:
    own = state.authored.get(contribution_id)
    return own is not None and own.member_id == actor.member_id


def is_near(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two texts are the same but for case, signs and, if long, a few words."""
    if tuple(one) == tuple(other):
        return True
    if min(len(one), len(other)) < NEAR_WORDS:
        return False
    (a, figures), (b, others) = _kinds_of(tuple(one)), _kinds_of(tuple(other))
    if figures != others:
        # Other figures are another thing said.
        return False
    return len(a & b) / len(a | b) >= NEAR_SHARE


@lru_cache(maxsize=512)
def _kinds_of(words: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the different words, and those of them that hold a figure."""
    kinds = frozenset(words)
    figures = (word for word in kinds if any(letter.isdigit() for letter in word))
    return kinds, frozenset(figures)
