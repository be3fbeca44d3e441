/** `<fm-player>`: a room's picture and sound, live and afterwards. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";

import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { writeSeconds } from "../wording/moments";
import { icon, type Piece } from "../wording/pieces";
import { foundIn } from "../watching/found";
import { heatOf, heatStrip } from "../player/heat";
import { readFragment } from "../player/address";
import { hasBegun, takeBegun } from "../player/begun";
import {
  chaptersOf,
  marksOf,
  neighbour,
  nowWords,
  standingAt,
  type Chapter,
} from "../player/chapters";
import type { Engine, Start } from "../player/engine";
import { gapAt, Gaps, placeGaps, type PlacedGap } from "../player/gaps";
import { actForKey, KEY_HELP } from "../player/keys";
import type { Offer } from "../player/ladder";
import { rememberedPosition, rememberPosition } from "../player/positions";
import { move } from "../player/renewal";
import {
  isSpared,
  keepPreferences,
  readPreferences,
  type CaptionLook,
  type Quality,
} from "../player/preferences";
import { closer, settingsPanel, SPEEDS } from "../player/settings";
import { Storyboard } from "../player/storyboard";
import { captionWords } from "../watching/caption-words";
import { Subtitles } from "../player/subtitles";
import { dotsOf, talkLane } from "../player/talk";
import { timeline } from "../player/timeline";
import type { WireRoom } from "../feed/types";
import { viewMoments, type PostView } from "../views/thread";
import { isPlayable, roomState, type RoomState } from "../views/timetable";

const SLATE_TITLES: Record<RoomState, string> = {
  coming: "Not started yet",
  live: "",
  interrupted: "Waiting for the picture",
  paused: "Paused",
  off: "Off air",
  ended: "No recording",
};

const IDLE_MS = 3_000;
const STILL_MS = 30_000;
const ENDING_MS = 8_000;

export class RoomPlayer extends LiveElement {
  private engine: Engine | null = null;
  private screen: HTMLVideoElement | null = null;
  private subtitles: Subtitles | null = null;
  private storyboard: Storyboard | null = null;
  private missing: Gaps | null = null;
  private readonly preferences = readPreferences();
  private readonly spared = isSpared(this.preferences);
  private offers: Offer[] = [];
  private started = false;
  private waiting = false;
  private until: number | null = null;
  private seeking = false;
  private lastTold = 0;
  private standing: RoomState | null = null;
  private serverStart: number | null = null;
  private panel: "settings" | "keys" | null = null;
  private pointed: number | null = null;
  private talk: PostView[] | null = null;
  private justEnded = false;
  private stillAt = 0;
  private idleTimer: ReturnType<typeof setTimeout> | undefined;
  private endTimer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // The server has turned `?at=` into seconds where it could.
    const made = this.querySelector("video")?.getAttribute("src") ?? "";
    this.serverStart = readFragment(made).seconds;
    const wanted = readFragment(location.hash).seconds ?? this.serverStart;
    // Who came for a moment will play: fetched while the meeting's state comes.
    if (wanted !== null && !this.spared) void import("../player/engine");
    window.addEventListener("hashchange", this.followAddress);
    document.addEventListener("click", this.followLink);
    document.addEventListener("fm-seek", this.followCue as EventListener);
    document.addEventListener("fm-room", this.followRoom as EventListener);
    document.addEventListener("fm-found", this.refresh);
    window.addEventListener("pagehide", this.remember);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.remember();
    window.removeEventListener("hashchange", this.followAddress);
    document.removeEventListener("click", this.followLink);
    document.removeEventListener("fm-seek", this.followCue as EventListener);
    document.removeEventListener("fm-room", this.followRoom as EventListener);
    document.removeEventListener("fm-found", this.refresh);
    window.removeEventListener("pagehide", this.remember);
    this.stop();
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    if (feed !== "public") return false;
    if (entry === null || entry.kind.startsWith("Contribution")) this.talk = null;
    if (entry?.kind === "MeetingEdited" && (entry as Entry<"MeetingEdited">).data.visibility) {
      void (this.engine ? this.engine.renew() : this.askAddress().catch(() => null));
    }
    return true;
  }

  protected override get ready(): boolean {
    return super.ready && this.room !== null;
  }

  // --- what is shown ------------------------------------------------------

  private get room(): WireRoom | null {
    return this.meeting?.state?.rooms[this.dataset["room"] ?? ""] ?? null;
  }

  private get state(): RoomState {
    // A session that is over has its recording, whatever its room does now.
    if (this.dataset["span"] !== undefined) return "ended";
    return roomState(this.room!, this.meeting!.state!.phase, Date.now());
  }

  private get source(): string {
    return this.dataset["src"] ?? "";
  }

  private get video(): HTMLVideoElement | null {
    return this.querySelector("video");
  }

  private get quality(): Quality {
    return this.preferences.quality ?? (this.spared ? "sound" : "auto");
  }

  /** The markers that this viewer has reached or can go to. */
  private get chapters(): Chapter[] {
    const { engine } = this;
    if (!engine) return [];
    return chaptersOf(
      marksOf(this.meeting!.state!, this.dataset["room"] ?? ""),
      this.dataset["room"] ?? "",
      (iso) => engine.secondsAt(iso),
      engine.endAt,
    );
  }

  /** What the recording lacks, where this viewer can see it. */
  private get gaps(): PlacedGap[] {
    const { engine, room } = this;
    // A team's look at what was taken out shows just that.
    if (!engine || !room || this.dataset["span"] !== undefined) return [];
    const base = `/api/v1/meetings/${this.meeting!.slug}/rooms/${room.room_id}`;
    this.missing ??= new Gaps(`${base}/recording/gaps`, this.refresh);
    const version = `${room.recording_revision} ${Object.keys(room.cuts).join()} ${room.connected}`;
    return placeGaps(this.missing.at(version), (iso) => engine.secondsAt(iso), engine.end);
  }

  protected override render(): TemplateResult {
    const room = this.room!;
    const name = room.content?.name ?? "";
    this.dataset["state"] = this.state;
    const playing = isPlayable(room);
    return html`<div
      class="player__frame"
      ?data-started=${this.started}
      ?data-paused=${this.started && (this.video?.paused ?? true)}
      data-captions=${this.preferences.captions.place}
      @keydown=${this.pressKey}
      @click=${this.clickFrame}
      @pointermove=${this.stir}
      @focusin=${this.stir}
    >
      ${playing ? this.film(`Picture and sound from ${name}`) : nothing}
      ${this.soundStill()} ${this.slate()} ${this.captionLines()}
      ${playing && !this.started ? this.startLayer() : nothing}
      ${this.started ? this.bar() : nothing} ${this.openPanel()}
      <p class="visually-hidden" role="status">${this.stateWords()}</p>
    </div>`;
  }

  /** The video: that in which the film has begun already, else one of our own. */
  private film(words: string): HTMLVideoElement {
    const film = (this.screen ??= this.equip(document.createElement("video")));
    // A room that waits for its picture may never have had one.
    const waits = this.state === "interrupted" || this.state === "coming";
    const poster = this.spared || waits ? "" : (this.dataset["poster"] ?? "");
    if (film.getAttribute("poster") !== poster) film.poster = poster;
    film.ariaLabel = words;
    return film;
  }

  private equip(film: HTMLVideoElement): HTMLVideoElement {
    film.className = "player__video";
    film.controls = false;
    film.playsInline = true;
    film.preload = "none";
    film.tabIndex = 0;
    film.addEventListener("timeupdate", this.advance);
    film.addEventListener("pause", this.paused);
    film.addEventListener("ended", this.cameToEnd);
    for (const name of ["play", "volumechange", "ratechange", "durationchange"]) {
      film.addEventListener(name, this.refresh);
    }
    return film;
  }

  protected override update(changed: PropertyValues): void {
    // Put back within the same task, it plays on.
    if (hasBegun(this) && !this.screen) {
      const begun = this.querySelector("video");
      if (begun) this.screen = this.equip(begun);
    }
    super.update(changed);
  }

  protected override get first(): boolean {
    return true;
  }

  protected override updated(): void {
    const before = this.standing;
    const { state } = this;
    this.standing = state;
    if (before === null) this.beginIfAsked();
    else if (before !== state && state === "live") this.engine?.retryNow();
  }

  /** Told to those who don't see the picture. */
  private stateWords(): string {
    if (this.waiting) return "Waiting for the picture.";
    const { state } = this;
    if (state === "live") return "Live.";
    if (state === "ended") return "The broadcast has ended.";
    return `${SLATE_TITLES[state]}. ${this.slateText(state)}`;
  }

  private startLayer(): TemplateResult {
    const live = this.state === "live" || this.state === "paused";
    const kept = live ? null : rememberedPosition(this.source);
    const word = live
      ? this.quality === "sound"
        ? "Listen live"
        : "Watch live"
      : kept === null
        ? "Play"
        : `Go on at ${writeSeconds(kept)}`;
    return html`<div class="player__begin" ?data-choice=${kept !== null || this.justEnded}>
      <button
        type="button"
        class="player__start"
        aria-label=${word}
        @click=${() => void this.start(this.defaultStart())}
      >
        ${icon("play")}
      </button>
      ${this.justEnded
        ? html`<p class="player__ended">The meeting has ended. This is its recording.</p>`
        : nothing}
      ${kept === null
        ? nothing
        : html`<p class="player__resume">
            <button
              type="button"
              class="player__word player__word--first"
              @click=${() => void this.start({ seconds: kept })}
            >
              Go on at ${writeSeconds(kept)}
            </button>
            <button
              type="button"
              class="player__word"
              @click=${() => void this.start("beginning")}
            >
              From the beginning
            </button>
          </p>`}
      ${this.spared
        ? html`<p class="player__spared">
            Your connection seems slow, or is to be spared: this plays the sound alone, about
            25 MB an hour.
            <button
              type="button"
              class="player__word"
              @click=${() => {
                this.chooseQuality("auto");
                void this.start(this.defaultStart());
              }}
            >
              With the picture
            </button>
          </p>`
        : nothing}
    </div>`;
  }

  /** Covers the picture only for those who would see the live edge. */
  private slate(): Piece {
    const state = this.state;
    const playable = isPlayable(this.room!);
    const past = (state === "ended" || state === "off") && playable;
    const behind = this.started && !(this.engine?.atEdge ?? true);
    const shown =
      state !== "live" && !past && !(behind && state !== "coming") ? state : null;
    if (!shown && !this.waiting) return nothing;
    const title = shown ? SLATE_TITLES[shown] : "Waiting for the picture";
    return html`<div class="player__slate" data-state=${shown ?? "interrupted"}>
      ${icon(shown === "paused" ? "pause" : shown === "coming" ? "clock" : "video")}
      <p class="player__slate-title">${title}</p>
      <p class="player__slate-text">${this.slateText(shown ?? "interrupted")}</p>
    </div>`;
  }

  private slateText(state: RoomState): string {
    const startsAt = this.meeting!.state!.starts_at;
    if (state === "paused") {
      return this.room!.reason?.reason || "The broadcast goes on soon.";
    }
    if (state === "interrupted") {
      return "The recording is safe. It goes on by itself; you need not do anything.";
    }
    if (state === "off") return "This room is off air at the moment.";
    if (state === "ended") return "This room was not broadcast.";
    if (!startsAt) return "The picture appears here when it starts.";
    const day = this.moments.isToday(startsAt) ? "today" : `on ${this.moments.day(startsAt)}`;
    return `It starts ${day} at ${this.moments.clock(startsAt)}.`;
  }

  /** With sound alone: a still now and then, and the slide that was named last. */
  private soundStill(): Piece {
    if (!this.started || this.engine?.quality !== "sound") return nothing;
    const slide = standingAt(this.chapters, this.video?.currentTime ?? 0).slide;
    const poster = this.dataset["poster"] ?? "";
    const still = poster.replace("poster.jpg", "thumbnail.jpg");
    const number = Math.floor(this.stillAt / STILL_MS);
    const address = this.engine.live ? `${still}?n=${number}` : still;
    return html`<div class="player__sound-only">
      ${still ? html`<img class="player__still" src=${address} alt="" />` : nothing}
      <p class="player__sound-words">
        ${icon("volume")}<span>Sound only${slide ? html` · ${slide.label}` : nothing}</span>
      </p>
    </div>`;
  }

  private captionLines(): Piece {
    const lines = this.subtitles?.lines ?? [];
    if (!lines.length) return nothing;
    const { size, colour, place } = this.preferences.captions;
    return html`<div
      class="player__captions"
      aria-hidden="true"
      data-size=${size}
      data-colour=${colour}
      data-place=${place}
    >
      ${lines.map((line) => html`<p><span>${captionWords(line)}</span></p>`)}
    </div>`;
  }

  // --- controls -----------------------------------------------------------

  private bar(): TemplateResult {
    const { video, engine } = this;
    const playing = video !== null && !video.paused && !video.ended;
    const now = video?.currentTime ?? 0;
    const { chapters, gaps } = this;
    const on = nowWords(standingAt(chapters, now));
    return html`<div class="player__bar">
      ${on ? html`<p class="player__now"><span>Now</span> ${on}</p>` : nothing}
      ${timeline({
        now,
        end: engine?.end ?? 0,
        buffered: engine?.bufferedTo ?? 0,
        words: this.placeWords(),
        chapters,
        gaps,
        talk: this.talkLane(),
        heat: this.heatStrip(),
        place: this.placePointedAt(chapters, gaps),
        seek: (seconds) => {
          this.seeking = true;
          engine?.seek(seconds);
        },
        settle: () => {
          this.seeking = false;
        },
        point: (seconds) => {
          this.pointed = seconds;
          this.requestUpdate();
        },
      })}
      <div class="player__buttons">
        ${this.button(playing ? "Pause" : "Play", playing ? "pause" : "play", () =>
          this.toggle(),
        )}
        ${this.button("Back 10 seconds", "back", () => this.skip(-10), "player__back")}
        ${this.volume()}
        <span class="player__time">${this.placeWords()}</span>
        ${engine?.live ? this.liveButton(engine) : nothing}
        <span class="player__space"></span>
        ${this.button(
          "Captions",
          "captions",
          () => this.toggleCaptions(),
          "player__cc",
          this.preferences.captions.shown,
        )}
        ${this.citeLink()}
        ${this.button(
          "Picture, data and captions",
          "settings",
          () => this.togglePanel("settings"),
          "player__settings",
          this.panel === "settings",
        )}
        ${this.button("Keys", "keys", () => this.togglePanel("keys"), "player__keys-button")}
        ${document.pictureInPictureEnabled
          ? this.button(
              "Small window",
              "small-window",
              () => void this.togglePictureInPicture(),
              "player__pip",
            )
          : nothing}
        ${this.button(
          document.fullscreenElement ? "Leave full screen" : "Full screen",
          "full-screen",
          () => void this.toggleFullScreen(),
          "player__full",
        )}
      </div>
    </div>`;
  }

  private button(
    word: string,
    symbol: string,
    act: () => void,
    name = "",
    pressed?: boolean,
  ): TemplateResult {
    return html`<button
      type="button"
      class="player__button ${name}"
      aria-label=${word}
      title=${word}
      aria-pressed=${pressed === undefined ? nothing : String(pressed)}
      @click=${(event: Event) => {
        event.stopPropagation();
        act();
        this.requestUpdate();
      }}
    >
      ${icon(symbol)}
    </button>`;
  }

  /** Leads to what is said at the playhead; beside, so that the picture plays on. */
  private citeLink(): Piece {
    const at = this.engine?.at;
    const room = this.meeting?.page.rooms.find((r) => r.room_id === this.dataset["room"]);
    if (!at || !room) return nothing;
    const query = new URLSearchParams({ room: room.slug, at: at.toISOString() });
    return html`<a
      class="player__button player__cite"
      href=${`/m/${this.meeting!.slug}/cite?${query}`}
      target="_blank"
      rel="noopener"
      aria-label="Cite this moment"
      title="Cite this moment"
      @click=${(event: Event) => event.stopPropagation()}
      >${icon("quote")}</a
    >`;
  }

  private liveButton(engine: Engine): TemplateResult {
    const { atEdge, lagSeconds } = engine;
    const behind = writeSeconds(lagSeconds);
    return html`<button
      type="button"
      class="player__live"
      ?data-edge=${atEdge}
      aria-label=${atEdge ? "Live" : `Go live, ${behind} behind`}
      @click=${(event: Event) => {
        event.stopPropagation();
        this.goLive();
        this.requestUpdate();
      }}
    >
      <span class="dot"></span>${atEdge ? "Live" : html`Go live <span>−${behind}</span>`}
    </button>`;
  }

  private volume(): TemplateResult {
    const { video } = this;
    const silent = !video || video.muted || video.volume === 0;
    return html`<span class="player__volume">
      <button
        type="button"
        class="player__button player__sound"
        aria-label=${silent ? "Sound on" : "Sound off"}
        @click=${(event: Event) => {
          event.stopPropagation();
          this.mute();
        }}
      >
        ${icon(silent ? "muted" : "volume")}
      </button>
      <input
        class="player__loudness"
        type="range"
        min="0"
        max="1"
        step="0.05"
        aria-label="Loudness"
        .value=${String(silent ? 0 : (video?.volume ?? 1))}
        @input=${(event: Event) =>
          this.setVolume(Number((event.target as HTMLInputElement).value))}
      />
    </span>`;
  }

  private openPanel(): Piece {
    const { engine, panel } = this;
    if (panel === "keys") return this.keysPanel();
    if (panel !== "settings" || !engine) return nothing;
    return settingsPanel({
      offers: this.offers,
      quality: engine.quality,
      speed: engine.speed,
      atEdge: engine.atEdge,
      captions: this.preferences.captions,
      chooseQuality: (quality) => this.chooseQuality(quality),
      chooseSpeed: (speed) => this.setSpeed(speed),
      chooseCaptions: (change) => this.chooseCaptions(change),
      close: () => this.closePanel(),
    });
  }

  private keysPanel(): TemplateResult {
    return html`<div class="player__panel player__panel--keys" role="dialog" aria-label="Keys">
      ${closer(() => this.closePanel())}
      <h3>Keys</h3>
      <dl class="player__keys">
        ${KEY_HELP.map(
          ([keys, does]) =>
            html`<div><dt><kbd>${keys}</kbd></dt><dd>${does}</dd></div>`,
        )}
      </dl>
    </div>`;
  }

  /** What people wrote to moments of this picture; gathered anew when it changes. */
  private talkLane(): Piece {
    const { engine } = this;
    const { state } = this.meeting!;
    if (!engine || !state) return nothing;
    const shared = this.meeting?.shared ?? null;
    const reading = { state, own: null, staff: null, shared, pending: [], myName: "" };
    this.talk ??= viewMoments(reading, this.dataset["room"] ?? "");
    const dots = dotsOf(this.talk, (iso) => engine.secondsAt(iso), engine.end);
    const exact = (iso: string): string => this.moments.exact(iso);
    return talkLane(dots, engine.end, exact, ({ at, posts }) => {
      this.seekToMoment(at);
      const detail = { contribution_id: posts[0]!.contributionId };
      document.dispatchEvent(new CustomEvent("fm-post", { detail }));
    });
  }

  private heatStrip(): Piece {
    const { engine } = this;
    const found = foundIn(this.dataset["room"] ?? "");
    if (!engine || !found.length) return nothing;
    const marks = heatOf(found, (iso) => engine.secondsAt(iso), engine.end);
    const exact = (iso: string): string => this.moments.exact(iso);
    return heatStrip(marks, engine.end, exact, ({ at }) => this.seekToMoment(at));
  }

  private placePointedAt(
    chapters: readonly Chapter[],
    gaps: readonly PlacedGap[],
  ): {
    seconds: number;
    words: string;
    still: ReturnType<Storyboard["at"]>;
  } | null {
    const { pointed: seconds, engine } = this;
    if (seconds === null || !engine) return null;
    const at = engine.live ? engine.atOf(seconds) : null;
    const time = at ? this.moments.exact(at) : writeSeconds(seconds);
    const gap = gapAt(gaps, seconds, engine.end);
    const item = gap ? gap.words : nowWords(standingAt(chapters, seconds));
    const address = new URL(this.source, location.href);
    this.storyboard ??= new Storyboard(new URL("storyboard.vtt", address).href, this.refresh);
    // Stills are pictures too: not for those who asked for sound alone.
    const spared = engine.quality === "sound";
    const still = spared ? null : this.storyboard.at(seconds, engine.live);
    return { seconds, words: item ? `${time} · ${item}` : time, still };
  }

  private placeWords(): string {
    const { video, engine } = this;
    const now = video?.currentTime ?? 0;
    const at = engine?.at;
    if (engine?.live) return at ? this.moments.exact(at) : writeSeconds(now);
    return `${writeSeconds(now)} / ${writeSeconds(engine?.end ?? 0)}`;
  }

  // --- what can be done ---------------------------------------------------

  private skip(seconds: number): void {
    const { engine, video } = this;
    if (engine && video) engine.seek(video.currentTime + seconds);
  }

  private setSpeed(rate: number): void {
    if (this.engine) this.engine.speed = rate;
    this.requestUpdate();
  }

  private mute(): void {
    const { video } = this;
    if (!video) return;
    video.muted = !video.muted;
    if (!video.muted && video.volume === 0) this.setVolume(1);
  }

  private setVolume(volume: number): void {
    const { video } = this;
    if (!video) return;
    video.volume = Math.min(1, Math.max(0, volume));
    video.muted = video.volume === 0;
    this.preferences.volume = video.volume || 1;
    keepPreferences(this.preferences);
  }

  private goLive(): void {
    this.engine?.goLive();
    void this.play();
  }

  private toggle(): void {
    const { video } = this;
    if (!video) return;
    if (video.paused) void this.play();
    else video.pause();
  }

  private chooseQuality(quality: Quality): void {
    this.preferences.quality = quality;
    keepPreferences(this.preferences);
    if (this.engine) {
      this.engine.quality = quality;
      void this.play();
    }
    this.requestUpdate();
  }

  private chooseCaptions(change: Partial<CaptionLook>): void {
    Object.assign(this.preferences.captions, change);
    keepPreferences(this.preferences);
    this.showCaptions();
    this.requestUpdate();
  }

  private toggleCaptions(): void {
    this.chooseCaptions({ shown: !this.preferences.captions.shown });
  }

  private showCaptions(): void {
    const { video } = this;
    const { shown } = this.preferences.captions;
    if (!video || (!shown && !this.subtitles)) return;
    this.subtitles ??= new Subtitles(
      video,
      this.meeting!,
      this.room!.room_id,
      (iso) => this.engine?.secondsAt(iso) ?? null,
      this.refresh,
    );
    this.subtitles.show(shown);
  }

  private togglePanel(panel: "settings" | "keys"): void {
    const opening = this.panel !== panel;
    this.panel = opening ? panel : null;
    if (opening) void this.focusPanel();
    if (opening && panel === "settings") void this.weigh();
    this.requestUpdate();
  }

  private async focusPanel(): Promise<void> {
    await this.updateComplete;
    this.querySelector<HTMLElement>(".player__panel input, .player__panel button")?.focus();
  }

  private closePanel(): void {
    const opener =
      this.panel === "settings" ? ".player__settings" : ".player__keys-button";
    this.panel = null;
    this.requestUpdate();
    this.querySelector<HTMLElement>(opener)?.focus();
  }

  /** Ask what the rungs cost, when somebody wants to know. */
  private async weigh(): Promise<void> {
    try {
      this.offers = (await this.engine?.offers()) ?? [];
    } catch {
      // Off line; what was known stays.
    }
    this.requestUpdate();
  }

  private async togglePictureInPicture(): Promise<void> {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await this.video?.requestPictureInPicture();
  }

  private async toggleFullScreen(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.querySelector(".player__frame")?.requestFullscreen();
    this.requestUpdate();
  }

  private readonly pressKey = (event: KeyboardEvent): void => {
    const { engine, video } = this;
    if (!engine || !video) return;
    const done = actForKey(event, {
      toggle: () => this.toggle(),
      skip: (seconds) => this.skip(seconds),
      seekPart: (part) => engine.seek(engine.end * part),
      goLive: () => (engine.live ? this.goLive() : engine.seek(engine.end)),
      mute: () => this.mute(),
      louder: (step) => this.setVolume(video.volume + step),
      captions: () => this.toggleCaptions(),
      fullScreen: () => void this.toggleFullScreen(),
      smallWindow: () => void this.togglePictureInPicture(),
      chapter: (step) => this.goToChapter(step),
      place: (step) =>
        void document.dispatchEvent(new CustomEvent("fm-find-step", { detail: step })),
      faster: (steps) => this.setSpeed(nextSpeed(engine.speed, steps)),
      settings: () => this.togglePanel("settings"),
      help: () => this.togglePanel("keys"),
      close: () => {
        const open = this.panel !== null;
        if (open) this.closePanel();
        return open;
      },
    });
    if (!done) return;
    event.preventDefault();
    this.requestUpdate();
  };

  private goToChapter(step: 1 | -1): void {
    const now = this.video?.currentTime ?? 0;
    const agenda = this.chapters.filter(({ kind }) => kind === "agenda");
    const chapter = neighbour(agenda, now, step);
    if (chapter) this.engine?.seek(chapter.seconds);
    else if (step < 0) this.engine?.seek(0);
  }

  private readonly clickFrame = (event: MouseEvent): void => {
    if (event.target !== this.video || !this.started) return;
    if (this.panel) {
      this.closePanel();
      return;
    }
    // A finger first asks for the controls; a mouse has them already.
    const byFinger = (event as PointerEvent).pointerType === "touch";
    if (byFinger) this.stir();
    else this.toggle();
  };

  /** Controls go after a while without a move, as long as it plays. */
  private readonly stir = (): void => {
    const frame = this.querySelector<HTMLElement>(".player__frame");
    if (!frame) return;
    delete frame.dataset["idle"];
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      if (this.panel || this.pointed !== null) return;
      if (frame.querySelector(":focus-visible")) return;
      frame.dataset["idle"] = "";
    }, IDLE_MS);
  };

  // --- playing ------------------------------------------------------------

  /** A link to a moment: show it at once, play it where the browser allows. */
  private beginIfAsked(): void {
    const wanted = readFragment(location.hash);
    this.until = wanted.until;
    const at = this.dataset["at"];
    const seconds = wanted.seconds ?? this.serverStart;
    const begun = takeBegun(this);
    if (begun && this.screen) void this.takeOver(begun);
    else if (begun) void begun.then((engine) => engine.close());
    if (begun || !isPlayable(this.room!)) return;
    if (seconds !== null) void this.start({ seconds });
    else if (at) void this.start({ at });
  }

  private defaultStart(): Start {
    if (this.state !== "ended" && this.state !== "off") return "live";
    const seconds = rememberedPosition(this.source);
    return seconds === null ? "beginning" : { seconds };
  }

  private async start(start: Start): Promise<void> {
    const { video } = this;
    if (!video || this.started) return;
    this.started = true;
    this.justEnded = false;
    const { Engine } = await import("../player/engine");
    video.volume = this.preferences.volume;
    this.follow(new Engine(video, this.source, start, this.quality));
    await this.play();
    this.requestUpdate();
  }

  /** The film began before this element was there. */
  private async takeOver(begun: Promise<Engine>): Promise<void> {
    this.started = true;
    this.requestUpdate();
    try {
      this.follow(await begun);
    } catch {
      this.started = false; // its script didn't come; the button stays
    }
    this.requestUpdate();
  }

  private follow(engine: Engine): void {
    this.engine = engine;
    engine.listen({
      waiting: () => this.setWaiting(true),
      ready: () => this.setWaiting(false),
      ended: () => this.takeRecording(),
      renew: () => this.askAddress(),
    });
    if (this.preferences.captions.shown) this.showCaptions();
    this.stir();
  }

  /** Where the room's media are now; the address of a private meeting changes. */
  private async askAddress(): Promise<string | null> {
    const response = await fetch(`/api/v1/meetings/${this.meeting!.slug}`, {
      credentials: "same-origin",
    });
    if (!response.ok) return null;
    const { rooms } = (await response.json()) as {
      rooms: { id: string; playback_url: string }[];
    };
    const found = rooms.find(({ id }) => id === this.dataset["room"])?.playback_url ?? null;
    if (found) this.move(found);
    return found;
  }

  /** The pictures beside the film lie where it lies. */
  private move(source: string): void {
    this.dataset["poster"] = move(this.dataset["poster"] ?? "", source);
    this.dataset["src"] = move(this.source, source);
    this.storyboard = null;
  }

  private stop(): void {
    clearTimeout(this.idleTimer);
    clearTimeout(this.endTimer);
    this.subtitles?.close();
    this.subtitles = null;
    this.storyboard = null;
    this.missing = null;
    this.engine?.close();
    this.engine = null;
    this.started = false;
    this.waiting = false;
    this.panel = null;
    this.pointed = null;
  }

  private async play(): Promise<void> {
    try {
      await this.video?.play();
    } catch {
      // Not without a gesture; the button stays.
    }
    this.requestUpdate();
  }

  private setWaiting(waiting: boolean): void {
    const before = this.waiting;
    this.waiting = waiting;
    // After a break it goes on by itself, if it was playing.
    if (!waiting && before && this.started) void this.play();
    this.requestUpdate();
  }

  /**
   * The broadcast has become a recording. Who was behind watches on at the same
   * moment of it; who was at the edge sees the last seconds first.
   */
  private takeRecording(): void {
    const { engine, video } = this;
    if (!engine || !video) return;
    this.storyboard = null;
    if (engine.end - video.currentTime < ENDING_MS / 1_000) {
      this.endTimer = setTimeout(this.cameToEnd, ENDING_MS);
      return;
    }
    const at = engine.at;
    const wasPaused = video.paused;
    engine.reload(at ? { at: at.toISOString() } : { seconds: video.currentTime });
    if (!wasPaused) void this.play();
  }

  private readonly cameToEnd = (): void => {
    clearTimeout(this.endTimer);
    const { video } = this;
    if (!this.started || !video) return;
    if (this.state === "ended" && this.endTimer !== undefined) {
      this.endTimer = undefined;
      this.stop();
      video.removeAttribute("src");
      video.load();
      this.justEnded = true;
    }
    this.requestUpdate();
  };

  private readonly refresh = (): void => this.requestUpdate();

  private readonly paused = (): void => {
    this.remember();
    this.requestUpdate();
  };

  private readonly remember = (): void => {
    const { engine, video } = this;
    if (engine && video && !engine.live) {
      rememberPosition(this.source, video.currentTime, engine.end);
    }
  };

  private readonly advance = (): void => {
    const { video, engine } = this;
    if (!video || !engine) return;
    if (this.until !== null && video.currentTime >= this.until) {
      this.until = null;
      video.pause();
    }
    if (Math.abs(video.currentTime - this.lastTold) < 0.25) return;
    this.lastTold = video.currentTime;
    this.stillAt = Date.now();
    const detail = {
      room_id: this.dataset["room"],
      seconds: video.currentTime,
      at: engine.at?.toISOString() ?? null,
      end_at: engine.endAt?.toISOString() ?? null,
    };
    document.dispatchEvent(new CustomEvent("fm-time", { detail }));
    if (!this.seeking) this.requestUpdate();
  };

  private seekTo(seconds: number, plays = true): void {
    if (this.engine && this.started) {
      this.engine.seek(seconds);
      if (plays) void this.play();
    } else if (plays) void this.start({ seconds });
  }

  private seekToMoment(at: string, plays = true): void {
    const seconds = this.engine?.secondsAt(at) ?? null;
    if (seconds !== null) this.seekTo(seconds, plays);
    else if (!this.started && plays) void this.start({ at });
  }

  // --- what the page asks for ---------------------------------------------

  private readonly followAddress = (): void => {
    const { seconds, until } = readFragment(location.hash);
    if (seconds === null) return;
    this.until = until;
    this.seekTo(seconds);
  };

  private readonly followCue = (event: CustomEvent): void => {
    const { room_id, seconds, at, stays } = event.detail as {
      room_id: string;
      seconds?: number;
      at?: string;
      /** What stands still is moved and stands still. */
      stays?: boolean;
    };
    if (room_id !== this.dataset["room"]) return;
    this.until = null;
    if (seconds === undefined) {
      if (at) this.seekToMoment(at, !stays);
      return;
    }
    history.replaceState(history.state, "", `#t=${seconds.toFixed(1)}`);
    this.seekTo(seconds);
  };

  private readonly followLink = (event: MouseEvent): void => {
    const link = (event.target as Element).closest<HTMLAnchorElement>(
      "a[data-seek], a[data-moment]",
    );
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const room = link.dataset["room"];
    if (room && room !== this.dataset["room"]) return;
    event.preventDefault();
    this.until = null;
    if (link.pathname === location.pathname) {
      history.replaceState(history.state, "", link.href);
    }
    const moment = link.dataset["moment"];
    if (moment) this.seekToMoment(moment);
    else this.seekTo(Number(link.dataset["seek"]));
  };

  /** Another room in the same place: live, or at the same moment of the recording. */
  private readonly followRoom = (event: CustomEvent): void => {
    const { room_id } = event.detail as { room_id: string };
    const room = this.meeting?.page.rooms.find((each) => each.room_id === room_id);
    if (!room || room_id === this.dataset["room"]) return;
    this.remember();
    const wasPlaying = this.started && this.video?.paused === false;
    const at = this.engine && !this.engine.atEdge ? this.engine.at : null;
    this.stop();
    this.dataset["room"] = room_id;
    this.talk = null;
    this.dataset["src"] = room.playback_url;
    this.dataset["poster"] = room.poster_url ?? "";
    this.dataset["at"] = "";
    this.serverStart = null;
    this.justEnded = false;
    this.requestUpdate();
    if (wasPlaying) {
      void this.updateComplete.then(() => {
        void this.start(at ? { at: at.toISOString() } : this.defaultStart());
      });
    }
  };
}

function nextSpeed(rate: number, steps: number): number {
  const index = SPEEDS.findIndex((speed) => speed >= rate);
  const next = Math.min(SPEEDS.length - 1, Math.max(0, index + steps));
  return SPEEDS[next] ?? 1;
}

customElements.define("fm-player", RoomPlayer);
