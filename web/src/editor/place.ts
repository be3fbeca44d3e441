/** Where one is among the lines: the one at hand, those selected with it, the focus. */

import type { Cue, Sheet } from "./sheet";

export interface Surface {
  /** Make a line anew, and see that it is in the page. */
  refresh(place: number): void;
  reveal(place: number): void;
  lineOf(id: string | null): HTMLElement | null;
}

export class Place {
  /** The line at hand. */
  id: string | null = null;
  private anchorId: string | null = null;

  constructor(
    private readonly sheet: Sheet,
    private readonly surface: Surface,
  ) {}

  get cue(): Cue | undefined {
    return this.sheet.get(this.id);
  }

  /** The lines that an act is about: those selected, else the one at hand. */
  get selected(): Cue[] {
    const [from, to] = [this.sheet.placeOf(this.anchorId), this.sheet.placeOf(this.id)];
    if (to < 0) return [];
    if (from < 0) return [this.sheet.all[to]!];
    return this.sheet.all.slice(Math.min(from, to), Math.max(from, to) + 1);
  }

  /** Whether a line is one of several that are selected. */
  holds(number: number): boolean {
    if (this.anchorId === null) return false;
    const [from, to] = [this.sheet.placeOf(this.anchorId), this.sheet.placeOf(this.id)];
    return number >= Math.min(from, to) && number <= Math.max(from, to);
  }

  /** Several are selected no longer. */
  letGo(): void {
    this.anchorId = null;
  }

  select(id: string, extend = false): void {
    const before = this.selected.map(({ cue_id }) => cue_id);
    if (extend) this.anchorId ??= this.id;
    else this.anchorId = null;
    this.id = id;
    const after = this.selected.map(({ cue_id }) => cue_id);
    const touched = new Set([...before, ...after].map((one) => this.sheet.placeOf(one)));
    for (const number of touched) if (number >= 0) this.surface.refresh(number);
  }

  moveBy(step: number, extend = false, from: string | null = this.id): void {
    const number = this.sheet.placeOf(from) + step;
    const cue = this.sheet.all[Math.max(0, Math.min(number, this.sheet.size - 1))];
    if (!cue) return;
    this.select(cue.cue_id, extend);
    this.focus();
  }

  goTo(id: string): void {
    this.select(id);
    this.focus();
  }

  focus(): void {
    const number = this.sheet.placeOf(this.id);
    if (number < 0) return;
    this.surface.reveal(number);
    this.surface.refresh(number);
    const line = this.surface.lineOf(this.id);
    line?.focus({ preventScroll: true });
    line?.scrollIntoView({ block: "nearest" });
  }
}
