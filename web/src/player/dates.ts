/** Between the clock and the seconds of a recording (EXT-X-PROGRAM-DATE-TIME). */

export interface DatedSpan {
  /** Playable second at which it begins. */
  start: number;
  duration: number;
  /** The moment at which it begins, in ms since 1970. */
  date: number;
}

/** The playable second of a moment; what lies in a pause leads to its end. */
export function secondsAt(spans: readonly DatedSpan[], ms: number): number | null {
  for (const { start, duration, date } of spans) {
    if (ms < date) return start;
    if (ms < date + duration * 1_000) return start + (ms - date) / 1_000;
  }
  const last = spans.at(-1);
  return last ? last.start + last.duration : null;
}

/** The moment of a playable second. */
export function dateAt(spans: readonly DatedSpan[], seconds: number): Date | null {
  const span = spans.findLast(({ start }) => start <= seconds);
  return span ? new Date(span.date + (seconds - span.start) * 1_000) : null;
}
