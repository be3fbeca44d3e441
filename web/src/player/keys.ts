/** The player's keys, as other players have them. */

export interface KeyActions {
  toggle(): void;
  skip(seconds: number): void;
  seekPart(part: number): void;
  goLive(): void;
  mute(): void;
  captions(): void;
  fullScreen(): void;
  faster(steps: number): void;
}

/** Do what a key stands for; false for keys that mean nothing here. */
export function actForKey(event: KeyboardEvent, actions: KeyActions): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target as Element;
  // Buttons, menus and the slider have their own keys.
  if (target.matches("select, input") && event.key !== "Escape") return false;
  if (target.matches("button") && (event.key === " " || event.key === "Enter")) {
    return false;
  }
  if (/^[0-9]$/.test(event.key)) {
    actions.seekPart(Number(event.key) / 10);
    return true;
  }
  const act = KEYS[event.key];
  act?.(actions);
  return act !== undefined;
}

const KEYS: Record<string, (actions: KeyActions) => void> = {
  " ": (actions) => actions.toggle(),
  k: (actions) => actions.toggle(),
  ArrowLeft: (actions) => actions.skip(-5),
  ArrowRight: (actions) => actions.skip(5),
  j: (actions) => actions.skip(-10),
  l: (actions) => actions.skip(10),
  Home: (actions) => actions.seekPart(0),
  End: (actions) => actions.goLive(),
  m: (actions) => actions.mute(),
  c: (actions) => actions.captions(),
  f: (actions) => actions.fullScreen(),
  ">": (actions) => actions.faster(1),
  "<": (actions) => actions.faster(-1),
};
