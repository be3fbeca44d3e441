/** `<fm-transcript>`: what was said, following the picture. */

import { html, type TemplateResult } from "lit";

import { captionWords } from "../watching/caption-words";
import { citePath, momentOf, offerCitation } from "../watching/citing";
import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { foundIn } from "../watching/found";
import { saidIn, type Line } from "../watching/said";

const TURN_SECONDS = 60;
/** A scroll so soon after a wheel, finger or key is the reader's own. */
const OWN_SCROLL_MS = 400;
const LIVE_MS = 60_000;

interface Turn {
  speaker: string | null;
  lines: Line[];
}

export class RoomTranscript extends LiveElement {
  private lines: readonly Line[] | null = null;
  private spans: HTMLElement[] = [];
  private current: HTMLElement | null = null;
  private readAt = 0;
  private moved = false;
  private following = true;
  private unfollow: (() => void) | undefined;
  private unoffer: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("fm-time", this.follow as EventListener);
    document.addEventListener("fm-room", this.followRoom as EventListener);
    document.addEventListener("fm-found", this.followFound);
    for (const kind of ["wheel", "touchmove", "pointerdown", "pointermove", "keydown"]) {
      this.addEventListener(kind, this.noteReader, { passive: true });
    }
    this.addEventListener("scroll", this.noteScroll, { passive: true });
    // A box that scrolls is scrolled by keyboard, too.
    this.tabIndex = 0;
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", "What is said");
    this.listen();
    this.followFound();
    this.unoffer = offerCitation(this, (from, to) => this.citeAt(from, to));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fm-time", this.follow as EventListener);
    document.removeEventListener("fm-room", this.followRoom as EventListener);
    document.removeEventListener("fm-found", this.followFound);
    this.unfollow?.();
    this.unoffer?.();
  }

  private citeAt(from: number, to: number): string {
    const room = this.meeting?.page.rooms.find(({ room_id }) => room_id === this.roomId);
    return citePath(this.meeting?.slug ?? "", room?.slug ?? "", from, to);
  }

  /** Its lines tell it themselves; only the first state is news. */
  protected override concerns(_feed: string, entry: Entry | null): boolean {
    return entry === null;
  }

  protected override get ready(): boolean {
    const said = this.lines !== null && (this.lines.length > 0 || this.moved);
    return super.ready && said;
  }

  private get roomId(): string {
    return this.dataset["room"] ?? "";
  }

  private listen(): void {
    this.unfollow?.();
    if (!this.meeting) return;
    const said = saidIn(this.meeting, this.roomId);
    this.unfollow = said.follow(() => {
      this.lines = [...said.all];
      this.requestUpdate();
    });
  }

  protected override render(): TemplateResult {
    const lines = this.lines ?? [];
    if (!lines.length) return html`<p class="quiet">There are no words of this room yet.</p>`;
    return html`<ol class="transcript">
        ${turnsOf(lines).map((turn) => this.turn(turn))}
      </ol>
      <p class="transcript__follow" ?hidden=${this.following}>
        <button class="button" type="button" @click=${this.followAgain}>Follow what is said</button>
      </p>`;
  }

  private turn({ speaker, lines }: Turn): TemplateResult {
    const at = new Date(lines[0]!.at).toISOString();
    const slug = this.meeting!.state!.rooms[this.roomId]?.slug ?? "";
    const href = `/m/${this.meeting!.slug}?room=${slug}&at=${at}`;
    return html`<li class="turn">
      <div class="turn__head">
        <span class="turn__speaker">${speaker ?? "Speaker not named"}</span>
        <a class="turn__time" href=${href} data-moment=${at} data-room=${this.roomId}
          ><time datetime=${at}>${this.moments.exact(at)}</time></a
        >
        <a class="turn__cite" href=${this.citeAt(lines[0]!.at, lines.at(-1)!.endAt)}
          >Cite<span class="visually-hidden"> what was said at ${this.moments.exact(at)}</span></a
        >
      </div>
      <p class="turn__text">
        ${lines.map(
          (line) =>
            html`<span class="cue" data-at=${line.at} data-end=${line.endAt} @click=${() => this.seek(line)}
                >${captionWords(line)}</span
              > `,
        )}
      </p>
    </li>`;
  }

  protected override updated(): void {
    this.spans = [...this.querySelectorAll<HTMLElement>(".cue")];
    this.markFound();
    if (this.current?.isConnected) return;
    this.current = null;
    // Nothing plays here: the newest words are what one follows.
    const last = this.spans.at(-1);
    const fresh = last && Date.now() - momentOf(last) < LIVE_MS;
    if (fresh) this.show(last);
  }

  /** A click anywhere in a sentence plays it, unless words are being selected. */
  private seek(line: Line): void {
    if (getSelection()?.isCollapsed === false) return;
    this.setFollowing(true);
    const detail = { room_id: this.roomId, at: new Date(line.at).toISOString() };
    document.dispatchEvent(new CustomEvent("fm-seek", { detail }));
  }

  private readonly follow = (event: CustomEvent): void => {
    const { room_id, at } = event.detail as { room_id: string; at: string | null };
    if (room_id !== this.roomId || !this.spans.length || !at) return;
    const line = this.lineAt(Date.parse(at));
    if (line === this.current) return;
    if (this.current) delete this.current.dataset["current"];
    this.current = line;
    if (!line) return;
    line.dataset["current"] = "";
    this.show(line);
  };

  /** Bring a line into sight, unless one reads elsewhere or selects words. */
  private show(line: HTMLElement): void {
    const selection = getSelection();
    const selects = selection?.isCollapsed === false && this.contains(selection.anchorNode);
    if (!this.following || selects) return;
    this.readAt = 0; // what scrolls now is not the reader
    scrollInto(line);
  }

  private readonly noteReader = (event: Event): void => {
    if (event instanceof PointerEvent && !event.buttons) return; // it only passes over
    this.readAt = Date.now();
  };

  /** Who scrolls away from what is said now is left to read; who comes back follows. */
  private readonly noteScroll = (): void => {
    if (Date.now() - this.readAt > OWN_SCROLL_MS) return;
    this.readAt = Date.now(); // a finger's swing goes on by itself
    const line = this.heard;
    this.setFollowing(!line || isInSight(line));
  };

  private readonly followAgain = (): void => {
    this.setFollowing(true);
    this.readAt = 0;
    if (this.heard) scrollInto(this.heard);
  };

  /** What plays, else what was said last. */
  private get heard(): HTMLElement | undefined {
    return this.current ?? this.spans.at(-1);
  }

  private setFollowing(following: boolean): void {
    if (following === this.following) return;
    this.following = following;
    this.requestUpdate();
  }

  private readonly followFound = (): void => {
    this.spans = [...this.querySelectorAll<HTMLElement>(".cue")];
    this.markFound();
  };

  private markFound(): void {
    const found = new Set(foundIn(this.roomId).map(({ at }) => Date.parse(at)));
    for (const span of this.spans) {
      span.toggleAttribute("data-found", found.has(momentOf(span)));
    }
  }

  /** Another room's words; what the server rendered was the first one's. */
  private readonly followRoom = (event: CustomEvent<{ room_id: string }>): void => {
    const { room_id } = event.detail;
    const room = this.meeting?.page.rooms.find((each) => each.room_id === room_id);
    if (!room || room_id === this.roomId) return;
    this.dataset["room"] = room_id;
    this.moved = true;
    this.lines = [];
    this.requestUpdate();
    this.listen();
  };

  private lineAt(ms: number): HTMLElement | null {
    let [low, high] = [0, this.spans.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (momentOf(this.spans[middle]!) <= ms + 50) low = middle;
      else high = middle - 1;
    }
    const span = this.spans[low];
    return span && momentOf(span) <= ms + 50 ? span : null;
  }
}

/** Lines run together until the speaker changes or a minute is full. */
export function turnsOf(lines: readonly Line[]): Turn[] {
  const turns: Turn[] = [];
  for (const line of lines) {
    const turn = turns.at(-1);
    const since = turn ? (line.at - turn.lines[0]!.at) / 1_000 : 0;
    if (turn && turn.speaker === line.speaker && since < TURN_SECONDS) turn.lines.push(line);
    else turns.push({ speaker: line.speaker, lines: [line] });
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

function isInSight(line: HTMLElement): boolean {
  const box = scrollerOf(line)?.getBoundingClientRect();
  if (!box) return true;
  const { top, bottom } = line.getBoundingClientRect();
  return bottom > box.top && top < box.bottom;
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
