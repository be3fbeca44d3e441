/** Results of a quick question as bars; what is too few is said in words. */

import { html, nothing, type TemplateResult } from "lit";

import type { Row } from "../views/questions";

export function barsOf(rows: readonly Row[]): TemplateResult {
  return html`<div class="asked__rows">
    ${rows.map(
      (row) =>
        html`<div class="asked__row">
          ${rows.length > 1 || row.total !== null
            ? html`<p class="asked__who">
                ${rows.length > 1 ? row.title : nothing}
                ${row.total === null
                  ? nothing
                  : html`<span class="quiet">${row.total} answers</span>`}
              </p>`
            : nothing}
          <ul class="bars">
            ${row.bars.map(
              (bar) =>
                html`<li class="bar">
                  <span class="bar__label">${bar.label}</span>${bar.hidden
                    ? html`<span class="bar__few">fewer than 5</span>`
                    : html`<progress
                          class="bar__line"
                          max="100"
                          value=${bar.share}
                          aria-hidden="true"
                        ></progress
                        ><span class="bar__number"
                          >${bar.count ?? `about ${bar.share} %`}</span
                        >`}
                </li>`,
            )}
          </ul>
        </div>`,
    )}
  </div>`;
}
