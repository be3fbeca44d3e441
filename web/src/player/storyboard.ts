/** Small pictures of a recording's moments, from the server's WebVTT of them. */

export interface Still {
  start: number;
  end: number;
  sheet: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

const CUE =
  /(\d+):(\d+):(\d+\.\d+) --> (\d+):(\d+):(\d+\.\d+)\s+(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g;
const FRESH_MS = 20_000;

/** Read the cues; addresses are relative to that of the text. */
export function readStills(text: string, address: string): Still[] {
  return [...text.matchAll(CUE)].map((found) => {
    const number = (index: number): number => Number(found[index]);
    const seconds = (index: number): number =>
      number(index) * 3600 + number(index + 1) * 60 + number(index + 2);
    return {
      start: seconds(1),
      end: seconds(4),
      sheet: new URL(found[7]!, address).href,
      x: number(8),
      y: number(9),
      width: number(10),
      height: number(11),
    };
  });
}

/** The still that shows a second, or the last one before it. */
export function stillAt(stills: readonly Still[], seconds: number): Still | null {
  return stills.findLast(({ start }) => start <= seconds) ?? null;
}

/** Fetched when somebody first points at the timeline, and again while it grows. */
export class Storyboard {
  private stills: Still[] = [];
  private fetchedAt = -Infinity;
  private fetching = false;

  constructor(
    private readonly address: string,
    private readonly arrived: () => void,
  ) {}

  at(seconds: number, growing: boolean): Still | null {
    const age = performance.now() - this.fetchedAt;
    const never = this.fetchedAt === -Infinity;
    if (never || (growing && age > FRESH_MS)) void this.fetch();
    return stillAt(this.stills, seconds);
  }

  private async fetch(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    try {
      const response = await fetch(this.address);
      if (response.ok) {
        this.stills = readStills(await response.text(), response.url);
        this.arrived();
      }
    } catch {
      // There are none then; the time alone is shown.
    } finally {
      this.fetching = false;
      this.fetchedAt = performance.now();
    }
  }
}
