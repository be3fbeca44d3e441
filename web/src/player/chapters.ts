/** Markers as places in what a player holds. */

import type { WireMarker, WireMeeting } from "../feed/types";

/** A marker, or a quick question that was asked. */
type Mark = Pick<WireMarker, "marker_id" | "room_id" | "marked_at" | "content"> & {
  kind: WireMarker["kind"] | "question";
};

export interface Chapter {
  id: string;
  kind: Mark["kind"];
  label: string;
  at: string;
  /** Playable second. */
  seconds: number;
}

/**
 * What stands on the clock of a room: its markers, and what was asked there as far as
 * its public film has come.
 */
export function marksOf(state: WireMeeting, roomId: string, now = Date.now()): Mark[] {
  const shown = now - (state.rooms[roomId]?.delay_seconds ?? 0) * 1_000;
  const asked = Object.values(state.questions)
    .filter(({ room_id }) => room_id === null || room_id === roomId)
    .filter(({ opened_at }) => Date.parse(opened_at) <= shown)
    .map(
      (question): Mark => ({
        marker_id: question.question_id,
        room_id: roomId,
        kind: "question",
        marked_at: question.opened_at,
        content: question.content && { label: question.content.text },
      }),
    );
  return [...Object.values(state.markers), ...asked];
}

/**
 * The markers of a room that can be reached, in order of time. `endAt` is the last
 * moment that this viewer could see: what is marked after it has not happened here.
 */
export function chaptersOf(
  markers: Iterable<Mark>,
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
