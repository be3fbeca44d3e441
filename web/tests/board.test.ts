import { expect, test } from "vitest";

import { sayCost, weighCells, type ToldCost } from "../src/board/costs";
import { walk } from "../src/board/walk";
import { Moments } from "../src/wording/moments";
import type { WireMeeting, WireSession } from "../src/feed/types";
import { viewTimetable } from "../src/views/timetable";

const MOMENTS = new Moments("UTC");

function session(id: string, given: Partial<WireSession> = {}): WireSession {
  return {
    session_id: id,
    host_id: `b_${id}`,
    cohost_ids: [],
    merged_ids: [],
    room_id: null,
    slot_id: null,
    version: 1,
    interest: 0,
    content: { title: id, pitch: "", wants: "", host: `Host of ${id}` },
    ...given,
  } as WireSession;
}

function meeting(...sessions: WireSession[]): WireMeeting {
  const room = (id: string, capacity: number | null) => ({
    [id]: { room_id: id, capacity, features: [], content: { name: id.toUpperCase() } },
  });
  const slot = (id: string, hour: number, label = "") => ({
    [id]: {
      slot_id: id,
      starts_at: `2030-05-04T${hour}:00:00.000Z`,
      ends_at: `2030-05-04T${hour}:45:00.000Z`,
      content: { label },
    },
  });
  return {
    phase: "live",
    rooms: { ...room("oak", 30), ...room("elm", null) },
    slots: { ...slot("ten", 10), ...slot("noon", 12, "Lunch") },
    sessions: Object.fromEntries(sessions.map((one) => [one.session_id, one])),
  } as unknown as WireMeeting;
}

function weigh(held: WireSession, state: WireMeeting, told: Map<string, ToldCost> | null = null) {
  const table = viewTimetable(state, Date.parse("2030-05-04T08:00:00Z"), (at) => at.slice(0, 10));
  return weighCells(held, table, state, told);
}

test("what speaks against a cell is seen without the server", () => {
  const held = session("benches", { interest: 50 });
  const costs = weigh(held, meeting(held));
  expect(costs.map((row) => row.map((cost) => [cost.level, cost.troubles]))).toEqual([
    [
      ["poor", ["30 seats for 50 people"]],
      ["good", []],
    ],
    [
      ["poor", ["30 seats for 50 people", "This is time for: Lunch"]],
      ["poor", ["This is time for: Lunch"]],
    ],
  ]);
});

test("the server's word counts where it is there", () => {
  const held = session("benches", { interest: 50 });
  const cell = (level: ToldCost["level"], words: string) => ({
    room_id: "oak",
    slot_id: "ten",
    level,
    words,
  });
  const words = "14 people lose something here. Seats 30, about 50 may come.";
  const [ten] = weigh(held, meeting(held), new Map([["oak|ten", cell("bad", words)]]));
  expect(ten![0]!.level).toBe("poor");
  expect(ten![0]!.troubles).toHaveLength(2);
  expect(sayCost(ten![0]!, MOMENTS, false)).toBe(
    "OAK, 10:00, free. 14 people lose something here. Seats 30, about 50 may come.",
  );
  const no = cell("no", "The room is closed.");
  expect(weigh(held, meeting(held), new Map([["oak|ten", no]]))[0]![0]!.level).toBe("no");
});

test("a host can't be in two rooms at once", () => {
  const held = session("benches", { host_id: "b_ann" });
  const other = session("buses", { host_id: "b_ann", room_id: "elm", slot_id: "ten" });
  const [ten] = weigh(held, meeting(held, other));
  expect(ten![0]!.troubles).toEqual(["Host of benches hosts in ELM at this time"]);
  expect(ten![1]!.level).toBe("taken");
  expect(sayCost(ten![1]!, MOMENTS, false)).toBe("ELM, 10:00, taken by “buses”.");
});

test("a closed room and a break take no session", () => {
  const held = session("benches");
  const state = meeting(held);
  state.rooms["oak"]!.closed = true;
  state.slots["noon"]!.kind = "break";
  expect(weigh(held, state).map((row) => row.map((cost) => cost.level))).toEqual([
    ["no", "good"],
    ["no", "no"],
  ]);
});

test("its own cell is where it stands", () => {
  const held = session("benches", { room_id: "oak", slot_id: "ten" });
  const [ten] = weigh(held, meeting(held));
  expect(ten!.map((cost) => cost.level)).toEqual(["home", "good"]);
});

test("arrow keys walk within the timetable, and down to the proposals", () => {
  const grid = { rows: 4, columns: 3, shelf: true };
  const from = { row: 1, column: 1 };
  const steps = Object.fromEntries(
    ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"].map(
      (key) => [key, walk(key, from, grid)],
    ),
  );
  expect(steps).toEqual({
    ArrowUp: { row: 0, column: 1 },
    ArrowDown: { row: 2, column: 1 },
    ArrowLeft: { row: 1, column: 0 },
    ArrowRight: { row: 1, column: 2 },
    Home: { row: 1, column: 0 },
    End: { row: 1, column: 2 },
    PageUp: { row: 0, column: 1 },
    PageDown: { row: 4, column: 1 },
  });
  expect(walk("ArrowDown", { row: 3, column: 0 }, { ...grid, shelf: false })).toEqual({
    row: 3,
    column: 0,
  });
  expect(walk("a", from, grid)).toBeNull();
});
