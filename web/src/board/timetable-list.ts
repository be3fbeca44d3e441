/** The compact timetable beside the player: times with their sessions. */

import { html, nothing, type TemplateResult } from "lit";

import type { LiveMeeting } from "../meeting";
import type { Moments } from "../wording/moments";
import { icon, span, timeBadge } from "../wording/pieces";
import type { WireSession } from "../feed/types";
import type { TimeView, TimetableView } from "../views/timetable";

export function listTimes(
  table: TimetableView,
  meeting: LiveMeeting,
  moments: Moments,
): TemplateResult {
  const count = table.proposals.length;
  const words = `${count} ${count === 1 ? "proposal" : "proposals"}`;
  return html`${table.times.length
      ? html`<ol class="times">
          ${table.times.map((time) => listTime(time, table, meeting, moments))}
        </ol>`
      : noTimes(meeting)}
    ${table.times.length || count || meeting.state!.phase !== "ended"
      ? html`<p class="timetable__more">
          <a class="button button--quiet" href="/m/${meeting.slug}/board"
            >${icon("board")}Open the timetable${count
              ? html` <span class="count">${words}</span>`
              : nothing}</a
          >
        </p>`
      : nothing}`;
}

function noTimes(meeting: LiveMeeting): TemplateResult {
  if (meeting.state!.phase === "ended") {
    return html`<p class="quiet">This meeting had no timetable.</p>`;
  }
  const organises = meeting.page.me?.organises;
  const then = organises ? "Add them at the desk." : "The organisers will add them here.";
  return html`<p class="quiet">No times yet. ${then}</p>`;
}

function listTime(
  time: TimeView,
  table: TimetableView,
  meeting: LiveMeeting,
  moments: Moments,
): TemplateResult {
  const { slot, cells } = time;
  const sessions = cells.filter((cell) => cell !== null);
  const label = slot.content?.label;
  return html`${table.severalDays && time.newDay
      ? html`<li class="times__day">${moments.day(slot.starts_at)}</li>`
      : nothing}
    <li class="times__item" data-slot=${slot.slot_id} data-state=${time.state}>
      <h3 class="times__head">
        ${span(moments, slot.starts_at, slot.ends_at)}
        ${label ? html`<span class="times__label">${label}</span>` : nothing}
        ${timeBadge(time.state)}
      </h3>
      ${sessions.length
        ? html`<ul class="times__sessions">
            ${sessions.map((session) => html`<li>${line(session, meeting)}</li>`)}
          </ul>`
        : label
          ? nothing
          : html`<p class="times__free">Free</p>`}
    </li>`;
}

function line(session: WireSession, meeting: LiveMeeting): TemplateResult {
  const room = meeting.state!.rooms[session.room_id ?? ""];
  const id = session.session_id;
  return html`<a class="session-line" href="/m/${meeting.slug}/s/${id}" data-session=${id}
    ><span class="session-line__title">${session.content?.title}</span>
    <span class="session-line__room">${room?.content?.name}</span></a
  >`;
}
