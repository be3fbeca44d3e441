/** `<fm-tabs>`: on a phone one part of the page at a time. */

import { isSpared, readPreferences } from "../player/preferences";

export class PageTabs extends HTMLElement {
  connectedCallback(): void {
    this.dataset["ready"] = "";
    this.addEventListener("click", (event) => {
      const link = (event.target as Element).closest<HTMLAnchorElement>(".tabs__link");
      if (!link || !this.isNarrow()) return;
      event.preventDefault();
      this.show(link.hash.slice(1));
      history.replaceState(history.state, "", link.hash);
    });
    window.addEventListener("hashchange", () => this.followAddress());
    // On a slow line the words come first.
    if (isSpared(readPreferences())) this.dataset["current"] = "transcript";
    this.followAddress();
    this.mark();
  }

  /** Whether the styles show one panel at a time: then a link is not enough. */
  private isNarrow(): boolean {
    const nav = this.querySelector(".tabs");
    return nav !== null && getComputedStyle(nav).display !== "none";
  }

  private followAddress(): void {
    const name = location.hash.slice(1);
    if (!name || name.includes("=")) return;
    const panel = document.getElementById(name)?.closest(".panel");
    if (panel?.id && panel.id !== "watch") this.show(panel.id);
  }

  private show(name: string): void {
    this.dataset["current"] = name;
    this.mark();
  }

  private mark(): void {
    for (const link of this.querySelectorAll<HTMLAnchorElement>(".tabs__link")) {
      if (link.hash === `#${this.dataset["current"]}`) {
        link.setAttribute("aria-current", "true");
      } else link.removeAttribute("aria-current");
    }
  }
}

customElements.define("fm-tabs", PageTabs);
