/** `<fm-live>`: the live updates, as they come; beside the film where its viewer is. */

import { html, nothing, render, type PropertyValues, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";

import { citePath, LONGEST_MS } from "../watching/citing";
import type { Entry } from "../feed/fold";
import { LiveElement } from "../frame/live-element";
import { avatar, formAddress, hidden, icon, kindLabel, shorten, type Piece } from "../wording/pieces";
import { renderProse } from "../wording/prose";
import { currentAt, viewUpdates, type Shown, type UpdateView } from "../views/updates";

const CONCERNS = /^(Update|Contribution(Edited|Hidden|Posted|Returned|Withdrawn)|Session|Meeting)/u;
/** Who has scrolled so far down is reading: nothing is pushed in above. */
const READING_PIXELS = 160;
/** So near the end of the film somebody watches live. */
const LIVE_SECONDS = 20;
const FOLLOW_PAUSE_MS = 8_000;

interface Told {
  room_id: string;
  at: string | null;
  end_at: string | null;
}

export class LiveUpdates extends LiveElement {
  /** What is on the page; what comes while somebody reads waits for a tap. */
  private known: Set<string> | null = null;
  private readonly films = new Map<string, HTMLElement>();
  private told: Told | null = null;
  private current: string | null = null;
  private readAt = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.beside) document.addEventListener("fm-time", this.follow as EventListener);
    for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      this.addEventListener(kind, () => (this.readAt = Date.now()), { passive: true });
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fm-time", this.follow as EventListener);
  }

  private get beside(): boolean {
    return this.dataset["beside"] !== undefined;
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    return feed === "public" && (entry === null || CONCERNS.test(entry.kind));
  }

  protected override render(): TemplateResult {
    const all = viewUpdates(this.meeting!.state!);
    this.reveal(all.length > 0);
    const fresh = this.fresh(all);
    const seen = all.filter(({ key }) => !fresh.has(key));
    const pinned = seen.filter(({ update }) => update.pinned);
    const rest = seen.filter(({ update }) => !update.pinned);
    const current = this.find(all);
    return html`${fresh.size
      ? html`<p class="live__new">
          <button type="button" class="button button--small" @click=${this.showNew}>
            ${fresh.size} new
          </button>
        </p>`
      : nothing}
    ${pinned.length
      ? html`<div class="live__pinned">
          ${repeat(pinned, ({ key }) => key, (view) => this.item(view, current))}
        </div>`
      : nothing}
    ${rest.length
      ? html`<ol class="live__items">
          ${repeat(
            rest,
            ({ key }) => key,
            (view) => html`<li>${this.item(view, current)}</li>`,
          )}
        </ol>`
      : pinned.length
        ? nothing
        : html`<div class="empty empty--small"><p>Nothing has been reported yet.</p></div>`}
    <p class="visually-hidden" role="status">
      ${fresh.size ? `${fresh.size} new live updates` : ""}
    </p>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const current = this.querySelector<HTMLElement>("[aria-current]");
    const key = current?.id ?? null;
    if (key === this.current) return;
    this.current = key;
    const panel = this.parentElement;
    if (!current || !panel || Date.now() - this.readAt < FOLLOW_PAUSE_MS) return;
    // Only its own box scrolls, never the page under somebody's hands.
    if (panel.scrollHeight > panel.clientHeight + 1) {
      const top = current.getBoundingClientRect().top - panel.getBoundingClientRect().top;
      panel.scrollBy({ top: top - panel.clientHeight / 3 });
    }
  }

  /** What came since somebody began to read, and waits. */
  private fresh(all: readonly UpdateView[]): Set<string> {
    const keys = all.map(({ key }) => key);
    if (this.known === null || !this.reading) this.known = new Set(keys);
    return new Set(keys.filter((key) => !this.known!.has(key)));
  }

  private get reading(): boolean {
    if (this.beside) return (this.parentElement?.scrollTop ?? 0) > READING_PIXELS;
    return this.getBoundingClientRect().top < -READING_PIXELS;
  }

  private readonly showNew = (): void => {
    this.known = null;
    if (this.beside) this.parentElement?.scrollTo({ top: 0 });
    else this.scrollIntoView({ block: "start" });
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const first = this.querySelector<HTMLElement>(".live__items .update__time");
      first?.focus({ preventScroll: true });
    });
  };

  /** Show the part of the meeting's page as soon as there is something in it. */
  private reveal(any: boolean): void {
    if (!this.beside || !any) return;
    for (const part of document.querySelectorAll<HTMLElement>("[data-live][hidden]")) {
      part.hidden = false;
    }
  }

  private find(all: readonly UpdateView[]): UpdateView | null {
    const { told } = this;
    if (!told?.at) return null;
    const at = Date.parse(told.at);
    const live = this.meeting!.state!.phase !== "ended";
    if (live && told.end_at && Date.parse(told.end_at) - at < LIVE_SECONDS * 1_000) {
      return null;
    }
    return currentAt(all, told.room_id, at);
  }

  private readonly follow = (event: CustomEvent<Told>): void => {
    this.told = event.detail;
    const all = this.meeting?.state ? viewUpdates(this.meeting.state) : [];
    if ((this.find(all)?.key ?? null) !== this.current) this.requestUpdate();
  };

  // --- one update -----------------------------------------------------------

  private item(view: UpdateView, current: UpdateView | null): TemplateResult {
    const { update, key, at } = view;
    const content = update.content!;
    const later = current !== null && Date.parse(at) > Date.parse(current.at);
    const image = update.image_id ? `/m/${this.meeting!.slug}/images/${update.image_id}` : "";
    return html`<article
      class="update ${update.pinned ? "update--pinned" : ""} ${later ? "update--later" : ""}"
      id=${key}
      data-update=${key}
      aria-current=${current?.key === key ? "true" : nothing}
    >
      ${this.head(view)}
      ${content.text
        ? html`<div class="update__text prose">
            ${guard([content.text], () => renderProse(content.text))}
          </div>`
        : nothing}
      ${content.quote
        ? html`<figure class="update__quote">
            <blockquote>${content.quote}</blockquote>
            ${content.speaker ? html`<figcaption>${content.speaker}</figcaption>` : nothing}
          </figure>`
        : nothing}
      ${image
        ? html`<a class="update__image" href=${image}
            ><img
              src="${image}?small"
              alt=${content.alt}
              width=${update.width ?? nothing}
              height=${update.height ?? nothing}
              loading="lazy"
          /></a>`
        : nothing}
      ${this.shown(view)} ${this.changes(view)} ${this.tools(view)}
    </article>`;
  }

  private head({ update, key, at }: UpdateView): TemplateResult {
    const { meeting, moments } = this;
    const room = meeting!.state!.rooms[update.room_id ?? ""];
    const day = moments.isToday(at) ? "" : `${moments.day(at)}, `;
    return html`<header class="update__head">
      ${update.pinned
        ? html`<span class="update__pin">${icon("pin")}Summary</span>`
        : nothing}<a
        class="update__time"
        href="/m/${meeting!.slug}/live/${key}"
        title="Lasting address"
        ><time datetime=${at}>${day}${moments.clock(at)}</time></a
      >${room?.ever_on_air
        ? html`<a
            class="update__watch"
            href="/m/${meeting!.slug}?room=${room.slug}&at=${at}"
            data-moment=${at}
            data-room=${room.room_id}
            >${icon("play")}<span>${room.content?.name ?? ""}</span></a
          >`
        : nothing}<span class="update__by">${update.content!.author}</span>
    </header>`;
  }

  private shown({ update, shown, lost }: UpdateView): Piece {
    if (lost) return html`<p class="quiet">What stood here is no longer shown.</p>`;
    if (!shown) return nothing;
    if (shown.kind === "clip") return html`${this.film(update.update_id)}`;
    return html`<a class="update__embed" href=${shown.href}
      >${this.embedHead(shown)}${shown.text
        ? html`<span>${shorten(renderProse(shown.text).textContent ?? "", 280)}</span>`
        : nothing}</a
    >`;
  }

  private embedHead(shown: Shown): TemplateResult {
    if (shown.kind === "session") {
      return html`<span class="update__embed-head"
        >${icon("board")}<strong>${shown.title}</strong></span
      >`;
    }
    return html`<span class="update__embed-head"
      >${avatar(shown.title)}<strong>${shown.title || "Anonymous"}</strong> ${kindLabel(
        shown.contributionKind,
      )}</span
    >`;
  }

  /** The clip's player, made once: it must not begin anew because a word changed. */
  private film(id: string): HTMLElement | null {
    const update = this.meeting!.state!.updates[id]!;
    const room = this.meeting!.page.rooms.find((one) => one.room_id === update.room_id);
    if (!room || !update.from_at || !update.to_at) return null;
    const key = `${id} ${update.from_at} ${update.to_at}`;
    const known = this.films.get(key);
    if (known) return known;
    const span = new URLSearchParams({ from: update.from_at, to: update.to_at });
    const source = `${room.playback_url}?${span.toString()}`;
    const player = document.createElement("fm-player");
    player.className = "player";
    Object.assign(player.dataset, {
      span: "",
      room: room.room_id,
      src: source,
      poster: room.poster_url ?? "",
      state: "ended",
      startsAt: update.from_at,
      at: "",
    });
    const frame = document.createElement("div");
    frame.className = "player__frame";
    const video = document.createElement("video");
    video.className = "player__video";
    video.controls = video.playsInline = true;
    video.preload = "none";
    if (room.poster_url) video.poster = room.poster_url;
    video.setAttribute("aria-label", `Clip from ${room.name}`);
    frame.append(video);
    player.append(frame);
    const box = document.createElement("div");
    box.className = "update__film";
    box.append(player);
    const [from, to] = [Date.parse(update.from_at), Date.parse(update.to_at)];
    if (to - from <= LONGEST_MS) {
      const cite = document.createElement("a");
      cite.className = "quiet-link";
      cite.href = citePath(this.meeting!.slug, room.slug, from, to);
      render(html`${icon("link")}The words, and how to cite them`, cite);
      box.append(cite);
    }
    this.films.set(key, box);
    void import("./player");
    return box;
  }

  private changes({ update }: UpdateView): Piece {
    const corrections = update.content!.corrections ?? [];
    if (corrections.length) {
      return html`<ul class="update__corrections">
        ${corrections.map(
          (one) =>
            html`<li>
              <strong>Corrected ${this.moments.clock(one.at)}:</strong> ${one.note}
            </li>`,
        )}
      </ul>`;
    }
    if (!update.edited) return nothing;
    return html`<p class="update__edited">Changed ${this.moments.clock(update.changed_at)}</p>`;
  }

  private tools({ update, key }: UpdateView): Piece {
    if (this.beside || !this.meeting!.page.me?.reports) return nothing;
    const slug = this.meeting!.slug;
    return html`<footer class="update__tools">
      <a class="quiet-button" href="/m/${slug}/live/write?update=${key}"
        >${icon("text")}Change</a
      >
      <form method="post" action=${formAddress()} data-command="report.pin">
        ${hidden("report.pin", { update_id: key, pinned: update.pinned ? "false" : "true" })}
        <button class="quiet-button">
          ${icon("pin")}${update.pinned ? "Take off the top" : "Keep on top"}
        </button>
      </form>
      <details class="staff-menu">
        <summary class="quiet-button">Take back</summary>
        <form method="post" action=${formAddress()} data-command="report.withdraw">
          ${hidden("report.withdraw", { update_id: key })}
          <p>It is deleted for everyone and can't be brought back.</p>
          <button class="button button--danger button--small">Take it back</button>
        </form>
      </details>
    </footer>`;
  }
}

customElements.define("fm-live", LiveUpdates);
