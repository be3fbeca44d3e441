/** Contributions as pages show them; as pages/talk/thread.py does. */

import type { OutboxItem } from "../offline/outbox-store";
import type {
  AttachmentText,
  ConsentTerms,
  ContributionText,
  PaperText,
  WireAnswer,
  WireContribution,
  WireMeeting,
  WireOwnContribution,
} from "../feed/types";

export type PostState = "shown" | "waiting" | "hidden" | "withdrawn" | "sending";

export interface PostView {
  key: string;
  contributionId: string | null;
  thread: string;
  state: PostState;
  kind: string;
  author: string;
  behalf: string;
  /** Where it came from if that was no device: "on paper, table 4". */
  origin: string;
  /** Absent in one's own posts of the first days alone. */
  postedAt: string | null;
  text: string;
  support: number;
  mine: boolean;
  edited: boolean;
  /** When it was read to the room. */
  readAt: string | null;
  reason: string;
  replyTo: string | null;
  /** At the last level all deeper ones in a row. */
  replies: PostView[];
  confirmed: boolean;
  speaksFor: string;
  stake: string;
  /** The moment that it speaks to, in a room or in all. */
  aboutAt: string | null;
  roomId: string | null;
  attachments: AttachmentText[];
  /** Who reads it: everyone, or those alone who have joined. */
  circle: WireContribution["circle"];
  /** How many earlier texts can be read. */
  former: number;
  answered: boolean;
  /** What was said to it, where it can be read. */
  answer: WireAnswer | null;
  spotlit: boolean;
  queued: boolean;
  /** What waits on this device, where the post is not in a feed yet. */
  item: OutboxItem | null;
}

export interface Reading {
  state: WireMeeting;
  own: WireMeeting | null;
  staff: WireMeeting | null;
  /** What is for participants alone. */
  shared?: WireMeeting | null;
  pending: readonly OutboxItem[];
  myName: string;
}

export type Sorting = "new" | "supported" | "unanswered";

/** What of a thread somebody wants to see; `about` is one of its subjects, `find` words. */
export interface Wanted {
  sorting: Sorting;
  kind: string;
  about: string;
  find: string;
  /** Only what speaks to a moment near this one. */
  near: { roomId: string | null; at: string } | null;
}

export const EVERYTHING: Wanted = { sorting: "new", kind: "", about: "", find: "", near: null };
export const MEETING = "meeting";
/** Levels of replies that are shown; what is deeper waits folded up. */
export const DEPTH = 2;
const NEAR_MS = 90_000;

export interface Subject {
  thread: string;
  title: string;
  count: number;
}

export interface Thread {
  posts: PostView[];
  /** Of all that can be read, whatever is wanted. */
  count: number;
}

/** The posts of one thread with what this reader may see of them. */
export function viewThread(
  reading: Reading,
  thread: string,
  wanted: Wanted = EVERYTHING,
): Thread {
  const here = viewPosts(reading).filter((post) =>
    wanted.about ? post.thread === wanted.about : belongs(post.thread, thread),
  );
  const count = here.filter(({ state }) => state === "shown").length;
  const posts = nest(here).filter((post) => isWanted(post, wanted));
  return { posts: posts.sort(ORDERS[wanted.sorting]), count };
}

/** How much of a thread this reader can read. */
export function countOf(reading: Reading, thread: string): number {
  const { state, shared } = reading;
  const items = [state, shared].flatMap((one) => Object.values(one?.contributions ?? {}));
  return items.filter((item) => item.thread === thread && stateOf(item) === "shown").length;
}

/** Whether what is said in a thread stands in another one too. */
export function belongs(thread: string, to: string): boolean {
  return thread === to || (to === MEETING && thread.startsWith("agenda:"));
}

/** What is still to come of a room's published agenda, or of every room's, in order. */
export function viewComing(
  { agenda, markers }: Pick<WireMeeting, "agenda" | "markers">,
  roomId?: string,
): { id: string; label: string }[] {
  return Object.values(agenda)
    .filter(({ room_id }) => roomId === undefined || room_id === roomId)
    .flatMap(({ item_ids, content }) =>
      item_ids.map((id, number) => ({ id, label: content?.labels?.[number] ?? "" })),
    )
    .filter(({ id, label }) => label && !markers[id]);
}

/** The meeting as a whole, its agenda items, and sessions that were spoken of. */
export function viewSubjects(state: WireMeeting): Subject[] {
  const counts = new Map<string, number>();
  for (const { thread, waiting, hidden, withdrawn } of Object.values(state.contributions)) {
    if (waiting || hidden || withdrawn) continue;
    counts.set(thread, (counts.get(thread) ?? 0) + 1);
  }
  const subject = (thread: string, title: string): Subject => ({
    thread,
    title,
    count: counts.get(thread) ?? 0,
  });
  const items = Object.values(state.markers)
    .filter(({ kind, content }) => kind === "agenda" && content?.label)
    .sort((a, b) => Date.parse(a.marked_at) - Date.parse(b.marked_at))
    .map(({ marker_id, content }) => subject(`agenda:${marker_id}`, content!.label));
  const sessions = Object.values(state.sessions)
    .map(({ session_id, content }) => subject(`session:${session_id}`, content?.title ?? ""))
    .filter(({ title, count }) => title && count);
  const coming = viewComing(state).map(({ id, label }) => subject(`agenda:${id}`, label));
  return [subject(MEETING, "The meeting as a whole"), ...items, ...coming, ...sessions];
}

/** Whether a post asks for an answer that nobody has given yet. */
export function isOpenQuestion(post: PostView): boolean {
  return post.kind === "question" && post.state === "shown" && !post.answered;
}

function isWanted(post: PostView, wanted: Wanted): boolean {
  // What I am just sending stays in sight.
  if (post.state === "sending") return true;
  if (wanted.sorting === "unanswered" && !isOpenQuestion(post)) return false;
  if (wanted.near && !isNear(post, wanted.near)) return false;
  if (wanted.find && !says(post, wordsOf(wanted.find))) return false;
  return !wanted.kind || post.kind === wanted.kind;
}

function wordsOf(text: string): string[] {
  return text.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
}

/** Whether all words stand in a post, or in one of its replies. */
function says(post: PostView, words: readonly string[]): boolean {
  const attached = post.attachments.map(({ alt, text }) => text ?? alt ?? "");
  const said = [post.text, post.author, ...attached].join(" ").toLocaleLowerCase();
  return words.every((word) => said.includes(word)) || post.replies.some((r) => says(r, words));
}

function isNear(post: PostView, near: NonNullable<Wanted["near"]>): boolean {
  if (post.aboutAt === null) return false;
  if (post.roomId && near.roomId && post.roomId !== near.roomId) return false;
  return Math.abs(Date.parse(post.aboutAt) - Date.parse(near.at)) <= NEAR_MS;
}

/** What was said to the moments of a room, to be shown beside its picture. */
export function viewMoments(reading: Reading, roomId: string): PostView[] {
  return viewPosts(reading).filter(
    (post) =>
      post.state === "shown" &&
      post.aboutAt !== null &&
      post.replyTo === null &&
      (post.roomId === null || post.roomId === roomId),
  );
}

/** The newest posts of all threads that everyone may read: also for a screen. */
export function viewNewest(reading: Reading, count: number): PostView[] {
  return viewPosts({ ...reading, own: null, shared: null, pending: [] })
    .filter((post) => post.state === "shown")
    .sort(newestFirst)
    .slice(0, count);
}

/** What waits for a moderator, oldest first. */
export function viewQueue(reading: Reading): PostView[] {
  return Object.values(reading.staff?.contributions ?? {})
    .filter((item) => item.waiting)
    .map((item) => viewPost(item, "waiting", reading))
    .sort(oldestFirst);
}

function viewPosts(reading: Reading): PostView[] {
  const shown = { ...reading.state.contributions, ...reading.shared?.contributions };
  const posts = Object.values(shown).map((item) =>
    viewPost(item, stateOf(item), reading),
  );
  // What waits, or was never published, stands in its author's own feed alone.
  const authored = Object.values(reading.own?.authored ?? {});
  for (const own of authored) {
    if (!(own.contribution_id in shown) && !own.withdrawn) {
      posts.push(viewOwn(own, reading));
    }
  }
  const keys = new Set(authored.map(({ key }) => key));
  const known = new Set(posts.map((post) => post.contributionId));
  for (const item of reading.pending) {
    if (item.type !== "contribution.post") continue;
    if (known.has((item.answer?.data?.["contribution_id"] as string) ?? "")) continue;
    // My feed knows it by the name that this device gave it: no guess, no echo.
    if (keys.has((item.data["key"] as string | undefined) ?? "")) continue;
    // What has a number was on its way at least once, whatever came of that.
    const left = item.client_seq !== undefined;
    if (left && posts.some((post) => isEchoOf(post, item, reading))) continue;
    posts.push(viewPending(item, reading));
  }
  return posts;
}

/** What a post's clock may differ from this device's, in ms. */
const SKEW_MS = 60_000;

/**
 * Whether a post is what is being sent, told before my own feed has named it: the
 * two come side by side, and either may be first.
 */
function isEchoOf(
  post: PostView,
  { data, created_at }: OutboxItem,
  { own, myName }: Reading,
): boolean {
  return (
    post.item === null &&
    // What my feed has named is no other's, and not this one.
    !own?.authored[post.contributionId ?? ""]?.key &&
    (post.mine || post.author === pendingName(data as Record<string, string>, myName)) &&
    post.text === (data["text"] ?? "") &&
    post.replyTo === (data["reply_to"] ?? null) &&
    Date.parse(post.postedAt ?? "") > created_at - SKEW_MS
  );
}

function stateOf(item: WireContribution): PostState {
  if (item.withdrawn) return "withdrawn";
  return item.hidden ? "hidden" : "shown";
}

function viewPost(item: WireContribution, state: PostState, reading: Reading): PostView {
  const id = item.contribution_id;
  const content = item.content ?? hiddenText(id, state, reading);
  return {
    key: id,
    contributionId: id,
    thread: item.thread,
    state,
    kind: item.kind,
    author: content?.author ?? "",
    behalf: content?.on_behalf_of ?? "",
    origin: originOf(content),
    postedAt: item.posted_at,
    text: content?.text ?? "",
    support: item.support,
    mine: id in (reading.own?.authored ?? {}),
    edited: item.edited,
    readAt: item.read_aloud_at,
    reason: reasonOf(id, reading),
    replyTo: item.reply_to,
    replies: [],
    confirmed: item.confirmed,
    ...spokenTo(item, reading),
    circle: item.circle,
    former: state === "shown" ? item.formers.length : 0,
    answered: isAnswered(id, reading),
    answer: state === "shown" ? answerTo(id, reading) : null,
    spotlit: Object.values(reading.state.spotlights).some(
      (one) => one.contribution_id === id,
    ),
    queued: reading.staff?.spotlight_queue.includes(id) ?? false,
    ...said(content),
    item: null,
  };
}

/**
 * The moment that a post speaks to: what was written to an agenda item beforehand speaks
 * to its beginning, once it has begun.
 */
function spokenTo(
  { thread, about_at, room_id }: Pick<WireContribution, "thread" | "about_at" | "room_id">,
  { state }: Reading,
): Pick<PostView, "aboutAt" | "roomId"> {
  const marker =
    about_at === null && thread.startsWith("agenda:")
      ? state.markers[thread.slice("agenda:".length)]
      : undefined;
  return marker
    ? { aboutAt: marker.marked_at, roomId: marker.room_id }
    : { aboutAt: about_at, roomId: room_id };
}

/** What a hidden post said, for whom may still read it: staff and its author. */
function hiddenText(
  id: string,
  state: PostState,
  { own, staff }: Reading,
): WireContribution["content"] {
  if (state !== "hidden") return null;
  return staff?.hidden_notes[id]?.text ?? own?.authored[id]?.content ?? null;
}

function viewOwn(own: WireOwnContribution, reading: Reading): PostView {
  const id = own.contribution_id;
  return {
    key: id,
    contributionId: id,
    thread: own.thread,
    // What is neither has only come here first.
    state: own.waiting ? "waiting" : own.hidden ? "hidden" : "shown",
    kind: own.kind,
    author: own.content?.author ?? "",
    behalf: own.content?.on_behalf_of ?? "",
    origin: originOf(own.content),
    postedAt: own.posted_at,
    text: own.content?.text ?? "",
    support: 0,
    mine: true,
    edited: false,
    readAt: null,
    reason: reasonOf(id, reading),
    replyTo: own.reply_to,
    replies: [],
    confirmed: false,
    ...spokenTo(own, reading),
    circle: circleOf(reading.own?.consents[id]?.audience),
    former: 0,
    answered: false,
    answer: null,
    spotlit: false,
    queued: false,
    ...said(own.content),
    item: null,
  };
}

function viewPending(item: OutboxItem, reading: Reading): PostView {
  const data = item.data as Record<string, string | undefined>;
  return {
    key: `outbox-${item.key}`,
    contributionId: null,
    thread: data["thread"] ?? "meeting",
    state: "sending",
    kind: data["kind"] ?? "note",
    author: pendingName(data, reading.myName),
    behalf: data["on_behalf_of"] ?? "",
    origin: "",
    postedAt: new Date(item.created_at).toISOString(),
    text: data["text"] ?? "",
    support: 0,
    mine: true,
    edited: false,
    readAt: null,
    reason: "",
    replyTo: data["reply_to"] ?? null,
    replies: [],
    confirmed: false,
    speaksFor: data["speaks_for"] ?? "",
    stake: data["stake"] ?? "",
    aboutAt: data["at"] ?? null,
    roomId: data["room_id"] ?? null,
    attachments: [],
    circle: circleOf((item.data["consent"] as ConsentTerms | undefined)?.audience),
    former: 0,
    answered: false,
    answer: null,
    spotlit: false,
    queued: false,
    item,
  };
}

function circleOf(audience: string | undefined): PostView["circle"] {
  return audience === "participants" ? "participants" : "public";
}

function reasonOf(id: string, reading: Reading): string {
  for (const state of [reading.staff, reading.own]) {
    const reason = state?.hidden_notes[id]?.reason?.reason;
    if (reason) return reason;
  }
  return "";
}

function pendingName(data: Record<string, string | undefined>, myName: string): string {
  if (data["label"] === "anonymous") return "";
  return data["label"] === "pseudonym" ? (data["pseudonym"] ?? "") : myName;
}

function said(
  content: ContributionText | null,
): Pick<PostView, "speaksFor" | "stake" | "attachments"> {
  return {
    speaksFor: content?.speaks_for ?? "",
    stake: content?.stake ?? "",
    attachments: content?.attachments ?? [],
  };
}

function answerTo(id: string, { state, shared }: Reading): WireAnswer | null {
  const answer = state.answers[id] ?? shared?.answers[id];
  return answer?.content ? answer : null;
}

function isAnswered(id: string, { state, shared }: Reading): boolean {
  const answer = state.answers[id] ?? shared?.answers[id];
  return !!answer && !answer.partly && (answer.way === "room" || answer.way === "writing");
}

/** Put replies below what they answer; without order among the first ones. */
function nest(posts: PostView[]): PostView[] {
  const known = new Set(posts.map((post) => post.contributionId));
  const below = new Map<string, PostView[]>();
  for (const post of [...posts].sort(oldestFirst)) {
    if (post.replyTo === null) continue;
    const replies = below.get(post.replyTo);
    if (replies) replies.push(post);
    else below.set(post.replyTo, [post]);
  }
  const tops = posts.filter(({ replyTo }) => replyTo === null || !known.has(replyTo));
  for (const top of tops) addReplies(top, below, 0);
  // A stub without replies says nothing to anybody.
  return tops.filter((post) => post.state !== "withdrawn" || post.replies.length);
}

function addReplies(
  post: PostView,
  below: ReadonlyMap<string, PostView[]>,
  level: number,
): void {
  if (level === DEPTH) {
    const deeper = allBelow(post, below).sort(oldestFirst);
    post.replies = deeper.filter(({ state }) => state !== "withdrawn");
    return;
  }
  const replies = below.get(post.contributionId ?? "") ?? [];
  for (const reply of replies) addReplies(reply, below, level + 1);
  post.replies = replies.filter(
    (reply) => reply.state !== "withdrawn" || reply.replies.length,
  );
}

function allBelow(post: PostView, below: ReadonlyMap<string, PostView[]>): PostView[] {
  // Nobody can answer what isn't there yet, so this comes to an end.
  const replies = below.get(post.contributionId ?? "") ?? [];
  return replies.flatMap((reply) => [reply, ...allBelow(reply, below)]);
}

function newestFirst(a: PostView, b: PostView): number {
  return moment(b) - moment(a);
}

/** A post without a time is the newest, as in pages/talk/thread.py. */
function moment(post: PostView): number {
  return post.postedAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(post.postedAt);
}

function oldestFirst(a: PostView, b: PostView): number {
  return newestFirst(b, a);
}

function mostSupportedFirst(a: PostView, b: PostView): number {
  // What I am just sending stays in sight.
  const sending = (post: PostView): number => Number(post.state === "sending");
  return sending(b) - sending(a) || b.support - a.support || newestFirst(a, b);
}

const ORDERS: Record<Sorting, (a: PostView, b: PostView) => number> = {
  new: newestFirst,
  supported: mostSupportedFirst,
  unanswered: mostSupportedFirst,
};

const WAYS: Record<string, string> = {
  paper: "on paper",
  phone: "by phone",
  table: "at a table",
};

/** Say where a text came from if that was no device: "on paper, table 4". */
export function originOf(content: { origin?: PaperText } | null | undefined): string {
  const origin = content?.origin;
  if (!origin) return "";
  const words = WAYS[origin.way] ?? origin.way;
  if (!origin.table) return words;
  return origin.way === "table" ? `at table ${origin.table}` : `${words}, table ${origin.table}`;
}
