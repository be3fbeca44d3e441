/**
 * A long list of which only what is near the window is in the page. Lines stand in
 * blocks; a block that is far away is an empty box of its height.
 */

import { render, type TemplateResult } from "lit";

const LINES_A_BLOCK = 40;
const GUESSED_PX = 74;
const NEAR = "1200px 0px";

export class Blocks {
  private readonly boxes: HTMLElement[] = [];
  private readonly near = new Set<HTMLElement>();
  private readonly heights = new WeakMap<HTMLElement, number>();
  private readonly observer: IntersectionObserver;
  private count = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly line: (place: number) => TemplateResult,
  ) {
    this.observer = new IntersectionObserver((seen) => this.saw(seen), { rootMargin: NEAR });
  }

  /** Show so many lines; what is in the page is made anew. */
  show(count: number): void {
    this.count = count;
    const wanted = Math.ceil(count / LINES_A_BLOCK);
    while (this.boxes.length > wanted) {
      const box = this.boxes.pop()!;
      this.observer.unobserve(box);
      this.near.delete(box);
      box.remove();
    }
    while (this.boxes.length < wanted) this.add();
    this.boxes.forEach((box, place) => {
      if (this.near.has(box)) this.fill(box, place);
      else this.empty(box, place);
    });
  }

  /** Make the block of a line anew, if it is in the page. */
  refresh(place: number): void {
    const box = this.boxes[Math.floor(place / LINES_A_BLOCK)];
    if (box && this.near.has(box)) this.fill(box, this.boxes.indexOf(box));
  }

  /** Make sure that a line is in the page. */
  reveal(place: number): void {
    const block = Math.floor(place / LINES_A_BLOCK);
    const box = this.boxes[block];
    if (!box || this.near.has(box)) return;
    this.near.add(box);
    this.fill(box, block);
  }

  close(): void {
    this.observer.disconnect();
  }

  private add(): void {
    const box = document.createElement("div");
    box.className = "lines__block";
    box.setAttribute("role", "presentation");
    this.root.append(box);
    this.boxes.push(box);
    // The first ones are what one sees before the observer has looked.
    if (this.boxes.length === 1) this.near.add(box);
    this.observer.observe(box);
  }

  private saw(seen: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of seen) {
      const box = target as HTMLElement;
      const place = this.boxes.indexOf(box);
      if (place < 0 || isIntersecting === this.near.has(box)) continue;
      if (isIntersecting) {
        this.near.add(box);
        this.fill(box, place);
      } else if (!box.contains(document.activeElement)) {
        this.heights.set(box, box.offsetHeight);
        this.near.delete(box);
        this.empty(box, place);
      }
    }
  }

  private fill(box: HTMLElement, block: number): void {
    box.style.height = "";
    const first = block * LINES_A_BLOCK;
    const last = Math.min(this.count, first + LINES_A_BLOCK);
    const lines: TemplateResult[] = [];
    for (let place = first; place < last; place += 1) lines.push(this.line(place));
    render(lines, box);
  }

  private empty(box: HTMLElement, block: number): void {
    render([], box);
    const lines = Math.min(LINES_A_BLOCK, this.count - block * LINES_A_BLOCK);
    box.style.height = `${this.heights.get(box) ?? lines * GUESSED_PX}px`;
  }
}
