/** `<fm-captions>`: what is said in a room, large, for its screen. */

import { html, type TemplateResult } from "lit";

import { captionWords } from "../watching/caption-words";
import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { readPreferences, type CaptionLook } from "../player/preferences";
import { saidIn, type Line } from "../watching/said";

const LINES = 14;
/** What is older was said to others. */
const KEPT_MS = 120_000;
const PAUSE_MS = 2_500;
const TICK_MS = 5_000;

export class LargeCaptions extends LiveElement {
  private lines: readonly Line[] = [];
  private unfollow: (() => void) | undefined;
  private tick: ReturnType<typeof setInterval> | undefined;
  private readonly look: CaptionLook = readPreferences().captions;

  override connectedCallback(): void {
    super.connectedCallback();
    const { meeting } = this;
    if (!meeting) return;
    const said = saidIn(meeting, this.dataset["room"] ?? "");
    this.dataset["size"] = this.look.size;
    this.dataset["colour"] = this.look.colour;
    this.unfollow = said.follow(() => {
      this.lines = said.all.slice(-LINES);
      this.requestUpdate();
    });
    this.tick = setInterval(() => this.requestUpdate(), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.unfollow?.();
    clearInterval(this.tick);
  }

  protected override concerns(_feed: string, entry: Entry | null): boolean {
    return entry === null;
  }

  protected override render(): TemplateResult {
    const room = this.meeting!.page.rooms.find(
      ({ room_id }) => room_id === this.dataset["room"],
    );
    const since = Date.now() - KEPT_MS;
    const shown = paragraphs(this.lines.filter((line) => line.endAt > since));
    return html`<h1 class="captions__head">
        ${room?.name} <span class="captions__meeting">${this.meeting!.page.meeting?.title}</span>
      </h1>
      <div class="captions__text" aria-label="What is said">
        ${shown.length
          ? shown.map(
              (lines) => html`<p>${lines.map((line) => html`${captionWords(line)} `)}</p>`,
            )
          : html`<p class="captions__none">
              ${this.meeting!.state?.phase === "ended"
                ? "This meeting has ended."
                : "What is said in this room appears here."}
            </p>`}
      </div>`;
  }

  /** The newest words stand at the bottom, and are always in sight. */
  protected override updated(): void {
    const text = this.querySelector(".captions__text");
    text?.scrollTo({ top: text.scrollHeight });
  }
}

/** A pause begins a new paragraph. */
export function paragraphs(lines: readonly Line[]): Line[][] {
  const found: Line[][] = [];
  for (const line of lines) {
    const last = found.at(-1)?.at(-1);
    if (last && line.at - last.endAt < PAUSE_MS) found.at(-1)!.push(line);
    else found.push([line]);
  }
  return found;
}

customElements.define("fm-captions", LargeCaptions);
