/** Captions over the picture: the room's transcript, and what is said right now. */

import { readCues } from "../cues";
import type { LiveMeeting } from "../meeting";

const LIVE_SECONDS = 4;
const SHOWN_LINES = 2;

/**
 * Holds the cues in a text track, so that they keep the video's time; the player
 * shows them itself, in the size, colour and place that somebody chose, and leaves
 * them to the browser only in a small window.
 */
export class Subtitles {
  private shown = false;
  private readonly track: TextTrack;
  private revision = -1;
  private readonly stops: (() => void)[];

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly meeting: LiveMeeting,
    private readonly roomId: string,
    private readonly secondsAt: (iso: string) => number | null,
    private readonly changed: () => void,
  ) {
    this.track = video.addTextTrack("captions", "Captions", "");
    this.track.mode = "hidden";
    this.track.addEventListener("cuechange", changed);
    video.addEventListener("enterpictureinpicture", this.choosePlace);
    video.addEventListener("leavepictureinpicture", this.choosePlace);
    this.stops = [
      meeting.listen((feed, entry) => {
        if (feed === "public" && entry?.kind === "TranscriptChanged") void this.read();
      }),
      meeting.listenToCaptions((caption) => this.addLive(caption)),
    ];
  }

  close(): void {
    this.stops.forEach((stop) => stop());
    this.track.removeEventListener("cuechange", this.changed);
    this.video.removeEventListener("enterpictureinpicture", this.choosePlace);
    this.video.removeEventListener("leavepictureinpicture", this.choosePlace);
    this.clear();
    this.track.mode = "disabled";
  }

  show(shown: boolean): void {
    this.shown = shown;
    this.choosePlace();
    void this.read();
  }

  /** The lines to show now. */
  get lines(): string[] {
    if (!this.shown || this.track.mode !== "hidden") return [];
    const cues = [...(this.track.activeCues ?? [])] as VTTCue[];
    return cues.slice(-SHOWN_LINES).map(({ id }) => id);
  }

  private readonly choosePlace = (): void => {
    const small = document.pictureInPictureElement === this.video;
    this.track.mode = this.shown && small ? "showing" : "hidden";
    this.changed();
  };

  private async read(): Promise<void> {
    const room = this.meeting.page.rooms.find(({ room_id }) => room_id === this.roomId);
    const revision = this.meeting.state?.rooms[this.roomId]?.transcript_revision ?? 0;
    if (!this.shown || !room || revision === this.revision) return;
    this.revision = revision;
    const cues = await readCues(room.transcript_url, revision);
    this.clear();
    for (const { start_seconds, end_seconds, text } of cues) {
      this.add(start_seconds, end_seconds, text);
    }
    this.changed();
  }

  private clear(): void {
    for (const cue of [...(this.track.cues ?? [])]) this.track.removeCue(cue);
  }

  private addLive(caption: Record<string, unknown>): void {
    const { room, room_id, text, at } = caption as Record<string, string | undefined>;
    if ((room_id ?? room) !== this.roomId || !text || !at) return;
    const start = this.secondsAt(at);
    if (start !== null) this.add(start, start + LIVE_SECONDS, text);
  }

  private add(start: number, end: number, text: string): void {
    const cue = new VTTCue(start, Math.max(end, start + 0.1), plain(text));
    cue.id = text;
    this.track.addCue(cue);
  }
}

/** Cue text is WebVTT: what looks like a tag there is text here. */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
