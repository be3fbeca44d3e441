/** `<fm-chapters>`: what is on where this viewer is, and all that was, to go to. */

import { html, nothing, type TemplateResult } from "lit";

import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { icon } from "../wording/pieces";
import { countOf, viewComing } from "../views/thread";
import { chaptersOf, marksOf, nowWords, standingAt, type Chapter } from "../player/chapters";

export const KIND_ICONS = { agenda: "text", speaker: "mic", slide: "board", question: "hand" } as const;
const KIND_NAMES = { agenda: "Item", speaker: "Speaker", slide: "Slide", question: "Quick question" } as const;

interface Told {
  room_id: string;
  at: string | null;
  end_at: string | null;
}

export class RoomChapters extends LiveElement {
  /** What the player shows, and how far it could go; nothing before it plays. */
  private told: Told | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("fm-time", this.follow as EventListener);
    document.addEventListener("fm-room", this.followRoom as EventListener);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fm-time", this.follow as EventListener);
    document.removeEventListener("fm-room", this.followRoom as EventListener);
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    const told = entry === null || /^(Marker|Agenda|Question|Contribution)/u.test(entry.kind);
    return told && (feed === "public" || feed === "participants");
  }

  /** By the clock: places here need no recording to be known. */
  private get chapters(): Chapter[] {
    const end = this.told?.end_at;
    return chaptersOf(
      marksOf(this.meeting!.state!, this.dataset["room"] ?? ""),
      this.dataset["room"] ?? "",
      (iso) => Date.parse(iso) / 1_000,
      end ? new Date(end) : null,
    );
  }

  protected override render(): TemplateResult {
    const { chapters, told } = this;
    const coming = viewComing(this.meeting!.state!, this.dataset["room"] ?? "");
    if (!chapters.length && !coming.length) return html``;
    const standing = told?.at ? standingAt(chapters, Date.parse(told.at) / 1_000) : {};
    const now = nowWords(standing);
    const current = new Set(Object.values(standing).map(({ id }) => id));
    return html`<div class="chapters">
      ${now
        ? html`<p class="chapters__now">
            <span class="badge badge--now">Now</span><span>${now}</span>
          </p>`
        : nothing}
      <details class="chapters__box" ?open=${this.meeting!.state!.phase !== "live"}>
        <summary class="quiet-button">
          ${icon("text")}Items and speakers <span class="count">${chapters.length + coming.length}</span>
        </summary>
        <ol class="chapters__list">
          ${chapters.map((chapter) => this.item(chapter, current.has(chapter.id)))}
          ${coming.map((item) => this.coming(item))}
        </ol>
      </details>
    </div>`;
  }

  private item(chapter: Chapter, current: boolean): TemplateResult {
    const room = this.dataset["room"] ?? "";
    const slug = this.meeting!.state!.rooms[room]?.slug ?? "";
    const { kind, label, at } = chapter;
    return html`<li
      class="chapters__item"
      data-kind=${kind}
      aria-current=${current ? "true" : nothing}
    >
      <a
        href="/m/${this.meeting!.slug}?room=${slug}&at=${at}"
        data-moment=${at}
        data-room=${room}
        ><time datetime=${at}>${this.moments.exact(at)}</time> ${icon(KIND_ICONS[kind])}
        <span><span class="visually-hidden">${KIND_NAMES[kind]}: </span>${label}</span></a
      >${kind === "agenda" ? this.talk(chapter) : nothing}
    </li>`;
  }

  /** An item that everyone may write to before it begins. */
  private coming({ id, label }: Pick<Chapter, "id" | "label">): TemplateResult {
    const about = `agenda:${id}`;
    return html`<li class="chapters__item" data-kind="agenda" data-coming>
      <a
        href="/m/${this.meeting!.slug}?about=${about}#thread"
        data-about=${about}
        @click=${showThread}
        ><span class="chapters__when">To come</span> ${icon("text")} <span>${label}</span></a
      >${this.talk({ id, label })}
    </li>`;
  }

  /** What was said to an item: how much, and the way there without leaving the film. */
  private talk({ id, label }: Pick<Chapter, "id" | "label">): TemplateResult {
    const about = `agenda:${id}`;
    const { state, own, staff, shared } = this.meeting!;
    const reading = { state: state!, own, staff, shared, pending: [], myName: "" };
    return html`<a
      class="chapters__talk"
      href="/m/${this.meeting!.slug}?about=${about}#thread"
      data-about=${about}
      @click=${showThread}
      >${icon("chat")}<span class="visually-hidden">Contributions to ${label}: </span
      >${countOf(reading, about)}</a
    >`;
  }

  private readonly follow = (event: CustomEvent<Told>): void => {
    if (event.detail.room_id !== this.dataset["room"]) return;
    this.told = event.detail;
    this.requestUpdate();
  };

  private readonly followRoom = (event: CustomEvent<{ room_id: string }>): void => {
    this.dataset["room"] = event.detail.room_id;
    this.told = null;
    this.requestUpdate();
  };
}

/** Show an item's contributions where the thread stands on this page. */
function showThread(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  const thread = document.querySelector("fm-thread[data-thread=meeting]");
  if (!thread || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const detail = { about: link.dataset["about"] ?? "" };
  document.dispatchEvent(new CustomEvent("fm-about", { detail }));
  history.replaceState(history.state, "", "#thread");
  window.dispatchEvent(new HashChangeEvent("hashchange"));
  thread.scrollIntoView({ block: "start", behavior: "smooth" });
}

customElements.define("fm-chapters", RoomChapters);
