/** A line's words on a page: what may still change and what is doubtful look so. */

import { html, nothing, type TemplateResult } from "lit";

import { wordsOf, type Line } from "./said";

export function captionWords(line: Line): TemplateResult {
  return html`${wordsOf(line).map(({ text, doubtful }, place) => {
    const space = place ? " " : "";
    return doubtful
      ? html`${space}<i class="doubtful" title="The machine was not sure of this word"
            >${text}</i
          >`
      : html`${space}${text}`;
  })}${line.tentative
    ? html`${line.text ? " " : ""}<i class="tentative">${line.tentative}</i>`
    : nothing}`;
}
