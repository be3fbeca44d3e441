/** What a multivariant playlist offers, and what each of it costs. */

export interface Offer {
  /** "720p", or "sound". */
  quality: string;
  /** Bits a second. */
  bandwidth: number;
  /** Where its playlist is, as written. */
  address: string;
}

/** Read what can be chosen; the best first, sound alone last. */
export function readLadder(text: string): Offer[] {
  // Of two pictures of one size the smaller is the choice; the line takes the other.
  return readVariants(text).filter(
    ({ quality }, index, offers) =>
      !offers.slice(index + 1).some((later) => later.quality === quality),
  );
}

/** Read all variants, in the same order. */
export function readVariants(text: string): Offer[] {
  const offers: Offer[] = [];
  const lines = text.split(/\r?\n/);
  lines.forEach((line, index) => {
    if (!line.startsWith("#EXT-X-STREAM-INF:")) return;
    const address = lines.slice(index + 1).find((each) => each && !each.startsWith("#"));
    const bandwidth = /[:,](?:AVERAGE-)?BANDWIDTH=(\d+)/.exec(
      line.includes("AVERAGE-BANDWIDTH") ? line.replace(/([:,])BANDWIDTH=\d+,?/, "$1") : line,
    );
    const height = /RESOLUTION=\d+x(\d+)/.exec(line)?.[1];
    if (!address || !bandwidth) return;
    const quality = height ? `${height}p` : "sound";
    offers.push({ quality, bandwidth: Number(bandwidth[1]), address });
  });
  return offers.sort((a, b) => b.bandwidth - a.bandwidth);
}

/** Megabytes in an hour, to two digits that count. */
export function megabytesAnHour(bandwidth: number): number {
  const exact = (bandwidth * 3600) / 8 / 1e6;
  const step = exact >= 100 ? 10 : exact >= 10 ? 1 : 0.1;
  return Math.round(exact / step) * step;
}
