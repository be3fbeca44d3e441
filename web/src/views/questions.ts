/** Quick questions as one viewer sees them; as pages/live/questions.py does. */

import type { WireMeeting, WireQuestion } from "../feed/types";

export const HIDDEN = -1;
const SCALE = 5;
const AUDIENCES: Record<string, string> = {
  room: "In the room",
  remote: "Elsewhere",
  all: "Everybody",
};

export interface Bar {
  label: string;
  /** In hundredths of what is told. */
  share: number;
  count: number | null;
  hidden: boolean;
}

export interface Row {
  title: string;
  bars: Bar[];
  total: number | null;
}

export interface QuestionView {
  key: string;
  question: WireQuestion;
  text: string;
  labels: string[];
  /** `ahead`: the viewer's film is not there yet. */
  state: "ahead" | "open" | "closed";
  rows: Row[];
}

/** Where somebody sees a question: in its room, or as far behind as the public is. */
export type Inside = (question: WireQuestion) => boolean;

/**
 * What was asked, the newest first; `playhead` is where the viewer's film is. Who has
 * none reads with the delay of the room, unless they are `inside` it.
 */
export function viewQuestions(
  state: WireMeeting,
  now: number,
  playhead: { room: string; at: number } | null = null,
  inside: Inside = () => false,
): QuestionView[] {
  const rooms = Object.values(state.rooms);
  const behind = ({ room_id: id }: WireQuestion): number =>
    Math.max(
      0,
      ...rooms
        .filter(({ room_id }) => id === null || room_id === id)
        .map(({ delay_seconds }) => delay_seconds * 1_000),
    );
  return Object.values(state.questions)
    .map((question) =>
      viewQuestion(question, now, playhead, inside(question) ? 0 : behind(question)),
    )
    .sort((a, b) => Date.parse(b.question.opened_at) - Date.parse(a.question.opened_at));
}

function viewQuestion(
  question: WireQuestion,
  now: number,
  playhead: { room: string; at: number } | null,
  behind: number,
): QuestionView {
  const labels = labelsOf(question);
  return {
    key: question.question_id,
    question,
    text: question.content?.text ?? "",
    labels,
    state: stateOf(question, now, playhead, behind),
    rows: rowsOf(question, labels),
  };
}

/** A question opens and closes where its viewer is, and is over for all at one moment. */
export function stateOf(
  question: WireQuestion,
  now: number,
  playhead: { room: string; at: number } | null,
  behind = 0,
): QuestionView["state"] {
  const { opened_at, closed_at, answers_until, room_id } = question;
  const here = playhead && (room_id === null || room_id === playhead.room);
  const at = here ? playhead.at : now - behind;
  if (at < Date.parse(opened_at)) return "ahead";
  if (answers_until !== null && Date.parse(answers_until) <= now) return "closed";
  if (here && closed_at !== null && at > Date.parse(closed_at)) return "closed";
  return "open";
}

export function labelsOf(question: WireQuestion): string[] {
  const { content } = question;
  if (question.kind === "scale") {
    const ends: Record<number, string | undefined> = { 1: content?.low, [SCALE]: content?.high };
    return Array.from({ length: SCALE }, (_, index) => {
      const end = ends[index + 1];
      return end ? `${index + 1}: ${end}` : String(index + 1);
    });
  }
  return content?.options ?? Array.from({ length: question.options }, (_, n) => String(n));
}

function rowsOf({ counts, shares, totals }: WireQuestion, labels: string[]): Row[] {
  const settled = Object.keys(counts).length > 0;
  return Object.entries(settled ? counts : shares).map(([audience, told]) => {
    const whole = told.reduce((sum, one) => sum + Math.max(0, one), 0) || 1;
    const total = totals[audience] ?? HIDDEN;
    return {
      title: AUDIENCES[audience] ?? audience,
      total: total === HIDDEN ? null : total,
      bars: told.map((number, index) => ({
        label: labels[index] ?? "",
        share: number === HIDDEN ? 0 : Math.round((number * 100) / whole),
        count: settled && number !== HIDDEN ? number : null,
        hidden: number === HIDDEN,
      })),
    };
  });
}
