/**
 * `<fm-table>`: takes card after card down, also without a network.
 *
 * What is taken down lies locked on this device until it is sent, in order and
 * once; then nothing of it is left here, and at the end of the shift nothing at all.
 */

import { html, nothing, render } from "lit";

import { randomName } from "../offline/outbox-store";
import { icon, type Piece } from "../wording/pieces";
import type { Answer } from "../feed/protocol";
import { fillCard, FormProblem, readCard } from "../table/form";
import { TableStore, type CardEntry } from "../table/store";

const RETRY_MS = 5_000;
const SHIFT_MS = 12 * 3_600_000;
const CACHE = "folkmoot-table";

export class HelpersTable extends HTMLElement {
  private readonly store = new TableStore(randomName);
  private entries: CardEntry[] = [];
  private sent = 0;
  private said = "";
  private problem = "";
  private over = false;
  private sending: Promise<void> | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly endsAt = Date.now() + SHIFT_MS;

  connectedCallback(): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.take();
    });
    window.addEventListener("online", () => void this.send());
    this.timer = setInterval(() => void this.tick(), RETRY_MS);
    void this.keepPage();
    void this.refresh().then(() => this.send());
  }

  disconnectedCallback(): void {
    clearInterval(this.timer);
  }

  private get form(): HTMLFormElement {
    return this.querySelector("form")!;
  }

  private async tick(): Promise<void> {
    await this.send();
    if (Date.now() > this.endsAt && !this.entries.length && !this.over) await this.end();
  }

  /** Lock a card's entry away; the form is empty again for the next person. */
  private async take(): Promise<void> {
    this.problem = "";
    try {
      const data = readCard(this.form);
      if (this.entries.some((entry) => entry.data.card === data.card)) {
        throw new FormProblem(`Card ${data.card} was taken down here already.`);
      }
      await this.store.add(data);
      const table = data.table;
      this.form.reset();
      this.clear();
      this.field("table").value = table;
      this.said = `Card ${data.card} is taken down.`;
      this.field("card").focus();
    } catch (error) {
      if (!(error instanceof FormProblem)) throw error;
      this.problem = error.message;
    }
    await this.refresh();
    void this.send();
  }

  /** Empty also what the server had filled in. */
  private clear(): void {
    for (const name of ["card", "name", "title", "pitch", "numbers", "text", "reply_to"]) {
      this.field(name).value = "";
    }
  }

  private field(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }

  private async refresh(): Promise<void> {
    this.entries = await this.store.list();
    this.draw();
  }

  /** Send what waits, one after the other; one sender even with several tabs. */
  private send(): Promise<void> {
    this.sending ??= navigator.locks
      .request("folkmoot-table", () => this.sendAll())
      .catch(() => undefined)
      .finally(() => (this.sending = null));
    return this.sending;
  }

  private async sendAll(): Promise<void> {
    this.entries = await this.store.list();
    for (const entry of this.entries.filter((one) => !one.refusal)) {
      if (!(await this.sendOne(entry))) break;
    }
    await this.refresh();
  }

  /** Send one entry; false where sending has to wait. */
  private async sendOne(entry: CardEntry, from?: number): Promise<boolean> {
    const { id, data, client_id, client_seq } = await this.store.number(entry, from);
    let answer: Answer;
    try {
      const response = await fetch(this.dataset["commands"]!, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-Folkmoot-Csrf": this.dataset["csrf"] ?? "",
        },
        body: JSON.stringify({ client_id, client_seq, type: "card.redeem", data }),
      });
      if (response.status >= 500) return false;
      answer = (await response.json()) as Answer & { detail?: string };
      if (!response.ok) return this.stop(entry, answer as Answer & { detail?: string });
    } catch {
      return false;
    }
    if (answer.resend_from !== undefined) return this.sendOne(entry, answer.resend_from);
    if (answer.ok) {
      this.sent += 1;
      await this.store.remove(id);
      return true;
    }
    if (answer.retry_after !== undefined) return false;
    if (answer.code === "not_allowed") return this.stop(entry, answer);
    await this.store.refuse(id, answer.message ?? "It was not counted.");
    return true;
  }

  /** Nothing can be sent now: not for this helper, or not in this form. */
  private async stop(
    entry: CardEntry,
    answer: Answer & { detail?: string },
  ): Promise<boolean> {
    if (answer.code === "bad_fields" || answer.code === "bad_command") {
      await this.store.refuse(entry.id, answer.detail ?? "It could not be read.");
      return true;
    }
    await this.store.renumber(entry.id);
    this.problem = `${answer.message ?? answer.detail ?? "This could not be sent."} What you took down is kept. Please ask the desk.`;
    return false;
  }

  private async change(entry: CardEntry): Promise<void> {
    fillCard(this.form, entry.data);
    await this.discard(entry);
    this.field("card").focus();
  }

  private async discard(entry: CardEntry): Promise<void> {
    await this.store.remove(entry.id);
    await this.refresh();
  }

  /** Leave nothing on this device: no entry, no key, no page. */
  private async end(): Promise<void> {
    this.over = true;
    await this.store.wipe();
    await caches.delete(CACHE);
    const registration = await navigator.serviceWorker?.getRegistration(location.pathname);
    await registration?.unregister();
    this.form.hidden = true;
    this.form.reset();
    this.draw();
  }

  /** Keep the page and its parts, so that it opens without a network. */
  private async keepPage(): Promise<void> {
    if (!navigator.serviceWorker) return;
    const page = location.pathname;
    await navigator.serviceWorker.register(this.dataset["worker"]!, { scope: page });
    const parts = performance
      .getEntriesByType("resource")
      .map((entry) => entry.name)
      .filter((name) => name.startsWith(`${location.origin}/static/`));
    const cache = await caches.open(CACHE);
    await cache.addAll([page, ...new Set(parts)]);
    this.dataset["kept"] = "yes";
  }

  private draw(): void {
    const state = this.querySelector<HTMLElement>(".paper-table__state")!;
    render(this.over ? this.renderEnd() : this.renderState(), state);
  }

  private renderEnd(): Piece {
    return html`<p class="notice notice--done">
      ${icon("check")}<span>The shift is over. Nothing is left on this device.</span>
    </p>`;
  }

  private renderState(): Piece {
    const refused = this.entries.filter((entry) => entry.refusal);
    const waiting = this.entries.length - refused.length;
    const word = waiting === 1 ? "1 card waits" : `${waiting} cards wait`;
    return html`${this.problem ? html`<p class="refusal">${this.problem}</p>` : nothing}
      ${this.said ? html`<p>${this.said}</p>` : nothing}
      <p class="paper-table__count" data-waiting=${waiting} data-sent=${this.sent}>
        <strong>${waiting ? `${word} for the network.` : "Nothing waits."}</strong>
        ${this.sent ? `${this.sent} sent.` : nothing}
      </p>
      ${refused.length ? this.renderRefused(refused) : nothing}
      ${this.entries.length
        ? nothing
        : html`<p>
            <button
              type="button"
              class="button button--quiet"
              @click=${() => void this.end()}
            >
              End the shift and wipe this device
            </button>
          </p>`}`;
  }

  private renderRefused(refused: CardEntry[]): Piece {
    return html`<h2>Not counted</h2>
      <ul class="paper-table__waiting">
        ${refused.map(
          (entry) => html`<li>
            <strong class="code">${entry.data.card}</strong> <span>${entry.refusal}</span>
            <button
              type="button"
              class="button button--small"
              @click=${() => void this.change(entry)}
            >
              Change it
            </button>
            <button
              type="button"
              class="button button--small button--danger"
              @click=${() => void this.discard(entry)}
            >
              Leave it out
            </button>
          </li>`,
        )}
      </ul>`;
  }
}

customElements.define("fm-table", HelpersTable);
