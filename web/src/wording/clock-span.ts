/** Two times of day in a form, and the moments that are meant (see pages/wording/spans.py). */

import type { Moments } from "./moments";

const DAY_SECONDS = 86_400;
const CLOCK = /^(\d{2}):(\d{2}):(\d{2})$/u;

/** A field shows seconds; the moment that was put in is kept beside it. */
export function putMoment(field: HTMLInputElement, at: Date, moments: Moments): void {
  field.value = moments.exact(at);
  field.dataset["at"] = at.toISOString();
}

/** The moment that a field means: as put in, or as typed near another. */
export function momentOf(
  field: HTMLInputElement,
  near: Date,
  moments: Moments,
): Date | null {
  const kept = field.dataset["at"];
  if (kept && moments.exact(kept) === field.value.trim()) return new Date(kept);
  const typed = secondsOf(field.value.trim());
  const standing = secondsOf(moments.exact(near));
  if (typed === null || standing === null) return null;
  let away = typed - standing;
  if (away > DAY_SECONDS / 2) away -= DAY_SECONDS;
  if (away < -DAY_SECONDS / 2) away += DAY_SECONDS;
  return new Date(Math.floor(near.getTime() / 1_000) * 1_000 + away * 1_000);
}

/** What a form's two fields mean; null where it has none or they can't be read. */
export function readSpan(
  form: HTMLFormElement,
  moments: Moments,
): { from_at: string; to_at: string } | null {
  const field = (name: string): HTMLInputElement | null => form.querySelector(`[name=${name}]`);
  const [from, to] = [field("from_clock"), field("to_clock")];
  const near = field("_near")?.value;
  if (!from || !to || !near) return null;
  const start = momentOf(from, new Date(near), moments);
  const end = start && momentOf(to, start, moments);
  return start && end ? { from_at: start.toISOString(), to_at: end.toISOString() } : null;
}

function secondsOf(clock: string): number | null {
  const [, hours, minutes, seconds] = CLOCK.exec(clock) ?? [];
  if (hours === undefined) return null;
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}
