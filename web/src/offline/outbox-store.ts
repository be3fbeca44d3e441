/** Where commands wait on this device until their own entries came back. */

import type { Answer } from "../feed/protocol";

/**
 * waiting: on this device; sent: on its way, the number is used;
 * accepted: in the journal, its entry not yet seen here; refused: not allowed.
 */
export type ItemState = "waiting" | "sent" | "accepted" | "refused";

/** Something that is sent ahead of a command, from the bytes kept here. */
export interface OutboxFile {
  upload_id: string;
  kind: "image" | "voice";
  blob: Blob;
  alt?: string;
  text?: string;
  /** How it sounds, to be shown while it is on this device. */
  seconds?: number;
  peaks?: number[];
  /** Bytes that the server has, as far as is known here. */
  sent?: number;
  /** What it is called there, once it is whole. */
  attachment_id?: string;
}

export interface OutboxItem {
  key: number;
  /** Meeting and member that it belongs to. */
  queue: string;
  type: string;
  data: Record<string, unknown>;
  expect?: number;
  state: ItemState;
  created_at: number;
  client_id?: string;
  client_seq?: number;
  answer?: Answer;
  refusal?: { code: string; message: string };
  /** When sending may be tried again, in ms since 1970. */
  retry_at?: number;
  files?: OutboxFile[];
}

interface Client {
  queue: string;
  client_id: string;
  next_seq: number;
}

interface Lease {
  name: string;
  holder: string;
  until: number;
}

export interface OutboxStore {
  /** Whether what is kept outlives the page. */
  readonly lasting: boolean;
  add(item: Omit<OutboxItem, "key">): Promise<OutboxItem>;
  list(queue: string): Promise<OutboxItem[]>;
  /** Change or, by `null`, remove an item; undefined if there is none. */
  change(
    key: number,
    edit: (item: OutboxItem) => OutboxItem | null,
  ): Promise<OutboxItem | undefined>;
  /**
   * Give an item the next number, once, and note that it leaves; `from` starts
   * the numbers anew there. In one step: what is sent has been kept before.
   */
  number(key: number, from?: number): Promise<OutboxItem | undefined>;
  /** Hold a name until a moment; false while another holds it, unless `force`. */
  claim(
    name: string,
    holder: string,
    now: number,
    until: number,
    force: boolean,
  ): Promise<boolean>;
}

/** Whether it has yet to be answered. */
export function isUnsent(item: OutboxItem): boolean {
  return item.state === "waiting" || item.state === "sent";
}

/** A random name without look-alikes, also where there is no secure context. */
export function randomName(length = 16): string {
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet[byte % 32]).join("");
}

function numbered(
  item: OutboxItem,
  client: Client | undefined,
  from: number | undefined,
): [OutboxItem, Client] {
  const mine = client ?? { queue: item.queue, client_id: randomName(), next_seq: 1 };
  const leaving: OutboxItem = { ...item, state: "sent", retry_at: undefined };
  if (item.client_seq !== undefined && from === undefined) return [leaving, mine];
  const seq = from ?? mine.next_seq;
  return [
    { ...leaving, client_id: mine.client_id, client_seq: seq },
    { ...mine, next_seq: seq + 1 },
  ];
}

function mayClaim(
  lease: Lease | undefined,
  holder: string,
  now: number,
  force: boolean,
): boolean {
  return force || !lease || lease.holder === holder || lease.until <= now;
}

/** Survives reloads and crashes. */
export class IndexedOutboxStore implements OutboxStore {
  readonly lasting = true;

  private constructor(private readonly db: IDBDatabase) {}

  static async open(name = "folkmoot"): Promise<IndexedOutboxStore> {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      const options = { keyPath: "key", autoIncrement: true };
      db.createObjectStore("items", options).createIndex("queue", "queue");
      db.createObjectStore("clients", { keyPath: "queue" });
      db.createObjectStore("leases", { keyPath: "name" });
    };
    const db = await finished(request);
    // Whoever signs out in another page may delete it all.
    db.onversionchange = () => db.close();
    return new IndexedOutboxStore(db);
  }

  async add(item: Omit<OutboxItem, "key">): Promise<OutboxItem> {
    return this.write(["items"], async (store) => {
      const key = (await finished(store("items").add(item))) as number;
      return { ...item, key };
    });
  }

  async list(queue: string): Promise<OutboxItem[]> {
    const store = this.db.transaction("items").objectStore("items");
    return finished(store.index("queue").getAll(queue));
  }

  async change(
    key: number,
    edit: (item: OutboxItem) => OutboxItem | null,
  ): Promise<OutboxItem | undefined> {
    return this.write(["items"], async (store) => {
      const item = (await finished(store("items").get(key))) as OutboxItem | undefined;
      if (!item) return undefined;
      const edited = edit(item);
      if (edited) await finished(store("items").put(edited));
      else await finished(store("items").delete(key));
      return edited ?? undefined;
    });
  }

  async number(key: number, from?: number): Promise<OutboxItem | undefined> {
    return this.write(["items", "clients"], async (store) => {
      const item = (await finished(store("items").get(key))) as OutboxItem | undefined;
      if (!item || !isUnsent(item)) return undefined;
      const known = (await finished(store("clients").get(item.queue))) as
        | Client
        | undefined;
      const [edited, client] = numbered(item, known, from);
      await finished(store("items").put(edited));
      await finished(store("clients").put(client));
      return edited;
    });
  }

  async claim(
    name: string,
    holder: string,
    now: number,
    until: number,
    force: boolean,
  ): Promise<boolean> {
    return this.write(["leases"], async (store) => {
      const lease = (await finished(store("leases").get(name))) as Lease | undefined;
      if (!mayClaim(lease, holder, now, force)) return false;
      await finished(store("leases").put({ name, holder, until }));
      return true;
    });
  }

  /** Run `work` in one transaction and wait until it has been written. */
  private async write<T>(
    names: string[],
    work: (store: (name: string) => IDBObjectStore) => Promise<T>,
  ): Promise<T> {
    // A crash of the browser loses nothing; waiting for the disk as well, three
    // times for each post, would cost more time than the way to the server.
    const transaction = this.db.transaction(names, "readwrite", {
      durability: "relaxed",
    });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work((name) => transaction.objectStore(name));
    await done;
    return result;
  }
}

/** For browsers that keep nothing: lasts as long as the page. */
export class MemoryOutboxStore implements OutboxStore {
  readonly lasting = false;
  private readonly items = new Map<number, OutboxItem>();
  private readonly clients = new Map<string, Client>();
  private readonly leases = new Map<string, Lease>();
  private lastKey = 0;

  async add(item: Omit<OutboxItem, "key">): Promise<OutboxItem> {
    this.lastKey += 1;
    const kept = { ...item, key: this.lastKey };
    this.items.set(kept.key, kept);
    return kept;
  }

  async list(queue: string): Promise<OutboxItem[]> {
    return [...this.items.values()].filter((item) => item.queue === queue);
  }

  async change(
    key: number,
    edit: (item: OutboxItem) => OutboxItem | null,
  ): Promise<OutboxItem | undefined> {
    const item = this.items.get(key);
    if (!item) return undefined;
    const edited = edit(item);
    if (edited) this.items.set(key, edited);
    else this.items.delete(key);
    return edited ?? undefined;
  }

  async number(key: number, from?: number): Promise<OutboxItem | undefined> {
    const item = this.items.get(key);
    if (!item || !isUnsent(item)) return undefined;
    const [edited, client] = numbered(item, this.clients.get(item.queue), from);
    this.items.set(key, edited);
    this.clients.set(item.queue, client);
    return edited;
  }

  async claim(
    name: string,
    holder: string,
    now: number,
    until: number,
    force: boolean,
  ): Promise<boolean> {
    if (!mayClaim(this.leases.get(name), holder, now, force)) return false;
    this.leases.set(name, { name, holder, until });
    return true;
  }
}

/** Nothing more fits on this device, or its browser keeps nothing. */
export class NotKept extends Error {
  constructor(cause: unknown) {
    super("This device has no room left to keep this. It was not sent.", { cause });
  }
}

/** Forget everything that anybody has left on this device. */
export async function wipeOutbox(name = "folkmoot"): Promise<void> {
  const request = indexedDB.deleteDatabase(name);
  await new Promise<void>((resolve) => {
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
}

/** The store that this browser allows. */
export async function openOutboxStore(): Promise<OutboxStore> {
  try {
    return await IndexedOutboxStore.open();
  } catch {
    return new MemoryOutboxStore();
  }
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
