/** What readers and authors ask of the moderators; as templates/_care.html. */

import { html, nothing, type TemplateResult } from "lit";

import { formAddress, hidden, icon, nameField, type Piece } from "../wording/pieces";
import type { PostView } from "../views/thread";
import type { Place } from "./post";

/** As `category_words` of templates/_moderation.html. */
const CATEGORIES: Record<string, string> = {
  off_topic: "Off topic",
  abuse: "Insult or hate",
  privacy: "Somebody’s private matters",
  spam: "Advertising",
  repetition: "Said already",
  legal: "Against the law",
  threat: "Threat",
  other: "Other",
};

export function categoryField(chosen: string): TemplateResult {
  return html`<label class="field field--narrow"
    ><span class="field__label">Kind of reason</span
    ><select class="input" name="category">
      ${Object.entries(CATEGORIES).map(
        ([value, word]) =>
          html`<option value=${value} ?selected=${value === chosen}>${word}</option>`,
      )}
    </select></label
  >`;
}

/** A reader asks the team to look; it stands until somebody has. */
export function flagForm({ meeting }: Place, post: PostView, id: string): Piece {
  if (post.mine || meeting.page.me?.moderates) return nothing;
  const flags = Object.values(meeting.own?.flags ?? {});
  if (flags.some((flag) => flag.contribution_id === id)) {
    return html`<span class="quiet">${icon("check")}You asked the team to look</span>`;
  }
  return html`<details class="staff-menu">
    <summary class="quiet-button">
      ${icon("warning")}Report<span class="visually-hidden">: ${post.text.slice(0, 60)}</span>
    </summary>
    <form
      class="hide-form"
      method="post"
      action="${formAddress()}#${id}"
      data-command="contribution.flag"
    >
      ${hidden("contribution.flag", { contribution_id: id })} ${nameField()}
      ${categoryField("abuse")}
      <label class="field"
        ><span class="field__label"
          >What is wrong with it? <span class="field__optional">optional</span></span
        ><input class="input" name="note" maxlength="300"
      /></label>
      <button class="button button--small">Ask the team to look</button>
    </form>
  </details>`;
}

/** The author asks once that somebody looks again, and reads the answer. */
export function appealPart({ meeting }: Place, post: PostView, id: string): Piece {
  if (!post.mine || post.state !== "hidden") return nothing;
  const appeal = meeting.own?.appeals[id];
  if (appeal) {
    const words =
      appeal.granted === null
        ? "You asked that somebody looks again. The answer comes here."
        : `The team looked again; it stays hidden. ${appeal.answer?.text ?? ""}`;
    return html`<p class="post__note">${icon("reply")}<span>${words}</span></p>`;
  }
  return html`<details class="staff-menu">
    <summary class="quiet-button">${icon("reply")}Ask again</summary>
    <form
      class="hide-form"
      method="post"
      action="${formAddress()}#${id}"
      data-command="contribution.appeal"
    >
      ${hidden("contribution.appeal", { contribution_id: id })}
      <label class="field"
        ><span class="field__label"
          >Why should it be shown? You can ask once; another moderator answers where there
          is one.</span
        ><textarea class="input" name="text" rows="2" maxlength="2000" required></textarea
      ></label>
      <button class="button button--small">Ask that somebody looks again</button>
    </form>
  </details>`;
}
