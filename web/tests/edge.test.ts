import { describe, expect, it } from "vitest";

import { chooseRate, Reserve } from "../src/player/edge";

const HALF = { target: 1.575, part: 0.525 };
const FIFTH = { target: 0.675, part: 0.225 };

describe("the rate at the live edge", () => {
  it("is 1 where the player should be", () => {
    expect(chooseRate({ ...HALF, lag: 1.6, ahead: 1.3 })).toBe(1);
    expect(chooseRate({ ...FIFTH, lag: 0.7, ahead: 0.5 })).toBe(1);
  });

  it("grows with the distance and never passes one and a half", () => {
    expect(chooseRate({ ...HALF, lag: 2.1, ahead: 2 })).toBe(1.2);
    expect(chooseRate({ ...HALF, lag: 9, ahead: 8 })).toBe(1.5);
  });

  it("catches up with parts that never fill a second of buffer", () => {
    expect(chooseRate({ ...FIFTH, lag: 1.0, ahead: 0.6 })).toBeGreaterThan(1);
  });

  it("spares a buffer that runs dry", () => {
    expect(chooseRate({ ...HALF, lag: 3, ahead: 0.7 })).toBe(1);
    expect(chooseRate({ ...HALF, lag: 1.6, ahead: 0.1 })).toBeLessThan(1);
  });
});

describe("the reserve", () => {
  it("grows by a part a stall, up to four", () => {
    const reserve = new Reserve();
    for (let n = 0; n < 6; n += 1) reserve.stalled(n);
    expect(reserve.at(10)).toBe(4);
  });

  it("goes again in calm", () => {
    const reserve = new Reserve();
    reserve.stalled(0);
    expect(reserve.at(44_000)).toBe(1);
    expect(reserve.at(46_000)).toBe(0.5);
    expect(reserve.at(60_000)).toBe(0.5);
    expect(reserve.at(92_000)).toBe(0);
  });
});
