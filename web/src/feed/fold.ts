/**
 * Folds entries into a feed's state as it looks on the wire; mirrors
 * server/folkmoot/core/folding.py and is tested against states made by it.
 */

import type {
  Events,
  Gone,
  Kind,
  WireAiring,
  WireAnswer,
  WireConsent,
  WireContribution,
  WireHiddenNote,
  WireMeeting,
  WireNote,
  WireQuestion,
  WireRoom,
  WireSession,
  WireUpdate,
} from "./types";

/** As `SIGNALS_KEPT` of core/state.py. */
const SIGNALS_KEPT = 30;

export interface Entry<K extends Kind = Kind> {
  seq: number;
  kind: K;
  at: string;
  data: Events[K];
}

interface Context {
  at: string;
  /** The public feed loses a text when it is hidden; staff and authors keep theirs. */
  isPublic: boolean;
}

type Folder<K extends Kind> = (
  state: WireMeeting,
  event: Events[K],
  context: Context,
) => void;

interface Readable<T> {
  content: T | null;
  gone?: Gone;
}

/** Change `state` in place by one entry of the feed that it is the state of. */
export function applyEntry(state: WireMeeting, entry: Entry, feed: string): void {
  const fold = FOLDERS[entry.kind] as Folder<Kind> | undefined;
  // A kind that this page is too old to know changes nothing it shows.
  fold?.(state, entry.data, { at: entry.at, isPublic: feed === "public" });
}

/** The kinds that `applyEntry` knows. */
export function knownKinds(): string[] {
  return Object.keys(FOLDERS);
}

/** A feed's state before its first entry. */
export function emptyState(): WireMeeting {
  return {
    slug: "",
    content_id: null,
    content: null,
    timezone: "UTC",
    visibility: "public",
    moderation: "after",
    on_air: "by_hand",
    demonstration: false,
    series_id: null,
    phase: "none",
    starts_at: null,
    opened_at: null,
    ended_at: null,
    rooms: {},
    slots: {},
    markers: {},
    agenda: {},
    sessions: {},
    contributions: {},
    attendance: {},
    hands: {},
    notes: {},
    response_until: null,
    response_id: null,
    response: null,
    answers: {},
    former_answers: {},
    spotlights: {},
    outcomes: {},
    updates: {},
    questions: {},
    prepared_questions: {},
    question_ballots: {},
    drafts: {},
    here: {},
    board_mode: "open",
    counts: "shown",
    proposals: "open",
    voting: "open",
    pitch_queue: [],
    pitching: null,
    merged: {},
    sessions_ever: 0,
    cancelled: {},
    ground_rules: {},
    thread_modes: {},
    slow: {},
    calm: false,
    mutes: {},
    flags: {},
    appeals: {},
    screening: {},
    seals: {},
    embargoes: {},
    hidden_interest: {},
    spotlight_queue: [],
    invites: {},
    prepared: {},
    duties: {},
    card_series: {},
    cards: {},
    next_card: 1,
    removed: {},
    cut_requests: {},
    hidden_notes: {},
    authored: {},
    rules_accepted: {},
    consents: {},
    interest_votes: {},
    support_votes: {},
    stars: {},
    places: {},
    notices: {},
    merge_asks: {},
    cohost_asks: {},
    signals: {},
  };
}

const FOLDERS: { [K in Kind]: Folder<K> } = {
  MeetingCreated(state, event) {
    state.slug = event.slug;
    state.timezone = event.timezone;
    state.visibility = event.visibility;
    state.moderation = event.moderation;
    state.on_air = event.on_air;
    state.starts_at = event.starts_at;
    state.series_id = event.series_id;
    state.demonstration = event.demonstration;
    state.phase = "upcoming";
    rewrite(state, event);
  },
  MeetingEdited(state, event) {
    state.moderation = event.moderation;
    state.starts_at = event.starts_at;
    state.visibility = event.visibility ?? state.visibility;
    rewrite(state, event);
  },
  MeetingOpened: openMeeting,
  MeetingReopened: openMeeting,
  MeetingEnded(state, _event, { at }) {
    state.phase = "ended";
    state.ended_at = at;
    for (const room of Object.values(state.rooms)) {
      const wasOff = room.channel === "off";
      room.channel = "off";
      room.reason_id = room.reason = null;
      room.held_from = null;
      endPause(room, at);
      if (!wasOff) noteAiring(room, at);
    }
    for (const session of Object.values(state.sessions)) closeSpan(session, at);
    state.hands = {};
  },

  RoomAdded(state, event) {
    const room = {
      room_id: event.room_id,
      slug: event.slug,
      capacity: event.capacity,
      features: event.features,
      closed: false,
      closed_at: null,
      closed_reason_id: null,
      closed_reason: null,
      channel: "off" as const,
      connected: false,
      reason_id: null,
      reason: null,
      channel_changed_at: null,
      ever_on_air: false,
      held_from: null,
      delay_seconds: 0,
      airings: [],
      pauses: [],
      cuts: {},
      recording_revision: 0,
      transcript_revision: 0,
      content_id: event.content_id,
      content: null,
    };
    state.rooms[event.room_id] = rewrite(room, event);
  },
  RoomEdited(state, event, { at }) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    room.capacity = event.capacity;
    room.features = event.features;
    rewrite(room, event);
    for (const session of standing(state)) {
      if (session.room_id === event.room_id) noteChange(state, session, at);
    }
  },
  RoomClosed(state, event, { at }) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    room.closed = true;
    room.closed_at = at;
    room.closed_reason_id = event.content_id;
    room.closed_reason = event.content;
  },
  RoomReopened(state, event) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    room.closed = false;
    room.closed_at = room.closed_reason_id = room.closed_reason = null;
  },
  RoomRemoved(state, event) {
    delete state.rooms[event.room_id];
    delete state.here[event.room_id];
    for (const [memberId, roomId] of Object.entries(state.places)) {
      if (roomId === event.room_id) delete state.places[memberId];
    }
  },
  SlotAdded(state, event) {
    const slot = {
      slot_id: event.slot_id,
      starts_at: event.starts_at,
      ends_at: event.ends_at,
      kind: event.kind,
      content_id: event.content_id,
      content: null,
    };
    state.slots[event.slot_id] = rewrite(slot, event);
  },
  SlotEdited(state, event, { at }) {
    const slot = state.slots[event.slot_id];
    if (!slot) return;
    slot.starts_at = event.starts_at;
    slot.ends_at = event.ends_at;
    slot.kind = event.kind;
    rewrite(slot, event);
    for (const session of standing(state)) {
      if (session.slot_id !== event.slot_id) continue;
      noteChange(state, session, at);
      session.until_at = null;
    }
  },
  SlotRemoved(state, event) {
    delete state.slots[event.slot_id];
  },

  ChannelStarted: goOnAir,
  ChannelReleased: goOnAir,
  ChannelHeld(state, event, { at }) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    room.channel = "hold";
    room.reason_id = event.content_id;
    room.reason = event.content;
    room.channel_changed_at = at;
    room.held_from = event.from_at;
    endPause(room, at);
    room.pauses = [...room.pauses, { from_at: at, to_at: null }];
    noteAiring(room, at);
    if (event.cut_id !== null && event.from_at !== null) {
      const { from_at } = event;
      room.cuts[event.cut_id] = { from_at, to_at: at, made_at: at, category: "hold" };
    }
  },
  ChannelStopped(state, event, { at }) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    room.channel = "off";
    room.reason_id = room.reason = null;
    room.held_from = null;
    room.channel_changed_at = at;
    endPause(room, at);
    noteAiring(room, at);
  },
  ChannelDelayed(state, event) {
    const room = state.rooms[event.room_id];
    if (room) room.delay_seconds = event.seconds;
  },
  CutRequested(state, event, { at }) {
    const request = {
      cut_id: event.cut_id,
      room_id: event.room_id,
      from_at: event.from_at,
      to_at: event.to_at,
      asked_at: at,
      member_id: event.member_id,
      declined_id: null,
      declined: null,
      content_id: event.content_id,
      content: null,
    };
    state.cut_requests[event.cut_id] = rewrite(request, event);
  },
  CutDeclined(state, event) {
    const request = state.cut_requests[event.cut_id];
    if (!request) return;
    request.declined_id = event.content_id;
    request.declined = event.content;
  },
  RecordingCut(state, event, { at }) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    const { from_at, to_at, category } = event;
    room.cuts[event.cut_id] = { from_at, to_at, made_at: at, category };
  },
  RecordingRestored(state, event) {
    const room = state.rooms[event.room_id];
    if (room) delete room.cuts[event.cut_id];
  },
  SourceChanged(state, event, { at }) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    room.connected = event.connected;
    noteAiring(room, at);
  },
  RecordingChanged(state, event) {
    const room = state.rooms[event.room_id];
    if (room) room.recording_revision += 1;
  },
  TranscriptChanged(state, event) {
    const room = state.rooms[event.room_id];
    if (room) room.transcript_revision = event.revision;
  },
  MarkerAdded(state, event) {
    const marker = {
      marker_id: event.marker_id,
      room_id: event.room_id,
      kind: event.kind,
      marked_at: event.marked_at,
      waiting: event.waiting,
      content_id: event.content_id,
      content: null,
    };
    state.markers[event.marker_id] = rewrite(marker, event);
  },
  MarkerEdited(state, event) {
    const marker = state.markers[event.marker_id];
    if (!marker) return;
    marker.marked_at = event.marked_at;
    rewrite(marker, event);
  },
  MarkersPrepared(state, event) {
    const { room_id, content_id } = event;
    const prepared = { room_id, content_id, content: null };
    state.prepared[room_id] = rewrite(prepared, event);
  },
  AgendaPublished(state, event) {
    const { room_id, item_ids, content_id } = event;
    delete state.agenda[room_id];
    if (!item_ids.length) return;
    state.agenda[room_id] = rewrite({ room_id, item_ids, content_id, content: null }, event);
  },
  MarkerRemoved(state, event) {
    delete state.markers[event.marker_id];
  },
  MarkerReleased(state, event) {
    delete state.markers[event.marker_id];
  },

  InviteMade(state, event) {
    const invite = {
      invite_id: event.invite_id,
      duty: event.duty,
      revoked: false,
      content_id: event.content_id,
      content: null,
    };
    state.invites[event.invite_id] = rewrite(invite, event);
  },
  InviteRevoked(state, event) {
    const invite = state.invites[event.invite_id];
    if (invite) invite.revoked = true;
    for (const [memberId, duties] of Object.entries(state.duties)) {
      const kept = Object.entries(duties).filter(([, by]) => by !== event.invite_id);
      if (kept.length) state.duties[memberId] = Object.fromEntries(kept);
      else delete state.duties[memberId];
    }
  },
  DutyGranted(state, event) {
    (state.duties[event.member_id] ??= {})[event.duty] = event.invite_id;
  },
  DutyRevoked(state, event) {
    const duties = state.duties[event.member_id] ?? {};
    delete duties[event.duty];
    if (!Object.keys(duties).length) delete state.duties[event.member_id];
  },
  MemberRemoved(state, event, { at }) {
    state.removed[event.member_id] = at;
    delete state.duties[event.member_id];
  },
  MemberReadmitted(state, event) {
    delete state.removed[event.member_id];
  },
  AttendanceCounted(state, event) {
    state.attendance = { ...event.counts };
  },

  CardsIssued(state, event, { at }) {
    const series = {
      series_id: event.series_id,
      kind: event.kind,
      first: event.first,
      count: event.count,
      issued_at: at,
      content_id: event.content_id,
      content: null,
    };
    state.card_series[event.series_id] = rewrite(series, event);
    state.next_card = event.first + event.count;
  },
  CardRedeemed(state, event, { at }) {
    const card = {
      number: event.number,
      member_id: event.member_id,
      redeemed_at: at,
      helper_id: event.helper_id,
      table: event.table,
      session_ids: event.session_ids,
      contribution_ids: event.contribution_ids,
      interests: event.interests,
      reply: event.reply,
      replied: false,
      served: 0,
      content_id: event.content_id,
      content: null,
    };
    state.cards[event.number] = rewrite(card, event);
  },
  CardServed(state, event) {
    const card = state.cards[event.number];
    if (card) card.served += 1;
  },
  CardReplied(state, event) {
    const card = state.cards[event.number];
    if (!card) return;
    card.replied = true;
    rewrite(card, event);
  },

  BoardRulesChanged(state, event) {
    state.board_mode = event.mode;
    state.counts = event.counts;
    state.proposals = event.proposals;
    state.voting = event.voting;
    if (event.counts === "hidden") {
      for (const session of Object.values(state.sessions)) session.interest = 0;
    }
    if (event.mode !== "queue") {
      state.pitch_queue = [];
      state.pitching = null;
    }
  },
  SessionProposed(state, event, { at }) {
    const session = newSession(state, event, at);
    session.asked_by = event.asked_by;
    session.needs = event.needs;
    session.wished = event.wished;
    session.scope = event.scope;
    state.sessions[event.session_id] = rewrite(session, event);
  },
  SessionEdited(state, event, { at }) {
    const session = state.sessions[event.session_id];
    if (!session) return;
    session.version = event.version;
    session.needs = event.needs ?? session.needs;
    session.wished = event.wished ?? session.wished;
    rewrite(session, event);
    noteChange(state, session, at);
  },
  SessionHostsChanged(state, event, { at }) {
    const session = state.sessions[event.session_id];
    if (!session) return;
    session.host_id = event.host_id;
    session.cohost_ids = event.cohost_ids;
    session.ask = event.ask;
    session.version = event.version;
    rewrite(session, event);
    noteChange(state, session, at);
  },
  SessionPlaced(state, event, { at }) {
    put(state, event, at);
  },
  SessionUnplaced(state, event, { at }) {
    put(state, { ...event, room_id: null, slot_id: null }, at);
  },
  BoardArranged(state, event, { at }) {
    for (const move of event.moves) put(state, move, at);
  },
  SessionsMerged(state, event, { at }) {
    const { session_id: id, merged_id: goneId } = event;
    state.merged[goneId] = id;
    moveThread(state, goneId, id);
    for (const votes of [state.interest_votes, state.stars]) {
      for (const memberId of Object.keys(votes[goneId] ?? {})) {
        vote(votes, id, memberId, 1);
      }
      delete votes[goneId];
    }
    delete state.hidden_interest[goneId];
    forget(state, goneId);
    for (const item of [...Object.values(state.notes), ...Object.values(state.hands)]) {
      if (item.session_id === goneId) item.session_id = id;
    }
    const gone = state.sessions[goneId];
    delete state.sessions[goneId];
    const session = state.sessions[id];
    if (!gone || !session) return;
    session.host_id = event.host_id;
    session.cohost_ids = event.cohost_ids;
    session.ask = event.ask;
    session.asked_by = session.asked_by ?? gone.asked_by;
    session.room_id = event.room_id;
    session.slot_id = event.slot_id;
    session.version = event.version;
    session.merged_ids = [...session.merged_ids, goneId, ...gone.merged_ids];
    session.needs = [...new Set([...session.needs, ...gone.needs])];
    session.wished = [...new Set([...session.wished, ...gone.wished])];
    rewrite(session, event);
    joinSpans(session, gone, at);
    followMove(session, event.room_id, at);
    noteChange(state, session, at);
    cancel(state, gone, at);
  },
  SessionSplit(state, event, { at }) {
    const origin = state.sessions[event.from_id];
    const session = newSession(state, event, at);
    session.needs = origin?.needs ?? [];
    session.scope = origin?.scope ?? null;
    session.split_from = event.from_id;
    state.sessions[event.session_id] = rewrite(session, event);
    if (!event.copied) return;
    for (const memberId of Object.keys(state.interest_votes[event.from_id] ?? {})) {
      vote(state.interest_votes, event.session_id, memberId, 1);
    }
  },
  SessionLabelled(state, event) {
    const session = state.sessions[event.session_id];
    if (session) session.scope = event.scope;
  },
  SessionPinned(state, event) {
    const session = state.sessions[event.session_id];
    if (session) session.pinned = event.pinned;
  },
  SessionWithdrawn(state, event, { at }) {
    const session = state.sessions[event.session_id];
    delete state.sessions[event.session_id];
    delete state.interest_votes[event.session_id];
    delete state.stars[event.session_id];
    if (!session) return;
    cancel(state, session, at);
    forget(state, event.session_id);
    lowerHands(state, event.session_id);
    for (const note of Object.values(state.notes)) {
      if (note.session_id === event.session_id) delete state.notes[note.note_id];
    }
  },
  SessionStarted(state, event, { at }) {
    const session = state.sessions[event.session_id];
    if (!session) return;
    const span = { room_id: event.room_id, from_at: at, to_at: null };
    session.spans = [...session.spans, span];
  },
  SessionFinished(state, event, { at }) {
    const session = state.sessions[event.session_id];
    if (!session) return;
    closeSpan(session, at);
    lowerHands(state, event.session_id);
  },
  SessionExtended(state, event) {
    const session = state.sessions[event.session_id];
    if (session) session.until_at = event.until_at;
  },
  HandRaised(state, event, { at }) {
    const hand = {
      hand_id: event.hand_id,
      session_id: event.session_id,
      member_id: event.member_id,
      raised_at: at,
      content_id: event.content_id,
      content: null,
    };
    state.hands[event.hand_id] = rewrite(hand, event);
  },
  HandLowered(state, event) {
    delete state.hands[event.hand_id];
  },
  NoteAdded(state, event, { at }) {
    const note: WireNote = {
      note_id: event.note_id,
      session_id: event.session_id,
      kind: event.kind,
      author_id: event.author_id,
      due: event.due,
      image_id: event.image_id,
      width: event.width,
      height: event.height,
      contribution_id: event.contribution_id,
      room_id: event.room_id,
      spoken_at: event.spoken_at,
      owner_id: null,
      status: "open",
      progress_id: null,
      progress: null,
      moved_at: null,
      added_at: at,
      edited_at: null,
      version: 1,
      removed: false,
      content_id: event.content_id,
      content: null,
    };
    state.notes[event.note_id] = rewrite(note, event);
  },
  NoteEdited(state, event, { at }) {
    const note = state.notes[event.note_id];
    if (!note) return;
    note.version = event.version;
    note.kind = event.kind;
    note.due = event.due;
    note.edited_at = at;
    note.removed = false;
    rewrite(note, event);
  },
  NoteRemoved(state, event, { at }) {
    const note = state.notes[event.note_id];
    if (!note) return;
    if (event.erased) {
      delete state.notes[event.note_id];
      return;
    }
    note.version = event.version;
    note.edited_at = at;
    note.removed = true;
  },
  ActionTaken(state, event, { at }) {
    const note = state.notes[event.note_id];
    if (!note) return;
    note.version = event.version;
    note.owner_id = event.owner_id;
    note.edited_at = at;
    rewrite(note, event);
  },
  ActionMoved(state, event, { at }) {
    const note = state.notes[event.note_id];
    if (!note) return;
    note.version = event.version;
    note.status = event.status;
    note.moved_at = at;
    note.progress_id = event.content_id;
    note.progress = event.content;
  },
  ResponsePromised(state, event) {
    state.response_until = event.until;
    state.response_id = event.content_id;
    state.response = event.content;
  },
  AnswerGiven(state, event) {
    const id = event.contribution_id;
    const before = state.answers[id];
    if (before && before.version < event.version) {
      state.former_answers[`${id}/${before.version}`] = before;
    }
    if (event.erased) dropFormer(state, id);
    const answer: WireAnswer = {
      contribution_id: id,
      way: event.way,
      version: event.version,
      given_at: event.given_at,
      partly: event.partly,
      room_id: event.room_id,
      spoken_at: event.spoken_at,
      until: event.until,
      content_id: event.content_id,
      content: null,
    };
    state.answers[id] = rewrite(answer, event);
  },
  ContributionSpotlit(state, event, { at }) {
    const room = event.room_id ?? "";
    if (event.contribution_id === null) delete state.spotlights[room];
    else state.spotlights[room] = { contribution_id: event.contribution_id, at };
  },
  SpotlightQueued(state, event) {
    const id = event.contribution_id;
    state.spotlight_queue = state.spotlight_queue.filter((one) => one !== id);
    if (event.queued) state.spotlight_queue.push(id);
  },
  OutcomeWritten(state, event, { at }) {
    const outcome = {
      outcome_id: event.outcome_id,
      version: event.version,
      written_at: at,
      scope: event.scope,
      contribution_ids: event.contribution_ids,
      content_id: event.content_id,
      content: null,
    };
    state.outcomes[event.outcome_id] = rewrite(outcome, event);
  },
  OutcomeRemoved(state, event) {
    delete state.outcomes[event.outcome_id];
  },
  HereSet(state, event) {
    if (event.room_id === null) delete state.places[event.member_id];
    else state.places[event.member_id] = event.room_id;
  },
  PitchQueued(state, event) {
    if (!state.pitch_queue.includes(event.session_id)) {
      state.pitch_queue.push(event.session_id);
    }
  },
  PitchUnqueued(state, event) {
    leaveQueue(state, event.session_id);
  },
  PitchCalled(state, event) {
    state.pitching = event.session_id;
    leaveQueue(state, event.session_id);
  },
  SignalSent(state, event, { at }) {
    const kept = Object.keys(state.signals);
    while (kept.length >= SIGNALS_KEPT) delete state.signals[kept.shift()!];
    const signal = {
      signal_id: event.signal_id,
      signal: event.signal,
      room_id: event.room_id,
      by_id: event.by_id,
      at,
      content_id: event.content_id,
      content: null,
      seen_id: null,
      seen: null,
    };
    state.signals[event.signal_id] = rewrite(signal, event);
  },
  SignalSeen(state, event) {
    const signal = state.signals[event.signal_id];
    if (!signal) return;
    signal.seen_id = event.content_id;
    signal.seen = event.content;
  },
  QuestionPrepared(state, event, { at }) {
    state.prepared_questions[event.question_id] = newQuestion(event, at);
  },
  QuestionOpened(state, event, { at }) {
    state.questions[event.question_id] = newQuestion(event, at);
  },
  QuestionClosed(state, event, { at }) {
    const question = state.questions[event.question_id];
    if (!question) return;
    question.closed_at = at;
    question.answers_until = event.answers_until;
    question.settles_at = event.settles_at;
  },
  QuestionRemoved(state, event) {
    delete state.prepared_questions[event.question_id];
    if (event.asked) return;
    delete state.questions[event.question_id];
    delete state.question_ballots[event.question_id];
  },
  QuestionAnswered(state, event, { at }) {
    const { question_id, member_id, choice, audience, late } = event;
    const ballots = (state.question_ballots[question_id] ??= {});
    ballots[member_id] = { choice, audience, at, late };
  },
  QuestionCounted(state, event, { at }) {
    const question = state.questions[event.question_id];
    if (!question) return;
    question.shares = event.shares;
    question.counted_at = at;
    question.told ||= event.over;
  },
  QuestionSettled(state, event) {
    const question = state.questions[event.question_id];
    if (!question) return;
    question.counts = event.counts;
    question.totals = event.totals;
    question.late = event.late;
    question.told = question.settled = true;
  },
  UpdateDrafted(state, event, { at }) {
    state.drafts[event.update_id] = {
      ...newUpdate(event, at),
      waiting: event.waiting,
    };
  },
  UpdateDiscarded(state, event) {
    delete state.drafts[event.update_id];
  },
  UpdatePosted(state, event, { at }) {
    state.updates[event.update_id] = { ...newUpdate(event, at), posted_at: at };
  },
  UpdateEdited(state, event, { at }) {
    const update = state.updates[event.update_id];
    if (!update) return;
    Object.assign(update, updateFields(event), { changed_at: at, edited: true });
    update.corrected ||= event.corrected;
    rewrite(update, event);
  },
  UpdatePinned(state, event) {
    const update = state.updates[event.update_id];
    if (update) update.pinned = event.pinned;
  },
  UpdateWithdrawn(state, event) {
    const update = state.updates[event.update_id];
    if (!update) return;
    update.withdrawn = true;
    update.pinned = false;
    update.image_id = update.embed = update.embed_id = null;
    lose(update, "withdrawn");
  },
  MergeAsked(state, event) {
    state.merge_asks[`${event.session_id}/${event.other_id}`] = {
      session_id: event.session_id,
      other_id: event.other_id,
      by_id: event.by_id,
    };
  },
  MergeDeclined(state, event) {
    delete state.merge_asks[`${event.session_id}/${event.other_id}`];
  },
  CohostAsked(state, event) {
    const ask = {
      session_id: event.session_id,
      member_id: event.member_id,
      way: event.way,
      content_id: event.content_id,
      content: null,
    };
    state.cohost_asks[`${event.session_id}/${event.member_id}`] = rewrite(ask, event);
  },
  CohostAskEnded(state, event) {
    delete state.cohost_asks[`${event.session_id}/${event.member_id}`];
  },
  Noticed(state, event, { at }) {
    const notices = (state.notices[event.member_id] ??= {});
    notices[event.contribution_id ?? event.session_id] = {
      kind: event.kind,
      session_id: event.session_id,
      at,
      other_id: event.other_id,
      room_id: event.room_id,
      slot_id: event.slot_id,
      contribution_id: event.contribution_id,
    };
    if (event.other_id === null) return;
    if (event.kind === "merged") {
      delete notices[event.other_id];
      moveThread(state, event.other_id, event.session_id);
      forget(state, event.other_id);
      for (const votes of [state.interest_votes, state.stars]) {
        if (!votes[event.other_id]?.[event.member_id]) continue;
        vote(votes, event.other_id, event.member_id, 0);
        vote(votes, event.session_id, event.member_id, 1);
      }
    } else if (
      event.kind === "split" &&
      state.interest_votes[event.other_id]?.[event.member_id]
    ) {
      vote(state.interest_votes, event.session_id, event.member_id, 1);
    }
  },
  NoticeDismissed(state, event) {
    const notices = state.notices[event.member_id];
    if (!notices) return;
    const about = event.contribution_id ?? event.session_id;
    if (about !== null) delete notices[about];
    if (about === null || !Object.keys(notices).length) {
      delete state.notices[event.member_id];
    }
  },
  InterestSet(state, event) {
    vote(state.interest_votes, event.session_id, event.member_id, event.level);
  },
  StarSet(state, event) {
    vote(state.stars, event.session_id, event.member_id, event.level);
  },
  HiddenTalliesCounted(state, event) {
    Object.assign(state.hidden_interest, event.interest);
  },
  SupportSet(state, event) {
    vote(state.support_votes, event.contribution_id, event.member_id, event.level);
  },
  TalliesChanged(state, event) {
    for (const [id, count] of Object.entries(event.interest)) {
      const session = state.sessions[id];
      if (session) session.interest = count;
    }
    for (const [id, count] of Object.entries(event.support)) {
      const contribution = state.contributions[id];
      if (contribution) contribution.support = count;
    }
    Object.assign(state.here, event.here);
  },

  ContributionPosted(state, event) {
    const before = state.contributions[event.contribution_id];
    const contribution: WireContribution = {
      contribution_id: event.contribution_id,
      thread: standingThread(state, event.thread),
      kind: event.kind,
      posted_at: event.posted_at,
      author_id: event.author_id,
      reply_to: event.reply_to,
      waiting: event.waiting,
      never_public: event.waiting && (before?.never_public ?? true),
      held: event.held,
      hidden: false,
      withdrawn: false,
      edited: before?.edited ?? false,
      support: before?.support ?? 0,
      scope: before?.scope ?? null,
      read_aloud_at: before?.read_aloud_at ?? null,
      room_id: event.room_id,
      about_at: event.about_at,
      confirmed: event.confirmed,
      circle: event.circle,
      edited_at: before?.edited_at ?? null,
      // What it said before it was hidden is not shown again.
      formers: [],
      content_id: event.content_id,
      content: null,
    };
    state.contributions[event.contribution_id] = rewrite(contribution, event);
    delete state.hidden_notes[event.contribution_id];
  },
  ContributionAuthored(state, event) {
    const own = {
      contribution_id: event.contribution_id,
      member_id: event.member_id,
      thread: event.thread,
      kind: event.kind,
      posted_at: event.posted_at,
      reply_to: event.reply_to,
      waiting: event.waiting,
      held: event.held,
      hidden: false,
      withdrawn: false,
      room_id: event.room_id,
      about_at: event.about_at,
      key: event.key,
      content_id: event.content_id,
      content: null,
    };
    state.authored[event.contribution_id] = rewrite(own, event);
  },
  ContributionEdited(state, event, { at }) {
    const contribution = state.contributions[event.contribution_id];
    if (contribution) {
      if (contribution.content_id !== event.content_id) {
        const { content_id, edited_at, posted_at } = contribution;
        contribution.formers.push({ content_id, written_at: edited_at ?? posted_at });
      }
      contribution.edited = true;
      contribution.edited_at = at;
      rewrite(contribution, event);
    }
    const own = state.authored[event.contribution_id];
    if (own) rewrite(own, event);
    // What was changed before its release has to be read by staff again.
    const consent = state.consents[event.contribution_id];
    if (consent && consent.released_at === null) consent.cleared_at = null;
  },
  ContributionCaptioned(state, event) {
    const contribution = state.contributions[event.contribution_id];
    if (contribution) rewrite(contribution, event);
    const own = state.authored[event.contribution_id];
    if (own) rewrite(own, event);
    const consent = state.consents[event.contribution_id];
    if (consent && consent.released_at === null) consent.cleared_at = null;
  },
  ContributionReleased(state, event) {
    // It leaves the queue here; the public entry that follows brings it back.
    delete state.contributions[event.contribution_id];
    delete state.hidden_notes[event.contribution_id];
    const own = state.authored[event.contribution_id];
    if (own) own.waiting = own.hidden = false;
  },
  ContributionHidden(state, event, { isPublic }) {
    const id = event.contribution_id;
    const contribution = state.contributions[id];
    if (contribution) {
      contribution.hidden = true;
      contribution.waiting = false;
      if (isPublic) lose(contribution, "hidden");
    }
    if (isPublic) for (const answer of answersTo(state, id)) lose(answer, "hidden");
    endSpotlights(state, id);
    if (event.reason_id !== null || event.text_id !== null) {
      note(state.hidden_notes, event);
    }
    const own = state.authored[id];
    if (own) {
      own.hidden = true;
      own.waiting = false;
    }
  },
  ContributionWithdrawn(state, event) {
    const id = event.contribution_id;
    for (const item of [state.contributions[id], state.authored[id]]) {
      if (!item) continue;
      item.withdrawn = true;
      item.waiting = false;
      if ("formers" in item) item.formers = [];
      lose(item, "withdrawn");
    }
    delete state.hidden_notes[id];
    delete state.appeals[id];
    delete state.support_votes[id];
    delete state.answers[id];
    dropFormer(state, id);
    endSpotlights(state, id);
  },

  ContributionReturned(state, event) {
    delete state.hidden_notes[event.contribution_id];
    const own = state.authored[event.contribution_id];
    if (!own) return;
    own.waiting = true;
    own.hidden = false;
  },
  GroundRulesSet(state, event) {
    state.ground_rules[event.version] = { ...event };
  },
  RulesAccepted(state, event) {
    state.rules_accepted[event.member_id] = event.version;
  },
  ModerationSet(state, event) {
    state.thread_modes = event.thread_modes;
    state.slow = event.slow;
  },
  CalmSet(state, event) {
    state.calm = event.calm;
  },
  ScreeningSet(state, event) {
    state.screening["meeting"] = { ...event };
  },
  MemberMuted(state, event) {
    state.mutes[event.mute_id] = { ...event };
  },
  MuteEnded(state, event) {
    delete state.mutes[event.mute_id];
  },
  ContributionFlagged(state, event) {
    state.flags[event.flag_id] = { ...event, settled: false };
  },
  FlagsSettled(state, event) {
    for (const flag of Object.values(state.flags)) {
      if (flag.contribution_id === event.contribution_id) flag.settled = true;
    }
  },
  AppealMade(state, event) {
    const open = { answer_id: null, answer: null, granted: null, by_id: null };
    state.appeals[event.contribution_id] = { ...event, ...open };
  },
  AppealAnswered(state, event) {
    const appeal = state.appeals[event.contribution_id];
    if (!appeal) return;
    appeal.granted = event.granted;
    appeal.answer_id = event.content_id;
    appeal.answer = event.content;
    appeal.by_id = event.by_id ?? appeal.by_id;
    if (event.gone) appeal.gone = event.gone;
  },
  ContributionSealed(state, event) {
    state.seals[event.seal_id] = { ...event, passed_on: 0 };
  },
  SealPassedOn(state, event) {
    const seal = state.seals[event.seal_id];
    if (seal) seal.passed_on += 1;
  },
  SealReleased(state, event) {
    delete state.seals[event.seal_id];
  },

  Embargoed(state, event) {
    state.embargoes[event.embargo_id] = { ...event, failed_id: null, failed: null };
  },
  EmbargoFailed(state, event) {
    const embargo = state.embargoes[event.embargo_id];
    if (!embargo) return;
    embargo.failed_id = event.content_id;
    embargo.failed = event.content;
    if (event.gone) embargo.gone = event.gone;
  },
  EmbargoEnded(state, event) {
    delete state.embargoes[event.embargo_id];
  },
  ConsentGiven(state, event, { at }) {
    const before = state.consents[event.contribution_id];
    const consent: WireConsent = {
      contribution_id: event.contribution_id,
      purposes: event.purposes,
      audience: event.audience,
      given_at: at,
      until: event.until,
      way: event.way,
      two_stages: event.two_stages,
      content_id: event.content_id,
      content: null,
      cleared_at: before?.cleared_at ?? null,
      released_at: before?.released_at ?? null,
      reminded: false,
      ended_at: before?.ended_at ?? null,
      expired: before?.expired ?? false,
    };
    const given = { ...event, content: event.content ?? null };
    state.consents[event.contribution_id] = rewrite(consent, given);
  },
  ContributionCleared(state, event, { at }) {
    const id = event.contribution_id;
    const consent = state.consents[id];
    if (consent) consent.cleared_at = at;
    for (const item of [state.contributions[id], state.authored[id]]) {
      if (!item?.hidden) continue;
      item.hidden = false;
      item.waiting = true;
    }
    delete state.hidden_notes[id];
  },
  ConsentReleased(state, event, { at }) {
    const consent = state.consents[event.contribution_id];
    if (consent) consent.released_at = at;
  },
  ConsentEnding(state, event) {
    const consent = state.consents[event.contribution_id];
    if (consent) consent.reminded = true;
  },
  ConsentEnded(state, event, { at }) {
    const consent = state.consents[event.contribution_id];
    if (!consent) return;
    consent.ended_at = at;
    consent.expired = event.expired;
    if (consent.content_id) lose(consent, "withdrawn");
  },
  ContributionLabelled(state, event) {
    const contribution = state.contributions[event.contribution_id];
    if (contribution) contribution.scope = event.scope;
  },
  ContributionReadAloud(state, event, { at }) {
    const contribution = state.contributions[event.contribution_id];
    if (contribution) contribution.read_aloud_at = at;
  },
};

function answersTo(state: WireMeeting, contributionId: string): WireAnswer[] {
  return [
    ...Object.values(state.answers),
    ...Object.values(state.former_answers),
  ].filter((answer) => answer.contribution_id === contributionId);
}

function dropFormer(state: WireMeeting, contributionId: string): void {
  for (const [key, answer] of Object.entries(state.former_answers)) {
    if (answer.contribution_id === contributionId) delete state.former_answers[key];
  }
}

/** Show nowhere any more what can't be read any more. */
function endSpotlights(state: WireMeeting, contributionId: string): void {
  for (const [room, standing] of Object.entries(state.spotlights)) {
    if (standing.contribution_id === contributionId) delete state.spotlights[room];
  }
}

function newSession(
  state: WireMeeting,
  event: { session_id: string; host_id: string | null; ask: boolean; content_id: string },
  at: string,
): WireSession {
  state.sessions_ever += 1;
  return {
    session_id: event.session_id,
    number: state.sessions_ever,
    host_id: event.host_id,
    cohost_ids: [],
    ask: event.ask,
    asked_by: null,
    needs: [],
    wished: [],
    scope: null,
    pinned: false,
    split_from: null,
    merged_ids: [],
    proposed_at: at,
    room_id: null,
    slot_id: null,
    version: 1,
    interest: 0,
    sequence: 0,
    changed_at: at,
    stood_from: null,
    stood_to: null,
    spans: [],
    until_at: null,
    content_id: event.content_id,
    content: null,
  };
}

function standing(state: WireMeeting): WireSession[] {
  return Object.values(state.sessions).filter((session) => session.slot_id !== null);
}

/** Note that calendars must hear of a session, and when it stands. */
function noteChange(state: WireMeeting, session: WireSession, at: string): void {
  session.sequence += 1;
  session.changed_at = at;
  const slot = state.slots[session.slot_id ?? ""];
  if (!slot) return;
  session.stood_from = slot.starts_at;
  session.stood_to = slot.ends_at;
}

function put(
  state: WireMeeting,
  move: {
    session_id: string;
    room_id: string | null;
    slot_id: string | null;
    version: number;
  },
  at: string,
): void {
  const session = state.sessions[move.session_id];
  if (!session) return;
  if (session.slot_id !== move.slot_id) session.until_at = null;
  session.room_id = move.room_id;
  session.slot_id = move.slot_id;
  session.version = move.version;
  followMove(session, move.room_id, at);
  noteChange(state, session, at);
}

/** End where a session is now. */
function closeSpan(session: WireSession, at: string): void {
  session.spans = session.spans.map((span) =>
    span.to_at === null ? { ...span, to_at: at } : span,
  );
}

/** Go on in another room, or end, where a running session was moved. */
function followMove(session: WireSession, roomId: string | null, at: string): void {
  const last = session.spans.at(-1);
  if (!last || last.to_at !== null || last.room_id === roomId) return;
  closeSpan(session, at);
  if (roomId === null) return;
  session.spans = [...session.spans, { room_id: roomId, from_at: at, to_at: null }];
}

/** Keep when a session was that became part of this one. */
function joinSpans(session: WireSession, gone: WireSession, at: string): void {
  if (!gone.spans.length) return;
  closeSpan(gone, at);
  const closed = session.spans.filter((span) => span.to_at !== null);
  const open = session.spans.filter((span) => span.to_at === null);
  closed.push(...gone.spans);
  closed.sort((a, b) => Date.parse(a.from_at) - Date.parse(b.from_at));
  session.spans = [...closed, ...open];
}

/** Nobody waits any more in a session that is over. */
function lowerHands(state: WireMeeting, sessionId: string): void {
  for (const hand of Object.values(state.hands)) {
    if (hand.session_id === sessionId) delete state.hands[hand.hand_id];
  }
}

function cancel(state: WireMeeting, session: WireSession, at: string): void {
  if (session.stood_from === null || session.stood_to === null) return;
  state.cancelled[session.session_id] = {
    session_id: session.session_id,
    starts_at: session.stood_from,
    ends_at: session.stood_to,
    sequence: session.sequence + 1,
    at,
  };
}

/** Let go of all that waited for a session that is gone. */
function forget(state: WireMeeting, sessionId: string): void {
  leaveQueue(state, sessionId);
  if (state.pitching === sessionId) state.pitching = null;
  for (const [key, ask] of Object.entries(state.merge_asks)) {
    if ([ask.session_id, ask.other_id].includes(sessionId)) delete state.merge_asks[key];
  }
  for (const [key, ask] of Object.entries(state.cohost_asks)) {
    if (ask.session_id === sessionId) delete state.cohost_asks[key];
  }
}

function leaveQueue(state: WireMeeting, sessionId: string | null): void {
  state.pitch_queue = state.pitch_queue.filter((id) => id !== sessionId);
}

function moveThread(state: WireMeeting, from: string, to: string): void {
  for (const items of [state.contributions, state.authored]) {
    for (const item of Object.values(items)) {
      if (item.thread === `session:${from}`) item.thread = `session:${to}`;
    }
  }
}

/** Return a thread as it is called now: a merged session's is the other's. */
function standingThread(state: WireMeeting, thread: string): string {
  if (!thread.startsWith("session:")) return thread;
  let id = thread.slice("session:".length);
  for (let kept = state.merged[id]; kept !== undefined; kept = state.merged[id]) id = kept;
  return `session:${id}`;
}

function openMeeting(state: WireMeeting, _event: unknown, { at }: Context): void {
  state.phase = "live";
  state.opened_at = state.opened_at ?? at;
  state.ended_at = null;
}

function goOnAir(
  state: WireMeeting,
  event: Events["ChannelStarted"],
  { at }: Context,
): void {
  const room = state.rooms[event.room_id];
  if (!room) return;
  room.channel = "on";
  room.connected = event.connected;
  room.reason_id = room.reason = null;
  room.held_from = null;
  room.channel_changed_at = at;
  room.ever_on_air = true;
  endPause(room, at);
  noteAiring(room, at);
}

function endPause(room: WireRoom, at: string): void {
  const last = room.pauses.at(-1);
  if (last?.to_at === null) {
    room.pauses = [...room.pauses.slice(0, -1), { ...last, to_at: at }];
  }
}

/** The longest delay of the public, and so many changes are kept of a room. */
const LONGEST_DELAY_MS = 120_000;
const AIRINGS_KEPT = 16;

function noteAiring(room: WireRoom, at: string): void {
  const age = (airing: WireAiring): number => Date.parse(at) - Date.parse(airing.at);
  const older = room.airings.filter((each) => age(each) > LONGEST_DELAY_MS);
  const newer = room.airings.slice(older.length);
  const now = { at, channel: room.channel, connected: room.connected };
  room.airings = [...older.slice(-1), ...newer, now].slice(-AIRINGS_KEPT);
}

function newQuestion(
  event: Events["QuestionPrepared" | "QuestionOpened"],
  at: string,
): WireQuestion {
  const question: WireQuestion = {
    question_id: event.question_id,
    kind: event.kind,
    options: event.options,
    results: event.results,
    by_audience: event.by_audience,
    room_id: event.room_id,
    opened_at: at,
    closed_at: null,
    answers_until: null,
    settles_at: null,
    counted_at: null,
    shares: {},
    counts: {},
    totals: {},
    late: -1,
    told: false,
    settled: false,
    content_id: event.content_id,
    content: null,
  };
  return rewrite(question, event);
}

type UpdateEvent = Events["UpdateDrafted" | "UpdatePosted" | "UpdateEdited"];

/** What a live update says of itself, wherever it stands. */
function updateFields(event: UpdateEvent) {
  return {
    version: event.version,
    room_id: event.room_id,
    about_at: event.about_at,
    embed: event.embed,
    embed_id: event.embed_id,
    from_at: event.from_at,
    to_at: event.to_at,
    image_id: event.image_id,
    width: event.width,
    height: event.height,
  };
}

function newUpdate(event: UpdateEvent, at: string): WireUpdate {
  const update: WireUpdate = {
    update_id: event.update_id,
    ...updateFields(event),
    changed_at: at,
    posted_at: null,
    edited: false,
    corrected: false,
    pinned: false,
    withdrawn: false,
    waiting: false,
    content_id: event.content_id,
    content: null,
  };
  return rewrite(update, event);
}

/** Give an item the text that an event carries, or the note that it is gone. */
function rewrite<T, I extends Readable<T> & { content_id: string | null }>(
  item: I,
  event: Readable<T> & { content_id: string | null },
): I {
  item.content_id = event.content_id;
  item.content = event.content;
  if (event.gone) item.gone = event.gone;
  else delete item.gone;
  return item;
}

function lose(item: Readable<unknown>, gone: Gone): void {
  item.content = null;
  item.gone = gone;
}

function note(
  notes: Record<string, WireHiddenNote>,
  event: Events["ContributionHidden"],
): void {
  const kept = (notes[event.contribution_id] ??= {
    contribution_id: event.contribution_id,
    reason_id: null,
    reason: null,
    text_id: null,
    text: null,
    category: null,
    by_id: null,
  });
  kept.category = event.category ?? kept.category;
  kept.by_id = event.by_id ?? kept.by_id;
  if (event.reason_id !== null) {
    kept.reason_id = event.reason_id;
    kept.reason = event.reason;
  }
  if (event.text_id !== null) {
    kept.text_id = event.text_id;
    kept.text = event.text;
  }
  if (event.gone) kept.gone = event.gone;
}

function vote(
  votes: Record<string, Record<string, number>>,
  itemId: string,
  memberId: string,
  level: number,
): void {
  const ballot = (votes[itemId] ??= {});
  if (level) ballot[memberId] = level;
  else delete ballot[memberId];
  if (!Object.keys(ballot).length) delete votes[itemId];
}
