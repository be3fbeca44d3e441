/** `<fm-pictures>`: pictures for what is being written: picked, pasted or dropped. */

import { html, LitElement, nothing, type TemplateResult } from "lit";

import { icon } from "../wording/pieces";
import { randomName, type OutboxFile } from "../offline/outbox-store";
import { pageData } from "../frame/page";
import type { AttachmentRef, AttachmentText } from "../feed/types";
import { sayLength } from "../voice/recorder";
import { drawBars } from "./voice-note";

const MOST = 6;
/** Pixels of the longer side that are sent; the service makes it smaller still. */
const SIDE = 2_048;
const QUALITY = 0.85;
/** So long a text waits for its pictures; what is not there then goes from the outbox. */
const PATIENCE_MS = 1_500;

interface Picture {
  key: string;
  address: string;
  alt: string;
  id: string | null;
  blob: Blob | null;
  failed: string;
  done: Promise<void>;
  line: AbortController;
}

export class PicturesToPost extends LitElement {
  private pictures: Picture[] = [];
  private attached: readonly AttachmentText[] = [];
  private readonly dropped = new Set<string>();
  private readonly words = new Map<string, string>();
  private form: HTMLFormElement | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.form = this.closest("form");
    this.form?.addEventListener("paste", this.paste);
    this.form?.addEventListener("dragover", this.over);
    this.form?.addEventListener("dragleave", this.leave);
    this.form?.addEventListener("drop", this.drop);
    this.form?.addEventListener("reset", this.clear);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.form?.removeEventListener("paste", this.paste);
    this.form?.removeEventListener("dragover", this.over);
    this.form?.removeEventListener("dragleave", this.leave);
    this.form?.removeEventListener("drop", this.drop);
    this.form?.removeEventListener("reset", this.clear);
    this.clear();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** What is attached already, where a text is given anew: kept or taken off. */
  set kept(attached: readonly AttachmentText[]) {
    this.attached = attached;
    this.requestUpdate();
  }

  /** Whether all that is attached is said anew. */
  get edits(): boolean {
    return this.attached.length > 0;
  }

  /**
   * What to post of what has arrived; null if something failed. What is still on
   * its way gets a moment, then it is left to the outbox.
   */
  async refs(): Promise<AttachmentRef[] | null> {
    const all = Promise.all(this.pictures.map(({ done }) => done));
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    await Promise.race([all, patience]);
    for (const { id, line } of this.pictures) if (id === null) line.abort();
    await all;
    if (this.pictures.some(({ failed }) => failed)) return null;
    const arrived = this.pictures
      .filter(({ id }) => id !== null)
      .map(({ id, alt }) => ({ attachment_id: id!, alt: alt.trim() }));
    return [...this.left.map((one) => this.refOf(one)), ...arrived];
  }

  private get left(): AttachmentText[] {
    return this.attached.filter(({ attachment_id }) => !this.dropped.has(attachment_id));
  }

  private refOf({ attachment_id, alt, text }: AttachmentText): AttachmentRef {
    const words = this.words.get(attachment_id)?.trim();
    const said = words === undefined ? alt : words;
    return {
      attachment_id,
      ...(said ? { alt: said } : {}),
      ...(text ? { text } : {}),
    };
  }

  /** What could not be sent yet: it goes ahead of the text from the outbox. */
  files(): OutboxFile[] {
    return this.pictures
      .filter(({ id, blob }) => id === null && blob !== null)
      .map(({ key, blob, alt }) => ({
        upload_id: key,
        kind: "image",
        blob: blob!,
        alt: alt.trim(),
      }));
  }

  protected override render(): TemplateResult {
    const { left } = this;
    const full = this.pictures.length + left.length >= MOST;
    return html`${this.pictures.length + left.length
        ? html`<ul class="to-post">
            ${left.map((one) => html`<li>${this.standing(one)}</li>`)}${this.pictures.map((picture) => html`<li>${this.one(picture)}</li>`)}
          </ul>`
        : nothing}
      <label class="quiet-button pick" ?data-full=${full}
        ><input
          class="pick__file"
          type="file"
          accept="image/*"
          multiple
          ?disabled=${full}
          @change=${this.pick}
        />${icon("picture")}Picture</label
      >`;
  }

  /** What is attached already. */
  private standing(one: AttachmentText): TemplateResult {
    const id = one.attachment_id;
    const drop = (): void => {
      this.dropped.add(id);
      this.changed();
      this.form?.querySelector<HTMLElement>("textarea")?.focus();
    };
    if (one.kind !== "image") {
      return html`<div class="voice">
        ${drawBars(one.peaks ?? [])}<span class="voice__time">${sayLength(one.seconds ?? 0)}</span
        ><button type="button" class="quiet-button" @click=${drop}>
          ${icon("close")}Remove this voice note
        </button>
      </div>`;
    }
    const slug = pageData()?.meeting?.slug ?? "";
    return html`<span class="to-post__frame"
        ><img src="/m/${slug}/attachments/${id}/small" alt="" /><button
          type="button"
          class="to-post__drop"
          aria-label="Remove this picture"
          @click=${drop}
        >
          ${icon("close")}
        </button></span
      ><label class="field"
        ><span class="field__label">What does it show?</span
        ><input
          class="input"
          maxlength="1000"
          placeholder="For who can't see it"
          .value=${this.words.get(id) ?? one.alt ?? ""}
          @input=${(event: Event) => {
            this.words.set(id, (event.target as HTMLInputElement).value);
          }}
      /></label>`;
  }

  private one(picture: Picture): TemplateResult {
    return html`<span class="to-post__frame" ?data-sending=${!picture.id && !picture.failed}
        ><img src=${picture.address} alt="" /><button
          type="button"
          class="to-post__drop"
          aria-label="Remove this picture"
          @click=${() => this.discard(picture)}
        >
          ${icon("close")}
        </button></span
      >${picture.failed
        ? html`<span class="refusal" role="alert">${picture.failed}</span>`
        : html`<label class="field"
            ><span class="field__label">What does it show?</span
            ><input
              class="input"
              maxlength="1000"
              placeholder="For who can't see it"
              .value=${picture.alt}
              @input=${(event: Event) => {
                picture.alt = (event.target as HTMLInputElement).value;
              }}
          /></label>`}`;
  }

  private add(files: Iterable<File>): void {
    for (const file of files) {
      if (this.pictures.length + this.left.length >= MOST) break;
      const picture: Picture = {
        key: randomName(24),
        address: URL.createObjectURL(file),
        alt: "",
        id: null,
        blob: null,
        failed: "",
        done: Promise.resolve(),
        line: new AbortController(),
      };
      // Without a line it goes from the outbox, with the text.
      picture.done = this.send(picture, file).catch(() => undefined);
      this.pictures.push(picture);
    }
    this.changed();
  }

  private async send(picture: Picture, file: File): Promise<void> {
    const page = pageData();
    picture.blob = await makeSmaller(file);
    const response = await fetch(
      `/api/v1/meetings/${page?.meeting?.slug ?? ""}/attachments?kind=image`,
      {
        method: "POST",
        credentials: "same-origin",
        headers: { "Upload-Id": picture.key, "X-Folkmoot-Csrf": page?.csrf ?? "" },
        body: picture.blob,
        signal: picture.line.signal,
      },
    );
    const answer = (await response.json()) as { attachment_id?: string; detail?: string };
    if (response.ok && answer.attachment_id) picture.id = answer.attachment_id;
    else picture.failed = answer.detail ?? "This picture was refused.";
    this.requestUpdate();
  }

  private discard(picture: Picture): void {
    URL.revokeObjectURL(picture.address);
    this.pictures = this.pictures.filter((one) => one !== picture);
    this.changed();
    this.form?.querySelector<HTMLElement>("textarea")?.focus();
  }

  private changed(): void {
    const text = this.form?.querySelector<HTMLTextAreaElement>("textarea[name=text]");
    // A picture may stand alone.
    if (text) text.required = !(this.pictures.length + this.left.length);
    this.requestUpdate();
  }

  private readonly clear = (): void => {
    for (const { address } of this.pictures) URL.revokeObjectURL(address);
    this.pictures = [];
    this.dropped.clear();
    this.words.clear();
    this.changed();
  };

  private readonly pick = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.add(input.files ?? []);
    input.value = "";
  };

  private readonly paste = (event: ClipboardEvent): void => {
    const files = picturesIn(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  };

  private readonly over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.form?.setAttribute("data-over", "");
  };

  private readonly leave = (): void => {
    this.form?.removeAttribute("data-over");
  };

  private readonly drop = (event: DragEvent): void => {
    this.leave();
    const files = picturesIn(event.dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  };
}

function picturesIn(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])].filter(({ type }) => type.startsWith("image/"));
}

/** A picture no larger than is shown; what the browser can't read goes as it is. */
async function makeSmaller(file: File): Promise<Blob> {
  try {
    const bitmap = await createImageBitmap(file);
    const share = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    if (share === 1 && file.size < 1_000_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * share);
    canvas.height = Math.round(bitmap.height * share);
    const paper = canvas.getContext("2d")!;
    // JPEG knows nothing transparent.
    paper.fillStyle = "white";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const made = await new Promise<Blob | null>((resolve) =>
      canvas.toBlob(resolve, "image/jpeg", QUALITY),
    );
    return made && made.size < file.size ? made : file;
  } catch {
    return file;
  }
}

customElements.define("fm-pictures", PicturesToPost);
