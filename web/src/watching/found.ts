/** Where something was said in the room that is shown: search tells, others show it. */

export interface FoundPlace {
  room: string;
  at: string;
  speaker: string | null;
  agenda_item: string | null;
  text_html: string;
}

/** `fm-found`: the places in one room; none when nobody searches any more. */
export interface Found {
  room_id: string;
  places: readonly FoundPlace[];
}

let last: Found | null = null;

/** The places in a room that were told last, also before somebody listened. */
export function foundIn(roomId: string): readonly FoundPlace[] {
  return last?.room_id === roomId ? last.places : [];
}

export function tellFound(found: Found): void {
  last = found;
  document.dispatchEvent(new CustomEvent<Found>("fm-found", { detail: found }));
}

const SLACK_MS = 400;
const AGAIN_MS = 2_000;

/** Which place is heard at a moment, or was last; -1 before the first. */
export function placeAt(places: readonly FoundPlace[], ms: number): number {
  return places.findLastIndex((place) => Date.parse(place.at) <= ms + SLACK_MS);
}

/**
 * The next place after a moment, or the one before it; around at the ends. Back from
 * the middle of a place leads to its beginning first.
 */
export function stepPlace(
  places: readonly FoundPlace[],
  ms: number | null,
  step: 1 | -1,
): FoundPlace | undefined {
  const here = ms === null ? -1 : placeAt(places, ms);
  if (step > 0) return places[here + 1] ?? places[0];
  const current = places[here];
  const inside = ms !== null && current && ms - Date.parse(current.at) > AGAIN_MS;
  return inside ? current : (places[here - 1] ?? places.at(-1));
}
