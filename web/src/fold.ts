/**
 * Folds entries into a feed's state as it looks on the wire; mirrors
 * server/folkmoot/core/folding.py and is tested against states made by it.
 */

import type {
  Events,
  Gone,
  Kind,
  WireContribution,
  WireHiddenNote,
  WireMeeting,
} from "./types";

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
    sessions: {},
    contributions: {},
    attendance: {},
    invites: {},
    duties: {},
    hidden_notes: {},
    authored: {},
    interest_votes: {},
    support_votes: {},
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
    rewrite(state, event);
  },
  MeetingOpened: openMeeting,
  MeetingReopened: openMeeting,
  MeetingEnded(state, _event, { at }) {
    state.phase = "ended";
    state.ended_at = at;
    for (const room of Object.values(state.rooms)) {
      room.channel = "off";
      room.reason_id = room.reason = null;
    }
  },

  RoomAdded(state, event) {
    const room = {
      room_id: event.room_id,
      slug: event.slug,
      capacity: event.capacity,
      features: event.features,
      channel: "off" as const,
      connected: false,
      reason_id: null,
      reason: null,
      channel_changed_at: null,
      ever_on_air: false,
      recording_revision: 0,
      transcript_revision: 0,
      content_id: event.content_id,
      content: null,
    };
    state.rooms[event.room_id] = rewrite(room, event);
  },
  RoomEdited(state, event) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    room.capacity = event.capacity;
    room.features = event.features;
    rewrite(room, event);
  },
  SlotAdded(state, event) {
    const slot = {
      slot_id: event.slot_id,
      starts_at: event.starts_at,
      ends_at: event.ends_at,
      content_id: event.content_id,
      content: null,
    };
    state.slots[event.slot_id] = rewrite(slot, event);
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
  },
  ChannelStopped(state, event, { at }) {
    const room = state.rooms[event.room_id];
    if (!room) return;
    room.channel = "off";
    room.reason_id = room.reason = null;
    room.channel_changed_at = at;
  },
  SourceChanged(state, event) {
    const room = state.rooms[event.room_id];
    if (room) room.connected = event.connected;
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
  MarkerRemoved(state, event) {
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
  AttendanceCounted(state, event) {
    state.attendance = { ...event.counts };
  },

  SessionProposed(state, event, { at }) {
    const session = {
      session_id: event.session_id,
      host_id: event.host_id,
      proposed_at: at,
      room_id: null,
      slot_id: null,
      version: 1,
      interest: 0,
      content_id: event.content_id,
      content: null,
    };
    state.sessions[event.session_id] = rewrite(session, event);
  },
  SessionEdited(state, event) {
    const session = state.sessions[event.session_id];
    if (!session) return;
    session.version = event.version;
    rewrite(session, event);
  },
  SessionPlaced(state, event) {
    const session = state.sessions[event.session_id];
    if (!session) return;
    session.room_id = event.room_id;
    session.slot_id = event.slot_id;
    session.version = event.version;
  },
  SessionUnplaced(state, event) {
    const session = state.sessions[event.session_id];
    if (!session) return;
    session.room_id = session.slot_id = null;
    session.version = event.version;
  },
  SessionWithdrawn(state, event) {
    delete state.sessions[event.session_id];
    delete state.interest_votes[event.session_id];
  },
  InterestSet(state, event) {
    vote(state.interest_votes, event.session_id, event.member_id, event.level);
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
  },

  ContributionPosted(state, event) {
    const before = state.contributions[event.contribution_id];
    const contribution: WireContribution = {
      contribution_id: event.contribution_id,
      thread: event.thread,
      kind: event.kind,
      posted_at: event.posted_at,
      author_id: event.author_id,
      reply_to: event.reply_to,
      waiting: event.waiting,
      never_public: event.waiting,
      hidden: false,
      withdrawn: false,
      edited: before?.edited ?? false,
      support: before?.support ?? 0,
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
      hidden: false,
      withdrawn: false,
      content_id: event.content_id,
      content: null,
    };
    state.authored[event.contribution_id] = rewrite(own, event);
  },
  ContributionEdited(state, event) {
    const contribution = state.contributions[event.contribution_id];
    if (contribution) {
      contribution.edited = true;
      rewrite(contribution, event);
    }
    const own = state.authored[event.contribution_id];
    if (own) rewrite(own, event);
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
      lose(item, "withdrawn");
    }
    delete state.hidden_notes[id];
    delete state.support_votes[id];
  },
};

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
  room.channel_changed_at = at;
  room.ever_on_air = true;
}

/** Give an item the text that an event carries, or the note that it is gone. */
function rewrite<T, I extends Readable<T> & { content_id: string | null }>(
  item: I,
  event: Readable<T> & { content_id: string },
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
  });
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
