/** Short messages at the edge of the page, read out politely. */

const SHOWN_MS = 6_000;

export interface ToastAction {
  word: string;
  act: () => void;
}

/** What the last message with an action offers, as long as it is shown. */
let offered: (() => void) | null = null;

/**
 * Show a message; with an action (such as "Undo") it stays a little longer. While
 * somebody points at it or is on its button it stays at all events.
 */
export function toast(text: string, action?: ToastAction): void {
  const note = document.createElement("p");
  note.className = "toast";
  note.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (action) {
    const act = (): void => {
      note.remove();
      if (offered === act) offered = null;
      action.act();
    };
    offered = act;
    note.append(actionButton(action.word, act));
  }
  region().append(note);
  const go = (): void => {
    if (note.matches(":hover, :focus-within")) setTimeout(go, 1_000);
    else note.remove();
  };
  setTimeout(go, action ? 2 * SHOWN_MS : SHOWN_MS);
}

/** Take the last offer, as Ctrl Z does; false if there is none any more. */
export function takeOffer(): boolean {
  const act = document.querySelector(".toast button") ? offered : null;
  act?.();
  return act !== null;
}

function actionButton(word: string, act: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small button--quiet";
  button.textContent = word;
  button.addEventListener("click", act);
  return button;
}

function region(): HTMLElement {
  const there = document.querySelector<HTMLElement>(".toasts");
  if (there) return there;
  const made = document.createElement("div");
  made.className = "toasts";
  made.setAttribute("role", "status");
  document.body.append(made);
  return made;
}
