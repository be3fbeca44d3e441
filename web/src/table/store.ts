/**
 * What was taken down and not sent yet, on this device and under lock.
 *
 * Entries lie encrypted (AES-GCM) under a key that cannot be read out and is made
 * for them: with the last entry the whole database goes, and the key with it.
 */

export interface CardData {
  card: string;
  table: string;
  name: string;
  interests: string[];
  proposals?: { title: string; pitch: string; hosting: boolean }[];
  contributions?: { text: string; kind: string; thread: string }[];
  reply?: string;
  reply_to?: string;
}

/** An entry as it is handled; `refusal` says why it was not counted. */
export interface CardEntry {
  id: number;
  data: CardData;
  client_id: string;
  client_seq?: number;
  refusal?: string;
}

interface Locked {
  id: number;
  iv: Uint8Array<ArrayBuffer>;
  box: ArrayBuffer;
  client_seq?: number;
  refusal?: string;
}

interface Shift {
  name: "shift";
  key: CryptoKey;
  client_id: string;
  next_seq: number;
}

const NAME = "folkmoot-table";
const AES = { name: "AES-GCM", length: 256 };

export class TableStore {
  private opened: Promise<IDBDatabase> | null = null;
  private shift: Shift | null = null;

  constructor(private readonly newId: () => string) {}

  async add(data: CardData): Promise<void> {
    const shift = await this.begin();
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(data));
    const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, shift.key, plain);
    await this.write((entries) => entries.add({ iv, box }));
  }

  /** Everything that is kept, in the order in which it was taken down. */
  async list(): Promise<CardEntry[]> {
    if (!this.opened && !(await exists())) return [];
    const shift = await this.begin();
    const entries = (await this.db()).transaction("entries").objectStore("entries");
    const locked = await finished<Locked[]>(entries.getAll());
    return Promise.all(locked.map((one) => unlock(one, shift)));
  }

  /** Give an entry its number for sending, once: the same again when sent again. */
  async number(entry: CardEntry, from?: number): Promise<CardEntry> {
    if (entry.client_seq !== undefined && from === undefined) return entry;
    const shift = await this.begin();
    const client_seq = from ?? shift.next_seq;
    shift.next_seq = client_seq + 1;
    await this.put("shift", shift);
    await this.change(entry.id, { client_seq });
    return { ...entry, client_seq };
  }

  /** It was not counted: it stays until somebody has looked at it. */
  async refuse(id: number, refusal: string): Promise<void> {
    await this.change(id, { refusal });
  }

  /** It has to be sent under a new number. */
  async renumber(id: number): Promise<void> {
    await this.change(id, { client_seq: undefined });
  }

  /** Take an entry off; with the last one everything goes. */
  async remove(id: number): Promise<void> {
    await this.write((entries) => entries.delete(id));
    if (!(await this.list()).length) await this.wipe();
  }

  async wipe(): Promise<void> {
    const db = await this.opened;
    this.opened = this.shift = null;
    db?.close();
    await finished(indexedDB.deleteDatabase(NAME));
  }

  private async begin(): Promise<Shift> {
    if (this.shift) return this.shift;
    const store = (await this.db()).transaction("shift").objectStore("shift");
    const kept = await finished<Shift | undefined>(store.get("shift"));
    this.shift = kept ?? {
      name: "shift",
      key: await crypto.subtle.generateKey(AES, false, ["encrypt", "decrypt"]),
      client_id: this.newId(),
      next_seq: 1,
    };
    if (!kept) await this.put("shift", this.shift);
    return this.shift;
  }

  private async change(id: number, fields: Partial<Locked>): Promise<void> {
    const store = (await this.db()).transaction("entries").objectStore("entries");
    const kept = await finished<Locked | undefined>(store.get(id));
    if (kept) await this.put("entries", { ...kept, ...fields });
  }

  private async put(name: string, value: object): Promise<void> {
    const transaction = (await this.db()).transaction(name, "readwrite");
    transaction.objectStore(name).put(value);
    await done(transaction);
  }

  private async write(work: (entries: IDBObjectStore) => unknown): Promise<void> {
    const transaction = (await this.db()).transaction("entries", "readwrite");
    work(transaction.objectStore("entries"));
    await done(transaction);
  }

  private db(): Promise<IDBDatabase> {
    this.opened ??= open();
    return this.opened;
  }
}

async function unlock(one: Locked, shift: Shift): Promise<CardEntry> {
  const how = { name: "AES-GCM", iv: one.iv };
  const plain = await crypto.subtle.decrypt(how, shift.key, one.box);
  const data = JSON.parse(new TextDecoder().decode(plain)) as CardData;
  const { id, client_seq, refusal } = one;
  return { id, data, client_id: shift.client_id, client_seq, refusal };
}

/** Whether there is anything: looking must not make a database. */
async function exists(): Promise<boolean> {
  const all = (await indexedDB.databases?.()) ?? [{ name: NAME }];
  return all.some(({ name }) => name === NAME);
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    const db = request.result;
    db.createObjectStore("shift", { keyPath: "name" });
    db.createObjectStore("entries", { keyPath: "id", autoIncrement: true });
  };
  return finished(request);
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
