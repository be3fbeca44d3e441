/** `<fm-ready>`: keeps the page for the hour before up to date. */

import { renewParts } from "../frame/server-parts";

const RENEW_MS = 5_000;

/** What is checked lies with the server, so its part of the page is asked for anew. */
class Ready extends HTMLElement {
  private timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    this.timer = setInterval(() => void this.renew(), RENEW_MS);
  }

  disconnectedCallback(): void {
    clearInterval(this.timer);
  }

  private async renew(): Promise<void> {
    // Nothing is taken away from under a finger or a focus.
    if (document.visibilityState !== "visible" || this.matches(":focus-within")) return;
    await renewParts([".ready__parts"]);
  }
}

customElements.define("fm-ready", Ready);
