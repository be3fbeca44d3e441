/** `<fm-signals>`: what the team tells each other in one tap, and who takes it up. */

import { html, nothing, type TemplateResult } from "lit";

import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import type { OutboxItem } from "../offline/outbox-store";
import { icon, type Piece } from "../wording/pieces";
import { toast } from "../frame/toasts";
import { URGENT, WORDS, type SignalKind } from "../desk/signal-words";
import type { WireSignal } from "../feed/types";

const SHOWN = 6;
const FRESH_MS = 10 * 60_000;

/** `data-room`: only signals about this room or all rooms; empty: all. */
export class Signals extends LiveElement {
  private room = "";
  private timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // What was said ten minutes ago goes by itself.
    this.timer = setInterval(() => this.requestUpdate(), 30_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  protected override get ready(): boolean {
    return this.team != null && this.meeting?.state != null;
  }

  protected override concerns(_feed: string, entry: Entry | null): boolean {
    return entry === null || entry.kind.startsWith("Signal") || entry.kind.startsWith("Room");
  }

  /** Staff read them in theirs, cameras and hosts in their own feed. */
  private get team(): Record<string, WireSignal> | undefined {
    return (this.meeting?.staff ?? this.meeting?.own)?.signals;
  }

  private get signals(): WireSignal[] {
    const { room } = this.dataset;
    const since = Date.now() - FRESH_MS;
    return Object.values(this.team ?? {})
      .filter((one) => !room || one.room_id === null || one.room_id === room)
      .filter((one) => Date.parse(one.at) > since)
      .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
      .slice(0, SHOWN);
  }

  protected override render(): TemplateResult {
    const signals = this.signals;
    return html`
      <ol class="signals__list" aria-live="assertive" aria-label="What the team says">
        ${signals.map((one) => html`<li>${this.signal(one)}</li>`)}
      </ol>
      ${signals.length ? nothing : html`<p class="quiet">Nobody calls. A tap tells all who look after the room.</p>`}
      <div class="signal-form">
        ${this.rooms()}
        <div class="signal-form__taps">
          ${(Object.keys(WORDS) as SignalKind[]).map(
            (kind) =>
              html`<button
                class="button signal-form__tap"
                data-urgent=${String(URGENT.has(kind))}
                @click=${() => void this.send(kind)}
              >
                ${WORDS[kind]}
              </button>`,
          )}
        </div>
      </div>
    `;
  }

  private rooms(): Piece {
    const rooms = Object.values(this.meeting!.state!.rooms);
    if (this.dataset["room"] || rooms.length < 2) return nothing;
    return html`<label class="field"
      ><span class="field__label">About</span>
      <select class="input" @change=${(event: Event) => this.choose(event)}>
        <option value="">All rooms</option>
        ${rooms.map((room) => html`<option value=${room.room_id}>${room.content?.name}</option>`)}
      </select></label
    >`;
  }

  private choose(event: Event): void {
    this.room = (event.target as HTMLSelectElement).value;
  }

  private signal(one: WireSignal): TemplateResult {
    const room = one.room_id && this.meeting!.state!.rooms[one.room_id]?.content?.name;
    return html`<article
      class="signal"
      data-urgent=${String(URGENT.has(one.signal))}
      data-seen=${String(one.seen_id !== null)}
    >
      <p class="signal__word">${WORDS[one.signal]}</p>
      <p class="signal__who">
        ${[room, one.content?.name].filter(Boolean).join(" · ")}
        <time datetime=${one.at}>${this.moments.clock(one.at)}</time>
      </p>
      ${one.content?.text ? html`<p>${one.content.text}</p>` : nothing}
      ${one.seen_id === null
        ? html`<button class="button button--small" @click=${() => void this.see(one)}>
            ${icon("check")}I see to it<span class="visually-hidden"
              >: ${WORDS[one.signal]}</span
            >
          </button>`
        : html`<p class="signal__seen">${icon("check")}${one.seen?.name ?? "Somebody"} sees to it</p>`}
    </article>`;
  }

  private async send(signal: SignalKind): Promise<void> {
    const room_id = this.dataset["room"] || this.room || null;
    const outcome = await this.meeting!.submit("signal.send", { signal, room_id });
    if (outcome.ok) toast(`Told the team: ${WORDS[signal]}`);
    else await this.refuse(outcome.item);
  }

  private async see(one: WireSignal): Promise<void> {
    const { signal_id } = one;
    const outcome = await this.meeting!.submit("signal.see", { signal_id });
    if (!outcome.ok) await this.refuse(outcome.item);
  }

  private async refuse(item: OutboxItem): Promise<void> {
    toast(item.refusal?.message ?? "This was refused.");
    await this.meeting!.outbox?.discard(item.key);
  }
}

customElements.define("fm-signals", Signals);
