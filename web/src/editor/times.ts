/** Times of day to the millisecond, as editors read and write them. */

import type { Moments } from "../wording/moments";

const DAY_MS = 86_400_000;

export function writeTime(at: string, moments: Moments): string {
  const millis = String(new Date(at).getMilliseconds()).padStart(3, "0");
  return `${moments.exact(at)}.${millis}`;
}

/** The moment near another that has this time of day; null for what is none. */
export function readTime(text: string, near: string, moments: Moments): string | null {
  const match = /^\s*(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,3}))?\s*$/u.exec(text);
  if (!match) return null;
  const ms = (clock: readonly number[]): number =>
    ((clock[0]! * 60 + clock[1]!) * 60 + clock[2]!) * 1_000;
  const wanted = ms(match.slice(1, 4).map(Number)) + Number((match[4] ?? "0").padEnd(3, "0"));
  if (Number(match[1]) > 23 || Number(match[2]) > 59 || Number(match[3]) > 59) return null;
  const there = ms(moments.exact(near).split(":").map(Number)) + new Date(near).getMilliseconds();
  const by = ((((wanted - there + DAY_MS / 2) % DAY_MS) + DAY_MS) % DAY_MS) - DAY_MS / 2;
  return new Date(Date.parse(near) + by).toISOString();
}
