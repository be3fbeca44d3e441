/** What was said in a room: the transcript, and live captions as they come. */

import type { LiveMeeting } from "../meeting";

export interface Caption {
  meeting: string;
  room: string;
  cue_id: string;
  at: string;
  end_at: string;
  text: string;
  tentative: string;
  doubtful: number[];
  final: boolean;
  by: "machine" | "person";
}

export interface Line {
  id: string;
  /** Milliseconds since 1970. */
  at: number;
  endAt: number;
  text: string;
  /** May still change; stands behind the text. */
  tentative: string;
  /** Places of words that the model was not sure of. */
  doubtful: readonly number[];
  final: boolean;
  speaker: string | null;
}

interface WireCue {
  cue_id: string;
  at: string;
  end_at: string;
  text: string;
  speaker: string | null;
  doubtful?: number[];
}

interface Changes {
  room_id: string;
  from_at: string;
  to_at: string;
}

/** What changed: these lines, or all of them. */
export type Changed = readonly Line[] | null;

/** So that not all readers ask in the same moment, milliseconds. */
const LEAST_WAIT_MS = 400;
const SPREAD_MS = 1_500;
/** A line that grew and was never finished goes after so long. */
const STALE_MS = 30_000;

export class Said {
  private readonly lines = new Map<string, Line>();
  private readonly listeners = new Set<(changed: Changed) => void>();
  /** Spans of final lines whose entries are still to come. */
  private readonly announced = new Set<string>();
  private reading: Promise<void> | null = null;
  private ordered: Line[] | null = null;

  constructor(
    private readonly meeting: LiveMeeting,
    readonly roomId: string,
  ) {
    meeting.listenToCaptions((caption) => this.hear(caption as unknown as Caption));
    meeting.listen((feed, entry) => {
      if (feed !== "public" || !this.reading) return;
      if (entry === null) void this.readAll();
      else if (entry.kind === "TranscriptChanged") {
        this.learn(entry.data as unknown as Changes);
      }
    });
  }

  /** All lines in the order of time. */
  get all(): readonly Line[] {
    this.ordered ??= [...this.lines.values()].sort((a, b) => a.at - b.at);
    return this.ordered;
  }

  /** Fetch the transcript, once for all who show it; be told of what changes. */
  follow(listener: (changed: Changed) => void): () => void {
    this.listeners.add(listener);
    this.reading ??= this.readAll();
    void this.reading.then(() => this.listeners.has(listener) && listener(null));
    return () => this.listeners.delete(listener);
  }

  hear(caption: Caption): void {
    if (caption.room !== this.roomId || typeof caption.cue_id !== "string") return;
    const known = this.lines.get(caption.cue_id);
    if (known?.final && !caption.final) return;
    const line = fromCaption(caption);
    for (const each of this.lines.values()) {
      const stale = !each.final && line.at - each.at > STALE_MS;
      if (stale && each.id !== line.id) this.drop(each.id);
    }
    this.put(line);
    if (line.final && this.reading) this.announced.add(`${line.at} ${line.endAt}`);
    this.tell([line]);
  }

  /** The line or lines of a moment. */
  around(at: number, lingerMs: number): Line[] {
    return this.all.filter((line) => line.at <= at && at < line.endAt + lingerMs);
  }

  private learn({ room_id, from_at: from, to_at: to }: Changes): void {
    if (room_id !== this.roomId) return;
    // A line that came as a caption is known; its entry comes just before or after.
    const span = `${Date.parse(from)} ${Date.parse(to)}`;
    if (this.announced.delete(span)) return;
    const wait = LEAST_WAIT_MS + Math.random() * SPREAD_MS;
    setTimeout(() => {
      if (!this.announced.delete(span)) void this.readSpan(from, to);
    }, wait);
  }

  private async readAll(): Promise<void> {
    const cues = await this.fetchCues("");
    if (!cues) return;
    for (const line of this.all) if (line.final) this.drop(line.id);
    cues.forEach((cue) => this.put(fromCue(cue)));
    this.tell(null);
  }

  private async readSpan(from: string, to: string): Promise<void> {
    const cues = await this.fetchCues(`?${new URLSearchParams({ from, to })}`);
    if (!cues) return;
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    for (const line of this.all) {
      if (line.final && line.at < toMs && line.endAt > fromMs) this.drop(line.id);
    }
    cues.forEach((cue) => this.put(fromCue(cue)));
    this.tell(null);
  }

  private async fetchCues(query: string): Promise<WireCue[] | null> {
    const room = this.meeting.page.rooms.find(({ room_id }) => room_id === this.roomId);
    if (!room) return null;
    try {
      const response = await fetch(room.transcript_url + query, {
        credentials: "same-origin",
      });
      if (!response.ok) return null;
      return ((await response.json()) as { cues: WireCue[] }).cues;
    } catch {
      return null; // Off line; what is known stays.
    }
  }

  private put(line: Line): void {
    const known = this.lines.get(line.id);
    this.lines.set(line.id, line);
    const last = this.ordered?.at(-1);
    // Mostly it is the last one that grows, or a new one behind it.
    if (!this.ordered) return;
    if (known && last?.id === line.id && known.at === line.at) {
      this.ordered[this.ordered.length - 1] = line;
    } else if (!known && (!last || last.at <= line.at)) this.ordered.push(line);
    else this.ordered = null;
  }

  private drop(id: string): void {
    if (this.lines.delete(id)) this.ordered = null;
  }

  private tell(changed: Changed): void {
    this.listeners.forEach((listener) => listener(changed));
  }
}

const rooms = new WeakMap<LiveMeeting, Map<string, Said>>();

/** What was said in a room; one for all who show it. */
export function saidIn(meeting: LiveMeeting, roomId: string): Said {
  let known = rooms.get(meeting);
  if (!known) rooms.set(meeting, (known = new Map()));
  let said = known.get(roomId);
  if (!said) known.set(roomId, (said = new Said(meeting, roomId)));
  return said;
}

function fromCaption(caption: Caption): Line {
  return {
    id: caption.cue_id,
    at: Date.parse(caption.at),
    endAt: Date.parse(caption.end_at),
    text: caption.text,
    tentative: caption.tentative,
    doubtful: caption.doubtful,
    final: caption.final,
    speaker: null,
  };
}

function fromCue(cue: WireCue): Line {
  return {
    id: cue.cue_id,
    at: Date.parse(cue.at),
    endAt: Date.parse(cue.end_at),
    text: cue.text,
    tentative: "",
    doubtful: cue.doubtful ?? [],
    final: true,
    speaker: cue.speaker,
  };
}

/** A line's words, with those that the model was not sure of apart. */
export function wordsOf(line: Line): { text: string; doubtful: boolean }[] {
  if (!line.text) return [];
  if (!line.doubtful.length) return [{ text: line.text, doubtful: false }];
  const doubtful = new Set(line.doubtful);
  return line.text
    .split(/\s+/)
    .map((text, place) => ({ text, doubtful: doubtful.has(place) }));
}
