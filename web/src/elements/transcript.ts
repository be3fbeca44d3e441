/** `<fm-transcript>`: what was said, following the picture. */

import { html, nothing, type TemplateResult } from "lit";

import { readCues, type Cue } from "../cues";
import type { Entry } from "../fold";
import { LiveElement } from "../live-element";

const TURN_SECONDS = 60;
const FOLLOW_PAUSE_MS = 8_000;

interface Turn {
  speaker: string | null;
  cues: Cue[];
}

export class RoomTranscript extends LiveElement {
  private cues: Cue[] | null = null;
  private revision = -1;
  private caption = "";
  private lines: HTMLElement[] = [];
  private current: HTMLElement | null = null;
  private readAt = 0;
  private moved = false;
  private stopCaptions: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("fm-time", this.follow as EventListener);
    document.addEventListener("fm-room", this.followRoom as EventListener);
    // Who scrolls or selects is reading: don't pull the text away.
    for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      this.addEventListener(kind, () => (this.readAt = Date.now()), { passive: true });
    }
    this.stopCaptions = this.meeting?.listenToCaptions((caption) => this.hear(caption));
    void this.readText();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fm-time", this.follow as EventListener);
    document.removeEventListener("fm-room", this.followRoom as EventListener);
    this.stopCaptions?.();
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    if (feed !== "public") return false;
    const changed = entry === null || entry.kind === "TranscriptChanged";
    if (changed) void this.readText();
    return false;
  }

  protected override get ready(): boolean {
    const said = this.cues !== null && (this.cues.length > 0 || this.moved);
    return super.ready && said;
  }

  private get roomId(): string {
    return this.dataset["room"] ?? "";
  }

  private async readText(): Promise<void> {
    const room = this.meeting?.state?.rooms[this.roomId];
    const address = this.dataset["src"];
    if (!room || !address || room.transcript_revision === this.revision) return;
    this.revision = room.transcript_revision;
    if (this.revision === 0) return;
    try {
      this.cues = await readCues(address, this.revision);
      this.caption = "";
      this.requestUpdate();
    } catch {
      this.revision = -1;
    }
  }

  private hear(caption: Record<string, unknown>): void {
    const room = caption["room_id"] ?? caption["room"];
    if (room !== this.roomId || typeof caption["text"] !== "string") return;
    this.caption = caption["text"];
    this.cues ??= [];
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    if (!this.cues?.length && !this.caption) {
      return html`<p class="quiet">There are no words of this room yet.</p>`;
    }
    return html`<ol class="transcript">
        ${turnsOf(this.cues ?? []).map((turn) => this.turn(turn))}
      </ol>
      ${this.caption
        ? html`<p class="caption-line" aria-live="off">${this.caption}</p>`
        : nothing}`;
  }

  private turn({ speaker, cues }: Turn): TemplateResult {
    const first = cues[0]!;
    const at = this.momentOf(first);
    const seconds = first.start_seconds.toFixed(1);
    const slug = this.meeting!.state!.rooms[this.roomId]?.slug ?? "";
    const href = `/m/${this.meeting!.slug}?room=${slug}&at=${at ?? ""}#t=${seconds}`;
    return html`<li class="turn">
      <div class="turn__head">
        <span class="turn__speaker">${speaker ?? "Speaker not named"}</span>
        <a class="turn__time" href=${href} data-seek=${seconds} data-room=${this.roomId}
          ><time datetime=${at ?? nothing}
            >${at ? this.moments.exact(at) : seconds}</time
          ></a
        >
      </div>
      <p class="turn__text">
        ${cues.map(
          (cue) =>
            html`<span
                class="cue"
                data-start=${cue.start_seconds.toFixed(2)}
                data-end=${cue.end_seconds.toFixed(2)}
                @click=${() => this.seek(cue)}
                >${cue.text}</span
              > `,
        )}
      </p>
    </li>`;
  }

  protected override updated(): void {
    this.lines = [...this.querySelectorAll<HTMLElement>(".cue")];
    this.current = null;
  }

  private momentOf(cue: Cue): string | null {
    if (cue.at) return cue.at;
    const room = this.meeting?.page.rooms.find(({ room_id }) => room_id === this.roomId);
    if (!room?.starts_at) return null;
    const ms = Date.parse(room.starts_at) + cue.start_seconds * 1_000;
    return new Date(ms).toISOString();
  }

  /** A click anywhere in a sentence plays it, unless words are being selected. */
  private seek(cue: Cue): void {
    if (getSelection()?.isCollapsed === false) return;
    this.readAt = 0;
    const detail = { room_id: this.roomId, seconds: cue.start_seconds };
    document.dispatchEvent(new CustomEvent("fm-seek", { detail }));
  }

  private readonly follow = (event: CustomEvent): void => {
    const { room_id, seconds } = event.detail as { room_id: string; seconds: number };
    if (room_id !== this.roomId || !this.lines.length) return;
    const line = this.lineAt(seconds);
    if (line === this.current) return;
    if (this.current) delete this.current.dataset["current"];
    this.current = line;
    if (!line) return;
    line.dataset["current"] = "";
    if (Date.now() - this.readAt > FOLLOW_PAUSE_MS) scrollInto(line);
  };

  /** Another room's words; what the server rendered was the first one's. */
  private readonly followRoom = (event: CustomEvent<{ room_id: string }>): void => {
    const { room_id } = event.detail;
    const room = this.meeting?.page.rooms.find((each) => each.room_id === room_id);
    if (!room || room_id === this.roomId) return;
    this.dataset["room"] = room_id;
    this.dataset["src"] = room.transcript_url;
    this.moved = true;
    this.revision = -1;
    this.caption = "";
    this.cues = [];
    this.requestUpdate();
    void this.readText();
  };

  private lineAt(seconds: number): HTMLElement | null {
    let [low, high] = [0, this.lines.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (Number(this.lines[middle]!.dataset["start"]) <= seconds + 0.05) low = middle;
      else high = middle - 1;
    }
    const line = this.lines[low];
    return line && Number(line.dataset["start"]) <= seconds + 0.05 ? line : null;
  }
}

/** Cues run together until the speaker changes or a minute is full. */
export function turnsOf(cues: readonly Cue[]): Turn[] {
  const turns: Turn[] = [];
  for (const cue of cues) {
    const turn = turns.at(-1);
    const speaker = cue.speaker ?? null;
    const since = turn ? cue.start_seconds - turn.cues[0]!.start_seconds : 0;
    if (turn && turn.speaker === speaker && since < TURN_SECONDS) turn.cues.push(cue);
    else turns.push({ speaker, cues: [cue] });
  }
  return turns;
}

/** Scroll only the box that scrolls by itself, never the page under the reader. */
function scrollInto(line: HTMLElement): void {
  const box = scrollerOf(line);
  if (!box) return;
  const lineTop = line.getBoundingClientRect().top;
  const { top, height } = box.getBoundingClientRect();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  box.scrollBy({
    top: lineTop - top - height / 3,
    behavior: still ? "auto" : "smooth",
  });
}

function scrollerOf(line: HTMLElement): HTMLElement | null {
  let box = line.parentElement;
  while (box && box !== document.body) {
    const { overflowY } = getComputedStyle(box);
    const scrolls = overflowY === "auto" || overflowY === "scroll";
    if (scrolls && box.scrollHeight > box.clientHeight) return box;
    box = box.parentElement;
  }
  return null;
}

customElements.define("fm-transcript", RoomTranscript);
