/** Counts as they will be: what I have just pressed is shown before the tally is. */

const HOLD_MS = 3_000;

interface Press {
  count: number;
  until: number;
}

export class Votes {
  private readonly presses = new Map<string, Press>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Note a press: `level` new, `before` the level that was shown. */
  press(id: string, shown: number, before: number, level: number): void {
    const count = Math.max(0, shown + level - before);
    this.presses.set(id, { count, until: this.now() + HOLD_MS });
  }

  /** A tally for this id came. */
  tallied(id: string): void {
    this.presses.delete(id);
  }

  /** The count to show. */
  shown(id: string, tally: number): number {
    const press = this.presses.get(id);
    if (!press) return tally;
    if (press.until < this.now()) {
      this.presses.delete(id);
      return tally;
    }
    return press.count;
  }
}
