/** Moving a session: said in words, with a way back and a way on. */

import { chooseVersion } from "../frame/dialogs";
import type { LiveMeeting } from "../meeting";
import type { Moments } from "../wording/moments";
import type { OutboxItem } from "../offline/outbox-store";
import { toast } from "../frame/toasts";
import type { WireMeeting, WireSession } from "../feed/types";

/** A place on the timetable; null is among the proposals. */
export type Place = { room_id: string; slot_id: string } | null;

export function placeOf(session: WireSession): Place {
  const { room_id, slot_id } = session;
  return room_id !== null && slot_id !== null ? { room_id, slot_id } : null;
}

/** "Hall, 10:15", or where the proposals are. */
export function describePlace(
  place: Place,
  state: WireMeeting,
  moments: Moments,
): string {
  if (!place) return "the proposals";
  const room = state.rooms[place.room_id]?.content?.name ?? "a room";
  const slot = state.slots[place.slot_id];
  return slot ? `${room}, ${moments.clock(slot.starts_at)}` : room;
}

/** Sessions as they will stand once what is on its way has arrived. */
export function withPendingMoves(
  state: WireMeeting,
  pending: readonly OutboxItem[],
): WireMeeting {
  const moves = pending.filter(
    ({ type, state: standing }) =>
      (type === "session.place" || type === "session.unplace") && standing !== "refused",
  );
  if (!moves.length) return state;
  const sessions = { ...state.sessions };
  for (const { type, data } of moves) {
    const session = sessions[data["session_id"] as string];
    if (!session) continue;
    const place =
      type === "session.place"
        ? { room_id: data["room_id"] as string, slot_id: data["slot_id"] as string }
        : { room_id: null, slot_id: null };
    sessions[session.session_id] = { ...session, ...place };
  }
  return { ...state, sessions };
}

/** Move a session that stands as `seen`; tells how it went. */
export async function moveSession(
  meeting: LiveMeeting,
  moments: Moments,
  seen: WireSession,
  target: Place,
): Promise<void> {
  const from = placeOf(seen);
  const title = seen.content?.title ?? "The session";
  const outcome = await submitMove(meeting, seen.session_id, target, seen.version);
  const state = meeting.state;
  if (!state) return;
  const there = describePlace(target, state, moments);
  if (outcome.ok) {
    const undo = (): void => {
      const now = meeting.state?.sessions[seen.session_id];
      if (now) void moveSession(meeting, moments, now, from);
    };
    toast(`“${title}” now stands in ${there}.`, { word: "Undo", act: undo });
    return;
  }
  await meeting.outbox?.discard(outcome.item.key);
  const now = state.sessions[seen.session_id];
  if (outcome.item.refusal?.code !== "outdated" || !now) {
    toast(outcome.item.refusal?.message ?? "This was refused.");
    return;
  }
  const anyway = await chooseVersion({
    title: `Someone moved “${title}” in the meantime`,
    theirs: { word: "It stands in", place: describePlace(placeOf(now), state, moments) },
    yours: { word: "You chose", place: there },
    keep: "Keep theirs",
    take: "Move anyway",
  });
  const latest = meeting.state?.sessions[seen.session_id];
  if (anyway && latest) await moveSession(meeting, moments, latest, target);
}

function submitMove(
  meeting: LiveMeeting,
  session_id: string,
  target: Place,
  version: number,
): ReturnType<LiveMeeting["submit"]> {
  return target
    ? meeting.submit("session.place", { session_id, ...target }, version)
    : meeting.submit("session.unplace", { session_id }, version);
}
