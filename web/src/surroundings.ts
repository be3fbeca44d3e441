/** Keeps what stands outside of the elements in step: room links, votes, counts. */

import { render } from "lit";

import type { LiveMeeting } from "./meeting";
import { roomBadge } from "./pieces";
import { renewParts } from "./server-parts";
import { toast } from "./toasts";
import { roomState } from "./views/timetable";

const VOTES = [
  { form: "form.interest", kind: "interest", field: "session_id" },
  { form: "form.support", kind: "support", field: "contribution_id" },
] as const;

export function followSurroundings(meeting: LiveMeeting): void {
  let phase: string | null = null;
  meeting.listen((feed) => {
    const { state } = meeting;
    if (!state || feed === "presence" || feed === "health") return;
    showRooms(meeting);
    showVotes(meeting);
    if (phase !== null && phase !== state.phase) void showPhase(state.phase);
    phase = state.phase;
  });
}

function showRooms(meeting: LiveMeeting): void {
  const state = meeting.state!;
  for (const link of document.querySelectorAll<HTMLElement>(".rooms__link[data-room]")) {
    const room = state.rooms[link.dataset["room"] ?? ""];
    if (!room) continue;
    const standing = roomState(room, state.phase);
    if (link.dataset["state"] === standing) continue;
    link.dataset["state"] = standing;
    const badge = document.createDocumentFragment();
    render(roomBadge(room, state.phase), badge);
    link.querySelector(".badge")?.replaceWith(badge);
  }
}

/** Buttons that the server rendered: of one session, or of one contribution. */
function showVotes(meeting: LiveMeeting): void {
  for (const { form: selector, kind, field } of VOTES) {
    for (const form of document.querySelectorAll<HTMLFormElement>(selector)) {
      if (form.closest("fm-thread, fm-timetable")) continue;
      const id = form.querySelector<HTMLInputElement>(`[name=${field}]`)?.value ?? "";
      showVote(form, meeting.myLevel(kind, id), countOf(meeting, kind, id));
    }
  }
}

function countOf(meeting: LiveMeeting, kind: "interest" | "support", id: string): number {
  const state = meeting.state!;
  const tally =
    kind === "interest" ? state.sessions[id]?.interest : state.contributions[id]?.support;
  return meeting.votes.shown(id, tally ?? 0);
}

function showVote(form: HTMLFormElement, level: number, count: number): void {
  const button = form.querySelector("button");
  button?.setAttribute("aria-pressed", level ? "true" : "false");
  const place = form.querySelector(".interest__count, .support__count");
  if (place) place.textContent = String(count);
  const next = form.querySelector<HTMLInputElement>("[name=level]");
  if (next) next.value = level ? "0" : "1";
}

/** What depends on whether a meeting is to come, open or over, and is no element. */
const OF_PHASE = ["[data-phase]", ".under-player", ".steps", ".desk__state"];

/** The player goes on to the recording by itself. */
async function showPhase(phase: string): Promise<void> {
  const renewed = await renewParts(OF_PHASE);
  const reload = renewed ? undefined : { word: "Show it", act: () => location.reload() };
  if (phase === "live") toast("The meeting is open.", reload);
  if (phase === "ended") toast("The meeting has ended. Its recording stands here.", reload);
}
