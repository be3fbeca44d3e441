/**
 * Dragging cards with mouse, pen or finger, by pointer events for all of them.
 * A finger first rests on the card, so that it can still scroll the page.
 */

import type { Place } from "./moves";
import type { Placing } from "./placing";

const REST_MS = 350;
const MOUSE_PX = 6;
const FINGER_PX = 10;
/** So near to an edge of what is seen it scrolls. */
const EDGE_PX = 80;
const MOST_PX_A_FRAME = 18;
/** These have their own use for a press. */
const OWN = "button, input, select, textarea, summary, label, details[open], dialog";

interface Press {
  id: number;
  card: HTMLElement;
  x: number;
  y: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class Dragging {
  private press: Press | null = null;
  private ghost: HTMLElement | null = null;
  private x = 0;
  private y = 0;
  private frame = 0;
  private readonly stop = new AbortController();

  constructor(
    private readonly root: HTMLElement,
    private readonly placing: Placing,
  ) {
    const { signal } = this.stop;
    const listen = <K extends keyof DocumentEventMap>(
      target: Document | HTMLElement,
      kind: K,
      act: (event: DocumentEventMap[K]) => void,
      passive = true,
    ): void =>
      target.addEventListener(kind, act as EventListener, { signal, passive });
    listen(root, "pointerdown", (event) => this.down(event));
    listen(document, "pointermove", (event) => this.move(event));
    listen(document, "pointerup", (event) => this.up(event));
    listen(document, "pointercancel", (event) => this.cancel(event));
    // The page must not scroll under a finger that holds a card; the browser asks
    // only listeners that were there when the finger came down.
    listen(root, "touchmove", (event) => this.keepStill(event), false);
    listen(root, "contextmenu", (event) => this.keepStill(event), false);
    listen(root, "dragstart", (event) => event.preventDefault(), false);
    window.addEventListener("blur", () => this.end(false), { signal });
  }

  close(): void {
    this.end(false);
    this.stop.abort();
  }

  private get dragging(): boolean {
    return this.ghost !== null;
  }

  private down(event: PointerEvent): void {
    if (this.press || this.placing.held || event.button !== 0) return;
    const target = event.target as HTMLElement;
    const card = target.closest<HTMLElement>(".session-card[data-movable]");
    if (!card || target.closest(OWN)) return;
    const { pointerId: id, clientX: x, clientY: y } = event;
    this.press = { id, card, x, y, timer: undefined };
    this.x = x;
    this.y = y;
    if (event.pointerType === "touch") {
      // The element may go while it is held; its touch events go on to it alone.
      target.addEventListener("touchmove", this.keepStill, { passive: false });
      this.press.timer = setTimeout(() => this.begin(), REST_MS);
    }
  }

  private move(event: PointerEvent): void {
    const { press } = this;
    if (!press || event.pointerId !== press.id) return;
    this.x = event.clientX;
    this.y = event.clientY;
    const far = Math.hypot(this.x - press.x, this.y - press.y);
    if (this.dragging) this.follow();
    else if (event.pointerType === "touch" && far > FINGER_PX) this.end(false);
    else if (event.pointerType !== "touch" && far > MOUSE_PX) this.begin();
  }

  private up(event: PointerEvent): void {
    if (event.pointerId !== this.press?.id) return;
    if (this.dragging) swallowClick();
    this.end(true);
  }

  private cancel(event: PointerEvent): void {
    if (event.pointerId === this.press?.id) this.end(false);
  }

  private readonly keepStill = (event: Event): void => {
    if (this.dragging && event.cancelable) event.preventDefault();
  };

  private begin(): void {
    const { press } = this;
    if (!press || !press.card.isConnected) {
      this.press = null;
      return;
    }
    const id = press.card.dataset["session"] ?? "";
    if (!this.placing.pickUp(id, "drag")) return;
    window.getSelection()?.removeAllRanges();
    this.ghost = makeGhost(press.card);
    navigator.vibrate?.(12);
    this.follow();
    this.frame = requestAnimationFrame(this.scroll);
  }

  /** Ghost and aim go where the pointer is. */
  private follow(): void {
    const { ghost } = this;
    if (!ghost) return;
    this.placing.aim(this.placeUnder());
    ghost.querySelector(".ghost__where")!.textContent = this.placing.sayAim();
    const { width, height } = ghost.getBoundingClientRect();
    const left = Math.min(Math.max(4, this.x - width / 2), innerWidth - width - 4);
    // Above the finger, so that the place below it stays in sight.
    const top = this.y - height - 14 < 4 ? this.y + 26 : this.y - height - 14;
    ghost.style.transform = `translate(${left}px, ${top}px)`;
  }

  private placeUnder(): Place | undefined {
    const under = document.elementFromPoint(this.x, this.y);
    const cell = under?.closest<HTMLElement>(".board__cell, .proposals");
    if (!cell || !this.root.contains(cell)) return undefined;
    const { room, slot } = cell.dataset;
    return room && slot ? { room_id: room, slot_id: slot } : null;
  }

  private readonly scroll = (): void => {
    if (!this.dragging) return;
    const pane = this.root.querySelector<HTMLElement>(".board__scroll");
    const across = pane?.getBoundingClientRect();
    const down = pull(this.y, headBottom(), innerHeight);
    if (down) window.scrollBy(0, down);
    if (pane && across) {
      const aside = pull(this.x, Math.max(0, across.left), Math.min(innerWidth, across.right));
      if (aside && this.y > across.top && this.y < across.bottom) pane.scrollLeft += aside;
    }
    if (down) this.follow();
    this.frame = requestAnimationFrame(this.scroll);
  };

  private end(put: boolean): void {
    const { press } = this;
    if (!press) return;
    clearTimeout(press.timer);
    cancelAnimationFrame(this.frame);
    this.press = null;
    const held = this.dragging;
    this.ghost?.remove();
    this.ghost = null;
    if (!held || !this.placing.held) return;
    if (!put || !this.placing.put()) this.placing.letGo();
  }
}

/** How far to scroll in this frame: the nearer to the edge, the faster. */
function pull(at: number, from: number, to: number): number {
  const before = from + EDGE_PX - at;
  const after = at - (to - EDGE_PX);
  const most = (near: number): number =>
    Math.ceil(Math.min(1, near / EDGE_PX) * MOST_PX_A_FRAME);
  if (before > 0) return -most(before);
  return after > 0 ? most(after) : 0;
}

/** The page's head stays on top and covers what lies under it. */
function headBottom(): number {
  return Math.max(0, document.querySelector(".top")?.getBoundingClientRect().bottom ?? 0);
}

/** A drag that ends on a link doesn't follow it. */
function swallowClick(): void {
  const swallow = (event: Event): void => {
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 60);
}

function makeGhost(card: HTMLElement): HTMLElement {
  const ghost = document.createElement("div");
  ghost.className = "ghost";
  ghost.setAttribute("aria-hidden", "true");
  const title = document.createElement("p");
  title.className = "ghost__title";
  title.textContent = card.querySelector(".session-card__title")?.textContent ?? "";
  const where = document.createElement("p");
  where.className = "ghost__where";
  ghost.append(title, where);
  document.body.append(ghost);
  return ghost;
}
