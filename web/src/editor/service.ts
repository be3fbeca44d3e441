/** The editor's way to the server: lines, edits, and what others do. */

import { pageData } from "../frame/page";
import { readCue, type Cue, type WireCue } from "./sheet";

export type Act = { do: string } & Record<string, unknown>;

export interface Person {
  client_id: string;
  name: string;
  cue_id: string | null;
  writes: boolean;
}

export interface PastEdit {
  number: number;
  edit_id: string;
  cue_id: string;
  what: string;
  at: string;
  name: string;
  before: Cue | null;
  after: Cue | null;
}

export interface Done {
  edit_id: string;
  cues: Cue[];
  removed: string[];
  conflicts: { act: Act; cue_id: string; now: Cue | null }[];
}

export interface News {
  number: number;
  more: boolean;
  cues: Cue[];
  removed: string[];
  edits: PastEdit[];
  people: Person[];
  last_end: string | null;
}

/** The server said no, and why. */
export class Refused extends Error {
  constructor(
    message: string,
    /** The answer's code in HTTP. */
    readonly status = 422,
  ) {
    super(message);
  }
}

export class Service {
  constructor(private readonly source: string) {}

  async read(from?: string, to?: string): Promise<{ number: number; cues: Cue[] }> {
    const query = new URLSearchParams();
    if (from) query.set("from", from);
    if (to) query.set("to", to);
    const answer = (await this.ask(`cues?${query}`)) as { number: number; cues: WireCue[] };
    return { number: answer.number, cues: answer.cues.map(readCue) };
  }

  async edit(edit_id: string, acts: readonly Act[]): Promise<Done> {
    const done = (await this.ask("edits", { edit_id, acts })) as Done;
    return {
      ...done,
      cues: done.cues.map(readCue),
      conflicts: done.conflicts.map((one) => ({ ...one, now: one.now && readCue(one.now) })),
    };
  }

  async look(body: {
    client_id: string;
    after: number;
    cue_id: string | null;
    writes: boolean;
  }): Promise<News> {
    const news = (await this.ask("look", body)) as News;
    return { ...news, cues: news.cues.map(readCue) };
  }

  async history(cueId: string): Promise<PastEdit[]> {
    const { edits } = (await this.ask(`cues/${cueId}/history`)) as { edits: PastEdit[] };
    return edits;
  }

  private async ask(path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.source}/${path}`, {
      method: body ? "POST" : "GET",
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        "X-Folkmoot-Csrf": pageData()?.csrf ?? "",
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(15_000),
    });
    if (response.ok) return response.json();
    if (response.status >= 500 || response.status === 429) {
      throw new Error(`${response.status} for ${path}`);
    }
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    throw new Refused(problem.detail ?? "The server refused this.", response.status);
  }
}
