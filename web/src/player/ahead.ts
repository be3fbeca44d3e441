/**
 * Fetches what a film needs to begin at a second while the script that plays it is
 * still on its way; the browser's cache hands it over. A wrong guess costs a segment.
 */

import { firstEstimate, type Line } from "../frame/line";
import { readFragment } from "./address";
import { readVariants, type Offer } from "./ladder";
import { isSpared, readPreferences } from "./preferences";
import { isSigned } from "./renewal";

/** As much of what the line may carry does the first rung take (hls.js). */
const USED = 0.7;

/** Fetch the playlists, and the pieces of the second that the page's address names. */
export async function fetchAhead(film: string): Promise<void> {
  const preferences = readPreferences();
  // What is signed is kept by no cache.
  if (isSigned(film) || preferences.quality || isSpared(preferences)) return;
  const seconds = readFragment(location.hash).seconds ?? readFragment(film).seconds;
  if (seconds === null) return;
  try {
    const master = new URL(film, location.href);
    master.hash = "";
    const bits = firstEstimate(navigator as { connection?: Line }) * USED;
    const rung = firstRung(readVariants(await ask(master)), bits);
    if (!rung) return;
    const list = new URL(rung.address, master);
    const pieces = findPieces(await ask(list), seconds);
    await Promise.all(pieces.map((piece) => ask(new URL(piece, list))));
  } catch {
    // The player asks itself, and says what is wrong.
  }
}

async function ask(address: URL): Promise<string> {
  const response = await fetch(address);
  return response.ok ? await response.text() : "";
}

/** The best picture for a line of so many bits a second, else the smallest. */
export function firstRung(variants: readonly Offer[], bits: number): Offer | undefined {
  const pictures = variants.filter(({ quality }) => quality !== "sound");
  return pictures.find(({ bandwidth }) => bandwidth <= bits) ?? pictures.at(-1);
}

/** The initialization and the segment of a playable second, as a playlist names them; none of a gap. */
export function findPieces(playlist: string, seconds: number): string[] {
  let map = "";
  let end = 0;
  let missing = false;
  for (const line of playlist.split("\n")) {
    if (line.startsWith("#EXTINF:")) end += Number.parseFloat(line.slice(8));
    else if (line.startsWith("#EXT-X-MAP:")) map = /URI="([^"]+)"/.exec(line)?.[1] ?? "";
    else if (line === "#EXT-X-GAP") missing = true;
    else if (line && !line.startsWith("#")) {
      if (end > seconds) return missing ? [] : map ? [map, line] : [line];
      missing = false;
    }
  }
  return [];
}
