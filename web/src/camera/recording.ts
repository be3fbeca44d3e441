/** A recorder that hands on what it makes, in small pieces. */

import { SOUND_BITS, findType } from "./devices";

const CHUNK_MS = 250;
const KEY_FRAME_MS = 2_000;

export class Recording {
  private readonly recorder: MediaRecorder;
  private readonly ended: Promise<void>;
  private deaf = false;

  /** `broken` hears when the browser ends the recording by itself. */
  constructor(
    stream: MediaStream,
    videoBits: number,
    give: (data: Blob) => void,
    broken: () => void,
  ) {
    const soundOnly = stream.getVideoTracks().length === 0;
    const options: MediaRecorderOptions & { videoKeyFrameIntervalDuration?: number } = {
      mimeType: findType(soundOnly) ?? "",
      audioBitsPerSecond: SOUND_BITS,
      videoBitsPerSecond: videoBits,
      videoKeyFrameIntervalDuration: KEY_FRAME_MS,
    };
    this.recorder = new MediaRecorder(stream, options);
    this.recorder.addEventListener("dataavailable", (event) => {
      if (!this.deaf && event.data.size > 0) give(event.data);
    });
    let wanted = false;
    this.ended = new Promise((resolve) => {
      this.recorder.addEventListener("stop", () => {
        resolve();
        if (!wanted && !this.deaf) broken();
      });
    });
    this.end = async () => {
      wanted = true;
      if (this.recorder.state !== "inactive") this.recorder.stop();
      await this.ended;
    };
    this.recorder.start(CHUNK_MS);
  }

  /** Stop, when the last piece was handed on. */
  readonly end: () => Promise<void>;

  /** Stop now; nothing more is handed on. */
  cut(): void {
    this.deaf = true;
    if (this.recorder.state !== "inactive") this.recorder.stop();
  }
}
