/** `<fm-timetable mode="list|board">`: rooms, times and sessions, live. */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import type { Entry } from "../fold";
import { LiveElement } from "../live-element";
import { withPendingMoves } from "../moves";
import { icon, span, timeBadge, type Piece } from "../pieces";
import { sessionCard, type CardPlace } from "../session-card";
import type { WireMeeting, WireSession } from "../types";
import { viewTimetable, type TimeView, type TimetableView } from "../views/timetable";
import type { BoardDrag } from "./board-drag";

const CHANGED_MS = 2_000;
const CLOCK_MS = 15_000;

const TELLING = new Set<string>([
  "SessionProposed",
  "SessionPlaced",
  "SessionUnplaced",
  "SessionEdited",
]);

export class Timetable extends LiveElement {
  private readonly changedIds = new Set<string>();
  private tick: ReturnType<typeof setInterval> | undefined;
  private drag: BoardDrag | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    // Times pass by themselves: now and next change without an entry.
    this.tick = setInterval(() => this.requestUpdate(), CLOCK_MS);
    if (this.board) void this.loadDrag();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.tick);
    this.drag?.close();
  }

  protected override concerns(feed: string, entry: Entry | null): boolean {
    if (entry && feed === "public" && TELLING.has(entry.kind)) {
      this.noteChange((entry.data as { session_id: string }).session_id);
    }
    return feed !== "staff" && feed !== "presence";
  }

  private get board(): boolean {
    return this.getAttribute("mode") === "board";
  }

  protected override render(): TemplateResult {
    const state = withPendingMoves(this.meeting!.state!, this.meeting!.pending);
    const table = viewTimetable(state, Date.now(), (at) => this.moments.date(at));
    return this.board ? this.boardOf(table, state) : this.listOf(table);
  }

  protected override updated(): void {
    this.drag?.refresh();
  }

  private async loadDrag(): Promise<void> {
    if (!this.meeting?.page.me) return;
    const { BoardDrag } = await import("./board-drag");
    this.drag = new BoardDrag(this, this.meeting, this.moments);
    this.drag.refresh();
  }

  private noteChange(id: string): void {
    this.changedIds.add(id);
    setTimeout(() => {
      this.changedIds.delete(id);
      this.requestUpdate();
    }, CHANGED_MS);
  }

  // --- the list -----------------------------------------------------------

  private listOf(table: TimetableView): TemplateResult {
    const count = table.proposals.length;
    const words = `${count} ${count === 1 ? "proposal" : "proposals"}`;
    return html`${table.times.length
        ? html`<ol class="times">
            ${table.times.map((time) => this.listTime(time, table))}
          </ol>`
        : this.noTimes()}
      <p class="timetable__more">
        <a class="button button--quiet" href="/m/${this.meeting!.slug}/board"
          >${icon("board")}Open the timetable${count
            ? html` <span class="count">${words}</span>`
            : nothing}</a
        >
      </p>`;
  }

  private noTimes(): TemplateResult {
    if (this.meeting!.state!.phase === "ended") {
      return html`<p class="quiet">This meeting had no timetable.</p>`;
    }
    const organises = this.meeting!.page.me?.organises;
    const then = organises ? "Add them at the desk." : "The organisers will add them here.";
    return html`<p class="quiet">No times yet. ${then}</p>`;
  }

  private listTime(time: TimeView, table: TimetableView): TemplateResult {
    const { slot, cells } = time;
    const sessions = cells.filter((cell) => cell !== null);
    const label = slot.content?.label;
    return html`${table.severalDays && time.newDay
        ? html`<li class="times__day">${this.moments.day(slot.starts_at)}</li>`
        : nothing}
      <li class="times__item" data-slot=${slot.slot_id} data-state=${time.state}>
        <h3 class="times__head">
          ${span(this.moments, slot.starts_at, slot.ends_at)}
          ${label ? html`<span class="times__label">${label}</span>` : nothing}
          ${timeBadge(time.state)}
        </h3>
        ${sessions.length
          ? html`<ul class="times__sessions">
              ${sessions.map((session) => html`<li>${this.line(session)}</li>`)}
            </ul>`
          : label
            ? nothing
            : html`<p class="times__free">Free</p>`}
      </li>`;
  }

  private line(session: WireSession): TemplateResult {
    const room = this.meeting!.state!.rooms[session.room_id ?? ""];
    const id = session.session_id;
    return html`<a
      class="session-line"
      href="/m/${this.meeting!.slug}/s/${id}"
      data-session=${id}
      ><span class="session-line__title">${session.content?.title}</span>
      <span class="session-line__room">${room?.content?.name}</span></a
    >`;
  }

  // --- the board ----------------------------------------------------------

  private boardOf(table: TimetableView, state: WireMeeting): TemplateResult {
    const place: CardPlace = {
      meeting: this.meeting!,
      moments: this.moments,
      table,
      changed: this.changedIds,
    };
    return html`${table.times.length && table.rooms.length
      ? html`<div class="board__scroll" tabindex="0" role="region" aria-label="Timetable">
          <table class="board" role="table">
            ${boardHead(table)}
            <tbody role="rowgroup">
              ${repeat(
                table.times,
                (time) => time.slot.slot_id,
                (time) => this.row(time, place),
              )}
            </tbody>
          </table>
        </div>`
      : this.noBoard()}
    ${this.proposals(place, Object.keys(state.sessions).length)}`;
  }

  private row(time: TimeView, place: CardPlace): TemplateResult {
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
      <tr class="board__row" data-slot=${slot.slot_id} data-state=${time.state} role="row">
        <th class="board__time" scope="row" role="rowheader">
          ${span(this.moments, slot.starts_at, slot.ends_at)}
          ${label ? html`<span class="board__label">${label}</span>` : nothing}
          ${timeBadge(time.state)}
        </th>
        ${time.cells.map((cell, index) => {
          const room = table.rooms[index]!;
          return html`<td
            class="board__cell"
            role="cell"
            data-room=${room.room_id}
            data-slot=${slot.slot_id}
            data-room-name=${room.content?.name ?? ""}
          >
            ${repeat(
              cell ? [cell] : [],
              (session) => session.session_id,
              (session) => sessionCard(session, time.state, place),
            )}${cell ? nothing : html`<p class="board__free">Free</p>`}
          </td>`;
        })}
      </tr>`;
  }

  private proposals(place: CardPlace, count: number): TemplateResult {
    const { proposals } = place.table;
    return html`<section
      class="proposals"
      id="proposals"
      aria-labelledby="proposals-title"
    >
      <div class="panel__head">
        <h2 id="proposals-title">Proposals</h2>
        ${proposals.length ? html`<span class="count">${proposals.length}</span>` : nothing}
      </div>
      ${proposals.length
        ? html`<ul class="proposals__list">
            ${repeat(
              proposals,
              (session) => session.session_id,
              (session) => html`<li>${sessionCard(session, "proposal", place)}</li>`,
            )}
          </ul>`
        : html`<p class="quiet">
            ${count
              ? "Every proposal has its place."
              : "Nobody has proposed a session yet."}
          </p>`}
    </section>`;
  }

  private noBoard(): Piece {
    if (this.meeting!.state!.phase === "ended") {
      return html`<p class="quiet">This meeting had no timetable.</p>`;
    }
    const organises = this.meeting!.page.me?.organises;
    return html`<div class="empty">
      <h2>No timetable yet</h2>
      <p>
        ${organises
          ? "Add rooms and times at the desk, then sessions can be placed here."
          : "The organisers will add rooms and times. You can propose a session already."}
      </p>
      ${organises
        ? html`<p>
            <a class="button button--primary" href="/desk/${this.meeting!.slug}#times"
              >Add times</a
            >
          </p>`
        : nothing}
    </div>`;
  }
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

customElements.define("fm-timetable", Timetable);
