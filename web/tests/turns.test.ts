import { expect, test } from "vitest";

import { takeTurns } from "../src/views/turns";

test("what fits is always shown whole", () => {
  expect(takeTurns(["a", "b"], 5, 99_000, 10)).toEqual({ shown: ["a", "b"], first: 0, turns: 1 });
  expect(takeTurns([], 5, 99_000, 10)).toEqual({ shown: [], first: 0, turns: 1 });
  expect(takeTurns(["a", "b"], Infinity, 0, 10).shown).toEqual(["a", "b"]);
});

test("what doesn't fit takes turns of equal size, by the clock", () => {
  const rooms = ["a", "b", "c", "d", "e", "f"];
  const at = (now: number) => takeTurns(rooms, 5, now, 1_000).shown;
  expect([at(0), at(999), at(1_000), at(2_000)]).toEqual([
    ["a", "b", "c"],
    ["a", "b", "c"],
    ["d", "e", "f"],
    ["a", "b", "c"],
  ]);
});
