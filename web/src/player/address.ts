/** Where a page's address says playing should begin, and for how long. */

export interface Wanted {
  seconds: number | null;
  until: number | null;
}

/** Read `#t=12.4` or `#t=12.4,20` (media fragments, in seconds). */
export function readFragment(hash: string): Wanted {
  const match = /[#&]t=(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?/.exec(hash);
  return {
    seconds: match?.[1] === undefined ? null : Number(match[1]),
    until: match?.[2] === undefined ? null : Number(match[2]),
  };
}
