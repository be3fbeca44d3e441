import { describe, expect, it } from "vitest";

import { nameOf } from "../src/editor/keys";
import { readCue, Sheet, type Cue } from "../src/editor/sheet";
import { findIn, momentOfWord, spanAt, wordAt } from "../src/editor/words";

function cue(number: number, text: string, more: Partial<Cue> = {}): Cue {
  const at = new Date(Date.UTC(2026, 4, 4, 9, 0, 4 * number)).toISOString();
  const end_at = new Date(Date.UTC(2026, 4, 4, 9, 0, 4 * number + 4)).toISOString();
  const known = { cue_id: `q_${number}`, revision: 1, provenance: "imported" };
  return readCue({ ...known, at, end_at, text, origin: "imported", ...more });
}

describe("a sheet", () => {
  it("keeps the order of time and never takes what is older", () => {
    const sheet = new Sheet();
    sheet.take([cue(2, "c"), cue(0, "a"), cue(1, "b")]);
    expect(sheet.all.map(({ text }) => text)).toEqual(["a", "b", "c"]);
    expect(sheet.take([cue(1, "B", { revision: 3 })])).toBe(false);
    sheet.take([cue(1, "older", { revision: 2 })]);
    expect(sheet.all[1]!.text).toBe("B");
    expect(sheet.take([], ["q_0"])).toBe(true);
    expect(sheet.placeOf("q_2")).toBe(1);
    expect(sheet.placeOf("q_0")).toBe(-1);
  });

  it("lets go of what a span holds no longer, and of nothing beside it", () => {
    const sheet = new Sheet();
    sheet.take([cue(0, "a"), cue(1, "b"), cue(2, "c")]);
    sheet.takeSpan([cue(1, "new", { cue_id: "q_x" })], cue(1, "").at, cue(1, "").end_at);
    expect(sheet.all.map(({ text }) => text)).toEqual(["a", "new", "c"]);
  });

  it("knows who speaks, what is checked, and which line is said", () => {
    const sheet = new Sheet();
    sheet.take([
      cue(0, "a", { speaker: "Ann", provenance: "verified" }),
      cue(1, "b", { speaker: "Ben", waits: true }),
      cue(2, "c", { speaker: "Ben" }),
    ]);
    expect(sheet.speakers()).toEqual([["Ben", 2], ["Ann", 1]]);
    expect(sheet.counts()).toEqual({ lines: 3, checked: 1, waiting: 1 });
    expect(sheet.lineAt("2026-05-04T09:00:05.000Z")?.text).toBe("b");
    expect(sheet.lineAt("2026-05-04T08:00:00.000Z")).toBeUndefined();
  });
});

describe("words of a line", () => {
  it("are counted at the caret", () => {
    expect([0, 3, 4, 5, 9].map((at) => wordAt("one  two x", at))).toEqual([0, 0, 1, 1, 2]);
  });

  it("are said when it is known, else by their letters", () => {
    const heard = cue(0, "one two", { words: [100, 2500] });
    expect(momentOfWord(heard, 1)).toBe("2026-05-04T09:00:02.500Z");
    expect(momentOfWord(cue(0, "abc def"), 1)).toBe("2026-05-04T09:00:02.000Z");
    const at = (ms: number): number => Date.parse(heard.at) + ms;
    expect(spanAt(heard, at(2600))).toEqual([4, 7]);
    expect(spanAt(heard, at(200))).toEqual([0, 3]);
    expect(spanAt(heard, at(-1))).toBeNull();
    expect(spanAt(heard, at(9000))).toBeNull();
  });

  it("are found as they are written, and replaced as they are given", () => {
    const lines = [cue(0, "The bridge. A footbridge?"), cue(1, "Bridge ($1)"), cue(2, "Else")];
    const wanted = { find: "bridge", replace: "$& brücke", matchCase: false, wholeWords: false };
    expect(findIn(lines, wanted).map(({ times }) => times)).toEqual([2, 1]);
    expect(findIn(lines, { ...wanted, wholeWords: true })[0]!.after).toBe(
      "The $& brücke. A footbridge?",
    );
    expect(findIn(lines, { ...wanted, matchCase: true })).toHaveLength(1);
    expect(findIn(lines, { ...wanted, find: "($1)" })[0]!.after).toBe("Bridge $& brücke");
    expect(findIn(lines, { ...wanted, find: " " })).toEqual([]);
    const umlaut = [cue(0, "Ölmühle Mühle")];
    expect(findIn(umlaut, { ...wanted, find: "mühle", wholeWords: true })[0]!.times).toBe(1);
  });
});

describe("a key", () => {
  it("has one name, with ⌘ as Ctrl and Shift only where it says something", () => {
    const press = (key: string, more: object = {}): string =>
      nameOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more } as KeyboardEvent);
    expect(press(" ", { ctrlKey: true })).toBe("Ctrl Space");
    expect(press("z", { metaKey: true })).toBe("Ctrl Z");
    expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("Ctrl Shift Z");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("ArrowDown", { shiftKey: true })).toBe("Shift ArrowDown");
  });
});
