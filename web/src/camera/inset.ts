/** A screen with the speaker's camera in its corner, as one picture. */

const FRAME_MS = 1_000 / 30;
const SHARE = 0.24;
const MARGIN = 0.02;

/**
 * Draws both on a canvas. The ticks come from a worker, for a page behind the
 * window that it shares gets no animation frames and slow timers.
 */
export class Inset {
  readonly stream: MediaStream;
  private readonly canvas = document.createElement("canvas");
  private readonly brush = this.canvas.getContext("2d", { alpha: false })!;
  private readonly screen = player();
  private readonly camera = player();
  private readonly ticks: Worker;

  constructor(screen: MediaStream, camera: MediaStream, width: number, height: number) {
    this.canvas.width = width;
    this.canvas.height = height;
    this.screen.srcObject = screen;
    this.camera.srcObject = camera;
    void this.screen.play();
    void this.camera.play();
    this.stream = this.canvas.captureStream(30);
    const beat = new Blob([`setInterval(() => postMessage(0), ${FRAME_MS})`], {
      type: "text/javascript",
    });
    const address = URL.createObjectURL(beat);
    this.ticks = new Worker(address);
    URL.revokeObjectURL(address);
    this.ticks.addEventListener("message", () => this.draw());
  }

  close(): void {
    this.ticks.terminate();
    this.screen.srcObject = this.camera.srcObject = null;
    this.stream.getTracks().forEach((track) => track.stop());
  }

  private draw(): void {
    const { width, height } = this.canvas;
    this.brush.fillStyle = "#0c1310";
    this.brush.fillRect(0, 0, width, height);
    place(this.brush, this.screen, 0, 0, width, height);
    const small = Math.round(height * SHARE);
    const wide = Math.round((small * 4) / 3);
    const edge = Math.round(height * MARGIN);
    fill(this.brush, this.camera, width - wide - edge, height - small - edge, wide, small);
  }
}

function player(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  return video;
}

/** Draw a video whole into a box. */
function place(
  brush: CanvasRenderingContext2D,
  video: HTMLVideoElement,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  if (!video.videoWidth) return;
  const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
  const wide = video.videoWidth * scale;
  const high = video.videoHeight * scale;
  brush.drawImage(video, x + (width - wide) / 2, y + (height - high) / 2, wide, high);
}

/** Draw the middle of a video so that it fills a box. */
function fill(
  brush: CanvasRenderingContext2D,
  video: HTMLVideoElement,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  if (!video.videoWidth) return;
  const scale = Math.max(width / video.videoWidth, height / video.videoHeight);
  const wide = width / scale;
  const high = height / scale;
  const left = (video.videoWidth - wide) / 2;
  const top = (video.videoHeight - high) / 2;
  brush.drawImage(video, left, top, wide, high, x, y, width, height);
}
