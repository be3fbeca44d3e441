/** Where a phrase was said, as a strip of heat over the player's timeline. */

import { html, nothing } from "lit";

import type { FoundPlace } from "../watching/found";
import type { Piece } from "../wording/pieces";

/** So many places there are in the strip; what falls into one place is one mark. */
const PLACES = 120;

export interface Heat {
  seconds: number;
  place: FoundPlace;
  count: number;
}

/** The marks that a viewer can reach, in order of time. */
export function heatOf(
  places: readonly FoundPlace[],
  secondsAt: (iso: string) => number | null,
  end: number,
): Heat[] {
  const marks = new Map<number, Heat>();
  for (const place of places) {
    const seconds = secondsAt(place.at);
    if (seconds === null || seconds > end) continue;
    const slot = Math.floor((seconds / Math.max(end, 1)) * PLACES);
    const known = marks.get(slot);
    if (known) known.count += 1;
    else marks.set(slot, { seconds, place, count: 1 });
  }
  return [...marks.values()].sort((a, b) => a.seconds - b.seconds);
}

/** One stop of the Tab key; arrows go along, Enter plays from there. */
export function heatStrip(
  marks: readonly Heat[],
  end: number,
  exact: (iso: string) => string,
  jump: (place: FoundPlace) => void,
): Piece {
  if (!marks.length) return nothing;
  const most = Math.max(...marks.map(({ count }) => count));
  return html`<div
    class="heat"
    role="toolbar"
    aria-label="Where it was said"
    @keydown=${walk}
    @pointermove=${(event: Event) => event.stopPropagation()}
  >
    ${marks.map(
      ({ seconds, place, count }, index) =>
        html`<button
          type="button"
          class="heat__mark"
          tabindex=${index ? -1 : 0}
          aria-label=${`${exact(place.at)}${place.speaker ? `, ${place.speaker}` : ""}` +
          (count > 1 ? `, ${count} times` : "")}
          title=${exact(place.at)}
          .style=${`--at:${Math.min(1, seconds / Math.max(end, 1))};--heat:${count / most}`}
          @click=${(event: Event) => {
            event.stopPropagation();
            jump(place);
          }}
        ></button>`,
    )}
  </div>`;
}

function walk(event: KeyboardEvent): void {
  const strip = event.currentTarget as HTMLElement;
  const all = [...strip.querySelectorAll<HTMLElement>(".heat__mark")];
  const here = all.indexOf(document.activeElement as HTMLElement);
  const to = {
    ArrowRight: here + 1,
    ArrowLeft: here - 1,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (to === undefined) {
    // Enter and Space press the mark; the player's other keys still work.
    if (event.key === " " || event.key === "Enter") event.stopPropagation();
    return;
  }
  event.stopPropagation();
  event.preventDefault();
  all[Math.min(all.length - 1, Math.max(0, to))]?.focus();
}
