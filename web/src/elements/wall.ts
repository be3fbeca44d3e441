/**
 * `<fm-wall>`: the big screen, live. Rooms that don't fit and contributions take turns
 * by the clock, so that all screens of a house show the same; Space holds them still.
 */

import { html, nothing, render, type TemplateResult } from "lit";

import { LiveElement } from "../frame/live-element";
import { avatar, kindLabel, shorten, type Piece } from "../wording/pieces";
import type { WireRoom } from "../feed/types";
import { viewQuestions, type QuestionView } from "../views/questions";
import { viewNewest, type PostView } from "../views/thread";
import { viewTimetable, type TimetableView } from "../views/timetable";
import { takeTurns } from "../views/turns";
import { barsOf } from "./bars";
import { sayAnswered } from "../talk/waiting";

const POSTS = 6;
const POST_LETTERS = 260;
const TICK_MS = 1_000;
const ROOMS_MS = 12_000;
const POST_MS = 15_000;
const RESULT_MS = 60_000;
/** So many rooms can be read from the last row of chairs. */
const ROOMS = 5;
/** Narrower than this it is no projector, and all is shown one below the other. */
const PROJECTOR = "(min-width: 60rem)";

export class BigScreen extends LiveElement {
  private tick: ReturnType<typeof setInterval> | undefined;
  /** The moment at which the turns were held still. */
  private still: number | null = null;
  private readonly stop = new AbortController();

  override connectedCallback(): void {
    super.connectedCallback();
    this.tick = setInterval(() => this.requestUpdate(), TICK_MS);
    const { signal } = this.stop;
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.tick);
    this.stop.abort();
  }

  /** Only some parts are live; each is rendered where it stands. */
  protected override shouldUpdate(): boolean {
    if (super.ready) this.show();
    return false;
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key !== " ") return;
    event.preventDefault();
    this.still = this.still === null ? Date.now() : null;
    this.requestUpdate();
  }

  private show(): void {
    const { state, own, staff } = this.meeting!;
    const now = Date.now();
    const table = viewTimetable(state!, now, (at) => this.moments.date(at));
    const posts = viewNewest({ state: state!, own, staff, pending: [], myName: "" }, POSTS);
    const clock = this.querySelector(".wall__clock time");
    if (clock) clock.textContent = this.moments.clock(new Date());
    const at = this.still ?? now;
    const wide = matchMedia(PROJECTOR).matches;
    this.fill(".wall__board", this.rooms(table, wide ? at : null));
    const answered = this.querySelector(".wall__answered");
    if (answered) answered.textContent = sayAnswered(state!);
    this.fill(".wall__asked", askedOf(viewQuestions(state!, now, null, () => true), now));
    this.fill(".wall__posts", postsOf(posts, wide ? at : null));
  }

  /** Everything in a part but its heading. */
  private fill(selector: string, content: Piece): void {
    const part = this.querySelector<HTMLElement>(selector);
    if (!part) return;
    let box = part.querySelector<HTMLElement>(":scope > .wall__live");
    if (!box) {
      box = document.createElement("div");
      box.className = "wall__live";
      for (const old of part.querySelectorAll(":scope > :not(h2)")) old.remove();
      part.append(box);
    }
    render(content, box);
  }

  private rooms(table: TimetableView, at: number | null): TemplateResult {
    if (this.meeting!.state!.phase === "ended") {
      return html`<div class="wall__over">
        <p class="wall__title">This meeting has ended.</p>
        <p>Its recordings and everything written stay at the same address.</p>
      </div>`;
    }
    if (!table.rooms.length) return html`<p class="wall__none">No rooms yet.</p>`;
    const turn = takeTurns(table.rooms, at === null ? Infinity : ROOMS, at ?? 0, ROOMS_MS);
    return html`<table class="wall__table" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader"><span class="visually-hidden">Room</span></th>
            <th scope="col" role="columnheader">Now</th>
            <th scope="col" role="columnheader">Next</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${turn.shown.map((room) => this.row(room, table))}
        </tbody>
      </table>
      ${turn.turns > 1
        ? html`<p class="wall__turns">
            Rooms ${turn.first + 1}–${turn.first + turn.shown.length} of
            ${table.rooms.length}${this.still === null ? nothing : " · held still"}
          </p>`
        : nothing}`;
  }

  private row(room: WireRoom, table: TimetableView): TemplateResult {
    return html`<tr class="wall__row" role="row">
      <th class="wall__room" scope="row" role="rowheader">${room.content?.name}</th>
      <td class="wall__now" role="cell">${this.standing(room, table, "now")}</td>
      <td class="wall__next" role="cell">${this.standing(room, table, "next")}</td>
    </tr>`;
  }

  private standing(
    room: WireRoom,
    table: TimetableView,
    which: "now" | "next",
  ): Piece | Piece[] {
    const column = table.rooms.indexOf(room);
    const times = table.times.filter((time) => time.state === which);
    const there = times.flatMap(({ slot, cells }) => {
      const session = cells[column];
      if (!session) return [];
      const { title, host } = session.content ?? {};
      const clock =
        which === "now"
          ? `until ${this.moments.clock(slot.ends_at)}`
          : this.moments.clock(slot.starts_at);
      return [
        html`<p class="wall__title">${title}</p>
          <p class="wall__time">${clock}${host ? ` · ${host}` : ""}</p>`,
      ];
    });
    if (there.length) return there;
    const label = times.map((time) => time.slot.content?.label).find(Boolean);
    return html`<p class="wall__free">${label ?? (which === "next" ? "Free" : "–")}</p>`;
  }
}

/** What is asked now, or was until a moment ago; a wall hangs where it is asked. */
function askedOf(views: readonly QuestionView[], now: number): Piece {
  const asked = views.find(({ state, question }) => {
    const until = question.answers_until ? Date.parse(question.answers_until) : Infinity;
    return state === "open" || now - until < RESULT_MS;
  });
  if (!asked) return nothing;
  return html`<h2>${asked.text}</h2>
    ${asked.rows.length
      ? barsOf(asked.rows)
      : html`<ul class="wall__options">
          ${asked.labels.map((label) => html`<li>${label}</li>`)}
        </ul>`}
    <p>${asked.state === "open" ? "Answer on your phone" : "Closed"}</p>`;
}

function postsOf(posts: PostView[], at: number | null): TemplateResult {
  if (!posts.length) return html`<p class="wall__none">Yours could be the first.</p>`;
  const { shown } = takeTurns(posts, at === null ? Infinity : 1, at ?? 0, POST_MS);
  return html`<ol class="wall__list">
    ${shown.map(
      (post) =>
        html`<li>
          <article
            class="post post--wall"
            data-contribution=${post.key}
            data-kind=${post.kind}
          >
            <p class="post__text">${shorten(post.text, POST_LETTERS)}</p>
            <header class="post__head">
              ${avatar(post.author)}<span class="post__author"
                >${post.author || "Anonymous"}</span
              >
              ${kindLabel(post.kind)}
            </header>
          </article>
        </li>`,
    )}
  </ol>`;
}

customElements.define("fm-wall", BigScreen);
