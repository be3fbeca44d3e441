/** `<fm-drafts>`: what the other reporters are writing. */

import { html, nothing, type TemplateResult } from "lit";

import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { shorten } from "../wording/pieces";
import type { WireUpdate } from "../feed/types";

const WRITING_MS = 15_000;
const LOOK_MS = 5_000;

export class Drafts extends LiveElement {
  private tick: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.tick = setInterval(() => this.requestUpdate(), LOOK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.tick);
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    return feed === "reporters" && (entry === null || entry.kind.startsWith("Update"));
  }

  protected override get ready(): boolean {
    return this.meeting?.stateOf("reporters") != null;
  }

  protected override render(): TemplateResult {
    const open = document.querySelector<HTMLElement>("fm-report")?.dataset["update"];
    const drafts = Object.values(this.meeting!.stateOf("reporters")!.drafts)
      .filter(({ update_id }) => update_id !== open)
      .sort((a, b) => Date.parse(b.changed_at) - Date.parse(a.changed_at));
    if (!drafts.length) {
      return html`<p class="quiet">
        No drafts at the moment. What others begin appears here.
      </p>`;
    }
    return html`<ul class="drafts">
      ${drafts.map((draft) => this.draft(draft))}
    </ul>`;
  }

  private draft(draft: WireUpdate): TemplateResult {
    const { content, changed_at: at, update_id: id } = draft;
    const writing = !draft.waiting && Date.now() - Date.parse(at) < WRITING_MS;
    const author = content?.author ?? "";
    return html`<li class="draft">
      <p class="draft__head">
        <strong>${author}</strong>
        <span class="quiet">${writing ? "is writing" : this.moments.clock(at)}</span>
        ${draft.waiting
          ? html`<span class="badge">Comes out when the public sees that moment</span>`
          : nothing}
      </p>
      <p>${shorten(content?.text || content?.quote || "", 160) || "Nothing yet"}</p>
      <a class="quiet-button" href="/m/${this.meeting!.slug}/live/write?update=${id}"
        >Go on with it</a
      >
    </li>`;
  }
}

customElements.define("fm-drafts", Drafts);
