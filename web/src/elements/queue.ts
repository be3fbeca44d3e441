/** `<fm-queue>`: what waits for a moderator; worked through by keyboard. */

import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";

import { LiveElement } from "../frame/live-element";
import { avatar, clock, kindLabel } from "../wording/pieces";
import { renderProse } from "../wording/prose";
import { viewQueue, type PostView } from "../views/thread";
import { hideForm, publishForm } from "./moderation";

export class ModerationQueue extends LiveElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", this.pressKey);
  }

  protected override concerns(feed: string): boolean {
    return feed === "staff" || feed === "public";
  }

  protected override get ready(): boolean {
    return super.ready && this.meeting?.staff != null;
  }

  protected override render(): TemplateResult {
    const { state, own, staff } = this.meeting!;
    const reading = { state: state!, own, staff, pending: [], myName: "" };
    const posts = viewQueue(reading);
    this.count(posts.length);
    if (!posts.length) {
      return html`<p class="quiet">
        ${state!.moderation === "before"
          ? "Nothing waits. New contributions come here before they appear."
          : "Contributions appear at once. You can hide one where it stands, with a reason."}
      </p>`;
    }
    return html`<ol class="queue__items">
        ${repeat(
          posts,
          (post) => post.key,
          (post) => html`<li>${this.post(post)}</li>`,
        )}
      </ol>
      <p class="quiet queue__keys">
        Keys: <kbd>J</kbd> next, <kbd>K</kbd> before, <kbd>P</kbd> publish,
        <kbd>H</kbd> hide
      </p>`;
  }

  private post(post: PostView): TemplateResult {
    const id = post.contributionId!;
    return html`<article
      class="post post--queued"
      id=${id}
      tabindex="-1"
      data-contribution=${id}
      data-kind=${post.kind}
      data-state="waiting"
    >
      <header class="post__head">
        ${avatar(post.author)}<span class="post__author">${post.author || "Anonymous"}</span>
        ${post.behalf ? html`<span class="post__behalf">for ${post.behalf}</span>` : nothing}
        ${post.origin ? html`<span class="post__behalf">${post.origin}</span>` : nothing}
        ${kindLabel(post.kind)}
        ${post.postedAt
          ? html`<span class="post__time">${clock(this.moments, post.postedAt)}</span>`
          : nothing}
      </header>
      <div class="post__text prose">
        ${guard([post.text], () => renderProse(post.text))}
      </div>
      <footer class="post__actions">
        ${publishForm(id, "Publish", "button button--primary button--small")}
        <details class="staff-menu">
          <summary class="quiet-button">Hide</summary>
          ${hideForm(id)}
        </details>
      </footer>
    </article>`;
  }

  private count(count: number): void {
    const place = this.closest("section")?.querySelector<HTMLElement>(".queue__count");
    if (!place) return;
    place.textContent = String(count);
    place.hidden = count === 0;
  }

  private readonly pressKey = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (target.matches("input, textarea") || event.ctrlKey || event.metaKey) return;
    const posts = [...this.querySelectorAll<HTMLElement>(".post")];
    const index = posts.findIndex((post) => post.contains(target));
    const key = event.key.toLowerCase();
    if (key === "j") posts[Math.min(posts.length - 1, index + 1)]?.focus();
    else if (key === "k") posts[Math.max(0, index - 1)]?.focus();
    else if (key === "p") this.publish(posts[index], posts[index + 1] ?? posts[index - 1]);
    else if (key === "h") openHide(posts[index]);
    else return;
    event.preventDefault();
  };

  private publish(post: HTMLElement | undefined, next: HTMLElement | undefined): void {
    const form = '[data-command="contribution.publish"]';
    post?.querySelector<HTMLFormElement>(form)?.requestSubmit();
    next?.focus();
  }
}

function openHide(post: HTMLElement | undefined): void {
  const menu = post?.querySelector("details");
  menu?.setAttribute("open", "");
  menu?.querySelector<HTMLInputElement>("[name=reason]")?.focus();
}

customElements.define("fm-queue", ModerationQueue);
