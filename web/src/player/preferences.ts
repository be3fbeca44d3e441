/** What somebody chose for watching, kept on this device. */

import { isSlow, type Line } from "../frame/line";

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

/** Whether the line asks to be spared, and nobody has chosen otherwise. */
export function isSpared(preferences: Preferences): boolean {
  return preferences.quality === null && isSlow(performance, navigator as { connection?: Line });
}
