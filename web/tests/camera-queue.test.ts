import { describe, expect, test } from "vitest";

import { ChunkQueue } from "../src/camera/queue";
import { fitPicture } from "../src/camera/devices";

const piece = (size = 10): Blob => new Blob([new Uint8Array(size)]);

function filled(count: number, options: { bytes?: number; seconds?: number } = {}) {
  let now = 0;
  const queue = new ChunkQueue(() => now, options.bytes, options.seconds);
  for (let n = 0; n < count; n += 1) queue.push(piece());
  return { queue, pass: (seconds: number) => (now += seconds) };
}

describe("the camera's queue", () => {
  test("chunks are numbered and taken once", () => {
    const { queue } = filled(2);
    expect([queue.take()?.number, queue.take()?.number, queue.take()]).toEqual([
      0,
      1,
      undefined,
    ]);
    expect(queue.bytes).toBe(20);
  });

  test("what arrived is let go", () => {
    const { queue } = filled(3);
    queue.take();
    queue.acknowledge({ stream: 0, number: 1 });
    expect(queue.bytes).toBe(20);
    expect(queue.take()?.number).toBe(1);
  });

  test("after a break it sends again from where the server says", () => {
    const { queue } = filled(4);
    while (queue.take());
    expect(queue.resume({ stream: 0, number: 2 })).toBe(true);
    expect([queue.take()?.number, queue.take()?.number]).toEqual([2, 3]);
  });

  test("a server that knows nothing gets all, while all is here", () => {
    const { queue } = filled(2);
    expect(queue.resume({ stream: 0, number: 0 })).toBe(true);
    queue.acknowledge({ stream: 0, number: 1 });
    expect(queue.resume({ stream: 0, number: 0 })).toBe(false);
  });

  test("a new recording counts from 0 in the next stream", () => {
    const { queue } = filled(2);
    queue.begin();
    queue.begin();
    queue.push(piece());
    expect(queue.next).toEqual({ stream: 1, number: 1 });
    expect(queue.resume({ stream: 1, number: 0 })).toBe(true);
    expect(queue.take()).toMatchObject({ stream: 1, number: 0 });
  });

  test("it is bounded in bytes and in time", () => {
    const { queue } = filled(2, { bytes: 25 });
    expect(queue.push(piece())).toBe(false);
    const late = filled(1, { seconds: 60 });
    late.pass(61);
    expect(late.queue.push(piece())).toBe(false);
    expect(late.queue.drop()).toBe(61);
    expect(late.queue.push(piece())).toBe(true);
  });
});

test.each([
  [null, "720"],
  [20e6, "720"],
  [3e6, "540"],
  [1.2e6, "360"],
  [0.1e6, "360"],
])("a line of %s bit/s gets %s", (bits, name) => {
  expect(fitPicture(bits).name).toBe(name);
});
