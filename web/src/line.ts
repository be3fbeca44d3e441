/** How fast the line is over which this page came. */

/** Half a 3G line; a page of 20 kB then takes half a second. */
const SLOW_KBITS = 350;
/** One way and back, which on 2G takes longer than on any other line. */
const SLOW_ROUND_MS = 450;
/** Less than this comes at once on any line and tells nothing of its rate. */
const TELLING_BYTES = 3_000;

export interface Line {
  saveData?: boolean;
  effectiveType?: string;
}

/**
 * Whether to spare this line. What the browser knows (or its owner asks for) counts;
 * most browsers don't tell, so the page's own arrival is measured.
 */
export function isSlow(
  clock: Pick<Performance, "getEntriesByType">,
  browser: { connection?: Line },
): boolean {
  const line = browser.connection;
  if (line?.saveData || /2g/u.test(line?.effectiveType ?? "")) return true;
  const [page] = clock.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (!page) return false;
  const round = page.connectEnd - page.connectStart;
  const spent = page.responseEnd - page.responseStart;
  const bytes = page.encodedBodySize;
  const slowly = bytes >= TELLING_BYTES && spent > (bytes * 8) / SLOW_KBITS;
  return round > SLOW_ROUND_MS || slowly;
}
