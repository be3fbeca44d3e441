/** `<fm-theme>`: light or dark at once, remembered for the server as a cookie. */

const YEAR_SECONDS = 31_536_000;

export class ThemeChoice extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!(button instanceof HTMLButtonElement)) return;
      event.preventDefault();
      document.documentElement.dataset["theme"] = button.value;
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `folkmoot-theme=${button.value}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
      // The button that was pressed may be hidden now; keep the focus here.
      this.querySelector<HTMLElement>(`button:not([value="${button.value}"])`)?.focus();
    });
  }
}

customElements.define("fm-theme", ThemeChoice);
