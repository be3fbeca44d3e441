/** Parts of a page that only the server renders, brought up to date in place. */

/**
 * Ask for the page again and take these parts from it; one that the new page
 * hasn't got goes. False if the page could not be had: then all stay.
 */
export async function renewParts(selectors: readonly string[]): Promise<boolean> {
  const shown = selectors.filter((selector) => document.querySelector(selector));
  if (!shown.length) return true;
  try {
    const address = `${location.pathname}${location.search}`;
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok) return false;
    const made = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const selector of shown) replacePart(selector, made);
    return true;
  } catch {
    return false;
  }
}

function replacePart(selector: string, made: Document): void {
  const old = document.querySelector(selector);
  const fresh = made.querySelector(selector);
  if (fresh) old?.replaceWith(document.importNode(fresh, true));
  else old?.remove();
}
