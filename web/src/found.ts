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

export function tellFound(found: Found): void {
  document.dispatchEvent(new CustomEvent<Found>("fm-found", { detail: found }));
}

/** The next place after a moment, or the one before it; around at the ends. */
export function stepPlace(
  places: readonly FoundPlace[],
  ms: number | null,
  step: 1 | -1,
): FoundPlace | undefined {
  const at = ms ?? (step > 0 ? -Infinity : Infinity);
  const slack = 400;
  return step > 0
    ? (places.find((place) => Date.parse(place.at) > at + slack) ?? places[0])
    : (places.findLast((place) => Date.parse(place.at) < at - slack) ?? places.at(-1));
}
