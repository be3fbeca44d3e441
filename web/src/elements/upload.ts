/**
 * `<fm-upload data-url>`: sends films in pieces, one after the other, goes on after a
 * break, and shows how far.
 */

import { jitteredDelay } from "../offline/backoff";
import { renewParts } from "../frame/server-parts";

const PIECE_BYTES = 8 << 20;
const MOST_TRIES = 8;
const LOOK_MS = 2_000;

class Upload extends HTMLElement {
  private stopped = false;

  connectedCallback(): void {
    if (this.dataset["watch"] !== undefined) void this.watch();
    const input = this.input;
    if (!input) return;
    input.disabled = false;
    input.addEventListener("change", this.begin);
  }

  disconnectedCallback(): void {
    this.stopped = true;
  }

  private get input(): HTMLInputElement | null {
    return this.querySelector("input[type=file]");
  }

  private readonly begin = (): void => {
    void this.sendAll([...(this.input?.files ?? [])]);
  };

  private async sendAll(files: readonly File[]): Promise<void> {
    for (const file of files) if (!(await this.send(file))) return;
    if (files.length && !this.stopped) void this.watch();
  }

  /** Whether all of it is there. */
  private async send(file: File): Promise<boolean> {
    const bar = this.makeBar(file);
    const id = crypto.randomUUID();
    let offset = 0;
    let tries = 0;
    while (offset < file.size && !this.stopped) {
      const end = Math.min(file.size, offset + PIECE_BYTES);
      const answer = await this.put(file, id, offset, end, (bytes) => bar(offset + bytes));
      if (answer.ok) {
        offset = end;
        tries = 0;
      } else if (answer.final || (tries += 1) > MOST_TRIES) {
        this.say(answer.words);
        return false;
      } else {
        await new Promise((done) => setTimeout(done, jitteredDelay(tries)));
        offset = (await this.kept(id)) ?? offset;
      }
      bar(offset);
    }
    return !this.stopped;
  }

  /** One piece; progress of an upload is something only XMLHttpRequest tells. */
  private put(
    file: File,
    id: string,
    start: number,
    end: number,
    progress: (bytes: number) => void,
  ): Promise<{ ok: boolean; final: boolean; words: string }> {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      const address = new URL(this.dataset["url"] ?? "", location.href);
      address.searchParams.set("name", file.name);
      request.open("PUT", address.href);
      request.setRequestHeader("Upload-Id", id);
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      request.setRequestHeader("Content-Range", `bytes ${start}-${end - 1}/${file.size}`);
      request.upload.onprogress = ({ loaded }) => progress(loaded);
      request.onload = () => {
        const ok = request.status >= 200 && request.status < 300;
        const final = request.status >= 400 && request.status < 500 && request.status !== 409;
        done({ ok, final, words: detailOf(request.responseText) });
      };
      request.onerror = () =>
        done({ ok: false, final: false, words: "The connection was lost. Please try again." });
      request.send(file.slice(start, end));
    });
  }

  /** How much of it the service has. */
  private async kept(id: string): Promise<number | null> {
    try {
      const address = (this.dataset["url"] ?? "").replace(/\?.*$/u, "/upload");
      const response = await fetch(address, { headers: { "Upload-Id": id } });
      return response.ok ? ((await response.json()) as { offset: number }).offset : null;
    } catch {
      return null;
    }
  }

  private makeBar(file: File): (bytes: number) => void {
    const bar = document.createElement("progress");
    bar.className = "filling__bar";
    bar.max = 100;
    bar.setAttribute("aria-label", `Sending ${file.name}`);
    const words = document.createElement("p");
    words.className = "quiet";
    words.setAttribute("role", "status");
    this.replaceChildren(bar, words);
    return (bytes) => {
      const share = file.size ? Math.floor((100 * bytes) / file.size) : 0;
      bar.value = share;
      const text = `${share} % of ${(file.size / 1e6).toFixed(0)} MB sent`;
      if (words.textContent !== text) words.textContent = text;
    };
  }

  private say(message: string): void {
    const note = document.createElement("p");
    note.className = "refusal";
    note.setAttribute("role", "alert");
    note.textContent = message;
    this.replaceChildren(note);
  }

  /** What becomes of it, the server knows and draws: then another of us goes on. */
  private async watch(): Promise<void> {
    const part = this.closest("section[id]")?.id;
    if (!part) return;
    do await new Promise((done) => setTimeout(done, LOOK_MS));
    while (!this.stopped && !(await renewParts([`#${part}`])));
  }
}

function detailOf(text: string): string {
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? "This file was refused.";
  } catch {
    return "This file was refused.";
  }
}

export type { Upload };

customElements.define("fm-upload", Upload);
