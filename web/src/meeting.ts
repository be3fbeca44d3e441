/** The meeting that a page shows, live: its states, what I did, what waits. */

import type { Entry } from "./feed/fold";
import { Outbox, type Outcome } from "./offline/outbox";
import {
  openOutboxStore,
  type OutboxFile,
  type OutboxItem,
  type OutboxStore,
} from "./offline/outbox-store";
import { pageData, type PageData } from "./frame/page";
import { Connection, type Answer, type Health } from "./feed/protocol";
import type { Commands, WireMeeting } from "./feed/types";
import { nextSightAt } from "./views/timetable";
import { sendAhead } from "./offline/uploads";
import { Votes } from "./talk/votes";

type Listener = (feed: string, entry: Entry | null) => void;

export class LiveMeeting {
  readonly votes = new Votes();
  readonly connection: Connection;
  outbox: Outbox | null = null;
  private opening: Promise<void> = Promise.resolve();
  private store: OutboxStore | null = null;
  presence: Record<string, unknown> = {};
  /** When everything known had last been applied. */
  freshAt: Date | null = null;
  private shown = false;
  private sightTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<Listener>();
  private readonly captions = new Set<(caption: Record<string, unknown>) => void>();

  constructor(
    readonly page: PageData,
    readonly slug: string,
  ) {
    this.connection = new Connection(slug, page.feeds, page.urls, page.csrf, {
      changed: (feed, entry) => this.changed(feed, entry),
      health: (health) => this.healthChanged(health),
      presence: (counts) => {
        this.presence = counts;
        this.tell("presence", null);
      },
      caption: (caption) => this.captions.forEach((listen) => listen(caption)),
    });
  }

  get state(): WireMeeting | null {
    return this.stateOf("public");
  }

  /** What those alone read who have joined. */
  get shared(): WireMeeting | null {
    return this.stateOf("participants");
  }

  get staff(): WireMeeting | null {
    return this.stateOf("staff");
  }

  /** What only I read: my votes, my waiting contributions. */
  get own(): WireMeeting | null {
    return this.memberId ? this.stateOf(`member:${this.memberId}`) : null;
  }

  get memberId(): string | null {
    return this.page.me?.member_id ?? null;
  }

  get health(): Health {
    return this.connection.health;
  }

  /** Everything of mine that is not yet in the feeds. */
  get pending(): readonly OutboxItem[] {
    return this.outbox?.items ?? [];
  }

  /** The session that should be open, the contribution in focus, and so on. */
  stateOf(feed: string): WireMeeting | null {
    return this.connection.followers.get(feed)?.state ?? null;
  }

  open(): void {
    this.connection.open();
    this.opening = this.openOutbox();
    const resume = (): void => {
      if (document.visibilityState === "visible") void this.connection.resume();
    };
    document.addEventListener("visibilitychange", resume);
    window.addEventListener("pageshow", resume);
    window.addEventListener("online", () => {
      resume();
      this.outbox?.wake();
    });
    window.addEventListener("offline", () => this.tell("health", null));
  }

  /** Be told of what is known and of every change to it; returns how to stop. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    // Scripts come in any order: the state may be there before who wants to hear of it.
    queueMicrotask(() => this.catchUp(listener));
    return () => this.listeners.delete(listener);
  }

  listenToCaptions(listener: (caption: Record<string, unknown>) => void): () => void {
    this.captions.add(listener);
    return () => this.captions.delete(listener);
  }

  /** Send a command through the outbox; the outcome may take until we are online. */
  async submit<T extends keyof Commands>(
    type: T,
    data: Commands[T],
    expect?: number,
    files: OutboxFile[] = [],
  ): Promise<Outcome> {
    return (await this.keep(type, data, expect, files)).outcome;
  }

  /** The same, and resolves as soon as it is kept; rejects with `NotKept`. */
  async keep<T extends keyof Commands>(
    type: T,
    data: Commands[T],
    expect?: number,
    files: OutboxFile[] = [],
  ): Promise<{ key: number; outcome: Promise<Outcome> }> {
    // A slow disk opens it later than a quick hand gives the first command.
    await this.opening.catch(() => undefined); // what fails there is told below, by `add`
    if (!this.outbox) throw new Error("Nobody has joined on this page.");
    return this.outbox.add(type, data, expect, files);
  }

  /** Wait until what a command brought about stands in the states here. */
  whenSeen(answer: Answer): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.covers(answer)) return;
        stop();
        resolve();
      };
      const stop = this.listen(look);
      look();
    });
  }

  /** Whether what waits on this device outlives the page. */
  get lasting(): boolean {
    return this.store?.lasting ?? true;
  }

  /** Whether there is, as far as is known, no way to the server. */
  get cutOff(): boolean {
    return !navigator.onLine || this.health === "offline";
  }

  /** My level for an item: what I have just pressed, else what my feed says. */
  myLevel(kind: "interest" | "support", id: string): number {
    const field = kind === "interest" ? "session_id" : "contribution_id";
    const type = kind === "interest" ? "session.interest" : "contribution.support";
    const pressed = this.pending.findLast(
      (item) =>
        item.type === type && item.data[field] === id && item.state !== "refused",
    );
    if (pressed) return pressed.data["level"] as number;
    const votes = this.own?.[kind === "interest" ? "interest_votes" : "support_votes"];
    return votes?.[id]?.[this.memberId ?? ""] ?? 0;
  }

  private async openOutbox(): Promise<void> {
    if (!this.page.me) return;
    // Organisers without a place in the meeting act under their own name.
    const who = this.memberId ?? "organiser";
    this.store = await openOutboxStore();
    const url = this.page.urls.commands.replace(/commands$/u, "attachments");
    const place = { url, csrf: this.page.csrf };
    this.outbox = new Outbox({
      queue: `${this.slug}|${who}`,
      store: this.store,
      reachable: () => !this.cutOff,
      upload: (file, progress) => sendAhead(file, place, progress),
      send: (command) => this.connection.send(command),
      covered: (answer) => this.covers(answer),
      changed: () => this.tell("outbox", null),
    });
    await this.outbox.open();
  }

  private covers({ feed, seq }: Answer): boolean {
    if (feed === undefined || seq === undefined) return true;
    const follower = this.connection.followers.get(feed);
    // What this page doesn't follow is safe once it is acknowledged.
    if (!follower || follower.denied) return true;
    return follower.state !== null && follower.have >= seq;
  }

  private changed(feed: string, entry: Entry | null): void {
    if (feed === "public") {
      this.leaveIfShut();
      this.awaitSight();
    }
    if (entry?.kind === "TalliesChanged") {
      const { interest, support } = (entry as Entry<"TalliesChanged">).data;
      for (const id of Object.keys({ ...interest, ...support })) this.votes.tallied(id);
    }
    void this.outbox?.settle();
    this.tell(feed, entry);
  }

  /** A meeting that was closed to this reader: the server says what there is now. */
  private leaveIfShut(): void {
    if (this.state) this.shown = true;
    else if (this.shown && this.connection.followers.get("public")?.denied) location.reload();
  }

  /** With a delay a change is seen after it was told: then it is told again. */
  private awaitSight(): void {
    clearTimeout(this.sightTimer);
    const now = Date.now();
    const sights = Object.values(this.state?.rooms ?? {}).map((room) =>
      nextSightAt(room, now),
    );
    const next = Math.min(...sights.filter((at) => at !== null));
    if (!Number.isFinite(next)) return;
    this.sightTimer = setTimeout(() => {
      this.tell("public", null);
      this.awaitSight();
    }, next - now);
  }

  private catchUp(listener: Listener): void {
    if (!this.listeners.has(listener)) return;
    if (this.health !== "connecting") listener("health", null);
    for (const [feed, { state }] of this.connection.followers) {
      if (state) listener(feed, null);
    }
  }

  private healthChanged(health: Health): void {
    if (health === "live" || health === "polling") this.outbox?.wake();
    this.tell("health", null);
  }

  private tell(feed: string, entry: Entry | null): void {
    if (this.health === "live" || this.health === "polling") this.freshAt = new Date();
    for (const listener of this.listeners) listener(feed, entry);
  }
}

let meeting: LiveMeeting | null | undefined;

/** The page's meeting; null on a page that shows none. */
export function liveMeeting(): LiveMeeting | null {
  if (meeting === undefined) {
    const page = pageData();
    const slug = page?.meeting?.slug;
    meeting = page && slug && page.feeds.length ? new LiveMeeting(page, slug) : null;
    meeting?.open();
  }
  return meeting;
}
