/** The camera's own WebSocket: found again after every break, nothing lost. */

import { jitteredDelay } from "../offline/backoff";
import type { SignalKind } from "../desk/signal-words";
import { ChunkQueue, type Chunk, type Place } from "./queue";

export interface RoomNews {
  state: "off" | "on" | "hold" | "ended";
  reason: string | null;
  name: string;
  connected: boolean;
  viewers: number;
  sending: boolean;
  calls: Call[];
}

/** What the team says of this room. */
export interface Call {
  signal_id: string;
  signal: SignalKind;
  name: string;
  text: string;
  seen: string | null;
  at: string;
}

export interface LineEvents {
  /** What the server says of the room. */
  room(news: RoomNews): void;
  /** The recorder has to begin anew; `message` says why, for the log. */
  anew(message: string): void;
  /** Nothing can be sent: a lasting code and a sentence. */
  refused(code: string, message: string): void;
  /** This link or right no longer holds. */
  void(message: string): void;
  /** The line came, went, or moved chunks. */
  changed(): void;
}

type Said =
  | ({ type: "room" } & RoomNews)
  | ({ type: "go" | "ack" } & Place)
  | { type: "anew"; message: string }
  | { type: "refused" | "void" | "not_told"; code: string; message: string }
  | { type: "probe" | "beat" | "stopped" };

const PROBE = 0;
const CHUNK = 1;
const HEAD_BYTES = 9;
/** The server says something each 2 s. */
const DEAD_SECONDS = 7;
const PING_MS = 5_000;
const BUFFERED_BYTES = 512 * 1024;
const PROBE_BYTES = 192 * 1024;
const VOID_CODE = 4403;
const SUPERSEDED_CODE = 4409;
const LONGEST_WAIT_MS = 4_000;

export class CameraLine {
  readonly queue: ChunkQueue;
  /** Bits a second that went up in the trial, or null. */
  uplinkBits: number | null = null;
  sentBytes = 0;
  private socket: WebSocket | null = null;
  private session: string | null = null;
  private ready = false;
  private closed = false;
  private attempt = 0;
  private heard = 0;
  private lostAt: number | null = null;
  private probedAt = 0;
  private stopping: (() => void) | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private timers: ReturnType<typeof setInterval>[] = [];

  constructor(
    private readonly address: string,
    private readonly events: LineEvents,
    queue = new ChunkQueue(),
    private readonly connectTo: (address: string) => WebSocket = (to) => new WebSocket(to),
  ) {
    this.queue = queue;
  }

  open(): void {
    this.connect();
    this.timers.push(setInterval(() => this.watch(), 1_000));
    this.timers.push(setInterval(() => this.say({ type: "ping" }), PING_MS));
    window.addEventListener("online", this.hurry);
    // A phone that leaves the house's network keeps a socket that is dead.
    connection()?.addEventListener("change", this.hurry);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.timers.forEach(clearInterval);
    window.removeEventListener("online", this.hurry);
    connection()?.removeEventListener("change", this.hurry);
    this.socket?.close();
  }

  /** Whether chunks can go out now. */
  get up(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** For how long there has been no line, in seconds. */
  get downSeconds(): number {
    return this.lostAt === null ? 0 : performance.now() / 1_000 - this.lostAt;
  }

  get sending(): boolean {
    return this.session !== null;
  }

  /** Begin a session; chunks may be given from now on. */
  start(): void {
    this.session = randomName();
    this.ready = false;
    this.queue.begin();
    this.say({ type: "send", session: this.session });
  }

  /** Give a recorder's next bytes; false if the queue is full. */
  give(data: Blob): boolean {
    const kept = this.queue.push(data);
    this.pump();
    return kept;
  }

  /** Send what is left, then end the session; gives up after `seconds`. */
  async stop(seconds = 5): Promise<void> {
    if (!this.session) return;
    const until = performance.now() + seconds * 1_000;
    while (!this.queue.empty && this.up && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const stopped = new Promise<void>((resolve) => (this.stopping = resolve));
    this.say({ type: "stop" });
    const patience = new Promise<void>((resolve) => setTimeout(resolve, 2_000));
    await Promise.race([stopped, patience]);
    this.stopping = null;
    this.forget();
  }

  /** Say something small; lost where there is no line. */
  say(message: Record<string, unknown>): void {
    if (this.up) this.socket!.send(JSON.stringify(message));
  }

  private forget(): void {
    this.session = null;
    this.ready = false;
    this.queue.drop();
  }

  private connect(): void {
    if (this.closed) return;
    clearTimeout(this.retry);
    const socket = this.connectTo(this.address);
    this.socket = socket;
    this.heard = performance.now() / 1_000;
    socket.addEventListener("open", () => {
      this.attempt = 0;
      this.lostAt = null;
      if (this.session) this.say({ type: "send", session: this.session });
      else if (this.uplinkBits === null) this.probe(socket);
      this.events.changed();
    });
    socket.addEventListener("message", (event) => {
      if (socket === this.socket) this.hear(String(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.lose(event.code);
    });
  }

  private lose(code: number): void {
    this.ready = false;
    this.lostAt ??= performance.now() / 1_000;
    if (code === VOID_CODE) this.closed = true;
    if (code === SUPERSEDED_CODE) this.closed = true;
    this.events.changed();
    if (this.closed) return;
    const wait = jitteredDelay(this.attempt, Math.random, 500, LONGEST_WAIT_MS);
    this.attempt += 1;
    this.retry = setTimeout(() => this.connect(), 100 + wait);
  }

  /** A socket can be dead for minutes before the system says so. */
  private watch(): void {
    const silent = performance.now() / 1_000 - this.heard;
    const state = this.socket?.readyState;
    const waiting = state === WebSocket.OPEN || state === WebSocket.CONNECTING;
    if (waiting && silent > DEAD_SECONDS) this.abandon();
    this.events.changed();
  }

  private readonly hurry = (): void => {
    if (this.closed) return;
    if (this.up && performance.now() / 1_000 - this.heard < 3) return;
    this.abandon();
  };

  /** Leave a socket to itself and try the next at once. */
  private abandon(): void {
    const old = this.socket;
    this.socket = null;
    old?.close();
    this.attempt = Math.min(this.attempt, 2);
    this.lose(0);
  }

  private probe(socket: WebSocket): void {
    const bytes = new Uint8Array(PROBE_BYTES);
    // Noise, for a line that packs what it carries would seem faster than it is.
    for (let at = 0; at < PROBE_BYTES; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(PROBE_BYTES, at + 65_536)));
    }
    bytes[0] = PROBE;
    this.probedAt = performance.now();
    socket.send(bytes);
  }

  private hear(text: string): void {
    this.heard = performance.now() / 1_000;
    const message = JSON.parse(text) as Said;
    switch (message.type) {
      case "room":
        this.events.room(message);
        break;
      case "probe":
        this.uplinkBits =
          (PROBE_BYTES * 8) / Math.max(0.001, (performance.now() - this.probedAt) / 1_000);
        this.events.changed();
        break;
      case "go":
        this.resume(message);
        break;
      case "ack":
        this.queue.acknowledge(message);
        this.pump();
        break;
      case "anew":
        this.beginAnew(message.message);
        break;
      case "refused":
        this.forget();
        this.events.refused(message.code, message.message);
        break;
      case "void":
        this.closed = true;
        this.forget();
        this.events.void(message.message);
        break;
      case "stopped":
        this.stopping?.();
        break;
    }
  }

  private resume(wanted: Place): void {
    if (!this.session) return;
    if (!this.queue.resume(wanted)) {
      this.beginAnew("The server has lost the beginning of this picture.");
      return;
    }
    this.ready = true;
    this.pump();
  }

  private beginAnew(message: string): void {
    this.queue.drop();
    this.queue.begin();
    this.ready = true;
    this.events.anew(message);
  }

  private pump(): void {
    while (this.ready && this.up && this.socket!.bufferedAmount < BUFFERED_BYTES) {
      const chunk = this.queue.take();
      if (!chunk) break;
      this.socket!.send(frame(chunk));
      this.sentBytes += chunk.data.size;
    }
  }
}

function frame(chunk: Chunk): Blob {
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  head.setUint8(0, CHUNK);
  head.setUint32(1, chunk.stream);
  head.setUint32(5, chunk.number);
  return new Blob([head.buffer, chunk.data]);
}

function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function connection(): EventTarget | undefined {
  return (navigator as Navigator & { connection?: EventTarget }).connection;
}
