/**
 * A room's picture as the team sees it, moving and muted: the smallest rung of what
 * the room sends now, for as long as somebody looks.
 */

import Hls, { Events } from "hls.js/light";

/** Plays into a video; `lost` is called once when it can't go on. */
export class Monitor {
  private readonly hls: Hls | null = null;
  private closed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    source: string,
    private readonly lost: () => void,
  ) {
    if (!Hls.isSupported()) {
      video.src = source;
      video.onerror = () => this.fail();
      void this.play();
      return;
    }
    this.hls = new Hls({ lowLatencyMode: true, maxBufferLength: 8, backBufferLength: 4 });
    this.hls.on(Events.MANIFEST_PARSED, (_event, { levels }) => {
      const bits = levels.map(({ bitrate }) => bitrate);
      const smallest = bits.indexOf(Math.min(...bits));
      this.hls!.loadLevel = smallest;
      void this.play();
    });
    this.hls.on(Events.ERROR, (_event, { fatal }) => {
      if (fatal) this.fail();
    });
    this.hls.loadSource(source);
    this.hls.attachMedia(video);
  }

  close(): void {
    this.closed = true;
    this.hls?.destroy();
    this.video.removeAttribute("src");
    this.video.load();
  }

  private async play(): Promise<void> {
    try {
      await this.video.play();
    } catch {
      // A still stays where the browser lets nothing move by itself.
    }
  }

  private fail(): void {
    if (this.closed) return;
    this.close();
    this.lost();
  }
}
