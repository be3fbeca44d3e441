/** Things that don't fit a screen at once take turns, by the clock. */

export interface Turn<T> {
  shown: T[];
  /** How many come before those shown. */
  first: number;
  turns: number;
}

/** What is shown at a moment, if `fit` are shown at once and each turn lasts `each_ms`. */
export function takeTurns<T>(all: T[], fit: number, now_ms: number, each_ms: number): Turn<T> {
  const turns = Math.max(1, Math.ceil(all.length / fit));
  // Turns of equal size: 5 and 1 would leave one alone on an empty screen.
  const size = Math.ceil(all.length / turns);
  const first = (Math.floor(now_ms / each_ms) % turns) * size;
  return { shown: all.slice(first, first + size), first, turns };
}
