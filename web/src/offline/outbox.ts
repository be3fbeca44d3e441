/**
 * Sends commands in order, each once, and keeps them on this device until their
 * own entries came back. The server's rule (contract: commands) makes a command
 * that is sent again with its number act once.
 */

import { jitteredDelay } from "./backoff";
import { openLeadership, type Leadership } from "./leadership";
import {
  isUnsent,
  NotKept,
  type OutboxFile,
  type OutboxItem,
  type OutboxStore,
} from "./outbox-store";
import type { Answer, OutgoingCommand } from "../feed/protocol";
import type { Commands } from "../feed/types";

export interface OutboxOptions {
  queue: string;
  store: OutboxStore;
  send(command: OutgoingCommand): Promise<Answer>;
  /** Whether the entry of an accepted command has been applied here. */
  covered(answer: Answer): boolean;
  changed(): void;
  /** Whether there is a way to the server; what waits has no number until then. */
  reachable?(): boolean;
  /**
   * Send a file ahead; `progress` keeps how far it came. Rejects where the line
   * broke, answers a refusal where the server won't have it.
   */
  upload?(
    file: OutboxFile,
    progress: (sent: number) => Promise<void>,
  ): Promise<Uploaded>;
  lead?: (changed: () => void) => Leadership;
  now?: () => number;
  channel?: Pick<BroadcastChannel, "postMessage" | "close"> & {
    onmessage: ((event: MessageEvent) => void) | null;
  };
}

export type Uploaded =
  | { attachment_id: string }
  | { code: string; message: string; retry_after?: number };

export type Outcome = { ok: true; answer: Answer } | { ok: false; item: OutboxItem };

/** The refusal of what its sender took back before it left. */
export const DISCARDED = "discarded";

/** How an item ended, as the page that learns it tells itself and the others. */
interface Ending {
  key: number;
  answer?: Answer;
  refusal?: NonNullable<OutboxItem["refusal"]>;
}

/** How long the page that sent an item has to tell how it ended, in ms. */
const TELL_MS = 1_000;

export class Outbox {
  items: readonly OutboxItem[] = [];
  private readonly waiting = new Map<number, (ending: Ending) => void>();
  private readonly leadership: Leadership;
  private readonly channel: OutboxOptions["channel"];
  private readonly now: () => number;
  private draining: Promise<void> | null = null;
  private again = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(private readonly options: OutboxOptions) {
    this.now = options.now ?? Date.now;
    const name = `folkmoot-outbox:${options.queue}`;
    this.channel =
      options.channel ??
      (typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(name));
    if (this.channel) this.channel.onmessage = ({ data }) => void this.heard(data);
    const lead = options.lead ?? ((f) => openLeadership(name, options.store, f));
    this.leadership = lead(() => void this.drain());
  }

  /** Read what an earlier visit left behind and go on with it. */
  async open(): Promise<void> {
    await this.reload();
    void this.drain();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.leadership.close();
    this.channel?.close();
  }

  /** Keep a command and send it; resolves once it is kept, `outcome` later. */
  async add<T extends keyof Commands>(
    type: T,
    data: Commands[T],
    expect?: number,
    files: OutboxFile[] = [],
  ): Promise<{ key: number; outcome: Promise<Outcome> }> {
    const item = await this.keep({
      queue: this.options.queue,
      type,
      data: data as Record<string, unknown>,
      ...(expect === undefined ? {} : { expect }),
      ...(files.length ? { files } : {}),
      state: "waiting",
      created_at: this.now(),
    });
    const outcome = new Promise<Outcome>((resolve) =>
      this.waiting.set(item.key, (ending) => resolve(outcomeOf(item, ending))),
    );
    void this.leadership.take().then(() => this.drain());
    await this.changed();
    return { key: item.key, outcome };
  }

  private async keep(item: Omit<OutboxItem, "key">): Promise<OutboxItem> {
    try {
      return await this.options.store.add(item);
    } catch (error) {
      throw new NotKept(error);
    }
  }

  /**
   * Change the words of what has not left yet; false where it has: then the words
   * may already stand in the journal, and are changed there.
   */
  async edit(key: number, data: Record<string, unknown>): Promise<boolean> {
    let done = false;
    await this.options.store.change(key, (item) => {
      done = item.state === "waiting" && item.client_seq === undefined;
      return done ? { ...item, data: { ...item.data, ...data } } : item;
    });
    await this.changed();
    return done;
  }

  /** Send a refused item again, perhaps with other words. */
  async retry(key: number, data?: Record<string, unknown>): Promise<void> {
    await this.options.store.change(key, (item) =>
      item.state === "refused" ? freshItem(item, data) : item,
    );
    await this.changed();
    await this.leadership.take();
    void this.drain();
  }

  /** Drop an item that was refused or has not been sent yet; false where it has. */
  async discard(key: number): Promise<boolean> {
    // What is on its way may already stand in the journal.
    let done = false;
    await this.options.store.change(key, (item) => {
      done = item.state === "refused" || item.state === "waiting";
      return done ? null : item;
    });
    const message = "This was taken back before it was sent.";
    if (done) this.tellAll({ key, refusal: { code: DISCARDED, message } });
    await this.changed();
    return done;
  }

  /** Remove what has come back as an entry. */
  async settle(): Promise<void> {
    const back = this.items.filter(
      (item) => item.state === "accepted" && this.options.covered(item.answer!),
    );
    for (const item of back) await this.options.store.change(item.key, () => null);
    if (back.length) await this.changed();
  }

  /** The way to the server may be open again. */
  wake(): void {
    this.failures = 0;
    void this.drain();
  }

  /** Send what waits, one after the other. */
  drain(): Promise<void> {
    clearTimeout(this.timer);
    if (this.draining) {
      this.again = true;
      return this.draining;
    }
    this.draining = this.sendAll().finally(() => {
      this.draining = null;
      if (this.again && !this.closed) {
        this.again = false;
        void this.drain();
      }
    });
    return this.draining;
  }

  private async sendAll(): Promise<void> {
    while (this.leadership.leads && !this.closed) {
      await this.reload();
      const next = this.items.find(isUnsent);
      if (!next) return;
      if (this.options.reachable?.() === false) return;
      const waitMs = (next.retry_at ?? 0) - this.now();
      if (waitMs > 0) return this.later(waitMs);
      if (!(await this.sendFiles(next)) || !(await this.sendOne(next.key))) {
        this.failures += 1;
        return this.later(jitteredDelay(this.failures));
      }
    }
  }

  /** Send an item's files ahead, each going on where it was; false if one broke off. */
  private async sendFiles(item: OutboxItem): Promise<boolean> {
    for (const file of item.files ?? []) {
      if (file.attachment_id || item.client_seq !== undefined) continue;
      const note = async (change: Partial<OutboxFile>): Promise<void> => {
        await this.options.store.change(item.key, (old) => ({
          ...old,
          files: old.files?.map((one) =>
            one.upload_id === file.upload_id ? { ...one, ...change } : one,
          ),
        }));
        await this.changed();
      };
      let answer: Uploaded;
      try {
        answer = await this.options.upload!(file, (sent) => note({ sent }));
      } catch {
        return false;
      }
      if ("attachment_id" in answer) {
        await note({ attachment_id: answer.attachment_id });
        continue;
      }
      await this.takeRefusal(item.key, answer);
      // Known, if not as one had wished: what comes after it may go.
      return true;
    }
    return true;
  }

  /** Send one item; false if it is not known whether it arrived. */
  private async sendOne(key: number): Promise<boolean> {
    const kept = this.items.find((one) => one.key === key);
    if (!kept || kept.state === "refused" || (kept.retry_at ?? 0) > this.now()) return true;
    const item = await this.options.store.number(key);
    if (!item) return true;
    let answer: Answer;
    try {
      answer = await this.options.send(commandOf(item));
    } catch {
      return false;
    }
    return this.takeAnswer(item, answer);
  }

  private async takeAnswer(item: OutboxItem, answer: Answer): Promise<boolean> {
    if (answer.resend_from !== undefined) {
      if (answer.resend_from === item.client_seq) return false;
      // Everything before this item is answered, so the number was never used.
      await this.options.store.number(item.key, answer.resend_from);
      return true;
    }
    this.failures = 0;
    if (answer.ok) {
      await this.update(item.key, { state: "accepted", answer });
      await this.settle();
    } else await this.takeRefusal(item.key, answer);
    return true;
  }

  private async takeRefusal(
    key: number,
    refusal: Pick<Answer, "code" | "message" | "retry_after">,
  ): Promise<void> {
    const { code = "refused", message = "This was refused." } = refusal;
    if (refusal.retry_after === undefined) {
      await this.update(key, { state: "refused", refusal: { code, message } });
      return;
    }
    const retryAt = this.now() + refusal.retry_after * 1_000;
    await this.update(key, { state: "waiting", retry_at: retryAt });
  }

  private async update(key: number, change: Partial<OutboxItem>): Promise<void> {
    await this.options.store.change(key, (old) => ({ ...old, ...change }));
    // Also of an item that is no longer there: another page may have been quicker.
    const { state, answer, refusal } = change;
    if (state === "accepted") this.tellAll({ key, answer });
    else if (state === "refused") this.tellAll({ key, refusal });
    await this.changed();
  }

  /** Tell how an item ended before it can go from the store: here, and elsewhere. */
  private tellAll(ending: Ending): void {
    this.tell(ending);
    this.channel?.postMessage(ending);
  }

  private tell(ending: Ending): void {
    const waiting = this.waiting.get(ending.key);
    this.waiting.delete(ending.key);
    waiting?.(ending);
  }

  private async changed(): Promise<void> {
    await this.reload();
    this.channel?.postMessage("changed");
  }

  /** Another page of this browser has written to the outbox, or tells an ending. */
  private async heard(message: "changed" | Ending): Promise<void> {
    if (typeof message === "object") return this.tell(message);
    await this.reload();
    if (this.leadership.leads && this.items.some(isUnsent)) void this.drain();
  }

  private async reload(): Promise<void> {
    if (this.closed) return;
    // Kept before the store is asked: what it doesn't list of these has gone.
    const awaited = [...this.waiting.keys()];
    this.items = await this.options.store.list(this.options.queue);
    for (const { key, state, answer, refusal } of this.items) {
      if (state === "accepted" || state === "refused") this.tell({ key, answer, refusal });
    }
    const kept = new Set(this.items.map(({ key }) => key));
    for (const key of awaited) if (!kept.has(key)) this.miss(key);
    this.options.changed();
  }

  /**
   * An item that somebody waits for has gone: only what was accepted goes unsaid. The
   * page that sent it may be about to tell more, unless it was closed meanwhile.
   */
  private miss(key: number): void {
    setTimeout(() => this.tell({ key, answer: { ok: true } }), TELL_MS);
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.drain(), Math.max(ms, 50));
  }
}

function outcomeOf(item: OutboxItem, { answer, refusal }: Ending): Outcome {
  if (refusal) return { ok: false, item: { ...item, state: "refused", refusal } };
  return { ok: true, answer: answer ?? { ok: true } };
}

function commandOf(item: OutboxItem): OutgoingCommand {
  const { client_id = "", client_seq = 0, type, expect } = item;
  const data = item.files?.length ? withSentAhead(item) : item.data;
  return expect === undefined
    ? { client_id, client_seq, type, data }
    : { client_id, client_seq, type, data, expect };
}

function withSentAhead(item: OutboxItem): object {
  const before = (item.data["attachments"] ?? []) as object[];
  const sent = item.files!.map(({ attachment_id, alt, text }) => ({
    attachment_id,
    ...(alt ? { alt } : {}),
    ...(text ? { text } : {}),
  }));
  return { ...item.data, attachments: [...before, ...sent] };
}

/** A refused item as a new one: the refusal has used its number up. */
function freshItem(item: OutboxItem, data?: Record<string, unknown>): OutboxItem {
  const { key, queue, type, created_at, files } = item;
  // The version that was seen is outdated by now; the person has looked again.
  const fresh = { key, queue, type, created_at, data: data ?? item.data };
  return { ...fresh, ...(files ? { files } : {}), state: "waiting" };
}
