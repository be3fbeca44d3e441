/** The forms with which people write: new, in reply, anew; as templates/_thread.html. */

import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";

import type { LiveMeeting } from "../meeting";
import type { Moments } from "../wording/moments";
import { clock, formAddress, hidden, icon, KIND_WORDS, nameField, type Piece } from "../wording/pieces";
import { renderProse } from "../wording/prose";
import { pageData } from "../frame/page";
import type { AttachmentText } from "../feed/types";
import type { PostView } from "../views/thread";
import { audienceField, termsFields } from "./terms";

export const KIND_HINTS: Record<string, string> = {
  note: "Anything else",
  idea: "Something that could be done",
  question: "Wants an answer",
  concern: "Something that may go wrong",
  offer: "What you can give or do",
  need: "What you or others need",
  action: "What is to be done next",
  story: "What you have lived",
};
const WAYS = { paper: "on paper", phone: "by phone", table: "at a table" };

/** The moment that what is being written speaks to, as the viewer sees it now. */
export interface Spoken {
  roomId: string | null;
  at: string;
}

export interface Composing {
  meeting: LiveMeeting;
  moments: Moments;
  thread: string;
  title: string;
  spoken: Spoken | null;
  dropMoment(): void;
}

/** Shown where a story is chosen (consents.css). */
const STORY_HINT = html`<p class="field__hint composer__story">
  ${icon("eye")}<span
    >A story is not shown by being sent. The team reads it; then you look once more, under
    “Mine”, and release it.</span
  >
</p>`;

export function composer(given: Composing): TemplateResult {
  const { meeting, thread } = given;
  return html`<form
    class="composer composer--folds"
    method="post"
    enctype="multipart/form-data"
    action="${formAddress()}#thread"
    data-command="contribution.post"
    @keydown=${foldByKey}
    @focusin=${unfold}
    @focusout=${foldBehind}
  >
    ${hidden("contribution.post", { thread })}
    <label class="field"
      ><span class="field__label">${given.title}</span
      ><textarea
        class="input composer__text"
        name="text"
        rows="3"
        maxlength="10000"
        ?required=${!pageData()?.may_join}
        placeholder="A question, an idea, a concern…"
      ></textarea
      ><span class="composer__left" aria-live="polite"></span
    ></label>
    <fieldset class="kinds">
      <legend class="visually-hidden">What kind of contribution is it?</legend>
      ${Object.entries(KIND_WORDS).map(
        ([kind, word]) =>
          html`<label class="kinds__choice" title=${KIND_HINTS[kind] ?? ""}
            ><input
              type="radio"
              name="kind"
              value=${kind}
              ?checked=${kind === "note"}
            /><span class="kind kind--${kind}">${icon(`kind-${kind}`)}${word}</span></label
          >`,
      )}
    </fieldset>
    <div class="composer__tools">
      ${spokenChip(given)}${attachFields()}${standingFields()}
    </div>
    ${termsFields(meeting.page.me)} ${rulesField(meeting)}
    <div class="composer__foot">
      ${nameField()}${labelField(meeting, audienceField())}<button
        class="button button--primary"
      >
        Post
      </button>
    </div>
    ${STORY_HINT} ${hints(given)}
  </form>`;
}

export function replyForm(meeting: LiveMeeting, post: PostView, id: string): TemplateResult {
  return html`<form
    class="composer composer--reply"
    method="post"
    enctype="multipart/form-data"
    action="${formAddress()}#${id}"
    data-command="contribution.post"
    @keydown=${submitByKey}
  >
    ${hidden("contribution.post", { thread: post.thread, reply_to: id, kind: "note" })}
    <label class="field"
      ><span class="field__label">Your reply to ${post.author || "Anonymous"}</span
      ><textarea
        class="input composer__text"
        name="text"
        rows="2"
        maxlength="10000"
        required
      ></textarea
      ><span class="composer__left" aria-live="polite"></span
    ></label>
    <div class="composer__tools">${attachFields()}</div>
    ${rulesField(meeting)}
    <div class="composer__foot">
      ${nameField()}${labelField(meeting)}<button class="button button--primary button--small">
        Reply
      </button>
    </div>
  </form>`;
}

export function editForm(post: PostView, id: string): TemplateResult {
  // The default value: what somebody is typing stays when a new text comes in.
  return html`<form
    class="composer composer--reply"
    method="post"
    action="${formAddress()}#${id}"
    data-command="contribution.edit"
    @keydown=${submitByKey}
  >
    ${hidden("contribution.edit", { contribution_id: id })}
    <label class="field"
      ><span class="field__label">Your contribution</span
      ><textarea
        class="input composer__text"
        name="text"
        rows="3"
        maxlength="10000"
        ?required=${!post.attachments.length}
        .defaultValue=${post.text}
      ></textarea
      ><span class="composer__left" aria-live="polite"></span
    ></label>
    <div class="composer__tools">
      <fm-pictures .kept=${post.attachments}></fm-pictures><fm-voice></fm-voice>
    </div>
    <div class="composer__foot">
      <p class="field__hint">The former text stays readable.</p>
      <button class="button button--primary button--small">Save</button>
    </div>
  </form>`;
}

/**
 * Pictures and voice. Who has not joined yet sends the form itself, and so its files:
 * nothing can be sent ahead for somebody who is not there.
 */
function attachFields(): TemplateResult {
  if (!pageData()?.may_join) {
    return html`<fm-pictures></fm-pictures><fm-voice></fm-voice>`;
  }
  const file = (name: string, words: string, accept: string, many: boolean) =>
    html`<label class="field"
      ><span class="field__label">${words}</span
      ><input class="input" type="file" name=${name} accept=${accept} ?multiple=${many}
    /></label>`;
  return html`<details class="files">
    <summary class="quiet-button">${icon("picture")}Picture or voice note</summary>
    <div class="standing__fields">
      ${file("_picture", "Pictures", "image/*", true)}
      <label class="field"
        ><span class="field__label"
          >What they show <span class="field__optional">for who can’t see them</span></span
        ><input class="input" name="_alt" maxlength="1000"
      /></label>
      ${file("_voice", "A voice note, up to 5 minutes", "audio/*", false)}
      <label class="field"
        ><span class="field__label"
          >What it says <span class="field__optional">for who can’t hear it</span></span
        ><textarea class="input" name="_said" rows="2" maxlength="10000"></textarea
      ></label>
    </div>
  </details>`;
}

/** What a voice note says, for its author and moderators: written down or corrected. */
export function voiceForm(one: AttachmentText, id: string): TemplateResult {
  return html`<details class="edit">
    <summary class="quiet-button">
      ${one.text ? "Correct the voice note’s words" : "Write down what the voice note says"}
    </summary>
    <form
      class="composer composer--reply"
      method="post"
      action="${formAddress()}#${id}"
      data-command="contribution.caption"
      @keydown=${submitByKey}
    >
      ${hidden("contribution.caption", {
        contribution_id: id,
        attachment_id: one.attachment_id,
      })}
      <label class="field"
        ><span class="field__label">What the voice note says</span
        ><textarea
          class="input composer__text"
          name="text"
          rows="3"
          maxlength="10000"
          .defaultValue=${one.text ?? ""}
        ></textarea>
      </label>
      <div class="composer__foot">
        <p class="field__hint">The former words are deleted.</p>
        <button class="button button--primary button--small">Save</button>
      </div>
    </form>
  </details>`;
}

/** Before the first post: what holds for everyone who writes. */
function rulesField(meeting: LiveMeeting): Piece {
  const rules = Object.values(meeting.state!.ground_rules).sort(
    (a, b) => b.version - a.version,
  )[0];
  const text = rules?.content?.text;
  if (!rules || !text || meeting.page.me?.moderates) return nothing;
  const accepted = meeting.own?.rules_accepted[meeting.memberId ?? ""] ?? 0;
  if (accepted >= rules.version) return nothing;
  return html`<div class="ground-rules">
    <p class="ground-rules__title">${icon("info")}Ground rules of this meeting</p>
    <div class="prose">${guard([text], () => renderProse(text))}</div>
    <label class="check"
      ><input type="checkbox" name="rules" value=${rules.version} required />
      <span>I have read them and keep to them</span></label
    >
  </div>`;
}

/** Say where the playhead is: what is written speaks to that, if nobody objects. */
function spokenChip({ meeting, moments, spoken, dropMoment }: Composing): Piece {
  if (!spoken) return nothing;
  const room = meeting.state?.rooms[spoken.roomId ?? ""]?.content?.name;
  return html`<span class="spoken"
    ><input type="hidden" name="at" .value=${spoken.at} />${spoken.roomId
      ? html`<input type="hidden" name="room_id" .value=${spoken.roomId} />`
      : nothing}${icon("play")}<span
      >About <time datetime=${spoken.at}>${moments.exact(spoken.at)}</time>${room
        ? ` in ${room}`
        : nothing}</span
    ><button
      type="button"
      class="spoken__drop"
      aria-label="Not about this moment"
      @click=${dropMoment}
    >
      ${icon("close")}
    </button></span
  >`;
}

function labelField(meeting: LiveMeeting, audience: Piece = nothing): TemplateResult {
  const name = meeting.page.me?.name;
  return html`<div class="byline">
    <label class="field byline__choice"
      ><span class="field__label">Shown as</span
      ><select class="input" name="label">
        <option value="name">${name ? `As ${name}` : "Under my name"}</option>
        <option value="pseudonym">Under another name</option>
        <option value="anonymous">Without a name</option>
      </select></label
    ><label class="field byline__other"
      ><span class="field__label">The other name</span
      ><input
        class="input"
        name="pseudonym"
        maxlength="120"
        placeholder="The name to show"
    /></label>
    ${audience}
  </div>`;
}

function standingFields(): TemplateResult {
  const field = (name: string, word: string, hint: string, kept: boolean): TemplateResult =>
    html`<label class="field"
      ><span class="field__label">${word} <span class="field__optional">${hint}</span></span
      ><input
        class="input"
        name=${name}
        maxlength=${name === "speaks_for" ? 200 : 300}
        ?data-kept=${kept}
    /></label>`;
  return html`<details class="standing">
    <summary class="quiet-button">${icon("people")}Who speaks?</summary>
    <div class="standing__fields">
      ${field("speaks_for", "I speak for", "a group, an office, a firm", true)}
      ${field("stake", "My interest in the matter", "shown with what you write", true)}
      ${field("on_behalf_of", "I write this down for", "somebody without a device", false)}
      <label class="field"
        ><span class="field__label">It came</span
        ><select class="input" name="behalf_way">
          <option value="">not said</option>
          ${Object.entries(WAYS).map(
            ([way, words]) => html`<option value=${way}>${words}</option>`,
          )}
        </select></label
      >
    </div>
  </details>`;
}

function hints({ meeting, moments }: Composing): Piece {
  const state = meeting.state!;
  const words = state.response?.text ?? "";
  const until = state.response_until;
  const reads = state.moderation === "before";
  return html`<p class="field__hint composer__hints">
    ${words || until
      ? html`<span
          >${icon("clock")}<span
            >${words}${until
              ? html` Every question is answered by ${moments.day(until)},
                ${clock(moments, until)}.`
              : nothing}</span
          ></span
        >`
      : nothing}
    ${reads
      ? html`<span>${icon("eye")}A moderator reads each contribution before it appears.</span>`
      : nothing}
    ${state.calm
      ? html`<span>${icon("eye")}First contributions of newcomers are read first just now.</span>`
      : nothing}
    <span
      ><a href="/m/${state.slug}/moderation">How this meeting is moderated</a></span
    >
  </p>`;
}

/**
 * Once somebody is in a field, all of it stands there (thread.css folds it before).
 * A button that is being pressed would move away from under the pointer.
 */
function unfold(event: FocusEvent): void {
  if ((event.target as HTMLElement).closest("button, summary")) return;
  (event.currentTarget as HTMLElement).dataset["open"] = "";
}

const PRESS_MS = 50;

/** Who goes elsewhere leaves an empty form folded; what holds something stays open. */
function foldBehind(event: FocusEvent): void {
  const form = event.currentTarget as HTMLFormElement;
  // A press on what takes no focus is no going away: some browsers focus no buttons.
  const next = event.relatedTarget;
  if (!(next instanceof Node) || form.contains(next)) return;
  const fold = (): void => {
    setTimeout(() => {
      if (!form.matches(":focus-within")) delete form.dataset["open"];
    }, PRESS_MS);
  };
  // What is being pressed would move up from under the pointer, and not be pressed.
  if (!document.documentElement.matches(":active")) fold();
  else addEventListener("pointerup", fold, { once: true });
}

function foldByKey(event: KeyboardEvent): void {
  submitByKey(event);
  if (event.key !== "Escape") return;
  const form = event.currentTarget as HTMLFormElement;
  if (form.querySelector<HTMLTextAreaElement>(".composer__text")?.value) return;
  (document.activeElement as HTMLElement | null)?.blur();
  delete form.dataset["open"];
}

/** Ctrl or Cmd and Enter post, as elsewhere. */
export function submitByKey(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  (event.currentTarget as HTMLFormElement).requestSubmit();
}
