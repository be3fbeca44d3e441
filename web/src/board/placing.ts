/**
 * Placing a session: it is taken up, aimed at a place, and put there or let go.
 * Mouse, finger, keyboard and buttons all go through here.
 */

import type { LiveMeeting } from "../meeting";
import type { Moments } from "../wording/moments";
import { describePlace, moveSession, placeOf, type Place } from "./moves";
import type { WireMeeting, WireSession } from "../feed/types";
import type { TimetableView } from "../views/timetable";
import { sayCost, weighCells, type Cost, type Told } from "./costs";
import { walk, type Spot } from "./walk";

/** Dragged while a button or finger is down; else chosen with keys, taps, clicks. */
export type Way = "drag" | "choose";

export interface Held {
  /** The session as it stood when it was taken up: that is what was seen. */
  seen: WireSession;
  way: Way;
  /** Where it would go now; undefined is nowhere. */
  aim: Place | undefined;
  costs: Cost[][];
  told: Told | null;
}

export interface PlacingHost {
  requestUpdate(): void;
  /** The timetable as it is shown. */
  view(): { table: TimetableView; state: WireMeeting };
}

export class Placing {
  held: Held | null = null;
  /** What is read out. */
  words = "";

  constructor(
    private readonly host: PlacingHost,
    private readonly meeting: LiveMeeting,
    private readonly moments: Moments,
    private readonly ask: (session: WireSession) => Promise<Told | null>,
  ) {}

  /** Take a session up; false if it is gone. */
  pickUp(id: string, way: Way): boolean {
    const session = this.meeting.state?.sessions[id];
    if (!session) return false;
    const held: Held = {
      seen: { ...session },
      way,
      aim: undefined,
      costs: [],
      told: null,
    };
    this.held = held;
    this.weigh();
    if (way === "choose") {
      held.aim = placeOf(session) ?? this.firstFree();
      this.words = this.sayAim();
    }
    void this.ask(session).then((told) => {
      if (this.held !== held || !told) return;
      held.told = told;
      this.weigh();
      if (way === "choose") this.words = this.sayAim();
      this.host.requestUpdate();
    });
    this.host.requestUpdate();
    return true;
  }

  /** Weigh all cells anew: the timetable has changed under the held session. */
  weigh(): void {
    const held = this.held;
    if (!held) return;
    const { table, state } = this.host.view();
    const now = state.sessions[held.seen.session_id];
    if (!now) {
      this.letGo("The session is gone: somebody withdrew it.");
      return;
    }
    held.costs = weighCells(now, table, state, held.told);
  }

  /** Whether somebody else has moved or changed what is held. */
  get overtaken(): WireSession | null {
    const held = this.held;
    if (!held) return null;
    const now = this.meeting.state?.sessions[held.seen.session_id];
    return now && now.version !== held.seen.version ? now : null;
  }

  /** Aim at a place, null for the proposals, undefined for nowhere. */
  aim(place: Place | undefined): void {
    if (!this.held || isSame(this.held.aim, place)) return;
    this.held.aim = place;
    this.words = this.sayAim();
    this.host.requestUpdate();
  }

  /** Aim one cell on, as an arrow key says; whether the key leads anywhere. */
  step(key: string): boolean {
    const held = this.held;
    if (!held || !held.costs.length) return false;
    const grid = {
      rows: held.costs.length,
      columns: held.costs[0]!.length,
      shelf: held.seen.slot_id !== null,
    };
    const to = walk(key, this.spot(), grid);
    if (!to) return false;
    const cost = held.costs[to.row]?.[to.column];
    this.aim(cost ? placeOfCost(cost) : null);
    return true;
  }

  /** Put it where it is aimed at, unless that is taken. */
  put(place: Place | undefined = this.held?.aim): boolean {
    const held = this.held;
    if (!held || place === undefined) return false;
    const cost = this.costAt(place);
    if (cost?.level === "taken" || cost?.level === "no") {
      this.words = `${this.sayAim()} Choose another place.`;
      this.host.requestUpdate();
      return false;
    }
    if (isSame(placeOf(held.seen), place)) {
      this.letGo();
      return true;
    }
    this.end(`Put in ${this.name(place)}.`);
    void moveSession(this.meeting, this.moments, held.seen, place);
    return true;
  }

  /** Leave the session where it was. */
  letGo(words?: string): void {
    const held = this.held;
    if (!held) return;
    this.end(words ?? `Left in ${this.name(placeOf(held.seen))}.`);
  }

  costAt(place: Place): Cost | null {
    if (!place) return null;
    for (const row of this.held?.costs ?? []) {
      for (const cost of row) if (isSame(placeOfCost(cost), place)) return cost;
    }
    return null;
  }

  /** Where it would go, with what that costs. */
  sayAim(): string {
    const aim = this.held?.aim;
    if (aim === undefined) return "";
    if (aim === null) return "Back among the proposals.";
    const cost = this.costAt(aim);
    return cost ? sayCost(cost, this.moments, this.host.view().table.severalDays) : "";
  }

  private end(words: string): void {
    this.held = null;
    this.words = words;
    this.host.requestUpdate();
  }

  private name(place: Place): string {
    return describePlace(place, this.host.view().state, this.moments);
  }

  private spot(): Spot {
    const { costs, aim } = this.held!;
    const at = aim ?? null;
    for (const [row, cells] of costs.entries()) {
      const column = cells.findIndex((cost) => isSame(placeOfCost(cost), at));
      if (column >= 0) return { row, column };
    }
    return { row: aim === null ? costs.length : 0, column: 0 };
  }

  /** The first place ahead that costs nothing, else the first that is free. */
  private firstFree(): Place | undefined {
    const cells = this.held!.costs.flat();
    const free =
      cells.find((cost) => cost.level === "good") ??
      cells.find((cost) => cost.level === "fair") ??
      cells.find((cost) => cost.taken === null) ??
      cells[0];
    return free ? placeOfCost(free) : undefined;
  }
}

function placeOfCost({ room, slot }: Cost): Place {
  return { room_id: room.room_id, slot_id: slot.slot_id };
}

export function isSame(a: Place | undefined, b: Place | undefined): boolean {
  if (!a || !b) return a === b;
  return a.room_id === b.room_id && a.slot_id === b.slot_id;
}
