/** The editor's keys, and what the list of them says. */

export const KEY_HELP: readonly [title: string, keys: readonly [string, string][]][] = [
  [
    "On a line",
    [
      ["↑ ↓", "Line before or after; with Shift select several"],
      ["Enter", "Change the words"],
      ["Space", "Play from here, or pause"],
      ["V", "Checked: these are the words (also of several lines)"],
      ["N", "To the next line that nobody checked"],
      ["S", "Speaker, here or everywhere"],
      ["T", "When it begins and ends"],
      ["A", "Add a line after it, where words are missing"],
      ["M", "Join with the next line"],
      ["Delete", "Delete the line"],
      ["P", "Publish without checking"],
      ["H", "What was done to it, and back to that"],
      ["Home End", "First or last line"],
    ],
  ],
  [
    "While you write",
    [
      ["Enter", "Keep, and on to the next line"],
      ["Escape", "Keep, and leave the words"],
      ["Ctrl Enter", "Divide at the caret"],
      ["Ctrl J", "Join with the next line"],
      ["Ctrl Space", "Play or pause"],
      ["Ctrl Shift Space", "Play from the word at the caret"],
      ["Alt ← →", "3 seconds back or on"],
      ["↑ ↓", "From the first or last row: line before or after"],
    ],
  ],
  [
    "Everywhere",
    [
      ["Ctrl Z", "Take back"],
      ["Ctrl Shift Z", "Do again"],
      ["Ctrl F", "Find and replace"],
      ["?", "These keys"],
    ],
  ],
];

/** A key as one word: `Ctrl Shift Z`, `ArrowUp`. ⌘ counts as Ctrl. */
export function nameOf(event: KeyboardEvent): string {
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  const key = event.key === " " ? "Space" : event.key;
  const single = key.length === 1;
  if (event.shiftKey && (!single || /[a-z]/iu.test(key))) parts.push("Shift");
  parts.push(single ? key.toUpperCase() : key);
  return parts.join(" ");
}
