/** The player's timeline: where one is, what is marked, and what it looks like there. */

import { html, nothing, type TemplateResult } from "lit";

import type { Piece } from "../wording/pieces";
import type { Chapter } from "./chapters";
import type { PlacedGap } from "./gaps";
import type { Still } from "./storyboard";

export interface Place {
  seconds: number;
  words: string;
  still: Still | null;
}

export interface Timeline {
  now: number;
  end: number;
  buffered: number;
  words: string;
  chapters: readonly Chapter[];
  gaps: readonly PlacedGap[];
  /** What people wrote, in a lane above. */
  talk: Piece;
  /** Where something was said that is searched for. */
  heat: Piece;
  place: Place | null;
  seek(seconds: number): void;
  settle(): void;
  point(seconds: number | null): void;
}

export function timeline(line: Timeline): TemplateResult {
  const end = Math.max(line.end, 1);
  const share = (seconds: number): number => Math.min(1, Math.max(0, seconds / end));
  const point = (event: PointerEvent): void => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    line.point(Math.min(1, Math.max(0, (event.clientX - left) / width)) * end);
  };
  // Set by script, one by one: a style attribute would meet the page's CSP.
  return html`<div
    class="timeline"
    .style=${`--played:${share(line.now)};--buffered:${share(line.buffered)}`}
    @pointermove=${point}
    @pointerleave=${() => line.point(null)}
  >
    ${line.talk} ${line.heat}
    <div class="timeline__track" aria-hidden="true"></div>
    ${line.gaps.map(
      ({ from, to }) =>
        html`<span
          class="timeline__gap"
          aria-hidden="true"
          .style=${`--at:${share(from)};--for:${share(to) - share(from)}`}
        ></span>`,
    )}
    ${line.chapters
      .filter(({ kind }) => kind === "agenda" || kind === "question")
      .map(
        (chapter) =>
          html`<span
            class="timeline__mark"
            data-kind=${chapter.kind}
            aria-hidden="true"
            .style=${`--at:${share(chapter.seconds)}`}
          ></span>`,
      )}
    <input
      class="player__seek"
      type="range"
      min="0"
      max=${end}
      step="any"
      .value=${String(Math.min(line.now, end))}
      aria-label="Place in the recording"
      aria-valuetext=${line.words}
      @input=${(event: Event) => {
        const seconds = Number((event.target as HTMLInputElement).value);
        line.seek(seconds);
        line.point(seconds);
      }}
      @change=${() => line.settle()}
      @blur=${() => line.point(null)}
    />
    ${line.place ? preview(line.place, share(line.place.seconds)) : nothing}
  </div>`;
}

function preview({ words, still }: Place, share: number): TemplateResult {
  const picture = still
    ? `width:${still.width}px;height:${still.height}px;` +
      `background-image:url("${still.sheet}");background-position:-${still.x}px -${still.y}px`
    : "";
  return html`<div class="timeline__place" aria-hidden="true" .style=${`--at:${share}`}>
    ${still ? html`<span class="timeline__still" .style=${picture}></span>` : nothing}
    <span class="timeline__words">${words}</span>
  </div>`;
}
