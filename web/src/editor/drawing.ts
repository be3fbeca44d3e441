/** What the parts of the editor draw alike: counts, origins, buttons. */

import { html, nothing, type TemplateResult } from "lit";

import { icon } from "../wording/pieces";
import type { Origin } from "./sheet";

export const ORIGIN_WORDS: Record<Origin, string> = {
  machine: "By machine",
  typed: "Typed live",
  imported: "From a file",
};

export function countLines(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "line" : "lines"}`;
}

export function iconButton(
  word: string,
  name: string,
  act: () => void,
  disabled = false,
): TemplateResult {
  return html`<button
    type="button"
    class="icon-button"
    data-icon=${name}
    aria-label=${word}
    title=${word}
    ?disabled=${disabled}
    @click=${act}
  >
    ${icon(name === "redo" ? "undo" : name)}
  </button>`;
}

export function wordButton(word: string, name: string, act: () => void): TemplateResult {
  return html`<button type="button" class="button button--small button--quiet" @click=${act}>
    ${icon(name)}${word}
  </button>`;
}

/** What went wrong; it stays until it was read, where that can be said. */
export function refusal(words: string, read?: () => void): TemplateResult {
  return html`<p class="refusal" role="alert">
    ${icon("warning")}<span>${words}</span>
    ${read
      ? html`<button type="button" class="button button--small button--quiet" @click=${read}>I have read it</button>`
      : nothing}
  </p>`;
}
