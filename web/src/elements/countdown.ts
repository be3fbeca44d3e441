/** `<fm-countdown data-until data-running>`: how long a session still lasts. */

import { wordsLeft } from "../views/running";

const EACH_MS = 5_000;

export class Countdown extends HTMLElement {
  private timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    this.show();
    this.timer = setInterval(() => this.show(), EACH_MS);
  }

  disconnectedCallback(): void {
    clearInterval(this.timer);
  }

  private show(): void {
    const until = Date.parse(this.dataset["until"] ?? "");
    const place = this.querySelector(".countdown__time");
    if (!place || Number.isNaN(until) || this.dataset["running"] !== "true") return;
    const { words, prompt } = wordsLeft(until - Date.now());
    if (place.textContent !== words) place.textContent = words;
    if (this.dataset["prompt"] === prompt) return;
    this.dataset["prompt"] = prompt;
    // What stands around it says more now; the server renders that.
    this.dispatchEvent(new CustomEvent("folkmoot-prompt", { bubbles: true }));
  }
}

customElements.define("fm-countdown", Countdown);
