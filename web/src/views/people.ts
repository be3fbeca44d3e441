/** How a person is shown; the same as server/folkmoot/pages/wording/people.py. */

export interface Avatar {
  initials: string;
  hue: string;
}

const HUES = 8;

/** Initials on one of eight quiet colours; nobody's name gives the anonymous one. */
export function drawAvatar(name: string | null | undefined): Avatar {
  const words = (name ?? "").split(/\s+/u).filter(Boolean);
  const [first, last] = [words[0], words.at(-1)];
  if (!first || !last) return { initials: "?", hue: "none" };
  const letter = (word: string): string => Array.from(word)[0] ?? "";
  const initials = letter(first) + (words.length > 1 ? letter(last) : "");
  const sum = Array.from(name ?? "").reduce((n, c) => n + (c.codePointAt(0) ?? 0), 0);
  return { initials: initials.toUpperCase(), hue: String(sum % HUES) };
}
