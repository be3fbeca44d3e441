/** How long a session still lasts, in words; as pages/board/running.py says it. */

import type { WireMeeting, WireSession } from "../feed/types";

export type Prompt = "" | "ten" | "five" | "over";

const MINUTE = 60_000;

export function promptFor(leftMs: number): Prompt {
  if (leftMs <= 0) return "over";
  if (leftMs <= 5 * MINUTE) return "five";
  return leftMs <= 10 * MINUTE ? "ten" : "";
}

export function wordsLeft(leftMs: number): { words: string; prompt: Prompt } {
  const minutes = Math.ceil(leftMs / MINUTE);
  const words = minutes > 0 ? `${minutes} min left` : `over by ${Math.abs(minutes)} min`;
  return { words, prompt: promptFor(leftMs) };
}

/** Whether somebody said that it began and nobody that it ended. */
export function isRunning(session: WireSession): boolean {
  return session.spans.length > 0 && session.spans.at(-1)!.to_at === null;
}

/** When a session is to end: as extended, else as its time says. */
export function endOf(session: WireSession, state: WireMeeting): number | null {
  const at = session.until_at ?? state.slots[session.slot_id ?? ""]?.ends_at;
  return at ? Date.parse(at) : null;
}

/** The session that is on in a room now. */
export function runningIn(state: WireMeeting, roomId: string): WireSession | null {
  const found = Object.values(state.sessions).find(
    (one) => isRunning(one) && one.spans.at(-1)!.room_id === roomId,
  );
  return found ?? null;
}
