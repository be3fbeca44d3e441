/** A session's card with its forms; the same as the server's macro. */

import { html, nothing, type TemplateResult } from "lit";

import type { LiveMeeting } from "./meeting";
import type { Moments } from "./moments";
import {
  avatar,
  formAddress,
  hidden,
  icon,
  mayAct,
  shorten,
  type Piece,
} from "./pieces";
import type { WireSession } from "./types";
import { mayChange, type TimeView, type TimetableView } from "./views/timetable";

export interface CardPlace {
  meeting: LiveMeeting;
  moments: Moments;
  table: TimetableView;
  changed: ReadonlySet<string>;
  /** The session that is being placed. */
  held: string | null;
  /** Take a session up, to choose its place. */
  pick: (id: string) => void;
}

export function sessionCard(
  session: WireSession,
  state: string,
  place: CardPlace,
): TemplateResult {
  const { meeting, changed } = place;
  const id = session.session_id;
  const { title = "", host = "", pitch = "" } = session.content ?? {};
  const mine = session.host_id !== null && session.host_id === meeting.memberId;
  return html`<article
    class="session-card"
    id=${id}
    data-session=${id}
    data-version=${session.version}
    data-state=${state}
    ?data-mine=${mine}
    ?data-changed=${changed.has(id)}
    ?data-movable=${movable(session, place)}
    ?data-held=${place.held === id}
  >
    <h3 class="session-card__title"><a href="/m/${meeting.slug}/s/${id}" draggable="false">${title}</a></h3>
    ${host
      ? html`<p class="session-card__host">
          ${avatar(host)} <span class="session-card__name">${host}</span>
        </p>`
      : nothing}
    ${pitch ? html`<p class="session-card__pitch">${shorten(pitch)}</p>` : nothing}
    <div class="session-card__actions">
      ${interest(session, meeting)}${movable(session, place) ? move(session, place) : nothing}
    </div>
  </article>`;
}

function movable(session: WireSession, { meeting, table }: CardPlace): boolean {
  const phase = meeting.state?.phase ?? "ended";
  const placed = table.rooms.length > 0 && table.times.length > 0;
  return placed && mayChange(session, meeting.page.me, phase);
}

function interest(session: WireSession, meeting: LiveMeeting): TemplateResult {
  const id = session.session_id;
  const count = meeting.votes.shown(id, session.interest);
  if (!mayAct(meeting.state?.phase ?? "ended")) {
    return html`<p class="interest__button interest__button--still">
      ${icon("hand")}<span class="interest__count">${count}</span> would come
    </p>`;
  }
  const level = meeting.myLevel("interest", id);
  return html`<form
    class="interest"
    method="post"
    action=${formAddress()}
    data-command="session.interest"
  >
    ${hidden("session.interest", { session_id: id, level: level ? 0 : 1 })}
    <button class="interest__button" aria-pressed=${level ? "true" : "false"}>
      ${icon("hand")}<span class="interest__word">I would come</span>
      <span class="interest__count">${count}</span>
    </button>
  </form>`;
}

function move(session: WireSession, place: CardPlace): TemplateResult {
  const stands = session.slot_id !== null;
  const data = { session_id: session.session_id };
  const title = session.content?.title ?? "";
  const word = stands ? "Move" : "Place";
  return html`<button
      class="button button--quiet button--small pick"
      type="button"
      aria-label="${word}: ${title}"
      @click=${() => place.pick(session.session_id)}
    >
      ${icon("move")}<span class="pick__word">${word}</span>
    </button>
    <details class="move">
    <summary class="button button--quiet button--small button--icon" aria-label="More: ${title}">
        ${icon("more")}<span class="visually-hidden">More</span>
      </summary>
    <div class="move__box">
      <form
        class="move__form"
        method="post"
        action=${formAddress()}
        data-command="session.place"
      >
        ${hidden("session.place", data, session.version)}
        ${roomChoice(session, place)}${timeChoice(session, place)}
        <button class="button button--primary">${stands ? "Move here" : "Place here"}</button>
      </form>
      <div class="move__rest">
        ${stands ? unplace(session) : nothing}
        <form method="post" action=${formAddress()} data-command="session.withdraw">
          ${hidden("session.withdraw", data)}
          <button class="button button--danger button--small">Withdraw for good</button>
        </form>
      </div>
    </div>
  </details>`;
}

function unplace(session: WireSession): TemplateResult {
  return html`<form method="post" action=${formAddress()} data-command="session.unplace">
    ${hidden("session.unplace", { session_id: session.session_id }, session.version)}
    <button class="button button--quiet button--small">Back to the proposals</button>
  </form>`;
}

function roomChoice(session: WireSession, { table }: CardPlace): TemplateResult {
  return html`<label class="field"
    ><span class="field__label">Room</span
    ><select class="input" name="room_id">
      ${table.rooms.map((room) => {
        const seats = room.capacity ? ` (${room.capacity} seats)` : "";
        return html`<option
          value=${room.room_id}
          ?selected=${room.room_id === session.room_id}
        >
          ${room.content?.name}${seats}
        </option>`;
      })}
    </select></label
  >`;
}

function timeChoice(session: WireSession, place: CardPlace): TemplateResult {
  return html`<label class="field"
    ><span class="field__label">Time</span
    ><select class="input" name="slot_id">
      ${place.table.times.map((time) => timeOption(time, session, place))}
    </select></label
  >`;
}

function timeOption(
  time: TimeView,
  session: WireSession,
  { table, moments }: CardPlace,
): Piece {
  const { slot_id, starts_at, ends_at, content } = time.slot;
  const taken = time.full && slot_id !== session.slot_id;
  const words = [
    table.severalDays ? `${moments.day(starts_at)},` : "",
    `${moments.clock(starts_at)}–${moments.clock(ends_at)}`,
    content?.label ?? "",
    taken ? "(all rooms taken)" : "",
  ];
  return html`<option
    value=${slot_id}
    ?selected=${slot_id === session.slot_id}
    ?disabled=${taken}
  >
    ${words.filter(Boolean).join(" ")}
  </option>`;
}
