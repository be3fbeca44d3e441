/** `<fm-thread data-thread>`: contributions of a meeting or session, live. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";

import { LiveElement } from "../live-element";
import type { OutboxItem } from "../outbox-store";
import {
  avatar,
  clock,
  formAddress,
  hidden,
  icon,
  kindLabel,
  KIND_WORDS,
  mayWrite,
  nameField,
  type Piece,
} from "../pieces";
import { renderProse } from "../prose";
import { viewThread, type PostView, type Sorting } from "../views/thread";
import { copyText } from "./copy";
import { hideForm, publishForm } from "./moderation";

/** A post that comes back at once never shows as being sent. */
const ECHO_MS = 300;

export class ContributionThread extends LiveElement {
  private sorting: Sorting = "new";
  private readonly drafts = `folkmoot-draft:${location.pathname}`;
  private editing: number | null = null;
  private echo: ReturnType<typeof setTimeout> | undefined;
  private tick: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("input", this.keepDraft);
    this.addEventListener("submit", this.dropDraft);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.tick);
    clearTimeout(this.echo);
  }

  private get thread(): string {
    return this.dataset["thread"] ?? "meeting";
  }

  protected override firstUpdated(_changed: PropertyValues): void {
    const field = this.querySelector<HTMLTextAreaElement>(":scope > form textarea");
    const draft = sessionStorage.getItem(this.drafts);
    if (field && draft && !field.value) field.value = draft;
  }

  protected override render(): TemplateResult {
    const posts = this.posts();
    return html`${this.head()}${posts.length > 3 ? this.sortings() : nothing}
    ${posts.length
      ? html`<ol class="thread__items">
          ${repeat(
            posts,
            (post) => post.key,
            (post) => html`<li>${this.post(post)}</li>`,
          )}
        </ol>`
      : html`<div class="empty empty--small">
          <p>${this.open ? "Nobody has written yet. Be the first." : "Nobody wrote here."}</p>
        </div>`}`;
  }

  protected override updated(): void {
    this.countPosts();
    const items = this.meeting?.pending ?? [];
    const counting = items.some((item) => item.retry_at !== undefined);
    clearInterval(this.tick);
    if (counting) this.tick = setInterval(() => this.requestUpdate(), 1_000);
  }

  private get open(): boolean {
    return mayWrite();
  }

  private posts(): PostView[] {
    const meeting = this.meeting!;
    const { state, own, staff } = meeting;
    const myName = meeting.page.me?.name ?? "";
    const pending = this.visible(meeting.pending);
    return viewThread({ state: state!, own, staff, pending, myName }, this.thread, this.sorting);
  }

  /** What is on its way for a moment longer than is normal, or was refused. */
  private visible(items: readonly OutboxItem[]): OutboxItem[] {
    const young = items.filter(
      (item) => item.state !== "refused" && Date.now() - item.created_at < ECHO_MS,
    );
    clearTimeout(this.echo);
    if (young.length) this.echo = setTimeout(() => this.requestUpdate(), ECHO_MS);
    return items.filter((item) => !young.includes(item));
  }

  private countPosts(): void {
    const count = this.querySelectorAll('.post[data-state="shown"]').length;
    const heading = this.closest("section")?.querySelector(".panel__head .count");
    if (heading) heading.textContent = String(count);
    if (this.thread === "meeting") {
      const tab = document.querySelector('.tabs__link[href="#thread"] .count');
      if (tab) tab.textContent = String(count);
    }
  }

  // --- writing ------------------------------------------------------------

  private head(): Piece {
    if (this.open) return this.composer();
    return html`<p class="quiet">
      Only people with the join code can write here. <a href="/join">Enter the code</a>
    </p>`;
  }

  private composer(): TemplateResult {
    const label =
      this.thread === "meeting" ? "Add to the conversation" : "Add to this session";
    return html`<form
      class="composer"
      method="post"
      action="${formAddress()}#thread"
      data-command="contribution.post"
      @keydown=${submitByKey}
    >
      ${hidden("contribution.post", { thread: this.thread })}
      <label class="field"
        ><span class="field__label">${label}</span
        ><textarea
          class="input composer__text"
          name="text"
          rows="3"
          maxlength="10000"
          required
          placeholder="A question, an idea, a concern…"
        ></textarea></label>
      <fieldset class="kinds">
        <legend class="visually-hidden">What kind of contribution is it?</legend>
        ${Object.entries(KIND_WORDS).map(
          ([kind, word]) =>
            html`<label class="kinds__choice"
              ><input
                type="radio"
                name="kind"
                value=${kind}
                ?checked=${kind === "note"}
              /><span class="kind kind--${kind}">${word}</span></label
            >`,
        )}
      </fieldset>
      <div class="composer__foot">
        ${nameField()}
        <label class="check"
          ><input type="checkbox" name="label" value="anonymous" />
          <span>Without my name</span></label
        >
        <button class="button button--primary">Post</button>
      </div>
      ${this.meeting!.state!.moderation === "before"
        ? html`<p class="field__hint">
            A moderator reads each contribution before it appears.
          </p>`
        : nothing}
    </form>`;
  }

  private readonly keepDraft = (event: Event): void => {
    const field = event.target;
    if (field instanceof HTMLTextAreaElement && field.form?.parentElement === this) {
      sessionStorage.setItem(this.drafts, field.value);
    }
  };

  private readonly dropDraft = (event: Event): void => {
    const form = event.target as HTMLElement;
    if (form.parentElement === this) sessionStorage.removeItem(this.drafts);
  };

  private sortings(): TemplateResult {
    const choice = (sorting: Sorting, word: string): TemplateResult =>
      html`<button
        type="button"
        class="quiet-button"
        aria-pressed=${this.sorting === sorting}
        @click=${() => {
          this.sorting = sorting;
          this.requestUpdate();
        }}
      >
        ${word}
      </button>`;
    return html`<div class="thread__sort" role="group" aria-label="Order">
      ${choice("new", "Newest first")}${choice("supported", "Most supported first")}
    </div>`;
  }

  // --- one post -----------------------------------------------------------

  private post(post: PostView, reply = false): TemplateResult {
    return html`<article
      class="post ${reply ? "post--reply" : ""}"
      id=${post.key}
      data-contribution=${post.contributionId ?? nothing}
      data-kind=${post.kind}
      data-state=${post.state}
    >
      ${post.text || (post.state !== "hidden" && post.state !== "withdrawn")
        ? this.postHead(post, reply)
        : nothing}
      ${this.note(post)}
      ${post.text && this.editing !== post.item?.key
        ? html`<div class="post__text prose">${guard([post.text], () => renderProse(post.text))}</div>
            ${post.edited ? html`<p class="post__edited">Edited</p>` : nothing}
            ${post.readAt
              ? html`<p class="post__read">
                  ${icon("mic")}Read aloud in the room at ${clock(this.moments, post.readAt)}
                </p>`
              : nothing}`
        : nothing}
      ${post.item ? this.sending(post.item) : this.footer(post, reply)}
      ${post.replies.length
        ? html`<ol class="post__replies">
            ${repeat(
              post.replies,
              (one) => one.key,
              (one) => html`<li>${this.post(one, true)}</li>`,
            )}
          </ol>`
        : nothing}
    </article>`;
  }

  private postHead(post: PostView, reply: boolean): TemplateResult {
    return html`<header class="post__head">
      ${avatar(post.author)}<span class="post__author">${post.author || "Anonymous"}</span>
      ${post.behalf ? html`<span class="post__behalf">for ${post.behalf}</span>` : nothing}
      ${post.origin ? html`<span class="post__behalf">${post.origin}</span>` : nothing}
      ${!reply || post.kind !== "note" ? kindLabel(post.kind) : nothing}
      ${post.contributionId && post.postedAt
        ? html`<a
            class="post__time"
            href="/m/${this.meeting!.slug}/c/${post.contributionId}"
            title="Lasting address"
            >${clock(this.moments, post.postedAt)}</a
          >`
        : nothing}
    </header>`;
  }

  private note(post: PostView): Piece {
    if (post.state === "waiting") {
      return html`<p class="post__note">
        ${icon("clock")}Waiting for a moderator. Only you see this until then.
      </p>`;
    }
    if (post.state === "hidden") {
      const reason = post.reason ? `: ${post.reason}` : "";
      return html`<p class="post__gone">${icon("hide")}Hidden by a moderator${reason}</p>`;
    }
    if (post.state === "withdrawn") {
      return html`<p class="post__gone">Taken back by its author</p>`;
    }
    return nothing;
  }

  private footer(post: PostView, reply: boolean): Piece {
    const id = post.contributionId;
    if (!this.open || !id || post.state === "withdrawn") return nothing;
    const shown = post.state === "shown";
    const moderates = this.meeting!.page.me?.moderates;
    return html`<footer class="post__actions">
      ${shown ? this.support(post, id) : nothing}
      ${shown && !reply ? this.reply(post, id) : nothing}
      ${post.mine && post.state !== "hidden" ? this.change(post, id) : nothing}
      ${post.mine ? this.withdraw(id) : nothing}
      ${moderates && shown
        ? html`<details class="staff-menu">
            <summary class="quiet-button">${icon("hide")}Hide</summary>
            ${hideForm(id)}
          </details>`
        : nothing}
      ${moderates && post.state === "hidden" ? publishForm(id, "Show again", "quiet-button") : nothing}
    </footer>`;
  }

  private support(post: PostView, id: string): TemplateResult {
    const level = this.meeting!.myLevel("support", id);
    return html`<form
      class="support"
      method="post"
      action="${formAddress()}#${id}"
      data-command="contribution.support"
    >
      ${hidden("contribution.support", { contribution_id: id, level: level ? 0 : 1 })}
      <button class="support__button" aria-pressed=${level ? "true" : "false"}>
        ${icon("heart")}<span class="support__word">Support</span>
        <span class="support__count">${this.meeting!.votes.shown(id, post.support)}</span>
      </button>
    </form>`;
  }

  private reply(post: PostView, id: string): TemplateResult {
    const data = { thread: post.thread, reply_to: id, kind: "note" };
    return html`<details class="reply">
      <summary class="quiet-button">${icon("reply")}Reply</summary>
      <form
        class="composer composer--reply"
        method="post"
        action="${formAddress()}#${id}"
        data-command="contribution.post"
        @keydown=${submitByKey}
      >
        ${hidden("contribution.post", data)}
        <label class="field"
          ><span class="field__label">Your reply to ${post.author || "Anonymous"}</span
          ><textarea
            class="input composer__text"
            name="text"
            rows="2"
            maxlength="10000"
            required
          ></textarea></label>
        <div class="composer__foot">
          ${nameField()}<button class="button button--primary button--small">Reply</button>
        </div>
      </form>
    </details>`;
  }

  private change(post: PostView, id: string): TemplateResult {
    // The default value: what somebody is typing stays when a new text comes in.
    return html`<details class="edit">
      <summary class="quiet-button">Edit</summary>
      <form
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
            required
            .defaultValue=${post.text}
          ></textarea></label>
        <div class="composer__foot">
          <button class="button button--primary button--small">Save</button>
        </div>
      </form>
    </details>`;
  }

  private withdraw(id: string): TemplateResult {
    return html`<details class="staff-menu">
      <summary class="quiet-button">Take back</summary>
      <form
        method="post"
        action="${formAddress()}#thread"
        data-command="contribution.withdraw"
      >
        ${hidden("contribution.withdraw", { contribution_id: id })}
        <p>It is deleted for everyone and can't be brought back.</p>
        <button class="button button--danger button--small">Take it back</button>
      </form>
    </details>`;
  }

  // --- what is not in the feed yet ----------------------------------------

  private sending(item: OutboxItem): TemplateResult {
    if (item.state === "refused") return this.refused(item);
    const waitMs = (item.retry_at ?? 0) - Date.now();
    const words =
      waitMs > 0
        ? `Wait ${Math.ceil(waitMs / 1_000)} s, then it is sent`
        : item.state === "waiting"
          ? "On this device, not sent yet"
          : item.state === "sent"
            ? "Being sent"
            : "Sent";
    return html`<p class="post__note">${icon("clock")}${words}</p>
      ${item.state === "waiting"
        ? html`<footer class="post__actions">${this.discard(item)}</footer>`
        : nothing}`;
  }

  private refused(item: OutboxItem): TemplateResult {
    const text = String(item.data["text"] ?? "");
    if (this.editing === item.key) return this.editForm(item, text);
    return html`<p class="refusal" role="alert">${icon("warning")}<span>${item.refusal?.message}</span></p>
      <footer class="post__actions">
        <button class="quiet-button" @click=${() => this.edit(item.key)}>Edit</button>
        <button class="quiet-button" @click=${() => this.meeting?.outbox?.retry(item.key)}>
          Try again
        </button>
        <button class="quiet-button" @click=${() => void copyText(text)}>
          ${icon("copy")}Copy
        </button>
        ${this.discard(item)}
      </footer>`;
  }

  private editForm(item: OutboxItem, text: string): TemplateResult {
    const save = (event: SubmitEvent): void => {
      event.preventDefault();
      const form = event.target as HTMLFormElement;
      const changed = { ...item.data, text: String(new FormData(form).get("text")) };
      this.edit(null);
      void this.meeting?.outbox?.retry(item.key, changed);
    };
    return html`<form class="composer composer--reply" @submit=${save} @keydown=${submitByKey}>
      <label class="field"
        ><span class="field__label">Your contribution</span
        ><textarea
          class="input composer__text"
          name="text"
          rows="3"
          maxlength="10000"
          required
          .value=${text}
        ></textarea></label>
      <div class="composer__foot">
        <button class="button button--primary button--small">Send again</button>
        <button type="button" class="quiet-button" @click=${() => this.edit(null)}>Cancel</button>
      </div>
    </form>`;
  }

  private discard(item: OutboxItem): TemplateResult {
    return html`<button
      class="quiet-button"
      @click=${() => void this.meeting?.outbox?.discard(item.key)}
    >
      Discard
    </button>`;
  }

  private edit(key: number | null): void {
    this.editing = key;
    this.requestUpdate();
  }
}

/** Ctrl or Cmd with Enter posts. */
function submitByKey(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  (event.currentTarget as HTMLFormElement).requestSubmit();
}

customElements.define("fm-thread", ContributionThread);
