/** Brings lines of notes up to date around the one that somebody is changing. */

/** Whether somebody types in it, or has opened something in it. */
export function isBusy(part: Element): boolean {
  // What is being heard plays on.
  if ([...part.querySelectorAll("audio")].some((audio) => !audio.paused)) return true;
  const fields = part.querySelectorAll<HTMLTextAreaElement | HTMLInputElement>(
    "textarea, input:not([type=hidden])",
  );
  return (
    part.querySelector("details[open]") !== null ||
    part.contains(document.activeElement) ||
    [...fields].some((field) => field.value !== field.defaultValue)
  );
}

/** Put in new lines and take out old ones; leave the one that is being changed. */
export function mergeLines(part: Element, fresh: Element): void {
  for (const list of part.querySelectorAll<HTMLElement>("[data-lines]")) {
    const kind = list.dataset["lines"] ?? "";
    const theirs = fresh.querySelector(`[data-lines="${kind}"]`);
    if (!theirs) continue;
    const standing = new Map<string, HTMLElement>();
    for (const line of [...list.children] as HTMLElement[]) {
      standing.set(line.dataset["note"] ?? "", line);
    }
    for (const line of [...theirs.children] as HTMLElement[]) {
      const old = standing.get(line.dataset["note"] ?? "");
      standing.delete(line.dataset["note"] ?? "");
      if (!old) list.append(document.importNode(line, true));
      else if (old.dataset["version"] !== line.dataset["version"]) renewLine(old, line);
    }
    for (const gone of standing.values()) {
      if (!isBusy(gone)) gone.remove();
    }
  }
}

function renewLine(old: HTMLElement, line: HTMLElement): void {
  if (!isBusy(old)) {
    old.replaceWith(document.importNode(line, true));
    return;
  }
  // Somebody is changing it: both are shown, and what is typed stays.
  const words = line.querySelector(".note__text")?.textContent ?? "";
  const place = old.querySelector(".note__text");
  if (place) place.textContent = words;
  old.dataset["version"] = line.dataset["version"] ?? "";
  const form = old.querySelector("form");
  const expect = form?.querySelector<HTMLInputElement>("[name=_expect]");
  if (!form || !expect) return;
  expect.value = line.dataset["version"] ?? "";
  form.querySelector(".note__both")?.remove();
  const note = document.createElement("p");
  note.className = "note__both";
  note.setAttribute("role", "status");
  note.textContent =
    `Somebody changed this line meanwhile: “${words}”. ` +
    "Saving puts yours in its place.";
  form.prepend(note);
}
