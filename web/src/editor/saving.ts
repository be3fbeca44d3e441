/** Edits on their way to the server: one after the other, until it has them. */

import { randomName } from "../offline/outbox-store";
import { Refused, type Act, type Done, type Service } from "./service";

const AGAIN_MS = 3_000;

export interface Told {
  /** What an edit came to, before anybody hears of the next. */
  settle(acts: readonly Act[], done: Done): void;
  /** The server wants none of it. */
  refused(acts: readonly Act[], refused: Refused): void;
  say(words: string): void;
  changed(): void;
}

export class Saving {
  /** Why something is not saved, in words; empty where all is well. */
  problem = "";
  private undoable: string[] = [];
  private redoable: string[] = [];
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private lastOwn = 0;
  /** Whether the edit sent last was done. */
  private lastStands = false;

  constructor(
    private readonly service: Service,
    private readonly told: Told,
  ) {}

  get isBusy(): boolean {
    return this.waiting > 0;
  }

  get mayUndo(): boolean {
    return this.undoable.length > 0;
  }

  get mayRedo(): boolean {
    return this.redoable.length > 0;
  }

  /** Whether one's own edit came back so short a time ago. */
  isOwn(withinMs: number): boolean {
    return Date.now() - this.lastOwn < withinMs;
  }

  /** Send an edit after those before it; `make` sees what those came to. */
  submit(
    make: () => Act[],
    { said = "", way = "do" }: { said?: string; way?: "do" | "undo" | "redo" } = {},
  ): Promise<Done | null> {
    this.waiting += 1;
    const sent = this.last.then(async () => {
      const acts = make();
      this.lastStands = false;
      const done = acts.length ? await this.send(randomName(), acts) : null;
      if (done && (done.cues.length || done.removed.length)) {
        (way === "undo" ? this.redoable : this.undoable).push(done.edit_id);
        if (way === "do") this.redoable = [];
      }
      this.lastStands = done !== null;
      if (done && !done.conflicts.length && said) this.told.say(said);
      return done;
    });
    this.last = sent
      .catch(() => null)
      .finally(() => {
        this.waiting -= 1;
        this.told.changed();
      });
    this.told.changed();
    return sent.catch(() => null);
  }

  undo(): void {
    this.takeBack("undo", "Taken back.", "There is nothing to take back.");
  }

  redo(): void {
    this.takeBack("redo", "Done again.", "There is nothing to do again.");
  }

  /** The last edit of a kind; one that is on its way is waited for, and is the last. */
  private takeBack(way: "undo" | "redo", said: string, none: string): void {
    const waits = this.isBusy;
    if (!waits && !this.editsOf(way).length) return this.told.say(none);
    const make = (): Act[] => {
      // What was refused leaves nothing to take back, and what was before it stays.
      const edit_id = waits && !this.lastStands ? undefined : this.editsOf(way).pop();
      if (edit_id) return [{ do: "undo", edit_id }];
      this.told.say(none);
      return [];
    };
    void this.submit(make, { said, way });
  }

  private editsOf(way: "undo" | "redo"): string[] {
    return way === "undo" ? this.undoable : this.redoable;
  }

  /** Until the server has it; what it refuses is said and rejected. */
  private async send(editId: string, acts: Act[]): Promise<Done> {
    for (;;) {
      try {
        const done = await this.service.edit(editId, acts);
        this.lastOwn = Date.now();
        this.problem = "";
        this.told.settle(acts, done);
        return done;
      } catch (error) {
        if (error instanceof Refused) {
          this.problem = error.message;
          this.told.refused(acts, error);
          throw error;
        }
        this.problem = "Not saved yet: no connection. It is tried again; the words stay here.";
        this.told.changed();
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}
