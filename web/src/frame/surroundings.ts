/** Keeps what stands outside of the elements in step: room links, votes, counts. */

import { render } from "lit";

import type { Entry } from "../feed/fold";
import type { LiveMeeting } from "../meeting";
import { Moments } from "../wording/moments";
import { sayNotice, type NoticeData } from "../board/notices";
import { roomBadge } from "../wording/pieces";
import { renewParts } from "./server-parts";
import { toast } from "./toasts";
import { roomState, seenPhase } from "../views/timetable";

const VOTES = [
  { form: "form.interest", kind: "interest", field: "session_id" },
  { form: "form.support", kind: "support", field: "contribution_id" },
] as const;

export function followSurroundings(meeting: LiveMeeting): void {
  // What the server made the page of: a change may come before the first listener.
  // The team's pages tell what is, the public's what the public sees.
  const page = meeting.page.meeting;
  const asSeen = document.querySelector("[data-seen] [data-phase]") !== null;
  let phase: string = (asSeen ? page?.seen_phase : page?.phase) ?? "none";
  meeting.listen((feed, entry) => {
    const { state } = meeting;
    if (!state || feed === "presence" || feed === "health") return;
    if (entry?.kind === "Noticed") tellNotice(meeting, entry.data as NoticeData);
    if (entry && feed === "public" && isAbout(entry, meeting)) void renewParts(FACTS);
    showTold(meeting);
    showRooms(meeting);
    showVotes(meeting);
    const now = asSeen ? seenPhase(state, Date.now()) : state.phase;
    if (phase === now) return;
    phase = now;
    void showPhase(phase);
  });
}

/** What a session's page says above its text; made by the server. */
const FACTS = [".session-page__facts"];
const MOVING = new Set<string>([
  "SessionEdited",
  "SessionPlaced",
  "SessionUnplaced",
  "SessionHostsChanged",
  "SessionsMerged",
  "SessionLabelled",
  "BoardArranged",
]);

function isAbout(entry: Entry, { page }: LiveMeeting): boolean {
  const { session } = page.focus;
  if (page.page !== "session" || !MOVING.has(entry.kind)) return false;
  const data = entry.data as { session_id?: string; moves?: { session_id: string }[] };
  const moved = data.moves?.some((move) => move.session_id === session) ?? false;
  return moved || data.session_id === session;
}

/** Something has changed for me: said once, and kept on my own page. */
function tellNotice(meeting: LiveMeeting, notice: NoticeData): void {
  // What was told before this page was opened stands on "Mine".
  if (!meeting.connection.followers.get("public")?.state) return;
  const words = sayNotice(notice, meeting.state!, new Moments(meeting.page.meeting!.timezone));
  const look = (): void => location.assign(`/m/${meeting.slug}/mine`);
  toast(words, { word: "Look", act: look });
}

/** How many notices wait, beside the way to them. */
function showTold(meeting: LiveMeeting): void {
  const mark = document.querySelector<HTMLElement>("[data-told]");
  const told = meeting.own?.notices[meeting.memberId ?? ""];
  if (!mark || !meeting.own) return;
  const count = Object.keys(told ?? {}).length;
  mark.hidden = count === 0;
  if (mark.firstChild) mark.firstChild.textContent = `${count} `;
}

function showRooms(meeting: LiveMeeting): void {
  const state = meeting.state!;
  const now = Date.now();
  for (const link of document.querySelectorAll<HTMLElement>(".rooms__link[data-room]")) {
    const room = state.rooms[link.dataset["room"] ?? ""];
    if (!room) continue;
    const standing = roomState(room, state.phase, now);
    if (link.dataset["state"] === standing) continue;
    link.dataset["state"] = standing;
    const badge = document.createDocumentFragment();
    render(roomBadge(room, state.phase, now), badge);
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
