/** What markers say of lines: which item begins there, and who was marked as speaking. */

import type { Cue } from "./sheet";

export interface Marker {
  room_id: string;
  kind: string;
  marked_at: string;
  content?: { label: string } | null;
}

export interface Marked {
  /** The label of the item that begins at a line, by the line's id. */
  headings: ReadonlyMap<string, string>;
  /** Who speaks a line by the marks, where nobody is named. */
  suggested: ReadonlyMap<string, string>;
}

export function marksOf(
  known: readonly Marker[],
  roomId: string,
  lines: readonly Cue[],
): Marked {
  const headings = new Map<string, string>();
  const suggested = new Map<string, string>();
  const markers = known
    .filter((marker) => marker.room_id === roomId && marker.content)
    .sort((a, b) => (a.marked_at < b.marked_at ? -1 : 1));
  for (const marker of markers.filter(({ kind }) => kind === "agenda")) {
    const first = lines.find((cue) => cue.end_at > marker.marked_at);
    if (first) headings.set(first.cue_id, marker.content!.label);
  }
  const speakers = markers.filter(({ kind }) => kind === "speaker");
  let next = 0;
  for (const cue of speakers.length ? lines : []) {
    while (next < speakers.length && speakers[next]!.marked_at <= cue.at) next += 1;
    const name = speakers[next - 1]?.content?.label;
    if (name && !cue.speaker) suggested.set(cue.cue_id, name);
  }
  return { headings, suggested };
}
