/** `<fm-moderation>`: the queue by keyboard, together with the others of the team. */

import { liveMeeting, type LiveMeeting } from "../meeting";
import { pageData } from "../frame/page";
import { renewParts } from "../frame/server-parts";
import { keepTyped } from "../frame/typed";

const PARTS = ["#queue-list", "#queue-decided", "#queue-calm"];
/** What a decision of anyone brings about that the queue shows. */
const CONCERNS =
  /^(Contribution(Posted|Released|Hidden|Returned|Withdrawn|Edited|Flagged|Sealed)|FlagsSettled|Appeal|CalmSet|ScreeningSet)/u;
const DECISIONS = new Set([
  "contribution.publish",
  "contribution.hide",
  "contribution.seal",
  "flags.settle",
  "appeal.answer",
]);
const RENEW_MS = 300;
const LOOK_MS = 4_000;

/** Works on what the server rendered: its forms are the buttons. */
export class ModerationDesk extends HTMLElement {
  private readonly meeting: LiveMeeting | null = liveMeeting();
  private stopListening: (() => void) | undefined;
  private renewTimer: ReturnType<typeof setTimeout> | undefined;
  private lookTimer: ReturnType<typeof setInterval> | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private current: string | null = null;
  private readonly decided: string[] = [];
  private readonly picked = new Set<string>();

  connectedCallback(): void {
    this.querySelector(".queue-keys")?.removeAttribute("hidden");
    document.addEventListener("keydown", this.pressKey);
    this.addEventListener("focusin", this.follow);
    this.addEventListener("change", this.count);
    this.addEventListener("submit", this.note, { capture: true });
    this.stopListening = this.meeting?.listen((_feed, entry) => {
      if (entry && CONCERNS.test(entry.kind)) this.renewSoon();
    });
    this.lookTimer = setInterval(() => void this.look(), LOOK_MS);
    this.count();
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.pressKey);
    this.stopListening?.();
    clearTimeout(this.renewTimer);
    clearInterval(this.lookTimer);
  }

  // --- keeping up -----------------------------------------------------------

  private renewSoon(): void {
    clearTimeout(this.renewTimer);
    this.renewTimer = setTimeout(() => void this.renew(), RENEW_MS);
  }

  /** One after the other; ticks, the place and what is being typed are kept. */
  private renew(): Promise<void> {
    this.renewing = this.renewing.then(async () => {
      // Who writes a reason is not to lose it; the next change brings all.
      if (this.querySelector("#queue-list details[open]")) return this.renewSoon();
      await renewParts(PARTS, () => keepTyped(this));
      // What was ticked and looked at by now, not when the page was asked for.
      for (const box of this.boxes) box.checked = this.picked.has(box.value);
      this.count();
      const { activeElement } = document;
      const lost = !activeElement || activeElement === document.body;
      if (lost) this.currentItem?.focus({ preventScroll: true });
    });
    return this.renewing;
  }

  /** Tell what I look at, and show what the others do. */
  private async look(): Promise<void> {
    const address = this.dataset["look"];
    if (!address || document.visibilityState !== "visible") return;
    const body = new URLSearchParams({
      _csrf: pageData()?.csrf ?? "",
      contribution_id: this.current ?? "",
    });
    try {
      const response = await fetch(address, {
        method: "POST",
        body,
        credentials: "same-origin",
      });
      if (response.ok) this.showLooks((await response.json()) as Record<string, string[]>);
    } catch {
      // The line at the top says that we are off line.
    }
  }

  private showLooks(looks: Record<string, string[]>): void {
    for (const item of this.items) {
      const names = looks[item.dataset["contribution"] ?? ""] ?? [];
      const line = item.querySelector<HTMLElement>(".queue-item__look");
      if (!line) continue;
      const words = names.length
        ? `${names.join(", ")} ${names.length === 1 ? "looks" : "look"} at this now.`
        : "";
      if (line.textContent !== words) line.textContent = words;
      line.hidden = !words;
    }
  }

  // --- deciding -------------------------------------------------------------

  /** A decision takes its item away at once; a refusal brings it back. */
  private readonly note = (event: SubmitEvent): void => {
    const form = event.target as HTMLFormElement;
    const command = form.dataset["command"] ?? "";
    const item = form.closest<HTMLElement>(".queue-item");
    if (!item || !DECISIONS.has(command)) return;
    const id = item.dataset["contribution"] ?? "";
    if (command !== "flags.settle") this.decided.push(id);
    const next = this.neighbour(item, 1) ?? this.neighbour(item, -1);
    // The form is read before it goes: what takes forms over hears of it later.
    queueMicrotask(() => {
      const row = item.parentElement;
      if (row) row.hidden = true;
      next?.focus();
      this.say(command === "contribution.hide" ? "Hidden." : "Done.");
      this.renewSoon();
    });
  };

  private readonly pressKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as Element;
    if (event.key === "Escape") return this.closeMenus();
    if (target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
    const act = this.actOf(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  };

  private actOf(key: string): (() => void) | null {
    const acts: Record<string, () => void> = {
      j: () => this.step(1),
      k: () => this.step(-1),
      p: () => this.approve(),
      h: () => this.openHide(),
      x: () => this.tick(),
      u: () => void this.undo(),
      P: () => this.giveAll("contribution.publish"),
      H: () => this.focusBulk(),
    };
    return acts[key] ?? null;
  }

  private step(by: 1 | -1): void {
    const here = this.currentItem;
    const next = here ? this.neighbour(here, by) : this.items[0];
    (next ?? here)?.focus();
  }

  private approve(): void {
    const form =
      ':is([data-command="contribution.publish"], [data-command="flags.settle"])';
    this.currentItem?.querySelector<HTMLFormElement>(form)?.requestSubmit();
  }

  private openHide(): void {
    const menu = this.currentItem?.querySelector<HTMLDetailsElement>("[data-menu=hide]");
    menu?.setAttribute("open", "");
    menu?.querySelector<HTMLSelectElement>("select")?.focus();
  }

  private closeMenus(): void {
    const menu = document.activeElement?.closest("details[open]");
    menu?.removeAttribute("open");
    this.currentItem?.focus();
  }

  private tick(): void {
    const box = this.currentItem?.querySelector<HTMLInputElement>("[name=picked]");
    if (!box) return;
    box.checked = !box.checked;
    this.pick(box);
    this.count();
    this.say(box.checked ? "Ticked." : "No longer ticked.");
  }

  private pick(box: HTMLInputElement): void {
    if (box.checked) this.picked.add(box.value);
    else this.picked.delete(box.value);
  }

  private giveAll(act: string): void {
    const form = this.querySelector<HTMLFormElement>("#picked");
    const button = form?.querySelector<HTMLButtonElement>(`[value="${act}"]`);
    if (this.ticked.length && form && button) form.requestSubmit(button);
    else this.say("Nothing is ticked.");
  }

  private focusBulk(): void {
    if (this.ticked.length) {
      this.querySelector<HTMLSelectElement>("#picked select")?.focus();
    } else this.say("Nothing is ticked.");
  }

  private async undo(): Promise<void> {
    const id =
      this.decided.pop() ??
      this.querySelector<HTMLElement>(".queue-decided__item")?.dataset["contribution"];
    if (!id || !this.meeting) return;
    const outcome = await this.meeting.submit("contribution.return", {
      contribution_id: id,
    });
    this.say(
      outcome.ok ? "It waits again." : (outcome.item.refusal?.message ?? "Not taken back."),
    );
    if (!outcome.ok) await this.meeting.outbox?.discard(outcome.item.key);
    this.current = id;
    await this.renew();
    // Unless somebody has gone on to another meanwhile.
    if (this.current === id) this.itemOf(id)?.focus();
  }

  // --- the list -------------------------------------------------------------

  private readonly follow = (event: FocusEvent): void => {
    const item = (event.target as Element).closest<HTMLElement>(".queue-item");
    if (!item || item.dataset["contribution"] === this.current) return;
    this.current = item.dataset["contribution"] ?? null;
    void this.look();
  };

  private readonly count = (event?: Event): void => {
    const box = event?.target;
    if (box instanceof HTMLInputElement && box.name === "picked") this.pick(box);
    const line = this.querySelector(".queue-bulk__count");
    const { length } = this.ticked;
    if (line) line.textContent = length ? String(length) : "";
  };

  private say(words: string): void {
    const line = this.querySelector("#queue-said");
    if (line) line.textContent = words;
  }

  private get items(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".queue-item")].filter(
      (item) => !item.parentElement?.hidden,
    );
  }

  private get boxes(): HTMLInputElement[] {
    return [...this.querySelectorAll<HTMLInputElement>("[name=picked]")];
  }

  private get ticked(): HTMLInputElement[] {
    return this.boxes.filter((box) => box.checked);
  }

  private get currentItem(): HTMLElement | null {
    return this.current ? this.itemOf(this.current) : null;
  }

  private itemOf(id: string): HTMLElement | null {
    return this.items.find((item) => item.dataset["contribution"] === id) ?? null;
  }

  private neighbour(item: HTMLElement, by: 1 | -1): HTMLElement | null {
    const { items } = this;
    return items[items.indexOf(item) + by] ?? null;
  }
}

customElements.define("fm-moderation", ModerationDesk);
