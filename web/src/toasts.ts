/** Short messages at the edge of the page, read out politely. */

const SHOWN_MS = 6_000;

export interface ToastAction {
  word: string;
  act: () => void;
}

/** Show a message; with an action (such as "Undo") it stays a little longer. */
export function toast(text: string, action?: ToastAction): void {
  const note = document.createElement("p");
  note.className = "toast";
  note.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (action) note.append(actionButton(action, () => note.remove()));
  region().append(note);
  setTimeout(() => note.remove(), action ? 2 * SHOWN_MS : SHOWN_MS);
}

function actionButton(action: ToastAction, done: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small button--quiet";
  button.textContent = action.word;
  button.addEventListener("click", () => {
    done();
    action.act();
  });
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
