/** One sender per browser: by Web Locks, or by a lease where there are none. */

import { randomName, type OutboxStore } from "./outbox-store";

export interface Leadership {
  readonly leads: boolean;
  /** Lead from now on, also against a page that sleeps in the background. */
  take(): Promise<void>;
  close(): void;
}

const LEASE_MS = 6_000;
const RENEW_MS = 2_000;

export function openLeadership(
  name: string,
  store: OutboxStore,
  changed: () => void,
): Leadership {
  // Web Locks exist only in a secure context; plain HTTP in a hall has none.
  return navigator.locks
    ? new LockLeadership(name, changed)
    : new LeaseLeadership(name, store, changed);
}

class LockLeadership implements Leadership {
  leads = false;
  private release: (() => void) | undefined;
  private queued: AbortController | undefined;
  private taking: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly name: string,
    private readonly changed: () => void,
  ) {
    this.queue();
  }

  take(): Promise<void> {
    if (this.leads || this.closed) return Promise.resolve();
    // Asked twice it would take the lock from itself, and believe that it had lost it.
    this.taking ??= this.steal().finally(() => (this.taking = undefined));
    return this.taking;
  }

  close(): void {
    this.closed = true;
    this.leads = false;
    this.queued?.abort();
    this.release?.();
  }

  private steal(): Promise<void> {
    this.queued?.abort();
    return new Promise((resolve) => void this.request({ steal: true }, resolve));
  }

  private queue(): void {
    this.queued = new AbortController();
    void this.request({ signal: this.queued.signal });
  }

  private async request(options: LockOptions, got?: () => void): Promise<void> {
    try {
      await navigator.locks.request(this.name, options, () => {
        if (this.closed) return undefined;
        this.leads = true;
        got?.();
        this.changed();
        return new Promise<void>((resolve) => (this.release = resolve));
      });
    } catch {
      // We took it by force ourselves, or another page in which somebody acts.
      if (options.signal?.aborted) return;
      this.leads = false;
      got?.();
      if (!this.closed) this.queue();
    }
  }
}

export class LeaseLeadership implements Leadership {
  leads = false;
  private readonly holder = randomName();
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly name: string,
    private readonly store: OutboxStore,
    private readonly changed: () => void,
    private readonly now: () => number = Date.now,
  ) {
    this.timer = setInterval(() => void this.claim(false), RENEW_MS);
    void this.claim(false);
  }

  take(): Promise<void> {
    return this.claim(true);
  }

  close(): void {
    clearInterval(this.timer);
    this.leads = false;
  }

  private async claim(force: boolean): Promise<void> {
    const now = this.now();
    const until = now + LEASE_MS;
    const led = this.leads;
    this.leads = await this.store.claim(this.name, this.holder, now, until, force);
    if (this.leads && !led) this.changed();
  }
}
