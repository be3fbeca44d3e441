/**
 * Many people in one process, each with the outbox, the connection and the feeds of
 * the pages: what is kept on a device, crashes, reloads and goes on.
 *
 * Reads one line of JSON (`Orders`), says "over" on stdin to end the writing, and
 * writes one line of JSON (`Report`) when nothing waits on any device any more.
 */

import "fake-indexeddb/auto";

import { createInterface } from "node:readline";

import { io } from "socket.io-client";

import type { Entry } from "../../src/feed/fold";
import { LeaseLeadership } from "../../src/offline/leadership";
import { Outbox, type Outcome } from "../../src/offline/outbox";
import { IndexedOutboxStore, isUnsent } from "../../src/offline/outbox-store";
import { Connection, type Answer, type Line } from "../../src/feed/protocol";

interface Orders {
  url: string;
  slug: string;
  people: { name: string; token: string; member_id: string }[];
  /** Seconds between two things that one person does, on average. */
  pause: number;
  /** Share of doings after which the page is gone and opened anew. */
  crash: number;
}

interface Report {
  people: {
    name: string;
    /** The texts in the order in which the device had kept them. */
    kept: string[];
    acknowledged: string[];
    refused: string[];
    crashes: number;
    /** Places where the public feed was not followed number by number. */
    gaps: string[];
    have: number;
    /** Contributions as this page shows them at the end: id, text. */
    shown: [string, string][];
  }[];
}

(globalThis as Record<string, unknown>)["document"] = { querySelector: () => null };

class Person {
  readonly kept: string[] = [];
  readonly acknowledged: string[] = [];
  readonly refused: string[] = [];
  readonly gaps: string[] = [];
  crashes = 0;
  private number = 0;
  private last = 0;
  private outbox: Outbox | null = null;
  private connection: Connection | null = null;

  constructor(
    private readonly orders: Orders,
    readonly name: string,
    private readonly token: string,
    readonly memberId: string,
  ) {}

  /** Open the page; what the one before left on the device is still there. */
  async open(): Promise<void> {
    const { url, slug } = this.orders;
    const api = `${url}/api/v1/meetings/${slug}`;
    const urls = {
      state: `${api}/state`,
      entries: `${api}/entries`,
      commands: `${api}/commands`,
    };
    const authorized = (input: RequestInfo | URL, init: RequestInit = {}) =>
      fetch(input, {
        ...init,
        headers: { ...init.headers, Authorization: `Bearer ${this.token}` },
      });
    this.last = 0;
    const connection = new Connection(
      slug,
      ["public", `member:${this.memberId}`],
      urls,
      "",
      {
        changed: (feed, entry) => this.follow(connection, feed, entry),
        health: (health) => {
          if (health === "live" || health === "polling") this.outbox?.wake();
        },
        presence: () => {},
        caption: () => {},
      },
      socketLine(url, this.token),
      authorized as typeof fetch,
    );
    this.connection = connection;
    const store = await IndexedOutboxStore.open(this.memberId);
    const outbox = new Outbox({
      queue: `${slug}|${this.memberId}`,
      store,
      send: (command) => connection.send(command),
      covered: (answer) => covers(connection, answer),
      changed: () => {},
      lead: (changed) => new LeaseLeadership("outbox", store, changed),
      channel: { postMessage: () => {}, close: () => {}, onmessage: null },
    });
    this.outbox = outbox;
    connection.open();
    await outbox.open();
  }

  /** Write until told to stop. */
  async live(over: () => boolean): Promise<void> {
    while (!over()) {
      await sleep(-Math.log(1 - Math.random()) * this.orders.pause * 1_000);
      if (over()) break;
      await this.write();
      if (Math.random() < this.orders.crash) await this.crash();
    }
  }

  private async write(): Promise<void> {
    this.number += 1;
    const text = `${this.name} says thing ${this.number}.`;
    const { outcome } = await this.outbox!.add("contribution.post", { text });
    // From here on it is promised: the device has it.
    this.kept.push(text);
    void outcome.then((told: Outcome) => {
      if (told.ok) this.acknowledged.push(text);
      else this.refused.push(`${text} ${told.item.refusal?.code}`);
    });
  }

  /** The page is gone in the middle of whatever it did, and opened again. */
  private async crash(): Promise<void> {
    this.crashes += 1;
    this.close();
    await sleep(Math.random() * 500);
    await this.open();
  }

  close(): void {
    this.outbox?.close();
    this.connection?.close();
  }

  private follow(connection: Connection, feed: string, entry: Entry | null): void {
    void this.outbox?.settle();
    if (connection !== this.connection || feed !== "public") return;
    if (entry === null) this.last = connection.followers.get(feed)?.have ?? 0;
    else if (entry.seq === this.last + 1) this.last = entry.seq;
    else this.gaps.push(`${this.last} then ${entry.seq}`);
  }

  /** Whether all that was kept has come back, and the feed is read to its head. */
  get settled(): boolean {
    const left = (this.outbox?.items ?? []).filter((item) => item.state !== "refused");
    return left.length === 0 && (this.connection?.health ?? "") === "live";
  }

  get waiting(): number {
    return (this.outbox?.items ?? []).filter(isUnsent).length;
  }

  get have(): number {
    return this.connection?.followers.get("public")?.have ?? 0;
  }

  report(): Report["people"][number] {
    const state = this.connection!.followers.get("public")!.state!;
    return {
      name: this.name,
      kept: this.kept,
      acknowledged: this.acknowledged,
      refused: this.refused,
      crashes: this.crashes,
      gaps: this.gaps,
      have: this.have,
      shown: Object.values(state.contributions).map((one) => [
        one.contribution_id,
        one.content?.text ?? "",
      ]),
    };
  }
}

function covers(connection: Connection, { feed, seq }: Answer): boolean {
  if (feed === undefined || seq === undefined) return true;
  const follower = connection.followers.get(feed);
  if (!follower || follower.denied) return true;
  return follower.state !== null && follower.have >= seq;
}

/** As protocol.ts makes it, with a token where a browser has its cookie. */
function socketLine(url: string, token: string): Line {
  const socket = io(url, {
    path: "/socket.io",
    transports: ["websocket"],
    autoConnect: false,
    reconnection: false,
    forceNew: true,
    timeout: 8_000,
    auth: { token },
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

export async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const orders = JSON.parse((await lines.next()).value as string) as Orders;
  const people = orders.people.map(
    ({ name, token, member_id }) => new Person(orders, name, token, member_id),
  );
  let over = false;
  await Promise.all(people.map((person) => person.open()));
  const lives = people.map((person) => person.live(() => over));
  await lines.next();
  over = true;
  await Promise.all(lives);
  tell(`${people.reduce((sum, person) => sum + person.waiting, 0)} wait`);
  await until(() => people.every((person) => person.settled), people);
  // The last entries may still be on their way to some.
  await until(() => new Set(people.map((person) => person.have)).size === 1, people);
  const report: Report = { people: people.map((person) => person.report()) };
  for (const person of people) person.close();
  await new Promise((done) => process.stdout.write(`${JSON.stringify(report)}\n`, done));
}

const SETTLE_MS = 180_000;

async function until(check: () => boolean, people: Person[]): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  while (!check() && Date.now() < deadline) await sleep(200);
  const late = people.filter((person) => !person.settled).map(({ name }) => name);
  if (late.length) tell(`not settled: ${late.join(", ")}`);
}

function tell(words: string): void {
  process.stderr.write(`${words}\n`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
