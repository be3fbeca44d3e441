/** The outbox against a line that loses, doubles, delays and swaps, with crashes. */

import "fake-indexeddb/auto";

import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, test } from "vitest";

import { LeaseLeadership } from "../src/offline/leadership";
import { Outbox, type Uploaded } from "../src/offline/outbox";
import { IndexedOutboxStore, randomName, type OutboxFile } from "../src/offline/outbox-store";
import type { Answer, OutgoingCommand } from "../src/feed/protocol";
import { sendAhead } from "../src/offline/uploads";

/** Numbers that look random and are the same each time (mulberry32). */
function chance(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const sleep = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));

/** The journal's rule, behind a line on which everything goes wrong. */
class BadLine {
  readonly done: OutgoingCommand[] = [];
  calm = false;
  private last = 0;
  private answer: Answer = { ok: true };

  constructor(private readonly random: () => number) {}

  send = async (command: OutgoingCommand): Promise<Answer> => {
    await this.dawdle();
    if (this.strikes(0.15)) throw new Error("lost");
    // It comes twice: at once, and later again, after others perhaps.
    if (this.strikes(0.2)) void sleep(this.random() * 30).then(() => this.act(command));
    const answer = this.act(command);
    await this.dawdle();
    if (this.strikes(0.15)) throw new Error("answer lost");
    return answer;
  };

  private strikes(share: number): boolean {
    return !this.calm && this.random() < share;
  }

  private async dawdle(): Promise<void> {
    if (!this.calm) await sleep(this.random() * 4);
  }

  private act(command: OutgoingCommand): Answer {
    const { client_seq } = command;
    if (client_seq === this.last) return this.answer;
    if (client_seq < this.last) return { ok: true, duplicate: true };
    if (client_seq > this.last + 1) return { ok: false, resend_from: this.last + 1 };
    if (this.strikes(0.05)) return { ok: false, code: "slow_down", retry_after: 0.01 };
    this.last = client_seq;
    this.done.push(command);
    this.answer = { ok: true, feed: "public", seq: this.done.length };
    return this.answer;
  }
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

async function openOutbox(
  line: BadLine,
  name: string,
  upload?: (file: OutboxFile, progress: (n: number) => Promise<void>) => Promise<Uploaded>,
): Promise<Outbox> {
  const store = await IndexedOutboxStore.open(name);
  const outbox = new Outbox({
    queue: "square|b_ann",
    store,
    send: line.send,
    ...(upload ? { upload } : {}),
    covered: () => true,
    changed: () => {},
    lead: (changed) => new LeaseLeadership("outbox", store, changed),
    channel: { postMessage: () => {}, close: () => {}, onmessage: null },
  });
  await outbox.open();
  return outbox;
}

const textsOf = (line: BadLine): string[] =>
  line.done.map(({ data }) => (data as { text: string }).text);

async function settled(outbox: Outbox): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (outbox.items.length && Date.now() < deadline) {
    outbox.wake();
    await sleep(20);
  }
}

test.each([1, 2, 3, 4])(
  "each post arrives once and in order, whatever happens (seed %i)",
  { timeout: 40_000 },
  async (seed) => {
    const random = chance(seed);
    const line = new BadLine(random);
    const kept: string[] = [];
    let outbox = await openOutbox(line, `chaos-${seed}`);
    for (let number = 1; number <= 40; number += 1) {
      const text = `thing ${number}`;
      await outbox.add("contribution.post", { text });
      kept.push(text);
      if (random() < 0.3) await sleep(random() * 20);
      if (random() < 0.15) {
        // The page is gone in the middle of what it did.
        outbox.close();
        outbox = await openOutbox(line, `chaos-${seed}`);
      }
    }
    line.calm = true;
    await settled(outbox);
    expect(textsOf(line)).toEqual(kept);
    outbox.close();
  },
);

/** A server of uploads whose line breaks, also after it has taken a piece. */
class BadShelf {
  readonly bytes: number[] = [];
  whole: string | null = null;
  breaks = 0;
  pieces = 0;
  private readonly random: () => number;

  constructor(
    seed: number,
    private readonly total: number,
    private readonly most: number,
  ) {
    this.random = chance(seed);
  }

  fetcher = (async (_url: string, request: RequestInit) => {
    if (this.breaks < this.most && this.random() < 0.3) {
      this.breaks += 1;
      if (this.random() < 0.5) throw new TypeError("before it arrived");
      await this.act(request, this.random());
      throw new TypeError("in the middle");
    }
    return this.act(request, 1);
  }) as unknown as typeof fetch;

  private async act(request: RequestInit, share: number): Promise<Response> {
    const told = new Headers(request.headers).get("Content-Range");
    if (told && !this.whole) {
      const [, from] = /bytes (\d+)-/u.exec(told)!.map(Number);
      if (from! > this.bytes.length) {
        return Response.json({ code: "wrong_offset", offset: this.bytes.length });
      }
      const piece = new Uint8Array(await (request.body as Blob).arrayBuffer());
      this.pieces += 1;
      this.bytes.splice(from!);
      this.bytes.push(...piece.subarray(0, Math.ceil(piece.length * share)));
      if (this.bytes.length === this.total) this.whole = "a_whole";
    }
    return Response.json({
      offset: this.bytes.length,
      ...(this.whole ? { attachment_id: this.whole } : {}),
    });
  }
}

test("a file goes on after each break, and what follows waits for it", async () => {
  const data = Uint8Array.from({ length: 10_000 }, (_, n) => n % 251);
  const shelf = new BadShelf(7, data.length, 10);
  const line = new BadLine(chance(7));
  line.calm = true;
  const place = {
    url: "/attachments",
    csrf: "",
    fetcher: shelf.fetcher,
    pieceBytes: 700,
  };
  const outbox = await openOutbox(line, "files", (file, progress) =>
    sendAhead(file, place, progress),
  );
  const voice: OutboxFile = {
    upload_id: randomName(),
    kind: "voice",
    blob: new Blob([data]),
    text: "what I say",
  };
  await outbox.add("contribution.post", { text: "one" }, undefined, [voice]);
  await outbox.add("contribution.post", { text: "two" });
  await settled(outbox);
  expect(shelf.breaks).toBe(10);
  expect(Uint8Array.from(shelf.bytes)).toEqual(data);
  expect(line.done.map((command) => command.data)).toEqual([
    { text: "one", attachments: [{ attachment_id: "a_whole", text: "what I say" }] },
    { text: "two" },
  ]);
  outbox.close();
}, 30_000);

test("a file that the server won't have is told, and what follows goes on", async () => {
  const line = new BadLine(chance(1));
  line.calm = true;
  const outbox = await openOutbox(line, "refused", async () => ({
    code: "bad_voice",
    message: "There is no sound in this that we can read.",
  }));
  const file: OutboxFile = { upload_id: randomName(), kind: "voice", blob: new Blob(["x"]) };
  const { outcome } = await outbox.add("contribution.post", {}, undefined, [file]);
  await outbox.add("contribution.post", { text: "two" });
  expect(await outcome).toMatchObject({ ok: false });
  await expect.poll(() => textsOf(line)).toEqual(["two"]);
  outbox.close();
});

test("what has no number yet can be changed and dropped; what has one can't", async () => {
  const line = new BadLine(chance(1));
  line.calm = true;
  let reachable = false;
  const store = await IndexedOutboxStore.open("edits");
  const outbox = new Outbox({
    queue: "q",
    store,
    send: line.send,
    covered: () => false,
    changed: () => {},
    reachable: () => reachable,
    lead: (changed) => new LeaseLeadership("outbox", store, changed),
    channel: { postMessage: () => {}, close: () => {}, onmessage: null },
  });
  await outbox.open();
  const keys: number[] = [];
  for (const text of ["one", "two", "three"]) {
    keys.push((await outbox.add("contribution.post", { text })).key);
  }
  expect(outbox.items.map((item) => item.state)).toEqual(["waiting", "waiting", "waiting"]);
  expect(await outbox.edit(keys[1]!, { text: "two, better" })).toBe(true);
  expect(await outbox.discard(keys[0]!)).toBe(true);
  reachable = true;
  outbox.wake();
  await expect.poll(() => textsOf(line)).toEqual(["two, better", "three"]);
  expect(await outbox.edit(keys[1]!, { text: "too late" })).toBe(false);
  expect(await outbox.discard(keys[1]!)).toBe(false);
  outbox.close();
});
