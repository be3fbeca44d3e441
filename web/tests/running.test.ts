import { expect, test } from "vitest";

import { promptFor, wordsLeft } from "../src/views/running";

const MINUTE = 60_000;

test.each([
  [25 * MINUTE, "25 min left", ""],
  [10 * MINUTE + 1, "11 min left", ""],
  [10 * MINUTE, "10 min left", "ten"],
  [5 * MINUTE, "5 min left", "five"],
  [1, "1 min left", "five"],
  [0, "over by 0 min", "over"],
  [-3 * MINUTE, "over by 3 min", "over"],
])("with %d ms left it says %s", (left, words, prompt) => {
  expect(wordsLeft(left)).toEqual({ words, prompt });
  expect(promptFor(left)).toBe(prompt);
});
