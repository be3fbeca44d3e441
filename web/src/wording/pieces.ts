/** Small pieces of markup, the same as web/templates/_macros.html. */

import { html, nothing, svg, type TemplateResult } from "lit";

import type { Moments } from "./moments";
import { pageData } from "../frame/page";
import type { WireRoom } from "../feed/types";
import { drawAvatar } from "../views/people";
import { isPlayable, roomState, type TimeState } from "../views/timetable";

export type Piece = TemplateResult | typeof nothing;

export const KIND_WORDS: Record<string, string> = {
  note: "Note",
  idea: "Idea",
  question: "Question",
  concern: "Concern",
  offer: "Offer",
  need: "Need",
  action: "Action",
  story: "Story",
};

const ROOM_WORDS = {
  coming: "Not started",
  live: "Live",
  interrupted: "Waiting for picture",
  paused: "Paused",
  off: "Off air",
  ended: "Ended",
};

export function icon(name: string): TemplateResult {
  return html`<svg class="icon" aria-hidden="true">${svg`<use href="#i-${name}"></use>`}</svg>`;
}

export function clock(moments: Moments, at: string): TemplateResult {
  return html`<time datetime=${at}>${moments.clock(at)}</time>`;
}

export function span(moments: Moments, from: string, to: string): TemplateResult {
  return html`<span class="span">${clock(moments, from)}–${clock(moments, to)}</span>`;
}

export function avatar(name: string | null | undefined): TemplateResult {
  const { initials, hue } = drawAvatar(name);
  return html`<span class="avatar" data-hue=${hue} aria-hidden="true">${initials}</span>`;
}

export function kindLabel(kind: string): TemplateResult {
  return html`<span class="kind kind--${kind}"
    >${icon(`kind-${kind}`)}${KIND_WORDS[kind] ?? kind}</span
  >`;
}

export function timeBadge(state: TimeState | "proposal"): Piece {
  if (state === "now") return html`<span class="badge badge--now">Now</span>`;
  if (state === "next") return html`<span class="badge badge--next">Next</span>`;
  return nothing;
}

export function roomBadge(room: WireRoom, phase: string, now?: number): TemplateResult {
  const state = roomState(room, phase, now);
  if (state === "live") {
    return html`<span class="badge badge--live"><span class="dot"></span>Live</span>`;
  }
  if (state === "ended" && isPlayable(room)) {
    return html`<span class="badge badge--ended">Recording</span>`;
  }
  return html`<span class="badge badge--${state}">${ROOM_WORDS[state]}</span>`;
}

/** The first words of a text as plain text, with an ellipsis if cut. */
export function shorten(text: string, length = 160): string {
  const plain = text.split(/\s+/u).filter(Boolean).join(" ");
  if (plain.length <= length) return plain;
  const cut = plain.slice(0, length);
  const words = cut.includes(" ") ? cut.slice(0, cut.lastIndexOf(" ")) : cut;
  return `${words.replace(/[,.;:]+$/u, "")}…`;
}

/** Where this page's forms go. */
export function formAddress(): string {
  const page = pageData();
  const slug = page?.meeting?.slug ?? "";
  return page?.page === "desk" ? `/desk/${slug}/do` : `/m/${slug}/do`;
}

/** The hidden fields of a form that gives a command (see commands.ts). */
export function hidden(
  type: string,
  data: Record<string, string | number>,
  expect?: number,
): TemplateResult {
  const fields: Record<string, string | number> = {
    _type: type,
    _csrf: pageData()?.csrf ?? "",
    // Filled in when the browser itself sends the form.
    _client_id: "",
    _client_seq: 1,
    _next: `${location.pathname}${location.search}`,
    ...(expect === undefined ? {} : { _expect: expect }),
    ...data,
  };
  return html`${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name=${name} .value=${String(value)} />`,
  )}`;
}

export function nameField(): Piece {
  if (!pageData()?.may_join) return nothing;
  return html`<label class="field"
    ><span class="field__label">Your name or a pseudonym</span
    ><input class="input" name="_name" maxlength="120" autocomplete="nickname" required
  /></label>`;
}

/** Whether this reader may contribute, if need be by joining on the way; also after the end. */
export function mayWrite(): boolean {
  const page = pageData();
  return page?.me != null || page?.may_join === true;
}

/** Whether this reader may propose sessions and say where they would come. */
export function mayAct(phase: string): boolean {
  return phase !== "ended" && mayWrite();
}
