/** Captions that were typed and that no server has taken yet: kept in order, sent again. */

import { randomName } from "../offline/outbox-store";

export interface TypedLine {
  /** The same at every try, so that the server knows the line again. */
  id: string;
  text: string;
  begunMs: number;
  endedMs: number;
  /** Why the server would not take it; empty while it is on its way. */
  why: string;
}

export type Outcome = { kind: "taken" } | { kind: "unreachable" } | { kind: "refused"; why: string };

export class TypedLines {
  private lines: TypedLine[] = [];
  private sending = false;

  constructor(
    private readonly give: (fields: Record<string, string>) => Promise<Outcome>,
    private readonly now: () => number = Date.now,
  ) {}

  /** What stands on the page alone, the oldest first. */
  get waiting(): readonly TypedLine[] {
    return this.lines;
  }

  /** A line is whole: it goes to the server, after those before it. */
  end(id: string, text: string, begunMs: number): Promise<void> {
    this.lines.push({ id, text, begunMs, endedMs: this.now(), why: "" });
    return this.send();
  }

  /** Send what waits; what was refused waits for its typist. */
  async send(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (;;) {
        const line = this.lines.find(({ why }) => !why);
        if (!line) return;
        const outcome = await this.give(this.fieldsOf(line));
        if (outcome.kind === "unreachable") return;
        if (outcome.kind === "refused") line.why = outcome.why;
        else this.drop(line.id);
      }
    } finally {
      this.sending = false;
    }
  }

  sendAgain(id: string): Promise<void> {
    const line = this.lines.find((each) => each.id === id);
    if (line) line.why = "";
    return this.send();
  }

  drop(id: string): void {
    this.lines = this.lines.filter((each) => each.id !== id);
  }

  private fieldsOf({ id, text, begunMs, endedMs }: TypedLine): Record<string, string> {
    const ago = (ms: number): string => ((this.now() - ms) / 1_000).toFixed(1);
    return { text, line_id: id, begun_ago: ago(begunMs), ended_ago: ago(endedMs) };
  }
}

/** An id as the server takes it for a line. */
export function newLineId(): string {
  return `q_${randomName(16)}`;
}
