/** What people wrote to moments of the picture, as dots on the player's timeline. */

import { html, nothing, type TemplateResult } from "lit";

import { icon, KIND_WORDS, shorten, type Piece } from "../wording/pieces";
import type { PostView } from "../views/thread";

/** So many places there are for dots; what falls into one place is one dot. */
const PLACES = 90;
const WORDS = 110;

export interface Dot {
  seconds: number;
  at: string;
  /** The most supported one first. */
  posts: PostView[];
}

/** The dots that a viewer can reach, in order of time. */
export function dotsOf(
  posts: readonly PostView[],
  secondsAt: (iso: string) => number | null,
  end: number,
): Dot[] {
  const dots = new Map<number, Dot>();
  for (const post of posts) {
    const at = post.aboutAt;
    const seconds = at === null ? null : secondsAt(at);
    if (at === null || seconds === null || seconds > end) continue;
    const place = Math.round((seconds / Math.max(end, 1)) * PLACES);
    const dot = dots.get(place);
    if (dot) dot.posts.push(post);
    else dots.set(place, { seconds, at, posts: [post] });
  }
  for (const dot of dots.values()) {
    dot.posts.sort((a, b) => b.support - a.support);
    const first = dot.posts.reduce((a, b) => (a.aboutAt! < b.aboutAt! ? a : b));
    dot.at = first.aboutAt!;
    dot.seconds = secondsAt(dot.at) ?? dot.seconds;
  }
  return [...dots.values()].sort((a, b) => a.seconds - b.seconds);
}

/** The lane of dots; one stop of the Tab key, arrows go along. */
export function talkLane(
  dots: readonly Dot[],
  end: number,
  exact: (iso: string) => string,
  jump: (dot: Dot) => void,
): Piece {
  if (!dots.length) return nothing;
  return html`<div
    class="talk"
    role="toolbar"
    aria-label="Contributions on the timeline"
    @keydown=${walk}
    @pointermove=${(event: Event) => event.stopPropagation()}
  >
    ${dots.map((dot, index) => button(dot, index, Math.max(end, 1), exact, jump))}
  </div>`;
}

function button(
  dot: Dot,
  index: number,
  end: number,
  exact: (iso: string) => string,
  jump: (dot: Dot) => void,
): TemplateResult {
  const [post] = dot.posts;
  const { kind, author, text } = post!;
  const more = dot.posts.length - 1;
  const who = author || "Anonymous";
  const words = shorten(text, WORDS);
  return html`<button
    type="button"
    class="talk__dot kind--${kind}"
    data-many=${more ? dot.posts.length : nothing}
    tabindex=${index ? -1 : 0}
    .style=${`--at:${Math.min(1, Math.max(0, dot.seconds / end))}`}
    @click=${(event: Event) => {
      event.stopPropagation();
      jump(dot);
    }}
  >
    <span class="talk__card"
      ><span class="talk__head"
        ><span class="talk__kind">${icon(`kind-${kind}`)}${KIND_WORDS[kind] ?? kind}</span
        > <span>${exact(dot.at)}</span></span
      > <span class="talk__words"><b>${who}</b> ${words}</span>${more
        ? html` <span class="talk__more">and ${more} more here</span>`
        : nothing}</span
    >
  </button>`;
}

function walk(event: KeyboardEvent): void {
  const lane = event.currentTarget as HTMLElement;
  const all = [...lane.querySelectorAll<HTMLElement>(".talk__dot")];
  const here = all.indexOf(document.activeElement as HTMLElement);
  const to = {
    ArrowRight: here + 1,
    ArrowLeft: here - 1,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  // Enter and Space press the dot; nothing of it is the player's.
  event.stopPropagation();
  if (to === undefined) return;
  event.preventDefault();
  all[Math.min(all.length - 1, Math.max(0, to))]?.focus();
}
