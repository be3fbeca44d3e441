/**
 * Plays a room's playlist: by hls.js where the browser lets scripts feed media,
 * else by the browser's own HLS. Loaded only when somebody wants to watch.
 */

import Hls, { ErrorDetails, ErrorTypes, Events, type HlsConfig, type LevelDetails } from "hls.js/light";

import { jitteredDelay } from "../backoff";
import { dateAt, secondsAt, type DatedSpan } from "./dates";
import { chooseRate, Reserve } from "./edge";

/** Where to begin: playable seconds, a moment, or the live edge. */
export type Start = { seconds: number } | { at: string } | "live" | "beginning";

export interface Rung {
  index: number;
  word: string;
}

export interface EngineEvents {
  /** The stream is not there (yet); it is tried again by itself. */
  waiting(): void;
  ready(): void;
}

// The distance from the edge is ours to keep (`edge.ts`).
const CONFIG: Partial<HlsConfig> = {
  lowLatencyMode: true,
  maxLiveSyncPlaybackRate: 1,
  liveSyncOnStallIncrease: 0,
  backBufferLength: 60,
  maxBufferLength: 30,
  liveDurationInfinity: false,
  enableWorker: true,
};

const AT_EDGE_SECONDS = 4;
// Who follows and has fallen farther behind than this is taken to the edge.
const CATCH_UP_SECONDS = 10;
const NUDGE_SECONDS = 0.5;

export class Engine {
  private hls: Hls | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private pending: Start;
  private closed = false;
  private following: boolean;
  private chosenSpeed = 1;
  private readonly reserve = new Reserve();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: string,
    start: Start,
    private readonly events: EngineEvents,
    private readonly saveData: boolean,
  ) {
    this.pending = start;
    this.following = start === "live";
    video.addEventListener("timeupdate", this.keepDistance);
    video.addEventListener("play", this.notePlay);
    this.load();
  }

  close(): void {
    this.closed = true;
    this.video.removeEventListener("timeupdate", this.keepDistance);
    this.video.removeEventListener("play", this.notePlay);
    clearTimeout(this.retry);
    this.hls?.destroy();
    this.hls = null;
  }

  /** Look for the stream now instead of after the pause. */
  retryNow(): void {
    if (this.retry === undefined) return;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.load();
  }

  // --- where we are -------------------------------------------------------

  /** Whether the playlist may still grow. */
  get live(): boolean {
    return this.details?.live ?? this.video.duration === Infinity;
  }

  /** The last second that can be played. */
  get end(): number {
    const details = this.details;
    if (details?.live) return this.hls?.liveSyncPosition ?? details.edge;
    if (details) return details.edge;
    const { seekable } = this.video;
    return seekable.length ? seekable.end(seekable.length - 1) : this.video.duration || 0;
  }

  /** How far behind the live edge, in seconds. */
  get lagSeconds(): number {
    return Math.max(0, this.end - this.video.currentTime);
  }

  get atEdge(): boolean {
    return this.live && this.lagSeconds < AT_EDGE_SECONDS;
  }

  /** The moment that is being shown, where the recording knows it. */
  get at(): Date | null {
    return dateAt(this.spans, this.video.currentTime);
  }

  /** The playable second of a moment. */
  secondsAt(iso: string): number | null {
    return secondsAt(this.spans, Date.parse(iso));
  }

  seek(seconds: number): void {
    const end = Math.max(this.end, 0);
    this.following = this.live && seconds >= end - NUDGE_SECONDS;
    this.video.currentTime = Math.min(Math.max(0, seconds), end);
  }

  goLive(): void {
    this.speed = 1;
    this.seek(this.end);
    this.following = true;
  }

  /** The speed that was chosen; near the edge the real one varies around 1. */
  get speed(): number {
    return this.chosenSpeed;
  }

  set speed(rate: number) {
    this.chosenSpeed = rate;
    this.video.playbackRate = rate;
    if (rate !== 1) this.following = false;
  }

  // --- rungs --------------------------------------------------------------

  get rungs(): Rung[] {
    const levels = this.hls?.levels ?? [];
    const best = Math.max(...levels.map((level) => level.bitrate));
    return levels.map((level, index) => {
      const size = level.height ? `${level.height}p` : "Sound only";
      return { index, word: level.bitrate === best ? `${size}, best` : size };
    });
  }

  get rung(): number {
    return this.hls?.autoLevelEnabled === false ? this.hls.loadLevel : -1;
  }

  /** Choose a rung; -1 leaves it to the connection. */
  set rung(index: number) {
    if (this.hls) this.hls.nextLevel = index;
  }

  // --- inside -------------------------------------------------------------

  /** Play a little faster or slower, so that a follower stays at the edge. */
  private readonly keepDistance = (): void => {
    const { hls, video, details } = this;
    if (!hls || video.paused || video.seeking || !details?.live || !this.following) return;
    const part = details.partTarget || details.targetduration;
    const reserve = this.reserve.at(performance.now()) * part;
    const target = (hls.targetLatency ?? 0) + reserve;
    const lag = hls.latency;
    if (lag > target + CATCH_UP_SECONDS) {
      this.goLive();
      return;
    }
    const rate = chooseRate({ lag, target, ahead: this.aheadSeconds, part });
    if (video.playbackRate !== rate) video.playbackRate = rate;
  };

  /** Who paused for long watches on from there, until "Go live". */
  private readonly notePlay = (): void => {
    if (!this.live || this.atEdge) return;
    this.following = false;
    this.video.playbackRate = this.chosenSpeed;
  };

  private get aheadSeconds(): number {
    const { buffered, currentTime } = this.video;
    for (let index = 0; index < buffered.length; index += 1) {
      if (buffered.start(index) <= currentTime && currentTime <= buffered.end(index)) {
        return buffered.end(index) - currentTime;
      }
    }
    return 0;
  }

  private get details(): LevelDetails | null {
    return this.hls?.latestLevelDetails ?? null;
  }

  private get spans(): DatedSpan[] {
    const spans = [];
    for (const fragment of this.details?.fragments ?? []) {
      if (fragment.programDateTime === null) continue;
      const { start, duration, programDateTime: date } = fragment;
      spans.push({ start, duration, date });
    }
    return spans;
  }

  private load(): void {
    this.hls?.destroy();
    this.hls = null;
    if (this.closed) return;
    if (Hls.isSupported()) this.loadByScript();
    else this.loadByBrowser();
  }

  private loadByScript(): void {
    const start = this.pending;
    const startPosition =
      start === "beginning"
        ? 0
        : typeof start === "object" && "seconds" in start
          ? start.seconds
          : -1;
    const hls = new Hls({ ...CONFIG, startPosition });
    this.hls = hls;
    hls.on(Events.MANIFEST_PARSED, () => {
      this.attempts = 0;
      if (this.saveData) hls.autoLevelCapping = lowestPicture(hls);
      this.events.ready();
    });
    hls.on(Events.LEVEL_LOADED, () => this.startAtMoment());
    hls.on(Events.ERROR, (_event, { fatal, type, details }) => {
      if (details === ErrorDetails.BUFFER_STALLED_ERROR && this.following) {
        this.reserve.stalled(performance.now());
      }
      if (!fatal) return;
      // A decoder that stumbled can go on; anything else begins anew.
      if (type === ErrorTypes.MEDIA_ERROR && this.attempts === 0) {
        this.attempts += 1;
        hls.recoverMediaError();
      } else this.later();
    });
    hls.loadSource(this.source);
    hls.attachMedia(this.video);
  }

  /** The playlist has come: now a moment can be turned into a second. */
  private startAtMoment(): void {
    const start = this.pending;
    if (typeof start !== "object" || !("at" in start)) return;
    const seconds = this.secondsAt(start.at);
    if (seconds === null) return;
    this.pending = { seconds };
    this.video.currentTime = seconds;
  }

  private loadByBrowser(): void {
    const { video } = this;
    video.src = this.source;
    video.onerror = () => this.later();
    video.onloadedmetadata = () => {
      this.attempts = 0;
      const start = this.pending;
      if (start === "beginning") video.currentTime = 0;
      else if (typeof start === "object") {
        const seconds = "seconds" in start ? start.seconds : this.nativeSeconds(start.at);
        if (seconds !== null) video.currentTime = seconds;
      }
      this.events.ready();
    };
  }

  private nativeSeconds(iso: string): number | null {
    // Safari tells the date of second 0.
    const video = this.video as HTMLVideoElement & { getStartDate?: () => Date };
    const startMs = video.getStartDate?.().getTime() ?? NaN;
    return Number.isNaN(startMs) ? null : (Date.parse(iso) - startMs) / 1_000;
  }

  private later(): void {
    if (this.closed) return;
    const { currentTime } = this.video;
    // After a break go on where we were, unless that was the edge.
    if (currentTime > 0) this.pending = this.live ? "live" : { seconds: currentTime };
    this.hls?.destroy();
    this.hls = null;
    this.events.waiting();
    this.attempts += 1;
    const delay = 1_000 + jitteredDelay(this.attempts, Math.random, 500, 8_000);
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.load();
    }, delay);
  }
}

function lowestPicture(hls: Hls): number {
  const index = hls.levels.findIndex((level) => level.height > 0);
  return index < 0 ? 0 : index;
}
