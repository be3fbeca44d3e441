/** One page of a browser sends: whoever acts, and it knows that it does. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openLeadership, type Leadership } from "../src/offline/leadership";
import { MemoryOutboxStore } from "../src/offline/outbox-store";

interface Asked {
  take: () => void;
  lose: (reason: Error) => void;
}

/** The Web Locks of one browser: granted a turn later, and stolen as they may be. */
class Locks {
  private holder: Asked | null = null;
  private readonly queue: Asked[] = [];

  request(
    _name: string,
    { steal, signal }: LockOptions,
    work: () => Promise<void> | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked: Asked = {
        take: () => setTimeout(() => void Promise.resolve(work()).then(resolve)),
        lose: reject,
      };
      signal?.addEventListener("abort", () => {
        const place = this.queue.indexOf(asked);
        if (place < 0) return;
        this.queue.splice(place, 1);
        reject(new DOMException("", "AbortError"));
      });
      if (steal) {
        const before = this.holder;
        this.grant(asked);
        // Told apart from the grant, as a browser does.
        setTimeout(() => before?.lose(new DOMException("", "AbortError")), 1);
      } else if (this.holder) this.queue.push(asked);
      else this.grant(asked);
    });
  }

  private grant(asked: Asked): void {
    this.holder = asked;
    asked.take();
  }
}

describe("leading among the pages of a browser", () => {
  const pages: Leadership[] = [];
  const open = (): Leadership => {
    const page = openLeadership("square", new MemoryOutboxStore(), () => {});
    pages.push(page);
    return page;
  };

  beforeEach(() => vi.stubGlobal("navigator", { locks: new Locks() }));

  afterEach(() => {
    for (const page of pages.splice(0)) page.close();
    vi.unstubAllGlobals();
  });

  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

  it("begins with the first page and goes to the one in which somebody acts", async () => {
    const [first, second] = [open(), open()];
    await vi.waitFor(() => expect(first.leads).toBe(true));
    expect(second.leads).toBe(false);
    await second.take();
    expect(second.leads).toBe(true);
    await vi.waitFor(() => expect(first.leads).toBe(false));
  });

  it("is kept by a page that takes it twice before it has it", async () => {
    open();
    const acting = open();
    await Promise.all([acting.take(), acting.take()]);
    await settle();
    expect(acting.leads).toBe(true);
  });

  it("comes to both of two that take it at once, and stays with the last", async () => {
    const [first, second] = [open(), open()];
    await Promise.all([first.take(), second.take()]);
    await settle();
    expect([first.leads, second.leads].filter(Boolean)).toHaveLength(1);
  });
});
