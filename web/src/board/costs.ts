/** What it would cost to put a session into each cell, and how that is said. */

import type { Moments } from "../wording/moments";
import type { WireMeeting, WireRoom, WireSession, WireSlot } from "../feed/types";
import { hostIdsOf, hostsOf } from "../views/hosts";
import type { TimetableView, TimeView } from "../views/timetable";

export type Level = "good" | "fair" | "poor" | "taken" | "home" | "over" | "no";

/** What the server says of a cell: it knows who wants what, and the rooms. */
export interface ToldCost {
  room_id: string;
  slot_id: string;
  level: "good" | "fair" | "bad" | "no";
  /** Short sentences, such as "14 people lose something here." */
  words: string;
}

/** What the server told, by room and time. */
export type Told = ReadonlyMap<string, ToldCost>;

export interface Cost {
  room: WireRoom;
  slot: WireSlot;
  level: Level;
  /** What stands there already. */
  taken: string | null;
  /** What speaks against it, each a short sentence without full stop. */
  troubles: string[];
}

export function keyOf(place: { room_id: string; slot_id: string }): string {
  return `${place.room_id}|${place.slot_id}`;
}

/** The costs of every cell for a session, in the order of rows and rooms. */
export function weighCells(
  session: WireSession,
  table: TimetableView,
  state: WireMeeting,
  told: Told | null,
): Cost[][] {
  return table.times.map((time) =>
    table.rooms.map((room, column) =>
      weigh(session, room, time, time.cells[column] ?? null, state, told),
    ),
  );
}

function weigh(
  session: WireSession,
  room: WireRoom,
  time: TimeView,
  standing: WireSession | null,
  state: WireMeeting,
  told: Told | null,
): Cost {
  const { slot } = time;
  const here = standing?.session_id === session.session_id;
  const taken = standing && !here ? (standing.content?.title ?? "a session") : null;
  const said = told?.get(keyOf({ room_id: room.room_id, slot_id: slot.slot_id }));
  const troubles = said
    ? sentences(said.words)
    : guessTroubles(session, room, time, state);
  const label = slot.content?.label;
  if (label && time.state !== "past") troubles.push(`This is time for: ${label}`);
  return { room, slot, taken, troubles, level: levelOf() };

  function levelOf(): Level {
    if (here) return "home";
    if (taken !== null) return "taken";
    if (time.state === "past") return "over";
    if (said?.level === "no") return "no";
    if (said) return said.level === "bad" || label ? "poor" : said.level;
    if (room.closed || slot.kind === "break") return "no";
    return troubles.length ? "poor" : "good";
  }
}

function sentences(words: string): string[] {
  return words
    .split(/(?<=\.)\s+/u)
    .map((sentence) => sentence.replace(/\.$/u, ""))
    .filter(Boolean);
}

/** What can be seen without the server: no line, or a reader who isn't told. */
function guessTroubles(
  session: WireSession,
  room: WireRoom,
  time: TimeView,
  state: WireMeeting,
): string[] {
  const { slot } = time;
  const troubles = [...hostClashes(session, slot, state), ...roomTroubles(session, room)];
  if (time.state === "past") troubles.push("This time is over");
  if (room.closed) troubles.push("The room is closed");
  return troubles;
}

function hostClashes(
  session: WireSession,
  slot: WireSlot,
  state: WireMeeting,
): string[] {
  const hosts = hostIdsOf(session);
  const names = hostsOf(session);
  return Object.values(state.sessions).flatMap((other) => {
    if (other.session_id === session.session_id || other.slot_id !== slot.slot_id) return [];
    const both = hostIdsOf(other).find((id) => hosts.includes(id));
    if (both === undefined) return [];
    const where = state.rooms[other.room_id ?? ""]?.content?.name ?? "another room";
    return [`${names[hosts.indexOf(both)] ?? "The host"} hosts in ${where} at this time`];
  });
}

function roomTroubles(session: WireSession, room: WireRoom): string[] {
  const { capacity } = room;
  if (capacity === null || session.interest <= capacity) return [];
  return [`${capacity} seats for ${session.interest} people`];
}

/** Spoken: "Oak, 10:30, free. 14 people lose something here." */
export function sayCost(cost: Cost, moments: Moments, day: boolean): string {
  const { room, slot, taken, level } = cost;
  const when = day
    ? `${moments.day(slot.starts_at)}, ${moments.clock(slot.starts_at)}`
    : moments.clock(slot.starts_at);
  const status =
    level === "home" ? "where it stands" : taken ? `taken by “${taken}”` : "free";
  const said = [`${room.content?.name ?? "Room"}, ${when}, ${status}`];
  if (!taken) {
    said.push(...cost.troubles);
  }
  return `${said.join(". ")}.`;
}
