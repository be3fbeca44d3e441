/** `<fm-pictures>`: pictures for what is being written: picked, pasted or dropped. */

import { html, LitElement, nothing, type TemplateResult } from "lit";

import { icon } from "../pieces";
import { randomName, type OutboxFile } from "../outbox-store";
import { pageData } from "../page";
import type { AttachmentRef } from "../types";

const MOST = 6;
/** Pixels of the longer side that are sent; the service makes it smaller still. */
const SIDE = 2_048;
const QUALITY = 0.85;

interface Picture {
  key: string;
  address: string;
  alt: string;
  id: string | null;
  blob: Blob | null;
  failed: string;
  done: Promise<void>;
}

export class PicturesToPost extends LitElement {
  private pictures: Picture[] = [];
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

  /** What to post, once all that is on its way has arrived; null if something failed. */
  async refs(): Promise<AttachmentRef[] | null> {
    await Promise.all(this.pictures.map(({ done }) => done));
    if (this.pictures.some(({ failed }) => failed)) return null;
    return this.pictures
      .filter(({ id }) => id !== null)
      .map(({ id, alt }) => ({ attachment_id: id!, alt: alt.trim() }));
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
    const full = this.pictures.length >= MOST;
    return html`${this.pictures.length
        ? html`<ul class="to-post">
            ${this.pictures.map((picture) => html`<li>${this.one(picture)}</li>`)}
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
      if (this.pictures.length >= MOST) break;
      const picture: Picture = {
        key: randomName(24),
        address: URL.createObjectURL(file),
        alt: "",
        id: null,
        blob: null,
        failed: "",
        done: Promise.resolve(),
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
    if (text) text.required = !this.pictures.length;
    this.requestUpdate();
  }

  private readonly clear = (): void => {
    for (const { address } of this.pictures) URL.revokeObjectURL(address);
    this.pictures = [];
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
