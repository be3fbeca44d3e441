/** `<fm-span data-room>`: fills a form's two times of day from the moving picture. */

import { putMoment, readSpan } from "../wording/clock-span";
import { liveMeeting } from "../meeting";
import { Moments } from "../wording/moments";
import { sayLength } from "../player/gaps";

/** Works on the form that the server rendered. `data-around`: seconds on both sides. */
class SpanFields extends HTMLElement {
  private readonly moments = new Moments(liveMeeting()?.page.meeting?.timezone ?? "UTC");
  private shown: Date | null = null;

  connectedCallback(): void {
    document.addEventListener("fm-time", this.follow as EventListener);
    this.addEventListener("click", this.take);
    this.addEventListener("input", this.sum);
    this.addEventListener("toggle", this.opened, { capture: true });
  }

  disconnectedCallback(): void {
    document.removeEventListener("fm-time", this.follow as EventListener);
    this.removeEventListener("click", this.take);
    this.removeEventListener("input", this.sum);
    this.removeEventListener("toggle", this.opened, { capture: true });
  }

  private field(name: string): HTMLInputElement | null {
    return this.querySelector(`[name=${name}]`);
  }

  private readonly follow = (event: CustomEvent): void => {
    const { room_id, at } = event.detail as { room_id: string; at: string | null };
    if (room_id !== this.dataset["room"] || !at) return;
    if (!this.shown) {
      this.querySelectorAll("[data-take]").forEach((one) => one.removeAttribute("hidden"));
    }
    this.shown = new Date(at);
  };

  /** Who opens it meant what was shown in that moment. */
  private readonly opened = (event: Event): void => {
    const around = Number(this.dataset["around"] ?? 0) * 1_000;
    const box = event.target as HTMLDetailsElement;
    if (!box.open || !this.shown || !around || this.field("from_clock")?.value) return;
    const ms = this.shown.getTime();
    this.put("from_clock", new Date(ms - around));
    this.put("to_clock", new Date(Math.min(ms + around, Date.now())));
  };

  private readonly take = (event: Event): void => {
    const button = (event.target as Element).closest<HTMLElement>("[data-take]");
    if (button && this.shown) this.put(button.dataset["take"] ?? "", this.shown);
  };

  private put(name: string, at: Date): void {
    const field = this.field(name);
    const near = this.field("_near");
    if (near) near.value = at.toISOString();
    if (field) putMoment(field, at, this.moments);
    this.sum();
  }

  /** Say how long it is, or what is wrong with it. */
  private readonly sum = (): void => {
    const line = this.querySelector(".span-fields__sum");
    const form = this.querySelector("form");
    if (!line || !form) return;
    const span = readSpan(form, this.moments);
    if (!span) {
      line.textContent = "";
      return;
    }
    const seconds = (Date.parse(span.to_at) - Date.parse(span.from_at)) / 1_000;
    line.textContent =
      seconds > 0 ? `${sayLength(seconds)} in all` : "The end must come after the beginning.";
  };
}

customElements.define("fm-span", SpanFields);
