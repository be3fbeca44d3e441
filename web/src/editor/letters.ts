/** Letters on the screen: where a click fell, what a span covers, how tall a field is. */

export function fit(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

export function isFirstRow(field: HTMLTextAreaElement): boolean {
  return field.selectionStart === 0 || isOneRow(field);
}

export function isLastRow(field: HTMLTextAreaElement): boolean {
  return field.selectionEnd === field.value.length || isOneRow(field);
}

function isOneRow(field: HTMLTextAreaElement): boolean {
  const row = parseFloat(getComputedStyle(field).lineHeight) || 24;
  return field.clientHeight < 1.9 * row;
}

/** The letter of a line at a place on the screen. */
export function offsetAt(text: HTMLElement, x: number, y: number): number | null {
  const found = document.caretRangeFromPoint?.(x, y);
  const modern = document as Document & {
    caretPositionFromPoint?(x: number, y: number): { offsetNode: Node; offset: number } | null;
  };
  const place = found
    ? { offsetNode: found.startContainer, offset: found.startOffset }
    : modern.caretPositionFromPoint?.(x, y);
  if (!place || !text.contains(place.offsetNode)) return null;
  const range = document.createRange();
  range.setStart(text, 0);
  range.setEnd(place.offsetNode, place.offset);
  return range.toString().length;
}

/** A span of letters of an element whose text may stand in several nodes. */
export function rangeOf(element: Element, [from, to]: [number, number]): Range | null {
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let passed = 0;
  let begun = false;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const length = node.nodeValue!.length;
    if (!begun && from < passed + length) {
      range.setStart(node, from - passed);
      begun = true;
    }
    if (begun && to <= passed + length) {
      range.setEnd(node, to - passed);
      return range;
    }
    passed += length;
  }
  return null;
}
