/** The sound that is sent: microphone and screen together, with a level. */

const SILENT_DB = -60;

/**
 * One microphone is sent as it is: each pass through the browser's mixer makes
 * sound some 40 ms late. Only where a screen has sound too are the two mixed.
 */
export class Mixer {
  private readonly context = new AudioContext({ latencyHint: "interactive" });
  private readonly meter = this.context.createAnalyser();
  private readonly samples = new Float32Array(new ArrayBuffer(4 * 1024));
  private readonly tracks: MediaStreamTrack[];
  /** What is sent; absent where there is no sound at all. */
  readonly track: MediaStreamTrack | undefined;

  constructor(...streams: (MediaStream | null)[]) {
    this.meter.fftSize = 1_024;
    this.tracks = streams.flatMap((stream) => stream?.getAudioTracks() ?? []);
    const mixed =
      this.tracks.length > 1 ? this.context.createMediaStreamDestination() : null;
    for (const track of this.tracks) {
      const input = this.context.createMediaStreamSource(new MediaStream([track]));
      input.connect(this.meter);
      if (mixed) input.connect(mixed);
    }
    this.track = mixed ? mixed.stream.getAudioTracks()[0] : this.tracks[0];
    // A page that nobody touched yet has its sound suspended.
    void this.context.resume();
  }

  set muted(muted: boolean) {
    this.tracks.forEach((track) => (track.enabled = !muted));
  }

  /** The loudness now, from 0 (silence) to 1 (too loud). */
  get level(): number {
    this.meter.getFloatTimeDomainData(this.samples);
    let peak = 0;
    for (const sample of this.samples) peak = Math.max(peak, Math.abs(sample));
    const decibels = 20 * Math.log10(Math.max(peak, 1e-6));
    return Math.min(1, Math.max(0, 1 - decibels / SILENT_DB));
  }

  close(): void {
    void this.context.close();
  }
}
