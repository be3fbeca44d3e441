/** `<fm-camera>`: this device as a room's camera. */

// The page of a camera does nothing without script, so its looks come with it.
import "../../styles/camera.css";

import { html, LitElement, nothing, type TemplateResult } from "lit";

import { findObstacle, PICTURES, type Source } from "../camera/devices";
import { Studio } from "../camera/studio";
import { icon, type Piece } from "../wording/pieces";
import { URGENT, WORDS, type SignalKind } from "../desk/signal-words";

const SOURCES: { source: Source; word: string; symbol: string }[] = [
  { source: "camera", word: "Camera", symbol: "video" },
  { source: "screen", word: "Screen", symbol: "wall" },
  { source: "both", word: "Both", symbol: "board" },
  { source: "sound", word: "Sound only", symbol: "mic" },
];
/** What somebody behind a camera has to say. */
const TAPS: SignalKind[] = ["help", "no_sound", "two_minutes", "all_well"];
const SLOW_SECONDS = 4;
const LOUD = 0.97;
const QUIET = 0.25;
const QUIET_MS = 8_000;

export class CameraPage extends LitElement {
  private studio: Studio | null = null;
  private roomName = "";
  private drawing = 0;
  private heardAt = 0;

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.roomName = this.dataset["room"] ?? "";
    this.replaceChildren();
    const address = new URL(this.dataset["socket"] ?? "", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.studio = new Studio(address.href, () => this.requestUpdate());
    window.addEventListener("beforeunload", this.warn);
    this.draw();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.drawing);
    window.removeEventListener("beforeunload", this.warn);
    this.studio?.leave();
  }

  protected override render(): TemplateResult {
    const studio = this.studio!;
    if (studio.gone) return this.farewell(studio.gone);
    const obstacle = findObstacle();
    return html`
      <section class="camera__stage">
        ${this.banner(studio)} ${this.calls(studio)}
        <div class="camera__frame" data-stage=${studio.stage}>
          <video
            class="camera__video"
            muted
            autoplay
            playsinline
            ?data-mirrored=${studio.mirrored}
            aria-label="What this device sees"
            .srcObject=${studio.preview}
          ></video>
          ${this.slate(studio, obstacle !== null)}
          <div class="camera__level" role="meter" aria-label="Loudness" aria-valuemin="0" aria-valuemax="100">
            <span class="camera__level-bar"></span>
          </div>
        </div>
        ${this.trouble(studio, obstacle)}
        <div class="camera__bar">${this.buttons(studio, obstacle !== null)}</div>
      </section>
      <aside class="camera__side">
        ${this.choices(studio)}${this.taps(studio)}${this.figures(studio)}
      </aside>
    `;
  }

  protected override updated(): void {
    const video = this.querySelector("video");
    if (video && video.paused && video.srcObject) void video.play().catch(() => undefined);
  }

  // What is said large

  private banner(studio: Studio): TemplateResult {
    const [tone, title, text] = this.say(studio);
    return html`<div class="camera__banner" role="status" data-tone=${tone}>
      ${tone === "live" ? html`<span class="dot"></span>` : nothing}
      <p><strong>${title}</strong> <span>${text}</span></p>
    </div>`;
  }

  private say(studio: Studio): [string, string, string] {
    const name = this.roomName;
    const { room, line } = studio;
    if (studio.stage === "stopping") return ["wait", "Stopping", "The last seconds go out."];
    if (studio.stage !== "sending") {
      if (!line.up && line.downSeconds > 2) {
        return ["wait", "No connection", "This page looks for the service again and again."];
      }
      if (studio.othersSend && studio.stage === "ready") {
        return ["wait", "Somebody else is sending", `Another camera or encoder sends to ${name} now.`];
      }
      return studio.stage === "ready"
        ? ["idle", "Not sending yet", `Only you see this picture. Press the button to send it to ${name}.`]
        : ["idle", "Not sending", `This device can be the camera of ${name}.`];
    }
    if (!line.up) {
      const seconds = Math.round(line.downSeconds);
      return [
        "warn",
        "The line is gone",
        `Your picture is kept and sent as soon as the line is back (${seconds} s). Leave this page open.`,
      ];
    }
    if (line.queue.waitingSeconds > SLOW_SECONDS) {
      const seconds = Math.round(line.queue.waitingSeconds);
      return [
        "warn",
        `You are sending to ${name}, ${seconds} s late`,
        "If it stays so, choose a smaller picture.",
      ];
    }
    switch (room?.state) {
      case "on":
        return ["live", `On air: ${name}`, watching(room.viewers)];
      case "hold":
        return ["wait", `You are sending to ${name}`, `Paused${room.reason ? `: ${room.reason}` : ""}. The public sees and hears nothing of it.`];
      case "ended":
        return ["wait", "The meeting has ended", "You can close this page."];
      default:
        return ["ready", `You are sending to ${name}`, "Off air until the desk starts it. Only the team sees you."];
    }
  }

  private slate(studio: Studio, hindered: boolean): Piece {
    if (studio.stage === "opening") {
      return html`<div class="camera__slate"><p>The browser asks whether this page may see and hear. Please allow it.</p></div>`;
    }
    if (studio.stage === "closed") {
      return html`<div class="camera__slate">
        ${icon("video")}
        <p>${hindered ? "No camera on this page" : "Nothing is open yet."}</p>
      </div>`;
    }
    if (studio.wishes.source === "sound") {
      return html`<div class="camera__slate">${icon("mic")}<p>Sound only, no picture</p></div>`;
    }
    return nothing;
  }

  private trouble(studio: Studio, obstacle: Error | null): Piece {
    const message = obstacle?.message ?? studio.problem?.message;
    const lost = studio.lostSeconds;
    return html`
      ${message
        ? html`<p class="refusal" role="alert" data-code=${studio.problem?.code ?? "obstacle"}>${icon("warning")}<span>${message}</span></p>`
        : nothing}
      ${lost > 0
        ? html`<p class="notice notice--warning">${icon("info")}<span>The line was gone for too long: ${Math.round(lost)} s could not be sent.</span></p>`
        : nothing}
    `;
  }

  private farewell(message: string): TemplateResult {
    return html`<div class="empty camera__gone"><h2>This camera link no longer works</h2><p>${message}</p></div>`;
  }

  // What the team says, and is told

  private calls(studio: Studio): Piece {
    const open = (studio.room?.calls ?? []).filter((call) => call.seen === null);
    if (open.length === 0) return nothing;
    return html`<ol class="camera__calls" aria-live="assertive" aria-label="What the team says">
      ${open.map(
        (call) => html`<li class="camera__call" data-urgent=${URGENT.has(call.signal)}>
          <p><strong>${WORDS[call.signal]}</strong> <span>${[call.name, call.text].filter(Boolean).join(": ")}</span></p>
          <button
            class="button"
            @click=${() => studio.line.say({ type: "seen", signal_id: call.signal_id })}
          >
            ${icon("check")}Understood
          </button>
        </li>`,
      )}
    </ol>`;
  }

  private taps(studio: Studio): Piece {
    if (!studio.line.up) return nothing;
    return html`<section class="camera__taps card" aria-labelledby="camera-taps">
      <h2 id="camera-taps">Tell the desk</h2>
      <div class="camera__tap-list">
        ${TAPS.map(
          (signal) => html`<button
            class="button button--quiet button--small"
            @click=${(event: Event) => this.tell(studio, signal, event)}
          >
            ${WORDS[signal]}
          </button>`,
        )}
      </div>
    </section>`;
  }

  private tell(studio: Studio, signal: SignalKind, event: Event): void {
    studio.line.say({ type: "signal", signal });
    const button = event.currentTarget as HTMLButtonElement;
    button.dataset["told"] = "";
    setTimeout(() => delete button.dataset["told"], 2_000);
  }

  // What can be pressed

  private buttons(studio: Studio, hindered: boolean): Piece {
    if (hindered) return nothing;
    switch (studio.stage) {
      case "closed":
      case "opening":
        return html`<button
          class="camera__go"
          ?disabled=${studio.stage === "opening"}
          @click=${() => void studio.open()}
        >
          ${icon("video")}<span>${OPEN_WORDS[studio.wishes.source]}</span>
        </button>`;
      case "ready":
        return html`${this.muteButton(studio)}<button class="camera__go" @click=${() => studio.start()}>
            ${icon("live")}<span>Start sending</span>
          </button>`;
      default:
        return html`${this.muteButton(studio)}<button
            class="camera__go camera__go--stop"
            ?disabled=${studio.stage === "stopping"}
            @click=${() => void studio.stop()}
          >
            ${icon("pause")}<span>Stop sending</span>
          </button>`;
    }
  }

  private muteButton(studio: Studio): TemplateResult {
    return html`<button
      class="camera__mute"
      aria-pressed=${studio.muted ? "true" : "false"}
      @click=${() => studio.mute(!studio.muted)}
    >
      ${icon(studio.muted ? "hide" : "mic")}<span>${studio.muted ? "Sound is off" : "Sound is on"}</span>
    </button>`;
  }

  private choices(studio: Studio): TemplateResult {
    const busy = studio.stage === "opening" || studio.stage === "stopping";
    return html`<details class="camera__choices card" open>
      <summary><h2>Picture and sound</h2></summary>
      <fieldset class="camera__sources" ?disabled=${busy}>
        <legend class="visually-hidden">What to send</legend>
        ${SOURCES.map(
          ({ source, word, symbol }) => html`<label class="camera__source">
            <input
              type="radio"
              name="source"
              value=${source}
              .checked=${studio.wishes.source === source}
              @change=${() => void studio.choose({ source })}
            />
            ${icon(symbol)}<span>${word}</span>
          </label>`,
        )}
      </fieldset>
      ${studio.cameras.length && ["camera", "both"].includes(studio.wishes.source)
        ? select("Camera", studio.wishes.camera, studio.cameras.map(named), busy, (camera) => void studio.choose({ camera }))
        : nothing}
      ${studio.microphones.length
        ? select("Microphone", studio.wishes.microphone, studio.microphones.map(named), busy, (microphone) => void studio.choose({ microphone }))
        : nothing}
      ${studio.wishes.source === "sound"
        ? nothing
        : select(
            "Picture",
            studio.wishes.picture.name,
            PICTURES.map(({ name, label }) => [name, label]),
            busy,
            (name) => void studio.choose({ picture: PICTURES.find((one) => one.name === name)! }),
          )}
      ${this.advice(studio)}
    </details>`;
  }

  private advice(studio: Studio): Piece {
    const bits = studio.line.uplinkBits;
    if (bits === null || studio.wishes.source === "sound") return nothing;
    const line = `Your line carries about ${megabits(bits)} up.`;
    const enough = bits >= studio.wishes.picture.bits * 1.25;
    return html`<p class="field__hint" data-enough=${enough ? "true" : "false"}>
      ${line} ${enough ? "That is enough for this picture." : "That is little for this picture: choose a smaller one."}
    </p>`;
  }

  private figures(studio: Studio): Piece {
    if (studio.stage !== "sending") return nothing;
    const { line } = studio;
    return html`<dl class="camera__figures">
      <div><dt>Sent</dt><dd>${(line.sentBytes / 1e6).toFixed(1)} MB</dd></div>
      <div><dt>Waiting</dt><dd>${(line.queue.bytes / 1e6).toFixed(1)} MB</dd></div>
    </dl>`;
  }

  // What moves by itself

  private draw(): void {
    this.drawing = requestAnimationFrame(() => this.draw());
    const bar = this.querySelector<HTMLElement>(".camera__level");
    if (!bar || !this.studio) return;
    const { level } = this.studio;
    const now = performance.now();
    if (level > QUIET || this.studio.muted || this.studio.stage === "closed") this.heardAt = now;
    bar.style.setProperty("--level", level.toFixed(3));
    bar.dataset["tone"] = level > LOUD ? "loud" : now - this.heardAt > QUIET_MS ? "quiet" : "good";
    bar.setAttribute("aria-valuenow", String(Math.round(level * 100)));
    bar.dataset["word"] =
      bar.dataset["tone"] === "loud"
        ? "Too loud"
        : bar.dataset["tone"] === "quiet"
          ? "No sound is heard. Is the right microphone chosen?"
          : "";
  }

  private readonly warn = (event: BeforeUnloadEvent): void => {
    if (this.studio?.stage === "sending") event.preventDefault();
  };
}

const OPEN_WORDS: Record<Source, string> = {
  camera: "Open the camera",
  screen: "Choose a screen",
  both: "Choose a screen, open the camera",
  sound: "Open the microphone",
};

function watching(viewers: number): string {
  if (viewers === 0) return "The public sees and hears you.";
  return viewers === 1 ? "One person is watching." : `${viewers} people are watching.`;
}

function megabits(bits: number): string {
  return `${(bits / 1e6).toFixed(bits < 1e7 ? 1 : 0)} Mbit/s`;
}

function named(device: MediaDeviceInfo, index: number): [string, string] {
  return [device.deviceId, device.label || `Device ${index + 1}`];
}

function select(
  word: string,
  value: string,
  options: (readonly [string, string])[],
  disabled: boolean,
  chosen: (value: string) => void,
): TemplateResult {
  return html`<label class="field">
    <span class="field__label">${word}</span>
    <select
      class="input"
      ?disabled=${disabled}
      @change=${(event: Event) => chosen((event.target as HTMLSelectElement).value)}
    >
      ${options.map(
        ([key, label]) => html`<option value=${key} ?selected=${key === value}>${label}</option>`,
      )}
    </select>
  </label>`;
}

customElements.define("fm-camera", CameraPage);
