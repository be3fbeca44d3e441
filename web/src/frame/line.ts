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
  /** Mbit/s, where the browser tells it; Chromium counts to 10. */
  downlink?: number;
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

/** What a line is taken to carry where the browser doesn't say, in bit/s. */
const UNKNOWN_BITS = 500_000;
/** Of what the browser says; it is an average over other servers. */
const TRUSTED = 0.7;

/** Return the bits a second with which to choose the first rung. */
export function firstEstimate(browser: { connection?: Line }): number {
  const { downlink } = browser.connection ?? {};
  return downlink ? downlink * 1e6 * TRUSTED : UNKNOWN_BITS;
}
