/** The lines of a room as an editor has them: in order of time, each with its revision. */

export type Origin = "machine" | "typed" | "imported";

export interface Cue {
  cue_id: string;
  revision: number;
  at: string;
  end_at: string;
  text: string;
  origin: Origin;
  provenance: string;
  speaker: string | null;
  by_person: boolean;
  checked_by: string | null;
  waits: boolean;
  /** Starts of the words in ms from the line's own start, where they are known. */
  words: readonly number[];
  /** Places of words that the machine was not sure of. */
  doubtful: readonly number[];
  /** Begun on this page; the server has not heard of it. */
  fresh: boolean;
}

/** As the server sends it: what is empty is left out. */
export type WireCue = Pick<
  Cue,
  "cue_id" | "revision" | "at" | "end_at" | "text" | "origin" | "provenance"
> &
  Partial<Cue>;

export function readCue(wire: WireCue): Cue {
  return {
    speaker: null,
    by_person: false,
    checked_by: null,
    waits: false,
    words: [],
    doubtful: [],
    fresh: false,
    ...wire,
  };
}

export class Sheet {
  private readonly byId = new Map<string, Cue>();
  private ordered: Cue[] | null = null;
  private places: Map<string, number> | null = null;

  get all(): readonly Cue[] {
    this.ordered ??= [...this.byId.values()].sort(compare);
    return this.ordered;
  }

  get size(): number {
    return this.byId.size;
  }

  get(id: string | null): Cue | undefined {
    return id === null ? undefined : this.byId.get(id);
  }

  placeOf(id: string | null): number {
    this.places ??= new Map(this.all.map((cue, place) => [cue.cue_id, place]));
    return id === null ? -1 : (this.places.get(id) ?? -1);
  }

  /** Take what the server says, unless it is older; whether lines came or moved. */
  take(cues: readonly Cue[], removed: readonly string[] = []): boolean {
    let moved = false;
    for (const id of removed) moved = this.byId.delete(id) || moved;
    for (const cue of cues) {
      const known = this.byId.get(cue.cue_id);
      if (known && known.revision > cue.revision) continue;
      moved ||= !known || known.at !== cue.at || known.end_at !== cue.end_at;
      this.byId.set(cue.cue_id, cue);
      if (known && this.ordered) {
        const place = this.placeOf(cue.cue_id);
        if (place >= 0) this.ordered[place] = cue;
      }
    }
    if (moved) this.ordered = this.places = null;
    return moved;
  }

  /** Take a span as the server has it now: what is not in it any more goes. */
  takeSpan(cues: readonly Cue[], from: string | null, to: string | null): boolean {
    const fresh = new Set(cues.map((cue) => cue.cue_id));
    const gone = this.all
      .filter((cue) => (!from || cue.end_at > from) && (!to || cue.at < to))
      .filter((cue) => !cue.fresh && !fresh.has(cue.cue_id));
    return this.take(
      cues,
      gone.map((cue) => cue.cue_id),
    );
  }

  /** Everyone who is named, the most frequent first, with the number of lines. */
  speakers(): [name: string, lines: number][] {
    const counts = new Map<string, number>();
    for (const { speaker } of this.byId.values()) {
      if (speaker) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  }

  counts(): { lines: number; checked: number; waiting: number } {
    const found = { lines: this.size, checked: 0, waiting: 0 };
    for (const cue of this.byId.values()) {
      if (cue.provenance === "verified") found.checked += 1;
      if (cue.waits) found.waiting += 1;
    }
    return found;
  }

  /** The last line that begins at or before a moment, ISO 8601. */
  lineAt(at: string): Cue | undefined {
    const { all } = this;
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    return all[low - 1];
  }
}

function compare(a: Cue, b: Cue): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  if (a.end_at !== b.end_at) return a.end_at < b.end_at ? -1 : 1;
  return a.cue_id < b.cue_id ? -1 : 1;
}
