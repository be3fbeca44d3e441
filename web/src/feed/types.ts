// Made by `python -m tests.web.wire_types` from server/folkmoot/core.
// Change the structs there, then run it again.

export type Gone = "hidden" | "withdrawn";

export interface MeetingText {
  title: string;
  purpose: string;
  scope: string;
  scope_items?: ScopeItemText[];
}

export interface ScopeItemText {
  label: string;
  text: string;
  holder: string;
}

export interface OriginText {
  session_id: string;
  title: string;
  host: string;
}

export interface NameText {
  name: string;
}

export interface PaperText {
  way: string;
  table: string;
}

export interface CardText {
  name: string;
  reply_to?: string | null;
}

export interface RoomText {
  name: string;
  camera_free?: string | null;
}

export interface SlotText {
  label: string;
}

export interface MarkerText {
  label: string;
}

export interface PreparedText {
  kind: string;
  label: string;
}

export interface AgendaText {
  labels?: string[];
}

export interface PreparationText {
  items?: PreparedText[];
}

export interface InviteText {
  label: string;
}

export interface ReasonText {
  reason: string;
}

export interface CutText {
  reason: string;
  name: string;
}

export interface DeclinedText {
  note: string;
}

export interface SessionText {
  title: string;
  pitch: string;
  wants: string;
  host: string;
  asker?: string | null;
  cohosts?: string[];
  tags?: string[];
  origins?: OriginText[];
  origin?: PaperText;
}

export interface ConsentText {
  by: string;
}

export interface SignalText {
  name: string;
  text: string;
}

export interface NoteText {
  text: string;
  who: string;
  author: string;
}

export interface AttachmentText {
  attachment_id: string;
  kind: string;
  alt?: string | null;
  text?: string | null;
  heard?: string | null;
  width?: number;
  height?: number;
  seconds?: number;
  peaks?: number[];
}

export interface ContributionText {
  text: string;
  author?: string | null;
  on_behalf_of?: string | null;
  speaks_for?: string;
  stake?: string;
  origin?: PaperText;
  attachments?: AttachmentText[];
}

export interface ProgressText {
  text: string;
  author: string;
}

export interface ResponseText {
  text: string;
}

export interface AnswerText {
  text: string;
  by: string;
}

export interface OutcomeText {
  theme: string;
  said: string;
  did: string;
  cannot: string;
}

export interface QuestionText {
  text: string;
  options?: string[];
  low: string;
  high: string;
}

export interface UpdateText {
  text: string;
  quote: string;
  speaker: string;
  alt: string;
  author: string;
  corrections?: CorrectionText[];
}

export interface CorrectionText {
  at: string;
  note: string;
  author: string;
}

export interface RulesText {
  text: string;
}

export interface ScreeningText {
  hold?: string[];
  refuse?: string[];
}

export interface FlagText {
  note: string;
}

export interface AppealText {
  text: string;
}

export interface SealText {
  reason: string;
  kind: string;
  thread: string;
  posted_at: string;
  texts?: ContributionText[];
}

export interface PassedText {
  to: string;
}

export interface EmbargoText {
  name: string;
  label: string;
  data?: Record<string, unknown>;
}

export interface WireSlot {
  slot_id: string;
  content_id: string;
  starts_at: string;
  ends_at: string;
  kind: "session" | "break";
  content: SlotText | null;
  gone?: Gone;
}

export interface WireSpan {
  room_id: string;
  from_at: string;
  to_at: string | null;
}

export interface WireSession {
  session_id: string;
  content_id: string;
  host_id: string | null;
  proposed_at: string;
  cohost_ids: string[];
  ask: boolean;
  asked_by: string | null;
  needs: string[];
  wished: string[];
  scope: "decided" | "influence" | "open" | "outside" | null;
  pinned: boolean;
  split_from: string | null;
  merged_ids: string[];
  room_id: string | null;
  slot_id: string | null;
  version: number;
  interest: number;
  sequence: number;
  changed_at: string | null;
  stood_from: string | null;
  stood_to: string | null;
  number: number;
  spans: WireSpan[];
  until_at: string | null;
  content: SessionText | null;
  gone?: Gone;
}

export interface WireHand {
  hand_id: string;
  session_id: string;
  content_id: string;
  raised_at: string;
  member_id: string | null;
  content: NameText | null;
  gone?: Gone;
}

export interface WireNote {
  note_id: string;
  session_id: string | null;
  kind: "discussed" | "decision" | "offer" | "action" | "photo";
  content_id: string;
  added_at: string;
  edited_at: string | null;
  version: number;
  author_id: string | null;
  due: string | null;
  removed: boolean;
  image_id: string | null;
  width: number | null;
  height: number | null;
  contribution_id: string | null;
  room_id: string | null;
  spoken_at: string | null;
  owner_id: string | null;
  status: "open" | "doing" | "done" | "dropped";
  progress_id: string | null;
  moved_at: string | null;
  content: NoteText | null;
  progress: ProgressText | null;
  gone?: Gone;
}

export interface WireCancelled {
  session_id: string;
  starts_at: string;
  ends_at: string;
  sequence: number;
  at: string;
}

export interface WireMergeAsk {
  session_id: string;
  other_id: string;
  by_id: string;
}

export interface WireCohostAsk {
  session_id: string;
  member_id: string;
  way: "invited" | "offered";
  content_id: string;
  content: NameText | null;
  gone?: Gone;
}

export interface WireNotice {
  kind: "placed" | "moved" | "unplaced" | "cancelled" | "merged" | "split" | "split_ask" | "time_changed" | "room_closed" | "hosts_changed" | "answered" | "promised" | "answer_changed" | "answer_withdrawn";
  session_id: string;
  at: string;
  other_id: string | null;
  room_id: string | null;
  slot_id: string | null;
  contribution_id: string | null;
}

export interface WireCutSpan {
  from_at: string;
  to_at: string;
  made_at: string;
  category: "hold" | "privacy" | "legal" | "safety" | "mistake" | "other";
}

export interface WireCutRequest {
  cut_id: string;
  room_id: string;
  from_at: string;
  to_at: string;
  content_id: string;
  asked_at: string;
  member_id: string | null;
  declined_id: string | null;
  content: CutText | null;
  declined: DeclinedText | null;
  gone?: Gone;
}

export interface WireAiring {
  at: string;
  channel: "off" | "on" | "hold";
  connected: boolean;
}

export interface WirePause {
  from_at: string;
  to_at: string | null;
}

export interface WireRoom {
  room_id: string;
  slug: string;
  content_id: string;
  capacity: number | null;
  features: string[];
  closed: boolean;
  closed_at: string | null;
  closed_reason_id: string | null;
  channel: "off" | "on" | "hold";
  connected: boolean;
  reason_id: string | null;
  channel_changed_at: string | null;
  ever_on_air: boolean;
  held_from: string | null;
  delay_seconds: number;
  airings: WireAiring[];
  pauses: WirePause[];
  cuts: Record<string, WireCutSpan>;
  recording_revision: number;
  transcript_revision: number;
  content: RoomText | null;
  reason: ReasonText | null;
  closed_reason: ReasonText | null;
  gone?: Gone;
}

export interface WireMarker {
  marker_id: string;
  room_id: string;
  kind: "agenda" | "speaker" | "slide";
  marked_at: string;
  content_id: string;
  waiting: boolean;
  content: MarkerText | null;
  gone?: Gone;
}

export interface WirePreparation {
  room_id: string;
  content_id: string;
  content: PreparationText | null;
  gone?: Gone;
}

export interface WireAgenda {
  room_id: string;
  content_id: string;
  item_ids: string[];
  content: AgendaText | null;
  gone?: Gone;
}

export interface WireSignal {
  signal_id: string;
  signal: "no_sound" | "picture_frozen" | "picture_dark" | "help" | "two_minutes" | "wrap_up" | "stand_by" | "all_well";
  room_id: string | null;
  by_id: string | null;
  at: string;
  content_id: string;
  seen_id: string | null;
  content: SignalText | null;
  seen: NameText | null;
  gone?: Gone;
}

export interface WireAnswer {
  contribution_id: string;
  content_id: string;
  way: "room" | "writing" | "promise" | "withdrawn";
  version: number;
  given_at: string;
  partly: boolean;
  room_id: string | null;
  spoken_at: string | null;
  until: string | null;
  content: AnswerText | null;
  gone?: Gone;
}

export interface WireSpotlight {
  contribution_id: string;
  at: string;
}

export interface WireOutcome {
  outcome_id: string;
  content_id: string;
  version: number;
  written_at: string;
  scope: "decided" | "influence" | "open" | "outside" | null;
  contribution_ids: string[];
  content: OutcomeText | null;
  gone?: Gone;
}

export interface WireQuestion {
  question_id: string;
  content_id: string;
  kind: "choice" | "scale";
  options: number;
  opened_at: string;
  results: "live" | "after";
  by_audience: boolean;
  room_id: string | null;
  closed_at: string | null;
  answers_until: string | null;
  settles_at: string | null;
  counted_at: string | null;
  shares: Record<string, number[]>;
  counts: Record<string, number[]>;
  totals: Record<string, number>;
  late: number;
  told: boolean;
  settled: boolean;
  content: QuestionText | null;
  gone?: Gone;
}

export interface WireBallot {
  choice: number | null;
  audience: "room" | "remote";
  at: string;
  late: boolean;
}

export interface WireUpdate {
  update_id: string;
  content_id: string;
  changed_at: string;
  version: number;
  posted_at: string | null;
  edited: boolean;
  corrected: boolean;
  pinned: boolean;
  withdrawn: boolean;
  waiting: boolean;
  room_id: string | null;
  about_at: string | null;
  embed: "contribution" | "session" | "clip" | null;
  embed_id: string | null;
  from_at: string | null;
  to_at: string | null;
  image_id: string | null;
  width: number | null;
  height: number | null;
  content: UpdateText | null;
  gone?: Gone;
}

export interface WireInvite {
  invite_id: string;
  content_id: string;
  duty: string;
  revoked: boolean;
  content: InviteText | null;
  gone?: Gone;
}

export interface WireHiddenNote {
  contribution_id: string;
  reason_id: string | null;
  text_id: string | null;
  category: "off_topic" | "abuse" | "privacy" | "spam" | "repetition" | "legal" | "threat" | "other" | null;
  by_id: string | null;
  reason: ReasonText | null;
  text: ContributionText | null;
  gone?: Gone;
}

export interface WireGroundRules {
  version: number;
  content_id: string;
  set_at: string;
  content: RulesText | null;
  gone?: Gone;
}

export interface WireScreening {
  content_id: string;
  alarm_minutes: number;
  content: ScreeningText | null;
  gone?: Gone;
}

export interface WireMute {
  mute_id: string;
  content_id: string;
  muted_at: string;
  member_id: string | null;
  contribution_id: string | null;
  until_at: string | null;
  by_id: string | null;
  content: ReasonText | null;
  gone?: Gone;
}

export interface WireFlag {
  flag_id: string;
  contribution_id: string;
  category: "off_topic" | "abuse" | "privacy" | "spam" | "repetition" | "legal" | "threat" | "other";
  content_id: string;
  flagged_at: string;
  member_id: string | null;
  settled: boolean;
  content: FlagText | null;
  gone?: Gone;
}

export interface WireAppeal {
  contribution_id: string;
  content_id: string;
  appealed_at: string;
  answer_id: string | null;
  granted: boolean | null;
  by_id: string | null;
  content: AppealText | null;
  answer: AppealText | null;
  gone?: Gone;
}

export interface WireSeal {
  seal_id: string;
  contribution_id: string;
  content_id: string;
  sealed_at: string;
  by_id: string | null;
  passed_on: number;
  content: SealText | null;
  gone?: Gone;
}

export interface WireEmbargo {
  embargo_id: string;
  content_id: string;
  type: string;
  held_at: string;
  when: "time" | "open" | "session" | "agenda" | "by_hand";
  release_at: string | null;
  session_id: string | null;
  room_id: string | null;
  by_id: string | null;
  duties: string[];
  failed_id: string | null;
  content: EmbargoText | null;
  failed: ReasonText | null;
  gone?: Gone;
}

export interface WireFormer {
  content_id: string;
  written_at: string;
}

export interface WireContribution {
  contribution_id: string;
  thread: string;
  kind: "idea" | "question" | "concern" | "offer" | "need" | "action" | "story" | "note";
  content_id: string;
  posted_at: string;
  author_id: string | null;
  reply_to: string | null;
  waiting: boolean;
  never_public: boolean;
  hidden: boolean;
  withdrawn: boolean;
  edited: boolean;
  support: number;
  scope: "decided" | "influence" | "open" | "outside" | null;
  read_aloud_at: string | null;
  room_id: string | null;
  about_at: string | null;
  confirmed: boolean;
  edited_at: string | null;
  formers: WireFormer[];
  held: "mode" | "newcomer" | "words" | "copy" | null;
  circle: "public" | "participants";
  content: ContributionText | null;
  gone?: Gone;
}

export interface WireOwnContribution {
  contribution_id: string;
  content_id: string;
  member_id: string;
  thread: string;
  kind: "idea" | "question" | "concern" | "offer" | "need" | "action" | "story" | "note";
  posted_at: string | null;
  reply_to: string | null;
  waiting: boolean;
  hidden: boolean;
  withdrawn: boolean;
  room_id: string | null;
  about_at: string | null;
  held: "mode" | "newcomer" | "words" | "copy" | null;
  key: string | null;
  content: ContributionText | null;
  gone?: Gone;
}

export interface WireConsent {
  contribution_id: string;
  purposes: "meeting" | "report" | "learning" | "publicity"[];
  audience: "team" | "participants" | "meeting" | "public";
  given_at: string;
  until: string | null;
  way: "self" | "spoken" | "phone" | "paper";
  two_stages: boolean;
  content_id: string | null;
  cleared_at: string | null;
  released_at: string | null;
  reminded: boolean;
  ended_at: string | null;
  expired: boolean;
  content: ConsentText | null;
  gone?: Gone;
}

export interface WireCardSeries {
  series_id: string;
  content_id: string;
  kind: "card" | "ballot";
  first: number;
  count: number;
  issued_at: string;
  content: InviteText | null;
  gone?: Gone;
}

export interface WirePaperCard {
  number: number;
  content_id: string;
  member_id: string;
  redeemed_at: string;
  helper_id: string | null;
  table: string;
  session_ids: string[];
  contribution_ids: string[];
  interests: number;
  reply: "post" | "phone" | null;
  replied: boolean;
  served: number;
  content: CardText | null;
  gone?: Gone;
}

export interface WireMeeting {
  slug: string;
  content_id: string | null;
  timezone: string;
  visibility: "public" | "unlisted" | "private";
  moderation: "after" | "before";
  on_air: "at_once" | "by_hand";
  demonstration: boolean;
  series_id: string | null;
  phase: "none" | "upcoming" | "live" | "ended";
  starts_at: string | null;
  opened_at: string | null;
  ended_at: string | null;
  rooms: Record<string, WireRoom>;
  slots: Record<string, WireSlot>;
  markers: Record<string, WireMarker>;
  agenda: Record<string, WireAgenda>;
  sessions: Record<string, WireSession>;
  contributions: Record<string, WireContribution>;
  attendance: Record<string, number>;
  hands: Record<string, WireHand>;
  notes: Record<string, WireNote>;
  response_until: string | null;
  response_id: string | null;
  answers: Record<string, WireAnswer>;
  former_answers: Record<string, WireAnswer>;
  spotlights: Record<string, WireSpotlight>;
  outcomes: Record<string, WireOutcome>;
  updates: Record<string, WireUpdate>;
  questions: Record<string, WireQuestion>;
  here: Record<string, number>;
  board_mode: "open" | "queue" | "vote" | "facilitators";
  counts: "shown" | "hidden";
  proposals: "open" | "closed";
  voting: "open" | "closed";
  pitch_queue: string[];
  pitching: string | null;
  merged: Record<string, string>;
  sessions_ever: number;
  cancelled: Record<string, WireCancelled>;
  ground_rules: Record<string, WireGroundRules>;
  thread_modes: Record<string, "after" | "before">;
  slow: Record<string, number>;
  calm: boolean;
  mutes: Record<string, WireMute>;
  flags: Record<string, WireFlag>;
  appeals: Record<string, WireAppeal>;
  cut_requests: Record<string, WireCutRequest>;
  screening: Record<string, WireScreening>;
  seals: Record<string, WireSeal>;
  embargoes: Record<string, WireEmbargo>;
  hidden_interest: Record<string, number>;
  spotlight_queue: string[];
  invites: Record<string, WireInvite>;
  prepared: Record<string, WirePreparation>;
  duties: Record<string, Record<string, string | null>>;
  card_series: Record<string, WireCardSeries>;
  cards: Record<string, WirePaperCard>;
  next_card: number;
  removed: Record<string, string>;
  hidden_notes: Record<string, WireHiddenNote>;
  signals: Record<string, WireSignal>;
  prepared_questions: Record<string, WireQuestion>;
  drafts: Record<string, WireUpdate>;
  consents: Record<string, WireConsent>;
  authored: Record<string, WireOwnContribution>;
  rules_accepted: Record<string, number>;
  interest_votes: Record<string, Record<string, number>>;
  support_votes: Record<string, Record<string, number>>;
  question_ballots: Record<string, Record<string, WireBallot>>;
  stars: Record<string, Record<string, number>>;
  places: Record<string, string>;
  notices: Record<string, Record<string, WireNotice>>;
  merge_asks: Record<string, WireMergeAsk>;
  cohost_asks: Record<string, WireCohostAsk>;
  content: MeetingText | null;
  response: ResponseText | null;
  gone?: Gone;
}

export interface Move {
  session_id: string;
  version: number;
  room_id: string | null;
  slot_id: string | null;
}

export interface BoardRulesChanged {
  mode: "open" | "queue" | "vote" | "facilitators";
  counts: "shown" | "hidden";
  proposals: "open" | "closed";
  voting: "open" | "closed";
}

export interface SessionProposed {
  content_id: string;
  session_id: string;
  host_id: string | null;
  ask: boolean;
  asked_by: string | null;
  needs: string[];
  wished: string[];
  scope: "decided" | "influence" | "open" | "outside" | null;
  content: SessionText | null;
  gone?: Gone;
}

export interface SessionEdited {
  content_id: string;
  session_id: string;
  version: number;
  needs: string[] | null;
  wished: string[] | null;
  content: SessionText | null;
  gone?: Gone;
}

export interface SessionHostsChanged {
  content_id: string;
  session_id: string;
  host_id: string | null;
  version: number;
  cohost_ids: string[];
  ask: boolean;
  content: SessionText | null;
  gone?: Gone;
}

export interface SessionPlaced {
  session_id: string;
  room_id: string;
  slot_id: string;
  version: number;
}

export interface SessionUnplaced {
  session_id: string;
  version: number;
}

export interface BoardArranged {
  moves: Move[];
}

export interface SessionsMerged {
  content_id: string;
  session_id: string;
  merged_id: string;
  version: number;
  host_id: string | null;
  cohost_ids: string[];
  ask: boolean;
  room_id: string | null;
  slot_id: string | null;
  content: SessionText | null;
  gone?: Gone;
}

export interface SessionSplit {
  content_id: string;
  session_id: string;
  from_id: string;
  host_id: string | null;
  ask: boolean;
  copied: boolean;
  content: SessionText | null;
  gone?: Gone;
}

export interface SessionLabelled {
  session_id: string;
  scope: "decided" | "influence" | "open" | "outside" | null;
}

export interface SessionPinned {
  session_id: string;
  pinned: boolean;
}

export interface SessionStarted {
  session_id: string;
  room_id: string;
}

export interface SessionFinished {
  session_id: string;
}

export interface SessionExtended {
  session_id: string;
  until_at: string | null;
}

export interface HandRaised {
  content_id: string;
  hand_id: string;
  session_id: string;
  member_id: string | null;
  content: NameText | null;
  gone?: Gone;
}

export interface HandLowered {
  hand_id: string;
  called: boolean;
}

export interface NoteAdded {
  content_id: string;
  note_id: string;
  session_id: string | null;
  kind: "discussed" | "decision" | "offer" | "action" | "photo";
  author_id: string | null;
  due: string | null;
  image_id: string | null;
  width: number | null;
  height: number | null;
  contribution_id: string | null;
  room_id: string | null;
  spoken_at: string | null;
  content: NoteText | null;
  gone?: Gone;
}

export interface NoteEdited {
  content_id: string;
  note_id: string;
  version: number;
  kind: "discussed" | "decision" | "offer" | "action" | "photo";
  due: string | null;
  content: NoteText | null;
  gone?: Gone;
}

export interface NoteRemoved {
  note_id: string;
  version: number;
  erased: boolean;
}

export interface HereSet {
  member_id: string;
  room_id: string | null;
}

export interface SessionWithdrawn {
  session_id: string;
}

export interface PitchQueued {
  session_id: string;
}

export interface PitchUnqueued {
  session_id: string;
}

export interface PitchCalled {
  session_id: string | null;
}

export interface MergeAsked {
  session_id: string;
  other_id: string;
  by_id: string;
}

export interface MergeDeclined {
  session_id: string;
  other_id: string;
}

export interface CohostAsked {
  content_id: string;
  session_id: string;
  member_id: string;
  way: "invited" | "offered";
  content: NameText | null;
  gone?: Gone;
}

export interface CohostAskEnded {
  session_id: string;
  member_id: string;
}

export interface Noticed {
  kind: "placed" | "moved" | "unplaced" | "cancelled" | "merged" | "split" | "split_ask" | "time_changed" | "room_closed" | "hosts_changed" | "answered" | "promised" | "answer_changed" | "answer_withdrawn";
  session_id: string;
  member_id: string;
  other_id: string | null;
  room_id: string | null;
  slot_id: string | null;
  contribution_id: string | null;
}

export interface NoticeDismissed {
  member_id: string;
  session_id: string | null;
  contribution_id: string | null;
}

export interface InterestSet {
  session_id: string;
  member_id: string;
  level: number;
}

export interface StarSet {
  session_id: string;
  member_id: string;
  level: number;
}

export interface HiddenTalliesCounted {
  interest: Record<string, number>;
}

export interface TalliesChanged {
  interest: Record<string, number>;
  support: Record<string, number>;
  here: Record<string, number>;
}

export interface ChannelStarted {
  room_id: string;
  connected: boolean;
}

export interface ChannelHeld {
  content_id: string;
  room_id: string;
  from_at: string | null;
  cut_id: string | null;
  content: ReasonText | null;
  gone?: Gone;
}

export interface ChannelReleased {
  room_id: string;
  connected: boolean;
}

export interface ChannelStopped {
  room_id: string;
}

export interface ChannelDelayed {
  room_id: string;
  seconds: number;
}

export interface CutRequested {
  content_id: string;
  cut_id: string;
  room_id: string;
  from_at: string;
  to_at: string;
  member_id: string | null;
  content: CutText | null;
  gone?: Gone;
}

export interface CutDeclined {
  content_id: string;
  cut_id: string;
  content: DeclinedText | null;
  gone?: Gone;
}

export interface RecordingCut {
  cut_id: string;
  room_id: string;
  from_at: string;
  to_at: string;
  category: "hold" | "privacy" | "legal" | "safety" | "mistake" | "other";
}

export interface RecordingRestored {
  cut_id: string;
  room_id: string;
}

export interface SourceChanged {
  room_id: string;
  connected: boolean;
}

export interface RecordingChanged {
  room_id: string;
}

export interface TranscriptChanged {
  room_id: string;
  from_at: string;
  to_at: string;
  revision: number;
}

export interface MarkerAdded {
  content_id: string;
  marker_id: string;
  room_id: string;
  kind: "agenda" | "speaker" | "slide";
  marked_at: string;
  waiting: boolean;
  content: MarkerText | null;
  gone?: Gone;
}

export interface MarkerReleased {
  marker_id: string;
}

export interface MarkerEdited {
  content_id: string;
  marker_id: string;
  marked_at: string;
  content: MarkerText | null;
  gone?: Gone;
}

export interface MarkersPrepared {
  content_id: string;
  room_id: string;
  content: PreparationText | null;
  gone?: Gone;
}

export interface AgendaPublished {
  content_id: string;
  room_id: string;
  item_ids: string[];
  content: AgendaText | null;
  gone?: Gone;
}

export interface MarkerRemoved {
  marker_id: string;
}

export interface SignalSent {
  content_id: string;
  signal_id: string;
  signal: "no_sound" | "picture_frozen" | "picture_dark" | "help" | "two_minutes" | "wrap_up" | "stand_by" | "all_well";
  room_id: string | null;
  by_id: string | null;
  content: SignalText | null;
  gone?: Gone;
}

export interface SignalSeen {
  content_id: string;
  signal_id: string;
  content: NameText | null;
  gone?: Gone;
}

export interface ActionTaken {
  content_id: string;
  note_id: string;
  version: number;
  owner_id: string | null;
  content: NoteText | null;
  gone?: Gone;
}

export interface ActionMoved {
  content_id: string;
  note_id: string;
  version: number;
  status: "open" | "doing" | "done" | "dropped";
  content: ProgressText | null;
  gone?: Gone;
}

export interface ResponsePromised {
  content_id: string;
  until: string | null;
  content: ResponseText | null;
  gone?: Gone;
}

export interface AnswerGiven {
  content_id: string;
  contribution_id: string;
  way: "room" | "writing" | "promise" | "withdrawn";
  version: number;
  given_at: string;
  partly: boolean;
  room_id: string | null;
  spoken_at: string | null;
  until: string | null;
  erased: boolean;
  content: AnswerText | null;
  gone?: Gone;
}

export interface ContributionSpotlit {
  contribution_id: string | null;
  room_id: string | null;
}

export interface SpotlightQueued {
  contribution_id: string;
  queued: boolean;
}

export interface OutcomeWritten {
  content_id: string;
  outcome_id: string;
  version: number;
  scope: "decided" | "influence" | "open" | "outside" | null;
  contribution_ids: string[];
  content: OutcomeText | null;
  gone?: Gone;
}

export interface OutcomeRemoved {
  outcome_id: string;
}

export interface QuestionPrepared {
  content_id: string;
  question_id: string;
  kind: "choice" | "scale";
  options: number;
  results: "live" | "after";
  by_audience: boolean;
  room_id: string | null;
  content: QuestionText | null;
  gone?: Gone;
}

export interface QuestionOpened {
  content_id: string;
  question_id: string;
  kind: "choice" | "scale";
  options: number;
  results: "live" | "after";
  by_audience: boolean;
  room_id: string | null;
  content: QuestionText | null;
  gone?: Gone;
}

export interface QuestionClosed {
  question_id: string;
  answers_until: string;
  settles_at: string;
}

export interface QuestionRemoved {
  question_id: string;
  asked: boolean;
}

export interface QuestionAnswered {
  question_id: string;
  member_id: string;
  choice: number | null;
  audience: "room" | "remote";
  late: boolean;
}

export interface QuestionCounted {
  question_id: string;
  shares: Record<string, number[]>;
  over: boolean;
}

export interface QuestionSettled {
  question_id: string;
  counts: Record<string, number[]>;
  totals: Record<string, number>;
  late: number;
}

export interface UpdateDrafted {
  content_id: string;
  update_id: string;
  version: number;
  room_id: string | null;
  about_at: string | null;
  embed: "contribution" | "session" | "clip" | null;
  embed_id: string | null;
  from_at: string | null;
  to_at: string | null;
  image_id: string | null;
  width: number | null;
  height: number | null;
  waiting: boolean;
  content: UpdateText | null;
  gone?: Gone;
}

export interface UpdateDiscarded {
  update_id: string;
  posted: boolean;
}

export interface UpdatePosted {
  content_id: string;
  update_id: string;
  version: number;
  room_id: string | null;
  about_at: string | null;
  embed: "contribution" | "session" | "clip" | null;
  embed_id: string | null;
  from_at: string | null;
  to_at: string | null;
  image_id: string | null;
  width: number | null;
  height: number | null;
  content: UpdateText | null;
  gone?: Gone;
}

export interface UpdateEdited {
  content_id: string;
  update_id: string;
  version: number;
  room_id: string | null;
  about_at: string | null;
  embed: "contribution" | "session" | "clip" | null;
  embed_id: string | null;
  from_at: string | null;
  to_at: string | null;
  image_id: string | null;
  width: number | null;
  height: number | null;
  corrected: boolean;
  content: UpdateText | null;
  gone?: Gone;
}

export interface UpdatePinned {
  update_id: string;
  pinned: boolean;
}

export interface UpdateWithdrawn {
  update_id: string;
}

export interface MeetingCreated {
  content_id: string;
  slug: string;
  timezone: string;
  visibility: "public" | "unlisted" | "private";
  moderation: "after" | "before";
  on_air: "at_once" | "by_hand";
  starts_at: string | null;
  series_id: string | null;
  demonstration: boolean;
  content: MeetingText | null;
  gone?: Gone;
}

export interface MeetingEdited {
  content_id: string;
  moderation: "after" | "before";
  starts_at: string | null;
  visibility: "public" | "unlisted" | "private" | null;
  content: MeetingText | null;
  gone?: Gone;
}

export interface MeetingOpened {
}

export interface MeetingEnded {
}

export interface MeetingReopened {
}

export interface RoomAdded {
  content_id: string;
  room_id: string;
  slug: string;
  capacity: number | null;
  features: string[];
  content: RoomText | null;
  gone?: Gone;
}

export interface RoomEdited {
  content_id: string;
  room_id: string;
  capacity: number | null;
  features: string[];
  content: RoomText | null;
  gone?: Gone;
}

export interface RoomClosed {
  content_id: string;
  room_id: string;
  content: ReasonText | null;
  gone?: Gone;
}

export interface RoomReopened {
  room_id: string;
}

export interface RoomRemoved {
  room_id: string;
}

export interface SlotAdded {
  content_id: string;
  slot_id: string;
  starts_at: string;
  ends_at: string;
  kind: "session" | "break";
  content: SlotText | null;
  gone?: Gone;
}

export interface SlotEdited {
  content_id: string;
  slot_id: string;
  starts_at: string;
  ends_at: string;
  kind: "session" | "break";
  content: SlotText | null;
  gone?: Gone;
}

export interface SlotRemoved {
  slot_id: string;
}

export interface InviteMade {
  content_id: string;
  invite_id: string;
  duty: string;
  content: InviteText | null;
  gone?: Gone;
}

export interface InviteRevoked {
  invite_id: string;
}

export interface DutyGranted {
  member_id: string;
  duty: string;
  invite_id: string | null;
}

export interface DutyRevoked {
  member_id: string;
  duty: string;
}

export interface MemberRemoved {
  member_id: string;
}

export interface MemberReadmitted {
  member_id: string;
}

export interface AttendanceCounted {
  counts: Record<string, number>;
}

export interface GroundRulesSet {
  content_id: string;
  version: number;
  set_at: string;
  content: RulesText | null;
  gone?: Gone;
}

export interface RulesAccepted {
  member_id: string;
  version: number;
}

export interface ModerationSet {
  thread_modes: Record<string, "after" | "before">;
  slow: Record<string, number>;
}

export interface CalmSet {
  calm: boolean;
}

export interface ScreeningSet {
  content_id: string;
  alarm_minutes: number;
  content: ScreeningText | null;
  gone?: Gone;
}

export interface MemberMuted {
  content_id: string;
  mute_id: string;
  muted_at: string;
  member_id: string | null;
  contribution_id: string | null;
  until_at: string | null;
  by_id: string | null;
  content: ReasonText | null;
  gone?: Gone;
}

export interface MuteEnded {
  mute_id: string;
}

export interface ContributionFlagged {
  content_id: string;
  flag_id: string;
  contribution_id: string;
  category: "off_topic" | "abuse" | "privacy" | "spam" | "repetition" | "legal" | "threat" | "other";
  flagged_at: string;
  member_id: string | null;
  content: FlagText | null;
  gone?: Gone;
}

export interface FlagsSettled {
  contribution_id: string;
  by_id: string | null;
}

export interface AppealMade {
  content_id: string;
  contribution_id: string;
  appealed_at: string;
  content: AppealText | null;
  gone?: Gone;
}

export interface AppealAnswered {
  content_id: string;
  contribution_id: string;
  granted: boolean;
  by_id: string | null;
  content: AppealText | null;
  gone?: Gone;
}

export interface ContributionSealed {
  content_id: string;
  seal_id: string;
  contribution_id: string;
  sealed_at: string;
  by_id: string | null;
  content: SealText | null;
  gone?: Gone;
}

export interface SealPassedOn {
  content_id: string;
  seal_id: string;
  by_id: string | null;
  content: PassedText | null;
  gone?: Gone;
}

export interface SealReleased {
  seal_id: string;
  by_id: string | null;
}

export interface Embargoed {
  content_id: string;
  embargo_id: string;
  type: string;
  held_at: string;
  when: "time" | "open" | "session" | "agenda" | "by_hand";
  release_at: string | null;
  session_id: string | null;
  room_id: string | null;
  by_id: string | null;
  duties: string[];
  content: EmbargoText | null;
  gone?: Gone;
}

export interface EmbargoFailed {
  content_id: string;
  embargo_id: string;
  content: ReasonText | null;
  gone?: Gone;
}

export interface EmbargoEnded {
  embargo_id: string;
  released: boolean;
  by_id: string | null;
}

export interface CardsIssued {
  content_id: string;
  series_id: string;
  kind: "card" | "ballot";
  first: number;
  count: number;
  content: InviteText | null;
  gone?: Gone;
}

export interface CardRedeemed {
  content_id: string;
  number: number;
  member_id: string;
  helper_id: string | null;
  table: string;
  session_ids: string[];
  contribution_ids: string[];
  interests: number;
  reply: "post" | "phone" | null;
  content: CardText | null;
  gone?: Gone;
}

export interface CardServed {
  number: number;
  way: "table" | "phone";
  helper_id: string | null;
}

export interface CardReplied {
  content_id: string;
  number: number;
  content: CardText | null;
  gone?: Gone;
}

export interface ContributionPosted {
  content_id: string;
  contribution_id: string;
  thread: string;
  kind: "idea" | "question" | "concern" | "offer" | "need" | "action" | "story" | "note";
  posted_at: string;
  author_id: string | null;
  reply_to: string | null;
  waiting: boolean;
  room_id: string | null;
  about_at: string | null;
  confirmed: boolean;
  held: "mode" | "newcomer" | "words" | "copy" | null;
  circle: "public" | "participants";
  content: ContributionText | null;
  gone?: Gone;
}

export interface ContributionAuthored {
  content_id: string;
  contribution_id: string;
  member_id: string;
  thread: string;
  kind: "idea" | "question" | "concern" | "offer" | "need" | "action" | "story" | "note";
  posted_at: string | null;
  reply_to: string | null;
  waiting: boolean;
  room_id: string | null;
  about_at: string | null;
  held: "mode" | "newcomer" | "words" | "copy" | null;
  key: string | null;
  content: ContributionText | null;
  gone?: Gone;
}

export interface ContributionEdited {
  content_id: string;
  contribution_id: string;
  content: ContributionText | null;
  gone?: Gone;
}

export interface ContributionCaptioned {
  content_id: string;
  contribution_id: string;
  content: ContributionText | null;
  gone?: Gone;
}

export interface ContributionReleased {
  contribution_id: string;
  by_id: string | null;
}

export interface ContributionHidden {
  contribution_id: string;
  reason_id: string | null;
  text_id: string | null;
  category: "off_topic" | "abuse" | "privacy" | "spam" | "repetition" | "legal" | "threat" | "other" | null;
  by_id: string | null;
  reason: ReasonText | null;
  text: ContributionText | null;
  gone?: Gone;
}

export interface ContributionReturned {
  contribution_id: string;
  by_id: string | null;
}

export interface ContributionWithdrawn {
  contribution_id: string;
}

export interface ContributionLabelled {
  contribution_id: string;
  scope: "decided" | "influence" | "open" | "outside" | null;
}

export interface ContributionReadAloud {
  contribution_id: string;
}

export interface ConsentGiven {
  contribution_id: string;
  purposes: "meeting" | "report" | "learning" | "publicity"[];
  audience: "team" | "participants" | "meeting" | "public";
  until: string | null;
  way: "self" | "spoken" | "phone" | "paper";
  two_stages: boolean;
  content_id: string | null;
  content: ConsentText | null;
  gone?: Gone;
}

export interface ContributionCleared {
  contribution_id: string;
}

export interface ConsentReleased {
  contribution_id: string;
}

export interface ConsentEnding {
  contribution_id: string;
}

export interface ConsentEnded {
  contribution_id: string;
  expired: boolean;
}

export interface SupportSet {
  contribution_id: string;
  member_id: string;
  level: number;
}

export interface Events {
  BoardRulesChanged: BoardRulesChanged;
  SessionProposed: SessionProposed;
  SessionEdited: SessionEdited;
  SessionHostsChanged: SessionHostsChanged;
  SessionPlaced: SessionPlaced;
  SessionUnplaced: SessionUnplaced;
  BoardArranged: BoardArranged;
  SessionsMerged: SessionsMerged;
  SessionSplit: SessionSplit;
  SessionLabelled: SessionLabelled;
  SessionPinned: SessionPinned;
  SessionStarted: SessionStarted;
  SessionFinished: SessionFinished;
  SessionExtended: SessionExtended;
  HandRaised: HandRaised;
  HandLowered: HandLowered;
  NoteAdded: NoteAdded;
  NoteEdited: NoteEdited;
  NoteRemoved: NoteRemoved;
  HereSet: HereSet;
  SessionWithdrawn: SessionWithdrawn;
  PitchQueued: PitchQueued;
  PitchUnqueued: PitchUnqueued;
  PitchCalled: PitchCalled;
  MergeAsked: MergeAsked;
  MergeDeclined: MergeDeclined;
  CohostAsked: CohostAsked;
  CohostAskEnded: CohostAskEnded;
  Noticed: Noticed;
  NoticeDismissed: NoticeDismissed;
  InterestSet: InterestSet;
  StarSet: StarSet;
  HiddenTalliesCounted: HiddenTalliesCounted;
  TalliesChanged: TalliesChanged;
  ChannelStarted: ChannelStarted;
  ChannelHeld: ChannelHeld;
  ChannelReleased: ChannelReleased;
  ChannelStopped: ChannelStopped;
  ChannelDelayed: ChannelDelayed;
  CutRequested: CutRequested;
  CutDeclined: CutDeclined;
  RecordingCut: RecordingCut;
  RecordingRestored: RecordingRestored;
  SourceChanged: SourceChanged;
  RecordingChanged: RecordingChanged;
  TranscriptChanged: TranscriptChanged;
  MarkerAdded: MarkerAdded;
  MarkerReleased: MarkerReleased;
  MarkerEdited: MarkerEdited;
  MarkersPrepared: MarkersPrepared;
  AgendaPublished: AgendaPublished;
  MarkerRemoved: MarkerRemoved;
  SignalSent: SignalSent;
  SignalSeen: SignalSeen;
  ActionTaken: ActionTaken;
  ActionMoved: ActionMoved;
  ResponsePromised: ResponsePromised;
  AnswerGiven: AnswerGiven;
  ContributionSpotlit: ContributionSpotlit;
  SpotlightQueued: SpotlightQueued;
  OutcomeWritten: OutcomeWritten;
  OutcomeRemoved: OutcomeRemoved;
  QuestionPrepared: QuestionPrepared;
  QuestionOpened: QuestionOpened;
  QuestionClosed: QuestionClosed;
  QuestionRemoved: QuestionRemoved;
  QuestionAnswered: QuestionAnswered;
  QuestionCounted: QuestionCounted;
  QuestionSettled: QuestionSettled;
  UpdateDrafted: UpdateDrafted;
  UpdateDiscarded: UpdateDiscarded;
  UpdatePosted: UpdatePosted;
  UpdateEdited: UpdateEdited;
  UpdatePinned: UpdatePinned;
  UpdateWithdrawn: UpdateWithdrawn;
  MeetingCreated: MeetingCreated;
  MeetingEdited: MeetingEdited;
  MeetingOpened: MeetingOpened;
  MeetingEnded: MeetingEnded;
  MeetingReopened: MeetingReopened;
  RoomAdded: RoomAdded;
  RoomEdited: RoomEdited;
  RoomClosed: RoomClosed;
  RoomReopened: RoomReopened;
  RoomRemoved: RoomRemoved;
  SlotAdded: SlotAdded;
  SlotEdited: SlotEdited;
  SlotRemoved: SlotRemoved;
  InviteMade: InviteMade;
  InviteRevoked: InviteRevoked;
  DutyGranted: DutyGranted;
  DutyRevoked: DutyRevoked;
  MemberRemoved: MemberRemoved;
  MemberReadmitted: MemberReadmitted;
  AttendanceCounted: AttendanceCounted;
  GroundRulesSet: GroundRulesSet;
  RulesAccepted: RulesAccepted;
  ModerationSet: ModerationSet;
  CalmSet: CalmSet;
  ScreeningSet: ScreeningSet;
  MemberMuted: MemberMuted;
  MuteEnded: MuteEnded;
  ContributionFlagged: ContributionFlagged;
  FlagsSettled: FlagsSettled;
  AppealMade: AppealMade;
  AppealAnswered: AppealAnswered;
  ContributionSealed: ContributionSealed;
  SealPassedOn: SealPassedOn;
  SealReleased: SealReleased;
  Embargoed: Embargoed;
  EmbargoFailed: EmbargoFailed;
  EmbargoEnded: EmbargoEnded;
  CardsIssued: CardsIssued;
  CardRedeemed: CardRedeemed;
  CardServed: CardServed;
  CardReplied: CardReplied;
  ContributionPosted: ContributionPosted;
  ContributionAuthored: ContributionAuthored;
  ContributionEdited: ContributionEdited;
  ContributionCaptioned: ContributionCaptioned;
  ContributionReleased: ContributionReleased;
  ContributionHidden: ContributionHidden;
  ContributionReturned: ContributionReturned;
  ContributionWithdrawn: ContributionWithdrawn;
  ContributionLabelled: ContributionLabelled;
  ContributionReadAloud: ContributionReadAloud;
  ConsentGiven: ConsentGiven;
  ContributionCleared: ContributionCleared;
  ConsentReleased: ConsentReleased;
  ConsentEnding: ConsentEnding;
  ConsentEnded: ConsentEnded;
  SupportSet: SupportSet;
}

export type Kind = keyof Events;

export interface ScopeItem {
  label: "decided" | "influence" | "open" | "outside";
  text: string;
  holder?: string;
}

export interface ArrangeMove {
  session_id: string;
  room_id?: string | null;
  slot_id?: string | null;
  expect?: number | null;
}

export interface PreparedMarker {
  label: string;
  kind?: "agenda" | "speaker" | "slide";
}

export interface CardProposal {
  title: string;
  pitch?: string;
  hosting?: boolean;
}

export interface CardContribution {
  text: string;
  thread?: string;
  kind?: "idea" | "question" | "concern" | "offer" | "need" | "action" | "story" | "note";
  label?: "name" | "anonymous";
}

export interface AttachmentRef {
  attachment_id: string;
  alt?: string;
  text?: string;
}

export interface ConsentTerms {
  purposes?: "meeting" | "report" | "learning" | "publicity"[];
  audience?: "team" | "participants" | "meeting" | "public";
  until?: string | null;
  way?: "self" | "spoken" | "phone" | "paper";
  by?: string;
}

export interface Commands {
  "meeting.edit": {
    title?: string | null;
    purpose?: string | null;
    scope?: string | null;
    scope_items?: ScopeItem[] | null;
    starts_at?: string | null;
    moderation?: "after" | "before" | null;
    visibility?: "public" | "unlisted" | "private" | null;
  };
  "meeting.open": {
  };
  "meeting.end": {
  };
  "meeting.reopen": {
  };
  "room.add": {
    name: string;
    slug?: string | null;
    capacity?: number | null;
    features?: string[];
    camera_free?: string;
  };
  "room.edit": {
    room_id: string;
    name?: string | null;
    capacity?: number | null;
    features?: string[] | null;
    camera_free?: string | null;
  };
  "room.close": {
    room_id: string;
    reason?: string;
  };
  "room.reopen": {
    room_id: string;
  };
  "room.remove": {
    room_id: string;
  };
  "slot.add": {
    starts_at: string;
    ends_at: string;
    label?: string;
    kind?: "session" | "break";
  };
  "slot.edit": {
    slot_id: string;
    starts_at?: string | null;
    ends_at?: string | null;
    label?: string | null;
    kind?: "session" | "break" | null;
  };
  "slot.remove": {
    slot_id: string;
  };
  "invite.make": {
    duty: string;
    label?: string;
  };
  "invite.revoke": {
    invite_id: string;
  };
  "duty.revoke": {
    member_id: string;
    duty: string;
  };
  "member.remove": {
    member_id: string;
  };
  "member.readmit": {
    member_id: string;
  };
  "channel.start": {
    room_id: string;
  };
  "channel.hold": {
    room_id: string;
    reason?: string;
    dump_seconds?: number;
  };
  "channel.release": {
    room_id: string;
  };
  "channel.stop": {
    room_id: string;
  };
  "channel.delay": {
    room_id: string;
    seconds: number;
  };
  "cut.request": {
    room_id: string;
    from_at: string;
    to_at: string;
    reason?: string;
  };
  "cut.make": {
    cut_id?: string | null;
    room_id?: string | null;
    from_at?: string | null;
    to_at?: string | null;
    category?: "hold" | "privacy" | "legal" | "safety" | "mistake" | "other";
  };
  "cut.decline": {
    cut_id: string;
    note?: string;
  };
  "cut.undo": {
    cut_id: string;
  };
  "marker.add": {
    room_id: string;
    kind: "agenda" | "speaker" | "slide";
    label: string;
    at?: string | null;
  };
  "marker.edit": {
    marker_id: string;
    label?: string | null;
    at?: string | null;
  };
  "marker.remove": {
    marker_id: string;
  };
  "marker.prepare": {
    room_id: string;
    items: PreparedMarker[];
    published?: boolean;
  };
  "signal.send": {
    signal: "no_sound" | "picture_frozen" | "picture_dark" | "help" | "two_minutes" | "wrap_up" | "stand_by" | "all_well";
    room_id?: string | null;
    text?: string;
  };
  "signal.see": {
    signal_id: string;
  };
  "board.rules": {
    mode?: "open" | "queue" | "vote" | "facilitators" | null;
    counts?: "shown" | "hidden" | null;
    proposals?: "open" | "closed" | null;
    voting?: "open" | "closed" | null;
  };
  "board.arrange": {
    moves: ArrangeMove[];
  };
  "session.propose": {
    title: string;
    pitch?: string;
    wants?: string;
    hosting?: boolean;
    needs?: string[];
    wished?: string[];
    tags?: string[];
    scope?: "decided" | "influence" | "open" | "outside" | null;
  };
  "session.edit": {
    session_id: string;
    title?: string | null;
    pitch?: string | null;
    wants?: string | null;
    needs?: string[] | null;
    wished?: string[] | null;
    tags?: string[] | null;
  };
  "session.take_up": {
    session_id: string;
  };
  "session.cohost": {
    session_id: string;
    step: "invite" | "offer" | "accept" | "leave";
    member_id?: string | null;
  };
  "session.merge": {
    session_id: string;
    other_id: string;
    title?: string | null;
    pitch?: string | null;
  };
  "session.decline_merge": {
    session_id: string;
    other_id: string;
  };
  "session.split": {
    session_id: string;
    title: string;
    pitch?: string;
    host_id?: string | null;
    interest?: "copy" | "ask";
  };
  "session.label": {
    session_id: string;
    scope: "decided" | "influence" | "open" | "outside" | null;
  };
  "session.pin": {
    session_id: string;
    pinned: boolean;
  };
  "session.place": {
    session_id: string;
    room_id: string;
    slot_id: string;
  };
  "session.unplace": {
    session_id: string;
  };
  "session.withdraw": {
    session_id: string;
  };
  "session.start": {
    session_id: string;
  };
  "session.finish": {
    session_id: string;
  };
  "session.extend": {
    session_id: string;
    until_at: string | null;
  };
  "slot.shift": {
    slot_id: string;
    minutes: number;
  };
  "hand.raise": {
    session_id: string;
  };
  "hand.lower": {
    hand_id: string;
    called?: boolean;
  };
  "note.add": {
    session_id: string;
    kind: "discussed" | "decision" | "offer" | "action";
    text: string;
    who?: string;
    due?: string | null;
  };
  "note.edit": {
    note_id: string;
    text?: string | null;
    who?: string | null;
    due?: string | null;
    due_clear?: boolean;
    kind?: "discussed" | "decision" | "offer" | "action" | null;
  };
  "note.remove": {
    note_id: string;
    erase?: boolean;
  };
  "here.set": {
    room_id?: string | null;
  };
  "session.interest": {
    session_id: string;
    level: 0 | 1;
  };
  "session.star": {
    session_id: string;
    level: 0 | 1;
  };
  "pitch.queue": {
    session_id: string;
  };
  "pitch.leave": {
    session_id: string;
  };
  "pitch.call": {
    session_id?: string | null;
    end?: boolean;
  };
  "notice.dismiss": {
    session_id?: string | null;
    contribution_id?: string | null;
  };
  "contribution.post": {
    text?: string;
    attachments?: AttachmentRef[];
    thread?: string;
    kind?: "idea" | "question" | "concern" | "offer" | "need" | "action" | "story" | "note";
    reply_to?: string | null;
    on_behalf_of?: string | null;
    behalf_way?: "paper" | "phone" | "table" | null;
    label?: "name" | "pseudonym" | "anonymous";
    pseudonym?: string;
    speaks_for?: string;
    stake?: string;
    room_id?: string | null;
    at?: string | null;
    consent?: ConsentTerms | null;
    rules?: number | null;
    key?: string | null;
  };
  "contribution.edit": {
    contribution_id: string;
    text?: string;
    attachments?: AttachmentRef[] | null;
  };
  "contribution.caption": {
    contribution_id: string;
    attachment_id: string;
    text?: string;
    heard?: string;
  };
  "contribution.support": {
    contribution_id: string;
    level: 0 | 1;
  };
  "contribution.withdraw": {
    contribution_id: string;
  };
  "consent.release": {
    contribution_id: string;
    purposes?: "meeting" | "report" | "learning" | "publicity"[];
    audience?: "team" | "participants" | "meeting" | "public" | null;
    until?: string | null;
    no_end?: boolean;
  };
  "consent.renew": {
    contribution_id: string;
    purposes?: "meeting" | "report" | "learning" | "publicity"[];
    audience?: "team" | "participants" | "meeting" | "public" | null;
    until?: string | null;
    no_end?: boolean;
  };
  "contribution.read_aloud": {
    contribution_id: string;
  };
  "card.issue": {
    kind?: "card" | "ballot";
    count: number;
    label?: string;
  };
  "card.redeem": {
    card: string;
    table?: string;
    name?: string;
    proposals?: CardProposal[];
    interests?: string[];
    contributions?: CardContribution[];
    reply?: "post" | "phone" | null;
    reply_to?: string;
  };
  "card.serve": {
    card: string;
    way: "table" | "phone";
  };
  "card.reply": {
    card: string;
  };
  "contribution.publish": {
    contribution_id: string;
  };
  "contribution.hide": {
    contribution_id: string;
    reason: string;
    category?: "off_topic" | "abuse" | "privacy" | "spam" | "repetition" | "legal" | "threat" | "other";
  };
  "contribution.return": {
    contribution_id: string;
  };
  "contribution.flag": {
    contribution_id: string;
    category?: "off_topic" | "abuse" | "privacy" | "spam" | "repetition" | "legal" | "threat" | "other";
    note?: string;
  };
  "contribution.appeal": {
    contribution_id: string;
    text: string;
  };
  "contribution.seal": {
    contribution_id: string;
    reason?: string;
  };
  "flags.settle": {
    contribution_id: string;
  };
  "appeal.answer": {
    contribution_id: string;
    granted: boolean;
    text: string;
  };
  "seal.pass_on": {
    seal_id: string;
    to: string;
  };
  "seal.release": {
    seal_id: string;
  };
  "rules.set": {
    text: string;
  };
  "rules.accept": {
    version: number;
  };
  "moderation.set": {
    thread?: string;
    mode?: "after" | "before" | "as_meeting" | null;
    slow_seconds?: number | null;
  };
  "calm.set": {
    on: boolean;
  };
  "words.set": {
    hold_words?: string[];
    refuse_words?: string[];
    alarm_minutes?: number;
  };
  "member.mute": {
    member_id?: string | null;
    contribution_id?: string | null;
    minutes?: number | null;
    reason?: string;
  };
  "member.unmute": {
    mute_id: string;
  };
  "embargo.hold": {
    type: string;
    data?: Record<string, unknown>;
    when: "time" | "open" | "session" | "agenda" | "by_hand";
    release_at?: string | null;
    session_id?: string | null;
    room_id?: string | null;
    label?: string;
  };
  "embargo.change": {
    embargo_id: string;
    data?: Record<string, unknown> | null;
    when: "time" | "open" | "session" | "agenda" | "by_hand";
    release_at?: string | null;
    session_id?: string | null;
    room_id?: string | null;
    label?: string;
  };
  "embargo.release": {
    embargo_id: string;
  };
  "embargo.drop": {
    embargo_id: string;
  };
  "contribution.label": {
    contribution_id: string;
    scope: "decided" | "influence" | "open" | "outside" | null;
  };
  "contribution.answer": {
    contribution_id: string;
    way?: "room" | "writing" | "promise" | null;
    text?: string;
    by?: string;
    partly?: boolean;
    room_id?: string | null;
    at?: string | null;
    until?: string | null;
  };
  "contribution.spotlight": {
    contribution_id?: string | null;
    room_id?: string | null;
    level?: 0 | 1;
    queue?: boolean;
    next?: boolean;
  };
  "answer.withdraw": {
    contribution_id: string;
    reason: string;
    erase?: boolean;
  };
  "response.promise": {
    until?: string | null;
    text?: string;
  };
  "action.add": {
    text: string;
    who?: string;
    due?: string | null;
    session_id?: string | null;
    contribution_id?: string | null;
    room_id?: string | null;
    at?: string | null;
  };
  "action.take": {
    note_id: string;
  };
  "action.move": {
    note_id: string;
    status: "open" | "doing" | "done" | "dropped";
    text?: string;
  };
  "outcome.write": {
    outcome_id?: string | null;
    theme?: string | null;
    said?: string | null;
    did?: string | null;
    cannot?: string | null;
    scope?: "decided" | "influence" | "open" | "outside" | null;
    contribution_ids?: string[] | null;
  };
  "outcome.remove": {
    outcome_id: string;
  };
  "question.prepare": {
    text: string;
    kind?: "choice" | "scale";
    options?: string[];
    low?: string;
    high?: string;
    results?: "live" | "after";
    by_audience?: boolean;
    room_id?: string | null;
    ask?: boolean;
  };
  "question.open": {
    question_id: string;
  };
  "question.close": {
    question_id: string;
  };
  "question.remove": {
    question_id: string;
  };
  "question.answer": {
    question_id: string;
    choice: number | null;
    audience?: "room" | "remote" | null;
    at?: string | null;
  };
  "report.post": {
    text?: string;
    quote?: string;
    speaker?: string;
    alt?: string;
    room_id?: string | null;
    about_at?: string | null;
    embed?: "contribution" | "session" | "clip" | null;
    embed_id?: string | null;
    from_at?: string | null;
    to_at?: string | null;
    pinned?: boolean;
  };
  "report.draft": {
    text?: string;
    quote?: string;
    speaker?: string;
    alt?: string;
    room_id?: string | null;
    about_at?: string | null;
    embed?: "contribution" | "session" | "clip" | null;
    embed_id?: string | null;
    from_at?: string | null;
    to_at?: string | null;
  };
  "report.edit": {
    text?: string;
    quote?: string;
    speaker?: string;
    alt?: string;
    room_id?: string | null;
    about_at?: string | null;
    embed?: "contribution" | "session" | "clip" | null;
    embed_id?: string | null;
    from_at?: string | null;
    to_at?: string | null;
    update_id: string;
    picture_clear?: boolean;
  };
  "report.correct": {
    text?: string;
    quote?: string;
    speaker?: string;
    alt?: string;
    room_id?: string | null;
    about_at?: string | null;
    embed?: "contribution" | "session" | "clip" | null;
    embed_id?: string | null;
    from_at?: string | null;
    to_at?: string | null;
    update_id: string;
    note: string;
    picture_clear?: boolean;
  };
  "report.publish": {
    update_id: string;
  };
  "report.pin": {
    update_id: string;
    pinned: boolean;
  };
  "report.withdraw": {
    update_id: string;
  };
}
