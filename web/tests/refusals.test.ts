// @vitest-environment happy-dom

import { expect, test } from "vitest";

import { Refusals } from "../src/editor/refusals";
import { Refused } from "../src/editor/service";

test("words that were refused are kept by line, with what was asked and why", () => {
  const refusals = new Refusals();
  const acts = [
    { do: "change", cue_id: "q_1", revision: 2, text: "the new bench" },
    { do: "check", cue_id: "q_2", revision: 1, checked: true },
  ];
  expect(refusals.keep(acts, new Refused("Not yours.", 403))).toEqual(["q_1"]);
  expect(refusals.of("q_1")).toEqual({ act: acts[0], text: "the new bench", why: "Not yours." });
  expect(refusals.of("q_2")).toBeUndefined();
  // Asked again and refused again it is one refusal still.
  refusals.keep([acts[0]!], new Refused("Too long."));
  expect(refusals.all.map(({ why }) => why)).toEqual(["Too long."]);
  expect(refusals.drop("q_1")?.text).toBe("the new bench");
  expect(refusals.size).toBe(0);
});
