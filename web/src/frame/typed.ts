/** What somebody has begun to type before the script took a form over. */

interface Typed {
  form: string;
  name: string;
  value: string;
  focused: boolean;
  selection: [number, number] | null;
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** Remember it; returns what puts it back into the forms rendered anew. */
export function keepTyped(root: HTMLElement): () => void {
  const typed: Typed[] = [];
  const refusals = [...root.querySelectorAll("form[data-command] > .refusal")].map(
    (note) => ({ form: nameOf(note.parentElement as HTMLFormElement), note }),
  );
  const open = [...root.querySelectorAll("details[open] > form")].map((form) =>
    nameOf(form as HTMLFormElement),
  );
  for (const field of fieldsOf(root)) {
    const focused = document.activeElement === field;
    // What the server gives back with its refusal was typed as well.
    const refused = field.form?.querySelector(".refusal") != null;
    if (!field.form || (!focused && !refused && isUntouched(field))) continue;
    typed.push({
      form: nameOf(field.form),
      name: field.name,
      value: valueOf(field),
      focused,
      selection: selectionOf(field),
    });
  }
  return () => {
    for (const form of root.querySelectorAll<HTMLFormElement>("form[data-command]")) {
      const refusal = refusals.find((one) => one.form === nameOf(form));
      if (refusal) form.prepend(refusal.note);
    }
    for (const field of fieldsOf(root)) {
      const form = field.form ? nameOf(field.form) : "";
      if (open.includes(form)) field.closest("details")?.setAttribute("open", "");
      const match = typed.find((one) => one.form === form && isFor(one, field));
      if (match) putBack(field, match);
    }
  };
}

function isFor(typed: Typed, field: Field): boolean {
  return typed.name === field.name && (!isRadio(field) || typed.value === field.value);
}

function putBack(field: Field, typed: Typed): void {
  if (isRadio(field)) field.checked = true;
  else if (isCheckbox(field)) field.checked = typed.value === "on";
  else field.value = typed.value;
  if (typed.focused) field.focus({ preventScroll: true });
  if (typed.selection && "setSelectionRange" in field) {
    field.setSelectionRange(...typed.selection);
  }
}

function fieldsOf(root: HTMLElement): Field[] {
  const fields = root.querySelectorAll<Field>(
    "form[data-command] :is(input:not([type=hidden]), textarea, select)",
  );
  return [...fields];
}

/** The form's command and what it is about, the same in every rendering. */
function nameOf(form: HTMLFormElement): string {
  const about = [...form.querySelectorAll<HTMLInputElement>("input[type=hidden]")]
    .filter((field) => !field.name.startsWith("_"))
    .map((field) => `${field.name}=${field.value}`);
  return [form.dataset["command"], ...about].join(" ");
}

function isUntouched(field: Field): boolean {
  if (field instanceof HTMLSelectElement) return true;
  if (isRadio(field)) return !field.checked;
  if (isCheckbox(field)) return field.checked === field.defaultChecked;
  return field.value === field.defaultValue;
}

function valueOf(field: Field): string {
  return isCheckbox(field) ? (field.checked ? "on" : "") : field.value;
}

function selectionOf(field: Field): [number, number] | null {
  if (field instanceof HTMLSelectElement || field.selectionStart === null) return null;
  return [field.selectionStart, field.selectionEnd ?? field.selectionStart];
}

function isRadio(field: Field): field is HTMLInputElement {
  return field.type === "radio";
}

function isCheckbox(field: Field): field is HTMLInputElement {
  return field.type === "checkbox";
}
