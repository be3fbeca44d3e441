/**
 * Follows one feed without loss: an entry is applied only when it is the next
 * one, everything else leads to asking again after the last that was applied.
 */

import { applyEntry, type Entry } from "./fold";
import type { WireMeeting } from "./types";

export interface Snapshot {
  epoch: string;
  feed: string;
  seq: number;
  state: WireMeeting;
}

export interface Page {
  epoch: string;
  head: number;
  entries: Entry[];
  more: boolean;
}

/** Where a feed is read; every call may fail and is then tried again later. */
export interface FeedReader {
  readState(feed: string): Promise<Snapshot>;
  readEntries(feed: string, after: number): Promise<Page>;
}

/** A feed that this reader may not, or no longer, follow. */
export class FeedDenied extends Error {}

export class FeedFollower {
  state: WireMeeting | null = null;
  epoch: string | null = null;
  have = 0;
  denied = false;
  /** The highest number heard of; `have` is brought up to it. */
  private known = 0;
  private work: Promise<void> | null = null;
  private stale = false;
  private failed = false;

  constructor(
    readonly feed: string,
    private readonly reader: FeedReader,
    private readonly changed: (entry: Entry | null) => void,
  ) {}

  /** Whether everything that this feed is known to hold has been applied. */
  get current(): boolean {
    return this.state !== null && this.have >= this.known && !this.stale;
  }

  /** Take an entry that was pushed. */
  receive(entry: Entry): void {
    if (entry.seq > this.known) this.known = entry.seq;
    if (this.state === null || this.denied) return;
    if (entry.seq === this.have + 1 && !this.work) this.apply(entry);
    else if (entry.seq > this.have) this.ask();
  }

  /** Take a beacon that says how far the feed has come. */
  hear(epoch: string, head: number): void {
    if (this.epoch !== null && epoch !== this.epoch) this.stale = true;
    else if (head > this.known) this.known = head;
    if (!this.current) this.ask();
  }

  /** Take an answer to joining, or a page of a long poll. */
  take(page: Page): void {
    if (this.state === null || page.epoch !== this.epoch) {
      this.stale = this.state !== null;
      this.ask();
      return;
    }
    this.known = Math.max(this.known, page.head);
    for (const entry of page.entries) {
      if (entry.seq === this.have + 1) this.apply(entry);
    }
    if (page.more || !this.current) this.ask();
  }

  /** Fetch the state afresh at the next occasion (the server said so). */
  resync(): Promise<void> {
    this.stale = true;
    this.known = 0;
    return this.catchUp();
  }

  /** Read until nothing known is missing; concurrent calls share the work. */
  catchUp(): Promise<void> {
    this.work ??= this.read().finally(() => {
      this.work = null;
      // Something may have been pushed while the last answer was on its way.
      if (this.state !== null && this.have < this.known && !this.failed) this.ask();
    });
    return this.work;
  }

  private ask(): void {
    this.catchUp().catch(() => {
      // The connection's owner tries again with the next beacon or reconnect.
    });
  }

  private async read(): Promise<void> {
    this.failed = true;
    try {
      if (this.state === null || this.stale) await this.readState();
      while (this.have < this.known) {
        const page = await this.reader.readEntries(this.feed, this.have);
        if (page.epoch !== this.epoch) {
          await this.readState();
          continue;
        }
        const before = this.have;
        this.known = Math.max(this.known, page.head);
        for (const entry of page.entries) {
          if (entry.seq === this.have + 1) this.apply(entry);
        }
        // A page that brings nothing new must not be asked for in a circle.
        if (this.have === before) return;
      }
      this.failed = false;
    } catch (error) {
      if (error instanceof FeedDenied) this.deny();
      throw error;
    }
  }

  private async readState(): Promise<void> {
    const snapshot = await this.reader.readState(this.feed);
    // What was heard of another epoch says nothing about this one.
    if (this.epoch !== null && this.epoch !== snapshot.epoch) this.known = 0;
    this.state = snapshot.state;
    this.epoch = snapshot.epoch;
    this.have = snapshot.seq;
    this.known = Math.max(this.known, snapshot.seq);
    this.stale = false;
    this.changed(null);
  }

  private apply(entry: Entry): void {
    if (this.state === null) return;
    applyEntry(this.state, entry, this.feed);
    this.have = entry.seq;
    if (entry.seq > this.known) this.known = entry.seq;
    this.changed(entry);
  }

  /** Forget what may no longer be read. */
  deny(): void {
    this.denied = true;
    this.state = null;
    this.changed(null);
  }
}
