/** What somebody has begun to write stays on this device until it is sent. */

const PREFIX = "folkmoot-draft:";
const KEPT = "folkmoot-kept:";
const LEFT_FROM = 500;

/** Put drafts back into the forms that are new since the last time. */
export function bringDrafts(root: HTMLElement): void {
  const fresh = "form[data-command^='contribution.']:not([data-drafted])";
  for (const form of root.querySelectorAll<HTMLFormElement>(fresh)) {
    form.dataset["drafted"] = "";
    const field = textOf(form);
    const draft = field && read(keyOf(form));
    if (field && draft && field.value === field.defaultValue) field.value = draft;
    for (const one of form.querySelectorAll<HTMLInputElement>("[data-kept]")) {
      if (!one.value) one.value = read(KEPT + one.name) ?? "";
    }
    if (field) showLeft(field);
  }
}

export function keepDraft(event: Event): void {
  const field = event.target;
  if (field instanceof HTMLInputElement && field.hasAttribute("data-kept")) {
    write(KEPT + field.name, field.value);
  }
  if (!(field instanceof HTMLTextAreaElement) || !field.form) return;
  write(keyOf(field.form), field.value === field.defaultValue ? "" : field.value);
  showLeft(field);
}

export function dropDraft(event: Event): void {
  const form = event.target as HTMLFormElement;
  write(keyOf(form), "");
}

/** A form that begins anew still knows whom one speaks for. */
export function renewKept(form: HTMLFormElement): void {
  for (const one of form.querySelectorAll<HTMLInputElement>("[data-kept]")) {
    one.value = read(KEPT + one.name) ?? "";
  }
  const field = textOf(form);
  if (field) showLeft(field);
}

function showLeft(field: HTMLTextAreaElement): void {
  const place = field.parentElement?.querySelector(".composer__left");
  if (!place) return;
  const left = field.maxLength - field.value.length;
  const words = left <= LEFT_FROM ? `${left} characters left` : "";
  if (place.textContent !== words) place.textContent = words;
}

function textOf(form: HTMLFormElement): HTMLTextAreaElement | null {
  return form.querySelector("textarea[name=text]");
}

/** The meeting, the command and what it is about. */
function keyOf(form: HTMLFormElement): string {
  const about = ["thread", "reply_to", "contribution_id"]
    .map((name) => form.querySelector<HTMLInputElement>(`input[name=${name}]`)?.value ?? "")
    .join("|");
  return `${PREFIX}${new URL(form.action).pathname}|${form.dataset["command"]}|${about}`;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing: the text stays in its field alone.
  }
}
