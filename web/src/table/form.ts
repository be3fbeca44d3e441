/** A card's form as data, and data put back into the form. */

import type { CardData } from "./store";

/** Letters behind a number; the same sum as `core/talk/cards.py`. */
const LETTERS = "ABCDEFGHJKMNPQRSTVW";

/** The code as it is printed; null where it can't be one. */
export function readCode(typed: string): string | null {
  const plain = typed.replace(/[^0-9a-z]/giu, "").toUpperCase();
  const found = /^(\d{1,7})([A-Z])$/u.exec(plain);
  if (!found) return null;
  const number = Number(found[1]);
  if (LETTERS[(number * 7) % LETTERS.length] !== found[2]) return null;
  return `${String(number).padStart(3, "0")}${found[2]}`;
}

export class FormProblem extends Error {}

export function readCard(form: HTMLFormElement): CardData {
  const fields = new FormData(form);
  const text = (name: string): string => String(fields.get(name) ?? "").trim();
  const card = readCode(text("card"));
  if (!card) {
    throw new FormProblem("This is not a card’s number. Please look again.");
  }
  const data: CardData = {
    card,
    table: text("table"),
    name: text("name"),
    interests: [
      ...new Set([
        ...fields.getAll("interest").map(String),
        ...calledSessions(form, text("numbers")),
      ]),
    ],
  };
  if (text("title")) {
    const hosting = text("hosting") !== "no";
    data.proposals = [{ title: text("title"), pitch: text("pitch"), hosting }];
  }
  if (text("text")) {
    const thread = text("thread") || "meeting";
    data.contributions = [{ text: text("text"), kind: text("kind") || "note", thread }];
  }
  if (text("reply")) {
    data.reply = text("reply");
    data.reply_to = text("reply_to");
  }
  if (!data.interests.length && !data.proposals && !data.contributions) {
    throw new FormProblem("There is nothing on this card.");
  }
  return data;
}

/** Put what was taken down back, to be looked at again. */
export function fillCard(form: HTMLFormElement, data: CardData): void {
  const [proposal] = data.proposals ?? [];
  const [said] = data.contributions ?? [];
  const fields: Record<string, string | undefined> = {
    card: data.card,
    table: data.table,
    name: data.name,
    title: proposal?.title,
    pitch: proposal?.pitch,
    hosting: proposal && !proposal.hosting ? "no" : "yes",
    text: said?.text,
    kind: said?.kind,
    thread: said?.thread,
    reply: data.reply,
    reply_to: data.reply_to,
  };
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements.namedItem(name) as HTMLInputElement | null;
    if (field && value !== undefined) field.value = value;
  }
  for (const box of boxes(form)) box.checked = data.interests.includes(box.value);
}

function calledSessions(form: HTMLFormElement, numbers: string): string[] {
  return (numbers.match(/\d+/gu) ?? []).map((number) => {
    const box = boxes(form).find((one) => Number(one.dataset["number"]) === Number(number));
    if (!box) throw new FormProblem(`There is no session number ${number}.`);
    return box.value;
  });
}

function boxes(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>("input[name=interest]")];
}
