/** What the server put into the page for its script: `#folkmoot-page`. */

import { recall } from "../offline/recall";

export interface PageRoom {
  room_id: string;
  slug: string;
  name: string;
  playback_url: string;
  poster_url: string | null;
  transcript_url: string;
  starts_at: string | null;
}

export interface Me {
  member_id: string | null;
  name: string;
  duties: string[];
  staff: boolean;
  facilitates: boolean;
  organises: boolean;
  moderates: boolean;
  reports: boolean;
}

type Phase = "none" | "upcoming" | "live" | "ended";

export interface PageData {
  page: string;
  meeting: {
    meeting_id: string;
    slug: string;
    title: string;
    timezone: string;
    phase: Phase;
    /** What the public sees, who may be behind by a delay. */
    seen_phase: Phase;
    demonstration: boolean;
  } | null;
  me: Me | null;
  may_join: boolean;
  csrf: string;
  epoch: string | null;
  seq: number | null;
  feeds: string[];
  urls: Record<
    "state" | "entries" | "commands" | "join" | "page" | "board" | "desk" | "wall",
    string
  >;
  rooms: PageRoom[];
  focus: {
    room: string | null;
    at: string | null;
    session: string | null;
    contribution: string | null;
  };
}

let read: PageData | null | undefined;

/** The page's data; null on a page without any. */
export function pageData(): PageData | null {
  if (read === undefined) {
    const text = document.getElementById("folkmoot-page")?.textContent;
    read = text ? recall(JSON.parse(text) as PageData) : null;
  }
  return read;
}
