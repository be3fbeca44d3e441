/** Lengths of time in words, as pages/answers.py says them. */

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;

/** A length of time, rounded down: `2 days`, `3 h 20 min`. */
export function sayWait(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes >= 2 * DAY) return `${Math.floor(minutes / DAY)} days`;
  if (minutes >= HOUR) {
    const hours = Math.floor(minutes / HOUR);
    const rest = minutes % HOUR;
    return hours < 10 && rest ? `${hours} h ${rest} min` : `${hours} h`;
  }
  return `${Math.max(minutes, 1)} min`;
}

/** How long is left, or for how long it has been due. */
export function sayDue(at: number, now: number): string {
  return at > now ? `${sayWait(at - now)} left` : `overdue by ${sayWait(now - at)}`;
}
