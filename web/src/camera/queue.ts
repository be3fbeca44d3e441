/** What was recorded and is not yet acknowledged, numbered and bounded. */

export interface Place {
  stream: number;
  number: number;
}

export interface Chunk extends Place {
  data: Blob;
}

/** A minute without a line at 6 Mbit/s, and some. */
export const MAX_BYTES = 64 * 1024 * 1024;
export const MAX_SECONDS = 90;

/**
 * Chunks are blobs: the browser holds them outside the page's memory and puts
 * many of them on its disk by itself, so the queue needs no database of its own.
 */
export class ChunkQueue {
  private chunks: (Chunk & { at: number })[] = [];
  private sent = 0;
  /** Where the next chunk will stand. */
  next: Place = { stream: 0, number: 0 };
  bytes = 0;

  constructor(
    private readonly now: () => number = () => performance.now() / 1_000,
    private readonly maxBytes = MAX_BYTES,
    private readonly maxSeconds = MAX_SECONDS,
  ) {}

  /** A recorder begins: its chunks are numbered from 0 in a stream of their own. */
  begin(): void {
    if (this.next.number > 0) this.next = { stream: this.next.stream + 1, number: 0 };
  }

  /** Keep a chunk; false if there is no room for it, and nothing is kept then. */
  push(data: Blob): boolean {
    const oldest = this.chunks[0];
    const seconds = oldest ? this.now() - oldest.at : 0;
    if (this.bytes + data.size > this.maxBytes || seconds > this.maxSeconds) return false;
    this.chunks.push({ ...this.next, data, at: this.now() });
    this.next = { stream: this.next.stream, number: this.next.number + 1 };
    this.bytes += data.size;
    return true;
  }

  /** The next chunk to send, which counts as sent from now on. */
  take(): Chunk | undefined {
    const chunk = this.chunks[this.sent];
    if (chunk) this.sent += 1;
    return chunk;
  }

  /** Everything before this place has arrived. */
  acknowledge(wanted: Place): void {
    while (this.chunks[0] && isBefore(this.chunks[0], wanted)) {
      this.bytes -= this.chunks.shift()!.data.size;
      this.sent = Math.max(0, this.sent - 1);
    }
  }

  /**
   * Send again from where the server says; false if that is no longer here, so
   * that the recorder has to begin anew.
   */
  resume(wanted: Place): boolean {
    this.acknowledge(wanted);
    this.sent = 0;
    const first: Place = this.chunks[0] ?? this.next;
    return isSame(first, wanted) || first.number === 0;
  }

  /** Give up what waits; returns how many seconds that was. */
  drop(): number {
    const lost = this.waitingSeconds;
    this.chunks = [];
    this.sent = 0;
    this.bytes = 0;
    return lost;
  }

  get empty(): boolean {
    return this.chunks.length === 0;
  }

  /** How old the oldest chunk is that was not acknowledged. */
  get waitingSeconds(): number {
    const oldest = this.chunks[0];
    return oldest ? this.now() - oldest.at : 0;
  }
}

function isSame(one: Place, other: Place): boolean {
  return one.stream === other.stream && one.number === other.number;
}

function isBefore(one: Place, other: Place): boolean {
  return (
    one.stream < other.stream ||
    (one.stream === other.stream && one.number < other.number)
  );
}
