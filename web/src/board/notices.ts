/** Notices as people read them, as pages/board/notices.py says them. */

import type { Moments } from "../wording/moments";
import { describePlace, placeOf } from "./moves";
import type { WireMeeting, WireNotice } from "../feed/types";

export type NoticeData = Pick<
  WireNotice,
  "kind" | "session_id" | "room_id" | "slot_id" | "contribution_id"
>;

type Say = (title: string, place: string) => string;

const SENTENCES: Record<WireNotice["kind"], Say> = {
  placed: (title, place) => `“${title}” has its place: ${place}.`,
  moved: (title, place) => `“${title}” has moved to ${place}.`,
  unplaced: (title) => `“${title}” is back among the proposals.`,
  cancelled: () => "A session you cared about was withdrawn.",
  merged: (title, place) =>
    `“${title}” now holds two sessions in one. It stands in ${place}.`,
  split: (title) =>
    `“${title}” was split off. You are counted for both; change it where not.`,
  split_ask: (title) => `“${title}” was split off. Say whether you would come to it.`,
  time_changed: (title, place) => `The time of “${title}” has changed: ${place}.`,
  room_closed: (title) => `The room of “${title}” is closed. It will be moved.`,
  hosts_changed: (title) => `The hosts of “${title}” have changed.`,
  answered: (title) => `There is an answer to “${title}”.`,
  promised: (title) => `An answer to “${title}” was promised.`,
  answer_changed: (title) => `The answer to “${title}” was corrected.`,
  answer_withdrawn: (title) => `The answer to “${title}” was taken back.`,
};

export function sayNotice(
  notice: NoticeData,
  state: WireMeeting,
  moments: Moments,
): string {
  const session = state.sessions[notice.session_id];
  const { room_id, slot_id } = notice;
  const told = room_id && slot_id ? { room_id, slot_id } : null;
  const place = told ?? (session ? placeOf(session) : null);
  const title =
    notice.contribution_id === null
      ? (session?.content?.title ?? "A session")
      : shorten(state.contributions[notice.contribution_id]?.content?.text);
  return SENTENCES[notice.kind](title, describePlace(place, state, moments));
}

/** As `shorten` of pages/board/notices.py. */
function shorten(text: string | undefined): string {
  const line = (text ?? "").trim().split("\n")[0] || "what you wrote";
  return line.length > 80 ? `${line.slice(0, 79).trimEnd()}…` : line;
}
