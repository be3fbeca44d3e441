/** Markers as places in what a player holds. */

import type { WireMarker } from "../types";

export interface Chapter {
  id: string;
  kind: WireMarker["kind"];
  label: string;
  at: string;
  /** Playable second. */
  seconds: number;
}

/**
 * The markers of a room that can be reached, in order of time. `endAt` is the last
 * moment that this viewer could see: what is marked after it has not happened here.
 */
export function chaptersOf(
  markers: Iterable<WireMarker>,
  roomId: string,
  secondsAt: (iso: string) => number | null,
  endAt: Date | null,
): Chapter[] {
  const chapters: Chapter[] = [];
  for (const { marker_id, room_id, kind, marked_at, content } of markers) {
    if (room_id !== roomId || !content?.label) continue;
    if (endAt && Date.parse(marked_at) > endAt.getTime()) continue;
    const seconds = secondsAt(marked_at);
    if (seconds === null) continue;
    chapters.push({ id: marker_id, kind, label: content.label, at: marked_at, seconds });
  }
  return chapters.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** What is on at a second: the last of each kind; a new item ends the speaker. */
export function standingAt(
  chapters: readonly Chapter[],
  seconds: number,
): Partial<Record<Chapter["kind"], Chapter>> {
  const now: Partial<Record<Chapter["kind"], Chapter>> = {};
  for (const chapter of chapters) {
    if (chapter.seconds > seconds + 0.05) break;
    if (chapter.kind === "agenda") {
      delete now.speaker;
      delete now.slide;
    }
    now[chapter.kind] = chapter;
  }
  return now;
}

/** "Now: Budget · Ann Example", as a viewer reads it. */
export function nowWords(standing: ReturnType<typeof standingAt>): string {
  return [standing.agenda?.label, standing.speaker?.label].filter(Boolean).join(" · ");
}

/** The next chapter after a second, or the one before it. */
export function neighbour(
  chapters: readonly Chapter[],
  seconds: number,
  step: 1 | -1,
): Chapter | undefined {
  if (step > 0) return chapters.find((chapter) => chapter.seconds > seconds + 0.5);
  // Just after a beginning, "previous" means the one before.
  return chapters.findLast((chapter) => chapter.seconds < seconds - 2);
}
