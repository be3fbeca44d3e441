/** Quick questions and live updates open, close and stand where their viewer is. */

import { describe, expect, it } from "vitest";

import { emptyState } from "../src/feed/fold";
import { chaptersOf, marksOf } from "../src/player/chapters";
import type { WireQuestion, WireRoom, WireUpdate } from "../src/feed/types";
import { HIDDEN, labelsOf, stateOf, viewQuestions } from "../src/views/questions";
import { currentAt, viewUpdates } from "../src/views/updates";

const T = Date.parse("2026-05-04T09:00:00.000Z");
const iso = (seconds: number): string => new Date(T + seconds * 1_000).toISOString();

function question(given: Partial<WireQuestion> = {}): WireQuestion {
  return {
    question_id: "q_1",
    kind: "choice",
    options: 2,
    results: "live",
    by_audience: true,
    room_id: null,
    opened_at: iso(0),
    closed_at: null,
    answers_until: null,
    settles_at: null,
    counted_at: null,
    shares: {},
    counts: {},
    totals: {},
    late: HIDDEN,
    told: false,
    settled: false,
    content_id: "k_1",
    content: { text: "Understood?", options: ["Yes", "No"], low: "", high: "" },
    ...given,
  };
}

function update(key: string, about: number, given: Partial<WireUpdate> = {}): WireUpdate {
  return {
    update_id: key,
    version: 1,
    room_id: null,
    about_at: iso(about),
    embed: null,
    embed_id: null,
    from_at: null,
    to_at: null,
    image_id: null,
    width: null,
    height: null,
    changed_at: iso(900),
    posted_at: iso(900),
    edited: false,
    corrected: false,
    pinned: false,
    withdrawn: false,
    waiting: false,
    content_id: "k_1",
    content: { text: key, quote: "", speaker: "", alt: "", author: "Ria" },
    ...given,
  };
}

describe("a quick question", () => {
  const closed = question({ closed_at: iso(60), answers_until: iso(150) });
  const at = (seconds: number): { room: string; at: number } => ({
    room: "r",
    at: T + seconds * 1_000,
  });

  it("is not there before the viewer's film is", () => {
    expect(stateOf(question(), T + 30_000, at(-1))).toBe("ahead");
    expect(stateOf(question(), T + 30_000, at(1))).toBe("open");
  });

  it("closes where the viewer is, and for all at one moment", () => {
    // The room has closed it; who is 40 s behind has not seen that yet.
    expect(stateOf(closed, T + 90_000, at(50))).toBe("open");
    expect(stateOf(closed, T + 101_000, at(61))).toBe("closed");
    expect(stateOf(closed, T + 150_000, at(50))).toBe("closed");
  });

  it("goes by the clock without a film, and where the film is another room's", () => {
    expect(stateOf(closed, T + 90_000, null)).toBe("open");
    const elsewhere = question({ room_id: "other", opened_at: iso(20) });
    expect(stateOf(elsewhere, T + 30_000, at(0))).toBe("open");
  });

  it("opens for who has no film when the public is there, and in its room at once", () => {
    const state = emptyState();
    state.rooms["r"] = { room_id: "r", delay_seconds: 20 } as WireRoom;
    state.rooms["s"] = { room_id: "s", delay_seconds: 60 } as WireRoom;
    state.questions["q_1"] = question({ room_id: "r" });
    state.questions["q_2"] = question({ question_id: "q_2" });
    const open = (seconds: number, inside = false): string[] =>
      viewQuestions(state, T + seconds * 1_000, null, () => inside)
        .filter((view) => view.state === "open")
        .map(({ key }) => key);
    expect([open(1), open(21), open(61)]).toEqual([[], ["q_1"], ["q_1", "q_2"]]);
    expect(open(1, true)).toEqual(["q_1", "q_2"]);
  });

  it("says which answers are too few, and shares of the others", () => {
    const state = emptyState();
    state.questions["q_1"] = question({
      counts: { room: [13, HIDDEN], remote: [HIDDEN, HIDDEN] },
      totals: { room: HIDDEN, remote: HIDDEN },
    });
    const [view] = viewQuestions(state, T);
    expect(view!.rows.map(({ title, total }) => [title, total])).toEqual([
      ["In the room", null],
      ["Elsewhere", null],
    ]);
    expect(view!.rows[0]!.bars).toEqual([
      { label: "Yes", share: 100, count: 13, hidden: false },
      { label: "No", share: 0, count: null, hidden: true },
    ]);
  });

  it("has a scale's ends in words", () => {
    const content = { text: "Pace?", options: [], low: "Too slow", high: "Too fast" };
    const scale = question({ kind: "scale", options: 5, content });
    expect(labelsOf(scale)).toEqual(["1: Too slow", "2", "3", "4", "5: Too fast"]);
  });

  it("stands on the timeline of its room, or of all", () => {
    const state = emptyState();
    state.questions["q_1"] = question();
    state.questions["q_2"] = question({ question_id: "q_2", room_id: "other" });
    const seconds = (text: string): number => (Date.parse(text) - T) / 1_000;
    const chapters = chaptersOf(marksOf(state, "r"), "r", seconds, null);
    expect(chapters.map(({ id, kind, seconds }) => [id, kind, seconds])).toEqual([
      ["q_1", "question", 0],
    ]);
  });
});

describe("live updates", () => {
  const state = emptyState();
  state.updates = {
    l_1: update("l_1", 10),
    l_2: update("l_2", 30, { room_id: "r" }),
    l_3: update("l_3", 20, { room_id: "other" }),
    l_4: update("l_4", 40, { withdrawn: true, content: null }),
  };

  it("come newest moment first, without what was taken back", () => {
    expect(viewUpdates(state).map(({ key }) => key)).toEqual(["l_2", "l_3", "l_1"]);
  });

  it("have a current one where the viewer is, of this room or of none", () => {
    const views = viewUpdates(state);
    expect(currentAt(views, "r", T + 5_000)).toBeNull();
    expect(currentAt(views, "r", T + 25_000)?.key).toBe("l_1");
    expect(currentAt(views, "r", T + 35_000)?.key).toBe("l_2");
  });

  it("lose what they show when that is hidden", () => {
    const shown = structuredClone(state);
    shown.updates = { l_1: update("l_1", 1, { embed: "contribution", embed_id: "c_1" }) };
    expect(viewUpdates(shown)[0]).toMatchObject({ shown: null, lost: true });
  });
});
