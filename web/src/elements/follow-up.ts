/**
 * `<fm-follow-up>`: keeps what came of a meeting in step for its readers. What the
 * server renders is taken over part by part; what somebody is writing stays.
 */

import type { Entry } from "../feed/fold";
import { isBusy } from "../frame/lines";
import { liveMeeting } from "../meeting";
import { sayDue } from "../talk/waiting";

const KINDS =
  /^(Answer|Response|Outcome|Note|Action|Contribution(?!Spotlit)|Meeting|Tallies)/u;
const SOON_MS = 250;
/** Many read the same page: they don't all ask in the same moment. */
const SPREAD_MS = 1_500;
/** Support and new contributions alone are nothing that anybody waits for here. */
const LATER_MS = 15_000;
const LATER = /^(Tallies|ContributionPosted)/u;
const CLOCK_MS = 20_000;
/** Items that are brought up to date by themselves, by their id. */
const ITEMS = ".asked, .outcome, .actions tbody > tr";

export class FollowUp extends HTMLElement {
  private stop: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private dueAt = Infinity;
  private each: ReturnType<typeof setInterval> | undefined;
  private asked = 0;
  private taken = 0;

  connectedCallback(): void {
    this.stop = liveMeeting()?.listen((_feed, entry) => {
      if (entry && KINDS.test(entry.kind)) this.renewSoon(entry);
    });
    this.each = setInterval(() => this.tick(), CLOCK_MS);
    const print = this.querySelector<HTMLButtonElement>("[data-print]");
    if (print) {
      print.hidden = false;
      print.addEventListener("click", () => window.print());
    }
  }

  disconnectedCallback(): void {
    this.stop?.();
    clearTimeout(this.timer);
    clearInterval(this.each);
  }

  private renewSoon(entry: Entry): void {
    const wait = LATER.test(entry.kind) ? LATER_MS : SOON_MS + Math.random() * SPREAD_MS;
    const at = Date.now() + wait;
    // The sooner of two stands; a later one never puts it off.
    if (at >= this.dueAt) return;
    this.dueAt = at;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.renew(), wait);
  }

  private async renew(): Promise<void> {
    this.dueAt = Infinity;
    const turn = (this.asked += 1);
    try {
      const response = await fetch(location.pathname, { credentials: "same-origin" });
      if (!response.ok) return;
      const made = new DOMParser().parseFromString(await response.text(), "text/html");
      // A slow answer to an earlier question is older than what is shown.
      if (turn < this.taken) return;
      this.taken = turn;
      for (const part of this.querySelectorAll<HTMLElement>("[data-part]")) {
        const fresh = made.querySelector(`[data-part="${part.dataset["part"] ?? ""}"]`);
        if (!fresh) continue;
        if (isBusy(part)) takeItems(part, fresh);
        else part.replaceWith(document.importNode(fresh, true));
      }
    } catch {
      // Off line: the next change asks again.
    }
  }

  /** How long is left goes on without asking anybody. */
  private tick(): void {
    for (const due of this.querySelectorAll<HTMLElement>("[data-due]")) {
      const at = Date.parse(due.dataset["due"] ?? "");
      const words = due.querySelector(".due__words");
      if (!words || Number.isNaN(at)) continue;
      words.textContent = sayDue(at, Date.now());
      due.classList.toggle("due--over", at < Date.now());
    }
  }
}

/** Bring the items around the one that somebody writes in up to date. */
function takeItems(part: HTMLElement, fresh: Element): void {
  for (const item of fresh.querySelectorAll<HTMLElement>(ITEMS)) {
    const old = part.querySelector(`#${CSS.escape(item.id)}`);
    if (old && !isBusy(old) && old.outerHTML !== item.outerHTML) {
      old.replaceWith(document.importNode(item, true));
    }
  }
  for (const item of part.querySelectorAll<HTMLElement>(ITEMS)) {
    if (!fresh.querySelector(`#${CSS.escape(item.id)}`) && !isBusy(item)) item.remove();
  }
}

customElements.define("fm-follow-up", FollowUp);
