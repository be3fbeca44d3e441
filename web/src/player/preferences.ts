/** What somebody chose for watching, kept on this device. */

/** "auto", "sound", or the height of a rung such as "360p". */
export type Quality = string;

export type CaptionSize = "small" | "medium" | "large" | "huge";
export type CaptionColour = "white" | "yellow" | "contrast" | "plain";
export type CaptionPlace = "bottom" | "top";

export interface CaptionLook {
  shown: boolean;
  size: CaptionSize;
  colour: CaptionColour;
  place: CaptionPlace;
}

export interface Preferences {
  /** null: never chosen. */
  quality: Quality | null;
  captions: CaptionLook;
  volume: number;
}

const KEY = "folkmoot-watching";
const USUAL: Preferences = {
  quality: null,
  captions: { shown: false, size: "medium", colour: "white", place: "bottom" },
  volume: 1,
};

export function readPreferences(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    return { ...USUAL, ...kept, captions: { ...USUAL.captions, ...kept.captions } };
  } catch {
    return { ...USUAL, captions: { ...USUAL.captions } };
  }
}

export function keepPreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

/** Whether the line, or its owner, asks to be spared. */
export function isSlowLine(): boolean {
  const { connection } = navigator as Navigator & {
    connection?: { saveData?: boolean; effectiveType?: string };
  };
  if (connection?.saveData) return true;
  return ["slow-2g", "2g"].includes(connection?.effectiveType ?? "");
}
