/**
 * Words that the server would not take: they stay on the page and on the device, with
 * the reason, until they are sent again, copied out or thrown away by who wrote them.
 */

import { html, type TemplateResult } from "lit";

import { copyText } from "../elements/copy";
import { icon } from "../wording/pieces";
import { countLines } from "./drawing";
import type { Act, Refused } from "./service";

/** What the server says to who is signed out, or may not write here any more. */
const NOT_YOURS: readonly number[] = [401, 403];

export interface RefusedWords {
  /** What was asked, to be asked again. */
  act: Act;
  text: string;
  why: string;
}

export class Refusals {
  private readonly byLine = new Map<string, RefusedWords>();
  private signedOut = false;

  get size(): number {
    return this.byLine.size;
  }

  get all(): readonly RefusedWords[] {
    return [...this.byLine.values()];
  }

  of(id: string): RefusedWords | undefined {
    return this.byLine.get(id);
  }

  /** Keep the words of what was refused; which lines they belong to. */
  keep(acts: readonly Act[], { message: why, status }: Refused): string[] {
    this.signedOut = NOT_YOURS.includes(status);
    const lines: string[] = [];
    for (const act of acts) {
      const { cue_id: id, text } = act as { cue_id?: string; text?: string };
      if (id === undefined || text === undefined) continue;
      this.byLine.set(id, { act, text, why });
      lines.push(id);
    }
    return lines;
  }

  drop(id: string): RefusedWords | undefined {
    const words = this.byLine.get(id);
    this.byLine.delete(id);
    return words;
  }

  /** Over all lines: what can be done with the words that are not saved. */
  draw(sendAgain: () => void): TemplateResult {
    const words = this.all;
    return html`<div class="refusal editor__refused" role="alert">
      ${icon("warning")}
      <div>
        <p>
          <strong>${countLines(words.length)} not saved.</strong> ${words.at(-1)!.why} What you
          wrote stays here and on this device.
          ${this.signedOut ? "Sign in again in another tab, then load this page anew: it sends them." : ""}
        </p>
        <p class="line__actions">
          <button type="button" class="button button--small" @click=${sendAgain}>Send again</button>
          <button
            type="button"
            class="button button--small button--quiet"
            @click=${(event: Event) => void copyAll(event.currentTarget as HTMLElement, words)}
          >
            Copy the words
          </button>
          ${this.signedOut
            ? html`<a class="button button--small button--quiet" href="">Load this page anew</a>`
            : ""}
        </p>
      </div>
    </div>`;
  }
}

export interface RefusedActs {
  again(): void;
  change(): void;
  throwAway(): void;
}

/** Under a line: what was written there and is not saved. */
export function drawRefused({ text, why }: RefusedWords, acts: RefusedActs): TemplateResult {
  return html`<div class="line__conflict line__refused" role="group" aria-label="Not saved">
    <p><strong>Not saved.</strong> ${why}</p>
    <dl class="versions"><div><dt>You wrote</dt><dd>${text}</dd></div></dl>
    <p class="line__actions">
      <button type="button" class="button button--small" @click=${acts.again}>Send again</button>
      <button type="button" class="button button--small" @click=${acts.change}>Change it</button>
      <button type="button" class="button button--small button--quiet" @click=${acts.throwAway}>Throw it away</button>
    </p>
  </div>`;
}

async function copyAll(button: HTMLElement, words: readonly RefusedWords[]): Promise<void> {
  await copyText(words.map(({ text }) => text).join("\n"));
  button.textContent = "Copied";
}
