/** A session's card with its forms; the same as the server's macro. */

import { html, nothing, type TemplateResult } from "lit";

import type { LiveMeeting } from "../meeting";
import type { Moments } from "../wording/moments";
import {
  avatar,
  formAddress,
  hidden,
  icon,
  mayAct,
  shorten,
  type Piece,
} from "../wording/pieces";
import type { WireSession } from "../feed/types";
import { hostsOf } from "../views/hosts";
import { originOf } from "../views/thread";
import { isMine, mayPlace, type TimeView, type TimetableView } from "../views/timetable";

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
  const { title = "", pitch = "" } = session.content ?? {};
  const mine = isMine(session, meeting.page.me);
  const origin = originOf(session.content);
  return html`<article
    class="session-card"
    id=${id}
    data-session=${id}
    data-version=${session.version}
    data-state=${state}
    ?data-mine=${mine}
    ?data-ask=${session.ask}
    ?data-changed=${changed.has(id)}
    ?data-movable=${movable(session, place)}
    ?data-held=${place.held === id}
  >
    <h3 class="session-card__title"><a href="/m/${meeting.slug}/s/${id}" draggable="false">${title}</a></h3>
    ${hosts(session)}
    ${origin ? html`<p class="session-card__origin">${origin}</p>` : nothing}
    ${pitch ? html`<p class="session-card__pitch">${shorten(pitch)}</p>` : nothing}
    ${marks(session)}
    <div class="session-card__actions">
      ${interest(session, meeting)}${takeUp(session, meeting)}${movable(session, place) ? move(session, place) : nothing}
    </div>
  </article>`;
}

function movable(session: WireSession, { meeting, table }: CardPlace): boolean {
  const placed = table.rooms.length > 0 && table.times.length > 0;
  return placed && mayPlace(session, meeting.page.me, meeting.state!);
}

/** Who hosts it, or that somebody is looked for. */
function hosts(session: WireSession): Piece {
  if (session.ask) {
    const asker = session.content?.asker;
    return html`<p class="session-card__ask">
      ${icon("hand")}<span
        >Wanted: someone who hosts this${asker ? `. ${asker} asks for it` : ""}.</span
      >
    </p>`;
  }
  const names = hostsOf(session);
  if (!names.length) return nothing;
  return html`<p class="session-card__host">
    ${names.map(
      (name) => html`<span class="session-card__one"
        >${avatar(name)} <span class="session-card__name">${name}</span></span
      >`,
    )}
  </p>`;
}

const SCOPES = {
  decided: "Decided already",
  influence: "Can be influenced",
  open: "Open",
  outside: "Out of our hands",
};

function marks(session: WireSession): Piece {
  const { tags = [], origins = [] } = session.content ?? {};
  const { scope, pinned } = session;
  if (!scope && !pinned && !tags.length && !origins.length) return nothing;
  return html`<p class="session-card__marks">
    ${pinned
      ? html`<span class="mark-word">${icon("pin")}Stays here</span>`
      : nothing}${scope
      ? html`<span class="scope scope--${scope}">${SCOPES[scope]}</span>`
      : nothing}${tags.map((tag) => html`<span class="tag">${tag}</span>`)}${origins.length
      ? html`<span class="mark-word">${icon("merge")}${origins.length + 1} in one</span>`
      : nothing}
  </p>`;
}

function takeUp(session: WireSession, meeting: LiveMeeting): Piece {
  const { page } = meeting;
  if (!session.ask || !page.me?.member_id || meeting.state?.phase === "ended") return nothing;
  return html`<form method="post" action=${formAddress()} data-command="session.take_up">
    ${hidden("session.take_up", { session_id: session.session_id })}
    <button class="button button--small button--primary">I will host it</button>
  </form>`;
}

/** How many would come; null where that is hidden from this reader. */
function countOf(session: WireSession, meeting: LiveMeeting): number | null {
  const id = session.session_id;
  if (meeting.state?.counts !== "hidden") return meeting.votes.shown(id, session.interest);
  if (!meeting.page.me?.facilitates) return null;
  return meeting.staff?.hidden_interest[id] ?? 0;
}

function interest(session: WireSession, meeting: LiveMeeting): Piece {
  const id = session.session_id;
  const count = countOf(session, meeting);
  if (!mayAct(meeting.state?.phase ?? "ended")) {
    if (count === null) return nothing;
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
      ${count === null ? nothing : html`<span class="interest__count">${count}</span>`}
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
<a
          class="button button--quiet button--small"
          href="/m/${place.meeting.slug}/s/${session.session_id}#change"
          >Change, merge, split</a
        >
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
