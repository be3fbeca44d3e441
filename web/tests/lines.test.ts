// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from "vitest";

import { isBusy, mergeLines } from "../src/frame/lines";

function line(id: string, version: number, text: string): string {
  return `<li data-note="${id}" data-version="${version}"><p class="note__text">${text}</p>
    <details><form><input type="hidden" name="_expect" value="${version}">
    <textarea name="text">${text}</textarea></form></details></li>`;
}

function part(...lines: string[]): HTMLElement {
  const made = document.createElement("section");
  made.innerHTML = `<ul data-lines="decision">${lines.join("")}</ul>`;
  return made;
}

function texts(of: Element): string[] {
  return [...of.querySelectorAll(".note__text")].map((one) => one.textContent ?? "");
}

describe("lines of notes", () => {
  let shown: HTMLElement;

  beforeEach(() => {
    shown = part(line("n_1", 1, "one"), line("n_2", 1, "two"), line("n_3", 1, "three"));
    document.body.replaceChildren(shown);
  });

  test("new ones come, changed ones change, gone ones go", () => {
    const fresh = part(line("n_1", 2, "one, better"), line("n_3", 1, "three"), line("n_4", 1, "four"));
    mergeLines(shown, fresh);
    expect(texts(shown)).toEqual(["one, better", "three", "four"]);
  });

  test("what somebody types stays, and both are shown", () => {
    const mine = shown.querySelector<HTMLElement>("[data-note=n_2]")!;
    mine.querySelector("details")!.setAttribute("open", "");
    mine.querySelector("textarea")!.value = "two, mine";
    expect(isBusy(mine)).toBe(true);
    mergeLines(shown, part(line("n_1", 1, "one"), line("n_2", 2, "two, theirs")));
    expect(shown.contains(mine)).toBe(true);
    expect(mine.querySelector("textarea")!.value).toBe("two, mine");
    expect(mine.querySelector(".note__text")!.textContent).toBe("two, theirs");
    expect(mine.querySelector(".note__both")!.textContent).toContain("two, theirs");
    expect(mine.querySelector<HTMLInputElement>("[name=_expect]")!.value).toBe("2");
  });

  test("a line that somebody changes is not taken away under their hands", () => {
    const mine = shown.querySelector<HTMLElement>("[data-note=n_2]")!;
    mine.querySelector("details")!.setAttribute("open", "");
    mergeLines(shown, part(line("n_1", 1, "one")));
    expect(texts(shown)).toEqual(["one", "two"]);
  });
});
