/** `<fm-wall>`: the big screen, live; its code and address stay as they are. */

import { html, render, type TemplateResult } from "lit";

import { LiveElement } from "../live-element";
import { avatar, kindLabel, shorten } from "../pieces";
import type { WireSession } from "../types";
import { viewNewest, type PostView } from "../views/thread";
import { viewTimetable, type TimetableView, type TimeView } from "../views/timetable";

const POSTS = 6;
const POST_LETTERS = 220;

export class BigScreen extends LiveElement {
  private tick: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.tick = setInterval(() => this.requestUpdate(), 5_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.tick);
  }

  /** Only three parts are live; each is rendered where it stands. */
  protected override shouldUpdate(): boolean {
    if (super.ready) this.show();
    return false;
  }

  private show(): void {
    const { state, own, staff } = this.meeting!;
    const table = viewTimetable(state!, Date.now(), (at) => this.moments.date(at));
    const posts = viewNewest({ state: state!, own, staff, pending: [], myName: "" }, POSTS);
    const clock = this.querySelector(".wall__clock time");
    if (clock) clock.textContent = this.moments.clock(new Date());
    this.fill(".wall__now", this.times(table, "now"));
    this.fill(".wall__next", this.times(table, "next"));
    this.fill(".wall__posts", postsOf(posts));
  }

  /** Everything below a part's heading. */
  private fill(selector: string, content: TemplateResult): void {
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

  private times(table: TimetableView, which: "now" | "next"): TemplateResult {
    const times = table.times.filter((time) => time.state === which);
    const lines = times.flatMap((time) =>
      time.cells.filter((cell) => cell !== null).map((cell) => this.line(cell, time)),
    );
    if (lines.length) return html`<ul>${lines}</ul>`;
    const label = times.map((time) => time.slot.content?.label).find(Boolean);
    const nothingOn =
      which === "now"
        ? "Nothing on the timetable right now."
        : "Free time: propose a session.";
    return html`<p class="wall__none">${label ?? nothingOn}</p>`;
  }

  private line(session: WireSession, { slot, state }: TimeView): TemplateResult {
    const room = this.meeting!.state!.rooms[session.room_id ?? ""]?.content?.name;
    const clock =
      state === "now"
        ? `until ${this.moments.clock(slot.ends_at)}`
        : this.moments.clock(slot.starts_at);
    return html`<li class="wall__session">
      <span class="wall__room">${room}</span
      ><span class="wall__title">${session.content?.title}</span
      ><span class="wall__time">${clock}</span>
    </li>`;
  }
}

function postsOf(posts: PostView[]): TemplateResult {
  if (!posts.length) return html`<p class="wall__none">Yours could be the first.</p>`;
  return html`<ol class="wall__list">
    ${posts.map(
      (post) =>
        html`<li>
          <article
            class="post post--wall"
            data-contribution=${post.key}
            data-kind=${post.kind}
          >
            <header class="post__head">
              ${avatar(post.author)}<span class="post__author"
                >${post.author || "Anonymous"}</span
              >
              ${kindLabel(post.kind)}
            </header>
            <p class="post__text">${shorten(post.text, POST_LETTERS)}</p>
          </article>
        </li>`,
    )}
  </ol>`;
}

customElements.define("fm-wall", BigScreen);
