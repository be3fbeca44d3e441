import { describe, expect, test } from "vitest";

import { emptyState } from "../src/feed/fold";
import type { WireContribution, WireMeeting, WireOwnContribution } from "../src/feed/types";
import type { OutboxItem } from "../src/offline/outbox-store";
import { viewNewest, viewThread, type PostView } from "../src/views/thread";

const THREAD = "session:s_1";

function at(minute: number): string {
  return `2026-05-04T10:${String(minute).padStart(2, "0")}:00.000Z`;
}

function shown(id: string, minute: number, more: Partial<WireContribution> = {}) {
  const post: WireContribution = {
    contribution_id: id,
    thread: THREAD,
    kind: "note",
    content_id: `k_${id}`,
    posted_at: at(minute),
    author_id: null,
    reply_to: null,
    waiting: false,
    never_public: false,
    hidden: false,
    withdrawn: false,
    edited: false,
    support: 0,
    scope: null,
    read_aloud_at: null,
    room_id: null,
    about_at: null,
    confirmed: false,
    edited_at: null,
    formers: [],
    held: null,
    circle: "public",
    content: { text: id, author: null, on_behalf_of: null },
    ...more,
  };
  return [id, post] as const;
}

function mine(id: string, more: Partial<WireOwnContribution> = {}): WireMeeting {
  const own: WireOwnContribution = {
    contribution_id: id,
    content_id: `k_${id}`,
    member_id: "b_ann",
    thread: THREAD,
    kind: "idea",
    posted_at: at(2),
    reply_to: null,
    waiting: true,
    hidden: false,
    withdrawn: false,
    room_id: null,
    about_at: null,
    held: "mode",
    key: null,
    content: { text: "Mine", author: "Ann", on_behalf_of: null },
    ...more,
  };
  return { ...emptyState(), authored: { [id]: own } };
}

function look(own: WireMeeting, thread = THREAD): PostView[] {
  const contributions = Object.fromEntries([shown("c_1", 1), shown("c_3", 3)]);
  const state = { ...emptyState(), contributions };
  const reading = { state, own, staff: null, pending: [], myName: "Ann" };
  return viewThread(reading, thread).posts;
}

describe("one's own post that waits", () => {
  test("stands in its thread, in its place by time, with kind and time", () => {
    const posts = look(mine("c_2"));
    expect(posts.map((post) => post.key)).toEqual(["c_3", "c_2", "c_1"]);
    expect(posts[1]).toMatchObject({
      state: "waiting",
      kind: "idea",
      postedAt: at(2),
      text: "Mine",
      mine: true,
    });
    expect(look(mine("c_2"), "meeting")).toEqual([]);
  });

  test("stands below what it answers", () => {
    const posts = look(mine("c_2", { reply_to: "c_1" }));
    expect(posts.map((post) => post.key)).toEqual(["c_3", "c_1"]);
    expect(posts[1]?.replies.map((post) => post.key)).toEqual(["c_2"]);
  });

  test("is shown to its author with the reason when it is hidden", () => {
    const own = mine("c_2", { waiting: false, hidden: true });
    own.hidden_notes["c_2"] = {
      contribution_id: "c_2",
      reason_id: "k_9",
      reason: { reason: "Off topic" },
      text_id: null,
      text: null,
      category: "off_topic",
      by_id: null,
    };
    expect(look(own)[1]).toMatchObject({ state: "hidden", reason: "Off topic", text: "Mine" });
  });

  test("without a time, as the first days' are, is the newest", () => {
    const posts = look(mine("c_2", { posted_at: null }));
    expect(posts.map((post) => post.key)).toEqual(["c_2", "c_3", "c_1"]);
  });
});

test("a hidden post keeps its text for its author and for nobody else", () => {
  const hidden = shown("c_2", 2, { hidden: true, content: null, gone: "hidden" });
  const state = { ...emptyState(), contributions: Object.fromEntries([hidden]) };
  const own = mine("c_2", { waiting: false, hidden: true });
  const reading = { state, staff: null, pending: [], myName: "" };
  expect(viewThread({ ...reading, own }, THREAD).posts[0]?.text).toBe("Mine");
  expect(viewThread({ ...reading, own: null }, THREAD).posts[0]?.text).toBe("");
});

describe("what is being sent stands there once", () => {
  function item(data: Record<string, unknown>): OutboxItem {
    return {
      key: 1,
      queue: "square|b_ann",
      type: "contribution.post",
      data: { thread: THREAD, kind: "note", key: "mine-1", ...data },
      state: "sent",
      client_id: "c",
      client_seq: 1,
      created_at: Date.parse(at(2)),
    };
  }

  function see(told: Partial<WireContribution> | null, own: WireMeeting | null, data = {}) {
    const contributions = told ? Object.fromEntries([shown("c_2", 2, told)]) : {};
    const state = { ...emptyState(), contributions };
    const reading = { state, own, staff: null, pending: [item(data)], myName: "Ann" };
    return viewThread(reading, THREAD).posts.map(({ key, state: stands }) => [key, stands]);
  }

  const once = [["c_2", "shown"]];
  const named = mine("c_2", { waiting: false, key: "mine-1" });

  test.each([
    ["by name", "Ann", { text: "One" }],
    ["by a pseudonym", "Heron", { text: "One", label: "pseudonym", pseudonym: "Heron" }],
    ["without a name", null, { text: "One", label: "anonymous" }],
    ["as a voice without words", "Ann", {}],
  ])("%s, whichever feed tells of it first", (_, author, data: { text?: string }) => {
    const told = { content: { text: data.text ?? "", author, on_behalf_of: null } };
    expect(see(told, null, data)).toEqual(once);
    expect(see(null, named, data)).toEqual(once);
    expect(see(told, named, data)).toEqual(once);
  });

  test("also where the service wrote it in another way, or the clock is wrong", () => {
    const told = { posted_at: "2020-01-01T00:00:00.000Z" };
    const own = mine("c_2", { waiting: false, key: "mine-1" });
    expect(see(told, own, { text: "One" })).toEqual(once);
  });

  test("but the same words said twice stand there twice", () => {
    const earlier = mine("c_2", { waiting: false, key: "mine-0" });
    const told = { content: { text: "One", author: "Ann", on_behalf_of: null } };
    expect(see(told, earlier, { text: "One" })).toHaveLength(2);
  });
});

describe("what is for participants", () => {
  const among = Object.fromEntries([shown("c_2", 2, { circle: "participants" })]);
  const shared = { ...emptyState(), contributions: among };
  const reading = { state: emptyState(), own: null, staff: null, pending: [], myName: "" };

  test("stands among the others for who reads their feed", () => {
    const [post] = viewThread({ ...reading, shared }, THREAD).posts;
    expect(post).toMatchObject({ key: "c_2", circle: "participants", state: "shown" });
    expect(viewThread(reading, THREAD).posts).toEqual([]);
  });

  test("is on no screen, whoever has signed in there", () => {
    const own = mine("c_2", { waiting: false });
    expect(viewNewest({ ...reading, own, shared }, 5)).toEqual([]);
  });
});
