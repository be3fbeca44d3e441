/** `<fm-player>`: a room's picture and sound, live and afterwards. */

import { html, nothing, type TemplateResult } from "lit";

import { LiveElement } from "../live-element";
import { writeSeconds } from "../moments";
import { icon, type Piece } from "../pieces";
import { readFragment } from "../player/address";
import type { Engine, Start } from "../player/engine";
import { actForKey } from "../player/keys";
import { rememberedPosition, rememberPosition } from "../player/positions";
import { Subtitles } from "../player/subtitles";
import type { WireRoom } from "../types";
import { isPlayable, roomState, type RoomState } from "../views/timetable";

const SLATE_TITLES: Record<RoomState, string> = {
  coming: "Not started yet",
  live: "",
  interrupted: "Waiting for the picture",
  paused: "Paused",
  off: "Off air",
  ended: "No recording",
};

const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];

export class RoomPlayer extends LiveElement {
  private engine: Engine | null = null;
  private subtitles: Subtitles | null = null;
  private started = false;
  private waiting = false;
  private until: number | null = null;
  private seeking = false;
  private lastTold = 0;
  private standing: RoomState | null = null;
  private serverStart: number | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    // The server has turned `?at=` into seconds where it could.
    const made = this.querySelector("video")?.getAttribute("src") ?? "";
    this.serverStart = readFragment(made).seconds;
    window.addEventListener("hashchange", this.followAddress);
    document.addEventListener("click", this.followLink);
    document.addEventListener("fm-seek", this.followCue as EventListener);
    window.addEventListener("pagehide", this.remember);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.remember();
    window.removeEventListener("hashchange", this.followAddress);
    document.removeEventListener("click", this.followLink);
    document.removeEventListener("fm-seek", this.followCue as EventListener);
    window.removeEventListener("pagehide", this.remember);
    this.engine?.close();
    this.engine = null;
  }

  protected override concerns(feed: string): boolean {
    return feed === "public";
  }

  protected override get ready(): boolean {
    return super.ready && this.room !== null;
  }

  // --- what is shown ------------------------------------------------------

  private get room(): WireRoom | null {
    return this.meeting?.state?.rooms[this.dataset["room"] ?? ""] ?? null;
  }

  private get state(): RoomState {
    return roomState(this.room!, this.meeting!.state!.phase);
  }

  private get source(): string {
    return this.dataset["src"] ?? "";
  }

  private get video(): HTMLVideoElement | null {
    return this.querySelector("video");
  }

  protected override render(): TemplateResult {
    const room = this.room!;
    const name = room.content?.name ?? "";
    this.dataset["state"] = this.state;
    return html`<div
      class="player__frame"
      ?data-started=${this.started}
      ?data-paused=${this.started && (this.video?.paused ?? true)}
      @keydown=${this.pressKey}
      @click=${this.clickFrame}
    >
      ${isPlayable(room)
        ? html`<video
            class="player__video"
            playsinline
            preload="none"
            tabindex="0"
            poster=${this.dataset["poster"] ?? ""}
            aria-label=${`Picture and sound from ${name}`}
            @timeupdate=${this.advance}
            @play=${this.refresh}
            @pause=${this.paused}
            @volumechange=${this.refresh}
            @ratechange=${this.refresh}
            @durationchange=${this.refresh}
            @ended=${this.refresh}
          ></video>`
        : nothing}
      ${this.slate()}
      ${isPlayable(room) && !this.started ? this.startButton() : nothing}
      ${this.started ? this.bar() : nothing}
    </div>`;
  }

  protected override updated(): void {
    const before = this.standing;
    this.standing = this.state;
    if (before === null) this.beginIfAsked();
    else if (before !== this.state && this.state === "live") this.engine?.retryNow();
  }

  private startButton(): TemplateResult {
    const live = this.state === "live" || this.state === "paused";
    return html`<button
      type="button"
      class="player__start"
      aria-label=${live ? "Watch live" : "Play"}
      @click=${() => this.start(this.defaultStart())}
    >
      ${icon("play")}
    </button>`;
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
    if (state === "interrupted") return "It comes back by itself. You need not do anything.";
    if (state === "off") return "This room is off air at the moment.";
    if (state === "ended") return "This room was not broadcast.";
    if (!startsAt) return "The picture appears here when it starts.";
    const day = this.moments.isToday(startsAt) ? "today" : `on ${this.moments.day(startsAt)}`;
    return `It starts ${day} at ${this.moments.clock(startsAt)}.`;
  }

  // --- controls -----------------------------------------------------------

  private bar(): TemplateResult {
    const { video, engine } = this;
    const playing = video !== null && !video.paused && !video.ended;
    const now = video?.currentTime ?? 0;
    const end = engine?.end ?? 0;
    const press = (act: () => void) => (event: Event) => {
      event.stopPropagation();
      act();
      this.requestUpdate();
    };
    return html`<div class="player__bar">
      <input
        class="player__seek"
        type="range"
        min="0"
        max=${Math.max(end, 1)}
        step="any"
        .value=${String(Math.min(now, end))}
        aria-label="Place in the recording"
        aria-valuetext=${this.placeWords()}
        @input=${this.seekBySlider}
        @change=${() => (this.seeking = false)}
      />
      <div class="player__buttons">
        <button
          type="button"
          class="player__button"
          aria-label=${playing ? "Pause" : "Play"}
          @click=${press(() => this.toggle())}
        >
          ${icon(playing ? "pause" : "play")}
        </button>
        <button
          type="button"
          class="player__button player__sound"
          aria-label="Sound"
          aria-pressed=${video?.muted ? "false" : "true"}
          @click=${press(() => video && (video.muted = !video.muted))}
        >
          ${video?.muted ? "Sound off" : "Sound on"}
        </button>
        <span class="player__time">${this.placeWords()}</span>
        ${engine?.live
          ? html`<button
              type="button"
              class="player__button player__live"
              ?data-edge=${engine.atEdge}
              aria-label=${engine.atEdge ? "Live" : "Go live"}
              @click=${press(() => this.goLive())}
            >
              <span class="dot"></span>${engine.atEdge
                ? "Live"
                : `−${writeSeconds(engine.lagSeconds)}`}
            </button>`
          : nothing}
        <span class="player__space"></span>
        ${this.choices()}
        <button
          type="button"
          class="player__button"
          aria-pressed=${this.subtitles?.shown ? "true" : "false"}
          @click=${press(() => this.toggleSubtitles())}
        >
          Captions
        </button>
        ${document.pictureInPictureEnabled
          ? html`<button
              type="button"
              class="player__button player__pip"
              @click=${press(() => void this.togglePictureInPicture())}
            >
              Small window
            </button>`
          : nothing}
        <button
          type="button"
          class="player__button player__full"
          @click=${press(() => void this.toggleFullScreen())}
        >
          Full screen
        </button>
      </div>
    </div>`;
  }

  private choices(): TemplateResult {
    const { engine } = this;
    const rate = engine?.speed ?? 1;
    const rungs = engine?.rungs ?? [];
    return html`${engine && !engine.atEdge
      ? html`<select
          class="player__choice"
          aria-label="Speed"
          @change=${(event: Event) => this.setSpeed(Number(valueOf(event)))}
        >
          ${SPEEDS.map(
            (speed) =>
              html`<option value=${speed} ?selected=${speed === rate}>${speed}×</option>`,
          )}
        </select>`
      : nothing}
    ${rungs.length > 1
      ? html`<select
          class="player__choice"
          aria-label="Picture"
          @change=${(event: Event) => engine && (engine.rung = Number(valueOf(event)))}
        >
          <option value="-1" ?selected=${engine?.rung === -1}>Auto</option>
          ${rungs.map(
            ({ index, word }) =>
              html`<option value=${index} ?selected=${engine?.rung === index}>
                ${word}
              </option>`,
          )}
        </select>`
      : nothing}`;
  }

  private placeWords(): string {
    const { video, engine } = this;
    const now = video?.currentTime ?? 0;
    const at = engine?.at;
    if (engine?.live) return at ? this.moments.exact(at) : writeSeconds(now);
    return `${writeSeconds(now)} / ${writeSeconds(engine?.end ?? 0)}`;
  }

  private readonly seekBySlider = (event: Event): void => {
    this.seeking = true;
    this.engine?.seek(Number(valueOf(event)));
  };

  private setSpeed(rate: number): void {
    if (this.engine) this.engine.speed = rate;
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

  private toggleSubtitles(): void {
    const { video } = this;
    if (!video) return;
    this.subtitles ??= new Subtitles(video, this.meeting!, this.room!.room_id, (iso) =>
      this.engine?.secondsAt(iso) ?? null,
    );
    this.subtitles.toggle();
  }

  private async togglePictureInPicture(): Promise<void> {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await this.video?.requestPictureInPicture();
  }

  private async toggleFullScreen(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.querySelector(".player__frame")?.requestFullscreen();
  }

  private readonly pressKey = (event: KeyboardEvent): void => {
    const { engine, video } = this;
    if (!engine || !video) return;
    const done = actForKey(event, {
      toggle: () => this.toggle(),
      skip: (seconds) => engine.seek(video.currentTime + seconds),
      seekPart: (part) => engine.seek(engine.end * part),
      goLive: () => (engine.live ? this.goLive() : engine.seek(engine.end)),
      mute: () => (video.muted = !video.muted),
      captions: () => this.toggleSubtitles(),
      fullScreen: () => void this.toggleFullScreen(),
      faster: (steps) => this.setSpeed(nextSpeed(engine.speed, steps)),
    });
    if (!done) return;
    event.preventDefault();
    this.requestUpdate();
  };

  private readonly clickFrame = (event: Event): void => {
    if (event.target === this.video && this.started) this.toggle();
  };

  // --- playing ------------------------------------------------------------

  /** A link to a moment: show it at once, play it where the browser allows. */
  private beginIfAsked(): void {
    const wanted = readFragment(location.hash);
    this.until = wanted.until;
    const at = this.dataset["at"];
    const seconds = wanted.seconds ?? this.serverStart;
    if (!isPlayable(this.room!)) return;
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
    const { Engine } = await import("../player/engine");
    const events = {
      waiting: () => this.setWaiting(true),
      ready: () => this.setWaiting(false),
    };
    this.engine = new Engine(video, this.source, start, events, savesData());
    await this.play();
    this.requestUpdate();
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
    this.waiting = waiting;
    // After a break it goes on by itself, if it was playing.
    if (!waiting && this.started) void this.play();
    this.requestUpdate();
  }

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
    const detail = {
      room_id: this.dataset["room"],
      seconds: video.currentTime,
      at: engine.at?.toISOString() ?? null,
    };
    document.dispatchEvent(new CustomEvent("fm-time", { detail }));
    if (!this.seeking) this.requestUpdate();
  };

  private seekTo(seconds: number): void {
    if (this.engine && this.started) {
      this.engine.seek(seconds);
      void this.play();
    } else void this.start({ seconds });
  }

  private readonly followAddress = (): void => {
    const { seconds, until } = readFragment(location.hash);
    if (seconds === null) return;
    this.until = until;
    this.seekTo(seconds);
  };

  private readonly followCue = (event: CustomEvent): void => {
    const { room_id, seconds } = event.detail as { room_id: string; seconds: number };
    if (room_id !== this.dataset["room"]) return;
    this.until = null;
    history.replaceState(history.state, "", `#t=${seconds.toFixed(1)}`);
    this.seekTo(seconds);
  };

  private readonly followLink = (event: MouseEvent): void => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-seek]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const room = link.dataset["room"];
    if (room && room !== this.dataset["room"]) return;
    event.preventDefault();
    this.until = null;
    history.replaceState(history.state, "", link.href);
    this.seekTo(Number(link.dataset["seek"]));
  };
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}

function nextSpeed(rate: number, steps: number): number {
  const index = SPEEDS.findIndex((speed) => speed >= rate);
  const next = Math.min(SPEEDS.length - 1, Math.max(0, index + steps));
  return SPEEDS[next] ?? 1;
}

function savesData(): boolean {
  const { connection } = navigator as Navigator & {
    connection?: { saveData?: boolean };
  };
  return connection?.saveData === true;
}

customElements.define("fm-player", RoomPlayer);
