/** Rooms, times and sessions as pages show them; as pages/board/timetable.py does. */

import type { Me } from "../frame/page";
import type { WireMeeting, WireRoom, WireSession, WireSlot } from "../feed/types";

export type RoomState =
  | "coming"
  | "live"
  | "interrupted"
  | "paused"
  | "off"
  | "ended";
export type TimeState = "past" | "now" | "next" | "later";

export interface TimeView {
  slot: WireSlot;
  state: TimeState;
  cells: (WireSession | null)[];
  newDay: boolean;
  full: boolean;
}

export interface TimetableView {
  rooms: WireRoom[];
  times: TimeView[];
  proposals: WireSession[];
  severalDays: boolean;
}

/** What a room's broadcast is: to its public at a moment; without one, to staff. */
export function roomState(room: WireRoom, phase: string, now?: number): RoomState {
  const seen = now === undefined ? room : seenAt(room, now);
  // Whose picture still goes on sees the end when it ends.
  if (phase === "ended" && (seen === room || seen.channel === "off")) return "ended";
  if (seen.channel === "hold") return "paused";
  if (seen.channel === "on") return seen.connected ? "live" : "interrupted";
  return seen.ever_on_air ? "off" : "coming";
}

/** A meeting's phase as the public sees it: live until its last picture was shown. */
export function seenPhase(state: WireMeeting, now: number): string {
  const goesOn = (room: WireRoom): boolean => roomState(room, "ended", now) !== "ended";
  return state.phase === "ended" && Object.values(state.rooms).some(goesOn)
    ? "live"
    : state.phase;
}

type Seen = Pick<WireRoom, "channel" | "connected" | "ever_on_air">;

/** With a delay the public sees a room as it was. */
function seenAt(room: WireRoom, now: number): Seen {
  // A pause that takes seconds back stops the picture at once.
  if (!room.delay_seconds || room.held_from !== null) return room;
  const until = now - room.delay_seconds * 1000;
  const last = room.airings.findLast((each) => Date.parse(each.at) <= until);
  if (!last) return { channel: "off", connected: false, ever_on_air: false };
  return { channel: last.channel, connected: last.connected, ever_on_air: true };
}

/** When the public will see the next of a room's changes; null: it saw them all. */
export function nextSightAt(room: WireRoom, now: number): number | null {
  const delay = room.delay_seconds * 1000;
  const sights = room.airings.map((each) => Date.parse(each.at) + delay);
  return sights.find((at) => at > now) ?? null;
}

/** Whether there is, or will be, something to play. */
export function isPlayable(room: WireRoom): boolean {
  return room.ever_on_air || room.recording_revision > 0;
}

/** Whether this reader hosts a session: as host, co-host or by a duty. */
export function isHosting(session: WireSession, me: Me | null): boolean {
  if (!me) return false;
  const hosts = [session.host_id, ...session.cohost_ids];
  const ids = [session.session_id, ...session.merged_ids];
  return (
    (me.member_id !== null && hosts.includes(me.member_id)) ||
    ids.some((id) => me.duties.includes(`host:${id}`))
  );
}

/** Whether a session is this reader's: it hosts it, or asked for it. */
export function isMine(session: WireSession, me: Me | null): boolean {
  const asked = session.ask && session.asked_by !== null;
  return isHosting(session, me) || (asked && session.asked_by === (me?.member_id ?? null));
}

/** Whether this reader may say where a session stands. */
export function mayPlace(session: WireSession, me: Me | null, state: WireMeeting): boolean {
  if (!me || state.phase === "ended") return false;
  if (me.facilitates) return true;
  if (!isHosting(session, me) || session.ask) return false;
  if (state.board_mode === "queue") return state.pitching === session.session_id;
  return state.board_mode === "open";
}

/** Sessions laid out on rooms and times; `dateOf` gives a moment's local date. */
export function viewTimetable(
  state: WireMeeting,
  nowMs: number,
  dateOf: (iso: string) => string,
): TimetableView {
  const rooms = Object.values(state.rooms);
  const sessions = Object.values(state.sessions);
  const slots = Object.values(state.slots).sort(
    (a, b) => order(a.starts_at, b.starts_at) || order(a.ends_at, b.ends_at),
  );
  const next = Math.min(
    ...slots.map((slot) => Date.parse(slot.starts_at)).filter((at) => at > nowMs),
  );
  let day: string | null = null;
  const times = slots.map((slot) => {
    const cells = rooms.map((room) => standing(sessions, room, slot));
    const date = dateOf(slot.starts_at);
    const newDay = date !== day;
    day = date;
    const full = cells.length > 0 && !cells.includes(null);
    return { slot, state: timeState(slot, state.phase, nowMs, next), cells, newDay, full };
  });
  const placed = (session: WireSession): boolean =>
    session.slot_id !== null && session.slot_id in state.slots;
  return {
    rooms,
    times,
    proposals: sessions.filter((session) => !placed(session)).sort(byInterest),
    severalDays: times.filter((time) => time.newDay).length > 1,
  };
}

function standing(
  sessions: WireSession[],
  room: WireRoom,
  slot: WireSlot,
): WireSession | null {
  const { room_id } = room;
  const { slot_id } = slot;
  return sessions.find((s) => s.room_id === room_id && s.slot_id === slot_id) ?? null;
}

function timeState(
  slot: WireSlot,
  phase: string,
  nowMs: number,
  nextMs: number,
): TimeState {
  const startsAt = Date.parse(slot.starts_at);
  if (phase === "ended" || Date.parse(slot.ends_at) <= nowMs) return "past";
  if (startsAt <= nowMs) return "now";
  return startsAt === nextMs ? "next" : "later";
}

function byInterest(a: WireSession, b: WireSession): number {
  return b.interest - a.interest || order(titleOf(a), titleOf(b));
}

function titleOf(session: WireSession): string {
  return (session.content?.title ?? "").toLowerCase();
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
