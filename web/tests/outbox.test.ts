import "fake-indexeddb/auto";

import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, test, vi } from "vitest";

import type { Leadership } from "../src/offline/leadership";
import { Outbox } from "../src/offline/outbox";
import {
  IndexedOutboxStore,
  MemoryOutboxStore,
  type OutboxStore,
} from "../src/offline/outbox-store";
import type { Answer, OutgoingCommand } from "../src/feed/protocol";

/** The journal's side of the rule: each number once, in order, answers kept. */
class Server {
  done: OutgoingCommand[] = [];
  lastSeq = 0;
  lastAnswer: Answer = { ok: true };
  asked: number[] = [];
  /** What happens to the next commands: lost before or after they arrived, … */
  script: ("lose" | "lose answer" | Answer)[] = [];

  send = async (command: OutgoingCommand): Promise<Answer> => {
    this.asked.push(command.client_seq);
    const turn = this.script.shift();
    if (turn === "lose") throw new Error("lost");
    const answer = this.act(command, typeof turn === "object" ? turn : undefined);
    if (turn === "lose answer") throw new Error("answer lost");
    return answer;
  };

  private act(command: OutgoingCommand, refusal: Answer | undefined): Answer {
    const { client_seq } = command;
    if (client_seq === this.lastSeq) return this.lastAnswer;
    if (client_seq < this.lastSeq) return { ok: true, duplicate: true };
    if (client_seq > this.lastSeq + 1) {
      return { ok: false, resend_from: this.lastSeq + 1 };
    }
    if (refusal?.retry_after !== undefined) return refusal;
    this.lastSeq = client_seq;
    this.lastAnswer = refusal ?? { ok: true, feed: "public", seq: client_seq };
    if (!refusal) this.done.push(command);
    return this.lastAnswer;
  }
}

const leading = { leads: true, take: async () => {}, close: () => {} };

/** Two pages of one browser, of which the second leads. */
function openTwoPages(store: OutboxStore, server: Server): [Outbox, Outbox] {
  const [one, other] = [new Ear(), new Ear()];
  [one.to, other.to] = [other, one];
  const following = { ...leading, leads: false };
  return [
    openOutbox(store, server, () => true, following, one),
    openOutbox(store, server, () => true, leading, other),
  ];
}

/** A page's end of the line between the pages of a browser. */
class Ear {
  onmessage: ((event: MessageEvent) => void) | null = null;
  to: Ear | undefined;
  postMessage = (data: unknown): void =>
    void setTimeout(() => this.to?.onmessage?.({ data } as MessageEvent));
  close = (): void => {};
}

function openOutbox(
  store: OutboxStore,
  server: Server,
  covered = () => true,
  leadership: Leadership = leading,
  channel: Ear = new Ear(),
) {
  return new Outbox({
    queue: "square|b_ann",
    store,
    send: server.send,
    covered,
    changed: () => {},
    lead: () => leadership,
    channel,
  });
}

const stores: [string, () => Promise<OutboxStore>][] = [
  ["IndexedDB", () => IndexedOutboxStore.open()],
  ["memory", async () => new MemoryOutboxStore()],
];

describe.each(stores)("the outbox in %s", (_name, open) => {
  let store: OutboxStore;
  let server: Server;

  beforeEach(async () => {
    globalThis.indexedDB = new IDBFactory();
    vi.spyOn(Math, "random").mockReturnValue(0);
    store = await open();
    server = new Server();
  });

  const say = (outbox: Outbox, text: string) => outbox.add("contribution.post", { text });
  const texts = () => server.done.map(({ data }) => (data as { text: string }).text);

  test("sends in order, each once, and keeps nothing that came back", async () => {
    const outbox = openOutbox(store, server);
    for (const text of ["one", "two", "three"]) await say(outbox, text);
    await vi.waitFor(() => expect(texts()).toEqual(["one", "two", "three"]));
    await vi.waitFor(() => expect(outbox.items).toEqual([]));
    expect(new Set(server.done.map(({ client_id }) => client_id)).size).toBe(1);
  });

  test("sends again with the same number when it doesn't know", async () => {
    server.script = ["lose", "lose answer"];
    const outbox = openOutbox(store, server);
    await say(outbox, "one");
    await say(outbox, "two");
    await vi.waitFor(() => expect(texts()).toEqual(["one", "two"]));
    expect(server.asked).toEqual([1, 1, 1, 2]);
  });

  test("keeps an item until its own entry came back", async () => {
    let back = false;
    const outbox = openOutbox(store, server, () => back);
    const { outcome } = await say(outbox, "one");
    expect((await outcome).ok).toBe(true);
    await vi.waitFor(() => expect(outbox.items.map((i) => i.state)).toEqual(["accepted"]));
    back = true;
    await outbox.settle();
    expect(outbox.items).toEqual([]);
  });

  test("goes on after a crash where it was, with the same number", async () => {
    server.script = ["lose answer", "lose", "lose", "lose", "lose", "lose"];
    const before = openOutbox(store, server);
    await say(before, "one");
    await vi.waitFor(() => expect(server.asked.length).toBeGreaterThan(0));
    before.close();
    await say(before, "two");
    server.script = [];
    const after = openOutbox(store, server);
    await after.open();
    await vi.waitFor(() => expect(texts()).toEqual(["one", "two"]));
  });

  test("shows a refusal with its text and goes on with the next", async () => {
    server.script = [{ ok: false, code: "no_such_thread", message: "No." }];
    const outbox = openOutbox(store, server);
    const { outcome, key } = await say(outbox, "one");
    await say(outbox, "two");
    expect(await outcome).toMatchObject({ ok: false });
    await vi.waitFor(() => expect(texts()).toEqual(["two"]));
    const refusal = { code: "no_such_thread", message: "No." };
    expect(outbox.items).toMatchObject([{ state: "refused", refusal, data: { text: "one" } }]);
    await outbox.retry(key, { text: "one, put right" });
    await vi.waitFor(() => expect(texts()).toEqual(["two", "one, put right"]));
  });

  test("waits as long as it is told, without using the number up", async () => {
    server.script = [{ ok: false, code: "slow_down", message: "", retry_after: 0.2 }];
    const outbox = openOutbox(store, server);
    await say(outbox, "one");
    await vi.waitFor(() => expect(outbox.items[0]?.retry_at).toBeGreaterThan(Date.now()));
    expect(outbox.items[0]?.state).toBe("waiting");
    await vi.waitFor(() => expect(texts()).toEqual(["one"]));
    expect(server.asked).toEqual([1, 1]);
  });

  test("numbers anew from where the server asks", async () => {
    const outbox = openOutbox(store, server);
    await say(outbox, "one");
    await vi.waitFor(() => expect(texts()).toEqual(["one"]));
    server.lastSeq = 0;
    await say(outbox, "two");
    await vi.waitFor(() => expect(texts()).toEqual(["one", "two"]));
    expect(server.asked).toEqual([1, 2, 1]);
  });

  test("lets nobody discard what may already stand in the journal", async () => {
    server.script = Array(50).fill("lose answer");
    const outbox = openOutbox(store, server);
    const { key } = await say(outbox, "one");
    await vi.waitFor(() => expect(outbox.items[0]?.state).toBe("sent"));
    await outbox.discard(key);
    expect(outbox.items).toHaveLength(1);
    outbox.close();
  });

  test("tells how it went though another page sent it and it is gone", async () => {
    const [mine, theirs] = openTwoPages(store, server);
    const { outcome, key } = await say(mine, "one");
    await theirs.open();
    await vi.waitFor(() => expect(texts()).toEqual(["one"]));
    // The other page sends it, hears of its entry and takes it out at once.
    expect(await outcome).toEqual({ ok: true, answer: server.lastAnswer });
    expect(mine.items.map((item) => item.key)).not.toContain(key);
  });

  test("tells a refusal that another page got", async () => {
    server.script = [{ ok: false, code: "no_such_thread", message: "No." }];
    const [mine, theirs] = openTwoPages(store, server);
    const { outcome } = await say(mine, "one");
    await theirs.open();
    const refusal = { code: "no_such_thread", message: "No." };
    expect(await outcome).toMatchObject({ ok: false, item: { refusal, data: { text: "one" } } });
  });

  test("tells that it is done also where the page that sent it has closed", async () => {
    const mine = openOutbox(store, server, () => true, { ...leading, leads: false });
    const { outcome, key } = await say(mine, "one");
    await store.change(key, () => null);
    await mine.open();
    expect(await outcome).toEqual({ ok: true, answer: { ok: true } });
  });

  test("tells of what was taken back before it left", async () => {
    const [mine] = openTwoPages(store, server);
    const { outcome, key } = await say(mine, "one");
    expect(await mine.discard(key)).toBe(true);
    expect(await outcome).toMatchObject({ ok: false, item: { refusal: { code: "discarded" } } });
  });

  test("gives one name to one holder at a time", async () => {
    expect(await store.claim("n", "a", 0, 10, false)).toBe(true);
    expect(await store.claim("n", "b", 5, 15, false)).toBe(false);
    expect(await store.claim("n", "b", 10, 20, false)).toBe(true);
    expect(await store.claim("n", "a", 11, 21, true)).toBe(true);
  });
});
