/** What a camera page does, apart from how it looks. */

import {
  DeviceRefused,
  closeDevices,
  fitPicture,
  listDevices,
  openDevices,
  PICTURES,
  type Opened,
  type Picture,
  type Source,
  type Wishes,
} from "./devices";
import { Inset } from "./inset";
import { CameraLine, type RoomNews } from "./line";
import { Mixer } from "./mixer";
import { Recording } from "./recording";

const KEPT = "folkmoot-camera";
/** So often, and no more, a recording that the server ends is begun anew by itself. */
const TRIES = 6;
const TRY_MS = 1_500;
const GOOD_MS = 20_000;
const OUR_END_MS = 15_000;

export type Stage = "closed" | "opening" | "ready" | "sending" | "stopping";

export interface Problem {
  code: string;
  message: string;
}

export class Studio {
  stage: Stage = "closed";
  room: RoomNews | null = null;
  problem: Problem | null = null;
  /** Set when this link no longer holds: nothing can be done here any more. */
  gone: string | null = null;
  cameras: MediaDeviceInfo[] = [];
  microphones: MediaDeviceInfo[] = [];
  lostSeconds = 0;
  muted = false;
  readonly line: CameraLine;
  readonly wishes: Wishes;
  preview: MediaStream | null = null;
  private chosePicture = false;
  private opened: Opened | null = null;
  private mixer: Mixer | null = null;
  private inset: Inset | null = null;
  private recording: Recording | null = null;
  private tries = 0;
  private began = 0;
  private lock: WakeLockSentinel | null = null;
  private stoppedAt = -Infinity;

  constructor(
    address: string,
    private readonly changed: () => void,
  ) {
    this.wishes = this.remember();
    this.line = new CameraLine(address, {
      room: (news) => {
        this.room = news;
        this.changed();
      },
      anew: () => this.beginAnew(),
      refused: (code, message) => this.refuse(code, message),
      void: (message) => {
        this.gone = message;
        this.close();
      },
      changed: () => {
        if (!this.chosePicture && this.stage !== "sending") {
          this.wishes.picture = fitPicture(this.line.uplinkBits);
        }
        this.changed();
      },
    });
    this.line.open();
    document.addEventListener("visibilitychange", this.stayAwake);
  }

  get level(): number {
    return this.mixer?.level ?? 0;
  }

  /** Whether another camera sends to the room; our own end takes a moment there. */
  get othersSend(): boolean {
    const ours = this.stage === "sending" || performance.now() - this.stoppedAt < OUR_END_MS;
    return !ours && this.room?.connected === true;
  }

  /** Whether the preview shows the one who holds the device. */
  get mirrored(): boolean {
    const track = this.opened?.camera?.getVideoTracks()[0];
    return this.wishes.source === "camera" && track?.getSettings().facingMode === "user";
  }

  /** Open what is wished for; what was open before is closed. */
  async open(): Promise<void> {
    const wasSending = this.stage === "sending";
    if (wasSending) await this.recording?.end();
    this.recording = null;
    this.stage = "opening";
    this.problem = null;
    this.changed();
    this.release();
    try {
      this.opened = await openDevices(this.wishes);
    } catch (error) {
      this.problem = problemOf(error);
      this.stage = "closed";
      if (wasSending) await this.line.stop();
      this.changed();
      return;
    }
    this.arrange();
    await this.look();
    this.stage = "ready";
    this.keep();
    if (wasSending) {
      this.stage = "sending";
      this.line.queue.begin();
      this.record();
    }
    this.changed();
  }

  async choose(change: Partial<Wishes>): Promise<void> {
    Object.assign(this.wishes, change);
    if (change.picture) this.chosePicture = true;
    this.keep();
    this.changed();
    if (this.stage !== "closed") await this.open();
  }

  mute(muted: boolean): void {
    this.muted = muted;
    if (this.mixer) this.mixer.muted = muted;
    this.changed();
  }

  start(): void {
    if (this.stage !== "ready") return;
    this.problem = null;
    this.lostSeconds = 0;
    this.tries = 0;
    this.stage = "sending";
    this.line.start();
    this.record();
    void this.stayAwake();
    this.changed();
  }

  async stop(): Promise<void> {
    if (this.stage !== "sending") return;
    this.stage = "stopping";
    this.changed();
    await this.recording?.end();
    this.recording = null;
    await this.line.stop();
    this.stage = "ready";
    this.stoppedAt = performance.now();
    void this.lock?.release();
    this.changed();
  }

  close(): void {
    this.recording?.cut();
    this.recording = null;
    this.release();
    this.stage = "closed";
    void this.lock?.release();
    this.changed();
  }

  /** Close for good. */
  leave(): void {
    this.close();
    this.line.close();
    document.removeEventListener("visibilitychange", this.stayAwake);
  }

  // The recording

  private record(): void {
    if (!this.preview || !this.mixer) return;
    this.began = performance.now();
    const sound = this.mixer.track ? [this.mixer.track] : [];
    const tracks = [...this.preview.getVideoTracks(), ...sound];
    this.recording = new Recording(
      new MediaStream(tracks),
      this.wishes.picture.bits,
      (data) => this.give(data),
      () => this.beginAnew(),
    );
  }

  private give(data: Blob): void {
    if (this.line.give(data)) return;
    this.lostSeconds += this.line.queue.drop();
    this.beginAnew();
  }

  /** The server, or this browser, wants a new recording. */
  private beginAnew(): void {
    if (this.stage !== "sending") return;
    this.recording?.cut();
    this.recording = null;
    if (performance.now() - this.began > GOOD_MS) this.tries = 0;
    this.tries += 1;
    if (this.tries > TRIES) {
      this.refuse("failed", "The server ended this picture several times. Ask the desk, then try again.");
      return;
    }
    const wait = this.tries === 1 ? 0 : TRY_MS;
    setTimeout(() => {
      if (this.stage !== "sending" || this.recording) return;
      this.line.queue.begin();
      this.record();
    }, wait);
    this.changed();
  }

  private refuse(code: string, message: string): void {
    this.problem = { code, message };
    this.recording?.cut();
    this.recording = null;
    if (this.line.sending) void this.line.stop(0);
    if (this.stage === "sending") this.stage = "ready";
    void this.lock?.release();
    this.changed();
  }

  // The devices

  private arrange(): void {
    const { camera, screen, microphone } = this.opened!;
    this.mixer = new Mixer(microphone, screen);
    this.mixer.muted = this.muted;
    if (screen && camera) {
      const { width, height } = this.wishes.picture;
      this.inset = new Inset(screen, camera, width, height);
      this.preview = this.inset.stream;
    } else {
      this.preview = new MediaStream((screen ?? camera)?.getVideoTracks() ?? []);
    }
    for (const stream of [camera, screen, microphone]) {
      stream?.getTracks().forEach((track) =>
        track.addEventListener("ended", () => this.lose(track)),
      );
    }
  }

  private lose(track: MediaStreamTrack): void {
    const open = [this.opened?.camera, this.opened?.screen, this.opened?.microphone];
    if (!open.some((stream) => stream?.getTracks().includes(track))) return;
    const isScreen = this.opened?.screen?.getTracks().includes(track);
    const what = track.kind === "audio" ? "The microphone" : "The camera";
    this.problem = isScreen
      ? { code: "screen_ended", message: "The screen is no longer shared. Share it again, or use the camera." }
      : { code: "unplugged", message: `${what} is gone. Was it unplugged? Choose another below.` };
    if (isScreen && track.kind === "video" && this.stage === "sending") void this.stop();
    this.changed();
  }

  private release(): void {
    if (this.opened) {
      const old = this.opened;
      this.opened = null;
      closeDevices(old);
    }
    this.inset?.close();
    this.mixer?.close();
    this.inset = this.mixer = null;
    this.preview = null;
  }

  /** Names of devices are told only to a page that was let in. */
  private async look(): Promise<void> {
    this.cameras = await listDevices("videoinput");
    this.microphones = await listDevices("audioinput");
    this.wishes.camera = idOf(this.opened?.camera?.getVideoTracks()[0]);
    this.wishes.microphone = idOf(this.opened?.microphone?.getAudioTracks()[0]);
  }

  private readonly stayAwake = async (): Promise<void> => {
    if (this.stage !== "sending" || document.visibilityState !== "visible") return;
    try {
      this.lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      // A device that saves its battery says no; the picture goes on.
    }
  };

  // What this device remembers

  private remember(): Wishes {
    const wishes: Wishes = {
      source: "camera",
      camera: "",
      microphone: "",
      picture: fitPicture(null),
    };
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Record<string, string>;
      const { source, picture } = kept;
      if (source === "sound" || source === "screen" || source === "both") {
        wishes.source = source satisfies Source;
      }
      const known = PICTURES.find((one: Picture) => one.name === picture);
      if (known) {
        wishes.picture = known;
        this.chosePicture = true;
      }
    } catch {
      // Nothing is kept where a browser keeps nothing.
    }
    return wishes;
  }

  private keep(): void {
    try {
      const picture = this.chosePicture ? this.wishes.picture.name : undefined;
      localStorage.setItem(KEPT, JSON.stringify({ source: this.wishes.source, picture }));
    } catch {
      // The same.
    }
  }
}

function idOf(track: MediaStreamTrack | undefined): string {
  return track?.getSettings().deviceId ?? "";
}

function problemOf(error: unknown): Problem {
  if (error instanceof DeviceRefused) return { code: error.code, message: error.message };
  return { code: "failed", message: "This browser could not open it. Try again, or reload this page." };
}
