/** Questions before something that can't be taken back. */

export interface Question {
  title: string;
  text: string;
  yes: string;
}

/** Two versions of one thing, of which somebody else made one. */
export interface Versions {
  title: string;
  theirs: { word: string; place: string };
  yours: { word: string; place: string };
  keep: string;
  take: string;
}

/** Ask in a dialog; false also when it is closed with Escape. */
export function confirmAction(question: Question): Promise<boolean> {
  const text = Object.assign(document.createElement("p"), { textContent: question.text });
  return ask(question.title, text, [
    button("Cancel", "no", "button button--quiet"),
    button(question.yes, "yes", "button button--danger"),
  ]);
}

/** Show both versions; true for one's own. */
export function chooseVersion(versions: Versions): Promise<boolean> {
  const list = document.createElement("dl");
  list.className = "versions";
  for (const { word, place } of [versions.theirs, versions.yours]) {
    const one = document.createElement("div");
    one.append(
      Object.assign(document.createElement("dt"), { textContent: word }),
      Object.assign(document.createElement("dd"), { textContent: place }),
    );
    list.append(one);
  }
  return ask(versions.title, list, [
    button(versions.keep, "no", "button button--primary"),
    button(versions.take, "yes", "button button--quiet"),
  ]);
}

function ask(
  question: string,
  body: HTMLElement,
  buttons: HTMLButtonElement[],
): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "dialog-title");
  const title = Object.assign(document.createElement("h2"), {
    id: "dialog-title",
    textContent: question,
  });
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "dialog__actions";
  form.append(...buttons);
  dialog.append(title, body, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
  });
}

function button(word: string, value: string, className: string): HTMLButtonElement {
  return Object.assign(document.createElement("button"), {
    className,
    value,
    textContent: word,
  });
}
