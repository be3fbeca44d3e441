/** What waits for an answer and how long, as pages/follow_up/answers.py says it. */

import type { WireContribution, WireMeeting } from "../feed/types";

/** As `ASKING` of core/follow_up/answers.py. */
const ASKING = new Set(["question", "concern"]);

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;

/** A length of time, rounded down: `2 days`, `3 h 20 min`. */
export function sayWait(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes >= 2 * DAY) return `${Math.floor(minutes / DAY)} days`;
  if (minutes >= HOUR) {
    const hours = Math.floor(minutes / HOUR);
    const rest = minutes % HOUR;
    return hours < 10 && rest ? `${hours} h ${rest} min` : `${hours} h`;
  }
  return `${Math.max(minutes, 1)} min`;
}

/** How long is left, or for how long it has been due. */
export function sayDue(at: number, now: number): string {
  return at > now ? `${sayWait(at - now)} left` : `overdue by ${sayWait(now - at)}`;
}

/** Whether everyone may read a contribution and it asks for an answer. */
function asks(contribution: WireContribution): boolean {
  const gone = contribution.hidden || contribution.withdrawn || contribution.waiting;
  return ASKING.has(contribution.kind) && !gone;
}

/** Whether it has a whole answer; a promise or a part of one leaves it open. */
export function isAnswered(state: WireMeeting, contributionId: string): boolean {
  const answer = state.answers[contributionId];
  return !!answer && !answer.partly && ["room", "writing"].includes(answer.way);
}

/** How many of all questions and concerns are answered; nothing where there are none. */
export function sayAnswered(state: WireMeeting): string {
  const asked = Object.values(state.contributions).filter(asks);
  if (!asked.length) return "";
  const done = asked.filter((one) => isAnswered(state, one.contribution_id)).length;
  return `${done} of ${asked.length} answered`;
}
