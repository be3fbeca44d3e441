/** Words that were typed and are not on the server yet, kept on this device. */

import type { Added } from "./adding";

export interface Unsent {
  revision: number;
  text: string;
  /** When it is said and by whom, of a line that the server has not heard of. */
  added?: Added;
}

export class UnsentWords {
  private readonly words: Record<string, Unsent>;

  constructor(private readonly name: string) {
    this.words = this.load();
  }

  get all(): readonly [cueId: string, Unsent][] {
    return Object.entries(this.words);
  }

  get size(): number {
    return Object.keys(this.words).length;
  }

  keep(cueId: string, words: Unsent): void {
    this.words[cueId] = words;
    this.save();
  }

  /** They are on the server, if they are still these. */
  drop(cueId: string, text?: string): void {
    const kept = this.words[cueId]?.text;
    // As the server keeps them: blanks alone are no other words.
    if (text !== undefined && kept !== undefined && plain(kept) !== plain(text)) return;
    delete this.words[cueId];
    this.save();
  }

  private load(): Record<string, Unsent> {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? "{}") as Record<string, Unsent>;
    } catch {
      return {};
    }
  }

  private save(): void {
    try {
      if (this.size) localStorage.setItem(this.name, JSON.stringify(this.words));
      else localStorage.removeItem(this.name);
    } catch {
      // No room, or none allowed: they are in the page all the same.
    }
  }
}

function plain(text: string): string {
  return text.split(/\s+/u).filter(Boolean).join(" ");
}
