/** How one line is drawn: its words, who says them, what can be done to it. */

import { html, nothing, type TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";

import { drawAvatar } from "../views/people";
import type { Moments } from "../wording/moments";
import { icon, type Piece } from "../wording/pieces";
import { ORIGIN_WORDS } from "./drawing";
import { fit } from "./letters";
import { drawRefused, type RefusedWords } from "./refusals";
import type { Person } from "./service";
import type { Cue } from "./sheet";

/** Two wrote the same line: what stands there, and what this page's person wrote. */
export interface Conflict {
  mine: string;
  now: Cue;
}

export interface LineView {
  cue: Cue;
  place: number;
  count: number;
  moments: Moments;
  isCurrent: boolean;
  isSelected: boolean;
  isPlaying: boolean;
  /** The item that begins here. */
  heading: string | undefined;
  /** Who speaks by the marks. */
  suggested: string | undefined;
  other: Person | undefined;
  conflict: Conflict | undefined;
  /** What was written here and the server would not take. */
  refused: RefusedWords | undefined;
  /** What stands in the field, while somebody writes here. */
  written: string | null;
}

export interface LineActs {
  select(id: string): void;
  play(cue: Cue): void;
  nameSpeaker(cue: Cue): void;
  typed(event: Event): void;
  left(event: FocusEvent): void;
  pressText(event: MouseEvent): void;
  checkOff(): void;
  publish(): void;
  divide(): void;
  add(): void;
  join(id: string): void;
  setTimes(cue: Cue): void;
  showHistory(cue: Cue): void;
  remove(): void;
  settle(id: string, how: "theirs" | "mine" | "both"): void;
  refused(id: string, how: "again" | "change" | "throwAway"): void;
}

export function drawLine(view: LineView, acts: LineActs): TemplateResult {
  const { cue, moments, isCurrent, other, conflict, refused } = view;
  const id = cue.cue_id;
  const tab = isCurrent ? 0 : -1;
  const clock = moments.exact(cue.at);
  const words = `${clock}, ${cue.speaker ?? "speaker not named"}: ${cue.text}${stateWords(cue)}`;
  return html`${view.heading
      ? html`<div class="lines__item" role="presentation"><span>${view.heading}</span></div>`
      : nothing}
    <div
      class="line"
      role="listitem"
      id=${`line-${id}`}
      data-id=${id}
      data-origin=${cue.origin}
      data-state=${cue.provenance === "verified" ? "checked" : cue.waits ? "waits" : "open"}
      ?data-current=${isCurrent}
      ?data-selected=${view.isSelected}
      ?data-playing=${view.isPlaying}
      ?data-conflict=${conflict !== undefined || refused !== undefined}
      aria-current=${isCurrent ? "true" : nothing}
      aria-setsize=${view.count}
      aria-posinset=${view.place + 1}
      aria-label=${words}
      tabindex=${tab}
      @focus=${() => isCurrent || acts.select(id)}
    >
      <button
        type="button"
        class="line__time"
        tabindex=${tab}
        title="Play from here"
        @click=${() => acts.play(cue)}
      >
        <time datetime=${cue.at}>${clock}</time>
      </button>
      <div class="line__body">
        <button
          type="button"
          class="line__speaker"
          tabindex=${tab}
          data-named=${cue.speaker !== null}
          ?data-suggested=${view.suggested !== undefined}
          @click=${() => acts.nameSpeaker(cue)}
        >
          ${cue.speaker ?? (view.suggested ? `${view.suggested}?` : "Who speaks?")}
        </button>
        ${other ? otherHere(other) : nothing}
        ${view.written === null
          ? html`<p class="line__text" @mousedown=${acts.pressText}>${textOf(cue)}</p>`
          : html`<textarea
              class="line__field"
              aria-label=${`Words of ${clock}`}
              rows="1"
              .value=${view.written}
              @input=${acts.typed}
              @blur=${acts.left}
              ${ref((field) => field && fit(field as HTMLTextAreaElement))}
            ></textarea>`}
        ${conflict ? conflictOf(id, conflict, acts) : nothing}
        ${refused
          ? drawRefused(refused, {
              again: () => acts.refused(id, "again"),
              change: () => acts.refused(id, "change"),
              throwAway: () => acts.refused(id, "throwAway"),
            })
          : nothing}
        ${isCurrent ? actions(cue, acts) : nothing}
      </div>
      <span class="line__marks">${marks(cue)}</span>
    </div>`;
}

function stateWords(cue: Cue): string {
  if (cue.provenance === "verified") return ". Checked";
  return cue.waits ? ". Not public yet" : "";
}

function marks(cue: Cue): Piece {
  const origin = ORIGIN_WORDS[cue.origin];
  const from = html`<span
    class="line__origin"
    ?data-kept=${cue.by_person}
    title=${origin + (cue.by_person ? ", corrected" : "")}
    >${cue.by_person ? "Corrected" : origin}</span
  >`;
  if (cue.provenance === "verified") {
    return html`<span class="line__checked" title=${`Checked by ${cue.checked_by ?? "somebody"}`}
      >${icon("check")}Checked</span
    >`;
  }
  return cue.waits ? html`<span class="badge badge--paused">Not public yet</span>${from}` : from;
}

/** The words; those that the machine was not sure of stand apart. */
function textOf(cue: Cue): Piece | string {
  if (!cue.doubtful.length) return cue.text;
  const doubtful = new Set(cue.doubtful);
  const parts = cue.text.split(/(\s+)/u);
  return html`${parts.map((part, index) =>
    index % 2 === 0 && doubtful.has(index / 2) ? html`<span class="doubtful">${part}</span>` : part,
  )}`;
}

function otherHere(other: Person): TemplateResult {
  const { hue } = drawAvatar(other.name);
  return html`<span class="line__other avatar" data-hue=${hue}
    >${other.name} ${other.writes ? "writes here" : "is here"}</span
  >`;
}

function conflictOf(id: string, { mine, now }: Conflict, acts: LineActs): TemplateResult {
  return html`<div class="line__conflict" role="group" aria-label="Two versions of this line">
    <p><strong>Somebody else changed this line meanwhile.</strong></p>
    <dl class="versions">
      <div><dt>Theirs, as it stands</dt><dd>${now.text}</dd></div>
      <div><dt>Yours</dt><dd>${mine}</dd></div>
    </dl>
    <p class="line__actions">
      <button type="button" class="button button--small" @click=${() => acts.settle(id, "theirs")}>Leave theirs</button>
      <button type="button" class="button button--small" @click=${() => acts.settle(id, "mine")}>Put yours</button>
      <button type="button" class="button button--small button--quiet" @click=${() => acts.settle(id, "both")}>Edit both</button>
    </p>
  </div>`;
}

/** The same as the keys, for who has none. */
function actions(cue: Cue, acts: LineActs): TemplateResult {
  const one = (word: string, key: string, act: () => void): TemplateResult =>
    html`<button
      type="button"
      class="line__action"
      title=${`${word} (${key})`}
      @mousedown=${(event: Event) => event.preventDefault()}
      @click=${act}
    >
      ${word}
    </button>`;
  return html`<div class="line__actions" role="group" aria-label="This line">
    ${one(cue.provenance === "verified" ? "Not checked" : "Checked", "V", () => acts.checkOff())}
    ${cue.waits ? one("Publish", "P", () => acts.publish()) : nothing}
    ${one("Divide", "Ctrl Enter", () => acts.divide())}
    ${one("Add a line after it", "A", () => acts.add())}
    ${one("Join with next", "M", () => acts.join(cue.cue_id))}
    ${one("Times", "T", () => acts.setTimes(cue))}
    ${one("History", "H", () => acts.showHistory(cue))}
    ${one("Delete", "Delete", () => acts.remove())}
  </div>`;
}
