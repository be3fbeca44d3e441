/** The board page's timetable: cells and proposals, and placing in them. */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Timetable } from "../elements/timetable";
import type { LiveMeeting } from "../meeting";
import type { Moments } from "../wording/moments";
import { icon, span, timeBadge, type Piece } from "../wording/pieces";
import { sessionCard, type CardPlace } from "./session-card";
import { takeOffer } from "../frame/toasts";
import type { WireMeeting, WireRoom, WireSession, WireSlot } from "../feed/types";
import type { TimeView, TimetableView } from "../views/timetable";
import { askCosts } from "./asking";
import type { Cost } from "./costs";
import { Dragging } from "./dragging";
import { isSame, Placing } from "./placing";

const NOTHING_AGAINST = "Nothing against it";

export class Board {
  readonly placing: Placing;
  private readonly dragging: Dragging;
  private readonly stop = new AbortController();
  private wasHolding = false;

  constructor(
    private readonly element: Timetable,
    private readonly meeting: LiveMeeting,
    private readonly moments: Moments,
  ) {
    this.placing = new Placing(element, meeting, moments, (session) =>
      askCosts(meeting, session.session_id),
    );
    this.dragging = new Dragging(element, this.placing);
    const { signal } = this.stop;
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
  }

  close(): void {
    this.dragging.close();
    this.stop.abort();
  }

  /**
   * While something is held the cards draw together, so that more of the board is in
   * sight; what the reader looks at must not jump. Returns what to do afterwards.
   */
  beforeUpdate(): () => void {
    const refocus = keepFocus(this.element);
    const held = this.placing.held;
    const holding = held !== null;
    if (holding) this.placing.weigh();
    if (holding === this.wasHolding) return refocus;
    this.wasHolding = holding;
    const id = held?.seen.session_id;
    const anchor =
      this.element.querySelector<HTMLElement>(".board__cell[data-over]") ??
      (id ? this.element.querySelector<HTMLElement>(`#${CSS.escape(id)}`) : null);
    const before = anchor?.getBoundingClientRect().top ?? 0;
    this.element.toggleAttribute("data-holding", holding);
    return () => {
      refocus();
      if (anchor?.isConnected && (held?.way ?? "drag") === "drag") {
        window.scrollBy(0, anchor.getBoundingClientRect().top - before);
      }
    };
  }

  render(table: TimetableView, state: WireMeeting): TemplateResult {
    const place: CardPlace = {
      meeting: this.meeting,
      moments: this.moments,
      table,
      changed: this.element.changedIds,
      held: this.placing.held?.seen.session_id ?? null,
      pick: (id) => this.pick(id),
    };
    return html`${table.times.length && table.rooms.length
      ? html`<div class="board__scroll" tabindex="0" role="region" aria-label="Timetable">
          <table class="board" role="table">
            ${boardHead(table)}
            <tbody role="rowgroup">
              ${repeat(
                table.times,
                (time) => time.slot.slot_id,
                (time, row) => this.row(time, row, place),
              )}
            </tbody>
          </table>
        </div>`
      : this.noBoard()}
    ${this.proposals(place, Object.keys(state.sessions).length)} ${this.bar()}
    <p class="visually-hidden board__say" aria-live="assertive">${this.spoken()}</p>`;
  }

  // --- taking up, choosing, putting ------------------------------------------

  /** Take a session up to choose its place with keys, taps or clicks. */
  private pick(id: string): void {
    if (!this.placing.pickUp(id, "choose")) return;
    void this.element.updateComplete.then(() => {
      this.element.querySelector<HTMLElement>(".hold")?.focus({ preventScroll: true });
      this.show();
    });
  }

  private pressed(event: KeyboardEvent): void {
    const { held } = this.placing;
    const writing = (event.target as HTMLElement).matches?.("input, textarea, select");
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && !held && !writing) {
      if (takeOffer()) event.preventDefault();
      return;
    }
    if (!held || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      this.leave();
      return;
    }
    const inBar = (event.target as HTMLElement).matches?.(".hold") ?? false;
    if (held.way !== "choose" || !inBar) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.put();
    } else if (this.placing.step(event.key)) {
      event.preventDefault();
      void this.element.updateComplete.then(() => this.show());
    }
  }

  /** Scroll the cell that is aimed at into sight. */
  private show(): void {
    const over = this.element.querySelector("[data-over]");
    over?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private put(place = this.placing.held?.aim): void {
    const id = this.placing.held?.seen.session_id;
    if (this.placing.put(place)) this.refocus(id);
  }

  private leave(): void {
    const held = this.placing.held;
    this.placing.letGo();
    if (held?.way === "choose") this.refocus(held.seen.session_id);
  }

  /** The focus goes back to the button that took the session up. */
  private refocus(id: string | undefined): void {
    if (!id) return;
    void this.element.updateComplete.then(() => {
      const card = this.element.querySelector(`#${CSS.escape(id)}`);
      card?.querySelector<HTMLElement>(".pick")?.focus({ preventScroll: true });
      card?.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  /** While dragging nothing is read out: the pointer's user sees where it is. */
  private spoken(): string {
    return this.placing.held?.way === "drag" ? "" : this.placing.words;
  }

  private bar(): Piece {
    const { held, overtaken } = this.placing;
    if (held?.way !== "choose") return nothing;
    const title = held.seen.content?.title ?? "the session";
    const level = this.placing.costAt(held.aim ?? null)?.level ?? "good";
    const barred = level === "taken" || level === "no";
    // An application, so that screen readers hand the arrow keys on to us.
    return html`<div
      class="hold"
      role="application"
      tabindex="0"
      aria-label="Placing “${title}”"
      aria-describedby="hold-how"
    >
      <div class="hold__text">
        <p class="hold__title">${icon("move")}${title}</p>
        <p class="hold__where">${this.placing.sayAim()}</p>
        ${overtaken
          ? html`<p class="hold__late">
              ${icon("warning")}Someone has just changed this session. If you place it, you
              are asked which is right.
            </p>`
          : nothing}
        <p class="hold__how" id="hold-how">
          Arrow keys choose a place, Enter puts it there, Escape leaves it.
        </p>
      </div>
      <div class="hold__buttons">
        <button
          class="button button--primary"
          type="button"
          ?disabled=${barred || held.aim === undefined}
          @click=${() => this.put()}
        >
          Place here
        </button>
        <button class="button button--quiet" type="button" @click=${() => this.leave()}>
          Cancel
        </button>
      </div>
    </div>`;
  }

  // --- rooms by times -----------------------------------------------------------

  private row(time: TimeView, row: number, place: CardPlace): TemplateResult {
    const { slot } = time;
    const { table } = place;
    const label = slot.content?.label;
    return html`${table.severalDays && time.newDay
        ? html`<tr class="board__day" role="row">
            <th colspan=${table.rooms.length + 1} scope="rowgroup" role="rowheader">
              ${this.moments.day(slot.starts_at)}
            </th>
          </tr>`
        : nothing}
      <tr
        class="board__row"
        data-slot=${slot.slot_id}
        data-state=${time.state}
        ?data-break=${Boolean(label) && time.cells.every((cell) => cell === null)}
        role="row"
      >
        <th class="board__time" scope="row" role="rowheader">
          ${span(this.moments, slot.starts_at, slot.ends_at)}
          ${label ? html`<span class="board__label">${label}</span>` : nothing}
          ${timeBadge(time.state)}
        </th>
        ${time.cells.map((session, column) =>
          this.cell(time, table.rooms[column]!, session, place, row, column),
        )}
      </tr>`;
  }

  private cell(
    time: TimeView,
    room: WireRoom,
    session: WireSession | null,
    place: CardPlace,
    row: number,
    column: number,
  ): TemplateResult {
    const { held } = this.placing;
    const { slot } = time;
    const cost = held?.costs[row]?.[column];
    const here = { room_id: room.room_id, slot_id: slot.slot_id };
    return html`<td
      class="board__cell"
      role="cell"
      data-room=${room.room_id}
      data-slot=${slot.slot_id}
      data-room-name=${room.content?.name ?? ""}
      data-cost=${cost?.level ?? nothing}
      ?data-over=${held !== null && isSame(held.aim, here)}
    >
      ${repeat(
        session ? [session] : [],
        (one) => one.session_id,
        (one) => sessionCard(one, time.state, place),
      )}
      ${session
        ? nothing
        : cost
          ? this.free(cost, slot, room)
          : slot.content?.label
            ? nothing
            : html`<p class="board__free">Free</p>`}
    </td>`;
  }

  /** A free cell while something is held: what it costs, and a button to put it there. */
  private free(cost: Cost, slot: WireSlot, room: WireRoom): TemplateResult {
    const lines = cost.troubles;
    const words = html`<span class="board__cost"
      >${lines.length
        ? lines.map((line) => html`<span>${line}</span>`)
        : html`<span>${NOTHING_AGAINST}</span>`}</span
    >`;
    if (this.placing.held?.way === "drag" || cost.level === "no") return words;
    const there = `${room.content?.name ?? "Room"}, ${this.moments.clock(slot.starts_at)}`;
    return html`<button
      class="board__here"
      type="button"
      aria-label=${`Place here ${lines.join(" ") || NOTHING_AGAINST}: ${there}`}
      @click=${() => this.put({ room_id: room.room_id, slot_id: slot.slot_id })}
    >
      <span class="board__here-word">Place here</span>
      ${words}
    </button>`;
  }

  // --- proposals -----------------------------------------------------------------

  private proposals(place: CardPlace, count: number): TemplateResult {
    const { proposals } = place.table;
    const { held } = this.placing;
    const back = held?.seen.slot_id != null;
    return html`<section
      class="proposals"
      id="proposals"
      aria-labelledby="proposals-title"
      ?data-over=${back && held?.aim === null}
    >
      <div class="panel__head">
        <h2 id="proposals-title">Proposals</h2>
        ${proposals.length ? html`<span class="count">${proposals.length}</span>` : nothing}
      </div>
      ${back
        ? html`<button
            class="board__here"
            type="button"
            ?disabled=${held.way === "drag"}
            @click=${() => this.put(null)}
          >
            <span class="board__here-word">Back to the proposals</span>
          </button>`
        : nothing}
      ${proposals.length
        ? html`<ul class="proposals__list">
            ${repeat(
              proposals,
              (session) => session.session_id,
              (session) => html`<li>${sessionCard(session, "proposal", place)}</li>`,
            )}
          </ul>`
        : this.noProposals(count)}
    </section>`;
  }

  private noProposals(count: number): TemplateResult {
    const open = this.meeting.state!.phase !== "ended" && document.getElementById("propose");
    return html`<p class="quiet">
      ${count ? "Every proposal has its place." : "Nobody has proposed a session yet."}
      ${open ? html`<a href="#propose">Propose one</a>` : nothing}
    </p>`;
  }

  private noBoard(): Piece {
    if (this.meeting.state!.phase === "ended") {
      return html`<p class="quiet">This meeting had no timetable.</p>`;
    }
    const organises = this.meeting.page.me?.organises;
    return html`<div class="empty">
      <h2>No timetable yet</h2>
      <p>
        ${organises
          ? "Add rooms and times at the desk, then sessions can be placed here."
          : "The organisers will add rooms and times. You can propose a session already."}
      </p>
      ${organises
        ? html`<p>
            <a class="button button--primary" href="/desk/${this.meeting.slug}#times"
              >Add times</a
            >
          </p>`
        : nothing}
    </div>`;
  }
}

/** A card that somebody moves is made anew in its new place; the focus goes along. */
function keepFocus(root: HTMLElement): () => void {
  const focused = document.activeElement as HTMLElement | null;
  const id = focused?.closest<HTMLElement>(".session-card")?.id;
  if (!focused || !id || !root.contains(focused)) return () => {};
  const [part] = focused.classList;
  return () => {
    if (document.activeElement !== document.body) return;
    const card = root.querySelector(`#${CSS.escape(id)}`);
    const same = part ? card?.getElementsByClassName(part)[0] : card?.querySelector("a");
    (same as HTMLElement | null | undefined)?.focus({ preventScroll: true });
  };
}

function boardHead(table: TimetableView): TemplateResult {
  return html`<thead role="rowgroup">
    <tr role="row">
      <th class="board__corner" scope="col" role="columnheader">Time</th>
      ${table.rooms.map(
        (room) =>
          html`<th
            class="board__room"
            scope="col"
            role="columnheader"
            data-room=${room.room_id}
          >
            ${room.content?.name}${room.capacity
              ? html` <span class="board__capacity">${room.capacity} seats</span>`
              : nothing}
          </th>`,
      )}
    </tr>
  </thead>`;
}
