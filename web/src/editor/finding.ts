/** Find and replace over all lines, with a look at what each would read. */

import { html, nothing, type TemplateResult } from "lit";

import type { Moments } from "../wording/moments";
import { countLines } from "./drawing";
import type { Cue, Sheet } from "./sheet";
import { findIn, type Found, type Wanted } from "./words";

const MOST_PREVIEW = 200;

export interface FindActs {
  replace(found: readonly Found[]): void;
  goTo(cue: Cue): void;
  close(): void;
  changed(): void;
}

export class Finding {
  isOpen = false;
  private readonly wanted: Wanted = {
    find: "",
    replace: "",
    matchCase: false,
    wholeWords: false,
  };
  private readonly skipped = new Set<string>();

  constructor(
    private readonly sheet: Sheet,
    private readonly moments: Moments,
    private readonly acts: FindActs,
  ) {}

  open(): void {
    this.isOpen = true;
    this.skipped.clear();
  }

  draw(): TemplateResult {
    const { find, replace, matchCase, wholeWords } = this.wanted;
    const found = findIn(this.sheet.all, this.wanted);
    const times = found.reduce((sum, one) => sum + one.times, 0);
    const chosen = found.filter(({ cue }) => !this.skipped.has(cue.cue_id));
    return html`<form
      class="editor-find"
      role="search"
      @submit=${(event: Event) => {
        event.preventDefault();
        if (chosen.length) this.acts.replace(chosen);
      }}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === "Escape") this.acts.close();
      }}
    >
      <label class="field"><span class="field__label">Find</span
        ><input class="input" name="find" autocomplete="off" .value=${find} @input=${this.typed("find")} /></label>
      <label class="field"><span class="field__label">Put instead</span
        ><input class="input" name="replace" autocomplete="off" .value=${replace} @input=${this.typed("replace")} /></label>
      <div class="editor-find__ticks">
        <label class="check"><input type="checkbox" .checked=${matchCase} @change=${this.ticked("matchCase")} /> Capitals as written</label>
        <label class="check"><input type="checkbox" .checked=${wholeWords} @change=${this.ticked("wholeWords")} /> Whole words</label>
      </div>
      <p class="editor-find__sum" role="status">
        ${find.trim() ? `${times.toLocaleString("en")} in ${countLines(found.length)}` : ""}
      </p>
      ${found.length
        ? html`<ol class="editor-find__list">
              ${found.slice(0, MOST_PREVIEW).map((one) => this.preview(one))}
            </ol>
            ${found.length > MOST_PREVIEW
              ? html`<p class="quiet">And ${countLines(found.length - MOST_PREVIEW)} more.</p>`
              : nothing}`
        : nothing}
      <p class="line__actions">
        <button class="button button--primary" ?disabled=${!chosen.length}>Replace in ${countLines(chosen.length)}</button>
        <button type="button" class="button button--quiet" @click=${() => this.acts.close()}>Close</button>
      </p>
    </form>`;
  }

  private typed(name: "find" | "replace") {
    return (event: Event): void => {
      this.wanted[name] = (event.target as HTMLInputElement).value;
      this.skipped.clear();
      this.acts.changed();
    };
  }

  private ticked(name: "matchCase" | "wholeWords") {
    return (event: Event): void => {
      this.wanted[name] = (event.target as HTMLInputElement).checked;
      this.acts.changed();
    };
  }

  private preview({ cue, after }: Found): TemplateResult {
    return html`<li>
      <label class="check"
        ><input
          type="checkbox"
          .checked=${!this.skipped.has(cue.cue_id)}
          @change=${(event: Event) => {
            if ((event.target as HTMLInputElement).checked) this.skipped.delete(cue.cue_id);
            else this.skipped.add(cue.cue_id);
            this.acts.changed();
          }}
        /><span><del>${cue.text}</del> <ins>${after}</ins></span></label
      ><button type="button" class="line__action" @click=${() => this.acts.goTo(cue)}>
        ${this.moments.exact(cue.at)}<span class="visually-hidden">: go to this line</span>
      </button>
    </li>`;
  }
}
