/**
 * The entry of all pages. Pages work as they come; on a slow line fonts and script
 * wait until somebody does something with the page.
 */

import "../styles/main.css";

import { loadElements } from "./elements";
import { isSlow, type Line } from "./line";

const SIGNS = ["pointerdown", "keydown", "touchstart", "wheel", "scroll", "focusin"];

function enliven(): void {
  for (const sign of SIGNS) window.removeEventListener(sign, enliven, true);
  // Both at once: a player waits for nothing that only the page's frame needs.
  loadElements();
  void import("./main");
}

if (isSlow(performance, navigator as { connection?: Line })) {
  for (const sign of SIGNS) {
    window.addEventListener(sign, enliven, { capture: true, passive: true });
  }
} else {
  void import("./fonts");
  enliven();
}
