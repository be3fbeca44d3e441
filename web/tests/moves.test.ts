// @vitest-environment happy-dom
/** A session that is moved can be taken back at once, also while it is on its way. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { emptyState } from "../src/feed/fold";
import type { LiveMeeting } from "../src/meeting";
import { Moments } from "../src/wording/moments";
import { moveSession } from "../src/board/moves";
import { Outbox } from "../src/offline/outbox";
import { MemoryOutboxStore } from "../src/offline/outbox-store";
import type { Answer, OutgoingCommand } from "../src/feed/protocol";
import { takeOffer } from "../src/frame/toasts";
import type { WireMeeting, WireSession } from "../src/feed/types";

const HALL = { room_id: "r_1", slot_id: "t_1" };

/** A page on a line that is cut or slow until it is told otherwise. */
class Page {
  readonly state = {
    ...emptyState(),
    rooms: { r_1: { content: { name: "Hall" } } },
    slots: { t_1: { starts_at: "2026-05-04T10:15:00.000Z" } },
    sessions: {
      s_1: {
        session_id: "s_1",
        version: 1,
        room_id: null,
        slot_id: null,
        content: { title: "Benches" },
      },
    },
  } as unknown as WireMeeting;
  readonly sent: OutgoingCommand[] = [];
  online = true;
  answer: (answer: Answer) => void = () => {};
  readonly outbox: Outbox;
  /** What an answer brought about has been applied here. */
  seen: () => void = () => {};

  constructor() {
    this.outbox = new Outbox({
      queue: "square|b_ann",
      store: new MemoryOutboxStore(),
      reachable: () => this.online,
      covered: () => true,
      changed: () => {},
      send: (command) => {
        this.sent.push(command);
        return new Promise((resolve) => (this.answer = resolve));
      },
      lead: () => ({ leads: true, take: async () => {}, close: () => {} }),
      channel: { postMessage: () => {}, close: () => {}, onmessage: null },
    });
  }

  move(): Promise<void> {
    return moveSession(this as unknown as LiveMeeting, new Moments("UTC"), this.session, HALL);
  }

  get session(): WireSession {
    return this.state.sessions["s_1"]!;
  }

  keep = (type: "session.place", data: never, expect: number) =>
    this.outbox.add(type, data, expect);

  whenSeen = (): Promise<void> => new Promise((resolve) => (this.seen = resolve));
}

const toasts = (): string[] =>
  [...document.querySelectorAll(".toast span")].map((note) => note.textContent ?? "");
let page: Page;

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
});

afterEach(() => {
  page.outbox.close();
  document.body.replaceChildren();
  vi.useRealTimers();
});

test("the way back stands once it has arrived", async () => {
  void page.move();
  await vi.advanceTimersByTimeAsync(100);
  expect(toasts()).toEqual([]);
  page.answer({ ok: true, feed: "public", seq: 4 });
  await vi.advanceTimersByTimeAsync(0);
  expect(toasts()).toEqual(["“Benches” now stands in Hall, 10:15."]);
});

test("the way back stands soon though it has yet to arrive, and then says so", async () => {
  void page.move();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(toasts()).toEqual(["“Benches” is on its way to Hall, 10:15."]);
  expect(document.querySelector(".toast button")?.textContent).toBe("Undo");
  page.answer({ ok: true, feed: "public", seq: 4 });
  await vi.advanceTimersByTimeAsync(0);
  expect(toasts()).toEqual(["“Benches” now stands in Hall, 10:15."]);
});

test("what arrives long after is said anew, with the way back", async () => {
  void page.move();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(toasts()).toEqual([]);
  page.answer({ ok: true, feed: "public", seq: 4 });
  await vi.advanceTimersByTimeAsync(0);
  expect(toasts()).toEqual(["“Benches” now stands in Hall, 10:15."]);
  expect(document.querySelector(".toast button")?.textContent).toBe("Undo");
});

test("what has not left yet is taken back without a trace", async () => {
  page.online = false;
  void page.move();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(takeOffer()).toBe(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(toasts()).toEqual(["“Benches” stays in the proposals."]);
  page.online = true;
  page.outbox.wake();
  await vi.advanceTimersByTimeAsync(100);
  expect(page.sent).toEqual([]);
});

test("what is on its way is taken back after it, from the version it made", async () => {
  void page.move();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(takeOffer()).toBe(true);
  page.answer({ ok: true, feed: "public", seq: 4 });
  await vi.advanceTimersByTimeAsync(500);
  // The answer is here, its entry isn't: the old version would be refused as outdated.
  expect(page.sent).toHaveLength(1);
  Object.assign(page.session, { ...HALL, version: 2 });
  page.seen();
  await vi.advanceTimersByTimeAsync(100);
  expect(page.sent[1]).toMatchObject({ type: "session.unplace", expect: 2 });
  expect(takeOffer()).toBe(false);
});
