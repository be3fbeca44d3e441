/** `<fm-questions>`: quick questions, open where their viewer is, and what came of them. */

import { html, nothing, type TemplateResult } from "lit";

import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { formAddress, hidden, mayWrite, type Piece } from "../wording/pieces";
import type { WireQuestion } from "../feed/types";
import { viewQuestions, type QuestionView } from "../views/questions";
import { barsOf } from "./bars";

const TICK_MS = 1_000;
/** Beside the film a result stays so long after the close. */
const SHOWN_MS = 60_000;

interface Told {
  room_id: string;
  at: string | null;
}

export class QuickQuestions extends LiveElement {
  private told: { room: string; at: number } | null = null;
  private tick: ReturnType<typeof setInterval> | undefined;
  private shown = "";

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("fm-time", this.follow as EventListener);
    // Before the page's own handler takes the form: with the moment in it.
    this.addEventListener("submit", this.stamp, { capture: true });
    this.tick = setInterval(() => this.look(), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fm-time", this.follow as EventListener);
    this.removeEventListener("submit", this.stamp, { capture: true });
    clearInterval(this.tick);
  }

  private get beside(): boolean {
    return this.dataset["beside"] !== undefined;
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    if (feed === "outbox") return true;
    return entry === null ? feed !== "presence" : entry.kind.startsWith("Question");
  }

  private readonly follow = (event: CustomEvent<Told>): void => {
    const { room_id: room, at } = event.detail;
    this.told = at ? { room, at: Date.parse(at) } : null;
    this.look();
  };

  private get views(): QuestionView[] {
    return viewQuestions(this.meeting!.state!, Date.now(), this.told, this.inside);
  }

  /** Whether it is asked where I am: I said so, or I run the meeting. */
  private readonly inside = ({ room_id, question_id }: WireQuestion): boolean => {
    const { page, memberId, own } = this.meeting!;
    if (page.me?.moderates || this.inRoom) return true;
    const here = own?.places[memberId ?? ""];
    const answered = own?.question_ballots[question_id]?.[memberId ?? ""] !== undefined;
    return answered || (here !== undefined && (room_id === null || room_id === here));
  };

  /** Said on this device, for as long as its tab is open. */
  private get inRoom(): boolean {
    return keptHere(this.meeting?.slug ?? "") !== null;
  }

  private readonly enterRoom = (): void => {
    keptHere(this.meeting?.slug ?? "", true);
    this.shown = "";
    this.requestUpdate();
  };

  /** Render anew only where time opened or closed something. */
  private look(): void {
    if (!this.ready) return;
    const told = [...this.listed(), ...this.ahead()];
    const shown = told.map(({ key, state }) => key + state).join();
    if (shown === this.shown) return;
    this.shown = shown;
    this.requestUpdate();
  }

  private listed(): QuestionView[] {
    const views = this.views.filter(({ state }) => state !== "ahead");
    if (!this.beside) return views;
    const now = this.told?.at ?? Date.now();
    return views.filter(({ state, question }) => {
      const closed = question.closed_at ? Date.parse(question.closed_at) : Infinity;
      return state === "open" || now - closed < SHOWN_MS;
    });
  }

  /** What is asked in the room already; who plays the film waits for it there. */
  private ahead(): QuestionView[] {
    return this.told ? [] : this.views.filter(({ state }) => state === "ahead");
  }

  /** The moment of the film at which it is answered; the device's without a line. */
  private readonly stamp = (event: Event): void => {
    const form = event.target as HTMLFormElement;
    const field = form.elements.namedItem("at") as HTMLInputElement | null;
    if (!field) return;
    const id = (form.elements.namedItem("question_id") as HTMLInputElement).value;
    const question = this.meeting?.state?.questions[id];
    const { told } = this;
    const here = told && (question?.room_id == null || question.room_id === told.room);
    const away = this.meeting?.health !== "live" && this.meeting?.health !== "polling";
    const at = here ? told.at : away ? Date.now() : null;
    field.value = at === null ? "" : new Date(at).toISOString();
  };

  protected override render(): TemplateResult {
    const views = this.listed();
    const open = views.filter(({ state }) => state === "open");
    const closed = views.filter(({ state }) => state === "closed");
    const ahead = this.ahead().length > 0;
    const none = !views.length && !this.beside && !ahead;
    return html`${ahead
      ? html`<div class="asked card asked--ahead">
          <p>
            A question is being asked in the room. You see it when the film is there.
          </p>
          <button type="button" class="button button--small" @click=${this.enterRoom}>
            I am in the room
          </button>
        </div>`
      : nothing}${open.map((view) => this.item(view))}
    ${closed.length && !this.beside
      ? html`<h3 class="questions__before">Asked before</h3>`
      : nothing}
    ${closed.map((view) => this.item(view))}
    ${none
      ? html`<div class="empty empty--small"><p>Nothing has been asked yet.</p></div>`
      : nothing}
    <p class="visually-hidden" role="status">${open[0]?.text ?? ""}</p>`;
  }

  private item(view: QuestionView): TemplateResult {
    const { question, text, key } = view;
    const room = this.meeting!.state!.rooms[question.room_id ?? ""]?.content?.name;
    const at = this.moments.clock(question.opened_at);
    return html`<article class="asked card" id=${key} data-question=${key}>
      <header class="asked__head">
        <h3>${text}</h3>
        <p class="quiet">
          ${view.state === "open"
            ? html`<span class="badge badge--now">Open</span> asked ${at}`
            : html`Asked ${at}`}${room ? `, ${room}` : ""}
        </p>
      </header>
      ${view.state === "open" && mayWrite() ? this.form(view) : nothing}
      ${this.results(view)} ${this.tools(view)}
    </article>`;
  }

  /** What I answered: as just tapped, else as my own feed says. */
  private mine({ key, question }: QuestionView): { choice: number | null; room: boolean } {
    const meeting = this.meeting!;
    const pressed = meeting.pending.findLast(
      (item) =>
        item.type === "question.answer" &&
        item.data["question_id"] === key &&
        item.state !== "refused",
    );
    const me = meeting.memberId ?? "";
    const ballot = meeting.own?.question_ballots[key]?.[me];
    const here = meeting.own?.places[me];
    const inside =
      here !== undefined && (question.room_id === null || question.room_id === here);
    const audience = (pressed?.data["audience"] ?? ballot?.audience) as string | undefined;
    return {
      choice: pressed
        ? ((pressed.data["choice"] as number | null) ?? null)
        : (ballot?.choice ?? null),
      room: audience ? audience === "room" : inside || this.inRoom,
    };
  }

  private form(view: QuestionView): TemplateResult {
    const { key, question, labels } = view;
    const mine = this.mine(view);
    const where = (value: string, word: string, checked: boolean): TemplateResult =>
      html`<label class="check"
        ><input type="radio" name="audience" value=${value} ?checked=${checked} />
        <span>${word}</span></label
      >`;
    return html`<form
      class="asked__form"
      method="post"
      action="${formAddress()}#${key}"
      data-command="question.answer"
    >
      ${hidden("question.answer", { question_id: key, at: "" })}
      ${question.by_audience
        ? html`<fieldset class="asked__where">
            <legend>Where are you?</legend>
            ${where("room", "In the room", mine.room)}
            ${where("remote", "Elsewhere", !mine.room)}
          </fieldset>`
        : nothing}
      <div
        class="asked__options asked__options--${question.kind}"
        role="group"
        aria-label="Your answer"
      >
        ${labels.map(
          (label, index) =>
            html`<button
              class="asked__option"
              name="choice"
              value=${index}
              aria-pressed=${mine.choice === index ? "true" : "false"}
            >
              ${label}
            </button>`,
        )}
      </div>
      <p class="asked__mine quiet">
        ${mine.choice === null
          ? "Nobody sees who answered what."
          : html`Your answer is counted. You can change it until this is closed, or
              <button class="quiet-button" name="choice" value="none">take it back</button>`}
      </p>
    </form>`;
  }

  private results({ rows, question, state }: QuestionView): Piece {
    if (rows.length) {
      return html`${barsOf(rows)}${question.late > 0
        ? html`<p class="quiet">
            ${question.late} of these were given in time and came later, from devices
            without a line.
          </p>`
        : nothing}`;
    }
    const words =
      state === "closed" && question.settled
        ? "Too few answered to show a result."
        : state === "closed" || question.results === "live"
          ? "Results show once five people have answered."
          : "Results are shown when it is closed.";
    return html`<p class="quiet">${words}</p>`;
  }

  private tools({ key, question, state }: QuestionView): Piece {
    if (!this.meeting!.page.me?.facilitates) return nothing;
    return html`<footer class="asked__tools">
      ${state === "open" && question.closed_at === null
        ? html`<form method="post" action=${formAddress()} data-command="question.close">
            ${hidden("question.close", { question_id: key })}
            <button class="button button--small">Close it</button>
          </form>`
        : state === "open"
          ? html`<span class="quiet"
              >Closed in the room; who watches later can still answer.</span
            >`
          : nothing}
      ${this.beside
        ? nothing
        : html`<details class="staff-menu">
            <summary class="quiet-button">Remove</summary>
            <form method="post" action=${formAddress()} data-command="question.remove">
              ${hidden("question.remove", { question_id: key })}
              <p>The question and its answers are deleted.</p>
              <button class="button button--danger button--small">Remove it</button>
            </form>
          </details>`}
    </footer>`;
  }
}

/** Read, or keep, that this tab is in the meeting's room; a browser may keep nothing. */
function keptHere(slug: string, keep = false): string | null {
  try {
    if (keep) sessionStorage.setItem(`folkmoot-in-room:${slug}`, "yes");
    return sessionStorage.getItem(`folkmoot-in-room:${slug}`);
  } catch {
    return null;
  }
}

customElements.define("fm-questions", QuickQuestions);
