/** `<fm-find data-room>`: looks through this meeting while one types. */

import { html, nothing, render, type TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";

import { placeAt, stepPlace, tellFound, type FoundPlace } from "../watching/found";
import { liveMeeting } from "../meeting";
import { Moments } from "../wording/moments";
import { icon } from "../wording/pieces";

const PAUSE_MS = 220;
const SHORTEST = 2;
/** A line that was just said is in the index a moment later. */
const GROWN_MS = 2_000;
const SHOWN = 60;

interface Answer {
  total: number;
  places: FoundPlace[];
}

export class FindInMeeting extends HTMLElement {
  private readonly meeting = liveMeeting();
  private readonly moments = new Moments(this.meeting?.page.meeting?.timezone ?? "UTC");
  private readonly results = document.createElement("div");
  private form: HTMLFormElement | null = null;
  private answer: Answer | null = null;
  private refused = "";
  private asked = "";
  private now: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private grown: ReturnType<typeof setTimeout> | undefined;
  private request: AbortController | undefined;
  private stop: (() => void) | undefined;

  connectedCallback(): void {
    this.form = this.querySelector("form");
    if (!this.form || !this.meeting) return;
    this.results.className = "found";
    this.append(this.results);
    this.form.addEventListener("input", this.later);
    this.form.addEventListener("submit", this.submit);
    this.form.addEventListener("keydown", this.press);
    document.addEventListener("fm-time", this.follow as EventListener);
    document.addEventListener("fm-room", this.followRoom as EventListener);
    document.addEventListener("fm-find-step", this.followStep as EventListener);
    this.stop = this.meeting.listen((feed, entry) => {
      if (feed === "public" && entry?.kind === "TranscriptChanged") this.grow();
    });
    if (this.words) void this.find();
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
    clearTimeout(this.grown);
    this.request?.abort();
    this.stop?.();
    document.removeEventListener("fm-time", this.follow as EventListener);
    document.removeEventListener("fm-room", this.followRoom as EventListener);
    document.removeEventListener("fm-find-step", this.followStep as EventListener);
  }

  private get field(): HTMLInputElement {
    return this.form!.elements.namedItem("q") as HTMLInputElement;
  }

  private get words(): string {
    return this.field.value.trim();
  }

  private get roomSlug(): string {
    const rooms = this.meeting?.page.rooms ?? [];
    return rooms.find(({ room_id }) => room_id === this.dataset["room"])?.slug ?? "";
  }

  private get here(): FoundPlace[] {
    return this.answer?.places.filter(({ room }) => room === this.roomSlug) ?? [];
  }

  private readonly later = (): void => {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.find(), PAUSE_MS);
  };

  /** Enter goes on to the next place; without one the search page has more to offer. */
  private readonly submit = (event: Event): void => {
    if (this.words === this.asked && !this.here.length) return;
    event.preventDefault();
    if (this.words !== this.asked) void this.find();
    else this.step(1);
  };

  private readonly press = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.field.value) {
      event.preventDefault();
      this.field.value = "";
      void this.find();
    } else if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      this.step(-1);
    }
  };

  private grow(): void {
    if (!this.asked || this.grown !== undefined) return;
    this.grown = setTimeout(() => {
      this.grown = undefined;
      void this.find();
    }, GROWN_MS);
  }

  private async find(): Promise<void> {
    const { words } = this;
    this.request?.abort();
    if (words.length < SHORTEST) {
      this.asked = "";
      this.take(null, "");
      return;
    }
    this.request = new AbortController();
    const address = `/api/v1/meetings/${this.meeting!.slug}/places?${new URLSearchParams({ q: words })}`;
    try {
      const response = await fetch(address, { signal: this.request.signal });
      const said = (await response.json()) as Answer & { detail?: string };
      this.asked = words;
      if (response.ok) this.take(said, "");
      else this.take(null, said.detail ?? "The search is not available at the moment.");
    } catch {
      // Typed on, or off line: the form itself still works.
    }
  }

  private take(answer: Answer | null, refused: string): void {
    this.answer = answer;
    this.refused = refused;
    this.show();
    tellFound({ room_id: this.dataset["room"] ?? "", places: this.here });
  }

  private show(): void {
    const { answer } = this;
    if (!answer) {
      render(
        this.refused ? html`<p class="quiet" role="status">${this.refused}</p>` : nothing,
        this.results,
      );
      return;
    }
    const { here } = this;
    render(
      html`<div class="found__head">
          <p class="found__total" role="status">${this.countWords(answer, here)}</p>
          ${here.length
            ? html`<button
                  type="button"
                  class="button button--small button--quiet"
                  aria-label="The place before"
                  @click=${() => this.step(-1)}
                >
                  ${icon("up")}
                </button>
                <button
                  type="button"
                  class="button button--small button--quiet"
                  aria-label="The next place"
                  @click=${() => this.step(1)}
                >
                  ${icon("down")}
                </button>`
            : nothing}
        </div>
        ${answer.places.length
          ? html`<ol class="found__list" tabindex="0" aria-label="Where it was said">
              ${answer.places.slice(0, SHOWN).map((place) => this.row(place))}
            </ol>`
          : nothing}`,
      this.results,
    );
  }

  private countWords(answer: Answer, here: readonly FoundPlace[]): string {
    const { total } = answer;
    if (!total) return "Nobody said this here.";
    const current = this.current(here);
    const among = current < 0 ? "" : `${current + 1} of `;
    const places = `${among}${here.length} ${here.length === 1 ? "place" : "places"}`;
    const elsewhere = total - here.length;
    return elsewhere > 0 ? `${places} here, ${elsewhere} in other rooms` : places;
  }

  private current(here: readonly FoundPlace[]): number {
    return this.now === null ? -1 : placeAt(here, this.now);
  }

  private row(place: FoundPlace): TemplateResult {
    const room = place.room === this.roomSlug;
    const query = new URLSearchParams({ room: place.room, at: place.at, q: this.asked });
    const rooms = this.meeting!.page.rooms;
    const name = rooms.find(({ slug }) => slug === place.room)?.name ?? place.room;
    return html`<li>
      <a
        class="found__place"
        href=${`/m/${this.meeting!.slug}?${query}`}
        @click=${(event: MouseEvent) => {
          if (!room || event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          this.seek(place);
        }}
        ><span class="found__when"
          >${this.moments.exact(place.at)}${room ? nothing : html` · ${name}`}</span
        >
        <span
          >${place.speaker ? html`<b>${place.speaker}</b> ` : nothing}${
            // Escaped by the server; nothing but <mark> is in it.
            unsafeHTML(place.text_html)
          }</span
        ></a
      >
    </li>`;
  }

  private step(step: 1 | -1): void {
    const place = stepPlace(this.here, this.now, step);
    if (place) this.seek(place);
  }

  private seek(place: FoundPlace): void {
    this.now = Date.parse(place.at);
    const detail = { room_id: this.dataset["room"], at: place.at };
    document.dispatchEvent(new CustomEvent("fm-seek", { detail }));
    this.show();
  }

  private readonly follow = (event: CustomEvent): void => {
    const { room_id, at } = event.detail as { room_id: string; at: string | null };
    if (!this.answer || room_id !== this.dataset["room"] || !at) return;
    const before = this.current(this.here);
    this.now = Date.parse(at);
    if (this.current(this.here) !== before) this.show();
  };

  private readonly followStep = (event: CustomEvent<1 | -1>): void => this.step(event.detail);

  private readonly followRoom = (event: CustomEvent<{ room_id: string }>): void => {
    this.dataset["room"] = event.detail.room_id;
    this.now = null;
    if (this.answer) this.take(this.answer, "");
  };
}

customElements.define("fm-find", FindInMeeting);
