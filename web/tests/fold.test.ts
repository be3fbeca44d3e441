import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { applyEntry, emptyState, knownKinds, type Entry } from "../src/feed/fold";
import type { WireMeeting } from "../src/feed/types";

interface Stop {
  seq: number;
  state: WireMeeting;
}

interface Vector {
  feed: string;
  entries: Entry[];
  states: Stop[];
}

// Made by the Python fold (tests/core/vectors.py) from one meeting's whole journal.
const url = new URL("../../tests/core/vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(url, "utf8")) as Vector[];

describe("the fold", () => {
  // To the last state only: a text that was taken back is missing in the entries.
  const starts = vectors.flatMap((vector) =>
    vector.states.slice(0, -1).map((before) => [vector.feed, before.seq, vector, before] as const),
  );

  test.each(starts)("of %s from %i leads to the server's last state", (feed, seq, vector, before) => {
    const state = structuredClone(before.state);
    for (const entry of vector.entries.slice(seq)) applyEntry(state, entry, feed);
    expect(state).toEqual(vector.states.at(-1)!.state);
  });

  test("starts from the same empty state", () => {
    expect(emptyState()).toEqual(vectors[0]!.states[0]!.state);
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
