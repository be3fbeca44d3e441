/** Captions over the picture: the room's transcript, and what is said right now. */

import type { LiveMeeting } from "../meeting";
import { saidIn, type Changed, type Line, type Said } from "../watching/said";

const SHOWN_LINES = 2;
/** A line stays while nothing follows it: it may come after its words were heard. */
const LINGER_SECONDS = 3.5;

/**
 * Holds the lines in a text track, so that they keep the video's time; the player
 * shows them itself, in the size, colour and place that somebody chose, and leaves
 * them to the browser only in a small window.
 */
export class Subtitles {
  private shown = false;
  private readonly said: Said;
  private readonly track: TextTrack;
  private readonly cues = new Map<string, VTTCue>();
  private readonly unplaced = new Map<string, Line>();
  private readonly lineOf = new WeakMap<TextTrackCue, Line>();
  private unfollow: (() => void) | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    meeting: LiveMeeting,
    roomId: string,
    private readonly secondsAt: (iso: string) => number | null,
    private readonly changed: () => void,
  ) {
    this.said = saidIn(meeting, roomId);
    this.track = video.addTextTrack("captions", "Captions", "");
    this.track.mode = "hidden";
    this.track.addEventListener("cuechange", changed);
    video.addEventListener("enterpictureinpicture", this.choosePlace);
    video.addEventListener("leavepictureinpicture", this.choosePlace);
    video.addEventListener("timeupdate", this.placeRest);
  }

  close(): void {
    this.unfollow?.();
    this.track.removeEventListener("cuechange", this.changed);
    this.video.removeEventListener("enterpictureinpicture", this.choosePlace);
    this.video.removeEventListener("leavepictureinpicture", this.choosePlace);
    this.video.removeEventListener("timeupdate", this.placeRest);
    this.clear();
    this.track.mode = "disabled";
  }

  show(shown: boolean): void {
    this.shown = shown;
    this.choosePlace();
    if (shown) this.unfollow ??= this.said.follow((changed) => this.take(changed));
  }

  /** The lines to show now. */
  get lines(): Line[] {
    if (!this.shown || this.track.mode !== "hidden") return [];
    const active = [...(this.track.activeCues ?? [])];
    const lines = active.map((cue) => this.lineOf.get(cue)).filter((line) => !!line);
    return lines.sort((a, b) => a.at - b.at).slice(-SHOWN_LINES);
  }

  private readonly choosePlace = (): void => {
    const small = document.pictureInPictureElement === this.video;
    this.track.mode = this.shown && small ? "showing" : "hidden";
    this.changed();
  };

  private take(changed: Changed): void {
    if (changed === null) {
      this.clear();
      this.said.all.forEach((line) => this.place(line));
    } else changed.forEach((line) => this.place(line));
    this.changed();
  }

  private clear(): void {
    for (const cue of this.cues.values()) this.track.removeCue(cue);
    this.cues.clear();
    this.unplaced.clear();
  }

  /** Put a line where its words are; a stream that is not there yet has no place. */
  private place(line: Line): void {
    const start = this.secondsAt(new Date(line.at).toISOString());
    if (start === null) {
      this.unplaced.set(line.id, line);
      return;
    }
    this.unplaced.delete(line.id);
    const end = start + Math.max(0.1, (line.endAt - line.at) / 1_000) + LINGER_SECONDS;
    const text = plain(`${line.text} ${line.tentative}`.trim());
    let cue = this.cues.get(line.id);
    if (cue) {
      cue.startTime = start;
      cue.endTime = end;
      cue.text = text;
    } else {
      cue = new VTTCue(start, end, text);
      cue.id = line.id;
      this.cues.set(line.id, cue);
      this.track.addCue(cue);
    }
    this.lineOf.set(cue, line);
  }

  private readonly placeRest = (): void => {
    if (!this.unplaced.size) return;
    [...this.unplaced.values()].forEach((line) => this.place(line));
    this.changed();
  };
}

/** Cue text is WebVTT: what looks like a tag there is text here. */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
