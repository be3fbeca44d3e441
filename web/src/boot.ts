/**
 * The entry of all pages. Pages work as they come; on a slow line fonts and script
 * wait until somebody does something with the page. Runs as soon as it is here: what
 * the page needs is fetched while the page is still being laid out.
 */

import "../styles/main.css";

import { loadElements } from "./elements";
import { isSlow, type Line } from "./frame/line";
import { filmShown } from "./player/begun";
import { fetchMoment, offerPlay } from "./watching/offer-play";

const REST_MS = 400;
const SIGNS = ["pointerdown", "keydown", "touchstart", "wheel", "scroll", "focusin"];

function slow(): boolean {
  return isSlow(performance, navigator as { connection?: Line });
}

/** The script of this page, on which the server names what it will need. */
function named(): DOMStringMap {
  return document.querySelector<HTMLScriptElement>("script[data-parts]")?.dataset ?? {};
}

/** Fetch what every page of this kind runs. */
function fetchParts(): void {
  for (const href of (named()["parts"] ?? "").split(" ").filter(Boolean)) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = href;
    document.head.append(link);
  }
}

function enliven(): void {
  for (const sign of SIGNS) window.removeEventListener(sign, enliven, true);
  void letFilmGo().then(() => {
    loadElements();
    void import("./main");
  });
}

/** The page has nothing to do for a moment, or had its time to come to that. */
function rest(): Promise<void> {
  const idle = window.requestIdleCallback as typeof requestIdleCallback | undefined;
  if (!idle) return new Promise((done) => setTimeout(done, REST_MS / 2)); // Safari
  return new Promise((done) => idle(() => done(), { timeout: REST_MS }));
}

/** What shows a film goes first, and what plays it where that was asked for already. */
async function letFilmGo(): Promise<void> {
  if (!document.querySelector(".player__begin")) return;
  // Who presses play as soon as it shows waits for the film, not for what is around it.
  await rest();
  await filmShown();
  try {
    await import("./elements/player");
  } catch {
    // The page without its film is worth something too.
  }
  await filmShown();
}

function begin(): void {
  // A screen on a wall is touched by nobody.
  if (slow() && !document.querySelector("[data-unattended]")) {
    for (const sign of SIGNS) {
      window.addEventListener(sign, enliven, { capture: true, passive: true });
    }
    return;
  }
  offerPlay();
  enliven();
  // Other letters lay the page out anew.
  void filmShown().then(() => import("./fonts"));
}

const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
const loading = document.readyState === "loading";
// Only once the page is here is it known how fast the line is.
if (page?.responseEnd && !slow() && !fetchMoment(named()["film"]) && loading) fetchParts();
if (loading) document.addEventListener("DOMContentLoaded", begin, { once: true });
else begin();
