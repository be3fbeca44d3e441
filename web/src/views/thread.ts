/** Contributions as pages show them; as pages/thread.py does. */

import type { OutboxItem } from "../outbox-store";
import type {
  PaperText,
  WireContribution,
  WireMeeting,
  WireOwnContribution,
} from "../types";

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
  replies: PostView[];
  /** What waits on this device, where the post is not in a feed yet. */
  item: OutboxItem | null;
}

export interface Reading {
  state: WireMeeting;
  own: WireMeeting | null;
  staff: WireMeeting | null;
  pending: readonly OutboxItem[];
  myName: string;
}

export type Sorting = "new" | "supported";

/** The posts of one thread with what this reader may see of them. */
export function viewThread(
  reading: Reading,
  thread: string,
  sorting: Sorting = "new",
): PostView[] {
  const posts = viewPosts(reading).filter((post) => post.thread === thread);
  return nest(posts, sorting);
}

/** The newest readable posts of all threads. */
export function viewNewest(reading: Reading, count: number): PostView[] {
  return viewPosts(reading)
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
  const shown = reading.state.contributions;
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
  const known = new Set(posts.map((post) => post.contributionId));
  for (const item of reading.pending) {
    if (item.type !== "contribution.post") continue;
    if (known.has((item.answer?.data?.["contribution_id"] as string) ?? "")) continue;
    posts.push(viewPending(item, reading));
  }
  return posts;
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
    item: null,
  };
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
    state: own.waiting ? "waiting" : "hidden",
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
    author: data["label"] === "anonymous" ? "" : reading.myName,
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
    item,
  };
}

function reasonOf(id: string, reading: Reading): string {
  for (const state of [reading.staff, reading.own]) {
    const reason = state?.hidden_notes[id]?.reason?.reason;
    if (reason) return reason;
  }
  return "";
}

function nest(posts: PostView[], sorting: Sorting): PostView[] {
  const byId = new Map(posts.map((post) => [post.contributionId, post]));
  const tops: PostView[] = [];
  for (const post of posts) {
    const top = topOf(post, byId);
    if (top === post) tops.push(post);
    else if (post.state !== "withdrawn") top.replies.push(post);
  }
  for (const post of posts) post.replies.sort(oldestFirst);
  // A stub without replies says nothing to anybody.
  const kept = tops.filter((post) => post.state !== "withdrawn" || post.replies.length);
  return kept.sort(sorting === "new" ? newestFirst : mostSupportedFirst);
}

function topOf(post: PostView, byId: Map<string | null, PostView>): PostView {
  const seen = new Set<PostView>();
  let top = post;
  while (top.replyTo !== null && !seen.has(top)) {
    const parent = byId.get(top.replyTo);
    if (!parent) break;
    seen.add(top);
    top = parent;
  }
  return top;
}

function newestFirst(a: PostView, b: PostView): number {
  return moment(b) - moment(a);
}

/** A post without a time is the newest, as in pages/thread.py. */
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

/** Say where a text came from if that was no device: "on paper, table 4". */
export function originOf(content: { origin?: PaperText } | null | undefined): string {
  const origin = content?.origin;
  if (!origin) return "";
  return origin.table ? `on paper, table ${origin.table}` : "on paper";
}
