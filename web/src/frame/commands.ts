/** Takes every form that gives a command over from the browser: no reload. */

import { readSpan } from "../wording/clock-span";
import { confirmAction, type Question } from "./dialogs";
import type { PicturesToPost } from "../elements/pictures";
import { liveMeeting, type LiveMeeting } from "../meeting";
import { Moments } from "../wording/moments";
import type { VoiceToPost } from "../elements/voice";
import { describePlace, placeOf } from "../board/moves";
import { NotKept, randomName, type OutboxItem } from "../offline/outbox-store";
import type { Outcome } from "../offline/outbox";
import { renewParts } from "./server-parts";
import { takeTerms } from "../talk/terms";
import { toast } from "./toasts";
import type { Commands } from "../feed/types";

type Type = keyof Commands;

const NUMBERS = new Set(["version", "rules", "slow_seconds", "alarm_minutes", "level", "capacity", "dump_seconds", "minutes", "seconds", "choice"]);
/** As pages/frame/forms.py reads them: boxes or words with commas make a list. */
const LISTS = new Set(["purposes", "hold_words", "refuse_words", "needs", "wished", "tags", "contribution_ids", "options"]);
const LINES = new Set(["options"]);
const BOOLS = new Set([
  "on",
  "granted",
  "hosting",
  "pinned",
  "end",
  "called",
  "erase",
  "partly",
  "queue",
  "next",
  "ask",
  "by_audience",
]);
const NONE = "none";
const LABELS = new Set(["scope", "choice"]);
/** Empty is an answer here: it clears what stood. */
const CLEARABLE = new Set(["pitch", "wants"]);

const QUESTIONS: Partial<Record<Type, Question>> = {
  "session.withdraw": {
    title: "Withdraw this session?",
    text: "It leaves the timetable and its text is deleted. This can't be undone.",
    yes: "Withdraw it",
  },
  "channel.stop": {
    title: "Go off air?",
    text: "The broadcast of this room stops for everyone. You can go on air again.",
    yes: "Go off air",
  },
};

/** What is said when it is done; the others show by themselves. */
const DONE: Partial<Record<Type, string>> = {
  "session.propose": "Your session is among the proposals.",
  "session.edit": "Changed.",
  "session.withdraw": "The session is withdrawn.",
  "session.take_up": "You host it now. Choose its room and time.",
  "session.cohost": "Done. The others are told.",
  "session.merge": "Done. Both sides are told.",
  "session.decline_merge": "They stay apart.",
  "session.split": "Split off. Everyone concerned is told.",
  "session.label": "Changed.",
  "session.pin": "Changed.",
  "contribution.edit": "Changed.",
  "contribution.caption": "Changed.",
  "contribution.withdraw": "Taken back. It is deleted.",
  "contribution.hide": "Hidden. The author reads your reason.",
  "contribution.read_aloud": "Its author sees that it is read.",
  "session.start": "The session has begun.",
  "session.finish": "The session is over. Its notes stay open.",
  "hand.raise": "Your hand is up.",
  "contribution.publish": "Published.",
  "contribution.flag": "Thank you. The team looks at it.",
  "contribution.appeal": "Somebody of the team looks at it again and answers you.",
  "report.withdraw": "Taken back. It is deleted.",
  "question.prepare": "Noted.",
  "question.close": "Closed. Who watches later has as much time as the room had.",
  "meeting.edit": "Saved.",
  "cut.request": "Thank you. The team looks at it and answers you here.",
  "cut.make": "Taken out of the recording, what is written of it, and the search.",
  "cut.decline": "It stays. Who asked reads your answer.",
  "cut.undo": "It is back in the recording.",
};

/** These pages hold parts that only the server renders. */
const RELOADS = new Set<Type>([
  "meeting.open",
  "meeting.end",
  "meeting.reopen",
  "meeting.edit",
  "room.add",
  "room.edit",
  "slot.add",
  "slot.remove",
  "invite.revoke",
]);

/** Forms whose text is emptied at once: the thread shows it from the outbox. */
const ECHOED = new Set<Type>(["contribution.post"]);

/** Forms that begin anew once it is done: with nothing, or with what stands now. */
const EMPTIED = new Set<Type>([
  "session.propose",
  "contribution.hide",
  "contribution.edit",
  "contribution.caption",
  "marker.add",
  "note.add",
  "note.edit",
  "cut.request",
]);

const SLOW_MS = 4_000;

export function takeForms(root: Document = document): void {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset["command"]) return;
    const meeting = liveMeeting();
    if (!meeting?.outbox || form.querySelector("[name=_name]")) stamp(form);
    else {
      event.preventDefault();
      void give(form, event.submitter, meeting);
    }
  });
}

/** The command that a form gives: its fields without those for the page. */
export function readForm(
  form: HTMLFormElement,
  submitter: HTMLElement | null = null,
): {
  data: Record<string, unknown>;
  expect: number | undefined;
} {
  const data: Record<string, unknown> = {};
  let expect: number | undefined;
  const fields = new FormData(form, submitter);
  for (const [name, value] of fields) {
    const edits = form.dataset["command"] === "session.edit" && CLEARABLE.has(name);
    if (typeof value !== "string" || (value === "" && !edits)) continue;
    if (name === "_expect") expect = Number(value);
    else if (name === "_lists") value.split(" ").forEach((list) => (data[list] ??= []));
    else if (!name.startsWith("_") && !name.endsWith("_clock")) data[name] = readValue(name, value, fields);
  }
  // Times of day, as people type them, become moments.
  const zone = liveMeeting()?.page.meeting?.timezone ?? "UTC";
  Object.assign(data, readSpan(form, new Moments(zone)));
  if (form.dataset["command"] === "contribution.post") {
    takeTerms(data, new Moments(zone));
    data["key"] = randomName();
  }
  if (form.dataset["command"] === "note.edit") {
    // An empty field takes off what stood there.
    data["who"] ??= "";
    data["due_clear"] = data["due"] === undefined;
  }
  return { data, expect };
}

function readValue(name: string, value: string, fields: FormData): unknown {
  if (LABELS.has(name) && value === NONE) return null;
  if (NUMBERS.has(name)) return Number(value);
  if (BOOLS.has(name)) return value === "true";
  if (LISTS.has(name)) {
    const parts = fields.getAll(name).flatMap((one) => String(one).split(LINES.has(name) ? "\n" : /[\n,]/u));
    return [...new Set(parts.map((part) => part.trim()).filter(Boolean))];
  }
  return value;
}

/** The browser sends it itself: once, also when it is sent again. */
function stamp(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("[name=_client_id]");
  if (field && !field.value) field.value = randomName();
}

async function give(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
  meeting: LiveMeeting,
): Promise<void> {
  const type = form.dataset["command"] as Type;
  const question = QUESTIONS[type];
  if (question && !(await confirmAction(question))) return;
  // Pressed twice while its pictures are waited for: once is meant.
  if (keeping.has(form)) return;
  keeping.add(form);
  let kept: { outcome: Promise<Outcome> } | null;
  try {
    kept = await keep(form, submitter, meeting, type);
  } finally {
    keeping.delete(form);
  }
  if (!kept) return;
  if (ECHOED.has(type)) {
    form.reset();
    form.closest("details")?.removeAttribute("open");
    return;
  }
  const outcome = await busy(submitter, kept.outcome, isVote(type));
  if (outcome.ok) finish(form, type);
  else await refuse(form, outcome, meeting);
}

/** Forms whose words and files are being kept. */
const keeping = new WeakSet<HTMLFormElement>();

/** Keep what a form says on this device; null where it stays in the form. */
async function keep(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
  meeting: LiveMeeting,
  type: Type,
): Promise<{ outcome: Promise<Outcome> } | null> {
  const voice = form.querySelector<VoiceToPost>("fm-voice");
  const voices = voice ? await voice.files() : [];
  const pictures = form.querySelector<PicturesToPost>("fm-pictures");
  const refs = pictures ? await pictures.refs() : [];
  // It says itself, beside the picture, what is wrong.
  if (refs === null) return null;
  // Read last: what was typed while one waited for files belongs to it.
  const { data, expect } = readForm(form, submitter);
  if (refs.length || pictures?.edits) data["attachments"] = refs;
  if (isVote(type)) notePress(type, data, meeting);
  form.querySelector(".refusal")?.remove();
  try {
    const files = [...(pictures?.files() ?? []), ...voices];
    return await meeting.keep(type, data as never, expect, files);
  } catch (error) {
    // Nothing was kept or sent: the words stay in the form, and that is said.
    if (!(error instanceof NotKept)) throw error;
    showRefusal(form, `${error.message} Your words are still here: copy them, or try again.`);
    return null;
  }
}

function finish(form: HTMLFormElement, type: Type): void {
  const done = DONE[type];
  if (done) toast(done);
  if (EMPTIED.has(type)) form.reset();
  if (type.startsWith("session.") || EMPTIED.has(type)) {
    form.closest("details")?.removeAttribute("open");
  }
  form.closest("dialog")?.close();
  // Parts that only the server renders, such as a session's own page.
  const renews = form.dataset["renews"];
  if (renews) void renewParts(renews.split(" "));
  if (RELOADS.has(type)) location.reload();
}

/** Say why beside the form, which still holds what was typed. */
async function refuse(
  form: HTMLFormElement,
  outcome: Outcome & { ok: false },
  meeting: LiveMeeting,
): Promise<void> {
  const message = refusalWords(outcome.item, meeting);
  if (form.isConnected) showRefusal(form, message);
  else toast(message);
  if (form.isConnected || isVote(outcome.item.type as Type)) {
    await meeting.outbox?.discard(outcome.item.key);
  }
}

/** Of a move that came too late both places are named; the choice is kept. */
function refusalWords(item: OutboxItem, meeting: LiveMeeting): string {
  const message = item.refusal?.message ?? "This was refused.";
  const session = meeting.state?.sessions[String(item.data["session_id"])];
  if (item.refusal?.code !== "outdated" || !session || !meeting.state) return message;
  const zone = meeting.page.meeting?.timezone ?? "UTC";
  const here = describePlace(placeOf(session), meeting.state, new Moments(zone));
  return `${message} It stands now in ${here}. Your choice is kept.`;
}

export function showRefusal(form: HTMLFormElement, message: string): void {
  const note = document.createElement("p");
  note.className = "refusal";
  note.setAttribute("role", "alert");
  note.textContent = message;
  form.prepend(note);
}

/** Mark a button as working; off line it is given back, the outbox goes on. */
async function busy(
  submitter: HTMLElement | null,
  outcome: Promise<Outcome>,
  quietly: boolean,
): Promise<Outcome> {
  if (quietly || !(submitter instanceof HTMLButtonElement)) return outcome;
  const free = (): void => {
    submitter.disabled = false;
    submitter.removeAttribute("aria-busy");
  };
  submitter.disabled = true;
  submitter.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => {
    free();
    toast("Kept on this device. It is sent as soon as the connection is back.");
  }, SLOW_MS);
  try {
    return await outcome;
  } finally {
    clearTimeout(slow);
    free();
  }
}

function isVote(type: Type): boolean {
  return type === "session.interest" || type === "contribution.support";
}

function notePress(
  type: Type,
  data: Record<string, unknown>,
  meeting: LiveMeeting,
): void {
  const kind = type === "session.interest" ? "interest" : "support";
  const id = String(data[kind === "interest" ? "session_id" : "contribution_id"]);
  const tally =
    kind === "interest"
      ? meeting.state?.sessions[id]?.interest
      : meeting.state?.contributions[id]?.support;
  const shown = meeting.votes.shown(id, tally ?? 0);
  meeting.votes.press(id, shown, meeting.myLevel(kind, id), Number(data["level"]));
}
