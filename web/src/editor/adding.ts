/** A line that nobody and no machine wrote down: when it is said, and how it is sent. */

import { randomName } from "../offline/outbox-store";
import type { Act } from "./service";
import type { Cue } from "./sheet";

const SHORTEST_MS = 1_000;
const USUAL_MS = 4_000;

export interface Added {
  at: string;
  end_at: string;
  speaker: string | null;
}

/** An id as the server takes it for a new line. */
export function newId(): string {
  return `q_${randomName().replace(/[^a-z0-9]/giu, "").slice(0, 24)}`;
}

/**
 * When a line between two others is said: from where the picture stands, if that is
 * between them, else from the end of the first; up to the second where that leaves it
 * a second, for people speak at once. Null where nothing says when.
 */
export function timesOfAdded(
  before: Cue | undefined,
  after: Cue | undefined,
  shown: string | null,
): { at: string; end_at: string } | null {
  const from = before && Date.parse(before.at) + 1;
  const to = after && Date.parse(after.at);
  const seen = shown === null ? undefined : Date.parse(shown);
  const within = seen !== undefined && seen >= (from ?? seen) && seen < (to ?? Infinity);
  const start = within ? seen : before && Date.parse(before.end_at);
  if (start === undefined) return null;
  // It stands after the line before it, whatever that one's end.
  const at = Math.max(from ?? start, to === undefined ? start : Math.min(start, to - 1));
  const room = to === undefined ? USUAL_MS : to - at;
  const length = room < SHORTEST_MS ? USUAL_MS / 2 : Math.min(USUAL_MS, room);
  return { at: new Date(at).toISOString(), end_at: new Date(at + length).toISOString() };
}

/** What is kept on the device of a line that the server does not have. */
export function addedOf(cue: Cue): { added?: Added } {
  const { at, end_at, speaker } = cue;
  return cue.fresh ? { added: { at, end_at, speaker } } : {};
}

/** The act that makes it. */
export function addOf(cue: Cue): Act {
  const { cue_id, at, end_at, speaker, text } = cue;
  return { do: "add", cue_id, at, end_at, speaker, text };
}
