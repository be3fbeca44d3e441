/** Cameras, microphones and screens: opened, chosen, and refused in plain words. */

export type Source = "camera" | "screen" | "both" | "sound";

export interface Picture {
  name: string;
  label: string;
  width: number;
  height: number;
  bits: number;
}

export const PICTURES: readonly Picture[] = [
  { name: "1080", label: "1080p, 4.5 Mbit/s", width: 1920, height: 1080, bits: 4_500_000 },
  { name: "720", label: "720p, 2.5 Mbit/s", width: 1280, height: 720, bits: 2_500_000 },
  { name: "540", label: "540p, 1.4 Mbit/s", width: 960, height: 540, bits: 1_400_000 },
  { name: "360", label: "360p, 0.7 Mbit/s", width: 640, height: 360, bits: 700_000 },
];

export const SOUND_BITS = 96_000;
const RESERVE = 1.6;
const FRAME_RATE = 30;

/** The largest picture that a line carries with something to spare. */
export function fitPicture(uplinkBits: number | null): Picture {
  const usual = PICTURES[1]!;
  if (uplinkBits === null) return usual;
  const fitting = PICTURES.filter((one) => one.bits * RESERVE <= uplinkBits);
  // More than 720p only by choice: it costs the room's server the most.
  return fitting.includes(usual) ? usual : (fitting[0] ?? PICTURES.at(-1)!);
}

export interface Wishes {
  source: Source;
  camera: string;
  microphone: string;
  picture: Picture;
}

/** What was opened: each is absent where it was not wanted. */
export interface Opened {
  camera: MediaStream | null;
  screen: MediaStream | null;
  microphone: MediaStream | null;
}

export class DeviceRefused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Why there are no devices at all here; null if there are. */
export function findObstacle(): DeviceRefused | null {
  if (!window.isSecureContext || !navigator.mediaDevices) {
    return new DeviceRefused(
      "insecure",
      "This page was opened without encryption, and browsers then give no camera and no " +
        "microphone. Open the link with https:// at its start. Where the service has no " +
        "certificate yet, its operator finds under “TLS” in the manual how to get one.",
    );
  }
  if (typeof MediaRecorder === "undefined" || !findType()) {
    return new DeviceRefused(
      "no_recorder",
      "This browser can't send a picture. A current Firefox, Chrome, Edge or Safari can.",
    );
  }
  return null;
}

/** The recording that this browser makes and the server reads, best first. */
export function findType(soundOnly = false): string | null {
  const wanted = soundOnly
    ? ["audio/webm;codecs=opus", "audio/mp4"]
    : ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];
  return wanted.find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

export async function openDevices(wishes: Wishes): Promise<Opened> {
  const obstacle = findObstacle();
  if (obstacle) throw obstacle;
  const opened: Opened = { camera: null, screen: null, microphone: null };
  try {
    if (wishes.source === "screen" || wishes.source === "both") {
      opened.screen = await openScreen();
    }
    if (wishes.source === "camera" || wishes.source === "both") {
      opened.camera = await openCamera(wishes);
    }
    opened.microphone = await openMicrophone(wishes);
  } catch (error) {
    closeDevices(opened);
    throw error;
  }
  return opened;
}

export function closeDevices(opened: Opened): void {
  for (const stream of Object.values(opened) as (MediaStream | null)[]) {
    stream?.getTracks().forEach((track) => track.stop());
  }
}

export async function listDevices(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((device) => device.kind === kind && device.deviceId !== "");
}

async function openCamera(wishes: Wishes): Promise<MediaStream> {
  const { width, height } = wishes.picture;
  const size = {
    width: { ideal: width },
    height: { ideal: height },
    frameRate: { ideal: FRAME_RATE, max: FRAME_RATE },
  };
  const facing = { facingMode: { ideal: "environment" } };
  const chosen = wishes.camera ? { deviceId: { exact: wishes.camera } } : facing;
  return ask("camera", { video: { ...size, ...chosen } }, { video: size });
}

async function openMicrophone(wishes: Wishes): Promise<MediaStream> {
  // A room is music and several voices: what suits a call takes them away.
  const sound = { echoCancellation: false, noiseSuppression: false, autoGainControl: true };
  const chosen = wishes.microphone ? { deviceId: { exact: wishes.microphone } } : {};
  return ask("microphone", { audio: { ...sound, ...chosen } }, { audio: sound });
}

async function openScreen(): Promise<MediaStream> {
  if (!navigator.mediaDevices.getDisplayMedia) {
    throw new DeviceRefused(
      "no_screen",
      "This device can't share its screen. Use its camera, or open this link on a computer.",
    );
  }
  try {
    return await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: FRAME_RATE, max: FRAME_RATE } },
      audio: true,
    });
  } catch (error) {
    throw explain("screen", error);
  }
}

/** Open a device; one that was unplugged since it was chosen gives way to another. */
async function ask(
  what: "camera" | "microphone",
  wanted: MediaStreamConstraints,
  otherwise: MediaStreamConstraints,
): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    if (nameOf(error) !== "OverconstrainedError") throw explain(what, error);
  }
  try {
    return await navigator.mediaDevices.getUserMedia(otherwise);
  } catch (error) {
    throw explain(what, error);
  }
}

function nameOf(error: unknown): string {
  return error instanceof DOMException ? error.name : "";
}

const WORDS = { camera: "the camera", microphone: "the microphone", screen: "the screen" };

function explain(what: keyof typeof WORDS, error: unknown): DeviceRefused {
  const thing = WORDS[what];
  switch (nameOf(error)) {
    case "NotAllowedError":
    case "SecurityError":
      return new DeviceRefused(
        "denied",
        what === "screen"
          ? "No screen was chosen. Press the button again and choose a screen or a window."
          : `This browser was told not to use ${thing}. Press the sign beside the address, ` +
            `allow ${thing}, and try again.`,
      );
    case "NotFoundError":
      return new DeviceRefused("none", `There is no ${what} on this device. Connect one and try again.`);
    case "NotReadableError":
    case "AbortError":
      return new DeviceRefused(
        "in_use",
        `Another program uses ${thing}. Close it there (a video call, a recorder), and try again.`,
      );
    default:
      return new DeviceRefused("failed", `This browser could not open ${thing}. Try again, or choose another.`);
  }
}
