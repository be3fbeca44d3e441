/** `<fm-search>`: results while typing, from the same page that a form would get. */

const PAUSE_MS = 250;
const SHORTEST = 2;

export class SearchBox extends HTMLElement {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private request: AbortController | undefined;

  connectedCallback(): void {
    const form = this.querySelector("form");
    form?.addEventListener("input", () => this.later(form));
    form?.addEventListener("change", () => this.later(form));
  }

  private later(form: HTMLFormElement): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.find(form), PAUSE_MS);
  }

  private async find(form: HTMLFormElement): Promise<void> {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value) query.set(name, value);
    }
    if ((query.get("q") ?? "").trim().length < SHORTEST) return;
    const address = `${form.action.split("?")[0]}?${query}`;
    this.request?.abort();
    this.request = new AbortController();
    try {
      const response = await fetch(address, { signal: this.request.signal });
      if (!response.ok) return;
      this.show(await response.text());
      history.replaceState(history.state, "", address);
    } catch {
      // Typed on, or off line: the form itself still works.
    }
  }

  /** Take the results over from the page; the server has escaped them. */
  private show(page: string): void {
    const made = new DOMParser().parseFromString(page, "text/html");
    const parts = ".search__results, .search__start, .refusal";
    const fresh = made.querySelectorAll(`fm-search > :is(${parts})`);
    if (!fresh.length) return;
    for (const old of this.querySelectorAll(`:scope > :is(${parts})`)) old.remove();
    for (const part of fresh) this.append(document.importNode(part, true));
  }
}

customElements.define("fm-search", SearchBox);
