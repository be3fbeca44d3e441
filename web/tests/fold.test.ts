import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { applyEntry, emptyState, knownKinds, type Entry } from "../src/fold";
import type { WireMeeting } from "../src/types";

interface Vector {
  feed: string;
  before: { seq: number; state: WireMeeting };
  entries: Entry[];
  after: { seq: number; state: WireMeeting };
}

// Made by the Python fold (tests/core/vectors.py) from one meeting's whole journal.
const url = new URL("../../tests/core/vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(url, "utf8")) as Vector[];

describe("the fold", () => {
  test.each(vectors.map((vector) => [vector.feed, vector.before.seq, vector] as const))(
    "of %s from %i leads to the same state as the server's",
    (feed, _seq, vector) => {
      const state = structuredClone(vector.before.state);
      for (const entry of vector.entries) applyEntry(state, entry, feed);
      expect(state).toEqual(vector.after.state);
      expect(vector.before.seq + vector.entries.length).toBe(vector.after.seq);
    },
  );

  test("starts from the same empty state", () => {
    const empty = vectors.find((vector) => vector.before.seq === 0)!;
    expect(emptyState()).toEqual(empty.before.state);
  });

  test("is tried with every kind that it knows, and knows every kind tried", () => {
    const tried = new Set(vectors.flatMap(({ entries }) => entries.map((e) => e.kind)));
    expect([...tried].sort()).toEqual(knownKinds().sort());
  });

  test("passes over a kind of a newer server", () => {
    const state = emptyState();
    const entry = { seq: 1, kind: "TeaServed", at: "2026-01-01T00:00:00.000Z", data: {} };
    applyEntry(state, entry as unknown as Entry, "public");
    expect(state).toEqual(emptyState());
  });
});
