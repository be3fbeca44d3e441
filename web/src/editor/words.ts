/** Words of a line: which one stands at a letter, when it is said, how it is found. */

import type { Cue } from "./sheet";

/** The place of the word at a letter of a text, counted as spaces part them. */
export function wordAt(text: string, offset: number): number {
  const before = text.slice(0, offset);
  const whole = before.split(/\s+/u).filter(Boolean).length;
  // At the end of a word one means that word.
  return Math.max(0, /\s$/u.test(before) || before === "" ? whole : whole - 1);
}

/** When a word of a line is said, in ISO 8601; guessed by the letters where unknown. */
export function momentOfWord(cue: Cue, place: number): string {
  const start = Date.parse(cue.at);
  const words = cue.text.split(/\s+/u).filter(Boolean);
  const known = cue.words.length === words.length ? cue.words[place] : undefined;
  if (known !== undefined) return new Date(start + known).toISOString();
  const weigh = (some: string[]): number => some.reduce((sum, one) => sum + one.length + 1, 0);
  const share = weigh(words.slice(0, place)) / (weigh(words) || 1);
  return new Date(start + share * (Date.parse(cue.end_at) - start)).toISOString();
}

/** The span of letters of the word that is said at a moment; null before and after. */
export function spanAt(cue: Cue, at: number): [from: number, to: number] | null {
  const since = at - Date.parse(cue.at);
  if (since < 0 || at > Date.parse(cue.end_at) + 200) return null;
  const matches = [...cue.text.matchAll(/\S+/gu)];
  let found = -1;
  for (let place = 0; place < matches.length; place += 1) {
    if (Date.parse(momentOfWord(cue, place)) > at) break;
    found = place;
  }
  const match = matches[found];
  return match ? [match.index, match.index + match[0].length] : null;
}

export interface Wanted {
  find: string;
  replace: string;
  matchCase: boolean;
  wholeWords: boolean;
}

/** What somebody looks for as a pattern; null for nothing. */
export function patternOf(wanted: Wanted): RegExp | null {
  if (!wanted.find.trim()) return null;
  const plain = wanted.find.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");
  const letter = "[\\p{L}\\p{N}_]";
  const whole = wanted.wholeWords ? `(?<!${letter})${plain}(?!${letter})` : plain;
  return new RegExp(whole, wanted.matchCase ? "gu" : "giu");
}

export interface Found {
  cue: Cue;
  /** What it would read. */
  after: string;
  times: number;
}

/** The lines in which it stands, and what they would read. */
export function findIn(cues: readonly Cue[], wanted: Wanted): Found[] {
  const pattern = patternOf(wanted);
  if (!pattern) return [];
  const found: Found[] = [];
  for (const cue of cues) {
    const times = cue.text.match(pattern)?.length ?? 0;
    if (times) found.push({ cue, after: cue.text.replace(pattern, () => wanted.replace), times });
  }
  return found;
}
