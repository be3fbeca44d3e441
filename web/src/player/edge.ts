/**
 * Keeps a viewer near the live edge: how fast to play, and how far behind to stay.
 *
 * hls.js has this too, but catches up only with more than a second in the buffer,
 * which parts under half a second never fill, raises its distance by whole seconds
 * after a stall and never lowers it again.
 */

/** Where a player stands; all in seconds. */
export interface Standing {
  /** Behind the end of what the server has told of. */
  lag: number;
  /** How far behind it is meant to be. */
  target: number;
  /** What lies in the buffer ahead of the playhead. */
  ahead: number;
  /** PART-TARGET. */
  part: number;
}

const FASTEST = 1.5;
const GAIN = 0.4; // of the distance, made up in each second
const NEAR_SECONDS = 0.06;
const STEPS = 20; // to one: each change of the rate may be heard, so few of them
const LOW_PARTS = 0.5;
const SLOWER = 0.92; // is not heard, and wins half a part in the time of six

/** The rate at which to play on towards the place where this player should be. */
export function chooseRate({ lag, target, ahead, part }: Standing): number {
  if (ahead < LOW_PARTS * part) return SLOWER;
  const distance = lag - target;
  if (distance < NEAR_SECONDS || ahead < 1.5 * part) return 1;
  const rate = Math.min(FASTEST, 1 + GAIN * distance);
  return Math.max(1 + 1 / STEPS, Math.round(rate * STEPS) / STEPS);
}

const CALM_MS = 45_000;
const MOST_PARTS = 4;

/** How much farther behind than the server asks: a part more after each stall. */
export class Reserve {
  private parts = 0;
  private changedAt = 0;

  /** Playing stood still for want of parts. */
  stalled(nowMs: number): void {
    this.parts = Math.min(MOST_PARTS, this.parts + 1);
    this.changedAt = nowMs;
  }

  /** In parts; half a part less after each calm while. */
  at(nowMs: number): number {
    if (this.parts && nowMs - this.changedAt > CALM_MS) {
      this.parts = Math.max(0, this.parts - 0.5);
      this.changedAt = nowMs;
    }
    return this.parts;
  }
}
