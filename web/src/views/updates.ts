/** Live updates as pages show them; as pages/live/updates.py does. */

import type { WireMeeting, WireUpdate } from "../feed/types";

export interface Shown {
  kind: "contribution" | "session" | "clip";
  href: string;
  title: string;
  text: string;
  contributionKind: string;
}

export interface UpdateView {
  key: string;
  update: WireUpdate;
  /** The moment that it speaks to. */
  at: string;
  shown: Shown | null;
  /** What it showed can no longer be read. */
  lost: boolean;
}

/** What stands, the newest moment first. */
export function viewUpdates(state: WireMeeting): UpdateView[] {
  return Object.values(state.updates)
    .filter((update) => !update.withdrawn && update.content)
    .map((update) => viewUpdate(update, state))
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function viewUpdate(update: WireUpdate, state: WireMeeting): UpdateView {
  const at = update.about_at ?? update.posted_at ?? update.changed_at;
  const shown = showOf(update, state);
  const lost = update.embed !== null && shown === null;
  return { key: update.update_id, update, at, shown, lost };
}

function showOf(update: WireUpdate, state: WireMeeting): Shown | null {
  const base = `/m/${state.slug}`;
  const none = { text: "", contributionKind: "" };
  if (update.embed === "clip") {
    return { ...none, kind: "clip", href: "", title: "" };
  }
  if (update.embed === "contribution") {
    const post = state.contributions[update.embed_id ?? ""];
    if (!post?.content || post.hidden || post.withdrawn) return null;
    return {
      kind: "contribution",
      href: `${base}/c/${post.contribution_id}`,
      title: post.content.author ?? "",
      text: post.content.text,
      contributionKind: post.kind,
    };
  }
  if (update.embed === "session") {
    let id = update.embed_id ?? "";
    while (state.merged[id]) id = state.merged[id]!;
    const session = state.sessions[id];
    if (!session?.content) return null;
    return { ...none, kind: "session", href: `${base}/s/${id}`, title: session.content.title };
  }
  return null;
}

/** The last of these that speaks to a moment up to `at` of a room, or of none. */
export function currentAt(
  updates: readonly UpdateView[],
  room: string,
  at: number,
): UpdateView | null {
  const here = updates.filter(
    ({ update }) => update.room_id === null || update.room_id === room,
  );
  return here.find((view) => Date.parse(view.at) <= at) ?? null;
}
