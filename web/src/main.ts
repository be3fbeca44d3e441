/** What makes pages live; elements that a page doesn't show are not loaded. */

import "./live.css";

import "./elements/copy";
import "./elements/status";
import "./elements/tabs";
import "./elements/theme";

import { takeForms } from "./commands";
import { liveMeeting } from "./meeting";
import { followRoomLinks } from "./rooms";
import { followPrompts } from "./prompts";
import { followSurroundings } from "./surroundings";

const ELEMENTS: Record<string, () => Promise<unknown>> = {
  "fm-dialog": () => import("./elements/dialog"),
  "fm-camera": () => import("./elements/camera"),
  "fm-chapters": () => import("./elements/chapters"),
  "fm-desk": () => import("./elements/desk"),
  "fm-items": () => import("./elements/items"),
  "fm-player": () => import("./elements/player"),
  "fm-queue": () => import("./elements/queue"),
  "fm-ready": () => import("./elements/ready"),
  "fm-countdown": () => import("./elements/countdown"),
  "fm-running": () => import("./elements/running"),
  "fm-search": () => import("./elements/search"),
  "fm-suggest": () => import("./elements/suggest"),
  "fm-signals": () => import("./elements/signals"),
  "fm-table": () => import("./elements/table"),
  "fm-thread": () => import("./elements/thread"),
  "fm-timetable": () => import("./elements/timetable"),
  "fm-transcript": () => import("./elements/transcript"),
  "fm-wall": () => import("./elements/wall"),
};

for (const [name, load] of Object.entries(ELEMENTS)) {
  if (document.querySelector(name)) void load();
}

takeForms();
const meeting = liveMeeting();
if (meeting) {
  followSurroundings(meeting);
  followRoomLinks(meeting);
  followPrompts(meeting);
}
