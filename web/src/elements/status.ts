/** `<fm-status>`: whether this page is up to date, and what waits on this device. */

import { html, nothing, type TemplateResult } from "lit";

import { LiveElement } from "../frame/live-element";
import { isUnsent, type OutboxItem } from "../offline/outbox-store";
import { icon } from "../wording/pieces";

type Standing = "live" | "offline" | "behind";

const SOON_MS = 1_000;
const TYPED = ["text", "title", "pitch", "wants", "purpose", "scope"];

export class StatusLine extends LiveElement {
  private soon: ReturnType<typeof setTimeout> | undefined;
  private slow: ReturnType<typeof setTimeout> | undefined;
  private shownStanding: Standing = "live";

  /** What it says holds without a state, too. */
  protected override get ready(): boolean {
    return this.meeting !== null && this.meeting.health !== "connecting";
  }

  protected override render(): TemplateResult {
    const standing = this.settle(this.standing());
    this.dataset["state"] = standing;
    return html`<span class="status__dot"></span
      ><span class="status__text">${this.words(standing)}</span>${this.fleeting()}${this.refused()}`;
  }

  private standing(): Standing {
    const health = this.meeting?.health;
    if (!navigator.onLine || health === "offline") return "offline";
    return health === "live" || health === "polling" ? "live" : "behind";
  }

  /** "Catching up" is said only when it takes long enough to notice. */
  private settle(standing: Standing): Standing {
    clearTimeout(this.slow);
    if (standing === "behind" && this.shownStanding === "live") {
      this.slow = setTimeout(() => {
        this.shownStanding = "behind";
        this.requestUpdate();
      }, 1_500);
      return "live";
    }
    this.shownStanding = standing;
    return standing;
  }

  private words(standing: Standing): TemplateResult {
    const count = this.unsent.length;
    const waiting = count ? `${count} waiting` : "";
    if (standing === "offline") {
      return html`Offline${waiting ? `, ${waiting}` : ""}`;
    }
    if (standing === "behind") return html`Catching up${waiting ? `, ${waiting}` : ""}`;
    const at = this.moments.clock(this.meeting?.freshAt ?? new Date());
    // Hidden from screen readers: a new minute is no news.
    return html`Up to date <time aria-hidden="true">${at}</time>${waiting
        ? `, ${waiting}`
        : nothing}`;
  }

  /** A browser that keeps nothing: closing the page would lose what waits. */
  private fleeting(): TemplateResult | typeof nothing {
    if (this.meeting?.lasting !== false || !this.unsent.length) return nothing;
    return html`<span class="status__fleeting"
      >${icon("warning")}This browser keeps nothing. Leave this page open until all is
      sent.</span
    >`;
  }

  private get unsent(): OutboxItem[] {
    // On a good line it is gone before anybody could read that it waits.
    const slow = Date.now() - (this.shownStanding === "offline" ? 0 : SOON_MS);
    const unsent = (this.meeting?.pending ?? []).filter(isUnsent);
    clearTimeout(this.soon);
    if (unsent.some(({ created_at }) => created_at > slow)) {
      this.soon = setTimeout(() => this.requestUpdate(), SOON_MS);
    }
    return unsent.filter(({ created_at }) => created_at <= slow);
  }

  // --- what was refused, with its text ------------------------------------

  private refused(): TemplateResult | typeof nothing {
    // Contributions show theirs in the thread itself.
    const inThread = document.querySelector("fm-thread") !== null;
    const items = (this.meeting?.pending ?? []).filter(
      (item) =>
        item.state === "refused" && !(inThread && item.type === "contribution.post"),
    );
    if (!items.length) return nothing;
    return html`<details class="status__refused">
      <summary class="quiet-button">${icon("warning")}${items.length} not accepted</summary>
      <ul>
        ${items.map((item) => this.refusedItem(item))}
      </ul>
    </details>`;
  }

  private refusedItem(item: OutboxItem): TemplateResult {
    const outbox = this.meeting?.outbox;
    const text = TYPED.map((name) => item.data[name]).filter(Boolean).join("\n");
    return html`<li>
      <p class="refusal">${item.refusal?.message}</p>
      ${text ? html`<p class="status__kept">${text}</p>` : nothing}
      <button class="quiet-button" @click=${() => outbox?.retry(item.key)}>Try again</button>
      <button class="quiet-button" @click=${() => outbox?.discard(item.key)}>Discard</button>
    </li>`;
  }
}

customElements.define("fm-status", StatusLine);
