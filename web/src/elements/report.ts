/** `<fm-report>`: the form for live updates; what is typed is kept as one goes. */

import { liveMeeting } from "../meeting";
import { Moments } from "../wording/moments";
import { randomName } from "../offline/outbox-store";
import { toast } from "../frame/toasts";
import type { WireUpdate } from "../feed/types";

const REST_MS = 1_200;
const RETRY_MS = 4_000;

interface Answer {
  ok: boolean;
  word?: string;
  path?: string;
  update_id?: string;
  version?: number | null;
  code?: string;
  message?: string;
  data?: { version?: number };
}

export class ReportForm extends HTMLElement {
  private readonly meeting = liveMeeting();
  private readonly moments = new Moments(this.meeting?.page.meeting?.timezone ?? "UTC");
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> | null = null;
  /** What was last kept, to see whether anything is new. */
  private kept = "";

  connectedCallback(): void {
    const { form } = this;
    this.kept = this.typed();
    this.recall();
    form.addEventListener("input", this.note);
    form.addEventListener("change", this.note);
    form.addEventListener("change", this.share);
    form.addEventListener("submit", this.send);
    form.addEventListener("keydown", submitByKey);
    this.addEventListener("click", this.quote);
    window.addEventListener("online", this.note);
    this.meeting?.listen((feed, entry) => {
      if (feed === "reporters" && entry?.kind === "UpdateDrafted") this.hear();
    });
  }

  private get form(): HTMLFormElement {
    return this.querySelector("form")!;
  }

  private get posted(): boolean {
    return this.dataset["posted"] === "yes";
  }

  private get shelf(): string {
    return `folkmoot-report:${this.meeting?.slug ?? ""}`;
  }

  private field(name: string): HTMLInputElement | HTMLTextAreaElement {
    return this.form.elements.namedItem(name) as HTMLInputElement | HTMLTextAreaElement;
  }

  /** Everything that a draft keeps, as one text to compare. */
  private typed(): string {
    const kept: [string, FormDataEntryValue][] = [];
    for (const [name, value] of new FormData(this.form)) {
      if (!name.startsWith("_") && name !== "update" && name !== "picture") {
        kept.push([name, value]);
      }
    }
    return JSON.stringify(kept);
  }

  private say(words: string): void {
    this.querySelector("[data-state]")!.textContent = words;
  }

  // --- keeping ----------------------------------------------------------------

  /** What is shared is shown as long as it is what is chosen. */
  private readonly share = (): void => {
    const box = this.querySelector<HTMLElement>(".report-form__shared");
    if (box) box.hidden = this.field("shows").value !== box.dataset["shows"];
  };

  private readonly note = (): void => {
    if (this.posted) return;
    this.store();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(), REST_MS);
  };

  /** Keep a copy on this device until the service has it. */
  private store(): void {
    try {
      const text = this.field("text").value;
      if (text && this.typed() !== this.kept) localStorage.setItem(this.shelf, text);
      else localStorage.removeItem(this.shelf);
    } catch {
      // A browser that keeps nothing has the service's copy alone.
    }
  }

  private recall(): void {
    const field = this.field("text");
    if (this.posted || this.dataset["update"] || field.value) return;
    try {
      const text = localStorage.getItem(this.shelf);
      if (!text) return;
      field.value = text;
      this.note();
    } catch {
      // As above.
    }
  }

  private keep(): Promise<void> {
    this.saving ??= this.save().finally(() => (this.saving = null));
    return this.saving;
  }

  private async save(): Promise<void> {
    const typed = this.typed();
    if (typed === this.kept) return;
    this.say("Keeping…");
    const answer = await this.give("draft", false);
    if (!answer) {
      this.say("No connection. Your words are kept on this device.");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.keep(), RETRY_MS);
      return;
    }
    if (answer.ok) {
      this.take(answer);
      this.kept = typed;
      this.store();
      this.say(`Kept as a draft, ${this.moments.clock(new Date())}`);
      if (this.typed() !== typed) this.note();
    } else this.refuse(answer);
  }

  private take({ update_id, version }: Answer): void {
    if (!update_id) return;
    this.dataset["update"] = update_id;
    this.field("update").value = update_id;
    if (version != null) this.setVersion(version);
    history.replaceState(history.state, "", `?update=${update_id}`);
  }

  private setVersion(version: number): void {
    this.dataset["version"] = String(version);
    let field = this.form.querySelector<HTMLInputElement>("[name=_expect]");
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = "_expect";
      this.form.prepend(field);
    }
    field.value = String(version);
  }

  private refuse(answer: Answer): void {
    const other = this.draft()?.content?.text;
    if (answer.code === "outdated" && answer.data?.version !== undefined) {
      this.setVersion(answer.data.version);
      this.say(
        `Somebody changed this draft meanwhile${other ? `: “${other}”` : ""}. ` +
          "Yours is still here; go on typing to put it in its place.",
      );
    } else this.say(answer.message ?? "This could not be kept.");
  }

  private draft(): WireUpdate | undefined {
    const id = this.dataset["update"] ?? "";
    return this.meeting?.stateOf("reporters")?.drafts[id];
  }

  /** Another reporter goes on with the draft that is open here. */
  private hear(): void {
    const draft = this.draft();
    const version = Number(this.dataset["version"] || 0);
    if (!draft?.content || draft.version <= version || this.saving) return;
    if (this.typed() !== this.kept) return; // told when it is kept
    for (const name of ["text", "quote", "speaker", "alt"] as const) {
      this.field(name).value = draft.content[name];
    }
    this.setVersion(draft.version);
    this.kept = this.typed();
    this.say(`Changed by another reporter, ${this.moments.clock(draft.changed_at)}`);
  }

  // --- publishing -------------------------------------------------------------

  private readonly send = (event: SubmitEvent): void => {
    if (this.posted) {
      this.field("_client_id").value = randomName();
      return; // a whole page: its note and picture come back with it
    }
    event.preventDefault();
    const step = (event.submitter as HTMLButtonElement | null)?.value || "publish";
    void this.finish(step);
  };

  private async finish(step: string): Promise<void> {
    clearTimeout(this.timer);
    if (this.saving) await this.saving;
    const button = this.form.querySelector<HTMLButtonElement>(".button--primary")!;
    button.disabled = true;
    this.say(step === "publish" ? "Publishing…" : "Keeping…");
    const answer = await this.give(step, true);
    button.disabled = false;
    if (!answer) this.say("No connection. Your words are kept on this device.");
    else if (!answer.ok) this.refuse(answer);
    else if (step === "publish") this.begin(answer);
    else {
      this.take(answer);
      this.kept = this.typed();
      this.store();
      this.say(`Kept as a draft, ${this.moments.clock(new Date())}`);
    }
  }

  /** It is out; the next one can be written at once. */
  private begin(answer: Answer): void {
    const room = this.field("room_id").value;
    this.form.reset();
    for (const name of ["text", "quote", "speaker", "alt", "moment", "shows", "address", "update"]) {
      this.field(name).value = "";
    }
    this.field("room_id").value = room;
    this.form.querySelector("[name=_expect]")?.remove();
    this.querySelectorAll("img").forEach((image) => image.remove());
    this.share();
    this.dataset["update"] = this.dataset["version"] = "";
    history.replaceState(history.state, "", location.pathname);
    this.kept = this.typed();
    this.store();
    this.say(`Published ${this.moments.clock(new Date())}`);
    this.field("text").focus();
    const path = answer.path ?? "";
    toast("Published.", { word: "Look", act: () => location.assign(path) });
  }

  private async give(step: string, picture: boolean): Promise<Answer | null> {
    this.field("_client_id").value = randomName();
    const body = new FormData(this.form);
    body.set("step", step);
    if (!picture) body.delete("picture");
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body,
      });
      return (await answer.json()) as Answer;
    } catch {
      return null;
    }
  }

  /** A sentence of the transcript becomes the quotation. */
  private readonly quote = (event: Event): void => {
    const link = (event.target as Element).closest<HTMLElement>("[data-quote]");
    if (!link) return;
    event.preventDefault();
    this.field("quote").value = link.dataset["quote"] ?? "";
    this.field("speaker").value = link.dataset["speaker"] ?? "";
    this.field("moment").value = link.dataset["moment"] ?? "";
    const slug = link.dataset["room"];
    const room = this.meeting?.page.rooms.find((one) => one.slug === slug);
    if (room) this.field("room_id").value = room.room_id;
    this.field("quote").focus();
    this.note();
  };
}

/** Ctrl or Cmd with Enter publishes. */
function submitByKey(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  form.requestSubmit(form.querySelector<HTMLButtonElement>(".button--primary"));
}

customElements.define("fm-report", ReportForm);
