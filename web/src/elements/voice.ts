/**
 * `<fm-voice>`: a voice note for what is being written: recorded, heard, sent along.
 *
 * It lies on this device until it is posted, and then in the outbox: nothing is sent
 * before its author has said so.
 */

import { html, LitElement, nothing, type TemplateResult } from "lit";

import { randomName, type OutboxFile } from "../offline/outbox-store";
import { icon } from "../wording/pieces";
import {
  MAX_SECONDS,
  NoMicrophone,
  Recorder,
  sayLength,
  type Recording,
} from "../voice/recorder";
import { drawBars } from "./voice-note";

export class VoiceToPost extends LitElement {
  private recorder: Recorder | null = null;
  private recording: (Recording & { address: string }) | null = null;
  private words = "";
  private problem = "";
  private needed = false;
  /** Grows with all that throws away what is asked for or being ended. */
  private turn = 0;
  private ending: Promise<void> = Promise.resolve();

  override connectedCallback(): void {
    super.connectedCallback();
    this.form?.addEventListener("reset", this.clear);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.form?.removeEventListener("reset", this.clear);
    this.clear();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** What to send ahead of the text; what is still being recorded ends here. */
  async files(): Promise<OutboxFile[]> {
    await this.stop();
    if (!this.recording) return [];
    const { blob, seconds, peaks } = this.recording;
    const text = this.words.trim();
    const file: OutboxFile = { upload_id: randomName(24), kind: "voice", blob, seconds, peaks };
    return [text ? { ...file, text } : file];
  }

  protected override render(): TemplateResult {
    if (this.recorder) return this.renderRecording(this.recorder);
    if (this.recording) return this.renderRecorded(this.recording);
    return html`<button type="button" class="quiet-button" @click=${this.start}>
        ${icon("mic")}Voice note
      </button>
      ${this.problem
        ? html`<p class="refusal" role="alert">${this.problem}</p>`
        : nothing}`;
  }

  private renderRecording(recorder: Recorder): TemplateResult {
    const left = recorder.secondsLeft;
    return html`<div class="voice voice--live" role="group" aria-label="Voice note">
      <span class="voice__dot" aria-hidden="true"></span>
      <meter
        class="voice__level"
        min="0"
        max="1"
        .value=${recorder.level}
        aria-label="How loud it is"
      ></meter>
      <span class="voice__time"
        ><span aria-hidden="true">${sayLength(recorder.seconds)}</span>
        <span class="voice__left" role="timer"
          >${left <= 30 ? `${Math.ceil(left)} s left` : nothing}</span
        ></span
      >
      <button type="button" class="button button--small" @click=${() => void this.stop()}>
        ${icon("pause")}Stop
      </button>
      <button type="button" class="quiet-button" @click=${this.clear}>Discard</button>
    </div>`;
  }

  private renderRecorded({ address, seconds, peaks }: Recording & { address: string }) {
    return html`<div class="voice" role="group" aria-label="Voice note">
      ${drawBars(peaks)}
      <audio class="voice__player" controls src=${address} aria-label="Listen to it"></audio>
      <span class="voice__time">${sayLength(seconds)}</span>
      <button type="button" class="quiet-button" @click=${this.start}>
        ${icon("mic")}Record again
      </button>
      <button type="button" class="quiet-button" @click=${this.clear}>Discard</button>
      <label class="field voice__words"
        ><span class="field__label"
          >What it says <span class="field__optional">for who can’t hear it</span></span
        ><textarea
          class="input"
          rows="2"
          maxlength="10000"
          .value=${this.words}
          @input=${(event: Event) => {
            this.words = (event.target as HTMLTextAreaElement).value;
          }}
        ></textarea>
      </label>
    </div>`;
  }

  private readonly start = async (): Promise<void> => {
    this.recorder?.discard();
    this.recorder = null;
    this.forget();
    this.problem = "";
    const turn = (this.turn += 1);
    try {
      const recorder = await Recorder.start(() => this.tick());
      // Pressed again, posted or gone while the browser asked: nobody would end it.
      if (turn !== this.turn) return recorder.discard();
      this.recorder = recorder;
    } catch (error) {
      if (!(error instanceof NoMicrophone)) throw error;
      if (turn === this.turn) this.problem = error.message;
    }
    this.changed();
  };

  private tick(): void {
    if (this.recorder && this.recorder.seconds >= MAX_SECONDS) void this.stop();
    this.requestUpdate();
  }

  /** End what is recorded; whoever asks while it ends waits for it too. */
  private stop(): Promise<void> {
    const { recorder } = this;
    this.recorder = null;
    if (recorder) this.ending = this.end(recorder);
    return this.ending;
  }

  private async end(recorder: Recorder): Promise<void> {
    const { turn } = this;
    const recording = await recorder.stop();
    if (turn !== this.turn) return;
    this.recording = { ...recording, address: URL.createObjectURL(recording.blob) };
    this.changed();
    await this.updateComplete;
    this.querySelector<HTMLElement>("audio")?.focus();
  }

  private readonly clear = (): void => {
    this.turn += 1;
    this.recorder?.discard();
    this.recorder = null;
    this.words = "";
    this.forget();
    this.changed();
  };

  private forget(): void {
    if (this.recording) URL.revokeObjectURL(this.recording.address);
    this.recording = null;
  }

  private get form(): HTMLFormElement | null {
    return this.closest("form");
  }

  /** What is said needs no words beside it. */
  private changed(): void {
    const field = this.form?.querySelector<HTMLTextAreaElement>("[name=text]");
    if (field && (this.recording || this.recorder)) {
      this.needed ||= field.required;
      field.required = false;
    } else if (field && this.needed) {
      field.required = true;
      this.needed = false;
    }
    this.requestUpdate();
  }
}

customElements.define("fm-voice", VoiceToPost);
