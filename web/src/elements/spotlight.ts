/**
 * `<fm-spotlight data-room>`: the one contribution that everyone is shown now, as
 * web/templates/_spotlight.html has it. With `data-do` the team runs it from here.
 */

import { html, nothing, type TemplateResult } from "lit";

import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { avatar, icon, kindLabel, shorten, type Piece } from "../wording/pieces";
import type { WireContribution } from "../feed/types";

const LETTERS = 420;
const KINDS = /Spotlit|Spotlight|^Contribution(Edited|Hidden|Withdrawn|Posted)/u;

export class Spotlight extends LiveElement {
  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("fm-room", this.changeRoom);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fm-room", this.changeRoom);
  }

  protected override concerns(_feed: string, entry: Entry | null): boolean {
    return entry === null || KINDS.test(entry.kind);
  }

  protected override render(): Piece | Piece[] {
    const shown = this.shown();
    const queued = this.queued();
    const runs = this.dataset["do"] && this.meeting?.page.me?.moderates;
    return [
      shown ? this.one(shown) : nothing,
      runs && (shown || queued.length) ? this.running(shown, queued.length) : nothing,
    ];
  }

  private readonly changeRoom = (event: Event): void => {
    if (!this.dataset["room"]) return;
    this.dataset["room"] = (event as CustomEvent<{ room_id: string }>).detail.room_id;
    this.requestUpdate();
  };

  private shown(): WireContribution | null {
    const { spotlights } = this.meeting!.state!;
    const spot = spotlights[this.dataset["room"] ?? ""] ?? spotlights[""];
    return spot ? this.readable(spot.contribution_id) : null;
  }

  private queued(): WireContribution[] {
    const queue = this.meeting?.staff?.spotlight_queue ?? [];
    return queue.flatMap((id) => this.readable(id) ?? []);
  }

  private readable(id: string): WireContribution | null {
    const contribution = this.meeting?.state?.contributions[id];
    if (!contribution?.content || contribution.hidden || contribution.withdrawn) return null;
    return contribution;
  }

  private one({ contribution_id: id, content, kind }: WireContribution): TemplateResult {
    return html`<section
      class="spotlight"
      aria-label="On the screens now"
      data-contribution=${id}
    >
      <p class="spotlight__text">${shorten(content?.text ?? "", LETTERS)}</p>
      <p class="spotlight__who">
        ${avatar(content?.author)}<span>${content?.author || "Anonymous"}</span>
        ${kindLabel(kind)}
        <a class="spotlight__link" href="${this.meeting!.page.urls?.page ?? ""}/c/${id}"
          >${icon("chat")}Read it</a
        >
      </p>
    </section>`;
  }

  private running(shown: WireContribution | null, waiting: number): TemplateResult {
    return html`<div class="spot__run" role="group" aria-label="What the screens show">
      ${waiting
        ? html`<button class="button button--small" @click=${() => this.give({ next: true })}>
            ${icon("wall")}Show the next <span class="count">${waiting}</span>
          </button>`
        : nothing}
      ${shown
        ? html`<button
            class="button button--small button--quiet"
            @click=${() => this.give({ contribution_id: shown.contribution_id, level: 0 })}
          >
            Show nothing
          </button>`
        : nothing}
    </div>`;
  }

  private give(data: { next?: boolean; contribution_id?: string; level?: 0 | 1 }): void {
    void this.meeting?.submit("contribution.spotlight", data);
  }
}

customElements.define("fm-spotlight", Spotlight);
