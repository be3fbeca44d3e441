import { expect, test } from "vitest";

import { emptyState } from "../src/feed/fold";
import type { WireAnswer, WireContribution } from "../src/feed/types";
import { sayAnswered, sayDue, sayWait } from "../src/talk/waiting";

const MINUTE = 60_000;

test("lengths of time read as on the pages of the server", () => {
  const minutes = [0.1, 59, 60, 204, 1_800, 4_320];
  const words = minutes.map((one) => sayWait(one * MINUTE));
  expect(words).toEqual(["1 min", "59 min", "1 h", "3 h 24 min", "30 h", "3 days"]);
});

test("what is due says how long is left or since when", () => {
  const now = Date.parse("2026-05-04T10:00:00Z");
  expect(sayDue(now + 90 * MINUTE, now)).toBe("1 h 30 min left");
  expect(sayDue(now - 5 * MINUTE, now)).toBe("overdue by 5 min");
});

test("a promise and a part of an answer leave a question open", () => {
  const state = emptyState();
  const ask = (id: string, kind: string, more = {}): void => {
    const asked = { contribution_id: id, kind, ...more };
    state.contributions[id] = asked as unknown as WireContribution;
  };
  const answer = (id: string, way: string, partly = false): void => {
    state.answers[id] = { contribution_id: id, way, partly } as unknown as WireAnswer;
  };
  expect(sayAnswered(state)).toBe("");
  for (const id of ["a", "b", "c", "d"]) ask(id, "question");
  ask("e", "concern", { hidden: true });
  ask("f", "idea");
  answer("a", "room");
  answer("b", "promise");
  answer("c", "writing", true);
  answer("d", "withdrawn");
  expect(sayAnswered(state)).toBe("1 of 4 answered");
});
