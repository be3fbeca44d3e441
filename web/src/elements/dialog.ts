/**
 * `<fm-dialog id>`: a part of the page that opens as a dialog over it. Without script
 * it stands where it is, and links to it lead there.
 */

export class PageDialog extends HTMLElement {
  private dialog: HTMLDialogElement | null = null;

  connectedCallback(): void {
    if (this.dialog) return;
    // A form that came back refused is shown at once.
    const refused = this.querySelector(".refusal") !== null;
    const dialog = document.createElement("dialog");
    dialog.className = "dialog dialog--form";
    const title = this.querySelector("h2, h3");
    if (title?.id) dialog.setAttribute("aria-labelledby", title.id);
    dialog.append(...this.childNodes, closer(dialog));
    dialog.addEventListener("close", () => {
      if (location.hash === `#${this.id}`) history.replaceState(null, "", location.pathname);
    });
    this.append(dialog);
    this.dialog = dialog;
    this.dataset["ready"] = "";
    document.addEventListener("click", this.clicked);
    if (refused || location.hash === `#${this.id}`) this.open();
  }

  disconnectedCallback(): void {
    document.removeEventListener("click", this.clicked);
  }

  open(): void {
    if (!this.dialog || this.dialog.open) return;
    this.dialog.showModal();
    const first = "input:not([type=hidden]), textarea, select";
    this.dialog.querySelector<HTMLElement>(first)?.focus();
  }

  private readonly clicked = (event: MouseEvent): void => {
    const link = (event.target as HTMLElement).closest?.(`a[href="#${CSS.escape(this.id)}"]`);
    if (!link) return;
    event.preventDefault();
    this.open();
  };
}

function closer(dialog: HTMLDialogElement): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-button dialog__close";
  button.setAttribute("aria-label", "Close");
  button.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#i-close"></use></svg>';
  button.addEventListener("click", () => dialog.close());
  return button;
}

customElements.define("fm-dialog", PageDialog);
