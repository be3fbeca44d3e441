/** Short messages at the edge of the page, read out politely. */

const SHOWN_MS = 6_000;

export interface ToastAction {
  word: string;
  act: () => void;
}

/** A message that stands, as its sender goes on with it. */
export interface Toast {
  /** Whether its action was taken. */
  readonly taken: boolean;
  /** Say something else in its place, shown as long as if new; false where it has gone. */
  say(text: string): boolean;
  close(): void;
}

/** What the last message with an action offers, as long as it is shown. */
let offered: (() => void) | null = null;

/**
 * Show a message; with an action (such as "Undo") it stays a little longer. While
 * somebody points at it or is on its button it stays at all events.
 */
export function toast(text: string, action?: ToastAction): Toast {
  const note = document.createElement("p");
  note.className = "toast";
  const words = Object.assign(document.createElement("span"), { textContent: text });
  note.append(words);
  let taken = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const act = (): void => {
    taken = true;
    close();
    action?.act();
  };
  const close = (): void => {
    clearTimeout(timer);
    note.remove();
    if (offered === act) offered = null;
  };
  const go = (): void => {
    if (note.matches(":hover, :focus-within")) timer = setTimeout(go, 1_000);
    else close();
  };
  const stay = (): void => {
    clearTimeout(timer);
    timer = setTimeout(go, action ? 2 * SHOWN_MS : SHOWN_MS);
  };
  if (action) {
    offered = act;
    note.append(actionButton(action.word, act));
  }
  region().append(note);
  stay();
  return {
    get taken() {
      return taken;
    },
    say: (other) => {
      if (!note.isConnected) return false;
      words.textContent = other;
      stay();
      return true;
    },
    close,
  };
}

/** Take the last offer, as Ctrl Z does; false if there is none any more. */
export function takeOffer(): boolean {
  const act = offered;
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
