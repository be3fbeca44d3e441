/** The forms with which moderators publish and hide. */

import { html, type TemplateResult } from "lit";

import { categoryField } from "../talk/care";
import { formAddress, hidden, icon } from "../wording/pieces";

export function hideForm(contributionId: string): TemplateResult {
  return html`<form
    class="hide-form"
    method="post"
    action="${formAddress()}#${contributionId}"
    data-command="contribution.hide"
  >
    ${hidden("contribution.hide", { contribution_id: contributionId })}
    ${categoryField("other")}
    <label class="field"
      ><span class="field__label">Reason, which the author reads</span
      ><input class="input" name="reason" maxlength="300" required
    /></label>
    <button class="button button--small">Hide</button>
  </form>`;
}

export function publishForm(
  contributionId: string,
  word: string,
  style: string,
): TemplateResult {
  return html`<form
    method="post"
    action="${formAddress()}#${contributionId}"
    data-command="contribution.publish"
  >
    ${hidden("contribution.publish", { contribution_id: contributionId })}
    <button class=${style}>${icon("eye")}${word}</button>
  </form>`;
}
