/** Words of a transcript that are selected lead to their citation. */

import { html, render } from "lit";

import { icon } from "../wording/pieces";

const SETTLED_MS = 200;
/** So much can be cited at once; as core/broadcast/quoting.py has it. */
export const LONGEST_MS = 600_000;

/** The lasting address of what was said between two moments, in milliseconds. */
export function citePath(slug: string, room: string, from: number, to: number): string {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const span = new URLSearchParams({ room, from: iso(from), to: iso(to) });
  return `/m/${slug}/cite?${span}`;
}

/** When words begin or end: the server writes ISO 8601, we write milliseconds. */
export function momentOf(cue: HTMLElement, name: "at" | "end" = "at"): number {
  const at = cue.dataset[name] ?? "";
  return /^\d+$/.test(at) ? Number(at) : Date.parse(at);
}

/**
 * Offer to cite what is selected in `box`; whole lines, so that nobody is quoted by
 * halves. Returns how to stop.
 */
export function offerCitation(
  box: HTMLElement,
  addressOf: (from: number, to: number) => string,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let bar: HTMLElement | null = null;
  const look = (): void => {
    const cues = selectedCues(box);
    bar?.remove();
    bar = null;
    if (!cues.length) return;
    const from = momentOf(cues[0]!);
    const to = Math.max(...cues.map((cue) => momentOf(cue, "end")));
    bar = document.createElement("div");
    bar.className = "cite-bar";
    bar.setAttribute("role", "status");
    render(
      to - from > LONGEST_MS
        ? html`<span>Ten minutes can be cited at most.</span>`
        : html`<a class="button button--primary" href=${addressOf(from, to)}
            >${icon("quote")}<span>Cite these words</span></a
          >`,
      bar,
    );
    document.body.append(bar);
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLED_MS);
  };
  document.addEventListener("selectionchange", later);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("selectionchange", later);
    bar?.remove();
  };
}

function selectedCues(box: HTMLElement): HTMLElement[] {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return [];
  if (!selection.toString().trim()) return [];
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(box)) return [];
  const cues = [...box.querySelectorAll<HTMLElement>(".cue[data-end]")];
  return cues.filter((cue) => selection.containsNode(cue, true) && touches(range, cue));
}

/** A selection that ends where a line begins has none of it. */
function touches(range: Range, cue: HTMLElement): boolean {
  const own = document.createRange();
  own.selectNodeContents(cue);
  return (
    range.compareBoundaryPoints(Range.END_TO_START, own) < 0 &&
    range.compareBoundaryPoints(Range.START_TO_END, own) > 0
  );
}
