/** What the team's signals are called. */

import type { SignalSent } from "../feed/types";

export type SignalKind = SignalSent["signal"];

/** As in web/templates/_macros.html. */
export const WORDS: Record<SignalKind, string> = {
  no_sound: "No sound",
  picture_frozen: "Picture frozen",
  picture_dark: "Too dark",
  help: "Come and help",
  two_minutes: "Two minutes",
  wrap_up: "Please end",
  stand_by: "Stand by",
  all_well: "All well",
};
export const URGENT = new Set<SignalKind>(["no_sound", "picture_frozen", "picture_dark", "help"]);
