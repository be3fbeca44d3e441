/**
 * `<fm-renew data-kinds data-parts>`: parts of the page that only the server renders,
 * made anew when something of these kinds (the beginnings of their names) happens.
 */

import { liveMeeting } from "../meeting";
import { renewParts } from "../frame/server-parts";
import { keepTyped } from "../frame/typed";

class Renew extends HTMLElement {
  private stopListening: (() => void) | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private due = false;

  connectedCallback(): void {
    const kinds = (this.dataset["kinds"] ?? "").split(" ").filter(Boolean);
    this.stopListening = liveMeeting()?.listen((_feed, entry) => {
      if (entry && kinds.some((kind) => entry.kind.startsWith(kind))) this.renew();
    });
  }

  disconnectedCallback(): void {
    this.stopListening?.();
  }

  /** One after the other; what comes meanwhile is answered by one more. */
  private renew(): void {
    if (this.due) return;
    this.due = true;
    this.renewing = this.renewing.then(async () => {
      this.due = false;
      const main = document.querySelector("main") ?? document.body;
      const parts = (this.dataset["parts"] ?? "").split(" ");
      await renewParts(parts, () => keepTyped(main));
    });
  }
}

customElements.define("fm-renew", Renew);
