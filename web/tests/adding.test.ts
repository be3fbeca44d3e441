import { describe, expect, it } from "vitest";

import { timesOfAdded } from "../src/editor/adding";
import { readCue, Sheet, type Cue } from "../src/editor/sheet";

const START = Date.parse("2026-05-04T10:00:00Z");

function iso(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

function cue(from: number, to: number, id = "q_a"): Cue {
  const times = { at: iso(from), end_at: iso(to) };
  return readCue({
    cue_id: id, revision: 1, text: "x", origin: "machine", provenance: "machine", ...times,
  });
}

function seconds(
  before: Cue | undefined,
  after: Cue | undefined,
  shown: number | null = null,
): [number, number] | null {
  const times = timesOfAdded(before, after, shown === null ? null : iso(shown));
  return times && [
    (Date.parse(times.at) - START) / 1000,
    (Date.parse(times.end_at) - START) / 1000,
  ];
}

describe("a line that is added", () => {
  it("fills the time between two lines, no more than a sentence takes", () => {
    expect(seconds(cue(0, 3), cue(5, 8))).toEqual([3, 5]);
    expect(seconds(cue(0, 3), cue(60, 63))).toEqual([3, 7]);
    expect(seconds(cue(0, 3), undefined)).toEqual([3, 7]);
  });

  it("begins where the picture stands, if that is between the two", () => {
    expect(seconds(cue(0, 3), cue(60, 63), 20)).toEqual([20, 24]);
    expect(seconds(cue(0, 3), cue(60, 63), 200)).toEqual([3, 7]);
    expect(seconds(undefined, undefined, 20)).toEqual([20, 24]);
    expect(seconds(undefined, undefined)).toBeNull();
  });

  it("stands between two that leave no time, said at once with the second", () => {
    const [before, after] = [cue(0, 4, "q_a"), cue(4, 8, "q_z")];
    const times = timesOfAdded(before, after, null)!;
    const sheet = new Sheet();
    sheet.take([before, after, { ...before, ...times, cue_id: "q_m" }]);
    expect(sheet.all.map(({ cue_id }) => cue_id)).toEqual(["q_a", "q_m", "q_z"]);
    expect(Date.parse(times.end_at) - Date.parse(times.at)).toBe(2_000);
  });

  it("stays on the page that began it when a span is read anew", () => {
    const sheet = new Sheet();
    sheet.take([cue(0, 4), { ...cue(4, 6, "q_new"), revision: 0, fresh: true }]);
    sheet.takeSpan([cue(0, 4)], null, null);
    expect(sheet.size).toBe(2);
    sheet.take([cue(4, 6, "q_new")]);
    sheet.takeSpan([cue(0, 4)], null, null);
    expect(sheet.size).toBe(1);
  });
});
