/**
 * The only module that talks to the gateway: feeds, commands, presence.
 *
 * A WebSocket brings entries as they come; where none comes up, the same feeds
 * are read by long poll and commands go by POST. What is pushed is a hint, what
 * is read after a number is the truth (see following.ts).
 */

import { io } from "socket.io-client";

import { jitteredDelay } from "../offline/backoff";
import type { Entry } from "./fold";
import {
  FeedDenied,
  FeedFollower,
  type FeedReader,
  type Page,
  type Snapshot,
} from "./following";

/** A way to the server over which it can also speak first. */
export interface Line {
  readonly connected: boolean;
  connect(): void;
  close(): void;
  on(event: string, listener: (payload: never) => void): void;
  ask(event: string, payload: object, timeoutMs: number): Promise<unknown>;
}

export interface OutgoingCommand {
  client_id: string;
  client_seq: number;
  type: string;
  data: object;
  expect?: number;
}

export interface Answer {
  ok: boolean;
  duplicate?: boolean;
  feed?: string;
  seq?: number;
  data?: Record<string, unknown>;
  code?: string;
  message?: string;
  retry_after?: number;
  resend_from?: number;
}

export interface Urls {
  state: string;
  entries: string;
  commands: string;
}

/** "polling": up to date, but without a WebSocket. */
export type Health = "connecting" | "live" | "polling" | "behind" | "offline";

export interface ConnectionEvents {
  /** A feed's state is new (`entry` null) or went on by one entry. */
  changed(feed: string, entry: Entry | null): void;
  health(health: Health): void;
  presence(counts: Record<string, unknown>): void;
  caption(caption: Record<string, unknown>): void;
}

interface JoinAnswer extends Page {
  ok: boolean;
  seq: number;
  resync?: boolean;
  code?: string;
}

const ASK_MS = 8_000;
const QUIET_MS = 25_000;
const POLL_SECONDS = 25;
const TRIES_BEFORE_POLLING = 2;

export class Connection implements FeedReader {
  readonly followers = new Map<string, FeedFollower>();
  health: Health = "connecting";
  private tries = 0;
  private heardAt = 0;
  private polling = false;
  private pollWorks = false;
  private joined = false;
  private closed = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly meeting: string,
    feeds: string[],
    private readonly urls: Urls,
    private readonly csrf: string,
    private readonly events: ConnectionEvents,
    private readonly line: Line = socketLine(),
    private readonly fetcher: typeof fetch = (...request) => fetch(...request),
  ) {
    for (const feed of feeds) {
      const told = (entry: Entry | null): void => this.tell(feed, entry);
      this.followers.set(feed, new FeedFollower(feed, this, told));
    }
    line.on("connect", () => void this.joinAll());
    line.on("connect_error", () => this.lost());
    line.on("disconnect", () => this.lost());
    line.on("entry", (entry: Entry & { feed: string }) => {
      this.heard();
      this.followers.get(entry.feed)?.receive(entry);
      this.review();
    });
    line.on("head", (head: { feed: string; epoch: string; seq: number }) => {
      this.heard();
      this.followers.get(head.feed)?.hear(head.epoch, head.seq);
      this.review();
    });
    line.on("left", ({ feed }: { feed: string }) => this.followers.get(feed)?.deny());
    line.on("presence", (counts: Record<string, unknown>) => events.presence(counts));
    line.on("caption", (caption: Record<string, unknown>) => events.caption(caption));
  }

  open(): void {
    this.line.connect();
    void this.readAll();
    this.watch = setInterval(() => this.lookForSilence(), 5_000);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    clearInterval(this.watch);
    this.line.close();
  }

  /** Ask at once whether something was missed: the page or the network is back. */
  async resume(): Promise<void> {
    if (this.closed) return;
    if (this.line.connected) await this.joinAll();
    else this.reconnect(0);
  }

  /** Send a command; rejects where it is not known whether it arrived. */
  async send(command: OutgoingCommand): Promise<Answer> {
    if (this.line.connected) {
      const payload = { meeting: this.meeting, ...command };
      const answer = (await this.line.ask("command", payload, ASK_MS)) as Answer | null;
      if (answer === null) throw new Error("The server doesn't know this line.");
      return answer;
    }
    return this.post(command);
  }

  async readState(feed: string): Promise<Snapshot> {
    return (await this.get(this.urls.state, { feed })) as Snapshot;
  }

  async readEntries(feed: string, after: number, wait = 0): Promise<Page> {
    const query: Record<string, string> = { feed, after: `${after}`, limit: "500" };
    if (wait) query["wait"] = `${wait}`;
    return (await this.get(this.urls.entries, query, wait)) as Page;
  }

  // --- the socket ---------------------------------------------------------

  private async joinAll(): Promise<void> {
    try {
      await Promise.all([...this.followers.values()].map((one) => this.join(one)));
      this.joined = true;
      this.tries = 0;
      this.polling = false;
      this.heard();
      this.review();
    } catch {
      // Connected without an answer is as bad as not connected.
      this.line.close();
      this.lost();
    }
  }

  private async join(follower: FeedFollower, again = false): Promise<void> {
    if (follower.denied) return;
    if (follower.state === null) await this.readQuietly(follower);
    if (follower.denied || follower.state === null) return;
    const { feed, have, epoch } = follower;
    const screen = document.querySelector("fm-wall, [data-screen]") !== null;
    const request = { meeting: this.meeting, feed, after: have, epoch, screen };
    const answer = (await this.line.ask("join", request, ASK_MS)) as JoinAnswer;
    if (!answer.ok) {
      if (answer.code === "not_allowed") follower.deny();
      return;
    }
    if (answer.resync) {
      await follower.resync();
      if (!again) await this.join(follower, true);
      return;
    }
    follower.take({ ...answer, head: answer.seq });
  }

  private lost(): void {
    this.joined = false;
    if (this.closed) return;
    this.tries += 1;
    this.review();
    this.reconnect(jitteredDelay(this.tries));
    if (this.tries >= TRIES_BEFORE_POLLING) this.startPolling();
  }

  private reconnect(afterMs: number): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      if (!this.closed && !this.line.connected) this.line.connect();
    }, afterMs);
  }

  /** A socket can look open long after the network under it has gone. */
  private lookForSilence(): void {
    const silent = Date.now() - this.heardAt > QUIET_MS;
    if (this.line.connected && this.joined && silent) void this.joinAll();
  }

  // --- without a socket ---------------------------------------------------

  private startPolling(): void {
    if (this.polling) return;
    this.polling = true;
    const [first, ...others] = this.followers.values();
    if (first) void this.poll(first, POLL_SECONDS);
    // A browser has six connections to a host: only one feed waits on one.
    for (const follower of others) void this.poll(follower, 0);
  }

  private async poll(follower: FeedFollower, wait: number): Promise<void> {
    let failures = 0;
    while (this.polling && !this.closed && !follower.denied) {
      try {
        if (follower.state === null) await follower.catchUp();
        const page = await this.readEntries(follower.feed, follower.have, wait);
        follower.take(page);
        failures = 0;
        this.pollWorks = true;
        this.heard();
      } catch {
        failures += 1;
        this.pollWorks = false;
      }
      this.review();
      await pause(failures ? jitteredDelay(failures) : wait ? 100 : 5_000);
    }
  }

  private async readAll(): Promise<void> {
    await Promise.all([...this.followers.values()].map((one) => this.readQuietly(one)));
    this.review();
  }

  private async readQuietly(follower: FeedFollower): Promise<void> {
    try {
      await follower.catchUp();
    } catch {
      // Tried again on the next join, poll or beacon.
    }
  }

  // --- requests -----------------------------------------------------------

  private async get(
    url: string,
    query: Record<string, string>,
    waitSeconds = 0,
  ): Promise<unknown> {
    const address = `${url}?${new URLSearchParams(query)}`;
    const signal = AbortSignal.timeout(10_000 + waitSeconds * 1_000);
    const response = await this.fetcher(address, {
      credentials: "same-origin",
      headers: { Accept: "application/json" },
      signal,
    });
    if ([401, 403, 404].includes(response.status)) throw new FeedDenied(address);
    if (!response.ok) throw new Error(`${response.status} for ${address}`);
    return response.json();
  }

  private async post(command: OutgoingCommand): Promise<Answer> {
    const response = await this.fetcher(this.urls.commands, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-Folkmoot-Csrf": this.csrf },
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(ASK_MS),
    });
    if (response.status >= 500) throw new Error(`${response.status} for a command`);
    return readAnswer(response);
  }

  // --- telling ------------------------------------------------------------

  private tell(feed: string, entry: Entry | null): void {
    this.events.changed(feed, entry);
  }

  private heard(): void {
    this.heardAt = Date.now();
  }

  private review(): void {
    const health = this.judge();
    if (health === this.health) return;
    this.health = health;
    this.events.health(health);
  }

  private judge(): Health {
    const followers = [...this.followers.values()].filter((one) => !one.denied);
    const current = followers.every((one) => one.current);
    if (this.line.connected && this.joined) return current ? "live" : "behind";
    if (this.polling && this.pollWorks) return current ? "polling" : "behind";
    if (this.tries === 0) return "connecting";
    return "offline";
  }
}

/** An answer to a command; a problem (4xx) is a refusal in the same words. */
async function readAnswer(response: Response): Promise<Answer> {
  const body = (await response.json()) as Answer & { title?: string; detail?: string };
  if (typeof body.ok === "boolean" || body.resend_from !== undefined) return body;
  const after = Number(response.headers.get("Retry-After"));
  return {
    ok: false,
    code: body.code ?? `http_${response.status}`,
    message: body.detail ?? body.title ?? "The server refused this.",
    ...(after > 0 ? { retry_after: after } : {}),
  };
}

function socketLine(): Line {
  // Reconnecting is ours: full jitter, and at once when the page comes back.
  const socket = io({
    path: "/socket.io",
    transports: ["websocket"],
    autoConnect: false,
    reconnection: false,
    timeout: 8_000,
  });
  return {
    get connected() {
      return socket.connected;
    },
    connect: () => void socket.connect(),
    close: () => void socket.disconnect(),
    on: (event, listener) => void socket.on(event, listener as () => void),
    ask: (event, payload, timeoutMs) =>
      socket.timeout(timeoutMs).emitWithAck(event, payload) as Promise<unknown>,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
