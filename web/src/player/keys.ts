/** The player's keys, as other players have them. */

export interface KeyActions {
  toggle(): void;
  skip(seconds: number): void;
  seekPart(part: number): void;
  goLive(): void;
  mute(): void;
  louder(step: number): void;
  captions(): void;
  fullScreen(): void;
  smallWindow(): void;
  chapter(step: 1 | -1): void;
  place(step: 1 | -1): void;
  faster(steps: number): void;
  settings(): void;
  help(): void;
  close(): boolean;
}

/** Do what a key stands for; false for keys that mean nothing here. */
export function actForKey(event: KeyboardEvent, actions: KeyActions): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target as Element;
  if (event.key === "Escape") return actions.close();
  // Fields and buttons have keys of their own, and the timeline most of them.
  if (target.matches("select, input:not([type=range])")) return false;
  if (target.matches("input") && OF_SLIDERS.has(event.key)) return false;
  if (target.matches("button, summary") && (event.key === " " || event.key === "Enter")) {
    return false;
  }
  if (/^[0-9]$/.test(event.key)) {
    actions.seekPart(Number(event.key) / 10);
    return true;
  }
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  act?.(actions);
  return act !== undefined;
}

const OF_SLIDERS = new Set([
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "PageUp",
  "PageDown",
]);

const KEYS: Record<string, (actions: KeyActions) => void> = {
  " ": (actions) => actions.toggle(),
  k: (actions) => actions.toggle(),
  ArrowLeft: (actions) => actions.skip(-5),
  ArrowRight: (actions) => actions.skip(5),
  ArrowUp: (actions) => actions.louder(0.1),
  ArrowDown: (actions) => actions.louder(-0.1),
  j: (actions) => actions.skip(-10),
  l: (actions) => actions.skip(10),
  Home: (actions) => actions.seekPart(0),
  End: (actions) => actions.goLive(),
  n: (actions) => actions.chapter(1),
  p: (actions) => actions.chapter(-1),
  ".": (actions) => actions.place(1),
  ",": (actions) => actions.place(-1),
  m: (actions) => actions.mute(),
  c: (actions) => actions.captions(),
  f: (actions) => actions.fullScreen(),
  i: (actions) => actions.smallWindow(),
  s: (actions) => actions.settings(),
  ">": (actions) => actions.faster(1),
  "<": (actions) => actions.faster(-1),
  "?": (actions) => actions.help(),
};

/** What the help says, in its order. */
export const KEY_HELP: readonly [keys: string, does: string][] = [
  ["Space or K", "Play or pause"],
  ["← →", "5 seconds back or on"],
  ["J L", "10 seconds back or on"],
  ["P N", "To the item before or after"],
  [", .", "To the place before or after where your search was said"],
  ["0 … 9", "To a tenth of the recording"],
  ["Home End", "To the beginning; to the live picture or the end"],
  ["↑ ↓", "Louder or softer"],
  ["M", "Sound off or on"],
  ["C", "Captions off or on"],
  ["< >", "Slower or faster"],
  ["S", "Picture, data and captions"],
  ["I", "Small window"],
  ["F", "Full screen"],
  ["?", "These keys"],
];
