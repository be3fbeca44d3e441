import { describe, expect, it } from "vitest";

import { findPieces, firstRung } from "../src/player/ahead";
import { chaptersOf, neighbour, nowWords, standingAt } from "../src/player/chapters";
import { megabytesAnHour, readLadder, readVariants } from "../src/player/ladder";
import { readStills, stillAt } from "../src/player/storyboard";
import { move } from "../src/player/renewal";
import type { WireMarker, WireMeeting, WireRoom } from "../src/feed/types";
import { nextSightAt, roomState, seenPhase } from "../src/views/timetable";

const START = Date.parse("2026-05-04T10:00:00Z");

function marker(kind: WireMarker["kind"], label: string, second: number): WireMarker {
  return {
    marker_id: label,
    room_id: "r",
    kind,
    marked_at: new Date(START + second * 1000).toISOString(),
    waiting: false,
    content_id: label,
    content: { label },
  };
}

const MARKERS = [
  marker("agenda", "Budget", 100),
  marker("agenda", "Welcome", 0),
  marker("speaker", "Ann", 20),
  marker("slide", "Figures", 110),
];

function place(iso: string): number {
  return (Date.parse(iso) - START) / 1000;
}

describe("chapters", () => {
  it("stand in order of time, of this room alone", () => {
    const others = [...MARKERS, { ...marker("agenda", "Else", 5), room_id: "other" }];
    const labels = chaptersOf(others, "r", place, null).map(({ label }) => label);
    expect(labels).toEqual(["Welcome", "Ann", "Budget", "Figures"]);
  });

  it("leave out what this viewer could not see yet", () => {
    const end = new Date(START + 60_000);
    expect(chaptersOf(MARKERS, "r", place, end)).toHaveLength(2);
  });

  it("say what is on; a new item ends the speaker before it", () => {
    const chapters = chaptersOf(MARKERS, "r", place, null);
    expect(nowWords(standingAt(chapters, 50))).toBe("Welcome · Ann");
    expect(nowWords(standingAt(chapters, 105))).toBe("Budget");
    expect(standingAt(chapters, 120).slide?.label).toBe("Figures");
    expect(nowWords(standingAt(chapters, -1))).toBe("");
  });

  it("lead on and back", () => {
    const chapters = chaptersOf(MARKERS, "r", place, null);
    expect(neighbour(chapters, 30, 1)?.label).toBe("Budget");
    expect(neighbour(chapters, 101, -1)?.label).toBe("Ann");
    expect(neighbour(chapters, 300, 1)).toBeUndefined();
  });
});

describe("the ladder", () => {
  const text = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=48000,CODECS="mp4a.40.2"
audio.m3u8?recording=1
#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2500000,RESOLUTION=1280x720
source.m3u8?recording=1
#EXT-X-STREAM-INF:BANDWIDTH=500000,RESOLUTION=640x360,FRAME-RATE=30.000
360p.m3u8?recording=1
`;

  it("is read with the best first and what each is on average", () => {
    expect(readLadder(text)).toEqual([
      { quality: "720p", bandwidth: 2_500_000, address: "source.m3u8?recording=1" },
      { quality: "360p", bandwidth: 500_000, address: "360p.m3u8?recording=1" },
      { quality: "sound", bandwidth: 48_000, address: "audio.m3u8?recording=1" },
    ]);
  });

  it("is weighed in megabytes an hour", () => {
    expect(megabytesAnHour(48_000)).toBe(22);
    expect(megabytesAnHour(2_500_000)).toBe(1130);
  });
});

describe("the storyboard", () => {
  const text = `WEBVTT

00:00:00.000 --> 00:00:12.000
t1/sheets/a.jpg#xywh=0,0,160,90

00:00:12.000 --> 01:00:00.500
t1/sheets/a.jpg#xywh=160,0,160,90
`;

  it("is read with addresses relative to it", () => {
    const stills = readStills(text, "http://x/media/m/hall/storyboard.vtt");
    expect(stills[1]).toEqual({
      start: 12,
      end: 3600.5,
      sheet: "http://x/media/m/hall/t1/sheets/a.jpg",
      x: 160,
      y: 0,
      width: 160,
      height: 90,
    });
    expect(stillAt(stills, 11.9)?.x).toBe(0);
    expect(stillAt(stills, 9999)?.x).toBe(160);
    expect(stillAt([], 1)).toBeNull();
  });
});

describe("addresses of media", () => {
  it("move to the newest place and keep the rest", () => {
    const part = "https://x/media/~old/m_1/r_1/t/source/p7.m4s";
    expect(move(part, "/media/~new/m_1/r_1/master.m3u8")).toBe(
      "https://x/media/~new/m_1/r_1/t/source/p7.m4s",
    );
    const open = "https://x/media/open/hall/t/source/p7.m4s?from=1";
    expect(move(open, "https://x/media/~new/m_1/r_1/master.m3u8")).toBe(
      "https://x/media/~new/m_1/r_1/t/source/p7.m4s?from=1",
    );
    expect(move(part, "/media/open/hall/master.m3u8")).toBe(
      "https://x/media/open/hall/t/source/p7.m4s",
    );
    expect(move("/static/poster.jpg", "/media/open/hall/master.m3u8")).toBe(
      "/static/poster.jpg",
    );
    expect(move(part, "")).toBe(part);
  });
});

describe("a public that is behind", () => {
  const at = (second: number): string => new Date(START + second * 1000).toISOString();
  const room = {
    channel: "hold",
    connected: true,
    ever_on_air: true,
    held_from: null,
    delay_seconds: 30,
    airings: [
      { at: at(0), channel: "on", connected: true },
      { at: at(60), channel: "hold", connected: true },
    ],
  } as unknown as WireRoom;

  it("sees each state later, and staff at once", () => {
    const seen = [29, 30, 89, 90].map((second) =>
      roomState(room, "live", START + second * 1000),
    );
    expect(seen).toEqual(["coming", "live", "live", "paused"]);
    expect(roomState(room, "live")).toBe("paused");
    const off = { at: at(70), channel: "off", connected: true };
    const over = { ...room, airings: [...room.airings, off] } as unknown as WireRoom;
    const ended = [71, 89, 90, 99, 100].map((second) =>
      roomState(over, "ended", START + second * 1000),
    );
    expect(ended).toEqual(["live", "live", "paused", "paused", "ended"]);
    expect(roomState(over, "ended")).toBe("ended");
    const rooms = { a: { ...over, delay_seconds: 0 }, b: over };
    const meeting = { phase: "ended", rooms } as unknown as WireMeeting;
    const phases = [71, 99, 100].map((second) => seenPhase(meeting, START + second * 1000));
    expect(phases).toEqual(["live", "live", "ended"]);
    const taken = { ...room, held_from: at(50) };
    expect(roomState(taken, "live", START + 61_000)).toBe("paused");
  });

  it("is told again when it sees the next change", () => {
    expect(nextSightAt(room, START)).toBe(START + 30_000);
    expect(nextSightAt(room, START + 30_000)).toBe(START + 90_000);
    expect(nextSightAt(room, START + 90_000)).toBeNull();
  });
});

const RUNGS = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=45000,CODECS="mp4a.40.2"
sound.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2600000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720
source.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=490000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360
360p.m3u8
`;

describe("what a film that begins at a second needs first", () => {
  it("is of the best picture that the line carries, never the sound alone", () => {
    const variants = readVariants(RUNGS);
    expect(firstRung(variants, 7_000_000)?.address).toBe("source.m3u8");
    expect(firstRung(variants, 1_000_000)?.address).toBe("360p.m3u8");
    expect(firstRung(variants, 100_000)?.address).toBe("360p.m3u8");
    expect(firstRung([], 100_000)).toBeUndefined();
  });

  it("is the segment of that second with the initialization before it", () => {
    const list = [
      "#EXTM3U",
      '#EXT-X-MAP:URI="a/init.mp4"',
      "#EXTINF:4.00000,",
      "a/1.m4s",
      "#EXT-X-GAP",
      "#EXTINF:4.00000,",
      "a/2.m4s",
      "#EXT-X-DISCONTINUITY",
      '#EXT-X-MAP:URI="b/init.mp4"',
      "#EXTINF:2.50000,",
      "b/1.m4s",
      "#EXT-X-ENDLIST",
    ].join("\n");
    expect(findPieces(list, 0)).toEqual(["a/init.mp4", "a/1.m4s"]);
    expect(findPieces(list, 4)).toEqual([]); // a gap has none
    expect(findPieces(list, 10.2)).toEqual(["b/init.mp4", "b/1.m4s"]);
    expect(findPieces(list, 10.5)).toEqual([]);
  });
});
