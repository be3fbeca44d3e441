import { expect, test } from "vitest";

import { newLineId, TypedLines, type Outcome } from "../src/desk/typed-lines";

function typed(outcomes: Outcome[]) {
  const given: Record<string, string>[] = [];
  let now = 10_000;
  const lines = new TypedLines(
    (fields) => {
      given.push(fields);
      return Promise.resolve(outcomes.shift() ?? { kind: "taken" });
    },
    () => now,
  );
  return { lines, given, pass: (ms: number) => (now += ms) };
}

test("a line that no server took goes again, as the same line, where it was said", async () => {
  const { lines, given, pass } = typed([{ kind: "unreachable" }]);
  await lines.end("q_1", "One.", 8_000);
  pass(3_000);
  await lines.end("q_2", "Two.", 12_000);
  expect(given).toEqual([
    { text: "One.", line_id: "q_1", begun_ago: "2.0", ended_ago: "0.0" },
    { text: "One.", line_id: "q_1", begun_ago: "5.0", ended_ago: "3.0" },
    { text: "Two.", line_id: "q_2", begun_ago: "1.0", ended_ago: "0.0" },
  ]);
  expect(lines.waiting).toEqual([]);
});

test("what is refused stays with the reason, holds nothing up, and goes when it is told to", async () => {
  const { lines, given } = typed([{ kind: "refused", why: "Off air." }]);
  await lines.end("q_1", "One.", 9_000);
  await lines.end("q_2", "Two.", 9_500);
  expect(lines.waiting.map(({ id, why }) => [id, why])).toEqual([["q_1", "Off air."]]);
  await lines.send();
  expect(given).toHaveLength(2);
  await lines.sendAgain("q_1");
  expect([given.at(-1)!["line_id"], lines.waiting]).toEqual(["q_1", []]);
});

test("an id is one that the server takes", () => {
  expect(newLineId()).toMatch(/^q_[a-z0-9]{8,40}$/u);
});
