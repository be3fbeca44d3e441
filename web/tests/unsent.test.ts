// @vitest-environment happy-dom

import { expect, test } from "vitest";

import { UnsentWords } from "../src/editor/unsent";

test("words that the server has are forgotten, blanks or not; others are kept", () => {
  const words = new UnsentWords("unsent");
  words.keep("q_1", { revision: 1, text: "the new  bench " });
  words.drop("q_1", "the bench");
  expect(words.size).toBe(1);
  words.drop("q_1", "the new bench");
  expect(words.size).toBe(0);
  expect(new UnsentWords("unsent").size).toBe(0);
});
