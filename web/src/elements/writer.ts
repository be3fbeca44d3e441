/** `<fm-writer>`: captions typed at a keyboard, shown to others letter by letter. */

import { html, LitElement, nothing, type TemplateResult } from "lit";

import { newLineId, TypedLines, type Outcome, type TypedLine } from "../desk/typed-lines";
import { pageData } from "../frame/page";

const LOOK_MS = 1_500;
/** While one types, what stands there is sent so often. */
const SEND_MS = 600;
const PATIENCE_MS = 15_000;
/** A line of this length ends with its next word. */
const LINE_LETTERS = 70;

interface Answer {
  mine: boolean;
  holder: string | null;
  asks: string | null;
  status: string;
  lines: { cue_id: string; text: string; by: string }[];
  message: string | null;
}

export class Writer extends LitElement {
  private answer: Answer | null = null;
  private problem = "";
  private offline = false;
  private wants = false;
  /** Whether one took the keyboard here and did not leave it. */
  private writes = false;
  private text = "";
  private sent = "";
  private lineId = newLineId();
  private begunMs = 0;
  /** What the server has not said that it has: it stays here until then. */
  private readonly ended = new TypedLines((fields) => this.ask("finish", fields));
  private corrected: { id: string; text: string } | null = null;
  private timers: ReturnType<typeof setInterval>[] = [];
  /** The forms that the server made: they work until the first answer is here. */
  private served: ChildNode[] = [];
  private asked = 0;
  private answered = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasUpdated) this.served = [...this.childNodes];
    this.timers = [
      setInterval(() => void this.look(), LOOK_MS),
      setInterval(() => this.sendTyped(), SEND_MS),
    ];
    window.addEventListener("beforeunload", this.warn);
    void this.ask("look");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("beforeunload", this.warn);
    this.timers.forEach(clearInterval);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const answer = this.answer;
    if (!answer) return html``;
    return html`<p class="writer__status" role="status">
        ${answer.status} ${answer.asks ? `${answer.asks} asks to take over.` : ""}
      </p>
      ${this.offline
        ? html`<p class="refusal" role="alert">No connection. What you type stays here.</p>`
        : nothing}
      ${this.problem ? html`<p class="refusal" role="alert">${this.problem}</p>` : nothing}
      <ol class="writer__lines" aria-label="The last lines">
        ${answer.lines.map((line) => this.line(line))}
        ${this.ended.waiting.map((line) => this.waitingLine(line))}
      </ol>
      ${answer.mine ? this.keyboard(answer) : this.begin(answer)}`;
  }

  private line(line: Answer["lines"][number]): TemplateResult {
    if (this.corrected?.id !== line.cue_id) {
      return html`<li class="writer__line" data-by=${line.by}>
        <button class="writer__said" @click=${() => this.startCorrecting(line)}>
          ${line.text}<span class="visually-hidden">: correct this line</span>
        </button>
      </li>`;
    }
    return html`<li>
      <form class="writer__line" @submit=${this.correct}>
        <input
          class="input writer__correction"
          aria-label="The line, corrected"
          maxlength="300"
          .value=${this.corrected.text}
          @input=${(event: Event) => {
            this.corrected!.text = (event.target as HTMLInputElement).value;
          }}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key === "Escape") this.stopCorrecting();
          }}
        />
        <button class="button button--small">Correct</button>
      </form>
    </li>`;
  }

  private waitingLine({ id, text, why }: TypedLine): TemplateResult {
    const state = why || (this.offline ? "Not sent yet" : "");
    return html`<li class="writer__line" data-by="typed" data-waits>
      <span class="writer__waiting"
        >${text}${state ? html` <strong>${state}</strong>` : nothing}</span
      >
      ${why
        ? html`<button class="button button--small" @click=${() => void this.sendAgain(id)}>
              Send again
            </button>
            <button class="button button--small button--quiet" @click=${() => this.throwAway(id)}>
              Throw away
            </button>`
        : nothing}
    </li>`;
  }

  private keyboard(answer: Answer): TemplateResult {
    return html`<form class="writer__form" @submit=${this.finish}>
        <label class="field"
          ><span class="field__label"
            >What is said now. Enter ends a line; arrow up corrects the last one.</span
          ><input
            class="input writer__input"
            name="text"
            maxlength="300"
            autocomplete="off"
            .value=${this.text}
            @input=${this.typed}
            @keydown=${this.pressed}
            enterkeyhint="send"
        /></label>
        <button class="button button--primary">Send this line</button>
      </form>
      <button class="button button--quiet" @click=${() => void this.leave()}>
        ${answer.asks ? `Hand over to ${answer.asks}` : "Stop writing"}
      </button>`;
  }

  private begin(answer: Answer): TemplateResult {
    return html`<button class="button button--primary" @click=${() => void this.take()}>
        ${answer.holder ? `Ask ${answer.holder} to hand over` : "Begin to write"}
      </button>
      <p class="quiet">
        While somebody writes, the machine keeps silent; when nothing was typed for a while
        it goes on.
      </p>`;
  }

  private readonly typed = (event: Event): void => {
    if (!this.text) this.begunMs = Date.now();
    this.text = (event.target as HTMLInputElement).value;
    // A sentence is a line, and so is what fills one.
    const whole = /[.!?…]\s$/u.test(this.text) && this.text.length > 12;
    if (whole || (this.text.length > LINE_LETTERS && this.text.endsWith(" "))) {
      void this.send();
    }
  };

  private readonly pressed = (event: KeyboardEvent): void => {
    const last = this.answer?.lines.at(-1);
    if (event.key !== "ArrowUp" || this.text || !last) return;
    event.preventDefault();
    this.startCorrecting(last);
  };

  private readonly finish = (event: Event): void => {
    event.preventDefault();
    void this.send();
  };

  private async send(): Promise<void> {
    const { text, lineId } = this;
    this.text = this.sent = "";
    this.lineId = newLineId();
    if (text.trim()) {
      const sent = this.ended.end(lineId, text, this.begunMs);
      this.requestUpdate();
      await sent;
    }
    this.requestUpdate();
  }

  private async sendAgain(id: string): Promise<void> {
    await this.ended.sendAgain(id);
    this.requestUpdate();
  }

  private throwAway(id: string): void {
    this.ended.drop(id);
    this.requestUpdate();
    this.querySelector<HTMLElement>(".writer__input")?.focus();
  }

  private async look(): Promise<void> {
    await this.ask("look");
    if (this.offline) return;
    // A server that was started anew knows of nobody at the keyboard.
    if (this.writes && this.answer?.holder === null) await this.ask("take");
    await this.ended.send();
    this.requestUpdate();
  }

  /** What stands in the field goes first. */
  private async leave(): Promise<void> {
    this.writes = this.wants = false;
    await this.send();
    await this.ask("leave");
  }

  private readonly warn = (event: BeforeUnloadEvent): void => {
    if (this.ended.waiting.length) event.preventDefault();
  };

  private sendTyped(): void {
    if (!this.answer?.mine || !this.text || this.text === this.sent) return;
    this.sent = this.text;
    const begun_ago = ((Date.now() - this.begunMs) / 1_000).toFixed(1);
    void this.ask("type", { text: this.text, line_id: this.lineId, begun_ago });
  }

  private async take(): Promise<void> {
    this.writes = this.wants = true;
    await this.ask("take");
  }

  /** Who asked for the keyboard types on without looking for it. */
  protected override updated(): void {
    if (!this.wants || !this.answer?.mine) return;
    this.wants = false;
    this.querySelector<HTMLElement>(".writer__input")?.focus();
  }

  /** Take the place of the server's forms, with what was typed there and the focus. */
  private async takeOver(): Promise<void> {
    const [focused, served] = [this.contains(document.activeElement), this.served];
    this.served = [];
    const typed = this.querySelector<HTMLInputElement>(".writer__input");
    if (typed?.value) [this.text, this.begunMs] = [typed.value, Date.now()];
    for (const node of served) node.remove();
    this.requestUpdate();
    await this.updateComplete;
    if (focused) this.querySelector<HTMLElement>(".writer__input, .button--primary")?.focus();
  }

  /** Somebody else took over, or a page was loaded anew while one wrote. */
  private noteHand({ mine, holder }: Answer): void {
    if (!this.answered) this.writes ||= mine;
    if (holder !== null && !mine && !this.wants) this.writes = false;
  }

  private startCorrecting(line: { cue_id: string; text: string }): void {
    this.corrected = { id: line.cue_id, text: line.text };
    this.requestUpdate();
    void this.updateComplete.then(() =>
      this.querySelector<HTMLElement>(".writer__correction")?.focus(),
    );
  }

  private stopCorrecting(): void {
    this.corrected = null;
    this.requestUpdate();
    void this.updateComplete.then(() =>
      this.querySelector<HTMLElement>(".writer__input")?.focus(),
    );
  }

  private readonly correct = (event: Event): void => {
    event.preventDefault();
    const { id, text } = this.corrected!;
    void this.ask("correct", { cue_id: id, text }).then(({ kind }) => {
      if (kind === "taken") this.stopCorrecting();
    });
  };

  private async ask(what: string, more: Record<string, string> = {}): Promise<Outcome> {
    const turn = ++this.asked;
    const body = new URLSearchParams({
      ...more,
      room: this.dataset["room"] ?? "",
      do: what,
      _type: "captions",
      _csrf: pageData()?.csrf ?? "",
    });
    try {
      const response = await fetch(this.dataset["do"] ?? "", {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (response.status >= 500 || response.status === 429) throw new Error(`${response.status}`);
      const answer = (await response.json()) as Partial<Answer> & { detail?: string };
      // Answers overtake each other; what a later question heard is newer.
      if (Array.isArray(answer.lines) && turn > this.answered) {
        this.noteHand(answer as Answer);
        this.answered = turn;
        this.answer = answer as Answer;
        if (this.served.length) await this.takeOver();
      }
      const why = answer.message ?? answer.detail ?? (response.ok ? "" : "The server refused this.");
      // A line that is refused says so itself.
      if (what !== "look" && what !== "finish") this.problem = why;
      this.offline = false;
      return response.ok ? { kind: "taken" } : { kind: "refused", why };
    } catch {
      this.offline = true;
      return { kind: "unreachable" };
    } finally {
      this.requestUpdate();
    }
  }
}

customElements.define("fm-writer", Writer);
