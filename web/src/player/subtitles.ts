/** Captions over the picture: the room's transcript, and what is said right now. */

import { readCues } from "../cues";
import type { LiveMeeting } from "../meeting";

const LIVE_SECONDS = 4;

export class Subtitles {
  shown = false;
  private readonly track: TextTrack;
  private revision = -1;

  constructor(
    video: HTMLVideoElement,
    private readonly meeting: LiveMeeting,
    private readonly roomId: string,
    private readonly secondsAt: (iso: string) => number | null,
  ) {
    this.track = video.addTextTrack("captions", "Captions", "");
    meeting.listen((feed, entry) => {
      if (feed === "public" && entry?.kind === "TranscriptChanged") void this.read();
    });
    meeting.listenToCaptions((caption) => this.addLive(caption));
  }

  toggle(): void {
    this.shown = !this.shown;
    this.track.mode = this.shown ? "showing" : "hidden";
    void this.read();
  }

  private async read(): Promise<void> {
    const room = this.meeting.page.rooms.find(({ room_id }) => room_id === this.roomId);
    const revision = this.meeting.state?.rooms[this.roomId]?.transcript_revision ?? 0;
    if (!this.shown || !room || revision === this.revision) return;
    this.revision = revision;
    const cues = await readCues(room.transcript_url, revision);
    for (const cue of [...(this.track.cues ?? [])]) this.track.removeCue(cue);
    for (const { start_seconds, end_seconds, text } of cues) {
      this.track.addCue(new VTTCue(start_seconds, end_seconds, plain(text)));
    }
  }

  private addLive(caption: Record<string, unknown>): void {
    const { room, room_id, text, at } = caption as Record<string, string | undefined>;
    if ((room_id ?? room) !== this.roomId || !text || !at) return;
    const start = this.secondsAt(at);
    if (start === null) return;
    this.track.addCue(new VTTCue(start, start + LIVE_SECONDS, plain(text)));
  }
}

/** Cue text is WebVTT: what looks like a tag there is text here. */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
