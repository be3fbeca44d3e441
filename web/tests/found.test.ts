import { describe, expect, it } from "vitest";

import { stepPlace, type FoundPlace } from "../src/watching/found";
import { heatOf } from "../src/player/heat";

const START = Date.parse("2026-05-04T10:00:00Z");

function place(second: number): FoundPlace {
  const at = new Date(START + second * 1000).toISOString();
  return { room: "hall", at, speaker: null, agenda_item: null, text_html: "" };
}

const PLACES = [place(10), place(12), place(400), place(900)];
const secondsAt = (iso: string): number | null => {
  const seconds = (Date.parse(iso) - START) / 1000;
  return seconds < 900 ? seconds : null; // the last was cut
};

describe("places where something was said", () => {
  it("are gone through from the playhead, around at both ends", () => {
    const at = (second: number, step: 1 | -1): string | undefined =>
      stepPlace(PLACES, START + second * 1000, step)?.at;
    expect(at(0, 1)).toBe(PLACES[0]!.at);
    expect(at(10, 1)).toBe(PLACES[1]!.at); // that one is heard now
    expect(at(12, -1)).toBe(PLACES[0]!.at);
    expect(at(406, -1)).toBe(PLACES[2]!.at); // its beginning first
    expect(at(2000, 1)).toBe(PLACES[0]!.at);
    expect(at(5, -1)).toBe(PLACES[3]!.at);
    expect(stepPlace(PLACES, null, 1)).toBe(PLACES[0]);
    expect(stepPlace([], 0, 1)).toBeUndefined();
  });

  it("are one mark where they lie close, and none where nothing can be played", () => {
    const marks = heatOf(PLACES, secondsAt, 800);
    expect(marks.map(({ seconds, count }) => [seconds, count])).toEqual([
      [10, 2],
      [400, 1],
    ]);
  });
});
