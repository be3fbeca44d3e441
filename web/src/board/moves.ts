/** Moving a session: said in words, with a way back and a way on. */

import { chooseVersion } from "../frame/dialogs";
import type { LiveMeeting } from "../meeting";
import type { Moments } from "../wording/moments";
import { DISCARDED } from "../offline/outbox";
import type { OutboxItem } from "../offline/outbox-store";
import { toast, type Toast } from "../frame/toasts";
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

/** After so long, in ms, the way back is offered though the move has yet to arrive. */
const OFFER_MS = 1_000;

/** Move a session that stands as `seen`; tells how it went. */
export async function moveSession(
  meeting: LiveMeeting,
  moments: Moments,
  seen: WireSession,
  target: Place,
): Promise<void> {
  const from = placeOf(seen);
  const title = seen.content?.title ?? "The session";
  const { key, outcome } = await keepMove(meeting, seen.session_id, target, seen.version);
  const there = (place: Place): string =>
    meeting.state ? describePlace(place, meeting.state, moments) : "its place";
  const undo = async (): Promise<void> => {
    if (await meeting.outbox?.discard(key)) {
      toast(`“${title}” stays in ${there(from)}.`);
      return;
    }
    // It has left and may stand in the journal: it is moved back from there.
    const went = await outcome;
    if (!went.ok) return;
    await meeting.whenSeen(went.answer);
    const now = meeting.state?.sessions[seen.session_id];
    if (now) await moveSession(meeting, moments, now, from);
  };
  const offer = { word: "Undo", act: () => void undo() };
  let note: Toast | undefined;
  // The card stands there at once: so does the way back, also on a slow line.
  const slow = setTimeout(() => {
    note = toast(`“${title}” is on its way to ${there(target)}.`, offer);
  }, OFFER_MS);
  const went = await outcome;
  clearTimeout(slow);
  if (went.ok) {
    const words = `“${title}” now stands in ${there(target)}.`;
    if (!note) toast(words, offer);
    else if (!note.taken && !note.say(words)) toast(words, offer);
    return;
  }
  note?.close();
  if (went.item.refusal?.code === DISCARDED) return;
  await meeting.outbox?.discard(key);
  const now = meeting.state?.sessions[seen.session_id];
  if (went.item.refusal?.code !== "outdated" || !now) {
    toast(went.item.refusal?.message ?? "This was refused.");
    return;
  }
  const anyway = await chooseVersion({
    title: `Someone moved “${title}” in the meantime`,
    theirs: { word: "It stands in", place: there(placeOf(now)) },
    yours: { word: "You chose", place: there(target) },
    keep: "Keep theirs",
    take: "Move anyway",
  });
  const latest = meeting.state?.sessions[seen.session_id];
  if (anyway && latest) await moveSession(meeting, moments, latest, target);
}

function keepMove(
  meeting: LiveMeeting,
  session_id: string,
  target: Place,
  version: number,
): ReturnType<LiveMeeting["keep"]> {
  return target
    ? meeting.keep("session.place", { session_id, ...target }, version)
    : meeting.keep("session.unplace", { session_id }, version);
}
