import { describe, expect, test, vi } from "vitest";

import { emptyState, type Entry } from "../src/feed/fold";
import { FeedDenied, FeedFollower, type FeedReader } from "../src/feed/following";

/** A feed in memory: entries 1…n, each adding a room. */
class Feed implements FeedReader {
  epoch = "e1";
  entries: Entry[] = [];
  reads: string[] = [];
  broken: Error | null = null;

  grow(count = 1): Entry {
    for (let n = 0; n < count; n += 1) this.entries.push(entry(this.entries.length + 1));
    return this.entries.at(-1)!;
  }

  async readState(feed: string) {
    this.reads.push("state");
    if (this.broken) throw this.broken;
    const state = emptyState();
    for (const { data } of this.entries) {
      const { room_id } = data as { room_id: string };
      state.rooms[room_id] = room(room_id);
    }
    return { epoch: this.epoch, feed, seq: this.entries.length, state };
  }

  async readEntries(_feed: string, after: number) {
    this.reads.push(`after ${after}`);
    if (this.broken) throw this.broken;
    const entries = this.entries.slice(after, after + 3);
    const head = this.entries.length;
    return { epoch: this.epoch, head, entries, more: after + 3 < head };
  }
}

function room(room_id: string) {
  return { room_id } as never;
}

function entry(seq: number): Entry {
  const data = { room_id: `r_${seq}`, slug: "", content_id: "k", content: null };
  return { seq, kind: "RoomAdded", at: "2026-01-01T00:00:00.000Z", data } as never;
}

function follow(feed: Feed) {
  const applied: (number | null)[] = [];
  const told = (one: Entry | null) => applied.push(one?.seq ?? null);
  return { follower: new FeedFollower("public", feed, told), applied };
}

describe("a follower", () => {
  test("starts from the state and takes the entries after it as they come", async () => {
    const feed = new Feed();
    feed.grow(2);
    const { follower, applied } = follow(feed);
    await follower.catchUp();
    follower.receive(feed.grow());
    expect(applied).toEqual([null, 3]);
    expect(follower.have).toBe(3);
    expect(follower.current).toBe(true);
    expect(feed.reads).toEqual(["state"]);
  });

  test("drops what it has and asks for what is missing, page by page", async () => {
    const feed = new Feed();
    const { follower, applied } = follow(feed);
    await follower.catchUp();
    follower.receive(feed.grow());
    follower.receive(feed.entries[0]!);
    follower.receive(feed.grow(7));
    expect(follower.current).toBe(false);
    await vi.waitFor(() => expect(follower.current).toBe(true));
    expect(applied).toEqual([null, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(feed.reads).toEqual(["state", "after 1", "after 4", "after 7"]);
  });

  test("notices by a beacon that the last entry was lost", async () => {
    const feed = new Feed();
    const { follower } = follow(feed);
    await follower.catchUp();
    feed.grow(2);
    follower.hear("e1", 2);
    await vi.waitFor(() => expect(follower.have).toBe(2));
  });

  test("takes what is pushed while an answer is on its way", async () => {
    const feed = new Feed();
    const { follower, applied } = follow(feed);
    const work = follower.catchUp();
    follower.receive(feed.grow());
    await work;
    await vi.waitFor(() => expect(follower.have).toBe(1));
    expect(applied.filter((seq) => seq === 1).length).toBeLessThanOrEqual(1);
  });

  test("fetches the state anew when the epoch changes", async () => {
    const feed = new Feed();
    feed.grow(5);
    const { follower, applied } = follow(feed);
    await follower.catchUp();
    feed.epoch = "e2";
    feed.entries = [];
    feed.grow(1);
    follower.hear("e2", 1);
    await vi.waitFor(() => expect(follower.epoch).toBe("e2"));
    expect(follower.have).toBe(1);
    expect(Object.keys(follower.state!.rooms)).toEqual(["r_1"]);
    expect(applied).toEqual([null, null]);
  });

  test("stays behind after a failure until the next occasion, without a storm", async () => {
    const feed = new Feed();
    const { follower } = follow(feed);
    await follower.catchUp();
    feed.broken = new Error("off line");
    feed.grow(2);
    follower.hear("e1", 2);
    await vi.waitFor(() => expect(feed.reads).toEqual(["state", "after 0"]));
    await Promise.resolve();
    expect(follower.current).toBe(false);
    feed.broken = null;
    follower.hear("e1", 2);
    await vi.waitFor(() => expect(follower.current).toBe(true));
  });

  test("forgets what it may no longer read", async () => {
    const feed = new Feed();
    feed.grow();
    const { follower } = follow(feed);
    await follower.catchUp();
    feed.broken = new FeedDenied();
    await expect(follower.resync()).rejects.toThrow(FeedDenied);
    expect(follower.state).toBeNull();
    expect(follower.denied).toBe(true);
  });
});
