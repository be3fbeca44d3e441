// @vitest-environment happy-dom
/** What somebody does right after a page has opened is kept, however slow its disk. */

import { expect, test, vi } from "vitest";

import type { PageData } from "../src/frame/page";
import { LiveMeeting } from "../src/meeting";
import { MemoryOutboxStore, type OutboxStore } from "../src/offline/outbox-store";

const disk = vi.hoisted(() => ({ opened: (_store: OutboxStore) => {} }));

vi.mock("../src/offline/outbox-store", async (original) => ({
  ...(await original<object>()),
  openOutboxStore: () => new Promise<OutboxStore>((resolve) => (disk.opened = resolve)),
}));
vi.mock("socket.io-client", () => ({
  io: () => ({ connected: false, connect: () => {}, disconnect: () => {}, on: () => {} }),
}));
vi.stubGlobal("fetch", () => Promise.reject(new Error("no line")));

const page = {
  csrf: "",
  feeds: ["public"],
  me: { member_id: "b_ann", name: "Ann" },
  urls: { state: "/state", entries: "/entries", commands: "/commands" },
} as unknown as PageData;

test("a command given before the outbox is open waits for it", async () => {
  const meeting = new LiveMeeting(page, "square");
  meeting.open();
  const kept = meeting.keep("hand.raise", { session_id: "s_1" });
  disk.opened(new MemoryOutboxStore());
  await kept;
  expect(meeting.pending).toMatchObject([{ type: "hand.raise", data: { session_id: "s_1" } }]);
  meeting.outbox?.close();
  meeting.connection.close();
});

test("who only looks on gives none", async () => {
  const meeting = new LiveMeeting({ ...page, me: null } as PageData, "square");
  meeting.open();
  await expect(meeting.keep("hand.raise", { session_id: "s_1" })).rejects.toThrow("joined");
  meeting.connection.close();
});
