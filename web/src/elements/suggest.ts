/**
 * `<fm-suggest>`: a timetable to accept, as ghost cards where sessions would stand.
 *
 * Without script its form leads to a page of its own; here the same suggestion is
 * put into the cells of the timetable, each card with its reasons.
 */

import { html, LitElement, nothing, render, type TemplateResult } from "lit";

import { liveMeeting, type LiveMeeting } from "../meeting";
import type { Outcome } from "../offline/outbox";
import { icon, type Piece } from "../wording/pieces";
import { toast } from "../frame/toasts";
import type { Commands } from "../feed/types";

interface Ghost {
  session_id: string;
  version: number;
  room_id: string;
  slot_id: string;
  stood: { room_id: string; slot_id: string } | null;
  words: string[];
}

interface Suggestion {
  keep: string;
  ghosts: Ghost[];
  left_over: { session_id: string; words: string }[];
  words: string[];
}

type Moves = Commands["board.arrange"]["moves"];

export class Suggest extends LitElement {
  private readonly meeting: LiveMeeting | null = liveMeeting();
  private found: Suggestion | null = null;
  private problem = "";
  private busy = false;
  private panel: HTMLElement | null = null;
  private stopListening: (() => void) | undefined;
  private readonly put = (): void => this.putGhosts();

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("submit", (event) => this.ask(event));
    document.addEventListener("fm-board-rendered", this.put);
    this.stopListening = this.meeting?.listen((feed) => {
      if (feed === "public") this.dropOld();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fm-board-rendered", this.put);
    this.stopListening?.();
  }

  /** The server's form stays; what is found is shown beside it. */
  protected override createRenderRoot(): HTMLElement {
    this.panel = document.createElement("div");
    this.panel.className = "suggest-panel__found";
    this.panel.setAttribute("role", "status");
    this.append(this.panel);
    return this.panel;
  }

  protected override render(): Piece {
    if (this.busy) return html`<p>Looking for places…</p>`;
    if (this.problem) return html`<p class="refusal">${this.problem}</p>`;
    if (!this.found) return nothing;
    const { ghosts, words, left_over } = this.found;
    return html`${words.map((sentence) => html`<p>${sentence}</p>`)}
      ${left_over.length ? this.renderLeftOver() : nothing}
      <p class="suggest__buttons">
        ${ghosts.length
          ? html`<button
              type="button"
              class="button button--primary"
              @click=${() => void this.accept(ghosts)}
            >
              ${icon("check")}Accept all ${ghosts.length}
            </button>`
          : nothing}
        <button type="button" class="button button--quiet" @click=${() => this.dismiss()}>
          ${ghosts.length ? "Accept none" : "Close"}
        </button>
      </p>`;
  }

  private renderLeftOver(): TemplateResult {
    return html`<ul class="suggest__left">
      ${this.found!.left_over.map(
        (over) => html`<li>
          <strong>${this.titleOf(over.session_id)}</strong>
          <span class="quiet">${over.words}</span>
        </li>`,
      )}
    </ul>`;
  }

  private ask(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    const address = this.getAttribute("src");
    if (!address || !this.meeting?.state) return;
    event.preventDefault();
    const keep = String(new FormData(form).get("keep") ?? "all");
    void this.fetch(`${address}?keep=${encodeURIComponent(keep)}`);
  }

  private async fetch(address: string): Promise<void> {
    this.busy = true;
    this.problem = "";
    this.show(null);
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" } });
      const told = (await response.json()) as Suggestion & { detail?: string };
      if (!response.ok) throw new Error(told.detail);
      this.busy = false;
      this.show(told);
    } catch (error) {
      this.busy = false;
      this.problem =
        (error instanceof Error && error.message) || "No timetable could be worked out.";
      this.requestUpdate();
    }
  }

  private show(found: Suggestion | null): void {
    this.found = found;
    for (const card of document.querySelectorAll(".ghost-card")) card.remove();
    this.putGhosts();
    this.requestUpdate();
  }

  private dismiss(): void {
    this.show(null);
    this.querySelector<HTMLElement>("form button")?.focus();
  }

  /** Put every ghost that is not there yet into its cell. */
  private putGhosts(): void {
    for (const ghost of this.found?.ghosts ?? []) {
      const { session_id, room_id, slot_id } = ghost;
      const at = `[data-room="${CSS.escape(room_id)}"][data-slot="${CSS.escape(slot_id)}"]`;
      const cell = document.querySelector(`.board__cell${at}`);
      if (!cell || cell.querySelector(`.ghost-card[data-ghost="${session_id}"]`)) continue;
      const card = document.createElement("article");
      card.className = "ghost-card";
      card.dataset["ghost"] = session_id;
      render(this.renderGhost(ghost), card);
      cell.append(card);
    }
  }

  private renderGhost(ghost: Ghost): TemplateResult {
    const title = this.titleOf(ghost.session_id);
    return html`<p class="ghost-card__eyebrow">Suggested</p>
      <h3 class="ghost-card__title">${title}</h3>
      <details class="ghost-card__why">
        <summary>Why here?<span class="visually-hidden"> ${title}</span></summary>
        <ul>
          ${ghost.words.map((sentence) => html`<li>${sentence}</li>`)}
        </ul>
      </details>
      <p class="ghost-card__actions">
        <button
          type="button"
          class="button button--small"
          @click=${() => void this.accept([ghost])}
        >
          Accept<span class="visually-hidden"> “${title}” here</span>
        </button>
        <button
          type="button"
          class="button button--small button--quiet"
          @click=${() => this.take([ghost])}
        >
          No<span class="visually-hidden">, not “${title}”</span>
        </button>
      </p>`;
  }

  private async accept(ghosts: Ghost[]): Promise<void> {
    const moves: Moves = ghosts.map(({ session_id, room_id, slot_id, version }) => ({
      session_id,
      room_id,
      slot_id,
      expect: version,
    }));
    const outcome = await this.meeting!.submit("board.arrange", { moves });
    if (!outcome.ok) {
      this.problem = wordsOf(outcome);
      this.requestUpdate();
      return;
    }
    this.take(ghosts);
    const said =
      ghosts.length === 1
        ? `“${this.titleOf(ghosts[0]!.session_id)}” has its place.`
        : `${ghosts.length} sessions have their places.`;
    const undo = undoOf(outcome);
    toast(said, undo ? { word: "Undo", act: () => void this.undo(undo) } : undefined);
  }

  private async undo(moves: Moves): Promise<void> {
    const outcome = await this.meeting!.submit("board.arrange", { moves });
    toast(outcome.ok ? "Everything stands as before." : wordsOf(outcome));
  }

  /** Take ghosts off the timetable; the panel goes with the last. */
  private take(ghosts: Ghost[]): void {
    if (!this.found) return;
    const left = this.found.ghosts.filter((ghost) => !ghosts.includes(ghost));
    this.show(left.length ? { ...this.found, ghosts: left } : null);
  }

  /** A card that somebody moved or changed meanwhile is no longer suggested. */
  private dropOld(): void {
    const sessions = this.meeting?.state?.sessions;
    if (!this.found || !sessions) return;
    const old = this.found.ghosts.filter(
      (ghost) => sessions[ghost.session_id]?.version !== ghost.version,
    );
    if (old.length) this.take(old);
  }

  private titleOf(id: string): string {
    return this.meeting?.state?.sessions[id]?.content?.title ?? "A session";
  }
}

function wordsOf(outcome: Outcome): string {
  return outcome.ok ? "" : (outcome.item.refusal?.message ?? "This could not be done.");
}

function undoOf(outcome: Outcome): Moves | null {
  if (!outcome.ok) return null;
  const undo = outcome.answer.data?.["undo"] as { data?: { moves?: Moves } } | undefined;
  return undo?.data?.moves ?? null;
}

customElements.define("fm-suggest", Suggest);
