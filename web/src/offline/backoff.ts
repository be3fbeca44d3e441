/** Full jitter: anything between nothing and a bound that doubles, in ms. */
export function jitteredDelay(
  attempt: number,
  random: () => number = Math.random,
  baseMs = 500,
  limitMs = 30_000,
): number {
  return random() * Math.min(limitMs, baseMs * 2 ** attempt);
}
