import { expect, test } from "vitest";

import { firstEstimate, isSlow } from "../src/frame/line";

function clock(round: number, bytes: number, spent: number) {
  const page = {
    connectStart: 5,
    connectEnd: 5 + round,
    responseStart: 900,
    responseEnd: 900 + spent,
    encodedBodySize: bytes,
  };
  return { getEntriesByType: () => [page] as unknown as PerformanceEntryList };
}

test("a page that came at once came over a good line", () => {
  expect(isSlow(clock(30, 18_000, 60), {})).toBe(false);
});

test("a page of 18 kB in 600 ms came over 2G", () => {
  expect(isSlow(clock(300, 18_000, 600), {})).toBe(true);
});

test("a connection that took long to make is slow, however small the page", () => {
  expect(isSlow(clock(800, 500, 0), {})).toBe(true);
});

test("a small page tells nothing of the rate", () => {
  expect(isSlow(clock(20, 500, 200), {})).toBe(false);
});

test("what the browser says counts, and what its owner wishes", () => {
  const good = clock(5, 18_000, 10);
  expect(isSlow(good, { connection: { effectiveType: "slow-2g" } })).toBe(true);
  expect(isSlow(good, { connection: { saveData: true } })).toBe(true);
  expect(isSlow(good, { connection: { effectiveType: "4g", saveData: false } })).toBe(false);
});

test("a browser without these figures is given all", () => {
  expect(isSlow({ getEntriesByType: () => [] }, {})).toBe(false);
});

test("the first rung is chosen by what the browser says of its line, or carefully", () => {
  expect(firstEstimate({ connection: { downlink: 10 } })).toBe(7_000_000);
  expect(firstEstimate({ connection: { downlink: 0.4 } })).toBeCloseTo(280_000);
  expect(firstEstimate({ connection: {} })).toBe(500_000);
  expect(firstEstimate({})).toBe(500_000);
});
