/** The editor's panels over the page: keys, who speaks, when, and what was done. */

import { html, nothing, type TemplateResult } from "lit";

import type { Moments } from "../wording/moments";
import { countLines, ORIGIN_WORDS } from "./drawing";
import { KEY_HELP } from "./keys";
import type { PastEdit } from "./service";
import type { Cue, Sheet } from "./sheet";
import { readTime, writeTime } from "./times";

const WHAT_WORDS: Record<string, string> = {
  words: "changed the words",
  speaker: "named the speaker",
  time: "changed the times",
  split: "divided it",
  merged: "joined it with the next",
  deleted: "deleted it",
  added: "added it",
  renamed: "renamed the speaker everywhere",
  checked: "checked it against the recording",
  unchecked: "took the check mark off",
  published: "published it",
  undone: "took a change back",
};

export type Panel =
  | { kind: "keys" }
  | { kind: "speaker" | "times"; cue: Cue; problem?: string }
  | { kind: "history"; cue: Cue; edits: PastEdit[] | null };

/** What panels know of the editor. */
export interface PanelView {
  sheet: Sheet;
  moments: Moments;
  /** How many lines are selected. */
  selected: number;
  suggested: ReadonlyMap<string, string>;
  /** The moment that the picture shows. */
  shownAt: string | null;
}

export interface PanelActs {
  name(cue: Cue, speaker: string, everywhere: boolean): void;
  setTimes(cue: Cue, at: string, endAt: string): void;
  refuse(panel: Panel): void;
  revert(edit: PastEdit): void;
  shut(): void;
  closed(): void;
}

const TITLES: Record<Panel["kind"], string> = {
  keys: "Keys",
  speaker: "Who speaks?",
  times: "When is it said?",
  history: "What was done to this line",
};

export function drawPanel(panel: Panel | null, view: PanelView, acts: PanelActs): TemplateResult {
  const title = panel ? TITLES[panel.kind] : "";
  return html`<dialog class="dialog editor-panel" aria-label=${title} @close=${() => acts.closed()}>
    ${panel ? html`<h2>${title}</h2>${inside(panel, view, acts)}` : nothing}
  </dialog>`;
}

function inside(panel: Panel, view: PanelView, acts: PanelActs): TemplateResult {
  switch (panel.kind) {
    case "keys":
      return keys(acts);
    case "speaker":
      return speaker(panel.cue, view, acts);
    case "times":
      return times(panel, view, acts);
    case "history":
      return history(panel.cue, panel.edits, view.moments, acts);
  }
}

function keys(acts: PanelActs): TemplateResult {
  return html`<div class="editor-keys">
      ${KEY_HELP.map(
        ([title, some]) => html`<section>
          <h3>${title}</h3>
          <dl>${some.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
        </section>`,
      )}
    </div>
    ${closing(acts)}`;
}

function closing(acts: PanelActs): TemplateResult {
  return html`<p class="dialog__actions">
    <button type="button" class="button" data-first @click=${() => acts.shut()}>Close</button>
  </p>`;
}

function cancelling(acts: PanelActs): TemplateResult {
  return html`<button type="button" class="button button--quiet" @click=${() => acts.shut()}>Cancel</button>`;
}

function speaker(cue: Cue, view: PanelView, acts: PanelActs): TemplateResult {
  const known = view.sheet.speakers();
  const lines = known.find(([name]) => name === cue.speaker)?.[1] ?? 0;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const everywhere = (event.submitter as HTMLButtonElement | null)?.value === "all";
    acts.name(cue, fields.get("speaker") as string, everywhere);
  };
  return html`<form class="editor-form" @submit=${submit}>
    <label class="field"><span class="field__label">Name</span
      ><input class="input" name="speaker" maxlength="200" autocomplete="off" list="editor-speakers" data-first
        .value=${cue.speaker ?? view.suggested.get(cue.cue_id) ?? ""} /></label>
    <datalist id="editor-speakers">${known.map(([name]) => html`<option value=${name}></option>`)}</datalist>
    <p class="dialog__actions">
      <button class="button button--primary" value="here">${view.selected > 1 ? `In these ${view.selected} lines` : "Only here"}</button>
      ${lines > 1 ? html`<button class="button" value="all">Everywhere (${countLines(lines)})</button>` : nothing}
      ${cancelling(acts)}
    </p>
  </form>`;
}

function times(
  panel: Extract<Panel, { kind: "speaker" | "times" }>,
  { moments, shownAt }: PanelView,
  acts: PanelActs,
): TemplateResult {
  const { cue, problem } = panel;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const at = readTime(fields.get("starts") as string, cue.at, moments);
    const end = readTime(fields.get("ends") as string, cue.end_at, moments);
    if (at && end && at < end) return acts.setTimes(cue, at, end);
    const why = at && end ? "It ends after it begins." : "Write a time such as 10:03:12.500.";
    acts.refuse({ ...panel, problem: why });
  };
  const takeShown = (event: Event): void => {
    const field = (event.target as Element).closest(".span-field")?.querySelector("input");
    if (field && shownAt) field.value = writeTime(shownAt, moments);
  };
  const one = (name: "starts" | "ends", word: string, at: string): TemplateResult =>
    html`<div class="span-field">
      <label class="field"><span class="field__label">${word}</span
        ><input class="input" name=${name} autocomplete="off" ?data-first=${name === "starts"} .value=${writeTime(at, moments)} /></label>
      ${shownAt
        ? html`<button type="button" class="button button--small button--quiet" @click=${takeShown}>As shown now</button>`
        : nothing}
    </div>`;
  return html`<form class="editor-form" @submit=${submit}>
    ${problem ? html`<p class="refusal" role="alert">${problem}</p>` : nothing}
    ${one("starts", "Begins", cue.at)} ${one("ends", "Ends", cue.end_at)}
    <p class="dialog__actions"><button class="button button--primary">Keep</button>${cancelling(acts)}</p>
  </form>`;
}

function history(
  cue: Cue,
  edits: readonly PastEdit[] | null,
  moments: Moments,
  acts: PanelActs,
): TemplateResult {
  return html`<p class="quiet">${ORIGIN_WORDS[cue.origin]}.</p>
    ${edits === null
      ? html`<p class="quiet">One moment …</p>`
      : edits.length === 0
        ? html`<p>Nothing was changed.</p>`
        : html`<ol class="line-history">${edits.map((edit) => pastEdit(edit, moments, acts))}</ol>`}
    ${closing(acts)}`;
}

function pastEdit(edit: PastEdit, moments: Moments, acts: PanelActs): TemplateResult {
  const { before, after } = edit;
  const change = (was: string, is: string): TemplateResult | typeof nothing =>
    before && after && was !== is
      ? html`<p class="line-history__text"><del>${was}</del> <ins>${is}</ins></p>`
      : nothing;
  return html`<li>
    <p>
      <strong>${edit.name}</strong> ${WHAT_WORDS[edit.what] ?? edit.what},
      <time datetime=${edit.at}>${moments.day(edit.at)} ${moments.clock(edit.at)}</time>
    </p>
    ${change(before?.text ?? "", after?.text ?? "")}
    ${change(before?.speaker ?? "not named", after?.speaker ?? "not named")}
    ${before
      ? html`<button type="button" class="button button--small button--quiet" @click=${() => acts.revert(edit)}>Back to what it was before</button>`
      : nothing}
  </li>`;
}
