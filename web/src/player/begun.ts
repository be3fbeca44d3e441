/**
 * Films that somebody started before the rest of the page was there: the engine
 * plays in the video that the server made, until the page's player takes both over.
 */

import type { Engine } from "./engine";

const begun = new WeakMap<HTMLElement, Promise<Engine>>();
const SHOWN_MS = 1_500;

/** Note that a player's film begins, and with what. */
export function noteBegun(player: HTMLElement, engine: Promise<Engine>): void {
  begun.set(player, engine);
  waitShown(player);
}

/** Whether a player's film has begun, or is about to. */
export function hasBegun(player: HTMLElement): boolean {
  return begun.has(player);
}

/** Take it over: the engine comes as soon as it is here, once. */
export function takeBegun(player: HTMLElement): Promise<Engine> | null {
  const engine = begun.get(player) ?? null;
  begun.delete(player);
  return engine;
}

let shown: Promise<void> = Promise.resolve();

/** What can wait waits for this: the first picture of a film that has begun, or a while. */
export function filmShown(): Promise<void> {
  return shown;
}

function waitShown(player: HTMLElement): void {
  const video = player.querySelector("video");
  shown = new Promise((done) => {
    video?.addEventListener("loadeddata", () => done(), { once: true });
    setTimeout(done, SHOWN_MS);
  });
}
