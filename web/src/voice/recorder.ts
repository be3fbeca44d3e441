/** Records a voice note: what the microphone hears, how loud it is, how long it runs. */

/** As the service allows (voices.py). */
export const MAX_SECONDS = 300;
/** Bars of the picture of a note. */
export const PEAKS = 100;
const BITS_PER_SECOND = 48_000;
const LEVELS_MS = 100;
/** What browsers record, the plainest first; the service takes all of them. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export interface Recording {
  blob: Blob;
  seconds: number;
  peaks: number[];
}

export class NoMicrophone extends Error {}

export class Recorder {
  /** How loud it is now, from 0 to 1. */
  level = 0;
  private readonly levels: number[] = [];
  private readonly pieces: Blob[] = [];
  private readonly startedAt = performance.now();
  private readonly timer: ReturnType<typeof setInterval>;

  private constructor(
    private readonly stream: MediaStream,
    private readonly recorder: MediaRecorder,
    private readonly context: AudioContext,
    private readonly analyser: AnalyserNode,
    private readonly heard: () => void,
  ) {
    recorder.addEventListener("dataavailable", ({ data }) => this.pieces.push(data));
    recorder.start(1_000);
    this.timer = setInterval(() => this.listen(), LEVELS_MS);
  }

  /** Ask for the microphone and begin; `heard` is told ten times a second. */
  static async start(heard: () => void): Promise<Recorder> {
    if (!navigator.mediaDevices || typeof MediaRecorder === "undefined") {
      throw new NoMicrophone(
        "This browser can’t record here. A voice note needs an https address.",
      );
    }
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      const denied = error instanceof DOMException && error.name === "NotAllowedError";
      throw new NoMicrophone(
        denied
          ? "The browser was not allowed to use the microphone. Allow it in its settings for this page, then try again."
          : "There is no microphone that can be used.",
      );
    }
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 2_048;
    context.createMediaStreamSource(stream).connect(analyser);
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const options = { audioBitsPerSecond: BITS_PER_SECOND, ...(mimeType ? { mimeType } : {}) };
    const recorder = new MediaRecorder(stream, options);
    return new Recorder(stream, recorder, context, analyser, heard);
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1_000;
  }

  get secondsLeft(): number {
    return Math.max(0, MAX_SECONDS - this.seconds);
  }

  /** End it and return what was recorded. */
  async stop(): Promise<Recording> {
    const { seconds } = this;
    clearInterval(this.timer);
    if (this.recorder.state !== "inactive") {
      const stopped = new Promise((resolve) =>
        this.recorder.addEventListener("stop", resolve, { once: true }),
      );
      this.recorder.stop();
      await stopped;
    }
    this.release();
    const type = this.recorder.mimeType.split(";")[0] ?? "audio/webm";
    return {
      blob: new Blob(this.pieces, { type }),
      seconds: Math.round(seconds * 10) / 10,
      peaks: drawPeaks(this.levels),
    };
  }

  /** Throw it away. */
  discard(): void {
    clearInterval(this.timer);
    if (this.recorder.state !== "inactive") this.recorder.stop();
    this.release();
  }

  private listen(): void {
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    this.level = Math.min(1, Math.max(...samples.map(Math.abs)));
    this.levels.push(this.level);
    this.heard();
  }

  private release(): void {
    for (const track of this.stream.getTracks()) track.stop();
    void this.context.close();
  }
}

/** As voices.py draws them: so many bars, the loudest 100, quiet ones still seen. */
export function drawPeaks(levels: readonly number[], count = PEAKS): number[] {
  if (!levels.length) return [];
  const loudest = Math.max(...levels, 0.001);
  return Array.from({ length: Math.min(count, levels.length) }, (_, bar) => {
    const bars = Math.min(count, levels.length);
    const from = Math.floor((bar * levels.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * levels.length) / bars));
    const peak = Math.max(...levels.slice(from, to));
    return Math.max(2, Math.round((100 * peak) / loudest));
  });
}

/** "1:05" */
export function sayLength(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
