// @vitest-environment happy-dom

import { beforeEach, expect, test, vi } from "vitest";

import { applyEntry, emptyState, type Entry } from "../src/feed/fold";
import type { WireMeeting } from "../src/feed/types";

const AT = "2026-05-04T10:00:00.000Z";
const ME = "member:b_ann";

/** A meeting that is told entries by the test. */
const meeting = vi.hoisted(() => ({
  slug: "square",
  page: { me: { name: "Ann", moderates: false, duties: [] }, meeting: { timezone: "UTC" } },
  pending: [],
  staff: null,
  state: null as WireMeeting | null,
  own: null as WireMeeting | null,
  votes: { shown: (_id: string, count: number) => count },
  myLevel: () => 0,
  listeners: new Set<(feed: string, entry: Entry | null) => void>(),
  listen(listener: (feed: string, entry: Entry | null) => void) {
    meeting.listeners.add(listener);
    return () => meeting.listeners.delete(listener);
  },
}));

vi.mock("../src/meeting", () => ({ liveMeeting: () => meeting }));

function tell(kind: string, data: Record<string, unknown>): void {
  const entry = { seq: 1, kind, at: AT, data } as unknown as Entry;
  applyEntry(meeting.state!, structuredClone(entry), "public");
  applyEntry(meeting.own!, structuredClone(entry), ME);
  for (const listen of meeting.listeners) listen("public", entry);
}

function written(text: string) {
  return { content_id: "k_1", content: { text, author: "Ann", on_behalf_of: null } };
}

/** One post of mine, as the public and my own feed tell of it. */
function post(more: Record<string, unknown> = {}): void {
  const place = { thread: "meeting", kind: "idea", posted_at: AT, reply_to: null };
  const told = { contribution_id: "c_1", waiting: false, ...place, ...more, ...written("One") };
  if (!told.waiting) tell("ContributionPosted", { ...told, author_id: "b_ann" });
  const entry = { seq: 1, kind: "ContributionAuthored", at: AT } as const;
  applyEntry(meeting.own!, { ...entry, data: { ...told, member_id: "b_ann" } } as Entry, ME);
}

async function show(inside = ""): Promise<HTMLElement> {
  await import("../src/elements/thread");
  document.body.innerHTML = `<fm-thread data-thread="meeting">${inside}</fm-thread>`;
  const element = document.querySelector<HTMLElement>("fm-thread")!;
  await settled(element);
  return element;
}

async function settled(element: HTMLElement): Promise<void> {
  await (element as unknown as { updateComplete: Promise<boolean> }).updateComplete;
}

function editField(element: HTMLElement): HTMLTextAreaElement {
  return element.querySelector('form[data-command="contribution.edit"] textarea')!;
}

beforeEach(async () => {
  const data = { me: { name: "Ann", moderates: false, duties: [] }, meeting: { slug: "square" }, csrf: "" };
  document.head.innerHTML = `<script type="application/json" id="folkmoot-page">${JSON.stringify(data)}</script>`;
  document.body.replaceChildren();
  meeting.state = { ...emptyState(), phase: "live" };
  meeting.own = emptyState();
});

test("an own post can be edited from its text and says so afterwards", async () => {
  post();
  const element = await show();
  const field = editField(element);
  expect(field.value).toBe("One");
  const form = field.form!;
  expect(form.closest("details")!.className).toBe("edit");
  expect(form.querySelector<HTMLInputElement>("[name=contribution_id]")!.value).toBe("c_1");
  expect(element.querySelector(".post__edited")).toBeNull();

  tell("ContributionEdited", { contribution_id: "c_1", ...written("Two") });
  await settled(element);
  expect(element.querySelector(".post__edited")!.textContent).toBe("Edited");
  expect(element.querySelector(".post__text")!.textContent).toContain("Two");
  expect(editField(element).value).toBe("Two");
});

test("what is being typed stays when anything else changes", async () => {
  post();
  const element = await show();
  const field = editField(element);
  field.value = "One, but better";
  tell("TalliesChanged", { interest: {}, support: { c_1: 3 } });
  tell("ContributionEdited", { contribution_id: "c_1", ...written("From my phone") });
  await settled(element);
  expect(editField(element)).toBe(field);
  expect(field.value).toBe("One, but better");
});

test("others' posts, and what is hidden, can't be edited", async () => {
  post();
  const element = await show();
  tell("ContributionHidden", { contribution_id: "c_1", reason_id: null, text_id: null });
  await settled(element);
  expect(editField(element)).toBeNull();
  expect(element.querySelector(".post__gone")!.textContent).toContain("Hidden by a moderator");

  post({ contribution_id: "c_2" });
  meeting.own = emptyState();
  expect(editField(await show())).toBeNull();
});

test("what waits for a moderator shows kind and time, and can be edited", async () => {
  post({ waiting: true });
  const element = await show();
  expect(element.querySelector(".post__note")!.textContent).toContain(
    "Waiting for a moderator",
  );
  expect(element.querySelector("time")!.getAttribute("datetime")).toBe(AT);
  expect(element.querySelector(".post")!.getAttribute("data-kind")).toBe("idea");
  expect(editField(element).value).toBe("One");
});

test("a refused form that the server shows again keeps its text and the reason", async () => {
  post();
  const element = await show(`<details class="edit" open
    ><form data-command="contribution.edit"
      ><input type="hidden" name="contribution_id" value="c_1"
      ><p class="refusal" role="alert">Please make the text shorter.</p
      ><textarea name="text">Long</textarea></form></details>`);
  const field = editField(element);
  expect(field.value).toBe("Long");
  expect(field.closest("details")!.open).toBe(true);
  expect(field.form!.querySelector(".refusal")!.textContent).toContain("shorter");
});
