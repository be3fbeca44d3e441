/** `<fm-thread data-thread>`: contributions of a meeting or session, live. */

import "./pictures";
import "./voice";

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import type { OutboxItem } from "../offline/outbox-store";
import { pageData } from "../frame/page";
import {
  formAddress,
  hidden,
  icon,
  KIND_WORDS,
  mayWrite,
  shorten,
  type Piece,
} from "../wording/pieces";
import { composer, editForm, replyForm, voiceForm, type Spoken } from "../talk/composer";
import { bringDrafts, dropDraft, keepDraft, renewKept } from "../talk/drafts";
import { appealPart, flagForm } from "../talk/care";
import { answerLine, body, byline, momentLink, shareLink } from "../talk/post";
import { renewTerms } from "../talk/terms";
import {
  DEPTH,
  EVERYTHING,
  MEETING,
  viewSubjects,
  viewThread,
  type PostView,
  type Sorting,
  type Subject,
  type Thread,
  type Wanted,
} from "../views/thread";
import { Sending, storyNote } from "../offline/sending";
import { hideForm, publishForm } from "./moderation";

/** A post that comes back at once never shows as being sent. */
const ECHO_MS = 300;
/** So many posts are drawn at first, and each time somebody comes to their end. */
const WINDOW = 40;
const FOUND_MS = 3_000;
const SORTINGS: Record<Sorting, string> = {
  new: "New",
  supported: "Supported",
  unanswered: "Unanswered",
};
/** Entries that change nothing which is shown here. */
const ELSEWHERE = /^(Attendance|Signal|Transcript|Recording|Source|Hand|Note|Here|Star)/;

interface Told {
  room_id: string;
  at: string | null;
}

export class ContributionThread extends LiveElement {
  private wanted: Wanted = { ...EVERYTHING, ...wantedBy(new URLSearchParams(location.search)) };
  private drawn = WINDOW;
  private count = 0;
  private echo: ReturnType<typeof setTimeout> | undefined;
  private tick: ReturnType<typeof setInterval> | undefined;
  /** Replies that are being written: their forms are made when they are opened. */
  private readonly opened = new Set<string>();
  /** Where the player of this page is. */
  private told: Told | null = null;
  private spoken: Spoken | null = null;
  private begun = false;
  private readonly end = new IntersectionObserver((seen) => {
    if (seen.some(({ isIntersecting }) => isIntersecting)) this.drawMore();
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("input", this.typed);
    this.addEventListener("submit", this.sent);
    this.addEventListener("toggle", this.toggled, { capture: true });
    document.addEventListener("fm-time", this.follow as EventListener);
    document.addEventListener("fm-post", this.showPost as EventListener);
    document.addEventListener("fm-about", this.showSubject as EventListener);
    window.addEventListener("hashchange", this.findTarget);
    for (const field of this.querySelectorAll<HTMLInputElement>(
      "details.reply[open] input[name=reply_to]",
    )) {
      this.opened.add(field.value);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.tick);
    clearTimeout(this.echo);
    this.end.disconnect();
    document.removeEventListener("fm-time", this.follow as EventListener);
    document.removeEventListener("fm-post", this.showPost as EventListener);
    document.removeEventListener("fm-about", this.showSubject as EventListener);
    window.removeEventListener("hashchange", this.findTarget);
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    return feed !== "presence" && (entry === null || !ELSEWHERE.test(entry.kind));
  }

  private get thread(): string {
    return this.dataset["thread"] ?? MEETING;
  }

  protected override render(): TemplateResult {
    const subjects = this.thread === MEETING ? viewSubjects(this.meeting!.state!) : [];
    const about = subjects.find(({ thread }) => thread === this.wanted.about);
    if (this.wanted.about && !about) this.wanted = { ...this.wanted, about: "" };
    const { posts, count } = this.view();
    this.count = count;
    const tools = count > 1 || subjects.length > 1;
    return html`${this.head(about)}${tools ? this.tools(subjects) : nothing}
    ${posts.length ? this.list(posts) : this.empty(count)}`;
  }

  private list(posts: readonly PostView[]): TemplateResult {
    return html`<ol class="thread__items">
        ${repeat(
          posts.slice(0, this.drawn),
          (post) => post.key,
          (post) => html`<li>${this.post(post)}</li>`,
        )}
      </ol>
      ${posts.length > this.drawn
        ? html`<p class="thread__more">
            <button type="button" class="button button--quiet" @click=${() => this.drawMore()}>
              More contributions <span class="count">${posts.length - this.drawn}</span>
            </button>
          </p>`
        : nothing}`;
  }

  private empty(count: number): TemplateResult {
    if (count) {
      return html`<p class="quiet">
        Nothing here is like that.
        <button type="button" class="quiet-button" @click=${() => this.want(EVERYTHING)}>
          Show all
        </button>
      </p>`;
    }
    return html`<div class="empty empty--small">
      <p>${this.open ? "Nobody has written yet. Be the first." : "Nobody wrote here."}</p>
    </div>`;
  }

  protected override firstUpdated(_changed: PropertyValues): void {
    this.findTarget();
  }

  protected override updated(): void {
    this.countPosts();
    this.sending.forget();
    bringDrafts(this);
    this.end.disconnect();
    const more = this.querySelector(".thread__more");
    if (more) this.end.observe(more);
    const items = this.meeting?.pending ?? [];
    const counting = items.some((item) => item.retry_at !== undefined);
    clearInterval(this.tick);
    if (counting) this.tick = setInterval(() => this.requestUpdate(), 1_000);
  }

  private get open(): boolean {
    return mayWrite();
  }

  private view(): Thread {
    const meeting = this.meeting!;
    const { state, own, staff, shared } = meeting;
    const myName = meeting.page.me?.name ?? "";
    const pending = this.visible(meeting.pending);
    const reading = { state: state!, own, staff, shared, pending, myName };
    return viewThread(reading, this.thread, this.wanted);
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
    const { count } = this;
    const heading = this.closest("section")?.querySelector(".panel__head .count");
    if (heading) heading.textContent = String(count);
    if (this.thread === MEETING) {
      const tab = document.querySelector('.tabs__link[href="#thread"] .count');
      if (tab) tab.textContent = String(count);
    }
  }

  // --- what is shown --------------------------------------------------------

  private tools(subjects: readonly Subject[]): TemplateResult {
    const { sorting, kind, about, find, near } = this.wanted;
    const chosen = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;
    return html`<div class="thread__tools" role="group" aria-label="What is shown">
      <nav class="segments" aria-label="Order">
        ${Object.entries(SORTINGS).map(
          ([name, word]) =>
            html`<a
              class="segments__one"
              href="?sort=${name}#thread"
              aria-current=${sorting === name ? "true" : nothing}
              @click=${(event: Event) => {
                event.preventDefault();
                this.want({ sorting: name as Sorting });
              }}
              >${word}</a
            >`,
        )}
      </nav>
      <label class="thread__filter"
        ><span class="visually-hidden">Kind</span
        ><select
          class="input"
          name="kind"
          @change=${(event: Event) => this.want({ kind: chosen(event) })}
        >
          <option value="">All kinds</option>
          ${Object.entries(KIND_WORDS).map(
            ([name, word]) =>
              html`<option value=${name} ?selected=${kind === name}>${word}</option>`,
          )}
        </select></label
      >
      ${subjects.length > 1
        ? html`<label class="thread__filter"
            ><span class="visually-hidden">About</span
            ><select
              class="input"
              name="about"
              @change=${(event: Event) => this.want({ about: chosen(event) })}
            >
              <option value="">Everything here</option>
              ${subjects.map(
                ({ thread, title, count }) =>
                  html`<option value=${thread} ?selected=${about === thread}>
                    ${title}${count ? ` (${count})` : ""}
                  </option>`,
              )}
            </select></label
          >`
        : nothing}
      <label class="thread__filter thread__find"
        ><span class="visually-hidden">Find in contributions</span
        ><input
          class="input"
          type="search"
          name="find"
          maxlength="100"
          placeholder="Find"
          value=${find}
          @input=${(event: Event) => this.want({ find: chosen(event) })}
      /></label>
      ${this.told?.at || near
        ? html`<button
            type="button"
            class="chip chip--near"
            aria-pressed=${near ? "true" : "false"}
            @click=${() => this.want({ near: near ? null : this.here() })}
          >
            ${icon("play")}At this moment
          </button>`
        : nothing}
    </div>`;
  }

  /** Show it in another way; the address tells how, so that it can be passed on. */
  private want(change: Partial<Wanted>): void {
    this.wanted = { ...this.wanted, ...change };
    this.drawn = WINDOW;
    const { sorting, kind, about, find } = this.wanted;
    const query = new URLSearchParams(location.search);
    const told = { sort: sorting === "new" ? "" : sorting, kind, about, find: find.trim() };
    for (const [name, value] of Object.entries(told)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    const words = query.toString();
    const address = `${location.pathname}${words ? `?${words}` : ""}${location.hash}`;
    history.replaceState(history.state, "", address);
    this.requestUpdate();
  }

  private drawMore(): void {
    this.drawn += WINDOW;
    this.requestUpdate();
  }

  /** Draw as far as the post that the address names, and show it. */
  private readonly findTarget = (): void => {
    const id = decodeURIComponent(location.hash.slice(1));
    if (!id.startsWith("c_") || !this.ready || this.querySelector(`[id="${id}"]`)) return;
    const index = this.view().posts.findIndex((post) => holds(post, id));
    if (index < 0) return;
    this.drawn = Math.max(this.drawn, index + 5);
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const post = document.getElementById(id);
      post?.closest("details")?.setAttribute("open", "");
      post?.scrollIntoView({ block: "center" });
    });
  };

  /** Somebody went to an agenda item's contributions from the list of items. */
  private readonly showSubject = (event: CustomEvent<{ about: string }>): void => {
    if (this.thread === MEETING) this.want({ about: event.detail.about });
  };

  /** Somebody pressed its dot on the timeline. */
  private readonly showPost = (event: CustomEvent<{ contribution_id: string }>): void => {
    const id = event.detail.contribution_id;
    const index = this.view().posts.findIndex((post) => holds(post, id));
    if (index < 0) return;
    this.drawn = Math.max(this.drawn, index + 5);
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const post = document.getElementById(id);
      post?.scrollIntoView({ block: "nearest", behavior: "smooth" });
      post?.setAttribute("data-found", "");
      setTimeout(() => post?.removeAttribute("data-found"), FOUND_MS);
    });
  };

  // --- writing ------------------------------------------------------------

  private head(about: Subject | undefined): Piece {
    if (!this.open) {
      return html`<p class="quiet">
        Only people with the join code can write here. <a href="/join">Enter the code</a>
      </p>`;
    }
    const title = about
      ? `Add to \u201c${about.title}\u201d`
      : this.thread === MEETING
        ? "Add to the conversation"
        : "Add to this session";
    return composer({
      meeting: this.meeting!,
      moments: this.moments,
      thread: about?.thread ?? this.thread,
      title,
      spoken: this.spoken,
      dropMoment: () => {
        this.spoken = null;
        this.requestUpdate();
      },
    });
  }

  private here(): Spoken | null {
    const { at, room } = pageData()?.focus ?? { at: null, room: null };
    if (this.told?.at) return { roomId: this.told.room_id, at: this.told.at };
    if (!at) return null;
    const rooms = Object.values(this.meeting?.state?.rooms ?? {});
    return { roomId: rooms.find(({ slug }) => slug === room)?.room_id ?? null, at };
  }

  private readonly follow = (event: CustomEvent<Told>): void => {
    const first = !this.told;
    this.told = event.detail;
    if (first) this.requestUpdate();
  };

  private readonly typed = (event: Event): void => {
    keepDraft(event);
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement) || field.form?.parentElement !== this) return;
    const begins = !this.begun && field.value !== "";
    this.begun = field.value !== "";
    // What was on when somebody began to write, not when they had finished.
    if (begins && (this.spoken = this.here())) this.requestUpdate();
  };

  private readonly sent = (event: Event): void => {
    const form = event.target as HTMLFormElement;
    dropDraft(event);
    // After the form has been read and emptied.
    setTimeout(() => {
      renewKept(form);
      renewTerms(form);
      if (form.parentElement === this && !form.querySelector("textarea")?.value) {
        this.spoken = null;
        this.begun = false;
        this.requestUpdate();
      }
    });
  };

  private readonly toggled = (event: Event): void => {
    const details = event.target as HTMLDetailsElement;
    if (!details.matches(".reply")) return;
    const key = details.dataset["key"] ?? "";
    if (details.open === this.opened.has(key)) return;
    if (details.open) this.opened.add(key);
    else this.opened.delete(key);
    this.requestUpdate();
    if (details.open) {
      void this.updateComplete.then(() => details.querySelector("textarea")?.focus());
    }
  };

  // --- one post -----------------------------------------------------------

  private post(post: PostView, level = 0): TemplateResult {
    const place = { meeting: this.meeting!, moments: this.moments };
    const says = post.text || post.attachments.length > 0;
    return html`<article
      class="post ${level ? "post--reply" : ""}"
      id=${post.key}
      data-contribution=${post.contributionId ?? nothing}
      data-kind=${post.kind}
      data-state=${post.state}
      ?data-mine=${post.mine}
    >
      ${says || (post.state !== "hidden" && post.state !== "withdrawn")
        ? byline(place, post, level > 0 && post.kind === "note")
        : nothing}
      ${this.note(post)} ${this.sending.edits(post.item) ? nothing : body(place, post)}
      ${answerLine({ meeting: this.meeting!, moments: this.moments }, post)}
      ${post.item ? this.sending.render(post.item) : this.footer(post, level)}
      ${post.replies.length ? this.replies(post, level) : nothing}
    </article>`;
  }

  private replies(post: PostView, level: number): TemplateResult {
    const list = html`<ol class="post__replies">
      ${repeat(
        post.replies,
        (one) => one.key,
        (one) => html`<li>${this.post(one, level + 1)}</li>`,
      )}
    </ol>`;
    if (level < DEPTH) return list;
    const count = post.replies.length;
    return html`<details class="post__deeper">
      <summary class="quiet-button">
        ${icon("reply")}${count} more ${count === 1 ? "reply" : "replies"}
      </summary>
      ${list}
    </details>`;
  }

  private note(post: PostView): Piece {
    const consent = this.meeting?.own?.consents[post.contributionId ?? ""];
    if (post.state === "waiting" && consent?.two_stages) {
      return storyNote(consent, `/m/${this.meeting!.slug}/mine/consents`);
    }
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

  private footer(post: PostView, level: number): Piece {
    const id = post.contributionId;
    if (!id || post.state === "withdrawn") return nothing;
    const place = { meeting: this.meeting!, moments: this.moments };
    const moment = level ? nothing : momentLink(place, post);
    const shown = post.state === "shown";
    if (!this.open) {
      const count = this.meeting!.votes.shown(id, post.support);
      return html`<footer class="post__actions">
        ${shown && count
          ? html`<span class="support__still"
              >${icon("heart")}${count} <span class="visually-hidden">support this</span></span
            >`
          : nothing}${moment}
      </footer>`;
    }
    const moderates = this.meeting!.page.me?.moderates;
    return html`<footer class="post__actions">
      ${shown ? this.support(post, id) : nothing} ${shown ? this.reply(post, id) : nothing}
      ${moment} ${post.mine && post.state !== "hidden" ? this.change(post, id) : nothing}
      ${(post.mine || moderates) && (shown || post.state === "waiting")
        ? post.attachments.filter((one) => one.kind === "voice").map((one) => voiceForm(one, id))
        : nothing}
      ${post.mine ? this.withdraw(id) : nothing} ${appealPart(place, post, id)}
      ${shown ? flagForm(place, post, id) : nothing}
      ${this.meeting!.page.me?.reports && shown && post.circle === "public" ? shareLink(place, post, id) : nothing}
      ${moderates && shown ? this.team(post, id) : nothing}
      ${moderates && shown
        ? html`<details class="staff-menu">
            <summary class="quiet-button">${icon("hide")}Hide</summary>
            ${hideForm(id)}
          </details>`
        : nothing}
      ${moderates && post.state === "hidden"
        ? publishForm(id, "Show again", "quiet-button")
        : nothing}
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

  /** What the team does with a post: answer it, show it to everyone. */
  private team(post: PostView, id: string): TemplateResult {
    const show = (words: string, pressed: boolean, more: { queue?: true }): Piece =>
      html`<button
        class="quiet-button"
        aria-pressed=${pressed ? "true" : "false"}
        @click=${() =>
          void this.meeting!.submit("contribution.spotlight", {
            contribution_id: id,
            level: pressed ? 0 : 1,
            ...more,
          })}
      >
        ${more.queue ? nothing : icon("wall")}${words}
      </button>`;
    return html`<a class="quiet-button" href="/m/${this.meeting!.slug}/c/${id}#answer"
        >${icon("check")}${post.answer ? "The answer" : "Answer"}<span class="visually-hidden"
          >: ${shorten(post.text, 60)}</span
        ></a
      >
      ${post.circle === "participants"
        ? nothing
        : html`${show("On the screens", post.spotlit, {})}
          ${post.spotlit ? nothing : show("Show next", post.queued, { queue: true })}`}`;
  }

  private reply(post: PostView, id: string): TemplateResult {
    return html`<details class="reply" data-key=${id}>
      <summary class="quiet-button">${icon("reply")}Reply</summary>
      ${this.opened.has(id) ? replyForm(this.meeting!, post, id) : nothing}
    </details>`;
  }

  private change(post: PostView, id: string): TemplateResult {
    return html`<details class="edit">
      <summary class="quiet-button">Edit</summary>
      ${editForm(post, id)}
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

  private readonly sending = new Sending(
    () => this.meeting,
    () => this.requestUpdate(),
  );
}

/** How a thread is to be shown, as an address says it; as pages/talk/thread.py reads it. */
function wantedBy(query: URLSearchParams): Partial<Wanted> {
  const sort = query.get("sort") ?? "";
  const kind = query.get("kind") ?? "";
  return {
    sorting: sort in SORTINGS ? (sort as Sorting) : "new",
    kind: kind in KIND_WORDS ? kind : "",
    about: query.get("about") ?? "",
    find: (query.get("find") ?? "").slice(0, 100),
  };
}

function holds(post: PostView, id: string): boolean {
  return post.contributionId === id || post.replies.some((reply) => holds(reply, id));
}

customElements.define("fm-thread", ContributionThread);
