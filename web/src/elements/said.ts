/** `<fm-said data-room>`: what was said in a session, as the server wrote it. */

import { citePath, offerCitation } from "../watching/citing";
import { pageData } from "../frame/page";

/** Marks the words that are heard now, and plays from those that are pressed. */
export class Said extends HTMLElement {
  private current: HTMLElement | null = null;
  private readAt = 0;
  private unoffer: (() => void) | undefined;

  connectedCallback(): void {
    document.addEventListener("fm-time", this.follow as EventListener);
    this.addEventListener("click", this.press);
    const page = pageData();
    const room = page?.rooms.find(({ room_id }) => room_id === this.dataset["room"]);
    if (page?.meeting && room) {
      const { slug } = page.meeting;
      this.unoffer = offerCitation(this, (from, to) => citePath(slug, room.slug, from, to));
    }
    for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      this.addEventListener(kind, () => (this.readAt = Date.now()), { passive: true });
    }
  }

  disconnectedCallback(): void {
    document.removeEventListener("fm-time", this.follow as EventListener);
    this.removeEventListener("click", this.press);
    this.unoffer?.();
  }

  /** A press anywhere in a sentence plays it, unless words are being selected. */
  private readonly press = (event: Event): void => {
    const cue = (event.target as Element).closest<HTMLElement>(".cue[data-at]");
    if (!cue || getSelection()?.isCollapsed === false) return;
    this.readAt = 0;
    const detail = { room_id: this.dataset["room"], at: cue.dataset["at"] };
    document.dispatchEvent(new CustomEvent("fm-seek", { detail }));
  };

  private readonly follow = (event: CustomEvent): void => {
    const { room_id, at } = event.detail as { room_id: string; at: string | null };
    if (room_id !== this.dataset["room"] || !at) return;
    const ms = Date.parse(at);
    const cues = [...this.querySelectorAll<HTMLElement>(".cue[data-at]")];
    const heard = cues.findLast((cue) => Date.parse(cue.dataset["at"] ?? "") <= ms) ?? null;
    if (heard === this.current && heard?.isConnected) return;
    if (this.current) delete this.current.dataset["current"];
    this.current = heard;
    if (!heard) return;
    heard.dataset["current"] = "";
    if (Date.now() - this.readAt > FOLLOW_PAUSE_MS) this.show(heard);
  };

  /** Only the box scrolls, never the page under the reader. */
  private show(line: HTMLElement): void {
    const box = this.querySelector<HTMLElement>(".said__box");
    if (!box || box.scrollHeight <= box.clientHeight) return;
    const { top, height } = box.getBoundingClientRect();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    box.scrollBy({
      top: line.getBoundingClientRect().top - top - height / 3,
      behavior: still ? "auto" : "smooth",
    });
  }
}

const FOLLOW_PAUSE_MS = 8_000;

customElements.define("fm-said", Said);
