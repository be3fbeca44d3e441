/**
 * Plays a room's playlist: by hls.js where the browser lets scripts feed media,
 * else by the browser's own HLS. Loaded only when somebody wants to watch.
 */

import Hls, { ErrorDetails, ErrorTypes, Events, type HlsConfig, type LevelDetails } from "hls.js/light";

import { jitteredDelay } from "../offline/backoff";
import { firstEstimate, type Line } from "../frame/line";
import { dateAt, secondsAt, type DatedSpan } from "./dates";
import { chooseRate, Reserve } from "./edge";
import { readLadder, type Offer } from "./ladder";
import type { Quality } from "./preferences";
import { Renewal } from "./renewal";

/** Where to begin: playable seconds, a moment, or the live edge. */
export type Start = { seconds: number } | { at: string } | "live" | "beginning";

export interface EngineEvents {
  /** The stream is not there (yet); it is tried again by itself. */
  waiting(): void;
  ready(): void;
  /** What was live is whole now; the end may still be ahead of this viewer. */
  ended(): void;
  /** Ask for the address as it is signed now, where the meeting is private. */
  renew(): Promise<string | null>;
}

// The distance from the edge is ours to keep (`edge.ts`).
const CONFIG: Partial<HlsConfig> = {
  lowLatencyMode: true,
  maxLiveSyncPlaybackRate: 1,
  liveSyncOnStallIncrease: 0,
  backBufferLength: 60,
  maxBufferLength: 30,
  // Else up to ten minutes come ahead, which who leaves has paid for in vain.
  maxMaxBufferLength: 60,
  liveDurationInfinity: false,
  enableWorker: true,
  // The first picture doesn't wait for a segment that only measures the line.
  testBandwidth: false,
};

const AT_EDGE_SECONDS = 4;
// Who follows and has fallen farther behind than this is taken to the edge.
const CATCH_UP_SECONDS = 10;
const NUDGE_SECONDS = 0.5;

/** Until somebody listens. */
const UNHEARD: EngineEvents = {
  waiting: () => undefined,
  ready: () => undefined,
  ended: () => undefined,
  renew: () => Promise.resolve(null),
};

export class Engine {
  private events = UNHEARD;
  private waits = false;
  private hls: Hls | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private pending: Start;
  private closed = false;
  private following: boolean;
  private chosenSpeed = 1;
  private readonly reserve = new Reserve();
  private readonly renewal: Renewal;
  private turn = 0;
  private kept: { details: LevelDetails | null; edge: number; spans: DatedSpan[] } = {
    details: null,
    edge: 0,
    spans: [],
  };

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly given: string,
    start: Start,
    private chosenQuality: Quality,
  ) {
    this.pending = start;
    this.renewal = new Renewal(given, () => this.events.renew());
    this.following = start === "live";
    video.addEventListener("timeupdate", this.keepDistance);
    video.addEventListener("play", this.notePlay);
    void this.load();
  }

  /** Tell of what happens from now on, and at once if the stream is not there. */
  listen(events: EngineEvents): void {
    this.events = events;
    if (this.waits) events.waiting();
  }

  close(): void {
    this.closed = true;
    this.video.removeEventListener("timeupdate", this.keepDistance);
    this.video.removeEventListener("play", this.notePlay);
    clearTimeout(this.retry);
    this.hls?.destroy();
    this.hls = null;
    this.renewal.close();
  }

  /** Look for the stream now instead of after the pause. */
  retryNow(): void {
    if (this.retry === undefined) return;
    clearTimeout(this.retry);
    this.retry = undefined;
    void this.load();
  }

  /** Look where the media are now. */
  async renew(): Promise<void> {
    await this.renewal.renew();
  }

  /** Take the playlist anew: what stands at the address has become another. */
  reload(start: Start): void {
    this.pending = start;
    this.following = start === "live";
    void this.load();
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

  /** The moment of the last second that can be played. */
  get endAt(): Date | null {
    return dateAt(this.spans, this.end);
  }

  /** The moment of any playable second. */
  atOf(seconds: number): Date | null {
    return dateAt(this.spans, seconds);
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

  // --- what is fetched ----------------------------------------------------

  /** Everything that the address offers, the best first. */
  async offers(): Promise<Offer[]> {
    const response = await fetch(this.source);
    return response.ok ? readLadder(await response.text()) : [];
  }

  get quality(): Quality {
    return this.chosenQuality;
  }

  set quality(quality: Quality) {
    const before = this.chosenQuality;
    this.chosenQuality = quality;
    if (before === quality) return;
    // hls.js leaves sound out where there are pictures: it is a source of its own.
    if (before === "sound" || quality === "sound") {
      this.reload(this.following ? "live" : { seconds: this.video.currentTime });
    } else if (this.hls) this.chooseLevel(this.hls);
  }

  /** The height of the picture that is being shown; 0 for none. */
  get height(): number {
    return this.quality === "sound" ? 0 : this.video.videoHeight;
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

  /** How far the buffer reaches without a hole. */
  get bufferedTo(): number {
    return this.video.currentTime + this.aheadSeconds;
  }

  private get aheadSeconds(): number {
    const { buffered, currentTime } = this.video;
    for (let index = 0; index < buffered.length; index += 1) {
      if (buffered.start(index) <= currentTime && currentTime <= buffered.end(index)) {
        return buffered.end(index) - currentTime;
      }
    }
    return 0;
  }

  private get source(): string {
    return this.renewal.fresh(this.given);
  }

  private get details(): LevelDetails | null {
    return this.hls?.latestLevelDetails ?? null;
  }

  /** Kept until the playlist changes: three hours have thousands. */
  private get spans(): DatedSpan[] {
    const { details } = this;
    if (!details) return [];
    const { fragments, edge } = details;
    if (this.kept.details === details && this.kept.edge === edge) return this.kept.spans;
    const spans = [];
    for (const { start, duration, programDateTime: date } of fragments) {
      if (date !== null) spans.push({ start, duration, date });
    }
    this.kept = { details, edge, spans };
    return spans;
  }

  private async load(): Promise<void> {
    this.hls?.destroy();
    this.hls = null;
    if (this.closed) return;
    let source = this.source;
    if (this.chosenQuality === "sound") {
      const turn = (this.turn += 1);
      const found = await this.findSound();
      if (this.closed || turn !== this.turn) return;
      source = found ?? source;
    }
    if (Hls.isSupported()) this.loadByScript(source);
    else this.loadByBrowser(source);
  }

  private async findSound(): Promise<string | null> {
    const base = new URL(this.source, location.href);
    try {
      const offer = (await this.offers()).find(({ quality }) => quality === "sound");
      return offer ? new URL(offer.address, base).href : null;
    } catch {
      return null;
    }
  }

  private loadByScript(source: string): void {
    const start = this.pending;
    const startPosition =
      start === "beginning"
        ? 0
        : typeof start === "object" && "seconds" in start
          ? start.seconds
          : -1;
    const hls = new Hls({
      ...CONFIG,
      startPosition,
      abrEwmaDefaultEstimate: firstEstimate(navigator as { connection?: Line }),
      xhrSetup: (xhr, url) => xhr.open("GET", this.renewal.fresh(url), true),
    });
    this.hls = hls;
    hls.on(Events.MANIFEST_PARSED, () => {
      this.attempts = 0;
      this.chooseLevel(hls);
      this.tellReady();
    });
    let live = false;
    hls.on(Events.LEVEL_UPDATED, (_event, { details }) => {
      this.startAtMoment();
      if (live && !details.live) this.events.ended();
      live = details.live;
    });
    hls.on(Events.ERROR, (_event, { fatal, type, details, response }) => {
      const lost = response?.code === 403 || response?.code === 404;
      const renewed = lost ? this.renewal.renew() : null;
      if (details === ErrorDetails.BUFFER_STALLED_ERROR && this.following) {
        this.reserve.stalled(performance.now());
      }
      if (!fatal) return;
      // A decoder that stumbled can go on; anything else begins anew.
      if (type === ErrorTypes.MEDIA_ERROR && this.attempts === 0) {
        this.attempts += 1;
        hls.recoverMediaError();
      } else if (renewed) void this.moveOn(hls, renewed);
      else this.later();
    });
    hls.loadSource(source);
    hls.attachMedia(this.video);
  }

  /** Go on where the media are now, with what is in the buffer; else begin anew. */
  private async moveOn(hls: Hls, renewed: Promise<boolean>): Promise<void> {
    const moved = await renewed;
    if (this.closed || this.hls !== hls) return;
    if (moved && this.details) hls.startLoad();
    else this.later();
  }

  /** The rung that was chosen, or the best under it; else the line decides. */
  private chooseLevel(hls: Hls): void {
    const wanted = Number.parseInt(this.chosenQuality, 10);
    if (Number.isNaN(wanted)) {
      hls.nextLevel = -1;
      return;
    }
    const heights = hls.levels.map(({ height }) => height);
    const fitting = heights.filter((height) => height <= wanted);
    const height = fitting.length ? Math.max(...fitting) : Math.min(...heights);
    hls.nextLevel = heights.indexOf(height);
  }

  /**
   * The playlist has come: now a moment can be turned into a second. Nothing is asked
   * for yet; once it is, hls.js would wait for ever for a first part it has left.
   */
  private startAtMoment(): void {
    const start = this.pending;
    if (typeof start !== "object" || !("at" in start)) return;
    const seconds = this.secondsAt(start.at);
    if (seconds === null) return;
    this.pending = { seconds };
    this.hls?.startLoad(seconds);
    this.video.currentTime = seconds;
  }

  private loadByBrowser(source: string): void {
    const { video } = this;
    video.src = source;
    video.onerror = () => this.later();
    video.onloadedmetadata = () => {
      this.attempts = 0;
      const start = this.pending;
      if (start === "beginning") video.currentTime = 0;
      else if (typeof start === "object") {
        const seconds = "seconds" in start ? start.seconds : this.nativeSeconds(start.at);
        if (seconds !== null) video.currentTime = seconds;
      }
      this.tellReady();
    };
  }

  private tellReady(): void {
    this.waits = false;
    this.events.ready();
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
    this.waits = true;
    this.events.waiting();
    this.attempts += 1;
    const delay = 1_000 + jitteredDelay(this.attempts, Math.random, 500, 8_000);
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.load();
    }, delay);
  }
}
