/** `<fm-copy data-text>`: a button that copies; `data-label` says what. */

export class CopyText extends HTMLElement {
  connectedCallback(): void {
    if (this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--small button--quiet";
    button.textContent = this.word;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", () => void this.copy(button));
    this.append(button);
  }

  private async copy(button: HTMLButtonElement): Promise<void> {
    await copyText(this.dataset["text"] ?? "");
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = this.word), 2_000);
  }

  private get word(): string {
    return this.dataset["label"] ?? "Copy";
  }
}

/** Copy, also over plain HTTP, where there is no clipboard object. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

customElements.define("fm-copy", CopyText);
