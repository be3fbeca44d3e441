/** What a recording lacks, as its timeline shows it. */

export interface Gap {
  starts_at: string;
  ends_at: string;
  reason: string;
}

/** A gap in playable seconds: what is left out of a recording has no length in it. */
export interface PlacedGap {
  from: number;
  to: number;
  words: string;
}

// So near to a mark, as a share of the timeline, one means it.
const NEAR = 0.008;

/** Asks for a room's gaps, and again when its recording has changed. */
export class Gaps {
  private known: Gap[] = [];
  private asked: string | null = null;

  constructor(
    private readonly address: string,
    private readonly changed: () => void,
  ) {}

  /** The gaps as they are at this version of the recording. */
  at(version: string): readonly Gap[] {
    if (this.asked !== version) {
      this.asked = version;
      void this.ask(version);
    }
    return this.known;
  }

  private async ask(version: string): Promise<void> {
    try {
      const response = await fetch(this.address, { credentials: "same-origin" });
      if (!response.ok || this.asked !== version) return;
      this.known = ((await response.json()) as { gaps: Gap[] }).gaps;
      this.changed();
    } catch {
      // Off line; what was known stays.
    }
  }
}

/** Where gaps lie; those before or after all that plays are left out. */
export function placeGaps(
  gaps: readonly Gap[],
  secondsAt: (iso: string) => number | null,
  end: number,
): PlacedGap[] {
  const placed = [];
  for (const { starts_at, ends_at, reason } of gaps) {
    const from = secondsAt(starts_at);
    const to = secondsAt(ends_at);
    if (from === null || to === null || to <= 0 || from >= end) continue;
    const seconds = (Date.parse(ends_at) - Date.parse(starts_at)) / 1_000;
    placed.push({ from, to, words: `Missing: ${sayLength(seconds)}. ${reason}` });
  }
  return placed;
}

/** The gap at or beside a place. */
export function gapAt(
  gaps: readonly PlacedGap[],
  seconds: number,
  end: number,
): PlacedGap | null {
  const near = end * NEAR;
  return gaps.find(({ from, to }) => from - near <= seconds && seconds <= to + near) ?? null;
}

/** How long something lasts, as pages/watching/recording.py says it. */
export function sayLength(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}
