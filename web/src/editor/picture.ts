/** The picture beside the lines: played from a word, and followed word by word. */

import { rangeOf } from "./letters";
import type { Cue, Sheet } from "./sheet";
import { spanAt } from "./words";

export interface Shown {
  lineOf(id: string): HTMLElement | null;
  /** Another line is said now; `plays` unless the picture stands still. */
  turned(cue: Cue | null, plays: boolean): void;
  say(words: string): void;
}

export class Picture {
  /** The line that is said now. */
  line: Cue | null = null;
  /** The moment that is shown, in ISO 8601. */
  at: string | null = null;

  constructor(
    private readonly roomId: string,
    private readonly sheet: Sheet,
    private readonly shown: Shown,
  ) {
    document.addEventListener("fm-time", this.follow as EventListener);
  }

  close(): void {
    document.removeEventListener("fm-time", this.follow as EventListener);
  }

  playFrom(at: string): void {
    this.seek(at);
    void this.video?.play().catch(() => undefined);
  }

  /** Show a moment, if the picture is there at all; it plays on if it played. */
  show(at: string): void {
    this.seek(at, true);
  }

  toggle(cue?: Cue): void {
    const { video } = this;
    if (!video) return this.shown.say("There is no recording to play.");
    if (!video.paused) return video.pause();
    const elsewhere = cue && this.line?.cue_id !== cue.cue_id;
    if (cue && (elsewhere || !video.readyState)) this.playFrom(cue.at);
    else void video.play().catch(() => undefined);
  }

  skip(seconds: number): void {
    if (this.video) this.video.currentTime += seconds;
  }

  private get video(): HTMLVideoElement | null {
    return document.querySelector("fm-player video");
  }

  private seek(at: string, stays = false): void {
    const detail = { room_id: this.roomId, at, stays };
    document.dispatchEvent(new CustomEvent("fm-seek", { detail }));
  }

  private readonly follow = (event: CustomEvent): void => {
    const { room_id, at } = event.detail as { room_id: string; at: string | null };
    if (room_id !== this.roomId || !at) return;
    this.at = at;
    const cue = this.sheet.lineAt(at) ?? null;
    const before = this.line;
    this.line = cue;
    if (before?.cue_id !== cue?.cue_id) {
      if (before) delete this.shown.lineOf(before.cue_id)?.dataset["playing"];
      const line = cue && this.shown.lineOf(cue.cue_id);
      if (line) line.dataset["playing"] = "";
      this.shown.turned(cue, this.video?.paused === false);
    }
    this.markWord(cue, Date.parse(at));
  };

  private markWord(cue: Cue | null, at: number): void {
    const highlights = (CSS as { highlights?: HighlightRegistry }).highlights;
    if (!highlights) return;
    highlights.delete("spoken");
    const text = cue && this.shown.lineOf(cue.cue_id)?.querySelector(".line__text");
    const span = cue && spanAt(cue, at);
    const range = text && span ? rangeOf(text, span) : null;
    if (range) highlights.set("spoken", new Highlight(range));
  }
}
