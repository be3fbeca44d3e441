import { describe, expect, it } from "vitest";

import { marksOf } from "../src/editor/markers";
import { Saving } from "../src/editor/saving";
import { Refused, type Act, type Done, type Service } from "../src/editor/service";
import { readCue, type Cue } from "../src/editor/sheet";
import { readTime } from "../src/editor/times";
import { Moments } from "../src/wording/moments";

const START = Date.parse("2026-05-04T10:00:00Z");

function iso(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

function cue(id: string, from: number, speaker: string | null = null): Cue {
  return readCue({
    cue_id: id, revision: 1, text: "x", origin: "machine", provenance: "machine",
    at: iso(from), end_at: iso(from + 4), speaker,
  });
}

function marker(kind: string, second: number, label: string, room_id = "hall") {
  return { room_id, kind, marked_at: iso(second), content: { label } };
}

describe("what markers say of lines", () => {
  it("are items where they begin, and names where nobody is named", () => {
    const lines = [cue("a", 0), cue("b", 4), cue("c", 8, "Cy"), cue("d", 12)];
    const known = [
      marker("speaker", 4, "Ann"),
      marker("agenda", 5, "1 Bridge"),
      marker("agenda", 0, "Elsewhere", "studio"),
      { ...marker("agenda", 9, ""), content: null },
    ];
    const { headings, suggested } = marksOf(known, "hall", lines);
    expect([...headings]).toEqual([["b", "1 Bridge"]]);
    expect([...suggested]).toEqual([
      ["b", "Ann"],
      ["d", "Ann"],
    ]);
  });
});

describe("a time of day", () => {
  it("means the nearest moment with it, to the millisecond, or nothing", () => {
    const moments = new Moments("UTC");
    expect(readTime("10:00:01.5", iso(0), moments)).toBe(iso(1.5));
    expect(readTime("23:59:59", "2026-05-05T00:00:01.000Z", moments)).toBe(
      "2026-05-04T23:59:59.000Z",
    );
    for (const none of ["24:00:00", "10:60:00", "10:00", "noon"]) {
      expect(readTime(none, iso(0), moments)).toBeNull();
    }
  });
});

describe("edits on their way", () => {
  function saving(answers: (Done | Refused)[]): { line: Saving; sent: Act[][]; heard: string[] } {
    const sent: Act[][] = [];
    const heard: string[] = [];
    const service = {
      edit: (edit_id: string, acts: Act[]) => {
        sent.push(acts);
        const answer = answers.shift()!;
        if (answer instanceof Refused) return Promise.reject(answer);
        return Promise.resolve({ ...answer, edit_id });
      },
    } as unknown as Service;
    const line = new Saving(service, {
      settle: () => undefined,
      refused: () => heard.push("refused"),
      say: (words) => heard.push(words),
      changed: () => undefined,
    });
    return { line, sent, heard };
  }
  const done: Done = { edit_id: "", cues: [cue("a", 0)], removed: [], conflicts: [] };

  it("go one after the other, are taken back and done again", async () => {
    const { line, sent, heard } = saving([done, done, done]);
    const first = line.submit(() => [{ do: "delete" }], { said: "Gone." });
    expect([line.isBusy, line.mayUndo]).toEqual([true, false]);
    await first;
    line.undo();
    await line.submit(() => []);
    expect([line.mayUndo, line.mayRedo]).toEqual([false, true]);
    line.redo();
    await line.submit(() => []);
    expect(sent.map(([act]) => act!.do)).toEqual(["delete", "undo", "undo"]);
    expect(heard).toEqual(["Gone.", "Taken back.", "Done again."]);
    line.redo();
    expect(heard.at(-1)).toBe("There is nothing to do again.");
  });

  it("are taken back also while they are on their way, and nothing else instead", async () => {
    const { line, sent, heard } = saving([done, done, done, new Refused("Not here.")]);
    await line.submit(() => [{ do: "delete" }]);
    void line.submit(() => [{ do: "add" }]);
    line.undo();
    await line.submit(() => []);
    expect(sent.map(([act]) => act!.do)).toEqual(["delete", "add", "undo"]);
    void line.submit(() => [{ do: "change" }]);
    line.undo();
    await line.submit(() => []);
    expect(sent.map(([act]) => act!.do)).toEqual(["delete", "add", "undo", "change"]);
    expect(heard.at(-1)).toBe("There is nothing to take back.");
  });

  it("say what was refused, and go on with the next", async () => {
    const { line, heard } = saving([new Refused("Not here."), done]);
    expect(await line.submit(() => [{ do: "add" }])).toBeNull();
    expect([line.problem, heard]).toEqual(["Not here.", ["refused"]]);
    expect((await line.submit(() => [{ do: "add" }]))?.cues).toHaveLength(1);
    expect(line.problem).toBe("");
  });
});
