import { beforeEach, expect, test, vi } from "vitest";

import type { LiveMeeting } from "../src/meeting";
import { Said, wordsOf, type Caption } from "../src/watching/said";

type Hear = (caption: Record<string, unknown>) => void;
type Listen = (feed: string, entry: unknown) => void;

const START = Date.parse("2026-03-14T09:00:00Z");
let hear: Hear;
let listen: Listen;
let said: Said;
let asked: string[];
let answer: object[];

function iso(seconds: number): string {
  return new Date(START + seconds * 1_000).toISOString();
}

function caption(id: string, seconds: number, text: string, more: Partial<Caption> = {}): void {
  hear({
    meeting: "m",
    room: "r_1",
    cue_id: id,
    at: iso(seconds),
    end_at: iso(seconds + 2),
    text,
    tentative: "",
    doubtful: [],
    final: true,
    by: "machine",
    ...more,
  });
}

function cue(id: string, seconds: number, text: string): object {
  return { cue_id: id, at: iso(seconds), end_at: iso(seconds + 2), text, speaker: null };
}

function changed(from: number, to: number): void {
  const data = { room_id: "r_1", from_at: iso(from), to_at: iso(to), revision: 2 };
  listen("public", { kind: "TranscriptChanged", data });
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answer = [];
  vi.stubGlobal("fetch", (address: string) => {
    asked.push(address);
    return Promise.resolve({ ok: true, json: () => Promise.resolve({ cues: answer }) });
  });
  const meeting = {
    page: { rooms: [{ room_id: "r_1", transcript_url: "/t.json" }] },
    listenToCaptions: (listener: Hear) => {
      hear = listener;
      return () => undefined;
    },
    listen: (listener: Listen) => {
      listen = listener;
      return () => undefined;
    },
  };
  said = new Said(meeting as unknown as LiveMeeting, "r_1");
});

const texts = (): string[] => said.all.map((line) => `${line.text}|${line.tentative}`);

test("a line grows until it is final, and then no more", () => {
  caption("q_1", 0, "we", { final: false, tentative: "met" });
  caption("q_1", 0, "we met", { final: false, tentative: "a gain" });
  expect(texts()).toEqual(["we met|a gain"]);
  caption("q_1", 0, "we met again.");
  caption("q_1", 0, "we", { final: false });
  expect(texts()).toEqual(["we met again.|"]);
});

test("another room's lines are not heard", () => {
  caption("q_1", 0, "elsewhere", { room: "r_2" });
  expect(said.all).toEqual([]);
});

test("lines stand in the order of time, also those that come late", () => {
  caption("q_2", 10, "second");
  caption("q_1", 0, "first");
  caption("q_3", 20, "third");
  expect(texts()).toEqual(["first|", "second|", "third|"]);
});

test("a line that was never finished goes", () => {
  caption("q_1", 0, "um", { final: false });
  caption("q_2", 40, "much later");
  expect(texts()).toEqual(["much later|"]);
});

test("a change that came as a caption is not fetched, another is, in its span", async () => {
  answer = [cue("q_0", 0, "before"), cue("q_1", 5, "wrung")];
  const stop = said.follow(() => undefined);
  await vi.runAllTimersAsync();
  expect(asked).toEqual(["/t.json"]);
  caption("q_2", 10, "live");
  changed(10, 12);
  await vi.runAllTimersAsync();
  expect(asked).toHaveLength(1);
  answer = [cue("q_1", 5, "wrong")];
  changed(5, 7);
  await vi.runAllTimersAsync();
  expect(asked).toHaveLength(2);
  expect(decodeURIComponent(asked[1]!)).toContain(`from=${iso(5)}&to=${iso(7)}`);
  expect(texts()).toEqual(["before|", "wrong|", "live|"]);
  // Taken away: nothing is there any more.
  answer = [];
  changed(4, 8);
  await vi.runAllTimersAsync();
  expect(texts()).toEqual(["before|", "live|"]);
  stop();
});

test("words that the model was not sure of stand apart", () => {
  caption("q_1", 0, "The Hoenikker road", { doubtful: [1] });
  expect(wordsOf(said.all[0]!)).toEqual([
    { text: "The", doubtful: false },
    { text: "Hoenikker", doubtful: true },
    { text: "road", doubtful: false },
  ]);
});
