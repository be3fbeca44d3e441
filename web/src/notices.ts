/** Notices as people read them, as pages/notices.py says them. */

import type { Moments } from "./moments";
import { describePlace, placeOf } from "./moves";
import type { WireMeeting, WireNotice } from "./types";

export type NoticeData = Pick<WireNotice, "kind" | "session_id" | "room_id" | "slot_id">;

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
  const title = session?.content?.title ?? "A session";
  return SENTENCES[notice.kind](title, describePlace(place, state, moments));
}
