// @vitest-environment happy-dom
/** Parts made anew leave those alone who type, tick or move on while a page comes. */

import { beforeEach, describe, expect, test, vi } from "vitest";

import type { Entry } from "../src/feed/fold";
import { renewParts } from "../src/frame/server-parts";
import { keepTyped } from "../src/frame/typed";

/** A meeting that is told entries, and whose commands are answered, by the test. */
const meeting = vi.hoisted(() => ({
  listeners: new Set<(feed: string, entry: Entry | null) => void>(),
  answer: (_outcome: { ok: boolean }) => {},
  listen(listener: (feed: string, entry: Entry | null) => void) {
    meeting.listeners.add(listener);
    return () => meeting.listeners.delete(listener);
  },
  submit: () => new Promise((resolve) => (meeting.answer = resolve)),
}));

vi.mock("../src/meeting", () => ({ liveMeeting: () => meeting }));
vi.mock("../src/frame/page", () => ({ pageData: () => null }));

/** Pages that have been asked for, each to be sent by the test. */
const asked: ((html: string) => void)[] = [];

beforeEach(() => {
  asked.length = 0;
  meeting.listeners.clear();
  document.body.replaceChildren();
  vi.stubGlobal("fetch", () => {
    return new Promise((resolve) =>
      asked.push((html) => resolve({ ok: true, text: async () => html })),
    );
  });
});

/** The page that was asked for comes: with `html` now, or soon. */
async function send(html: string): Promise<void> {
  await vi.waitFor(() => expect(asked).not.toEqual([]));
  asked.shift()!(html);
  // Some turns later it stands there.
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

function tell(kind: string): void {
  for (const listen of meeting.listeners) listen("staff", { kind } as Entry);
}

function press(key: string): void {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  (document.activeElement ?? document.body).dispatchEvent(event);
}

const form = (words = ""): string =>
  `<form data-command="note.add"><textarea name="text">${words}</textarea></form>`;

const field = (): HTMLTextAreaElement => document.querySelector("textarea")!;

describe("parts of a page", () => {
  test("keep what was typed after the page had been asked for", async () => {
    document.body.innerHTML = `<main><div id="part">old ${form()}</div></main>`;
    field().value = "Ben";
    const done = renewParts(["#part"], () => keepTyped(document.body));
    field().value = "Benches";
    field().focus();
    await send(`<div id="part">new ${form()}</div>`);
    expect(await done).toBe(true);
    expect(document.querySelector("#part")?.textContent).toContain("new");
    expect(field().value).toBe("Benches");
    expect(document.activeElement).toBe(field());
  });

  test("don't draw back whoever has left a field meanwhile", async () => {
    document.body.innerHTML = `<main><div id="part">${form()}</div><input id="next"></main>`;
    field().focus();
    const done = renewParts(["#part"], () => keepTyped(document.body));
    const next = document.querySelector<HTMLInputElement>("#next")!;
    next.focus();
    await send(`<div id="part">${form()}</div>`);
    await done;
    expect(document.activeElement).toBe(next);
  });

  test("are made anew by what happens, around what is being typed", async () => {
    await import("../src/elements/renew");
    document.body.innerHTML = `<main><fm-renew data-kinds="Session" data-parts="#part"></fm-renew>
      <div id="part">old ${form()}</div></main>`;
    tell("NoteAdded");
    expect(asked).toEqual([]);
    tell("SessionPlaced");
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    field().value = "Shade";
    await send(`<div id="part">new ${form()}</div>`);
    expect(document.querySelector("#part")?.textContent).toContain("new");
    expect(field().value).toBe("Shade");
  });
});

describe("the moderators' queue", () => {
  const list = (...ids: string[]): string =>
    `<ul id="queue-list">${ids
      .map(
        (id) => `<li><article class="queue-item" tabindex="-1" data-contribution="${id}">
          <input type="checkbox" name="picked" value="${id}" form="picked">
          <details data-menu="hide"><form data-command="contribution.hide">
            <input type="hidden" name="contribution_id" value="${id}">
            <textarea name="note"></textarea></form></details>
        </article></li>`,
      )
      .join("")}</ul>`;
  const item = (id: string): HTMLElement =>
    document.querySelector(`[data-contribution="${id}"]`)!;
  const box = (id: string): HTMLInputElement => item(id).querySelector("[name=picked]")!;

  beforeEach(async () => {
    await import("../src/elements/desk-queue");
    document.body.innerHTML = `<fm-moderation><form id="picked"></form>
      <p id="queue-said"></p>${list("c_1", "c_2", "c_3")}</fm-moderation>`;
  });

  test("keeps ticks and the place of whoever goes on while it comes", async () => {
    item("c_1").focus();
    press("x");
    tell("ContributionPosted");
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    // The first tick is taken back, another is made, and the place is another.
    press("x");
    press("j");
    press("x");
    press("j");
    await send(list("c_0", "c_1", "c_2", "c_3"));
    expect(item("c_0")).not.toBeNull();
    expect(["c_1", "c_2"].map((id) => box(id).checked)).toEqual([false, true]);
    expect(document.activeElement).toBe(item("c_3"));
    press("k");
    expect(document.activeElement).toBe(item("c_2"));
  });

  test("waits while somebody writes a reason, and brings all after that", async () => {
    item("c_1").focus();
    press("h");
    item("c_1").querySelector("textarea")!.value = "Off the topic";
    tell("ContributionPosted");
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(asked).toEqual([]);
    item("c_1").querySelector("details")!.removeAttribute("open");
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await send(list("c_0", "c_1"));
    expect(item("c_0")).not.toBeNull();
  });

  test("doesn't draw back whoever goes on while a decision is taken back", async () => {
    item("c_1").dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    const hide = item("c_1").querySelector<HTMLFormElement>("form")!;
    hide.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    await vi.waitFor(() => expect(item("c_1").parentElement!.hidden).toBe(true));
    await send(list("c_2", "c_3"));
    item("c_2").focus();
    press("u");
    meeting.answer({ ok: true });
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    item("c_3").focus();
    await send(list("c_1", "c_2", "c_3"));
    await Promise.resolve();
    expect(document.activeElement).toBe(item("c_3"));
  });

  test("leads back to what was taken back for whoever has waited", async () => {
    const hide = item("c_1").querySelector<HTMLFormElement>("form")!;
    hide.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
    await vi.waitFor(() => expect(item("c_1").parentElement!.hidden).toBe(true));
    await send(list("c_2", "c_3"));
    press("u");
    meeting.answer({ ok: true });
    await send(list("c_1", "c_2", "c_3"));
    await vi.waitFor(() => expect(document.activeElement).toBe(item("c_1")));
  });
});
