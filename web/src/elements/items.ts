/** `<fm-items>`: marking by keyboard, against the picture, and for all who mark. */

import { liveMeeting, type LiveMeeting } from "../meeting";
import { renewParts } from "../frame/server-parts";
import { keepTyped } from "../frame/typed";

const PARTS = ["#items-next", "#items-made"];
const FRESH_MS = 2_000;

/** Works on what the server rendered: its forms are the buttons. */
export class RoomItems extends HTMLElement {
  private readonly meeting: LiveMeeting | null = liveMeeting();
  private stopListening: (() => void) | undefined;
  private shown: { at: string; told: number } | null = null;
  private renewing: Promise<void> = Promise.resolve();

  connectedCallback(): void {
    this.querySelector(".items__keys")?.removeAttribute("hidden");
    document.addEventListener("keydown", this.pressKey);
    document.addEventListener("fm-time", this.follow as EventListener);
    this.addEventListener("submit", this.give, { capture: true });
    this.stopListening = this.meeting?.listen((_feed, entry) => {
      if (entry?.kind.startsWith("Marker")) void this.renew();
    });
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.pressKey);
    document.removeEventListener("fm-time", this.follow as EventListener);
    this.removeEventListener("submit", this.give, { capture: true });
    this.stopListening?.();
  }

  /** One after the other, so that the last answer is the one that stays. */
  private renew(): Promise<void> {
    this.renewing = this.renewing.then(async () => {
      await renewParts(PARTS, () => {
        const focused = keyOf(document.activeElement);
        const restore = keepTyped(this);
        return () => {
          restore();
          if (focused) this.querySelector<HTMLElement>(focused)?.focus();
        };
      });
    });
    return this.renewing;
  }

  /** Marking goes by the picture where that is wanted; a moved one is shown. */
  private readonly give = (event: SubmitEvent): void => {
    const form = event.target as HTMLFormElement;
    if (form.dataset["command"] === "marker.add") this.stampMoment(form);
    if (!("nudge" in form.dataset)) return;
    const at = form.querySelector<HTMLInputElement>("[name=at]")?.value;
    const detail = { room_id: this.dataset["room"], at };
    document.dispatchEvent(new CustomEvent("fm-seek", { detail }));
  };

  private stampMoment(form: HTMLFormElement): void {
    form.querySelector("[name=at]")?.remove();
    const wanted = this.querySelector<HTMLInputElement>("[name=_here]")?.checked;
    if (!wanted || !this.shown) return;
    const field = Object.assign(document.createElement("input"), {
      type: "hidden",
      name: "at",
      value: this.shown.at,
    });
    form.append(field);
  }

  private readonly follow = (event: CustomEvent): void => {
    const { room_id, at } = event.detail as { room_id: string; at: string | null };
    if (room_id !== this.dataset["room"] || !at) return;
    const first = this.shown === null;
    this.shown = { at, told: Date.now() };
    if (first) this.querySelector(".items__at")?.removeAttribute("hidden");
  };

  /** Whether the picture is moving here now. */
  get playing(): boolean {
    return this.shown !== null && Date.now() - this.shown.told < FRESH_MS;
  }

  private readonly pressKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = event.target as Element;
    if (target.closest("input, textarea, select, fm-player, dialog")) return;
    const key = event.key.toLowerCase();
    const button = key === "u" ? this.undoButton : this.markButton(key);
    if (!button) return;
    event.preventDefault();
    button.form?.requestSubmit(button);
  };

  private get undoButton(): HTMLButtonElement | null {
    return this.querySelector(".items__undo");
  }

  private markButton(key: string): HTMLButtonElement | null {
    const number = key === "n" ? "1" : /^[1-9]$/.test(key) ? key : null;
    return number ? this.querySelector(`.items__mark[data-key="${number}"]`) : null;
  }
}

/** How to find what has the focus in the parts made anew. */
function keyOf(element: Element | null): string | null {
  const row = element?.closest(".items__row")?.id;
  if (row && element?.matches("button")) {
    const label = CSS.escape(element.getAttribute("aria-label") ?? "");
    return label ? `#${row} button[aria-label="${label}"]` : `#${row} button`;
  }
  if (element?.matches(".items__undo")) return ".items__undo";
  return element?.matches(".items__mark") ? '.items__mark[data-key="1"]' : null;
}

customElements.define("fm-items", RoomItems);
