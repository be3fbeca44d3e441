/**
 * `<fm-running data-session data-room>`: keeps what the server rendered of a running
 * session in step: its parts (`data-part`), and of its notes each line by itself, so
 * that nobody loses what they are just typing.
 */

import type { Entry } from "../feed/fold";
import { isBusy, mergeLines } from "../frame/lines";
import { liveMeeting } from "../meeting";

const KINDS =
  /^(Session|Hand|Note|Action|Slot|Room|Board|Contribution|Tallies|HereSet|MeetingOpened|MeetingEnded|MeetingReopened)/u;
const SOON_MS = 150;
/** Many look at the same session: they don't all ask in the same moment. */
const SPREAD_MS = 600;
const CLOCK_MS = 30_000;

export class Running extends HTMLElement {
  private stop: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private each: ReturnType<typeof setInterval> | undefined;
  private asked = 0;
  private taken = 0;

  connectedCallback(): void {
    this.stop = liveMeeting()?.listen((_feed, entry) => {
      if (entry && this.concerns(entry)) {
        this.renewSoon(SOON_MS + Math.random() * SPREAD_MS);
      }
    });
    this.addEventListener("folkmoot-prompt", () => this.renewSoon(SOON_MS));
    // A room's screen stands there all day: what comes next comes by the clock.
    if (this.dataset["room"]) this.each = setInterval(() => this.renewSoon(0), CLOCK_MS);
  }

  disconnectedCallback(): void {
    this.stop?.();
    clearTimeout(this.timer);
    clearInterval(this.each);
  }

  private concerns(entry: Entry): boolean {
    if (!KINDS.test(entry.kind)) return false;
    if (this.dataset["room"]) return true;
    const data = entry.data as unknown as Record<string, unknown>;
    if (entry.kind === "TalliesChanged") return Object.keys(data["here"] ?? {}).length > 0;
    if (entry.kind.startsWith("Contribution")) return false;
    const { session } = this.dataset;
    return data["session_id"] === undefined || data["session_id"] === session;
  }

  private renewSoon(after: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.renew(), after);
  }

  private async renew(): Promise<void> {
    const turn = (this.asked += 1);
    try {
      const address = `${location.pathname}${location.search}`;
      const response = await fetch(address, { credentials: "same-origin" });
      if (!response.ok) return;
      const made = new DOMParser().parseFromString(await response.text(), "text/html");
      // A slow answer to an earlier question is older than what is shown.
      if (turn < this.taken) return;
      this.taken = turn;
      this.take(made);
    } catch {
      // Off line: the next change, or the clock, asks again.
    }
  }

  private take(made: Document): void {
    for (const part of this.querySelectorAll<HTMLElement>("[data-part]")) {
      const fresh = made.querySelector(`[data-part="${part.dataset["part"] ?? ""}"]`);
      if (fresh && isBusy(part)) mergeLines(part, fresh);
      else if (fresh) part.replaceWith(document.importNode(fresh, true));
      else part.replaceChildren();
    }
  }
}

customElements.define("fm-running", Running);
