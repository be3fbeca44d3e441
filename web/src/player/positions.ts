/** Where somebody stopped watching a recording, kept on this device. */

const PREFIX = "folkmoot-position:";
const WORTH_SECONDS = 15;

export function rememberPosition(source: string, seconds: number, end: number): void {
  try {
    if (seconds < WORTH_SECONDS || seconds > end - WORTH_SECONDS) {
      localStorage.removeItem(PREFIX + source);
    } else localStorage.setItem(PREFIX + source, seconds.toFixed(1));
  } catch {
    // A browser that keeps nothing begins at the beginning.
  }
}

export function rememberedPosition(source: string): number | null {
  try {
    const kept = localStorage.getItem(PREFIX + source);
    return kept === null ? null : Number(kept);
  } catch {
    return null;
  }
}
