/** Parts of a page that only the server renders, brought up to date in place. */

/**
 * Ask for the page again and take these parts from it; one that the new page
 * hasn't got goes. False if the page could not be had: then all stay.
 *
 * `keep` is called just before anything is replaced, and what it returns just after:
 * who has typed or moved on while the page was coming keeps that too.
 */
export async function renewParts(
  selectors: readonly string[],
  keep?: () => () => void,
): Promise<boolean> {
  const shown = selectors.filter((selector) => document.querySelector(selector));
  if (!shown.length) return true;
  try {
    const address = `${location.pathname}${location.search}`;
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok) return false;
    const made = new DOMParser().parseFromString(await response.text(), "text/html");
    const restore = keep?.();
    for (const selector of shown) replacePart(selector, made);
    restore?.();
    return true;
  } catch {
    return false;
  }
}

function replacePart(selector: string, made: Document): void {
  const old = document.querySelector(selector);
  const fresh = made.querySelector(selector);
  if (!old) return;
  if (!fresh) old.remove();
  else if (!renewAround(old, fresh)) old.replaceWith(document.importNode(fresh, true));
}

const PLAYER = "fm-player";

/**
 * Make everything anew but the players, so that a film plays on: moved to another
 * place they would begin again. False where none of them is in the new part.
 */
function renewAround(old: Element, fresh: Element): boolean {
  const stays = new Map<Element, Element>();
  for (const player of old.querySelectorAll<HTMLElement>(PLAYER)) {
    const made = [...fresh.querySelectorAll<HTMLElement>(PLAYER)].find(
      (one) => nameOf(one) === nameOf(player),
    );
    if (made) stays.set(made, player);
  }
  if (!stays.size || !isOrdered([...stays.values()])) return false;
  exchange(old, fresh, stays);
  return true;
}

function exchange(old: Element, fresh: Element, stays: Map<Element, Element>): void {
  const kept = new Map<Node, Element>();
  for (const [made, player] of stays) {
    const [place, standing] = [childWith(fresh, made), childWith(old, player)];
    if (place && standing) kept.set(place, standing);
  }
  const standing = new Set<Node>(kept.values());
  for (const node of [...old.childNodes]) if (!standing.has(node)) node.remove();
  for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
  let after: Node | null = null;
  for (const node of [...fresh.childNodes].reverse()) {
    const here = kept.get(node);
    if (here && !stays.has(node as Element)) exchange(here, node as Element, stays);
    after = here ?? old.insertBefore(document.importNode(node, true), after);
  }
}

function childWith(parent: Element, inner: Element): Element | null {
  return [...parent.children].find((child) => child.contains(inner)) ?? null;
}

/** Which film a player shows; a signed address is another each time. */
function nameOf({ dataset }: HTMLElement): string {
  return [dataset["room"], dataset["span"], dataset["startsAt"]].join();
}

function isOrdered(elements: readonly Element[]): boolean {
  return elements.every((one, index) => {
    const next = elements[index + 1];
    return !next || one.compareDocumentPosition(next) & Node.DOCUMENT_POSITION_FOLLOWING;
  });
}
