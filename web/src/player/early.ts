/** Begins a film in the page as the server made it: no word of the meeting is needed. */

import { readFragment } from "./address";
import { Engine, type Start } from "./engine";
import { rememberedPosition } from "./positions";
import { isSpared, readPreferences } from "./preferences";

const ENDED = new Set(["ended", "off"]);

/** Play it in the player's own video; the page's player tells the engine more later. */
export function beginEarly(player: HTMLElement): Engine {
  const video = player.querySelector("video");
  if (!video) throw new Error("This player has no film.");
  const preferences = readPreferences();
  const quality = preferences.quality ?? (isSpared(preferences) ? "sound" : "auto");
  video.volume = preferences.volume;
  const start = startOf(player, video);
  const engine = new Engine(video, player.dataset["src"] ?? "", start, quality);
  // Without a gesture a browser may not; the page's player then shows its button.
  void video.play().catch(() => undefined);
  return engine;
}

/** Where the address wants to begin, else where one stopped, else live. */
function startOf(player: HTMLElement, video: HTMLVideoElement): Start {
  const served = readFragment(video.getAttribute("src") ?? "").seconds;
  const seconds = readFragment(location.hash).seconds ?? served;
  if (seconds !== null) return { seconds };
  const { at, src, state } = player.dataset;
  if (at) return { at };
  if (!ENDED.has(state ?? "")) return "live";
  const kept = rememberedPosition(src ?? "");
  return kept === null ? "beginning" : { seconds: kept };
}
