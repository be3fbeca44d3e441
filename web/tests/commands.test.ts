// @vitest-environment happy-dom

import { beforeEach, expect, test, vi } from "vitest";

const desk = vi.hoisted(() => ({
  kept: [] as { type: string; data: Record<string, unknown> }[],
  refs: [] as ((refs: unknown[]) => void)[],
}));

vi.mock("../src/meeting", () => ({
  liveMeeting: () => ({
    page: { meeting: { timezone: "UTC" } },
    outbox: {},
    keep: (type: string, data: Record<string, unknown>) => {
      desk.kept.push({ type, data });
      // The outcome of what is sent may take for ever.
      return Promise.resolve({ outcome: new Promise(() => undefined) });
    },
  }),
}));

class Pictures extends HTMLElement {
  edits = false;
  files = (): unknown[] => [];
  refs = (): Promise<unknown[]> => new Promise((resolve) => desk.refs.push(resolve));
}
customElements.define("fm-pictures", Pictures);

async function show(inside = ""): Promise<HTMLFormElement> {
  const { takeForms } = await import("../src/frame/commands");
  const page = document.implementation.createHTMLDocument();
  page.body.innerHTML = `<form data-command="contribution.post">
    <textarea name="text"></textarea>${inside}</form>`;
  document.body.replaceChildren(page.querySelector("form")!);
  if (!taken) takeForms(document);
  taken = true;
  return document.querySelector("form")!;
}
let taken = false;

function press(form: HTMLFormElement): void {
  form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

beforeEach(() => {
  desk.kept.length = desk.refs.length = 0;
});

test("what is posted is kept at once, and the form begins anew before it is sent", async () => {
  const form = await show();
  const field = form.querySelector("textarea")!;
  field.value = "One";
  press(form);
  expect(desk.kept.map(({ data }) => data["text"])).toEqual(["One"]);
  await settled();
  expect(field.value).toBe("");
  field.value = "Two";
  press(form);
  await settled();
  expect(desk.kept.map(({ data }) => data["text"])).toEqual(["One", "Two"]);
});

test("pressed twice while pictures are on their way, it is posted once and whole", async () => {
  const form = await show("<fm-pictures></fm-pictures>");
  const field = form.querySelector("textarea")!;
  field.value = "One";
  press(form);
  press(form);
  await settled();
  expect(desk.kept).toEqual([]);
  field.value = "One and more";
  for (const have of desk.refs) have([{ attachment_id: "a_1", alt: "" }]);
  await settled();
  expect(desk.kept).toHaveLength(1);
  expect(desk.kept[0]!.data).toMatchObject({
    text: "One and more",
    attachments: [{ attachment_id: "a_1", alt: "" }],
  });
  expect(field.value).toBe("");
});
