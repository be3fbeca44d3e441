/** Questions before something that can't be taken back. */

export interface Question {
  title: string;
  text: string;
  yes: string;
}

/** Ask in a dialog; false also when it is closed with Escape. */
export function confirmAction(question: Question): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "dialog-title");
  const title = Object.assign(document.createElement("h2"), {
    id: "dialog-title",
    textContent: question.title,
  });
  const text = Object.assign(document.createElement("p"), { textContent: question.text });
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "dialog__actions";
  form.append(
    button("Cancel", "no", "button button--quiet"),
    button(question.yes, "yes", "button button--danger"),
  );
  dialog.append(title, text, form);
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
