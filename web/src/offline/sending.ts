/** What of one's own is not in the feeds yet: where it is, changed, dropped, tried again. */

import { html, nothing, type TemplateResult } from "lit";

import { copyText } from "../elements/copy";
import { drawBars } from "../elements/voice-note";
import type { LiveMeeting } from "../meeting";
import type { OutboxFile, OutboxItem } from "./outbox-store";
import { icon, type Piece } from "../wording/pieces";
import type { WireConsent } from "../feed/types";
import { sayLength } from "../voice/recorder";

/** One for each thread: which of the waiting texts is open to be changed. */
export class Sending {
  private editing: number | null = null;
  /** Addresses of pictures that lie on this device, by upload. */
  private readonly addresses = new Map<string, string>();

  constructor(
    private readonly meeting: () => LiveMeeting | null,
    private readonly changed: () => void,
  ) {}

  edits(item: OutboxItem | null): boolean {
    return item !== null && this.editing === item.key;
  }

  render(item: OutboxItem): TemplateResult {
    if (this.edits(item)) return this.form(item);
    if (item.state === "refused") return this.refused(item);
    return html`${(item.files ?? []).map((file) => this.file(file))}
      <p class="post__note" data-sending=${item.state}>
        ${icon(item.state === "accepted" ? "check" : "clock")}${sayWhere(item)}
      </p>
      ${item.state === "waiting" && item.client_seq === undefined
        ? html`<footer class="post__actions">
            ${this.editButton(item)}${this.discard(item)}
          </footer>`
        : nothing}`;
  }

  private refused(item: OutboxItem): TemplateResult {
    const text = String(item.data["text"] ?? "");
    return html`<p class="refusal" role="alert">
        ${icon("warning")}<span>${item.refusal?.message}</span>
      </p>
      <footer class="post__actions">
        ${this.editButton(item)}
        <button class="quiet-button" @click=${() => this.outbox?.retry(item.key)}>
          Try again
        </button>
        <button class="quiet-button" @click=${() => void copyText(text)}>
          ${icon("copy")}Copy
        </button>
        ${this.discard(item)}
      </footer>`;
  }

  /** Let go of pictures that are not in the outbox any more. */
  forget(): void {
    const files = (this.outbox?.items ?? []).flatMap((item) => item.files ?? []);
    const here = new Set(files.map(({ upload_id }) => upload_id));
    for (const [id, address] of this.addresses) {
      if (here.has(id)) continue;
      URL.revokeObjectURL(address);
      this.addresses.delete(id);
    }
  }

  private file(file: OutboxFile): Piece {
    const { kind, seconds, peaks, sent, blob, attachment_id } = file;
    const share = attachment_id ? 1 : (sent ?? 0) / Math.max(1, blob.size);
    if (kind !== "voice") return this.picture(file, share);
    return html`<div class="voice">
      ${drawBars(peaks ?? [], share)}<span class="voice__time">${sayLength(seconds ?? 0)}</span>
      ${sent !== undefined && share < 1
        ? html`<span>${Math.floor(share * 100)} % sent</span>`
        : nothing}
    </div>`;
  }

  private picture({ upload_id, blob, alt, sent }: OutboxFile, share: number): Piece {
    let address = this.addresses.get(upload_id);
    if (!address) this.addresses.set(upload_id, (address = URL.createObjectURL(blob)));
    return html`<figure class="unsent">
      <img src=${address} alt=${alt || "Your picture"} />${sent !== undefined && share < 1
        ? html`<figcaption>${Math.floor(share * 100)} % sent</figcaption>`
        : nothing}
    </figure>`;
  }

  private form(item: OutboxItem): TemplateResult {
    const save = (event: SubmitEvent): void => {
      event.preventDefault();
      const form = event.target as HTMLFormElement;
      void this.save(item, String(new FormData(form).get("text")));
    };
    return html`<form class="composer composer--reply" @submit=${save} @keydown=${submitByKey}>
      <label class="field"
        ><span class="field__label">Your contribution</span
        ><textarea
          class="input composer__text"
          name="text"
          rows="3"
          maxlength="10000"
          ?required=${!item.files?.length}
          .value=${String(item.data["text"] ?? "")}
        ></textarea></label>
      <div class="composer__foot">
        <button class="button button--primary button--small">
          ${item.state === "refused" ? "Send again" : "Save"}
        </button>
        <button type="button" class="quiet-button" @click=${() => this.open(null)}>Cancel</button>
      </div>
    </form>`;
  }

  private async save(item: OutboxItem, text: string): Promise<void> {
    const { outbox } = this;
    if (!outbox) return;
    const now = outbox.items.find(({ key }) => key === item.key);
    if (now?.state === "refused") {
      await outbox.retry(item.key, { ...now.data, text });
    } else if (!(await outbox.edit(item.key, { text }))) {
      // It left while it was being changed: it is changed where it stands by now.
      await this.changeThere(item.key, text);
    }
    this.open(null);
  }

  private async changeThere(key: number, text: string): Promise<void> {
    const left = this.outbox?.items.find((item) => item.key === key);
    const id = left?.answer?.data?.["contribution_id"];
    if (typeof id !== "string") {
      await copyText(text);
      return;
    }
    await this.outbox?.add("contribution.edit", { contribution_id: id, text });
  }

  private editButton(item: OutboxItem): TemplateResult {
    return html`<button class="quiet-button" @click=${() => this.open(item.key)}>Edit</button>`;
  }

  private discard(item: OutboxItem): TemplateResult {
    return html`<button
      class="quiet-button"
      @click=${() => void this.outbox?.discard(item.key)}
    >
      Discard
    </button>`;
  }

  private open(key: number | null): void {
    this.editing = key;
    this.changed();
  }

  private get outbox(): LiveMeeting["outbox"] {
    return this.meeting()?.outbox ?? null;
  }
}

/** How far one's own story has come: with the team, one's own to release, released. */
export function storyNote(consent: WireConsent, href: string): TemplateResult {
  if (consent.released_at) {
    return html`<p class="post__note">${icon("check")}Released to the team alone.</p>`;
  }
  if (!consent.cleared_at) {
    return html`<p class="post__note">
      ${icon("clock")}The team reads it. Then it is yours to release.
    </p>`;
  }
  return html`<p class="post__note">
    ${icon("check")}The team has read it. <a href=${href}>Say who may read it</a>
  </p>`;
}

/** The three places where a contribution can be; the third is the thread itself. */
function sayWhere(item: OutboxItem): string {
  const waitMs = (item.retry_at ?? 0) - Date.now();
  if (waitMs > 0) return `Wait ${Math.ceil(waitMs / 1_000)} s, then it is sent`;
  if (item.state === "waiting") return "On this device, not sent yet";
  return item.state === "sent" ? "Being sent" : "Sent";
}

/** Ctrl or Cmd with Enter saves. */
function submitByKey(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  (event.currentTarget as HTMLFormElement).requestSubmit();
}
