"""From a command to a decision: the one door into the rules."""

from __future__ import annotations

from datetime import datetime

from folkmoot.core import commands as cmd
from folkmoot.core.board import (
    hands,
    hosting,
    market,
    merging,
    notes,
    notices,
    proposing,
    running,
)
from folkmoot.core.board.sessions import need_session
from folkmoot.core.broadcast import channels, cuts, markers, signals
from folkmoot.core.decision import Actor, Decision, Shelf
from folkmoot.core.follow_up import actions, answers, outcomes, spotlight
from folkmoot.core.ids import IdSource
from folkmoot.core.live import questions, report
from folkmoot.core.meeting import lifecycle, members
from folkmoot.core.moderation import embargo, house_rules, reviewing, screening, seals
from folkmoot.core.refusals import Refusal
from folkmoot.core.state import MeetingState
from folkmoot.core.talk import attachments, cards, consent, names, threads, voices


def decide(
    state: MeetingState,
    command: cmd.Command,
    *,
    actor: Actor,
    expect: int | None,
    shelf: Shelf,
    now: datetime,
    ids: IdSource,
) -> Decision:
    """Return what a command leads to, or raise `Refusal`. Changes nothing.

    `expect` is the version of the session that the actor saw. A command
    repeated leads to a decision without facts.
    """
    screening.check(state, shelf, actor, command, now)
    names.check_names(state, shelf, actor, command)

    def give(held: cmd.Command, author: Actor) -> Decision:
        apart = Decision(now=now, ids=ids)
        _decide(state, apart, held, author, None, shelf)
        return apart

    draft = Decision(now=now, ids=ids)
    match command:
        case cmd.HoldEmbargo():
            embargo.hold(state, draft, actor, command, give)
        case cmd.ChangeEmbargo():
            embargo.change(state, draft, actor, command, give, shelf)
        case cmd.ReleaseEmbargo():
            embargo.release(state, draft, actor, command.embargo_id, give, shelf)
        case cmd.DropEmbargo():
            embargo.drop(state, draft, actor, command.embargo_id, shelf)
        case cmd.ReleaseDue():
            embargo.release_due(state, draft, give, shelf)
        case _:
            _decide(state, draft, command, actor, expect, shelf)
    embargo.release_after(state, draft, give, shelf)
    attachments.grant_with_texts(draft, shelf)
    return draft


def _decide(  # noqa: C901, PLR0915 (one flat table of commands)
    state: MeetingState,
    draft: Decision,
    command: cmd.Command,
    actor: Actor,
    expect: int | None,
    shelf: Shelf,
) -> None:
    """Fill `draft` with what a command leads to."""
    match command:
        case cmd.SetInterest():
            proposing.set_interest(state, draft, actor, command)
        case cmd.SetSupport():
            threads.set_support(state, draft, actor, command)
        case cmd.PostContribution():
            threads.post_contribution(state, draft, actor, command, shelf)
        case cmd.PublishTallies():
            proposing.publish_tallies(state, draft)
            questions.count_live(state, draft)
        case cmd.ProposeSession():
            proposing.propose_session(state, draft, actor, command)
        case cmd.EditSession():
            text = _session_text(state, shelf, command.session_id)
            proposing.edit_session(state, draft, actor, command, expect, text)
        case cmd.PlaceSession():
            proposing.place_session(state, draft, actor, command, expect)
        case cmd.UnplaceSession():
            proposing.unplace_session(state, draft, actor, command.session_id, expect)
        case cmd.WithdrawSession():
            written = _session_texts(state, shelf, command.session_id)
            proposing.withdraw_session(state, draft, actor, command.session_id, written)
        case cmd.StartSession():
            running.start_session(state, draft, actor, command.session_id)
        case cmd.FinishSession():
            running.finish_session(state, draft, actor, command.session_id)
        case cmd.ExtendSession():
            running.extend_session(state, draft, actor, command)
        case cmd.ShiftTimes():
            running.shift_times(state, draft, actor, command)
        case cmd.SetHere():
            running.set_here(state, draft, actor, command.room_id)
        case cmd.RaiseHand():
            hands.raise_hand(state, draft, actor, command.session_id)
        case cmd.LowerHand():
            hands.lower_hand(state, draft, actor, command)
        case cmd.ReadAloud():
            hands.read_aloud(state, draft, actor, command.contribution_id)
        case cmd.AddNote():
            notes.add_note(state, draft, actor, command)
        case cmd.AddPhoto():
            notes.add_photo(state, draft, actor, command)
        case cmd.EditNote():
            note = state.notes.get(command.note_id)
            text = shelf.text(note.content_id) if note else {}
            notes.edit_note(state, draft, actor, command, expect, text)
        case cmd.RemoveNote():
            written = shelf.written(command.note_id)
            notes.remove_note(state, draft, actor, command, expect, written)
        case cmd.TakeUpSession():
            text = _session_text(state, shelf, command.session_id)
            hosting.take_up_session(state, draft, actor, command.session_id, text)
        case cmd.CohostSession():
            hosting.cohost_session(state, draft, actor, command, shelf)
        case cmd.MergeSessions():
            merging.merge_sessions(state, draft, actor, command, expect, shelf)
        case cmd.DeclineMerge():
            merging.decline_merge(state, draft, actor, command)
        case cmd.SplitSession():
            text = _session_text(state, shelf, command.session_id)
            merging.split_session(state, draft, actor, command, expect, text)
        case cmd.LabelSession():
            proposing.label_session(state, draft, actor, command)
        case cmd.PinSession():
            proposing.pin_session(state, draft, actor, command)
        case cmd.StarSession():
            proposing.star_session(state, draft, actor, command)
        case cmd.DismissNotice():
            notices.dismiss_notice(state, draft, actor, command)
        case cmd.BoardRules():
            market.change_rules(state, draft, actor, command)
        case cmd.ArrangeBoard():
            market.arrange_board(state, draft, actor, command)
        case cmd.QueuePitch():
            market.queue_pitch(state, draft, actor, command.session_id)
        case cmd.LeavePitch():
            market.leave_pitch(state, draft, actor, command.session_id)
        case cmd.CallPitch():
            market.call_pitch(state, draft, actor, command)
        case cmd.LabelContribution():
            reviewing.label_contribution(state, draft, actor, command)
        case cmd.PromiseResponse():
            text = shelf.text(state.response_id) if state.response_id else {}
            answers.promise_response(state, draft, actor, command, text)
        case cmd.AnswerContribution():
            answer = state.answers.get(command.contribution_id)
            text = shelf.text(answer.content_id) if answer else {}
            answers.answer_contribution(state, draft, actor, command, expect, text)
        case cmd.WithdrawAnswer():
            written = shelf.written(f"answer:{command.contribution_id}")
            answers.withdraw_answer(state, draft, actor, command, written)
        case cmd.SpotlightContribution():
            spotlight.spotlight_contribution(state, draft, actor, command)
        case cmd.AddAction():
            actions.add_action(state, draft, actor, command)
        case cmd.TakeAction():
            note = state.notes.get(command.note_id)
            text = shelf.text(note.content_id) if note else {}
            actions.take_action(state, draft, actor, command.note_id, text)
        case cmd.MoveAction():
            note = state.notes.get(command.note_id)
            text = shelf.text(note.progress_id) if note and note.progress_id else {}
            actions.move_action(state, draft, actor, command, expect, text)
        case cmd.WriteOutcome():
            outcome = state.outcomes.get(command.outcome_id or "")
            text = shelf.text(outcome.content_id) if outcome else {}
            outcomes.write_outcome(state, draft, actor, command, expect, text)
        case cmd.RemoveOutcome():
            item_id = command.outcome_id
            written = shelf.written(item_id) if item_id in state.outcomes else []
            outcomes.remove_outcome(state, draft, actor, item_id, written)
        case cmd.EditContribution():
            threads.edit_contribution(state, draft, actor, command, shelf)
        case cmd.CaptionVoice():
            voices.caption_voice(state, draft, actor, command, shelf)
        case cmd.PublishContribution():
            reviewing.publish_contribution(state, draft, actor, command.contribution_id)
        case cmd.HideContribution():
            written = _contribution_texts(shelf, command.contribution_id)
            reviewing.hide_contribution(state, draft, actor, command, written)
        case cmd.ReturnContribution():
            item_id = command.contribution_id
            written = _contribution_texts(shelf, item_id)
            reviewing.return_contribution(state, draft, actor, item_id, written)
        case cmd.FlagContribution():
            reviewing.flag_contribution(state, draft, actor, command)
        case cmd.SettleFlags():
            reviewing.settle_flags(state, draft, actor, command.contribution_id)
        case cmd.Appeal():
            reviewing.appeal(state, draft, actor, command)
        case cmd.AnswerAppeal():
            reviewing.answer_appeal(state, draft, actor, command)
        case cmd.SealContribution():
            seals.seal_contribution(state, draft, actor, command, shelf)
        case cmd.PassOnSeal():
            seals.pass_on_seal(state, draft, actor, command)
        case cmd.ReleaseSeal():
            seals.release_seal(state, draft, actor, command.seal_id, shelf)
        case cmd.SetRules():
            house_rules.set_rules(state, draft, actor, command.text)
        case cmd.AcceptRules():
            house_rules.accept_rules(state, draft, actor, command.version)
        case cmd.SetModeration():
            house_rules.set_moderation(state, draft, actor, command)
        case cmd.SetCalm():
            house_rules.set_calm(state, draft, actor, on=command.on)
        case cmd.SetWords():
            house_rules.set_words(draft, actor, command)
        case cmd.MuteMember():
            house_rules.mute_member(state, draft, actor, command)
        case cmd.EndMute():
            house_rules.end_mute(state, draft, actor, command.mute_id)
        case cmd.ReleaseConsent():
            consent.release_contribution(state, draft, actor, command)
        case cmd.RenewConsent():
            consent.renew_consent(state, draft, actor, command, shelf)
        case cmd.ExpireConsents():
            consent.expire_consents(state, draft, shelf)
        case cmd.RemindOfConsents():
            consent.remind_authors(state, draft)
        case cmd.WithdrawContribution():
            item_id = command.contribution_id
            written = _contribution_texts(shelf, item_id)
            written += reviewing.appeal_texts(item_id, shelf)
            threads.withdraw_contribution(state, draft, actor, item_id, written)
        case cmd.CreateMeeting():
            lifecycle.create_meeting(state, draft, command)
        case cmd.EditMeeting():
            text = shelf.text(state.content_id) if state.content_id else {}
            lifecycle.edit_meeting(state, draft, actor, command, text)
        case cmd.OpenMeeting():
            lifecycle.open_meeting(state, draft, actor)
        case cmd.EndMeeting():
            lifecycle.end_meeting(state, draft, actor)
        case cmd.ReopenMeeting():
            lifecycle.reopen_meeting(state, draft, actor)
        case cmd.AddRoom():
            lifecycle.add_room(state, draft, actor, command)
        case cmd.EditRoom():
            text = shelf.text(lifecycle.need_room(state, command.room_id).content_id)
            lifecycle.edit_room(state, draft, actor, command, text)
        case cmd.CloseRoom():
            lifecycle.close_room(state, draft, actor, command)
        case cmd.ReopenRoom():
            lifecycle.reopen_room(state, draft, actor, command.room_id)
        case cmd.RemoveRoom():
            lifecycle.remove_room(state, draft, actor, command.room_id)
        case cmd.EditSlot():
            text = shelf.text(lifecycle.need_slot(state, command.slot_id).content_id)
            lifecycle.edit_slot(state, draft, actor, command, text)
        case cmd.AddSlot():
            lifecycle.add_slot(state, draft, actor, command)
        case cmd.RemoveSlot():
            lifecycle.remove_slot(state, draft, actor, command)
        case cmd.StartChannel():
            channels.start_channel(state, draft, actor, command.room_id)
        case cmd.HoldChannel():
            channels.hold_channel(state, draft, actor, command)
        case cmd.DelayChannel():
            channels.delay_channel(state, draft, actor, command)
        case cmd.RequestCut():
            cuts.request_cut(state, draft, actor, command)
        case cmd.MakeCut():
            cuts.make_cut(state, draft, actor, command)
        case cmd.DeclineCut():
            cuts.decline_cut(state, draft, actor, command)
        case cmd.UndoCut():
            cuts.undo_cut(state, draft, actor, command.cut_id)
        case cmd.ReleaseChannel():
            channels.release_channel(state, draft, actor, command.room_id)
        case cmd.StopChannel():
            channels.stop_channel(state, draft, actor, command.room_id)
        case cmd.ChangeSource():
            channels.change_source(state, draft, command)
        case cmd.ChangeRecording():
            channels.change_recording(state, draft, command.room_id)
        case cmd.ChangeTranscript():
            channels.change_transcript(state, draft, command)
        case cmd.AddMarker():
            markers.add_marker(state, draft, actor, command, shelf)
        case cmd.PrepareMarkers():
            markers.prepare_markers(state, draft, actor, command, shelf)
        case cmd.EditMarker():
            marker = state.markers.get(command.marker_id)
            text = shelf.text(marker.content_id) if marker else {}
            markers.edit_marker(state, draft, actor, command, text)
        case cmd.RemoveMarker():
            markers.remove_marker(state, draft, actor, command.marker_id)
        case cmd.SendSignal():
            signals.send_signal(state, draft, actor, command)
        case cmd.SeeSignal():
            signals.see_signal(state, draft, actor, command.signal_id)
        case cmd.PrepareQuestion():
            questions.prepare_question(state, draft, actor, command)
        case cmd.OpenQuestion():
            questions.open_question(state, draft, actor, command.question_id)
        case cmd.CloseQuestion():
            questions.close_question(state, draft, actor, command.question_id)
        case cmd.RemoveQuestion():
            question_id = command.question_id
            written = shelf.written(question_id)
            questions.remove_question(state, draft, actor, question_id, written)
        case cmd.AnswerQuestion():
            questions.answer_question(state, draft, actor, command)
        case cmd.PostUpdate():
            report.post_update(state, draft, actor, command)
        case cmd.DraftUpdate():
            report.draft_update(state, draft, actor, command)
        case cmd.EditUpdate() | cmd.CorrectUpdate():
            report.edit_update(state, draft, actor, command, expect, shelf)
        case cmd.PublishUpdate():
            report.publish_update(state, draft, actor, command.update_id, expect, shelf)
        case cmd.PinUpdate():
            report.pin_update(state, draft, actor, command)
        case cmd.WithdrawUpdate():
            report.withdraw_update(state, draft, actor, command.update_id, shelf)
        case cmd.AddUpdatePicture():
            report.add_picture(state, draft, actor, command, shelf)
        case cmd.IssueCards():
            cards.issue_cards(state, draft, actor, command)
        case cmd.RedeemCard():
            cards.redeem_card(state, draft, actor, command, shelf)
        case cmd.ServeCard():
            cards.serve_card(state, draft, actor, command)
        case cmd.ReplyToCard():
            cards.reply_to_card(state, draft, actor, command, shelf)
        case cmd.PublishMarkers():
            markers.publish_markers(state, draft)
            report.publish_due(state, draft)
            questions.count_due(state, draft)
        case cmd.MakeInvite():
            members.make_invite(state, draft, actor, command)
        case cmd.RevokeInvite():
            members.revoke_invite(state, draft, actor, command.invite_id)
        case cmd.GrantDuty():
            members.grant_duty(state, draft, actor, command)
        case cmd.RevokeDuty():
            members.revoke_duty(state, draft, actor, command)
        case cmd.RemoveMember():
            members.remove_member(state, draft, actor, command.member_id)
        case cmd.ReadmitMember():
            members.readmit_member(state, draft, actor, command.member_id)
        case cmd.CountAttendance():
            members.count_attendance(draft, command)
        case _:
            raise Refusal("unknown_command", "There is no such command.")


def _session_text(
    state: MeetingState, shelf: Shelf, session_id: str
) -> dict[str, object]:
    return shelf.text(need_session(state, session_id).content_id)


def _session_texts(state: MeetingState, shelf: Shelf, session_id: str) -> list[str]:
    """Return all texts of a session and of what was merged into it."""
    session = state.sessions.get(session_id)
    ids = (session_id, *session.merged_ids) if session else (session_id,)
    ids += tuple(n.note_id for n in state.notes.values() if n.session_id == session_id)
    return [content_id for item_id in ids for content_id in shelf.written(item_id)]


def _contribution_texts(shelf: Shelf, contribution_id: str) -> list[str]:
    """Return all texts of a contribution and of what was answered to it."""
    answered = shelf.written(f"answer:{contribution_id}")
    return [*shelf.written(contribution_id), *answered]
